"""Time that can be waited for: this machine's, or one that runs faster."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from router.kit.clock import SystemClock

if TYPE_CHECKING:
    from channels.kit.port import Time
    from router.kit.clock import Clock


class PacedTime:
    """Time that runs so many times faster than the wall's, from the moment at which it is made."""

    def __init__(self, pace: float = 1.0, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._pace = pace
        self._wall_ms, self._monotonic_ms = self._clock.wall_ms(), self._clock.monotonic_ms()

    def wall_ms(self) -> int:
        """Milliseconds since 1970, UTC."""
        return self._wall_ms + self._passed_ms()

    def monotonic_ms(self) -> int:
        """Milliseconds since the machine started, and more."""
        return self._monotonic_ms + self._passed_ms()

    async def sleep(self, seconds: float) -> None:
        """Wait so long in this time."""
        await asyncio.sleep(seconds / self._pace)

    def _passed_ms(self) -> int:
        return round((self._clock.monotonic_ms() - self._monotonic_ms) * self._pace)


async def sleep_until(time: Time, monotonic_ms: int) -> None:
    """Return not one millisecond too early, as a timer of the event loop may."""
    while (left_ms := monotonic_ms - time.monotonic_ms()) > 0:
        await time.sleep(left_ms / 1000)
