"""Texts are kept for so many days after their contact's end, and gone at once when a customer is erased."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from router.engine.acts.messages import GetContactsOf, GetOutbox
from router.engine.acts.reading import GetContact, ListContacts
from tests.helpers.floor import SUPERVISOR, floor_on, refused
from tests.helpers.threads import Thread, messages, send

if TYPE_CHECKING:
    from router.domain.contact import Contact
    from tests.helpers.floor import Floor
    from tests.helpers.servers import Server

DAY_S = 86_400
OPERATION = """
texts_days = 30
[queues.messages]
target_s = 60
[[routes]]
queue = "messages"
[agents]
anna = { queues = ["messages"], media = ["chat"] }
"""


async def ended(floor: Floor, customer: str | None = None) -> Contact:
    """A conversation that is over; its last message was never sent."""
    await floor.sign_in("anna")
    contact = await floor.accept(await Thread(floor, customer).write("secret", "1"))
    await send(floor, contact, "yours")
    return await floor.complete(contact)


async def days(floor: Floor, number: float) -> None:
    floor.jump(number * DAY_S)
    await floor.run_due()


async def test_they_go_after_so_many_days_and_the_figures_stay(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await ended(floor)
        figures = await floor.figures()
        await days(floor, 29.9)
        assert len(await messages(floor, contact)) == 2
        await days(floor, 0.1)
        with refused("unknown_contact"):
            await messages(floor, contact)
        assert await floor.do(GetOutbox(channel="telegram", account="main")) == ([], None)
        left = {name.partition(":")[0] for name in await floor.keys()}
        assert not left & {"m", "c", "b", "x", "t", "of", "past", "outbox", "texts"}
        assert {name: number for name, number in (await floor.figures()).items() if name in figures} == figures


async def test_a_contact_is_listed_for_8_days_and_found_while_its_texts_are_there(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await ended(floor)
        await days(floor, 8)
        assert await floor.do(ListContacts(which="ended")) == []
        assert (await floor.contact(contact)).messages == 2


async def test_texts_may_go_before_their_contact(server: Server) -> None:
    async with floor_on(server, OPERATION.replace("30", "2")) as floor:
        contact = await ended(floor)
        await days(floor, 2)
        assert await messages(floor, contact) == []
        assert (await floor.contact(contact)).messages == 2
        assert (await Thread(floor).answer("secret", "1")).result[:2] == (await floor.contact(contact), None)
        note = await send(floor, contact, "he called", by=SUPERVISOR, note=True)
        assert note.n == 3
        await days(floor, 0)
        assert await messages(floor, contact) == [], "its time is over"
        await days(floor, 6)
        with refused("unknown_contact"):
            await floor.do(GetContact(contact=contact.id))


async def test_fewer_days_count_at_once(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await ended(floor)
        await days(floor, 3)
        await floor.apply(OPERATION.replace("30", "2"))
        assert await messages(floor, contact) == []


@pytest.mark.parametrize("is_over", [True, False])
async def test_an_erased_customer_is_forgotten_wherever_he_was(server: Server, is_over: bool) -> None:
    async with floor_on(server, OPERATION) as floor:
        thread = Thread(floor, "ivan")
        contact = await (ended(floor, "ivan") if is_over else thread.write("secret", "1"))
        await floor.contacts.erase("ivan", SUPERVISOR)
        found = await floor.contact(contact)
        assert (found.customer, found.state) == (None, contact.state)
        assert found.body is not None
        assert found.body.customer.id is None
        assert await floor.do(GetContactsOf(customer="ivan")) == ([], None)
        for message in await messages(floor, contact):
            assert message.content is not None
            assert message.content.text is None
            assert message.deleted_at == floor.now
            assert message.author in {None, "anna"}
            assert message.state in {"received", "failed"}
        assert await floor.do(GetOutbox(channel="telegram", account="main")) == ([], None)


async def test_an_open_conversation_goes_on_after_its_customer_was_erased(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        thread = Thread(floor, "ivan")
        contact = await thread.write("secret", "1")
        await floor.contacts.erase("ivan", SUPERVISOR)
        assert (await thread.answer("secret", "1")).repeated
        assert (await thread.write("something new")).id == contact.id
        await floor.accept(contact)
        await send(floor, contact)
        assert (await floor.contact(contact)).answered_at is not None
        shown = [one.content and one.content.text for one in await messages(floor, contact)]
        assert shown == [None, "something new", "good day"]
