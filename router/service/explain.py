"""Why a contact waits, in words that a supervisor can act on.

The engine says, by the predicates that it matches with, what keeps each agent from the contact; here that becomes what
the contact waits for, what would help with each agent, and what happens next by time alone.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, Literal, cast

import msgspec

from router.domain.plan import yields
from router.domain.requirement import Requirement
from router.domain.wire import answers
from router.domain.wire.moment import moment
from router.engine.acts.reading import Explain, GetAgent, GetContact

if TYPE_CHECKING:
    from router.domain.contact import AgentReason, AgentStatus, Contact, Explanation
    from router.domain.operation import Operation
    from router.engine.engine import Engine
    from router.service.operations import Current

WaitsFor = Literal["nothing", "its_time", "answer", "channel", "agent", "step", "nobody"]
"""`answer`: it is offered. `step`: nobody has what it needs now, but a later step may help. `nobody`: none does."""

Remedy = Literal[
    "connect",
    "choose_available",
    "be_ready",
    "answer_offer",
    "end_contacts",
    "free_phone",
    "free_carriers",
    "wait",
    "none",
]
"""What would put an obstacle out of the way. `free_carriers`: more agents with the reserved skill must be ready."""

_REMEDIES: Final[dict[str, Remedy]] = {
    "offline": "choose_available",
    "break": "choose_available",
    "draining": "choose_available",
    "not_connected": "connect",
    "not_responding": "be_ready",
    "offered": "answer_offer",
    "device": "free_phone",
    "most": "end_contacts",
    "no_capacity": "end_contacts",
    "holding": "end_contacts",
    "resting": "wait",
    "reserved": "free_carriers",
}


class Obstacle(msgspec.Struct, frozen=True):
    """What keeps one agent from the contact, the first of perhaps several.

    `contacts` are those that he should answer or end. By `until_ms` the obstacle goes by itself. `reserve` is the queue
    that keeps him free.
    """

    agent: str
    reason: str
    remedy: Remedy
    contacts: tuple[str, ...] = ()
    until_ms: int | None = None
    reserve: str | None = None


class Next(msgspec.Struct, frozen=True):
    """What comes at `at_ms`: another requirement, a reserve's end, or the limit of the queue with its action."""

    at_ms: int
    what: Literal["step", "yield", "reject", "expire", "overflow"]
    requirement: Requirement | None = None
    queue: str | None = None


class Explained(msgspec.Struct, frozen=True):
    """Why a contact is where it is. `before` counts those of its queue and medium whose turn comes first."""

    contact: str
    state: str
    queue: str
    waits_for: WaitsFor
    requirement: Requirement
    before: int | None
    agents: tuple[Obstacle, ...]
    next: tuple[Next, ...]


async def explain(engine: Engine, current: Current, contact: str, most: int = 100) -> Explained:
    """Explain one contact, with at most `most` of the agents who could serve it.

    Read in several calls, so it may mix two moments. Raises `Refusal` (`unknown_contact`).
    """
    found, _place = (await engine.do(GetContact(contact=contact))).result
    said = (await engine.do(Explain(contact=contact, most=most))).result
    agents = await asyncio.gather(*(_obstacle(engine, current.operation, found, reason) for reason in said.agents))
    following = tuple(sorted(_following(current.operation, found, said), key=lambda event: event.at_ms))
    return Explained(
        contact=contact,
        state=said.state,
        queue=said.queue,
        waits_for=_waits_for(said, following),
        requirement=_requirement(said.requirement),
        before=said.position - 1 if said.position else None,
        agents=tuple(agents),
        next=following,
    )


def explanation(explained: Explained, wall_offset_ms: int) -> answers.Explanation:
    """The same as the wire shows it; the wall is `wall_offset_ms` ahead of the workspace's clock."""

    def at(clock_ms: int) -> str:
        return moment(clock_ms + wall_offset_ms)

    return answers.Explanation(
        contact=explained.contact,
        state=cast("Any", explained.state),
        queue=explained.queue,
        waits_for=explained.waits_for,
        requirement=_needs(explained.requirement),
        before=explained.before,
        agents=[
            answers.Obstacle(
                agent=obstacle.agent,
                reason=obstacle.reason or None,
                remedy=obstacle.remedy,
                contacts=obstacle.contacts,
                until=None if obstacle.until_ms is None else at(obstacle.until_ms),
                reserve=obstacle.reserve,
            )
            for obstacle in explained.agents
        ],
        next=[
            answers.Coming(
                at=at(event.at_ms),
                what=event.what,
                requirement=None if event.requirement is None else _needs(event.requirement),
                queue=event.queue,
            )
            for event in explained.next
        ],
    )


def _needs(said: Requirement) -> answers.Needs:
    return answers.Needs(skills=said.skills, powers=said.powers, teams=said.teams, agents=said.agents)


def _waits_for(said: Explanation, following: tuple[Next, ...]) -> WaitsFor:
    if said.state == "scheduled":
        return "its_time"
    if said.state == "offered":
        return "answer"
    if said.state != "queued":
        return "nothing"
    if said.held:
        return "channel"
    if said.agents:
        return "agent"
    return "step" if any(event.what == "step" for event in following) else "nobody"


async def _obstacle(engine: Engine, operation: Operation, contact: Contact, said: AgentReason) -> Obstacle:
    remedy = _REMEDIES.get(said.reason, "none")
    if remedy == "answer_offer":
        agent = (await engine.do(GetAgent(agent=said.agent))).result
        return Obstacle(said.agent, said.reason, remedy, contacts=_work(agent, "o"))
    if remedy == "end_contacts":
        return _full(said, (await engine.do(GetAgent(agent=said.agent))).result)
    if remedy == "free_carriers":
        until_ms = _yields_at(operation, contact, said.reserve)
        return Obstacle(said.agent, said.reason, remedy, until_ms=until_ms, reserve=said.reserve)
    return Obstacle(said.agent, said.reason, remedy, until_ms=said.until or None)


def _full(said: AgentReason, agent: AgentStatus) -> Obstacle:
    """He has too much: contacts that he must end, or only wrap-up and a busy phone, which end by themselves."""
    contacts = _work(agent, "a")
    if contacts:
        return Obstacle(said.agent, said.reason, "end_contacts", contacts=contacts)
    pauses = [work.due for work in agent.burden.work if work.due]
    return Obstacle(said.agent, said.reason, "be_ready", until_ms=min(pauses, default=None))


def _work(agent: AgentStatus, phase: str) -> tuple[str, ...]:
    return tuple(work.contact for work in agent.burden.work if work.phase == phase)


def _yields_at(operation: Operation, contact: Contact, reserve: str) -> int | None:
    queue = operation.queues.get(contact.queue)
    if queue is None or contact.queued_at is None:
        return None
    return next((contact.queued_at + after for after, name in yields(operation, queue) if name == reserve), None)


def _following(operation: Operation, contact: Contact, said: Explanation) -> list[Next]:
    if contact.queued_at is None or said.state not in {"queued", "offered"}:
        return []
    now = _requirement(said.requirement)
    found: list[Next] = []
    for stage in said.following:
        needs = _requirement(stage.requirement)
        found.append(Next(contact.queued_at + stage.offset, "yield" if needs == now else "step", requirement=needs))
        now = needs
    queue = operation.queues.get(contact.queue)
    if queue is not None and queue.late is not None and queue.late.action.then != "wait":
        action = queue.late.action
        found.append(Next(contact.queued_at + queue.late.wait_ms, _late(action.then), queue=action.overflow))
    return found


def _late(then: str) -> Literal["reject", "expire", "overflow"]:
    return "overflow" if then == "overflow" else "expire" if then == "expire" else "reject"


def _requirement(said: list[Any]) -> Requirement:
    """[skills, powers, teams, agents], where Lua may have made a list of an empty map."""
    if not said:
        return Requirement()
    skills, powers, teams, agents = said
    return Requirement(skills=skills or {}, powers=powers or {}, teams=tuple(teams), agents=tuple(agents))
