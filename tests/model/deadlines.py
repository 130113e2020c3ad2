"""Time: what becomes due, in which order, and what happens then."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from router.domain.plan import yields
from router.engine.limits import DAY_MS, LIMITS
from tests.model import accounts, applying, doors, holding, offers, parking, people, talks, visits, waiting
from tests.model.matching import settle
from tests.model.rests import end_rest, resting_from
from tests.model.world import LONG_AGO

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.model.things import Account, Agent, Contact
    from tests.model.world import World

AGENTS, CONTACTS, PUT_OFF, EMPTY, ACCOUNTS, RUBBISH, OPERATION, PROCESSES, MARKS = range(9)
"""Kinds of deadlines, in the order in which they fire at one moment."""

Deadline = tuple[int, int, str, "Callable[[World], None]"]
"""(moment, kind, id, what happens)."""


def upcoming(world: World) -> list[Deadline]:
    """All deadlines that there are."""
    return [*_of_contacts(world), *_of_people(world), *_of_the_workspace(world)]


def _of_contacts(world: World) -> list[Deadline]:
    found: list[Deadline] = []
    for contact in world.contacts.values():
        if contact.due is not None:
            found.append((contact.due, CONTACTS, contact.id, partial(fire_contact, contact=contact)))
        found += [(at, RUBBISH, "", partial(fire_rubbish, contact=contact)) for at in _ends_of_keeping(world, contact)]
    for queue in sorted({contact.queue for contact in world.contacts.values()}):
        at = next_mark(world, queue)
        if at is not None:
            found.append((at, MARKS, queue, partial(fire_marks, name=queue)))
    return found


def _ends_of_keeping(world: World, contact: Contact) -> list[int]:
    """When the contact itself is kept no longer, and what was said in it."""
    if contact.ended_at is None:
        return []
    own = [contact.ended_at + LIMITS["retention_ms"]] if contact.listed else []
    return own + ([contact.ended_at + world.operation.texts_days * DAY_MS] if contact.kept else [])


def _of_people(world: World) -> list[Deadline]:
    found: list[Deadline] = []
    for agent in world.agents.values():
        found += [(at, AGENTS, agent.id, partial(fire_agent, agent=agent)) for at in _moments(world, agent)]
    return found + [(at, PROCESSES, name, partial(fire_process, process=name)) for name, at in world.processes.items()]


def _of_the_workspace(world: World) -> list[Deadline]:
    found: list[Deadline] = []
    if world.put_off:
        found.append((world.at_once["d:"], PUT_OFF, "", fire_put_off))
    maybe_empty = [(world.at_once[f"e:{queue}"], queue) for queue in world.maybe_empty]
    found += [(at, EMPTY, queue, partial(fire_empty, name=queue)) for at, queue in maybe_empty]
    for account in world.accounts.values():
        if account.due is not None:
            name = f"{account.channel}:{account.account}"
            found.append((account.due, ACCOUNTS, name, partial(accounts.fire, account=account)))
    if world.to_profile:
        found.append((world.at_once["o:"], OPERATION, "", applying.work_off))
    return found


def run(world: World, most: int) -> int:
    """Do what is due, one after the other, each settled before the next. Gives how many fired."""
    for fired in range(most):
        due = [deadline for deadline in upcoming(world) if deadline[0] <= world.now]
        if not due:
            return fired
        _, kind, name, fire = min(due, key=lambda deadline: deadline[:3])
        world.at_once.pop({PUT_OFF: "d:", EMPTY: f"e:{name}", OPERATION: "o:"}.get(kind, ""), None)
        fire(world)
        settle(world)
    return most


def next_due(world: World) -> int | None:
    """When the next thing happens by time alone. Whether a queue is empty need not be looked at where it is not."""
    moments = [at for at, kind, queue, _ in upcoming(world) if kind != EMPTY or doors.somebody_is_lost(world, queue)]
    return min(moments, default=None)


def _moments(world: World, agent: Agent) -> list[int]:
    moments = [work.due for work in agent.work]
    moments += [line.until for line in agent.lines.values()]
    moments += [contact.rests[agent.id] for contact in resting_from(world, agent)]
    moments += [agent.lost_at, holding.overtaken_at(world, agent)]
    return [moment for moment in moments if moment is not None]


def fire_agent(world: World, agent: Agent) -> None:
    """His expired polls, wrap-ups, rests, hold and grace, in this order."""
    for name, line in sorted(agent.lines.items()):
        if line.until is not None and line.until <= world.now:
            people.drop_connection(world, agent, name, world.now)
    for work in sorted(agent.work, key=lambda work: work.contact):
        if work.due is not None and work.due <= world.now:
            people.end_pause(world, agent, work)
    for contact in sorted(resting_from(world, agent), key=lambda contact: contact.id):
        if contact.rests[agent.id] <= world.now:
            end_rest(world, agent, contact)
    overtaken_at = holding.overtaken_at(world, agent)
    if overtaken_at is not None and overtaken_at <= world.now:
        world.change(agent)
        world.match_agent(agent.id)
    people.lose_if_time(world, agent)


def fire_contact(world: World, contact: Contact) -> None:
    """Its time, its next stage, or the end of its offer, of an answer's limit, of its parking, of being watched."""
    contact.due = None
    if contact.state == "scheduled":
        assert contact.not_before is not None
        contact.arrived, contact.not_before = contact.not_before, None
        doors.enter(world, contact, "due", contact.arrived)
        if contact.asked_at is not None and contact.state != "scheduled":
            contact.asked_at = contact.arrived
    elif contact.state == "queued":
        waiting.step(world, contact)
    elif contact.state == "closed":
        visits.close(world, contact)
    elif contact.rings and not accounts.somebody_holds(world, contact):
        offers.nobody_rang(world, contact)
    elif contact.state == "offered" and contact.delivered_at is None:
        offers.undelivered(world, contact)
    elif contact.state == "offered":
        offers.miss(world, contact)
    elif contact.state == "parked":
        parking.give_up(world, contact)
    elif contact.answered_at is not None:
        talks.unanswered(world, contact)
    elif world.media[contact.medium].answered_by == "reply":
        talks.silent(world, contact)
    else:
        talks.connect_failed(world, contact, "timeout")


def marks_of(world: World, name: str) -> list[tuple[int, str]]:
    """The waits that mean something to every contact of a queue, by length, and what."""
    queue = world.operation.queues.get(name)
    if queue is None:
        return []
    marks = [(queue.target_ms + 1, "missed")]
    marks += [(after, "stage") for after in {after for after, _ in yields(world.operation, queue)}]
    if queue.late is not None:
        marks.append((queue.late.wait_ms, "late"))
    return sorted(marks)


def next_mark(world: World, name: str) -> int | None:
    """When the next contact of the queue comes to one of its marks, but not before that was known."""
    moments: list[int] = []
    for offset, kind in marks_of(world, name):
        reached = world.reached.get((name, kind, offset), LONG_AGO)
        starts = [one.queued_at for one in doors.waiting_in(world, name) if one.queued_at is not None]
        moments += [start + offset for start in starts if start > reached][:1]
    return max(min(moments), world.queues_known.get(name, 0)) if moments else None


def fire_marks(world: World, name: str) -> None:
    """What is due to the contacts of a queue, by how long they have waited; some at each mark."""
    queue = world.queue(name)
    for offset, kind in marks_of(world, name):
        reached = world.reached.get((name, kind, offset), LONG_AGO)
        found, world.reached[name, kind, offset] = doors.some_waiting(world, name, reached, world.now - offset)
        for contact in found:
            if kind == "missed":
                waiting.miss_target(world, contact)
            elif kind == "stage" and contact.state == "queued":
                waiting.step(world, contact)
            elif kind == "late" and contact.state == "queued" and queue.late is not None:
                doors.turn_away(world, contact, "late", queue.late.action)


def fire_rubbish(world: World, contact: Contact) -> None:
    """What was said in a contact that was over long ago is forgotten, and the contact itself with the later of both."""
    assert contact.ended_at is not None
    if contact.ended_at + LIMITS["retention_ms"] <= world.now:
        contact.listed = False
    if contact.ended_at + world.operation.texts_days * DAY_MS <= world.now:
        contact.kept.clear()
    if not contact.listed and not contact.kept:
        del world.contacts[contact.id]


def fire_put_off(world: World) -> None:
    """What earlier acts had no room to match, agents before contacts."""
    for kind, name in sorted(world.put_off)[: LIMITS["chunk"]]:
        world.put_off.discard((kind, name))
        (world.match_agent if kind == "agent" else world.match_contact)(name)


def fire_empty(world: World, name: str) -> None:
    """Nobody may be left who could ever serve the queue's contacts; some of them are looked at."""
    action = world.queue(name).empty
    found, reached = doors.some_waiting(world, name, world.maybe_empty.pop(name), world.now)
    for contact in found:
        if action is not None and contact.state == "queued" and doors.is_empty(world, contact):
            doors.turn_away(world, contact, "empty", action)
    if reached < world.now and action is not None:
        world.maybe_empty[name] = reached


def fire_process(world: World, process: str) -> None:
    """A router process has not said that it lives: all that it held is gone, accounts first."""
    del world.processes[process]
    held = [account for account in world.accounts.values() if account.process == process]
    for account in sorted(held, key=_name):
        accounts.holder_gone(world, account)
    for agent in sorted(world.agents.values(), key=lambda agent: agent.id):
        for name, line in sorted(agent.lines.items()):
            if line.process == process:
                people.drop_connection(world, agent, name, world.now)
        people.lose_if_time(world, agent)


def _name(account: Account) -> str:
    return f"{account.channel}:{account.account}"
