"""How long a waiting contact will wait: the predictor of `router.domain.estimate`, fed by figures and agents.

One estimate needs the line ahead, which is read anew each time, and what the agents do who could serve, which is read
at most once a second: so a thousand questions a second cost no more than one. Of many agents only some are looked at.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec

from router.domain.contact import AgentStatus
from router.domain.estimate import Estimate, estimate
from router.domain.operation import CAPACITY
from router.engine.acts.reading import Explain, GetAgent, GetQueue
from router.engine.stream import read_figures
from router.kit.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from router.domain.contact import Contact
    from router.domain.operation import Operation
    from router.engine.engine import Answer, Engine
    from router.service.operations import Current

OLDEST_MS: Final = 1_000
"""How old the floor's snapshot may be."""

ENOUGH: Final = 10
"""So many talks must have ended before their mean says how long the next will last."""


FIGURES: Final = frozenset({"handled", "wrap_up", "wait_abandoned", "wait_answered"})
"""The histograms that an estimate is made of."""

Totals = dict[str, dict[tuple[str, ...], tuple[int, int]]]
"""Histogram → labels → (how many values, their sum in milliseconds)."""

LOOKED_AT: Final = 300
"""So many agents stand for all: the share who are busy is then within six points of a hundred in 19 of 20 cases."""


class _Floor(msgspec.Struct, frozen=True):
    """What the agents of some pools did and all figures said at `at_ms`; each agent looked at stands for `each`."""

    at_ms: int
    agents: list[AgentStatus]
    each: float
    totals: Totals


class Estimates:
    """The wait estimates of one process."""

    def __init__(self, engine: Engine, current: Current) -> None:
        self._engine = engine
        self._current = current
        self._floors: dict[tuple[str, ...], _Floor] = {}
        self._looking = asyncio.Lock()

    async def of(self, answer: Answer[tuple[Contact, int | None]]) -> Estimate | None:
        """The wait of a contact just read: a range, or the reason why there is none; None where it does not wait.

        A contact that waits for its queue to open is `closed`; one whose channel is down does not wait for an agent.
        """
        found, place = answer.result
        if found.state == "scheduled":
            closed = (await self._engine.do(GetQueue(queue=found.queue))).result[3]
            return Estimate(reason="closed") if closed else None
        if place is None:
            return None
        pools = (await self._engine.do(Explain(contact=found.id, most=0))).result.pools
        floor = await self._look(answer.now, tuple(sorted(pools)))
        closed = (await self._engine.do(GetQueue(queue=found.queue))).result[3]
        able = [agent for agent in floor.agents if agent.pool in pools and _is_signed_in(agent, floor.at_ms)]
        return estimate(
            # Who is in is served after closing time too, while there is somebody to do it.
            is_open=not closed or bool(able),
            signed_in=round(len(able) * floor.each),
            busy=round(_busy(able, found.medium) * floor.each),
            handling_s=_handling_s(self._current.operation, floor.totals, found.queue, found.medium),
            abandonment_per_s=_abandonment_per_s(floor.totals, found.queue),
            ahead=place - 1,
        )

    async def of_newcomer(self, queue: str, answer: Answer[tuple[int, int | None, int, bool]]) -> Estimate:
        """The wait of somebody who came to a queue just read, with the medium in which it had most talks.

        He needs nothing but an agent of the queue. Where nobody waits and one is free, he does not wait at all; that
        another queue keeps the agent free for its own is not looked at.
        """
        waiting, _longest_ms, _signed_in, closed = answer.result
        operation, pools = self._current.operation, self._current.pools.pools
        floor = await self._look(answer.now, tuple(sorted(pools)))
        medium = _most_talked(operation, floor.totals, queue)
        able = [
            agent
            for agent in floor.agents
            if (pool := pools.get(agent.pool or "")) is not None
            and queue in pool.queues
            and medium in {None, *pool.media}
            and _is_signed_in(agent, floor.at_ms)
        ]
        if not closed and waiting == 0 and any(_is_free(operation, agent, medium) for agent in able):
            return Estimate(from_s=0.0, to_s=0.0)
        return estimate(
            is_open=not closed,
            signed_in=math.ceil(len(able) * floor.each),
            busy=0 if medium is None else round(_busy(able, medium) * floor.each),
            handling_s=None if medium is None else _handling_s(operation, floor.totals, queue, medium),
            abandonment_per_s=_abandonment_per_s(floor.totals, queue),
            ahead=waiting,
        )

    async def _look(self, now_ms: int, pools: tuple[str, ...]) -> _Floor:
        async with self._looking:
            return await self._looked(now_ms, pools)

    async def _looked(self, now_ms: int, pools: tuple[str, ...]) -> _Floor:
        self._floors = {key: floor for key, floor in self._floors.items() if now_ms - floor.at_ms <= OLDEST_MS}
        if pools not in self._floors:
            all_names = [name for name, pool in self._current.pools.of_agent.items() if pool in pools]
            names = all_names[:: math.ceil(len(all_names) / LOOKED_AT) or 1]
            agents = await asyncio.gather(*(self._agent(name) for name in names))
            found = [agent for agent in agents if agent is not None]
            figures = await read_figures(self._engine.connection, self._engine.workspace)
            self._floors[pools] = _Floor(now_ms, found, len(all_names) / max(1, len(names)), _totals(figures))
        return self._floors[pools]

    async def _agent(self, name: str) -> AgentStatus | None:
        try:
            return (await self._engine.do(GetAgent(agent=name))).result
        except Refusal:  # an operation is being applied, and he is not there yet or no more
            return None


def _is_signed_in(agent: AgentStatus, now_ms: int) -> bool:
    return agent.presence != "offline" and (agent.burden.connections > 0 or (agent.lost_at or 0) > now_ms)


def _busy(agents: Iterable[AgentStatus], medium: str) -> int:
    """Talks of the medium, and wrap-ups: who has three chats at once ends three in the time that one takes."""
    return sum(work.medium == medium and work.phase in {"a", "u"} for agent in agents for work in agent.burden.work)


def _is_free(operation: Operation, agent: AgentStatus, medium: str | None) -> bool:
    """Whether he could take one more contact, of the medium where there is one."""
    if agent.presence != "available" or agent.next is not None or agent.state not in {"idle", "busy"}:
        return False
    rules = None if medium is None else operation.media.get(medium)
    if rules is None:
        return agent.state == "idle"
    has = sum(work.medium == medium and work.phase == "a" for work in agent.burden.work)
    return has < rules.most and agent.burden.load + rules.cost <= CAPACITY


def _most_talked(operation: Operation, totals: Totals, queue: str) -> str | None:
    """The medium in which most talks of the queue have ended; None where none has."""
    talks: Counter[str] = Counter()
    for (name, channel), (number, _ms) in totals.get("handled", {}).items():
        if name == queue and channel in operation.channels:
            talks[operation.channels[channel].medium] += number
    return max(talks, key=talks.__getitem__, default=None)


def _handling_s(operation: Operation, totals: Totals, queue: str, medium: str) -> float | None:
    """How long a talk and its wrap-up take in this queue and medium; None where too few have ended."""
    channels = {name for name, channel in operation.channels.items() if channel.medium == medium}
    talks, talked_ms = _total(totals, "handled", lambda labels: labels[0] == queue and labels[1] in channels)
    wraps, wrapped_ms = _total(totals, "wrap_up", lambda labels: labels[0] == queue)
    if talks < ENOUGH:
        return None
    return talked_ms / talks / 1000 + (wrapped_ms / wraps / 1000 if wraps else 0.0)


def _abandonment_per_s(totals: Totals, queue: str) -> float:
    """Contacts that gave up for each second that any has waited."""
    gave_up, waited_ms = _total(totals, "wait_abandoned", lambda labels: labels[0] == queue)
    _answered, answered_ms = _total(totals, "wait_answered", lambda labels: labels[0] == queue)
    total_s = (waited_ms + answered_ms) / 1000
    return gave_up / total_s if total_s else 0.0


def _total(totals: Totals, name: str, wanted: Callable[[tuple[str, ...]], bool]) -> tuple[int, int]:
    """How many values are in a histogram's rows whose labels are `wanted`, and their sum in milliseconds."""
    found = [total for labels, total in totals.get(name, {}).items() if wanted(labels)]
    return sum(values for values, _ms in found), sum(ms for _values, ms in found)


def _totals(figures: dict[str, int]) -> Totals:
    """What the rows of the histograms say together."""
    found: Totals = {}
    for row, number in figures.items():
        figure, *labels, part = row.split("|")
        if figure in FIGURES:
            of_figure = found.setdefault(figure, {})
            values, sum_ms = of_figure.get(tuple(labels), (0, 0))
            of_figure[tuple(labels)] = (values, sum_ms + number) if part == "sum" else (values + number, sum_ms)
    return found
