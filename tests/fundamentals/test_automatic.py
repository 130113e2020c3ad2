"""An automatic agent is a program on the same API: it holds the first line, takes no seat and stops no clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.engine.acts.agents import Disconnect
from router.engine.acts.contacts import Reply
from router.engine.acts.reading import GetQueue, GetStates
from tests.helpers.floor import as_agent, floor_on, refused
from tests.helpers.threads import Thread, park, send

if TYPE_CHECKING:
    from router.domain.contact import Contact
    from tests.helpers.floor import Floor
    from tests.helpers.servers import Server

OPERATION = """
[queues.first]
target_s = 60
empty.then = "reject"
[queues.people]
target_s = 60
[[routes]]
queue = "first"
[media.chat]
most = 2
limits_s = { offer = 15, reply = 30, rest = 20 }
[media.mail]
answered_by = "accept"
cost = 10
mode = "longest_idle"
limits_s = { offer = 30, wrap_up = 0 }
[agents]
robot = { queues = ["first"], media = ["chat", "mail"], automatic = true }
anna = { queues = ["people"], media = ["chat"] }
[channels]
letters = { medium = "mail" }
"""


async def with_the_robot(floor: Floor, thread: Thread | None = None) -> Contact:
    """A conversation that the robot has taken."""
    return await floor.accept(await (thread or Thread(floor)).write())


async def test_it_takes_any_number(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("robot")
        taken = [await with_the_robot(floor, Thread(floor, name=str(number))) for number in range(12)]
        assert {contact.agent for contact in taken} == {"robot"}
        assert (await floor.agent("robot")).burden.load > 100


async def test_it_is_nobody_where_people_are_counted_and_somebody_for_an_empty_queue(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        assert (await Thread(floor).write()).state == "rejected"
        await floor.sign_in("robot", "anna")
        assert (await Thread(floor).write()).agent == "robot"
        assert (await floor.do(GetQueue(queue="first")))[2] == 0
        assert (await floor.do(GetQueue(queue="people")))[2] == 1
        rows, signed_in = await floor.do(GetStates())
        assert ([(state, count) for _, state, count, _ in rows], signed_in) == ([("idle", 1)], 1)


async def test_its_replies_answer_nothing(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("robot")
        thread = Thread(floor)
        contact = await with_the_robot(floor, thread)
        await send(floor, contact, "what is it about?")
        found = await floor.contact(contact)
        assert (found.state, found.answered_at, found.due) == ("assigned", None, None)
        assert found.asked_at == contact.arrived
        assert (await floor.do(GetQueue(queue="first")))[0] == 1, "its customer still waits"
        assert await floor.events("contact.answered", "contact.replied") == []
        with refused("wrong_state"):
            await floor.do(Reply(contact=contact.id), as_agent("robot"))


async def test_its_hand_over_is_a_transfer_after_which_a_person_answers(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("robot", "anna")
        contact = await with_the_robot(floor)
        await send(floor, contact, "one moment")
        await floor.advance(10)
        moved = (await floor.contacts.transfer(contact.id, as_agent("robot"), queue="people")).result
        assert (moved.queue, moved.waited, moved.arrived) == ("people", 10_000, contact.arrived)
        await floor.accept(contact)
        await floor.advance(5)
        await send(floor, contact)
        (answered,), (replied,) = await floor.events("contact.answered"), await floor.events("contact.replied")
        assert (answered.agent, answered.data["waited"], replied.data["took"]) == ("anna", 5000, 15_000)
        assert (await floor.figures())["flowed_out|first|telegram|private|transferred"] == 1


async def test_one_that_falls_silent_gives_the_customer_back(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("robot")
        thread = Thread(floor)
        contact = await with_the_robot(floor, thread)
        await floor.advance(29)
        await send(floor, contact, "what is it about?")
        await floor.advance(600)
        assert (await floor.contact(contact)).state == "assigned", "it waits for the customer"
        await thread.write("the bill")
        await floor.advance(30)
        assert (await floor.contact(contact)).state == "queued"
        (event,) = await floor.events("contact.silent")
        assert (event.agent, event.data["attempt"]) == ("robot", 1)
        assert (await floor.agent("robot")).misses == 1


async def test_what_it_has_goes_back_when_it_is_lost(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("robot")
        contact = await with_the_robot(floor)
        await send(floor, contact)
        await floor.do(Disconnect(agent="robot", connection="desk"))
        await floor.advance(15)
        (event,) = await floor.events("contact.requeued")
        assert (event.data["reason"], event.data["answered"]) == ("agent_lost", False)
        assert (await floor.contact(contact)).state == "rejected", "nobody is left"


async def test_it_may_park_what_it_has_not_answered(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("robot")
        thread = Thread(floor)
        contact = await with_the_robot(floor, thread)
        parked = await park(floor, contact)
        assert (parked.state, parked.waited) == ("parked", 0)
        await thread.write()
        assert await floor.offered_to(contact) == "robot"
        await floor.accept(contact)
        await park(floor, contact)
        assert (await floor.leave(contact)).outcome == "not_connected"


async def test_where_accepting_answers_it_answers(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("robot")
        contact = await with_the_robot(floor, Thread(floor, channel="letters"))
        assert contact.answered_at is not None


async def test_who_becomes_a_person_has_his_limits_from_there(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("robot")
        for name in "abc":
            await with_the_robot(floor, Thread(floor, name=name))
        await floor.apply(OPERATION.replace(", automatic = true", ""))
        assert (await Thread(floor, name="d").write()).state == "queued"
        assert (await floor.do(GetQueue(queue="first")))[2] == 1
