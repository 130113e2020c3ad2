"""When customers come."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from router.demo.demand import drawn_by

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine

    from router.demo.crew import Lives, Pace
    from router.demo.demand import Demand


async def come(
    demand: Demand,
    channel: str,
    pace: Pace,
    seed: int,
    lives: Lives,
    customer: Callable[[str, int], Coroutine[Any, Any, None]],
) -> None:
    """Begin the life `customer(line, number)` of everybody who comes by the channel, without end."""

    async def on(line: str) -> None:
        async for number in arrivals(demand, line, channel, pace, seed):
            lives.begin(customer(line, number))

    await asyncio.gather(*(on(name) for name, line in demand.lines.items() if channel in line.by))


async def arrivals(demand: Demand, line_name: str, channel: str, pace: Pace, seed: int) -> AsyncGenerator[int]:
    """Gives the number of each customer of a line and channel when he comes, without end.

    Independent arrivals whose rate follows the hour: drawn at the busiest rate, and some of them left out.
    """
    line, draw = demand.lines[line_name], drawn_by(seed, "arrivals", line_name, channel)
    most = line.per_busiest_hour * line.by[channel] / 3600
    number, at_s = 0, pace.lived_s
    while True:
        at_s += draw.expovariate(most)
        await pace.pause(max(0.0, at_s - pace.lived_s))
        if draw.random() * most < demand.per_second(line, channel, pace.hour):
            number += 1
            yield number
