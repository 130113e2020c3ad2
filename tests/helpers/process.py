"""What a process takes of the machine, as the kernel counts it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_ALL_THREADS = 2


def used_s(pids: Iterable[int]) -> float:
    """Processor seconds that these processes have had, in all their threads, to the nanosecond."""
    # Linux makes a clock's number of a process's; /proc/PID/stat has hundredths of a second.
    return sum(time.clock_gettime(~pid << 3 | _ALL_THREADS) for pid in pids)


def memory_kib(pid: int, name: str = "Pss") -> int:
    """Its memory: `Pss`, where a page that several share counts by shares, or `Rss`."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
