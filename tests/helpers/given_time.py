"""Time that passes when a test says so, for what waits on the adapters' clock."""

from __future__ import annotations

import asyncio
import heapq
from itertools import count

from tests.helpers.turns import turn

TURNS = 20
"""So often what is ready is run before time goes on."""


class GivenTime:
    """It starts at a moment and stands still."""

    def __init__(self, wall_ms: int = 1_795_343_165_000) -> None:
        self._now_ms = 0
        self._wall_ms = wall_ms
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._numbers = count()

    def wall_ms(self) -> int:
        return self._wall_ms + self._now_ms

    def monotonic_ms(self) -> int:
        return self._now_ms

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now_ms + round(seconds * 1000), next(self._numbers), woken))
        await woken

    async def pass_(self, seconds: float) -> None:
        """Let time pass, waking whoever sleeps when his time has come."""
        until_ms = self._now_ms + round(seconds * 1000)
        await settle()
        while self._sleepers and self._sleepers[0][0] <= until_ms:
            at_ms, _, woken = heapq.heappop(self._sleepers)
            self._now_ms = max(self._now_ms, at_ms)
            if not woken.done():
                woken.set_result(None)
            await settle()
        self._now_ms = until_ms


async def settle() -> None:
    """Let everything run that does not wait for time."""
    for _ in range(TURNS):
        await turn()
