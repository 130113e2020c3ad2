"""What customers are told by themselves, and the question how it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.domain.message import Content
from router.engine.limits import LIMITS
from tests.model import messages

if TYPE_CHECKING:
    from tests.model.things import Contact
    from tests.model.world import World


def say(world: World, contact: Contact, kind: str, place: int = 1, wait: tuple[int, int] | None = None) -> None:
    """Say it, where there are words for it and the customer reads them. Never the same twice without a word between."""
    words = _words(world, contact, kind)
    if contact.thread is None or contact.messages is None or words is None or messages.is_too_late(world, contact):
        return
    thread = (contact.channel, contact.account, contact.thread)
    last, at = world.said.get(thread, ("", 0))
    if last == kind and world.now < at + LIMITS["said_ms"]:
        return
    world.said[thread] = (kind, world.now)
    minutes = "" if wait is None else _words(world, contact, "wait") or ""
    if wait is not None:
        minutes = minutes.replace("{from}", str(wait[0])).replace("{to}", str(wait[1]))
    _send(world, contact, "text", words.replace("{place}", str(place)).replace("{wait}", minutes).strip())


def _words(world: World, contact: Contact, kind: str) -> str | None:
    """The queue's words in the contact's language, else in the operation's first."""
    says = world.queue(contact.queue).says
    for language in (contact.language, world.operation.languages[0]):
        words = getattr(says.get(language or ""), kind, None)
        if words is not None:
            return words
    return None


def _send(world: World, contact: Contact, kind: str, text: str | None) -> None:
    messages.add(
        world,
        contact,
        "message.queued",
        direction="out",
        role="system",
        author=None,
        state="queued",
        kind=kind,
        content=Content(text),
        sent_at=world.now,
    )


def farewell(world: World, contact: Contact) -> None:
    """The contact was closed, not by its customer: he is told, and asked how it was if he was served."""
    say(world, contact, "ended")
    if not world.queue(contact.queue).ask_rating or contact.answered_at is None or messages.is_too_late(world, contact):
        return
    if contact.customer is not None:
        asked_at = world.asked.get(contact.customer)
        if asked_at is not None and world.now < asked_at + LIMITS["asked_ms"]:
            return
        world.asked[contact.customer] = world.now
    contact.rating_until = world.now + LIMITS["rating_ms"]
    world.say_contact("contact.rating_asked", contact, until=contact.rating_until)
    if contact.thread is not None and contact.messages is not None:
        _send(world, contact, "rating", _words(world, contact, "rate"))
