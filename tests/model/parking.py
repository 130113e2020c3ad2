"""Parking: a conversation that waits for its customer occupies nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.model import leaving, saying, waiting

if TYPE_CHECKING:
    from tests.model.things import Contact
    from tests.model.world import World


def park(world: World, contact: Contact, queue: str) -> None:
    """The contact waits for its customer, and will come back to the queue."""
    handled = leaving.leave_agent(world, contact, wraps_up=False)
    if handled is None:
        waiting.end_wait(world, contact)
    contact.state = "parked"
    contact.parked_at, contact.asked_at = world.now, None
    contact.due = world.now + world.media[contact.medium].parked_ms
    world.say_contact("contact.parked", contact, handled=handled)
    contact.queue = queue


def come_back(world: World, contact: Contact, reason: str) -> None:
    """It waits for an agent again, in its old place."""
    contact.parked_at = contact.agent = contact.assigned_at = contact.answered_at = None
    contact.hops = 0
    waiting.begin_wait(contact, contact.queue, world.now)
    world.say_contact("contact.resumed", contact, reason=reason, **waiting.place(world, contact))
    waiting.meet_past(world, contact)


def give_up(world: World, contact: Contact) -> None:
    """The customer has not come back."""
    leaving.detach(world, contact)
    contact.disposition = world.media[contact.medium].parked_disposition
    leaving.end_contact(world, contact, "closed", leaving.outcome_of(contact), "system", handled=None)
    leaving.dispose(world, contact, contact.disposition)
    saying.farewell(world, contact)
