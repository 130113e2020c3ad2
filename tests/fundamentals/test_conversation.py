"""A conversation is a contact with messages: what comes in a thread belongs to the thread's open contact."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from router.domain.customer import Customer
from router.domain.message import Content
from router.engine.acts.contacts import Complete
from router.engine.acts.messages import GetOutbox, SayTyping
from router.engine.acts.workspace import PutCustomer
from tests.helpers.floor import ADAPTER, SUPERVISOR, as_agent, floor_on, refused
from tests.helpers.threads import Thread, messages, park, send, state_of

if TYPE_CHECKING:
    from tests.helpers.floor import Floor
    from tests.helpers.servers import Server

OPERATION = """
[queues.messages]
target_s = 60
[[routes]]
queue = "messages"
[agents]
anna = { queues = ["messages"], media = ["chat"] }
boris = { queues = ["messages"], media = ["chat"] }
"""


async def said(floor: Floor, contact: object) -> list[str | None]:
    return [one.content and one.content.text for one in await messages(floor, contact)]  # type: ignore[arg-type]


async def test_what_comes_in_a_thread_goes_to_its_open_contact(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        thread = Thread(floor)
        first, second = await thread.answer("one"), await thread.answer("two")
        assert (first.result[2], second.result[2]) == (True, False)
        assert first.result[0].id == second.result[0].id
        assert (second.result[0].messages, second.result[1].n) == (2, 2)
        assert await said(floor, first.result[0]) == ["one", "two"]
        other = await Thread(floor, name="43").write()
        assert other.id != first.result[0].id


async def test_a_repeat_changes_nothing_even_when_the_contact_is_over(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        thread = Thread(floor)
        contact = await thread.write("one", "9001")
        await floor.leave(contact)
        again = await thread.answer("one", "9001")
        assert again.repeated
        assert (again.result[0].id, again.result[0].state, again.result[2]) == (contact.id, "abandoned", False)
        assert (await thread.write("two")).id != contact.id


async def test_what_our_side_wrote_elsewhere_begins_no_contact(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        thread = Thread(floor)
        assert (await thread.answer(author="agent")).result == (None, None, False)
        contact = await thread.write()
        ours = (await thread.answer("good day", author="agent")).result[1]
        assert (ours.contact, ours.direction, ours.state, ours.role) == (contact.id, "out", "sent", "agent")


async def test_an_echo_of_what_we_sent_is_known(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        thread = Thread(floor)
        contact = await floor.accept(await thread.write())
        ours = await send(floor, contact)
        await state_of(floor, ours, "sent", external_id="77")
        echo = await thread.answer("good day", "77", author="agent")
        assert (echo.repeated, echo.result[1].n) == (True, ours.n)


async def test_edits_come_out_of_order_and_the_last_stays(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        thread = Thread(floor)
        contact = await thread.write("one", "1", sent_at=floor.now)
        assert await thread.revise("2", "nobody knows it") is None
        await thread.revise("1", "third", floor.now + 3000)
        await thread.revise("1", "second", floor.now + 2000)
        assert await said(floor, contact) == ["third"]
        await thread.revise("1", None)
        await thread.revise("1", "fourth", floor.now + 4000)
        assert await said(floor, contact) == [None]
        assert await floor.story(contact) == ["contact.queued", "message.received", "message.edited", "message.deleted"]


async def test_an_edit_opens_nothing_and_brings_nothing_back(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        thread = Thread(floor)
        contact = await floor.accept(await thread.write("one", "1"))
        await send(floor, contact)
        await park(floor, contact)
        await thread.revise("1", "other", floor.now + 1)
        assert (await floor.contact(contact)).state == "parked"
        await floor.leave(contact)
        assert await thread.revise("1", "another", floor.now + 2) is not None
        assert (await floor.contact(contact)).state == "closed"


async def test_the_first_message_of_an_agent_answers(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.accept(await Thread(floor).write())
        await floor.advance(3)
        await send(floor, contact, note=True)
        assert (await floor.contact(contact)).answered_at is None
        message = await send(floor, contact)
        found = await floor.contact(contact)
        assert (found.answered_at, found.waited, message.state) == (floor.now, 3000, "queued")
        assert (await floor.story(contact))[-3:] == ["message.queued", "contact.answered", "contact.replied"]


async def test_only_his_agent_and_supervisors_write(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await Thread(floor).write()
        with refused("unknown_contact"):  # he is only offered it
            await send(floor, contact)
        await floor.accept(contact)
        with refused("unknown_contact"):
            await send(floor, contact, by=as_agent("boris"))
        message = await send(floor, contact, by=SUPERVISOR)
        assert (message.role, message.author) == ("supervisor", "olga")
        assert (await floor.contact(contact)).answered_at is None


async def test_a_client_id_is_the_same_message_of_the_same_author(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.accept(await Thread(floor).write())
        first = await send(floor, contact, client_id="a-1")
        assert await send(floor, contact, client_id="a-1") == first
        assert (await send(floor, contact, client_id="a-1", by=SUPERVISOR)).n == first.n + 1


async def test_nobody_writes_into_an_ended_contact_or_too_late_but_notes(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.accept(await Thread(floor).write(reply_until=floor.now + 10_000))
        await send(floor, contact)
        await floor.advance(10.001)
        with refused("too_late"):
            await send(floor, contact)
        await floor.complete(contact)
        with refused("wrong_state"):
            await send(floor, contact)
        note = await send(floor, contact, "he will call", note=True)
        assert (note.direction, note.n) == ("note", 3)


async def test_a_phone_call_has_notes_and_no_messages(server: Server) -> None:
    """Also where its queue has words for the end: there is no thread to say them in."""
    operation = OPERATION + 'vera = { queues = ["messages"], media = ["voice"] }\n'
    operation = operation.replace("target_s = 60", 'target_s = 60\nask_rating = true\nsays.ru = { ended = "bye" }')
    async with floor_on(server, operation) as floor:
        await floor.sign_in("vera")
        contact = await floor.talk(await floor.post())
        with refused("wrong_state"):
            await send(floor, contact)
        await send(floor, contact, note=True)
        await floor.complete(contact)
        assert len(await messages(floor, contact)) == 1
        assert (await floor.contact(contact)).rating_until is not None


@pytest.mark.parametrize(
    ("states", "last"),
    [
        (("sending", "sent", "delivered", "read"), "read"),
        (("read", "sent", "sending"), "read"),
        (("sent", "failed"), "failed"),
        (("delivered", "failed"), "delivered"),
        (("failed", "sending"), "failed"),
        (("failed", "sent"), "sent"),
    ],
)
async def test_a_message_goes_forward(server: Server, states: tuple[str, ...], last: str) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.accept(await Thread(floor).write())
        message = await send(floor, contact)
        outbox = GetOutbox(channel="telegram", account="main")
        assert [one.n for one in (await floor.do(outbox))[0]] == [message.n]
        for state in states:
            message = await state_of(floor, message, state, code="blocked" if state == "failed" else None)
        assert message.state == last
        assert message.code == ("blocked" if last == "failed" else None)
        assert await floor.do(outbox) == ([], None)


async def test_what_is_to_be_sent_stands_in_the_order_in_which_it_was_written(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        one, other = [await floor.accept(await Thread(floor, name=name).write()) for name in ("1", "2")]
        for contact, text in ((one, "a"), (other, "b"), (one, "c")):
            await send(floor, contact, text)
        found, more = await floor.do(GetOutbox(channel="telegram", account="main", most=2))
        assert [message.content for message in found] == [Content("a"), Content("b")]
        rest, more = await floor.do(GetOutbox(channel="telegram", account="main", after=more, most=2))
        assert ([message.content for message in rest], more) == ([Content("c")], None)


async def test_a_message_is_no_change_of_its_contact(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        thread = Thread(floor)
        contact = await thread.write()
        again = await thread.write()
        await floor.do(SayTyping(contact=contact.id, side="customer"), ADAPTER)
        assert again.version == contact.version == 1
        assert [event.version for event in await floor.events("message.received", "message.typing")] == [None] * 3


async def test_a_rejected_contact_keeps_its_message(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.do(PutCustomer(customer="bad", record=msgspec.msgpack.encode(Customer(blocked=True))))
        contact = await Thread(floor, "bad").write("hello?")
        assert (contact.state, contact.asked_at) == ("rejected", None)
        assert await said(floor, contact) == ["hello?"]


async def test_nobody_completes_what_has_gone_on(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        thread = Thread(floor)
        contact = await floor.accept(await thread.write())
        await send(floor, contact)
        await thread.write("and?")
        for seen in (0, 2):
            with refused("unseen"):
                await floor.do(Complete(contact=contact.id, seen=seen), as_agent("anna"))
        await send(floor, contact, "angry", note=True)
        closed = await floor.do(Complete(contact=contact.id, seen=3), as_agent("anna"))
        assert closed.state == "closed", "what is ours has been seen"
        again = await floor.do(Complete(contact=contact.id, disposition="resolved", seen=0), as_agent("anna"))
        assert again.disposition == "resolved", "it is over"
