"""How a contact leaves: its agent, its wait, and for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.model import offers, visits, waiting
from tests.model.rests import forget_rests
from tests.model.things import Work

if TYPE_CHECKING:
    from router.domain.command import CommandState
    from tests.model.things import Command, Contact
    from tests.model.world import World


def leave_agent(world: World, contact: Contact, *, wraps_up: bool = True, at: int | None = None) -> int | None:
    """The contact occupies its agent no more; one who has talked `wraps_up`. Gives how long they talked, until `at`."""
    agent = world.agents[contact.agent or ""]
    end_commands(world, contact, "ended")
    end = world.now if at is None else at
    handled = None if contact.answered_at is None else end - contact.answered_at
    agent.work = [work for work in agent.work if work.contact != contact.id]
    wrap_up_ms = world.media[contact.medium].wrap_up_ms
    if handled is not None:
        agent.idle_since = world.now
        if wraps_up and wrap_up_ms > 0 and not agent.removed:
            due = world.now + wrap_up_ms
            agent.work = [work for work in agent.work if work.contact != f"{contact.id}.u"]
            agent.work.append(Work(f"{contact.id}.u", "u", contact.medium, world.now, contact.queue, due))
    offers.remember(contact, "accepted")
    contact.offer = contact.due = None
    world.change(agent)
    return handled


def end_command(world: World, contact: Contact, command: Command, state: CommandState, code: str | None) -> None:
    """What was asked is done, or is not done any more."""
    command.state, command.code = state, code
    world.say_message("command.ended", contact, n=command.n, state=state, code=code)


def end_commands(world: World, contact: Contact, code: str, fulfilled: str | None = None) -> None:
    """What is still to be done in a talk is not done any more, but for what is `fulfilled` just now."""
    for command in contact.commands:
        if command.state == "open" and command.do == fulfilled:
            end_command(world, contact, command, "done", None)
        elif command.state == "open":
            end_command(world, contact, command, "failed", code)


def detach(
    world: World, contact: Contact, reason: str | None = None, at: int | None = None
) -> tuple[int | None, int | None]:
    """Take a contact out of wherever it is. Gives how long it waited, if it still did, and how long they talked."""
    handled = None
    if contact.state in {"scheduled", "parked"}:
        contact.parked_at = None
        return 0, None
    if contact.state == "queued":
        waiting.leave_lane(world, contact)
    elif contact.state == "offered":
        offers.withdraw(world, contact, reason)
    elif contact.state == "assigned":
        handled = leave_agent(world, contact)
    return waiting.end_wait(world, contact, at) if handled is None else None, handled


def outcome_of(contact: Contact) -> str:
    """What has come of a contact that is to be closed."""
    return "not_connected" if contact.answered_at is None else "answered"


def dispose(world: World, contact: Contact, disposition: str | None) -> None:
    """Somebody, or time, has said how it went."""
    if disposition is not None:
        contact.disposition = disposition
        world.say_contact("contact.disposed", contact, disposition=disposition)


def end_contact(world: World, contact: Contact, state: str, outcome: str, ended_by: str, **data: Any) -> None:
    """A contact that is nowhere any more is over; nothing leaves this state."""
    contact.state = state
    contact.outcome = outcome
    contact.ended_by = ended_by
    contact.ended_at = world.now
    contact.plan = contact.due = contact.held = contact.asked_at = None
    contact.attempts = 0
    contact.session = contact.session and "gone"
    forget_rests(world, contact)
    if outcome == "answered":
        visits.watch(world, contact)
    if state == "closed":
        data |= {"outcome": outcome, "ended_by": ended_by, "disposition": contact.disposition, "waited": contact.waited}
    world.say_contact(f"contact.{state}", contact, **data)
