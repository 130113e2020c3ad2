"""The figures are what the stream of events says: whoever counts it again gets the same numbers."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import msgspec
import pytest

from router.domain.customer import Customer
from router.domain.events import EVENTS
from router.domain.figures import FIGURES
from router.domain.new import Change
from router.domain.replay import replay
from router.domain.requirement import Requirement
from router.engine.acts.agents import Disconnect, Ready, SetDevice
from router.engine.acts.commands import Instruct
from router.engine.acts.contacts import Cancel, ConnectFailed, HandOver, Left, Rate, Reprioritise, Requeue
from router.engine.acts.messages import SayTyping
from router.engine.acts.workspace import BeginEra, CloseChannel, Due, OpenChannel, PutCustomer, SetChannelStatus
from router.engine.stream import read_checkpoint, read_events
from tests.helpers.floor import ADAPTER, ROUTER, SUPERVISOR, Floor, as_agent, floor_on
from tests.helpers.phones import call, hold, let_go, pick_up, sign_in, sign_out
from tests.helpers.threads import Thread, park, send, state_of
from tests.helpers.workload import play

if TYPE_CHECKING:
    from router.domain.contact import Contact
    from tests.helpers.servers import Server

OPERATION = """
[skills]
english = "speaks English"
[powers]
refund = "RUB"
[queues]
private = { target_s = 40, late = { wait_s = 120, then = { overflow = "night" } } }
night = { target_s = 600, late = { wait_s = 120, then = "expire" } }
[[routes]]
when.customer.type = "corporate"
queue = "night"
[[routes]]
when.customer.language = "en"
needs.skills.english = 4
steps = [{ after_s = 30, drop = ["skills.english"] }]
[[routes]]
queue = "private"
[media.voice]
limits_s = { wrap_up = 10 }
[agents]
anna = { queues = ["private", "night"], media = ["voice", "chat"], powers.refund = 300 }
boris = { queues = ["private", "night"], media = ["voice"], skills.english = 5 }
vera = { queues = ["private"], media = ["voice"] }
"""


ASKING = OPERATION.replace("private = {", "private = { ask_rating = true,")


async def everything_about_offers(floor: Floor) -> None:
    await floor.sign_in("anna")
    contact = await floor.post()
    await floor.advance(3)  # undelivered
    await floor.connect("anna")
    other = await floor.post()
    await floor.acknowledge(other)
    await floor.advance(15)  # missed
    await floor.leave(other)
    await floor.leave(await floor.decline(await floor.post()))
    withdrawn = await floor.post()
    await floor.choose("anna", "break")
    await floor.do(Cancel(contact=withdrawn.id), SUPERVISOR)
    await floor.choose("anna", "available")
    await floor.advance(30)
    await floor.leave(contact)
    await floor.do(SetDevice(agent="anna", address="PJSIP/1001", state="in_use"), ADAPTER)
    await floor.do(SetDevice(agent="anna", address="PJSIP/1001", state="idle"), ADAPTER)


async def everything_about_talks(floor: Floor) -> None:
    await floor.do(Ready(agent="anna"))
    contact = await floor.talk(await offered(floor))
    await floor.advance(5)
    await floor.complete(contact, "resolved")
    await floor.do(Rate(contact=contact.id, score=5), ADAPTER)
    await floor.advance(20)
    chat = await floor.accept(await offered(floor, "telegram"))
    await floor.advance(120)  # silent
    await floor.leave(chat)
    failed = await floor.accept(await offered(floor))
    await floor.do(ConnectFailed(contact=failed.id, reason="busy"), ADAPTER)
    await floor.leave(failed)
    await floor.do(Ready(agent="anna"))
    back = await floor.talk(await offered(floor))
    can = SetChannelStatus(channel="phone", account="main", status="up", detail=None, capabilities=("hold",))
    await floor.do(can, ADAPTER)
    await floor.do(Instruct(contact=back.id, word="hold", args=b"\x80"), as_agent("anna"))  # it ends with the talk
    await floor.do(Requeue(contact=back.id), as_agent("anna"))
    await floor.advance(30)
    await floor.talk(back)
    await floor.contacts.transfer(back.id, as_agent("anna"), requirement=Requirement(powers={"refund": 5000}))
    await floor.leave(back)
    await floor.advance(30)


async def everything_about_conversations(floor: Floor) -> None:
    await floor.do(Ready(agent="anna"))
    thread = Thread(floor, "ivan")
    contact = await floor.accept(await thread.write("one", "1"))
    await thread.revise("1", "other", floor.now + 1)
    await thread.revise("1", None)
    await floor.do(SayTyping(contact=contact.id, side="customer"), ADAPTER)
    message = await send(floor, contact)
    await send(floor, contact, "he is angry", note=True)
    await state_of(floor, message, "failed", code="blocked")
    await park(floor, contact)
    await thread.write()
    await floor.accept(contact)
    await send(floor, contact)
    await thread.write()
    await floor.advance(120)  # silent, after she has answered
    await floor.advance(30)
    await floor.accept(contact)
    await send(floor, contact)
    await floor.complete(contact)
    await floor.contacts.erase("ivan", SUPERVISOR)
    await floor.advance(30)


async def offered(floor: Floor, channel: str = "phone") -> Contact:
    contact = await floor.post(channel=channel)
    assert contact.agent == "anna"
    return contact


async def everything_about_waiting(floor: Floor) -> None:
    await floor.choose("anna", "break")
    await floor.do(PutCustomer(customer="bad", record=msgspec.msgpack.encode(Customer(blocked=True))))
    await floor.post("bad")
    await floor.post(not_before=floor.now + 10_000)
    await floor.post(arrived_at=floor.now + 10_000)
    await floor.post(requirement=Requirement(skills={"english": 9}))
    await floor.post(language="en")
    patched = await floor.post()
    await floor.contacts.patch(patched.id, Change(customer=Customer(type="corporate")), ADAPTER)
    await floor.do(Reprioritise(contact=patched.id, priority=3), SUPERVISOR)
    await floor.advance(241)  # stepped, missed their targets, overflowed, expired


async def everything_about_phones(floor: Floor) -> None:
    await hold(floor)
    await sign_in(floor, "anna")
    back = await pick_up(floor, await call(floor, queue="night"))
    await floor.advance(5)
    await floor.contacts.interrupt(back.id, ADAPTER)
    await pick_up(floor, back)
    await floor.do(HandOver(contact=back.id, agent="boris"), ADAPTER)
    await floor.leave(back)
    await sign_out(floor, "anna")
    await let_go(floor)
    await floor.advance(16)
    await floor.do(Ready(agent="anna"))


async def everything_about_channels_and_agents(floor: Floor) -> None:
    await floor.do(BeginEra(server="one"))
    await floor.do(BeginEra(server="other"))
    await floor.do(OpenChannel(channel="pbx", account="main", connection="1", process=ROUTER))
    status = SetChannelStatus(channel="pbx", account="main", status="degraded", detail=None, capabilities=("hold",))
    await floor.do(status, ADAPTER)
    await floor.post(channel="pbx")
    await floor.do(CloseChannel(channel="pbx", account="main", connection="1"))
    await floor.advance(16)
    await floor.do(OpenChannel(channel="pbx", account="main", connection="2", process=ROUTER))
    await floor.run_due()
    await floor.do(CloseChannel(channel="pbx", account="main", connection="2"))
    await floor.advance(121)
    await floor.do(Disconnect(agent="anna", connection="desk"))
    await floor.advance(20)
    await floor.apply(OPERATION.replace("vera =", "gleb ="))


async def everything_about_coming_back(floor: Floor) -> None:
    await floor.sign_in("anna")
    for customer in ("maria", "maria", "pavel"):
        await floor.serve(await floor.post(customer))
    await floor.advance(7 * 86_400, router_lives=False)


async def everything(floor: Floor) -> None:
    """Every kind of event, on the operation `ASKING`."""
    await everything_about_offers(floor)
    await everything_about_talks(floor)
    await everything_about_conversations(floor)
    await everything_about_phones(floor)
    await everything_about_waiting(floor)
    await everything_about_channels_and_agents(floor)
    await everything_about_coming_back(floor)


async def test_a_story_of_everything_is_counted_as_it_is_told(server: Server) -> None:
    """Every kind of event and every figure occurs, so that no row of either table is only believed in."""
    async with floor_on(server, ASKING) as floor:
        await everything(floor)
        events, figures = await floor.events(), await floor.figures()
        assert {event.type for event in events} == set(EVENTS)
        assert {name.partition("|")[0] for name in figures} == {figure.name for figure in FIGURES}
        assert replay(events) == figures


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_busy_day_at_random_is_counted_as_it_is_told(server: Server, seed: int) -> None:
    async with floor_on(server, OPERATION) as floor:
        await play(floor, random.Random(seed), moves=250)
        assert replay(await floor.events()) == await floor.figures()


async def test_events_are_numbered_without_a_gap(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await everything_about_offers(floor)
        events = await floor.events()
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        assert [event.at_ms for event in events] == sorted(event.at_ms for event in events)
        versions = [event.version for event in events if event.contact == events[-1].contact]
        assert versions == list(range(1, len(versions) + 1)) or events[-1].contact is None


async def test_after_old_events_are_gone_a_replay_begins_at_the_checkpoint(server: Server) -> None:
    """Events are kept for 30 days; the figures as they stood before the first that is left are kept with them."""
    async with floor_on(server, OPERATION) as floor:
        await play(floor, random.Random(4), moves=150)
        await floor.advance(3_600, router_lives=False)
        await play(floor, random.Random(5), moves=50)
        before = len(await floor.events())
        floor.jump(30 * 86_400)
        await floor.run_due()
        seq, then = await read_checkpoint(floor.engine.connection, floor.engine.workspace)
        left = await floor.events()
        assert 1 < left[0].seq <= seq + 1
        assert len(left) < before
        later = await read_events(floor.engine.connection, floor.engine.workspace, seq, 100_000)
        assert later[0].seq == seq + 1
        assert replay(later, then) == await floor.figures()


async def test_the_end_of_a_contact_counts_once(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.talk(await floor.post())
        await floor.advance(7)
        await floor.complete(contact)
        figures = await floor.figures()
        for act in (Left(contact=contact.id), Due()):
            await floor.do(act, ADAPTER)
        await floor.complete(contact)
        assert await floor.figures() == figures
        assert figures["closed|private|phone|private|answered|agent"] == 1
        assert (figures["handled|private|phone|sum"], figures["handled|private|phone|4"]) == (7_000, 1)


async def test_no_figure_names_an_agent_or_a_contact(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await play(floor, random.Random(6), moves=150)
        parts = {part for name in await floor.figures() for part in name.split("|")}
        assert not parts & {"anna", "boris", "vera"}
        assert not parts & {event.contact for event in await floor.events()}
