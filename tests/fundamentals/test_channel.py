"""A channel's account has one holder. While it has none, its live contacts keep their place, and then are lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from router.engine.acts.contacts import Cancel
from router.engine.acts.reading import Explain
from router.engine.acts.workspace import CloseChannel, Due, OpenChannel, SetChannelStatus
from tests.helpers.consistency import check
from tests.helpers.floor import ADAPTER, ROUTER, SUPERVISOR, Floor, floor_on, refused

if TYPE_CHECKING:
    from tests.helpers.servers import Server

OPERATION = """
[hours]
never = { mon = ["03:00-03:01"] }
[queues]
private = { target_s = 40, late = { wait_s = 300, then = { overflow = "night" } } }
night = { target_s = 40, hours = "never", closed = { then = "wait" } }
[[routes]]
queue = "private"
[media.voice]
limits_s = { wrap_up = 0, offer = 60 }
[agents]
anna = { queues = ["private", "night"], media = ["voice", "chat"] }
"""


async def take(floor: Floor, connection: str = "adapter", process: str = ROUTER, channel: str = "pbx") -> None:
    await floor.do(OpenChannel(channel=channel, account="main", connection=connection, process=process), ADAPTER)


async def let_go(floor: Floor, connection: str = "adapter") -> None:
    await floor.do(CloseChannel(channel="pbx", account="main", connection=connection), ADAPTER)


# The holder


async def test_one_connection_holds_an_account(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await take(floor)
        await take(floor)
        with refused("taken"):
            await take(floor, "another")
        await floor.do(OpenChannel(channel="pbx", account="branch", connection="another", process=ROUTER))
        await let_go(floor)
        await take(floor, "another")
        assert [(event.channel, event.account) for event in await floor.events("channel.up")] == [
            ("pbx", "main"),
            ("pbx", "branch"),
            ("pbx", "main"),
        ]


async def test_who_does_not_hold_it_can_not_let_go(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await take(floor)
        await let_go(floor, "another")
        with refused("taken"):
            await take(floor, "another")


async def test_there_are_only_the_channels_of_the_operation(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        with refused("unknown_channel"):
            await take(floor, channel="carrier pigeon")
        with refused("unknown_channel"):
            status = SetChannelStatus(channel="x", account="main", status="up", detail=None, capabilities=())
            await floor.do(status, ADAPTER)


async def test_an_adapter_says_how_it_is_and_what_it_can(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await take(floor)
        status = SetChannelStatus(
            channel="pbx", account="main", status="degraded", detail="one trunk of two", capabilities=("hold", "mute")
        )
        for _ in range(2):
            await floor.do(status, ADAPTER)
        (event,) = await floor.events("channel.status")
        assert event.data == {"status": "degraded", "detail": "one trunk of two", "capabilities": ["hold", "mute"]}


async def take_as(
    floor: Floor, holder: str | None, connection: str, process: str = ROUTER, *, again: bool = False
) -> None:
    act = OpenChannel(channel="pbx", account="main", connection=connection, process=process, holder=holder, again=again)
    await floor.do(act, ADAPTER)


async def test_the_same_holder_takes_it_back_from_his_older_connection(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await take_as(floor, "pbx-1", "first", "router-2")
        contact = await floor.post(channel="pbx")
        with refused("taken"):
            await take_as(floor, "pbx-2", "another")
        with refused("taken"):
            await take_as(floor, None, "another")
        await take_as(floor, "pbx-1", "second")
        assert [event.data["holder"] for event in await floor.events("channel.up")] == ["first", "second"]
        await let_go(floor, "first")
        assert await floor.events("channel.silent") == [], "it is the second's"
        await check(floor.engine.connection, floor.engine.workspace)
        await floor.advance(200)
        assert (await floor.contact(contact)).state == "queued", "the router of the first has died since"
        await let_go(floor, "second")
        await take_as(floor, "pbx-2", "another")


async def test_a_connection_that_had_it_takes_it_from_nobody(server: Server) -> None:
    """Its router has lost its lease: another connection of the same holder may be the newer one."""
    async with floor_on(server, OPERATION) as floor:
        await take_as(floor, "pbx-1", "first")
        await take_as(floor, "pbx-1", "second")
        with refused("taken"):
            await take_as(floor, "pbx-1", "first", again=True)
        await take_as(floor, "pbx-1", "second", again=True)
        await let_go(floor, "second")
        await take_as(floor, "pbx-1", "first", again=True)
        await take_as(floor, "pbx-1", "third")


async def test_nobody_takes_back_what_has_had_no_name_since(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await take_as(floor, "pbx-1", "first")
        await let_go(floor, "first")
        await take_as(floor, None, "another")
        with refused("taken"):
            await take_as(floor, "pbx-1", "first")


async def test_contacts_that_are_still_to_be_released_are_when_the_holder_comes_on_another_connection(
    server: Server,
) -> None:
    async with floor_on(server, OPERATION) as floor:
        await take_as(floor, "pbx-1", "first")
        contacts = [await floor.post(channel="pbx") for _ in range(45)]
        await let_go(floor, "first")
        await floor.advance(16)
        await take_as(floor, "pbx-1", "second")
        await floor.do(Due(most=1))
        await take_as(floor, "pbx-1", "third")
        await floor.run_due()
        assert [(await floor.contact(contact)).held for contact in contacts] == [None] * 45


# Silence


async def test_after_15_s_without_a_holder_contacts_are_held_in_their_place(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await take(floor)
        contact = await floor.post(channel="pbx")
        await let_go(floor)
        await floor.advance(14.999)
        assert (await floor.contact(contact)).held is None
        await floor.advance(0.001)
        held = await floor.contact(contact)
        assert (held.state, held.held, held.queued_at) == ("queued", "channel_down", contact.queued_at)
        await floor.sign_in("anna")
        assert await floor.offered_to(contact) is None, "she could not be connected with him"
        assert (await floor.post()).agent == "anna", "other channels' contacts are served"
        assert (await floor.do(Explain(contact=contact.id))).held == "channel_down"
        assert (await floor.figures())["held|private|pbx|private|channel_down"] == 1


async def test_a_holder_who_is_back_in_time_finds_everything_as_it_was(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await take(floor)
        contact = await floor.post(channel="pbx")
        await let_go(floor)
        await floor.advance(14.999)
        await take(floor, "again")
        await floor.advance(60)
        assert (await floor.contact(contact)).version == contact.version + 1, "but for the target that was missed"


async def test_a_new_holder_releases_what_was_held_in_the_old_order(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await take(floor)
        first, second = await floor.post(channel="pbx"), await floor.post(channel="pbx")
        await let_go(floor)
        await floor.advance(15)
        later = await floor.post()
        await take(floor, "again")
        await floor.run_due()
        assert [await floor.place(contact) for contact in (first, second, later)] == [1, 2, 3]
        await floor.sign_in("anna")
        assert await floor.offered_to(first) == "anna"
        assert len(await floor.events("contact.released")) == 2


async def test_an_offer_of_a_silent_channel_is_taken_back(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await take(floor)
        await floor.sign_in("anna")
        contact = await floor.post(channel="pbx")
        await floor.acknowledge(contact)
        await let_go(floor)
        await floor.advance(14.999)
        assert await floor.offered_to(contact) == "anna"
        await floor.advance(0.001)
        assert (await floor.contact(contact)).held == "channel_down"
        assert (await floor.events("offer.withdrawn"))[0].data["reason"] == "channel_down"
        assert (await floor.agent("anna")).misses is None


async def test_after_120_s_its_live_contacts_are_lost(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await take(floor)
        await floor.sign_in("anna")
        talking = await floor.talk(await floor.post(channel="pbx"))
        waiting, other = await floor.post(channel="pbx"), await floor.post()
        await let_go(floor)
        await floor.advance(119.999)
        assert (await floor.contact(talking)).state == "assigned", "a talk may go on without its adapter"
        await floor.advance(0.001)
        for contact in (talking, waiting):
            lost = await floor.contact(contact)
            assert (lost.state, lost.outcome, lost.ended_by) == ("closed", "lost", "system")
        assert (await floor.contact(other)).state == "offered"
        assert (await floor.figures())["closed|private|pbx|private|lost|system"] == 2


async def test_channels_without_sessions_lose_nothing(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await take(floor, channel="telegram")
        chat = await floor.post(channel="telegram")
        await floor.do(CloseChannel(channel="telegram", account="main", connection="adapter"))
        await floor.advance(200)
        found = await floor.contact(chat)
        assert (found.state, found.held) == ("queued", None)


@pytest.mark.parametrize("down_s", [15, 120])
async def test_a_contact_that_comes_meanwhile_is_held_from_the_start_and_has_its_own_time(
    server: Server, down_s: int
) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        await take(floor)
        await let_go(floor)
        await floor.advance(down_s)
        contact = await floor.post(channel="pbx")
        assert (contact.state, contact.held) == ("queued", "channel_down")
        assert await floor.story(contact) == ["contact.queued", "contact.held"]
        await floor.advance(104.999)
        assert (await floor.contact(contact)).held == "channel_down"
        await take(floor, "again")
        await floor.run_due()
        assert await floor.offered_to(contact) == "anna"


async def test_on_an_account_that_was_given_up_each_waits_120_s_more(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await take(floor)
        await let_go(floor)
        await floor.advance(500)
        contact = await floor.post(channel="pbx")
        await floor.advance(119.999)
        assert (await floor.contact(contact)).held == "channel_down"
        await floor.advance(0.001)
        assert (await floor.contact(contact)).outcome == "lost"


async def test_the_holder_goes_with_its_process(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await take(floor, process="router-2")
        contact = await floor.post(channel="pbx")
        await floor.advance(14.999)
        with refused("taken"):
            await take(floor, "another")
        await floor.advance(15.001)
        assert (await floor.contact(contact)).held == "channel_down", "15 s of the process and 15 s of silence"
        await take(floor, "another")


async def test_a_process_that_renews_its_lease_keeps_its_accounts(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await take(floor)
        contact = await floor.post(channel="pbx")
        await floor.advance(130)
        assert (await floor.contact(contact)).state == "queued"
        assert await floor.events("channel.silent") == []


async def test_many_contacts_are_held_and_released_in_several_steps_without_losing_one(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await take(floor)
        contacts = [await floor.post(channel="pbx") for _ in range(50)]
        await let_go(floor)
        await floor.advance(15)
        assert {(await floor.contact(contact)).held for contact in contacts} == {"channel_down"}
        await take(floor, "again")
        await floor.run_due()
        assert {(await floor.contact(contact)).held for contact in contacts} == {None}
        assert [await floor.place(contact) for contact in contacts] == list(range(1, 51))


@pytest.mark.parametrize("silent_s", [0, 15])
async def test_a_holder_who_goes_in_the_midst_of_releasing_leaves_nobody_held_for_ever(
    server: Server, silent_s: int
) -> None:
    async with floor_on(server, OPERATION) as floor:
        await take(floor)
        contacts = [await floor.post(channel="pbx") for _ in range(50)]
        await let_go(floor)
        await floor.advance(15)
        await take(floor, "again")
        await floor.do(Due(most=1))
        await let_go(floor, "again")
        if silent_s:
            await floor.advance(silent_s)
            assert {(await floor.contact(contact)).held for contact in contacts} == {"channel_down"}
        await take(floor, "once more")
        await floor.advance(20)
        assert {(await floor.contact(contact)).held for contact in contacts} == {None}
        held, released = await floor.events("contact.held"), await floor.events("contact.released")
        assert len(held) == len(released)


# Held contacts in every other turn of events


async def test_a_held_contact_may_be_transferred_and_stays_held(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        await take(floor)
        await let_go(floor)
        await floor.advance(15)
        contact = await floor.post(channel="pbx")
        await floor.contacts.transfer(contact.id, SUPERVISOR, queue="private")
        assert (await floor.contact(contact)).held == "channel_down"
        await take(floor, "again")
        await floor.run_due()
        assert await floor.offered_to(contact) == "anna"


async def test_a_held_contact_that_is_late_goes_on_and_waits_for_the_opening_without_being_held(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        await floor.connect("anna", hold_s=86_400)
        await take(floor)
        await let_go(floor)
        await floor.advance(15)
        contact = await floor.post(channel="pbx", arrived_at=floor.now - 290_000)
        assert contact.held == "channel_down"
        await floor.advance(10)
        scheduled = await floor.contact(contact)
        assert (scheduled.state, scheduled.queue, scheduled.held) == ("scheduled", "night", None)
        await take(floor, "again")
        await floor.run_due()
        assert (await floor.contact(contact)).state == "scheduled"
        assert scheduled.not_before is not None
        await floor.do(Cancel(contact=contact.id), SUPERVISOR)


async def test_a_contact_for_later_is_held_when_its_time_comes(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        await take(floor)
        before, later = floor.now + 20_000, floor.now + 40_000
        early = await floor.post(channel="pbx", not_before=before)
        await let_go(floor)
        await floor.advance(15)
        late = await floor.post(channel="pbx", not_before=later)
        assert (late.state, late.held) == ("scheduled", None)
        await floor.advance(5)
        held = await floor.contact(early)
        assert (held.state, held.held) == ("queued", "channel_down")
        await take(floor, "again")
        await floor.run_due()
        assert await floor.offered_to(early) == "anna"
        await floor.serve(early)
        await floor.advance(20)
        assert await floor.offered_to(late) == "anna"


async def test_an_offer_taken_back_from_who_has_waited_too_long_is_not_held(server: Server) -> None:
    async with floor_on(server, OPERATION.replace('{ overflow = "night" }', '"expire"')) as floor:
        await take(floor)
        contact = await floor.post(channel="pbx", arrived_at=floor.now - 284_000)
        await floor.sign_in("anna")
        await floor.advance(2)
        await floor.acknowledge(contact)
        await let_go(floor)
        await floor.advance(15)
        assert await floor.story(contact) == [
            "contact.queued",
            "contact.target_missed",
            "offer.made",
            "offer.acknowledged",
            "offer.withdrawn",
            "contact.expired",
        ]
