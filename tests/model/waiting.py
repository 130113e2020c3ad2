"""Waiting: the wait of a contact, its place in the queue, and what the passing of its wait means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.model import doors, order
from tests.model.plans import requirement, stage_now

if TYPE_CHECKING:
    from tests.model.things import Contact, Lane
    from tests.model.world import World


def is_waiting(contact: Contact) -> bool:
    """Whether the contact's wait is running: it has not been answered since it entered the queue."""
    return contact.state in {"queued", "offered"} or (contact.state == "assigned" and contact.answered_at is None)


def begin_wait(contact: Contact, queue: str, since: int) -> None:
    """The contact begins to wait in the queue."""
    contact.queue, contact.queued_at = queue, since
    contact.missed = False


def end_wait(world: World, contact: Contact, at: int | None = None) -> int:
    """The contact's wait ends now, or ended then. Gives how long it was."""
    assert contact.queued_at is not None
    end = world.now if at is None else min(at, world.now)
    waited = max(0, end - contact.queued_at)
    contact.waited += waited
    if waited > world.queue(contact.queue).target_ms:
        miss_target(world, contact)
    return waited


def leave_lane(world: World, contact: Contact) -> None:
    """The contact can be offered no more, or not as what it was."""
    if contact.lane is not None:
        contact.lane = None
        world.left.add(contact.id)


def place(world: World, contact: Contact) -> dict[str, Any]:
    """Put the contact where it belongs in its queue now. Gives what events say of that."""
    leave_lane(world, contact)
    contact.state = "queued"
    contact.stage = stage_now(world, contact)
    contact.placed_at = world.now
    contact.rank = order.rank(world, world.queue(contact.queue), contact)
    stages = contact.stages[contact.queue]
    set_step(contact)
    if contact.revision != world.revision:
        world.to_plan.add(contact.queue)
    if contact.held is None:
        contact.lane = stages[contact.stage].lane
        world.match_contact(contact.id)
    return place_data(contact, stages[contact.stage].lane)


def place_data(contact: Contact, lane: Lane) -> dict[str, Any]:
    """What events say of a contact's place."""
    return {"rank": contact.rank, "stage": contact.stage, "requirement": requirement(lane), "class": lane.class_name}


def set_step(contact: Contact) -> None:
    """When the contact comes to its next stage by a deadline of its own."""
    assert contact.stage is not None
    assert contact.queued_at is not None
    following = contact.stages[contact.queue][contact.stage + 1 :][:1]
    contact.due = next((contact.queued_at + stage.offset for stage in following if stage.timed), None)


def step(world: World, contact: Contact) -> None:
    """The contact's wait, or who is there, may have brought it to another stage."""
    contact.placed_at = world.now
    if stage_now(world, contact) == contact.stage:
        set_step(contact)
    else:
        world.say_contact("contact.stepped", contact, **place(world, contact))


def go_back(world: World, contact: Contact) -> None:
    """An offered or held contact is in its queue as before, in its old place."""
    before = contact.stage
    placed = place(world, contact)
    if contact.stage != before:
        world.say_contact("contact.stepped", contact, **placed)
    meet_past(world, contact)


def meet_past(world: World, contact: Contact) -> None:
    """What has passed already for a contact that starts to wait, or goes on: its target, its queue's limit."""
    assert contact.queued_at is not None
    queue, waited = world.queue(contact.queue), world.now - contact.queued_at
    if waited > queue.target_ms:
        miss_target(world, contact)
    if queue.late is not None and waited >= queue.late.wait_ms:
        doors.turn_away(world, contact, "late", queue.late.action)


def miss_target(world: World, contact: Contact) -> None:
    """The queue's target has passed while the contact still waits."""
    if not contact.missed:
        contact.missed = True
        world.say_contact("contact.target_missed", contact, target=world.queue(contact.queue).target_ms)
