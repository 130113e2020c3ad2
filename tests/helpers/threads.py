"""Threads on a floor: a customer writes, agents write back, and what each of them has read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from router.domain.customer import Customer
from router.domain.message import Content
from router.domain.new import NewContact, NewMessage
from router.engine.acts.messages import GetMessages, Greet, Resume, Revise, Send, SetMessageState
from tests.helpers.floor import ADAPTER, SUPERVISOR, as_agent

if TYPE_CHECKING:
    from router.domain.contact import Contact
    from router.domain.message import Message
    from router.engine.engine import Actor, Answer
    from tests.helpers.floor import Floor


class Thread:
    """A customer's thread, in which the channel tells what is written."""

    def __init__(
        self, floor: Floor, customer: str | None = None, *, name: str = "42", language: str | None = None, **fields: Any
    ) -> None:
        self.floor = floor
        self.name = name
        self.customer = Customer(id=customer, language=language)
        self.fields: dict[str, Any] = {"channel": "telegram", **fields}

    async def answer(self, text: str = "hello", message: str | None = None, **said: Any) -> Answer[Any]:
        """What a message is answered with: (contact, message, whether the contact began with it)."""
        message = message or f"m{next(self.floor.numbers)}"
        new = NewContact(external_id=f"{self.name}/{message}", thread=self.name, customer=self.customer, **self.fields)
        fields: dict[str, Any] = {"author": "customer", "kind": "text", "sent_at": None, "in_reply_to": None}
        fields |= {"reply_until": None} | said
        written = NewMessage(message=message, content=Content(text), **fields)
        return await self.floor.contacts.receive(new, written, ADAPTER, self.floor.now)

    async def write(self, text: str = "hello", message: str | None = None, **said: Any) -> Contact:
        """The customer writes. The contact that has it."""
        return (await self.answer(text, message, **said)).result[0]

    async def revise(self, message: str, text: str | None, at: int | None = None) -> Message | None:
        """A message was changed, or is gone (no text). What it is now."""
        act = Revise(
            channel=self.fields["channel"],
            account="main",
            thread=self.name,
            message=message,
            content=None if text is None else msgspec.msgpack.encode(Content(text)),
            at=self.floor.now if at is None else at,
        )
        return (await self.floor.do(act, ADAPTER))[1]


async def send(
    floor: Floor,
    contact: Contact,
    text: str = "good day",
    *,
    by: Actor | None = None,
    note: bool = False,
    client_id: str | None = None,
) -> Message:
    """The contact's agent writes to the customer, or somebody else; or it is a note."""
    act = Send(
        contact=contact.id,
        kind="text",
        content=msgspec.msgpack.encode(Content(text)),
        in_reply_to=None,
        client_id=client_id,
        note=note,
    )
    return await floor.do(act, by or as_agent((await floor.contact(contact)).agent))


async def greet(floor: Floor, contact: Contact, least: int | None = None, most: int | None = None) -> None:
    """The customer is told how it stands."""
    await floor.do(Greet(contact=contact.id, least=least, most=most))


async def state_of(floor: Floor, message: Message, state: Any, **said: Any) -> Message:
    """The adapter says what has become of a message."""
    return await floor.do(SetMessageState(contact=message.contact, n=message.n, state=state, **said), ADAPTER)


async def messages(floor: Floor, contact: Contact) -> list[Message]:
    """What was said in a contact."""
    return await floor.do(GetMessages(contact=contact.id))


async def told(floor: Floor, contact: Contact) -> list[str | None]:
    """What its customer was told by itself."""
    return [one.content and one.content.text for one in await messages(floor, contact) if one.role == "system"]


async def park(floor: Floor, contact: Contact) -> Contact:
    """The agent who has it lets it wait for its customer."""
    found = await floor.contact(contact)
    return (await floor.contacts.park(found.id, as_agent(found.agent), None, None)).result


async def resume(floor: Floor, contact: Contact) -> Contact:
    """A supervisor takes it up again."""
    return await floor.do(Resume(contact=contact.id), SUPERVISOR)
