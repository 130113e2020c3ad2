"""A talk that is torn apart goes on with the same agent; one that is handed over with a colleague, without a queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from router.engine.acts.agents import Disconnect
from router.engine.acts.contacts import Connected, HandOver
from router.engine.acts.reading import GetCustomer
from tests.helpers.floor import ADAPTER, Floor, floor_on, refused
from tests.helpers.phones import call, hold, pick_up, sign_in, sign_out

if TYPE_CHECKING:
    from router.domain.contact import Contact
    from tests.helpers.servers import Server

OPERATION = """
[media.chat]
cost = 25
limits_s = { reply = 120, wrap_up = 5 }
[media.mail]
cost = 20
mode = "least_loaded"
answered_by = "accept"
limits_s = { offer = 60, wrap_up = 5 }
[queues.private]
target_s = 40
[queues.corporate]
target_s = 10
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private"], media = ["voice", "chat", "mail"] }
boris = { queues = ["private", "corporate"], media = ["voice", "chat", "mail"] }
vera = { queues = ["corporate"], media = ["voice", "chat"] }
writer = { queues = ["private"], media = ["chat", "mail"] }
"""


async def talk(floor: Floor, customer: str | None = None) -> Contact:
    """Anna, at her phone, talks to a customer who has waited for 3 s."""
    await hold(floor)
    await sign_in(floor, "anna")
    contact = await call(floor, customer=customer)
    await floor.advance(3)
    return await pick_up(floor, contact)


async def hand_over(floor: Floor, contact: Contact, agent: str) -> Contact:
    return await floor.do(HandOver(contact=contact.id, agent=agent), ADAPTER)


async def interrupt(floor: Floor, contact: Contact, **fields: Any) -> Contact:
    return (await floor.contacts.interrupt(contact.id, ADAPTER, **fields)).result


# Torn apart


async def test_who_is_cut_off_goes_to_the_front_and_to_the_same_agent_first(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await talk(floor)
        await floor.advance(10)
        earlier = await call(floor)
        await sign_in(floor, "boris")
        assert await floor.offered_to(earlier) == "boris"
        later = await call(floor)
        back = await interrupt(floor, contact)
        assert (back.state, back.agent, back.rank) == ("offered", "anna", contact.rank)
        assert (back.answered_at, back.queued_at, back.waited) == (None, floor.now, 3_000)
        assert (await floor.contact(later)).state == "queued"
        anna = await floor.agent("anna")
        assert [work.phase for work in anna.burden.work] == ["o"], "she has nothing to wrap up"
        (event,) = await floor.events("contact.interrupted")
        assert (event.agent, event.data["handled"], event.data["since"]) == ("anna", 10_000, floor.now)
        figures = await floor.figures()
        assert figures["interrupted|private|pbx|private"] == 1
        assert figures["handled|private|pbx|sum"] == 10_000


async def test_the_wait_begins_when_she_was_lost_however_late_that_is_told(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await talk(floor)
        answered_at = floor.now
        await floor.advance(50)
        back = await interrupt(floor, contact, at=floor.now - 45_000)
        assert back.queued_at == floor.now - 45_000
        assert (await floor.events("contact.interrupted"))[0].data["handled"] == 5_000
        assert [event.contact for event in await floor.events("contact.target_missed")] == [contact.id]
        again = await pick_up(floor, back)
        assert again.waited == 3_000 + 45_000
        assert (await interrupt(floor, contact, at=answered_at)).queued_at == floor.now, "not before it was answered"


async def test_where_she_is_gone_the_customer_goes_on_at_once(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await talk(floor)
        await sign_out(floor, "anna")
        await sign_in(floor, "boris")
        assert (await interrupt(floor, contact)).agent == "boris"


async def test_where_she_cannot_take_it_he_waits_for_her_for_a_while(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await talk(floor)
        await sign_in(floor, "boris")
        back = await interrupt(floor, contact)
        assert back.agent == "anna"
        await floor.advance(15)
        assert await floor.offered_to(contact) == "boris", "she has missed it, and rests from it"


async def test_only_a_talk_over_a_line_is_torn_apart_or_handed_over(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await hold(floor)
        waiting = await call(floor)
        await floor.sign_in("anna")
        offered = await floor.contact(waiting)
        assert offered.state == "offered"
        for contact in (offered, await floor.accept(offered)):
            for said in (interrupt(floor, contact), hand_over(floor, contact, "boris")):
                with refused("wrong_state"):
                    await said
        await floor.leave(waiting)
        chat = await floor.talk(await floor.post(channel="telegram"))
        for said in (interrupt(floor, chat), hand_over(floor, chat, "boris")):
            with refused("wrong_state"):
                await said


# Handed over


async def test_a_colleague_goes_on_with_the_talk_and_it_is_no_new_wait(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await talk(floor, "maria")
        await floor.advance(20)
        await sign_in(floor, "vera")
        taken = await hand_over(floor, contact, "vera")
        assert (taken.state, taken.agent, taken.answered_at, taken.waited) == ("assigned", "vera", floor.now, 3_000)
        assert (taken.queue, taken.offer_id) == ("private", f"{contact.id}.2")
        states = {name: [work.phase for work in (await floor.agent(name)).burden.work] for name in ("anna", "vera")}
        assert states == {"anna": ["u"], "vera": ["a"]}
        assert (await floor.do(GetCustomer(customer="maria")))[1] == "vera"
        await floor.advance(30)
        closed = await floor.leave(contact)
        assert (closed.outcome, closed.agent, closed.waited) == ("answered", "vera", 3_000)
        told = [(event.agent, event.data) for event in await floor.events("contact.handed_over", "contact.taken_over")]
        assert told == [("anna", {"to_agent": "vera", "handled": 20_000}), ("vera", {"from_agent": "anna"})]
        figures = await floor.figures()
        assert figures["handed_over|private|pbx|private"] == 1
        assert figures["answered|private|pbx|private|true"] == 1, "it was answered once"
        assert figures["handled|private|pbx|sum"] == 50_000


async def test_the_same_again_changes_nothing(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await talk(floor)
        await hand_over(floor, contact, "boris")
        before = await floor.events()
        await hand_over(floor, contact, "boris")
        assert await floor.events() == before


async def test_what_the_colleague_was_offered_goes_on_and_what_he_wrapped_up_is_over(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await talk(floor)
        await floor.sign_in("boris")
        await floor.complete(await floor.talk(await floor.post()))
        await floor.advance(15)
        offered = await call(floor)
        assert await floor.offered_to(offered) == "boris"
        await hand_over(floor, contact, "boris")
        assert (await floor.contact(offered)).state == "queued"
        assert [event.data["reason"] for event in await floor.events("offer.withdrawn")] == ["agent_busy"]
        await floor.advance(60)
        assert (await floor.agent("boris")).misses is None


async def test_who_wraps_up_may_take_it(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await talk(floor)
        await floor.sign_in("boris")
        await floor.complete(await floor.talk(await floor.post()))
        assert (await floor.agent("boris")).state == "wrap_up"
        assert (await hand_over(floor, contact, "boris")).agent == "boris"
        assert (await floor.agent("boris")).burden.load == 100


async def test_who_is_not_signed_in_may_be_asked_and_takes_it(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await talk(floor)
        assert (await hand_over(floor, contact, "boris")).agent == "boris"
        assert (await floor.agent("boris")).state == "draining"
        await floor.complete(contact)
        assert (await floor.agent("boris")).state == "offline"


@pytest.mark.parametrize("agent", ["writer", "boris"])
async def test_who_may_not_or_has_no_room_does_not_get_it(server: Server, agent: str) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await talk(floor)
        if agent == "boris":
            await floor.sign_in("boris")
            await floor.talk(await floor.post(channel="telegram"))
        before = await floor.events()
        with refused("not_capable"):
            await hand_over(floor, contact, agent)
        assert await floor.events() == before


async def test_nobody_is_no_colleague(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await talk(floor)
        with refused("unknown_agent"):
            await hand_over(floor, contact, "nobody")


async def test_with_his_desk_lost_the_talk_that_he_took_over_goes_on(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await talk(floor)
        await floor.sign_in("boris")
        await hand_over(floor, contact, "boris")
        await floor.do(Disconnect(agent="boris", connection="desk", silent_ms=15_000))
        assert (await floor.contact(contact)).state == "assigned"
        assert (await floor.engine.do(Connected(contact=contact.id), ADAPTER)).repeated
