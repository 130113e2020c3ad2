"""The running table: what the floor looks like now, and its figures so far, beside what is known of the real one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.demo.client import Away
from router.demo.readings import Counted, QueueNow, Reading, read

if TYPE_CHECKING:
    from router.demo.client import Api
    from router.demo.crew import Pace
    from router.demo.demand import Demand
    from router.domain.operation import Operation

HEAD: Final = (
    f"{'queue':<10}{'waiting':>8}{'longest':>8}{'answered':>9}{'abandoned':>10}{'avg wait':>9}{'in target':>12}"
)


class Board:
    """What has happened since it was first drawn, and how it stands."""

    def __init__(self, api: Api, operation: Operation, demand: Demand, pace: Pace) -> None:
        self._api = api
        self._operation = operation
        self._demand = demand
        self._pace = pace
        self._before: dict[str, Counted] | None = None
        """The counters at the beginning: they outlive a run of the demo."""

    async def draw(self) -> str:
        """One picture, as lines of text."""
        try:
            reading = await read(self._api)
        except Away:
            return "The router does not answer; the robots wait for it."
        if self._before is None:
            self._before = reading.counted
        minute = int(self._pace.hour * 60)
        title = (
            f"{self._operation.workspace}, {minute // 60:02}:{minute % 60:02}, {self._pace.speed:g} × as fast as life;"
            f" {self._pace.lived_s / 60:.0f} min so far"
        )
        return "\n".join([title, "", *table(reading, self._before, self._operation, self._demand)])


def table(reading: Reading, before: dict[str, Counted], operation: Operation, demand: Demand) -> list[str]:
    """The lines of the picture: each queue, the agents, the ratings. Waits are seconds.

    In target is what was answered in target ÷ (answered + abandoned after the target).
    """
    published = any(line.fact for line in demand.lines.values())
    lines = [HEAD + ("  published" if published else "")]
    ratings = top = 0.0
    for queue, rules in operation.queues.items():
        line, now = demand.lines.get(queue), reading.queues.get(queue, QueueNow(0, 0))
        so_far = reading.counted.get(queue, Counted()).since(before.get(queue, Counted()))
        due = so_far.answered + so_far.abandoned - so_far.early
        average = f"{so_far.waited_s / so_far.answered:.1f}s" if so_far.answered else "–"
        share = f"{100 * so_far.in_target / due:.0f}% in {rules.target_ms / 1000:g}s" if due else "–"
        lines.append(
            f"{queue:<10}{now.waiting:>8}{now.longest_s:>7.0f}s{so_far.answered:>9.0f}{so_far.abandoned:>10.0f}"
            f"{average:>9}{share:>12}" + (f"  {line.fact}" if line and line.fact else "")
        )
        ratings, top = ratings + so_far.ratings, top + so_far.top
    said = f"{100 * top / ratings:.1f}% of {ratings:.0f} ratings" if ratings else "–"
    lines += [
        "",
        "agents: " + ", ".join(f"{number} {state}" for state, number in sorted(reading.agents.items())),
        f"top score: {said}" + (f"; published: {demand.top_score_fact}" if demand.top_score_fact else ""),
    ]
    return lines
