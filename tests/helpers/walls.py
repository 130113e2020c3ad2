"""Processes whose wall clock is wrong, and moves, while their monotonic one goes on as ever: libfaketime's doing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from router.kit.clock import SystemClock

if TYPE_CHECKING:
    from router.engine.link import Caller

READ_EVERY_S = 1
"""How often such a process looks where its wall is."""


class Wall:
    """A wall clock of its own, for the processes that are started with its `environment`."""

    def __init__(self, directory: Path, ahead_s: int = 0) -> None:
        found = [*Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")]
        if not found:
            pytest.skip("libfaketime is not installed: nothing here was tested with clocks that jump")
        self._file = directory / "wall"
        self.move(ahead_s)
        self.environment: dict[str, Any] = {
            "LD_PRELOAD": str(found[0]),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": str(READ_EVERY_S),
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def move(self, ahead_s: int) -> None:
        """Let it be so far ahead of the true one, as soon as the processes look."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{ahead_s:+d}")
        new.replace(self._file)


async def seconds_ahead(server: Caller) -> float:
    """How far a server's wall is ahead of this process's."""
    seconds, microseconds = await server.call("TIME")
    return int(seconds) + int(microseconds) / 1e6 - SystemClock().wall_ms() / 1000
