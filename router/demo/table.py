"""The running table: what the floor looks like now, and its figures so far."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from router.engine.acts.reading import GetAgent, GetQueue
from router.engine.stream import read_figures

if TYPE_CHECKING:
    from router.domain.operation import Operation
    from router.service.served import Served

HEAD = f"{'queue':<12}{'waiting':>9}{'longest':>9}{'answered':>10}{'abandoned':>11}{'avg wait':>10}{'in target':>11}"


async def table(app: Served, operation: Operation) -> str:
    """One picture, as lines of text. Waits are seconds."""
    figures = await read_figures(app.engine.connection, app.engine.workspace)
    lines = [HEAD]
    for queue in operation.queues:
        waiting, longest, _signed_in, _closed = (await app.engine.do(GetQueue(queue=queue))).result
        answered = _total(figures, "answered", queue)
        in_target = _total(figures, "answered", queue, "true")
        waited_ms = _total(figures, "wait_answered", queue, "sum")
        lines.append(
            f"{queue:<12}{waiting:>9}{(longest or 0) / 1000:>8.0f}s{answered:>10}"
            f"{_total(figures, 'abandoned', queue):>11}"
            f"{waited_ms / 1000 / answered if answered else 0:>9.1f}s"
            f"{100 * in_target / answered if answered else 0:>10.0f}%"
        )
    states = Counter([(await app.engine.do(GetAgent(agent=agent))).result.state for agent in operation.agents])
    lines.append("agents: " + ", ".join(f"{number} {state}" for state, number in sorted(states.items())))
    ratings = _sum(figures, "ratings")
    if ratings:
        lines.append(f"top score: {100 * _sum(figures, 'ratings_five') / ratings:.1f} % of {ratings} ratings")
    return "\n".join(lines)


def _total(figures: dict[str, int], name: str, queue: str, last: str | None = None) -> int:
    """A figure of one queue over its other labels; `last` picks those that end so."""
    return sum(
        number
        for field, number in figures.items()
        if field.startswith(f"{name}|{queue}|") and (last is None or field.endswith(f"|{last}"))
    )


def _sum(figures: dict[str, int], name: str) -> int:
    return sum(number for field, number in figures.items() if field.split("|", 1)[0] == name)
