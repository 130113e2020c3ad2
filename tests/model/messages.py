"""What is said in a contact: its messages, kept one after the other, and found by what the channel calls them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from router.domain.message import UNSENT
from router.engine.limits import LIMITS
from tests.model.things import Message

if TYPE_CHECKING:
    from tests.model.things import Contact
    from tests.model.world import World


def add(world: World, contact: Contact, event: str, **fields: Any) -> Message:
    """The contact has one more message, of which an event tells."""
    contact.messages = (contact.messages or 0) + 1
    message = Message(n=contact.messages, event=world.seq() + 1, **fields)
    contact.kept[message.n] = message
    if event == "message.noted":
        world.say_message(event, contact, n=message.n)
    else:
        world.say_message(event, contact, n=message.n, kind=message.kind, author=message.role)
    return message


def find(world: World, channel: str, account: str, thread: str, external_id: str) -> tuple[Contact, Message] | None:
    """The message that a thread's account knows by this id, in one of the thread's last contacts."""
    past = [
        contact
        for contact in world.contacts.values()
        if (contact.channel, contact.account, contact.thread) == (channel, account, thread) and 1 in contact.kept
    ]
    past.sort(key=lambda contact: contact.born, reverse=True)
    for contact in past[: LIMITS["thread_past"]]:
        for message in contact.kept.values():
            if message.external_id == external_id:
                return contact, message
    return None


def is_unsent(message: Message) -> bool:
    """Whether the adapter still has to do with it."""
    return message.state in UNSENT


def is_too_late(world: World, contact: Contact) -> bool:
    """Whether the channel lets nobody write to the customer any more."""
    return contact.reply_until is not None and world.now > contact.reply_until
