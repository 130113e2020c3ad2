"""What a process takes of the machine, as the kernel counts it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def used_s(pids: Iterable[int]) -> float:
    """Processor seconds that these processes have had, in all their threads."""
    fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids]
    return sum(int(one[11]) + int(one[12]) for one in fields) / TICKS_A_SECOND


def memory_kib(pid: int, name: str = "Pss") -> int:
    """Its memory: `Pss`, where a page that several share counts by shares, or `Rss`."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
