"""The only place that reads a clock. Everything above is told the time."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Two readings in integer milliseconds: the wall, which may jump, and the monotonic one, which may not."""

    def wall_ms(self) -> int:
        """Milliseconds since 1970, UTC."""
        ...

    def monotonic_ms(self) -> int:
        """Milliseconds since some moment in the past; never goes backwards."""
        ...


class SystemClock:
    """The clocks of this machine."""

    def wall_ms(self) -> int:
        """Milliseconds since 1970, UTC."""
        return time.time_ns() // 1_000_000

    def monotonic_ms(self) -> int:
        """Milliseconds since the machine started."""
        return time.monotonic_ns() // 1_000_000
