"""Doors: whether a queue lets a contact in, and what becomes of one that it cannot keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.engine.limits import LIMITS
from tests.model import accounts, leaving, saying, waiting
from tests.model.plans import could_ever_serve
from tests.model.ready import is_signed_in

if TYPE_CHECKING:
    from router.domain.operation import Action, Queue
    from tests.model.things import Contact
    from tests.model.world import World


def is_open(world: World, queue: Queue) -> bool:
    """Whether the queue is open by its hours."""
    changes = [] if queue.hours is None else world.hours.get(queue.hours, [])
    return ([True] + [opens for at, opens in changes if at <= world.now])[-1]


def next_opening(world: World, queue: Queue) -> int:
    """When a closed queue opens; it is asked again later where that is not known."""
    changes = world.hours.get(queue.hours or "", [])
    return min((at for at, opens in changes if opens and at > world.now), default=world.now + LIMITS["reopen_ms"])


def is_empty(world: World, contact: Contact) -> bool:
    """Whether nobody is signed in who could take the contact at any stage of its queue.

    Nobody knows while agents are still brought to an operation, or the contact is.
    """
    if world.to_profile or contact.revision != world.revision:
        return False
    return not any(
        is_signed_in(world, agent) and could_ever_serve(world, agent, contact) for agent in world.agents.values()
    )


def waiting_in(world: World, queue: str) -> list[Contact]:
    """The unanswered contacts of a queue, by the beginning of their wait."""
    found = [one for one in world.contacts.values() if one.queue == queue and waiting.is_waiting(one)]
    return sorted(found, key=lambda contact: (contact.queued_at, contact.id))


def refusal_at(world: World, contact: Contact) -> tuple[str, Action] | None:
    """Why the contact's queue does not let it in, and what then; None where it does."""
    queue = world.queue(contact.queue)
    others = [other for other in waiting_in(world, contact.queue) if other.id != contact.id]
    if not is_open(world, queue):
        return "closed", queue.closed
    if queue.full is not None and len(others) >= queue.full.waiting:
        return "full", queue.full.action
    if queue.empty is not None and is_empty(world, contact):
        return "empty", queue.empty
    return None


def enter(world: World, contact: Contact, entry: str, since: int) -> None:
    """A new contact, or one whose time has come, stands at the door of its queue."""
    refused = refusal_at(world, contact)
    if refused is not None and refused[1].then != "overflow":
        turn_away(world, contact, *refused)
        return
    waiting.begin_wait(contact, contact.queue, since)
    is_held = accounts.hold_if_down(world, contact)
    placed = waiting.place(world, contact)
    data = {"entry": entry, "arrived": contact.arrived, "priority": contact.priority}
    world.say_contact("contact.queued", contact, **data, **placed)
    if refused is not None:
        turn_away(world, contact, *refused)
    if contact.state == "queued":
        waiting.meet_past(world, contact)
    if is_held and contact.state == "queued":
        world.say_contact("contact.held", contact, cause="channel_down")


def turn_away(world: World, contact: Contact, reason: str, action: Action) -> None:
    """The queue cannot keep the contact. Where there is no way on it stays: it is never lost to a rule."""
    if action.then == "overflow":
        if contact.hops < LIMITS["hops"] and action.overflow in contact.stages:
            overflow(world, contact, reason, action.overflow)
        return
    waited, waited_here = 0, contact.state == "queued"
    if waited_here:
        waiting.leave_lane(world, contact)
        waited = waiting.end_wait(world, contact)
    if action.then == "wait":
        schedule(world, contact, next_opening(world, world.queue(contact.queue)))
        if waited_here:
            saying.say(world, contact, "closed")
    elif action.then == "expire":
        leaving.end_contact(world, contact, "expired", "expired", "system", waited=waited)
        saying.say(world, contact, "full")
    else:
        leaving.end_contact(world, contact, "rejected", "rejected", "system", reason=reason)
        saying.say(world, contact, "closed" if reason == "closed" else "full")


def overflow(world: World, contact: Contact, reason: str, queue: str) -> None:
    """The contact goes on to another queue, and stands at its door."""
    from_queue, waited = contact.queue, waiting.end_wait(world, contact)
    contact.hops += 1
    waiting.begin_wait(contact, queue, world.now)
    placed = waiting.place(world, contact)
    said = {"from_queue": from_queue, "reason": reason, "waited": waited}
    world.say_contact("contact.overflowed", contact, **said, **placed)
    refused = refusal_at(world, contact)
    if refused is not None:
        turn_away(world, contact, *refused)


def schedule(world: World, contact: Contact, not_before: int) -> None:
    """The contact's time has not come."""
    contact.state = "scheduled"
    contact.not_before = contact.due = not_before
    contact.held = None
    world.say_contact("contact.scheduled", contact, not_before=not_before)


def some_waiting(world: World, queue: str, after: int, upto: int) -> tuple[list[Contact], int]:
    """About a chunk of the unanswered contacts whose wait began after a moment and no later than another, all of one
    millisecond or none, and up to when these are."""
    found = [one for one in waiting_in(world, queue) if after < (one.queued_at or 0) <= upto]
    if len(found) < LIMITS["chunk"]:
        return found, upto
    last = found[LIMITS["chunk"] - 1].queued_at
    assert last is not None
    return [one for one in found if (one.queued_at or 0) <= last], last


def somebody_is_lost(world: World, queue: str) -> bool:
    """Whether some contact of the queue has nobody left who could serve it."""
    return any(contact.state == "queued" and is_empty(world, contact) for contact in waiting_in(world, queue))
