"""The reply time: from a customer's first message without an answer to the next of somebody on our side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.engine.acts.contacts import Requeue
from tests.helpers.floor import SUPERVISOR, floor_on
from tests.helpers.threads import Thread, send

if TYPE_CHECKING:
    from router.domain.contact import Contact
    from tests.helpers.floor import Floor
    from tests.helpers.servers import Server

OPERATION = """
hours.day = { mon-sun = ["10:30-20:00"] }
[queues.messages]
target_s = 60
reply_s = 60
[queues.slow]
target_s = 60
[queues.daily]
target_s = 60
hours = "day"
closed.then = "wait"
[[routes]]
when.account = "slow"
queue = "slow"
[[routes]]
when.account = "daily"
queue = "daily"
[[routes]]
queue = "messages"
[media.chat]
limits_s = { offer = 15, reply = 120, wrap_up = 5, rest = 20 }
[media.mail]
answered_by = "accept"
cost = 10
mode = "longest_idle"
limits_s = { offer = 30, wrap_up = 0 }
[agents]
anna = { queues = ["messages", "slow", "daily"], media = ["chat", "mail"] }
boris = { queues = ["messages", "slow", "daily"], media = ["chat"] }
[channels]
letters = { medium = "mail" }
"""


async def talk(floor: Floor, thread: Thread) -> Contact:
    """A conversation that its agent has answered."""
    contact = await floor.accept(await thread.write())
    await send(floor, contact)
    return await floor.contact(contact)


async def took(floor: Floor) -> list[int]:
    """The reply times so far."""
    return [event.data["took"] for event in await floor.events("contact.replied")]


async def test_it_runs_from_the_first_message_that_has_no_answer(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        thread = Thread(floor)
        contact = await thread.write()
        await floor.advance(2)
        assert (await thread.write("hello?")).asked_at == contact.arrived
        await floor.accept(contact)
        await floor.advance(3)
        await send(floor, contact)
        await send(floor, contact, "and this")
        await floor.advance(100)
        await thread.write("thank you")
        await floor.advance(4)
        await send(floor, contact)
        assert await took(floor) == [5000, 4000]
        figures = await floor.figures()
        assert figures["reply|messages|telegram|sum"] == 9000


async def test_notes_do_not_end_it_and_whoever_writes_does(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        thread = Thread(floor)
        contact = await talk(floor, thread)
        for by in ("supervisor", "owner"):
            await thread.write()
            await floor.advance(1)
            await send(floor, contact, note=True)
            assert (await floor.contact(contact)).asked_at is not None
            if by == "supervisor":
                await send(floor, contact, by=SUPERVISOR)
            else:
                await thread.answer(author="agent")
            assert (await floor.contact(contact)).asked_at is None
        assert await took(floor) == [0, 1000, 1000]


async def test_a_transfer_does_not_end_it(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        thread = Thread(floor)
        contact = await talk(floor, thread)
        await thread.write("something else")
        await floor.advance(10)
        await floor.sign_in("boris")
        await floor.contacts.transfer(contact.id, SUPERVISOR, agent="boris")
        await floor.accept(contact)
        await floor.advance(10)
        await send(floor, contact)
        assert await took(floor) == [0, 20_000]


async def test_of_a_scheduled_contact_it_runs_from_when_its_time_comes(server: Server) -> None:
    """Nobody was to answer at night."""
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await Thread(floor, account="daily").write()
        assert contact.state == "scheduled"
        await floor.advance(235)
        await floor.accept(contact)
        await floor.advance(2)
        await send(floor, contact)
        assert await took(floor) == [2000]


async def test_it_does_not_run_where_accepting_answers(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        thread = Thread(floor, channel="letters")
        contact = await floor.accept(await thread.write())
        assert (await thread.write()).asked_at is None
        await send(floor, contact)
        await floor.advance(600)
        assert (await floor.contact(contact)).state == "assigned"
        assert await took(floor) == []


async def test_an_agent_silent_for_too_long_loses_the_conversation(server: Server) -> None:
    """The customer goes to the front; the agent has missed it, and rests from it."""
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        thread = Thread(floor)
        contact = await talk(floor, thread)
        await floor.advance(100)
        await thread.write("are you there?")
        await floor.advance(59.999)
        assert (await floor.contact(contact)).state == "assigned"
        await floor.advance(0.001)
        found = await floor.contact(contact)
        assert (found.state, found.queued_at, found.arrived) == ("queued", floor.now, contact.arrived)
        assert found.asked_at == floor.now - 60_000
        (event,) = await floor.events("contact.requeued")
        assert (event.agent, event.data["reason"], event.data["handled"]) == ("anna", "silent", 160_000)
        anna = await floor.agent("anna")
        assert (anna.misses, [work.phase for work in anna.burden.work]) == (1, ["u"])
        later = await Thread(floor, name="later").write()
        assert await floor.offered_to(later) == "anna"
        await floor.sign_in("boris")
        assert await floor.offered_to(contact) == "boris"


async def test_a_second_question_does_not_prolong_the_limit_and_an_answer_ends_it(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        thread = Thread(floor)
        contact = await talk(floor, thread)
        due = (await thread.write("one")).due
        await floor.advance(30)
        assert (await thread.write("two")).due == due == floor.now + 30_000
        await send(floor, contact)
        await floor.advance(300)
        assert (await floor.contact(contact)).state == "assigned"


async def test_without_a_limit_of_the_queue_the_mediums_counts(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        thread = Thread(floor, account="slow")
        contact = await talk(floor, thread)
        await thread.write()
        await floor.advance(119)
        assert (await floor.contact(contact)).state == "assigned"
        await floor.advance(1)
        assert (await floor.contact(contact)).state == "queued"


async def test_the_medium_says_how_soon_the_first_answer_comes_whoever_else_writes(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.accept(await Thread(floor).write())
        await floor.advance(100)
        await send(floor, contact, by=SUPERVISOR)
        await floor.advance(20)
        assert "contact.silent" in await floor.story(contact)


async def test_a_talk_that_goes_back_takes_no_limit_with_it(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        thread = Thread(floor)
        contact = await talk(floor, thread)
        await thread.write()
        await floor.do(Requeue(contact=contact.id), SUPERVISOR)
        found = await floor.contact(contact)
        assert (found.state, found.due) == ("queued", None)
        assert found.asked_at is not None
