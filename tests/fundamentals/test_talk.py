"""From accept to answer, the talk and its end; what a failure to connect means for whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from router.engine.acts.agents import Ready
from router.engine.acts.contacts import (
    Cancel,
    Complete,
    Connected,
    ConnectFailed,
    Left,
    Rate,
    Reply,
    Requeue,
)
from router.engine.acts.workspace import CloseChannel, OpenChannel
from tests.cases.table import rows
from tests.helpers.floor import ADAPTER, ROUTER, SUPERVISOR, Floor, as_agent, floor_on, refused

if TYPE_CHECKING:
    from tests.helpers.servers import Server

OPERATION = """
[media.mail]
cost = 20
mode = "least_loaded"
answered_by = "accept"
limits_s = { offer = 60, wrap_up = 5 }
[channels]
post = { medium = "mail" }
[queues.private]
target_s = 40
[queues.corporate]
target_s = 10
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private", "corporate"], media = ["voice", "chat", "mail"] }
boris = { queues = ["corporate"], media = ["voice", "chat", "mail"] }
"""


# What is an answer


async def test_a_call_is_answered_when_both_can_hear_each_other(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.accept(await floor.post())
        assert contact.answered_at is None
        await floor.advance(3)
        contact = await floor.do(Connected(contact=contact.id), ADAPTER)
        assert (contact.answered_at, contact.waited) == (floor.now, 3_000)


async def test_the_moment_of_connecting_may_be_told_afterwards(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.accept(await floor.post())
        await floor.advance(3)
        contact = await floor.do(Connected(contact=contact.id, at=floor.now - 2_000), ADAPTER)
        assert contact.waited == 1_000


async def test_a_chat_is_answered_by_the_first_message(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.accept(await floor.post(channel="telegram"))
        await floor.advance(20)
        contact = await floor.do(Reply(contact=contact.id), as_agent("anna"))
        assert (contact.answered_at, contact.waited) == (floor.now, 20_000)
        await floor.advance(20)
        again = await floor.engine.do(Reply(contact=contact.id), as_agent("anna"))
        assert (again.repeated, again.result.waited) == (True, 20_000)


async def test_where_accepting_is_answering_nothing_more_is_needed(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.post(channel="post")
        await floor.advance(2)
        contact = await floor.accept(contact)
        assert (contact.answered_at, contact.waited) == (floor.now, 2_000)


# Limits and failures


async def test_a_call_that_is_not_connected_in_time_goes_back_to_the_front(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.accept(await floor.post())
        await floor.advance(1)
        await floor.post()
        await floor.advance(18.999)
        assert (await floor.contact(contact)).state == "assigned"
        await floor.advance(0.001)
        back = await floor.contact(contact)
        assert (back.state, back.queued_at, back.rank) == ("queued", contact.queued_at, contact.rank)
        assert await floor.place(contact) == 1
        (event,) = await floor.events("contact.connect_failed")
        assert (event.agent, event.data["reason"], event.data["attempt"]) == ("anna", "timeout", 1)
        figures = await floor.figures()
        assert figures["connect_failed|private|phone|private|timeout"] == 1
        assert not [name for name in figures if name.startswith("answered")]
        assert (await floor.agent("anna")).misses is None, "it is the channel's failure"


async def test_a_chat_that_is_not_answered_in_time_goes_back_and_is_a_miss(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.accept(await floor.post(channel="telegram"))
        await floor.advance(119.999)
        assert (await floor.contact(contact)).state == "assigned"
        await floor.advance(0.001)
        assert (await floor.contact(contact)).state == "queued"
        (event,) = await floor.events("contact.silent")
        assert (event.agent, event.data["attempt"]) == ("anna", 1)
        assert (await floor.figures())["silent|private|telegram|private"] == 1
        assert (await floor.agent("anna")).misses == 1


@pytest.mark.parametrize("row", rows("connect_failed"))
async def test_a_failure_to_connect_is_held_against_whose_it_was(server: Server, row: dict[str, Any]) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.accept(await floor.post())
        await floor.do(ConnectFailed(contact=contact.id, reason=row["reason"]), ADAPTER)
        assert (await floor.agent("anna")).misses == (row["misses"] or None)
        assert (await floor.figures())[f"connect_failed|private|phone|private|{row['reason']}"] == 1
        other = await floor.post()
        if row["phone"]:
            assert other.state == "queued"
            assert [event.data["cause"] for event in await floor.events("agent.rested")] == [row["reason"]]
            await floor.advance(row["phone"] - 0.001)
            assert (await floor.contact(other)).state == "queued"
            await floor.advance(0.001)
            assert await floor.offered_to(contact) == "anna", "first the one who came first"
            return
        assert other.agent == "anna"
        await floor.leave(other)
        await floor.advance(row["again"] - 0.001)
        assert (await floor.contact(contact)).state == "queued"
        await floor.advance(0.001)
        assert await floor.offered_to(contact) == "anna"


async def test_a_busy_phone_may_still_chat_but_has_no_room_for_it(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.accept(await floor.post())
        await floor.do(ConnectFailed(contact=contact.id, reason="busy"), ADAPTER)
        anna = await floor.agent("anna")
        assert (anna.state, anna.burden.load) == ("wrap_up", 100)
        await floor.do(Ready(agent="anna"))
        assert (await floor.agent("anna")).burden.load == 0, "she says herself when the phone is free"


async def test_every_attempt_to_connect_is_counted(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.post()
        for attempt in (1, 2):
            await floor.accept(contact)
            failed = await floor.do(ConnectFailed(contact=contact.id, reason="channel"), ADAPTER)
            assert failed.attempts == attempt
            await floor.advance(30)
        assert [event.data["attempt"] for event in await floor.events("contact.connect_failed")] == [1, 2]


# Wrap-up


async def test_wrap_up_belongs_to_the_agent_and_ends_at_its_own_time(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        closed = await floor.complete(await floor.talk(await floor.post()))
        assert closed.state == "closed", "the contact is over"
        anna = await floor.agent("anna")
        assert (anna.state, anna.burden.load) == ("wrap_up", 100)
        other = await floor.post(queue="corporate")
        await floor.advance(14.999)
        assert (await floor.contact(other)).state == "queued"
        await floor.advance(0.001)
        assert await floor.offered_to(other) == "anna"


async def test_a_transfer_does_not_shorten_it(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.talk(await floor.post())
        await floor.contacts.transfer(contact.id, as_agent("anna"), queue="corporate")
        other = await floor.post()
        await floor.advance(14.999)
        assert (await floor.contact(other)).state == "queued"
        await floor.advance(0.001)
        assert await floor.offered_to(other) == "anna"


async def test_nothing_that_happens_to_the_contact_touches_it(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.complete(await floor.talk(await floor.post()))
        await floor.advance(10)
        await floor.do(Complete(contact=contact.id, disposition="resolved"), as_agent("anna"))
        await floor.do(Left(contact=contact.id), ADAPTER)
        await floor.advance(4.999)
        assert (await floor.agent("anna")).state == "wrap_up"
        await floor.advance(0.001)
        assert (await floor.agent("anna")).state == "idle"


async def test_she_ends_it_when_she_is_ready(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        await floor.complete(await floor.talk(await floor.post()))
        await floor.advance(4)
        assert (await floor.do(Ready(agent="anna"))).state == "idle"
        (event,) = await floor.events("agent.wrap_up_ended")
        assert (event.queue, event.data["took"]) == ("private", 4_000)
        assert (await floor.figures())["wrap_up|private|sum"] == 4_000
        await floor.advance(60)
        assert len(await floor.events("agent.wrap_up_ended")) == 1


async def test_who_has_not_talked_has_nothing_to_wrap_up(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        closed = await floor.complete(await floor.accept(await floor.post()))
        assert closed.outcome == "not_connected"
        assert (await floor.agent("anna")).state == "idle"


# Ends


LATER = {"not_before": 4_000_000_000_000}


async def bring_about(floor: Floor, story: list[str]) -> str:
    await floor.do(OpenChannel(channel="pbx", account="main", connection="adapter", process=ROUTER))
    if story[0] == "is offered":
        await floor.sign_in("anna")
    contact = (await floor.post("maria", channel="pbx", **(LATER if story[0] == "is for later" else {}))).id
    for part in story[1:]:
        if part == "the channel is lost":
            await floor.do(CloseChannel(channel="pbx", account="main", connection="adapter"))
            await floor.advance(15)
        else:
            acts = {"connected": Connected(contact=contact), "requeue": Requeue(contact=contact)}
            await (floor.accept(contact) if part == "accept" else floor.do(acts[part], SUPERVISOR))
    return contact


@pytest.mark.parametrize("end", ["left", "cancelled"])
@pytest.mark.parametrize("row", rows("ends"))
async def test_a_contact_may_end_in_every_state(server: Server, row: dict[str, Any], end: str) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await bring_about(floor, row["story"])
        act = Left(contact=contact) if end == "left" else Cancel(contact=contact)
        ended = await floor.do(act, ADAPTER if end == "left" else SUPERVISOR)
        assert [ended.state, ended.outcome, ended.ended_by] == row[end]
        assert (ended.session, ended.lane, ended.held) == ("gone", None, None)
        assert (ended.due is None) == (ended.outcome != "answered"), "only to see whether the customer comes back"
        figures = await floor.figures()
        for _ in range(2):
            assert (await floor.engine.do(act, ADAPTER if end == "left" else SUPERVISOR)).repeated
        assert await floor.figures() == figures, "the end counts once"
        anna = await floor.agent("anna")
        assert anna.burden.load == (100 if row["wrap_up"] else 0)
        await floor.advance(300)
        assert (await floor.contact(contact)).version == ended.version, "no timer of an earlier state goes off"


async def test_an_abandoned_contact_keeps_its_wait(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        short, long, late = await floor.post(), await floor.post(), await floor.post()
        await floor.advance(4.999)
        await floor.leave(short)
        await floor.advance(10)
        assert (await floor.leave(long)).waited == 14_999
        await floor.advance(100)
        await floor.do(Left(contact=late.id, at=floor.now - 10_000), ADAPTER)
        figures = await floor.figures()
        assert figures["abandoned|private|phone|private|true|true"] == 1
        assert figures["abandoned|private|phone|private|true|false"] == 1
        assert figures["abandoned|private|phone|private|false|false"] == 1
        assert figures["wait_abandoned|private|phone|sum"] == 4_999 + 14_999 + 104_999


async def test_the_wait_of_a_contact_that_comes_again_and_again_adds_up(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await floor.post()
        await floor.advance(10)
        await floor.sign_in("anna")
        await floor.talk(contact)
        await floor.advance(60)
        await floor.contacts.transfer(contact.id, as_agent("anna"), queue="corporate")
        await floor.advance(7)
        await floor.sign_in("boris")
        await floor.talk(contact)
        assert (await floor.contact(contact)).waited == 17_000
        answered = [
            (event.agent, event.queue, event.data["waited"]) for event in await floor.events("contact.answered")
        ]
        assert answered == [("anna", "private", 10_000), ("boris", "corporate", 7_000)]


async def test_after_the_customer_has_left_the_agent_says_how_it_went(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.talk(await floor.post())
        left = await floor.leave(contact)
        assert (left.state, left.ended_by, left.disposition) == ("closed", "customer", None)
        disposed = await floor.complete(contact, "resolved")
        assert (disposed.state, disposed.ended_by, disposed.disposition) == ("closed", "customer", "resolved")
        assert (await floor.complete(contact, "call_back")).disposition == "resolved", "the first word counts"
        assert (await floor.figures())["dispositions|private|phone|private|resolved"] == 1


async def test_a_customer_rates_once_and_only_what_is_over(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.talk(await floor.post())
        with refused("wrong_state"):
            await floor.do(Rate(contact=contact.id, score=5), ADAPTER)
        await floor.complete(contact)
        assert (await floor.do(Rate(contact=contact.id, score=5), ADAPTER)).rating == 5
        assert (await floor.do(Rate(contact=contact.id, score=1), ADAPTER)).rating == 5
        figures = await floor.figures()
        assert (figures["ratings|private|phone|private"], figures["ratings_five|private|phone|private"]) == (1, 1)


async def test_what_takes_a_talk_from_one_agent_leaves_him_free(server: Server) -> None:
    """A transfer is one change: there is no moment in which two have the contact, or nobody knows of it."""
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna", "boris")
        contact = await floor.talk(await floor.post())
        await floor.contacts.transfer(contact.id, as_agent("anna"), queue="corporate")
        assert await floor.offered_to(contact) == "boris"
        phases = {name: [work.phase for work in (await floor.agent(name)).burden.work] for name in ("anna", "boris")}
        assert phases == {"anna": ["u"], "boris": ["o"]}
