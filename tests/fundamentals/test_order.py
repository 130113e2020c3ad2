"""Whose turn it is: the order of waiting contacts, and what keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from router.domain.requirement import Requirement
from router.engine.acts.contacts import Reprioritise, Requeue
from router.engine.acts.reading import GetWork
from tests.cases.table import document, rows
from tests.helpers.floor import SUPERVISOR, Floor, as_agent, floor_on

if TYPE_CHECKING:
    from router.domain.contact import Contact
    from tests.helpers.servers import Server

AGENTS = """
[skills]
english = "speaks English"
[[routes]]
queue = "private"
[media.voice]
limits_s = { wrap_up = 0 }
[agents]
anna = { queues = ["private", "corporate", "emergency"], media = ["voice"], skills.english = 5 }
boris = { queues = ["private"], media = ["voice"] }
[queues]
"""
PRIVATE = AGENTS + "private.target_s = 40\ncorporate.target_s = 10\nemergency.target_s = 600\n"


def operation_of_row(row: dict[str, Any]) -> str:
    queues = document("order")["queues"]
    tiers = row.get("tiers", {})
    lines = [
        f"{name} = {{ target_s = {queue['target_s']}, tier = {tiers.get(name, 0)} }}" for name, queue in queues.items()
    ]
    return f'order = "{row["order"]}"\n{AGENTS}' + "\n".join(lines)


async def served(floor: Floor, agent: str) -> list[str]:
    """The agent serves whatever he is offered until nothing waits: the external ids, in order."""
    order: list[str] = []
    while True:
        _agent, contacts = await floor.do(GetWork(agent=agent))
        if not contacts:
            return order
        assert contacts[0].body is not None
        order.append(contacts[0].body.external_id)
        await floor.serve(contacts[0])


@pytest.mark.parametrize("row", rows("order"))
async def test_contacts_are_served_in_the_order_of_the_table(server: Server, row: dict[str, Any]) -> None:
    async with floor_on(server, operation_of_row(row)) as floor:
        waiting: dict[str, Contact] = {}
        for one in row["waiting"]:
            waiting[one["id"]] = await floor.post(
                external_id=one["id"],
                queue=one.get("queue"),
                priority=one.get("priority"),
                arrived_at=floor.now - 1000 * one.get("waited_s", 0),
                requirement=Requirement(skills={"english": one["english"]}) if "english" in one else None,
            )
            if one.get("priority", 0) < 0:  # of what is asked for and the policy's 0 the larger would count
                await floor.do(Reprioritise(contact=waiting[one["id"]].id, priority=one["priority"]), SUPERVISOR)
        places = {name: (contact.queue, await floor.place(contact)) for name, contact in waiting.items()}
        await floor.sign_in("anna")
        order = await served(floor, "anna")
        assert order == row["served"]
        for queue in {contact.queue for contact in waiting.values()}:
            mine = [places[name] for name in order if waiting[name].queue == queue]
            assert mine == [(queue, place) for place in range(1, len(mine) + 1)], "positions are the order"


async def test_a_place_counts_all_of_the_queue_and_medium(server: Server) -> None:
    async with floor_on(server, PRIVATE) as floor:
        await floor.post()
        await floor.post(queue="corporate")
        await floor.post(channel="telegram")
        english = await floor.post(requirement=Requirement(skills={"english": 3}))
        assert await floor.place(english) == 2
        await floor.sign_in("boris")
        assert await floor.place(english) == 1, "who is offered to somebody is not before it"


async def test_priority_0_is_not_starved_by_a_stream_of_important_contacts(server: Server) -> None:
    """Ten points are a head start of 200 s, and not a second more: after that time every newcomer is behind."""
    async with floor_on(server, PRIVATE) as floor:
        await floor.sign_in("boris")
        plain = await floor.post()
        await floor.talk(plain)  # boris is busy with the first one
        humble, current = await floor.post(), plain
        for _ in range(30):
            await floor.post(priority=10)
            await floor.advance(10)
            await floor.complete(current)
            _agent, (current,) = await floor.do(GetWork(agent="boris"))
            await floor.talk(current)
            if current.id == humble.id:
                break
        assert current.id == humble.id
        waited = (await floor.contact(humble)).waited
        assert 200_000 <= waited <= 220_000


async def test_priority_under_strict_may_starve_because_it_is_asked_for(server: Server) -> None:
    async with floor_on(server, 'order = "strict"\n' + PRIVATE) as floor:
        humble = await floor.post(arrived_at=floor.now - 3_600_000)
        important = await floor.post(priority=1)
        await floor.sign_in("boris")
        assert await floor.offered_to(important) == "boris"
        assert await floor.offered_to(humble) is None


async def test_a_requeued_contact_keeps_its_priority_and_its_place(server: Server) -> None:
    async with floor_on(server, PRIVATE) as floor:
        await floor.sign_in("boris")
        first = await floor.talk(await floor.post(priority=2))
        await floor.advance(60)
        behind = await floor.post(priority=2)
        again = await floor.do(Requeue(contact=first.id), as_agent("boris"))
        assert (again.priority, again.arrived, again.rank) == (2, first.arrived, first.rank)
        assert await floor.offered_to(behind) == "boris", "the other rests from the one he gave back"
        await floor.sign_in("anna")
        assert await floor.offered_to(again) == "anna"
        assert again.waited == 0, "the first wait was none"
        assert again.queued_at == floor.now, "and a new one has begun"


async def test_a_requeued_contact_comes_before_those_who_came_after_it(server: Server) -> None:
    async with floor_on(server, PRIVATE) as floor:
        await floor.sign_in("boris")
        first = await floor.talk(await floor.post())
        await floor.advance(1)
        await floor.post()
        await floor.do(Requeue(contact=first.id), SUPERVISOR)
        third = await floor.post()
        assert (await floor.place(first), await floor.place(third)) == (1, 2)


async def test_a_supervisor_puts_a_waiting_contact_forward(server: Server) -> None:
    async with floor_on(server, PRIVATE) as floor:
        first = await floor.post()
        await floor.advance(5)
        second = await floor.post()
        moved = await floor.do(Reprioritise(contact=second.id, priority=1), SUPERVISOR)
        assert moved.rank == moved.arrived - 20_000
        assert (await floor.place(second), await floor.place(first)) == (1, 2)
        await floor.sign_in("boris")
        assert await floor.offered_to(second) == "boris"
        event = (await floor.events("contact.reprioritised"))[0]
        assert (event.role, event.data["priority"]) == ("supervisor", 1)


async def test_a_supervisor_puts_a_waiting_contact_back(server: Server) -> None:
    async with floor_on(server, PRIVATE) as floor:
        first = await floor.post()
        await floor.advance(5)
        second = await floor.post(requirement=Requirement(skills={"english": 1}))
        await floor.do(Reprioritise(contact=first.id, priority=-1), SUPERVISOR)
        await floor.sign_in("anna")
        assert await floor.offered_to(second) == "anna"


async def test_the_order_does_not_hang_on_who_is_asked_first(server: Server) -> None:
    """Nobody is overtaken because an agent frees in the same moment in which somebody arrives."""
    async with floor_on(server, PRIVATE) as floor:
        await floor.sign_in("boris")
        talking = await floor.talk(await floor.post())
        older = await floor.post()
        await floor.advance(1)
        await floor.complete(talking)
        newer = await floor.post()
        assert (await floor.offered_to(older), await floor.offered_to(newer)) == ("boris", None)
