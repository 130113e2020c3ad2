"""Queues as they stand: the wire's view of each, put together from the engine's and this process's."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Final, get_args

from router.domain.states import AgentState
from router.domain.wire import floor
from router.engine.acts.reading import GetQueue, GetStates
from router.engine.stream import read_figures
from router.kit.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from router.service.operations import Current
    from router.service.served import Served

RATINGS: Final = ("ratings_asked", "ratings", "ratings_five")
STATES: Final[tuple[AgentState, ...]] = get_args(AgentState)


async def queues_now(served: Served) -> list[floor.Queue]:
    """Every queue, in the operation's order."""
    agents, ratings = await _agents(served), await _ratings(served)
    found = await asyncio.gather(*(_queue(served, name, agents, ratings) for name in served.current.operation.queues))
    return [queue for queue in found if queue is not None]


async def queue_now(served: Served, name: str) -> floor.Queue:
    """One queue. Refuses `unknown_queue`."""
    found = await _queue(served, name, await _agents(served), await _ratings(served))
    if found is None:
        raise Refusal("unknown_queue", name)
    return found


async def _agents(served: Served) -> dict[str, dict[AgentState, int]]:
    """How many of those who may take from each queue are in each state."""
    return by_queue(served.current, (await served.engine.do(GetStates())).result[0])


async def _ratings(served: Served) -> dict[tuple[str, str], int]:
    """(figure, queue) → how many."""
    found: Counter[tuple[str, str]] = Counter()
    for row, number in (await read_figures(served.engine.connection, served.engine.workspace)).items():
        figure, queue, *_ = row.split("|")
        if figure in RATINGS:
            found[figure, queue] += number
    return found


def by_queue(current: Current, states: Iterable[tuple[str, str, int, int]]) -> dict[str, dict[AgentState, int]]:
    """(pool, state, agents, load) summed up for each queue that the pool serves; every state is there."""
    found: dict[str, dict[AgentState, int]] = {name: dict.fromkeys(STATES, 0) for name in current.operation.queues}
    for pool, state, agents, _load in states:
        known = current.pools.pools.get(pool)
        for queue in known.queues if known else ():
            if queue in found and state in STATES:
                found[queue][state] += agents
    return found


async def _queue(
    served: Served,
    name: str,
    agents: dict[str, dict[AgentState, int]],
    ratings: dict[tuple[str, str], int],
) -> floor.Queue | None:
    rules = served.current.operation.queues.get(name)
    if rules is None:
        return None
    try:
        answer = await served.engine.do(GetQueue(queue=name))
    except Refusal:  # the operation has just changed
        return None
    waiting, longest_ms, signed_in, closed = answer.result
    recent, estimate = served.recent.of(name, answer.now), await served.estimates.of_newcomer(name, answer)
    level, overlay = recent.service_level, served.views.queue_overlay(name)
    return floor.Queue(
        id=name,
        target_s=rules.target_ms / 1000,
        objective=rules.objective,
        open=not closed,
        notice=overlay.notice if overlay else None,
        waiting=waiting,
        longest_wait_s=None if longest_ms is None else longest_ms / 1000,
        estimated_wait_s=estimate.span,
        estimated_wait_reason=estimate.reason,
        signed_in=signed_in,
        agents=agents.get(name) or dict.fromkeys(STATES, 0),
        service_level=None if level is None else round(level, 4),
        recent=floor.Recent(
            offered=recent.offered,
            answered=recent.answered,
            answered_in_target=recent.answered_in_target,
            abandoned=recent.abandoned,
            abandoned_in_target=recent.abandoned_in_target,
            flowed_out=recent.flowed_out,
            expired=recent.expired,
            replied=recent.replied,
            average_reply_s=round(recent.reply_ms / recent.replied / 1000, 1) if recent.replied else None,
            average_speed_of_answer_s=round(recent.answer_ms / recent.answered / 1000, 1) if recent.answered else None,
        ),
        ratings=_shown(*(ratings.get((figure, name), 0) for figure in RATINGS)),
        overlay=overlay,
    )


def _shown(asked: int, rated: int, fives: int) -> floor.Ratings:
    return floor.Ratings(
        asked=asked,
        answers=rated,
        fives=fives,
        fives_share=round(fives / rated, 4) if rated else None,
        response_rate=round(rated / asked, 4) if asked else None,
    )
