"""What a queue does with contacts that it cannot keep: full, late, empty, closed, and where they overflow to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from router.domain.customer import Customer
from router.domain.new import Change
from router.domain.requirement import Requirement
from router.engine.acts.agents import Disconnect
from router.engine.acts.contacts import Connected, Requeue
from router.engine.acts.reading import GetQueue
from tests.helpers.floor import ADAPTER, SUPERVISOR, floor_on

if TYPE_CHECKING:
    from tests.helpers.servers import Server

AGENTS = """
[skills]
english = "speaks English"
[[routes]]
queue = "private"
[media.voice]
limits_s = { wrap_up = 0 }
[agents]
anna = { queues = ["private"], media = ["voice"] }
boris = { queues = ["second", "third", "fourth"], media = ["voice"] }
[queues]
"""
THREE_MORE = "second.target_s = 10\nthird.target_s = 10\nfourth.target_s = 10\n"
FULL = AGENTS + 'private = { target_s = 40, full = { waiting = 2, then = "reject" } }\n' + THREE_MORE


# Full


async def test_a_full_queue_rejects_and_the_rejected_contact_is_recorded(server: Server) -> None:
    async with floor_on(server, FULL) as floor:
        await floor.post()
        await floor.post()
        rejected = await floor.post(external_id="c3")
        assert (rejected.state, rejected.outcome, rejected.ended_by) == ("rejected", "rejected", "system")
        assert await floor.contact(rejected) == rejected
        assert await floor.story(rejected) == ["contact.rejected"]
        (event,) = await floor.events("contact.rejected")
        assert event.data == {"reason": "full"}
        assert (await floor.figures())["rejected|private|phone|private|full"] == 1
        assert (await floor.post_answer(external_id="c3")).repeated, "it may be asked for again"


async def test_who_is_being_connected_still_waits(server: Server) -> None:
    async with floor_on(server, FULL) as floor:
        await floor.sign_in("anna")
        first = await floor.accept(await floor.post())
        await floor.post()
        assert (await floor.do(GetQueue(queue="private")))[0] == 2
        assert (await floor.post()).state == "rejected"
        await floor.do(Connected(contact=first.id))
        assert (await floor.post()).state == "queued"


async def test_nobody_who_was_in_once_is_turned_away(server: Server) -> None:
    async with floor_on(server, FULL) as floor:
        await floor.sign_in("anna")
        first = await floor.talk(await floor.post())
        await floor.post()
        await floor.post()
        again = await floor.do(Requeue(contact=first.id), SUPERVISOR)
        assert again.state == "queued"
        transferred = (await floor.contacts.transfer(again.id, SUPERVISOR, queue="private")).result
        assert transferred.state == "queued"


# Late


def late(then: str) -> str:
    return f"{AGENTS}private = {{ target_s = 40, late = {{ wait_s = 60, then = {then} }} }}\n{THREE_MORE}"


async def test_who_has_waited_too_long_expires(server: Server) -> None:
    async with floor_on(server, late('"expire"')) as floor:
        contact = await floor.post()
        await floor.advance(59.999)
        assert (await floor.contact(contact)).state == "queued"
        await floor.advance(0.001)
        expired = await floor.contact(contact)
        assert (expired.state, expired.outcome, expired.ended_by, expired.waited) == (
            "expired",
            "expired",
            "system",
            60_000,
        )
        assert (await floor.figures())["expired|private|phone|private"] == 1


async def test_who_is_being_offered_or_connected_does_not_expire_yet(server: Server) -> None:
    async with floor_on(server, late('"expire"')) as floor:
        contact = await floor.post()
        await floor.advance(58)
        await floor.sign_in("anna")
        await floor.acknowledge(contact)
        await floor.advance(10)
        assert await floor.offered_to(contact) == "anna"
        await floor.decline(contact)
        assert (await floor.contact(contact)).state == "expired", "but he does when the last chance is gone"


async def test_who_is_late_may_go_to_another_queue(server: Server) -> None:
    async with floor_on(server, late('{ overflow = "second" }')) as floor:
        await floor.sign_in("boris")
        contact = await floor.post()
        await floor.advance(60)
        moved = await floor.contact(contact)
        assert (moved.queue, moved.agent, moved.arrived, moved.waited) == ("second", "boris", contact.arrived, 60_000)
        (event,) = await floor.events("contact.overflowed")
        assert (event.queue, event.data["from_queue"], event.data["reason"]) == ("second", "private", "late")
        figures = await floor.figures()
        assert figures["flowed_out|private|phone|private|late"] == 1
        assert figures["offered|private|phone|private"] == figures["offered|second|phone|private"] == 1


# Empty


def empty(then: str) -> str:
    return f"{AGENTS}private = {{ target_s = 40, empty = {{ then = {then} }} }}\n{THREE_MORE}"


async def test_a_queue_that_nobody_serves_now_sends_contacts_away(server: Server) -> None:
    async with floor_on(server, empty('{ overflow = "second" }')) as floor:
        await floor.sign_in("boris")
        contact = await floor.post()
        assert (contact.queue, contact.agent) == ("second", "boris")


async def test_it_is_not_empty_while_somebody_is_signed_in_though_on_a_break(server: Server) -> None:
    async with floor_on(server, empty('"reject"')) as floor:
        assert (await floor.post()).state == "rejected"
        await floor.sign_in("anna")
        await floor.choose("anna", "break")
        assert (await floor.post()).state == "queued"


async def test_it_is_empty_where_nobody_signed_in_could_ever_serve_the_contact(server: Server) -> None:
    async with floor_on(server, empty('"reject"')) as floor:
        await floor.sign_in("anna")
        assert (await floor.post(requirement=Requirement(skills={"english": 1}))).state == "rejected"
        assert (await floor.post(requirement=Requirement(agents=("boris",)))).state == "rejected"
        assert (await floor.post(requirement=Requirement(agents=("anna",)))).state == "offered"


@pytest.mark.parametrize("going", ["signs out", "is lost", "is removed"])
async def test_when_the_last_agent_goes_those_who_wait_are_sent_away_too(server: Server, going: str) -> None:
    operation = empty('{ overflow = "second" }')
    async with floor_on(server, operation) as floor:
        await floor.sign_in("anna")
        offered, waiting = await floor.post(), await floor.post()
        if going == "signs out":
            await floor.choose("anna", "offline")
        elif going == "is lost":
            await floor.do(Disconnect(agent="anna", connection="desk"))
            await floor.advance(14.999)
            assert (await floor.contact(waiting)).queue == "private"
            await floor.advance(0.001)
        else:
            await floor.apply(operation.replace('anna = { queues = ["private"], media = ["voice"] }', ""))
        await floor.run_due()
        for contact in (offered, waiting):
            found = await floor.contact(contact)
            assert (found.queue, found.state) == ("second", "queued")


# Overflow


CHAIN = (
    AGENTS
    + """
private = { target_s = 40, late = { wait_s = 10, then = { overflow = "second" } } }
second = { target_s = 40, full = { waiting = 1, then = { overflow = "third" } } }
third = { target_s = 40, empty = { then = { overflow = "fourth" } } }
fourth = { target_s = 40, late = { wait_s = 20, then = "expire" } }
"""
)


BY_TYPE = 'when.customer.type = "corporate"\nqueue = "second"\n[[routes]]\nqueue = "private"'


async def test_a_contact_goes_along_the_chain_until_a_queue_takes_it_and_keeps_its_arrival(server: Server) -> None:
    async with floor_on(server, CHAIN) as floor:
        blocking = await floor.post(queue="second")
        contact = await floor.post()
        await floor.advance(10)
        moved = await floor.contact(contact)
        assert (moved.queue, moved.hops, moved.arrived, moved.queued_at) == ("fourth", 3, contact.arrived, floor.now)
        hops = [
            (event.data["from_queue"], event.queue, event.data["reason"])
            for event in await floor.events("contact.overflowed")
        ]
        assert hops == [("private", "second", "late"), ("second", "third", "full"), ("third", "fourth", "empty")]
        assert (await floor.contact(blocking)).queue == "second"
        assert moved.waited == 10_000, "what it waited on the way adds up"


async def test_after_three_hops_it_stays_whatever_another_operation_says(server: Server) -> None:
    turned = CHAIN.replace(', late = { wait_s = 10, then = { overflow = "second" } }', "")
    turned = turned.replace('then = "expire"', 'then = { overflow = "private" }')
    async with floor_on(server, CHAIN) as floor:
        await floor.post(queue="second")
        contact = await floor.post()
        await floor.advance(10)
        await floor.apply(turned)
        fresh = await floor.post(queue="fourth")
        await floor.advance(25)
        assert (await floor.contact(fresh)).queue == "private", "so the new operation says"
        stays = await floor.contact(contact)
        assert (stays.queue, stays.state, stays.hops) == ("fourth", "queued", 3)


async def test_in_its_new_queue_it_has_the_place_of_its_arrival(server: Server) -> None:
    async with floor_on(server, CHAIN) as floor:
        contact = await floor.post()
        await floor.advance(5)
        later = await floor.post(queue="second")
        assert later.queue == "second"
        await floor.leave(await floor.post(queue="second"))
        await floor.apply(CHAIN.replace("waiting = 1", "waiting = 5"))
        await floor.advance(5)
        assert (await floor.place(contact), await floor.place(later)) == (1, 2)


async def test_the_head_start_is_that_of_the_new_queue(server: Server) -> None:
    async with floor_on(server, CHAIN.replace("second = { target_s = 40", "second = { target_s = 100")) as floor:
        contact = await floor.post(priority=2)
        assert contact.rank == contact.arrived - 2 * 20_000
        await floor.advance(10)
        assert (await floor.contact(contact)).rank == contact.arrived - 2 * 50_000


async def test_a_transfer_begins_to_count_the_hops_anew(server: Server) -> None:
    async with floor_on(server, CHAIN) as floor:
        await floor.post(queue="second")
        contact = await floor.post()
        await floor.advance(10)
        assert (await floor.contact(contact)).hops == 3
        await floor.contacts.transfer(contact.id, SUPERVISOR, queue="private")
        await floor.advance(10)
        moved = await floor.contact(contact)
        assert (moved.queue, moved.hops) == ("fourth", 3)


async def test_so_does_a_change_of_what_is_known_of_the_customer(server: Server) -> None:
    async with floor_on(server, CHAIN.replace('queue = "private"', BY_TYPE)) as floor:
        await floor.post(queue="second")
        contact = await floor.post()
        await floor.advance(10)
        assert (await floor.contact(contact)).hops == 3
        change = Change(customer=Customer(type="corporate"))
        moved = (await floor.contacts.patch(contact.id, change, ADAPTER)).result
        assert (moved.queue, moved.hops) == ("second", 0)


async def test_at_the_end_of_the_chain_it_expires(server: Server) -> None:
    async with floor_on(server, CHAIN) as floor:
        await floor.post(queue="second")
        contact = await floor.post()
        await floor.advance(30)
        expired = await floor.contact(contact)
        assert (expired.state, expired.queue, expired.waited) == ("expired", "fourth", 30_000)


# The target


async def test_a_missed_target_is_counted_once_and_when_it_passes(server: Server) -> None:
    async with floor_on(server, FULL) as floor:
        contact = await floor.post()
        await floor.advance(40)
        assert (await floor.figures()).get("target_missed|private|phone|private", 0) == 0, "40 s is in 40 s"
        await floor.advance(0.001)
        assert (await floor.figures())["target_missed|private|phone|private"] == 1
        await floor.sign_in("anna")
        await floor.decline(contact)
        await floor.advance(30)
        await floor.talk(contact)
        assert len(await floor.events("contact.target_missed")) == 1
        (answered,) = await floor.events("contact.answered")
        assert (answered.data["waited"], answered.data["in_target"]) == (70_001, False)


async def test_it_is_missed_also_where_nobody_ran_what_was_due(server: Server) -> None:
    async with floor_on(server, FULL) as floor:
        await floor.sign_in("anna")
        contact = await floor.accept(await floor.post())
        floor.jump(41)
        await floor.do(Connected(contact=contact.id))
        await floor.run_due()
        assert len(await floor.events("contact.target_missed")) == 1


async def test_it_is_missed_also_by_who_left_before_anybody_ran_what_was_due(server: Server) -> None:
    async with floor_on(server, FULL) as floor:
        contact = await floor.post()
        floor.jump(41)
        await floor.leave(contact)
        await floor.run_due()
        assert len(await floor.events("contact.target_missed")) == 1
        assert (await floor.figures())["target_missed|private|phone|private"] == 1


async def test_what_is_answered_in_time_misses_nothing(server: Server) -> None:
    async with floor_on(server, FULL) as floor:
        contact = await floor.post()
        await floor.advance(40)
        await floor.sign_in("anna")
        await floor.talk(contact)
        await floor.advance(100)
        assert await floor.events("contact.target_missed") == []
        assert (await floor.figures())["answered|private|phone|private|true"] == 1


async def test_who_comes_with_a_wait_beyond_the_target_has_missed_it(server: Server) -> None:
    async with floor_on(server, FULL) as floor:
        await floor.post(arrived_at=floor.now - 41_000)
        assert len(await floor.events("contact.target_missed")) == 1
        await floor.advance(100)
        assert len(await floor.events("contact.target_missed")) == 1


async def test_each_queue_has_its_own_target(server: Server) -> None:
    async with floor_on(server, CHAIN) as floor:
        await floor.post()
        await floor.advance(60)
        (missed,) = await floor.events("contact.target_missed")
        assert (missed.queue, missed.data["target"]) == ("second", 40_000)
