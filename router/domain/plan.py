"""The plan of a contact: which agents could take it at which time of its wait, in each queue it may come to.

Python decides the plan, the engine follows it. A plan is a list of stages for each queue that overflow can lead to; a
stage is a lane, which is all that the engine must know to find an agent. Everything in a plan is named by the hash of
its content, so the same decision for a million contacts is stored once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from router.domain.operation import HOPS_MAX
from router.domain.pools import BEYOND, Pools, content_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from router.domain.operation import Operation, Order, Queue
    from router.domain.pools import Pool
    from router.domain.requirement import Requirement, Step

STRICT_HEAD_START_MS = 10_000_000_000
"""The head start of one point of priority under `strict`: longer than any wait, so that it decides alone."""

DIRECT_MS = 30_000
"""How long a contact that was transferred to one agent waits for him before its queue's others may take it."""


class Plan(msgspec.Struct, frozen=True):
    """`packed` is queue → [[offset_ms, lane, own timer, prefers], …] in msgpack; `id` its hash.

    `unroutable` names what nobody in the operation has, where no stage of any queue can ever be served.
    """

    id: str
    packed: bytes
    unroutable: str | None


class Wish(msgspec.Struct, frozen=True):
    """Agents whom a contact waits for at first: `for_ms` from its entry into `queue`, or each queue's own time."""

    agents: tuple[str, ...]
    for_ms: int | None = None


def head_start_ms(order: Order, target_ms: int) -> int:
    """By how much one point of priority puts a contact before its arrival: half its queue's target."""
    return STRICT_HEAD_START_MS if order == "strict" else target_ms // 2


def yields(operation: Operation, queue: Queue) -> list[tuple[int, str]]:
    """Which other queues' reserves contacts of `queue` meet, and the wait at which each yields, by that wait."""
    others = (other for other in operation.queues.values() if other.reserve is not None and other.name != queue.name)
    found: list[tuple[int, str]] = []
    for other in others:
        assert other.reserve is not None
        after = other.reserve.yields_ms
        found.append((3 * queue.target_ms if after is None else after, other.name))
    return sorted(found)


def class_name(operation: Operation, queue: Queue, medium: str, waited_ms: int) -> str:
    """The class of the queue's lanes after this wait: tier, shift and scale of the order's score, medium, reserves.

    The score is (now − rank − shift) ÷ scale. Delay ratio is the wait as a part of the target (head-of-line delay
    ratio; Kleinrock's accumulating priority with one rate a queue, 1964); `offset` the wait beyond the target.
    """
    shift = queue.target_ms if operation.order == "offset" else 0
    scale = queue.target_ms if operation.order == "delay_ratio" else 1
    reserves = "+".join(sorted(name for after, name in yields(operation, queue) if after > waited_ms))
    return f"{queue.tier}/{shift}/{scale}/{medium}/{reserves}"


def plan_contact(
    operation: Operation,
    pools: Pools,
    *,
    queue: str,
    medium: str,
    requirement: Requirement,
    steps: tuple[Step, ...] = (),
    wish: Wish | None = None,
) -> Plan:
    """The plan of a contact that enters `queue` with needs and steps of its own; those of each queue are added.

    A wish is kept only where the contact itself names no agents.
    """
    stages: dict[str, list[Any]] = {}
    missing: list[str] = []
    routable = False
    for name in _reachable(operation, queue):
        here = operation.queues[name]
        own_wish = None if requirement.agents else wish
        stages[name] = []
        for offset, needs, wished, own in _timeline(operation, here, requirement, steps, own_wish):
            rounded = pools.thresholds.up(needs)
            serving = pools.serving(name, medium, rounded)
            named = wished or rounded.agents
            routable = routable or _somebody(pools, serving, named)
            missing += _beyond(rounded)
            stages[name].append([offset, _lane(operation, here, medium, offset, rounded, named), own, bool(wished)])
    packed = msgspec.msgpack.encode(stages)
    unroutable = None if routable else ", ".join(dict.fromkeys(missing)) or "together"
    return Plan(id=content_id(stages), packed=packed, unroutable=unroutable)


def _reachable(operation: Operation, queue: str) -> list[str]:
    """The queues that overflow may lead to from `queue`, itself first, at most `HOPS_MAX` on."""
    found = [queue]
    edge = [queue]
    for _ in range(HOPS_MAX):
        edge = [to for name in edge for _, to in operation.queues[name].overflows if to not in found]
        found += dict.fromkeys(edge)
    return found


def _timeline(
    operation: Operation, queue: Queue, own: Requirement, own_steps: tuple[Step, ...], wish: Wish | None
) -> Iterable[tuple[int, Requirement, tuple[str, ...], bool]]:
    """(offset, needs, wished agents, own timer) of each stage.

    A stage that only a reserve's yielding begins needs no timer of the contact's own: the queue has one for all.
    """
    steps = sorted((*own_steps, *queue.steps), key=lambda step: step.after_ms)
    for_ms = 0
    if wish is not None:
        for_ms = queue.last_agent_ms if wish.for_ms is None else wish.for_ms
    timers = {0, for_ms, *(step.after_ms for step in steps)}
    for offset in sorted(timers | {after for after, _ in yields(operation, queue)}):
        needs = own.plus(queue.needs)
        for step in steps:
            needs = step.applied(needs) if step.after_ms <= offset else needs
        wished = wish.agents if wish is not None and offset < for_ms else ()
        yield offset, needs, wished, offset in timers


def _lane(
    operation: Operation, queue: Queue, medium: str, offset: int, needs: Requirement, agents: tuple[str, ...]
) -> list[Any]:
    """[id, class, queue, medium, skills, powers, teams, agents, base]; `base` names what pools are compared with."""
    base = [queue.name, medium, needs.skills, needs.powers, sorted(needs.teams)]
    lane = [class_name(operation, queue, medium, offset), *base, sorted(agents)]
    return [content_id(lane), *lane, content_id(base)]


def _somebody(pools: Pools, serving: list[Pool], named: tuple[str, ...]) -> bool:
    """Whether any agent is in one of these pools, and among the named where any are."""
    if not named:
        return bool(serving)
    ids = {pool.id for pool in serving}
    return any(pools.of_agent.get(agent) in ids for agent in named)


def _beyond(needs: Requirement) -> list[str]:
    skills = [f"skills.{name}" for name, level in needs.skills.items() if level == BEYOND]
    return skills + [f"powers.{name}" for name, amount in needs.powers.items() if amount == BEYOND]
