"""Whether customers come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.domain.states import ENDED
from router.engine.limits import LIMITS

if TYPE_CHECKING:
    from tests.model.things import Contact
    from tests.model.world import World


def begin(world: World, customer: str | None) -> int | None:
    """A contact of the customer begins: 1 where none of his is watched, 0 where he has come back to that one."""
    if customer is None:
        return None
    before = _watched(world, customer)
    if before is None:
        return 1
    _say(world, before, "contact.returned")
    return 0


def belong_to(world: World, contact: Contact, customer: str | None) -> None:
    """The contact is another's, or nobody's, if it was not his already."""
    if customer == contact.customer:
        return
    forget(contact)
    contact.customer = customer
    if contact.state not in ENDED:
        contact.first = begin(world, customer)


def watch(world: World, contact: Contact) -> None:
    """The contact was answered and is closed: it alone of its customer's is watched."""
    if contact.customer is None:
        return
    before = _watched(world, contact.customer)
    if before is not None:
        forget(before)
    contact.due = world.now + LIMITS["return_ms"]


def close(world: World, contact: Contact) -> None:
    """Its customer has not come back."""
    _say(world, contact, "contact.solved")


def forget(contact: Contact) -> None:
    """What comes of it is not counted."""
    contact.first = None
    if contact.state == "closed":
        contact.due = None


def _watched(world: World, customer: str) -> Contact | None:
    for contact in world.contacts.values():
        is_over = contact.customer == customer and contact.state == "closed"
        if is_over and contact.due is not None and contact.due > world.now:
            return contact
    return None


def _say(world: World, contact: Contact, kind: str) -> None:
    if contact.first is not None:
        world.say_afterwards(kind, contact, first=contact.first == 1)
        contact.first = None
