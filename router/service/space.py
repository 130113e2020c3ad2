"""Room on the disk of the embedded server. While it is short, no new contact is taken.

With fsync always a server that cannot write ends itself, and everything with it. So new contacts are refused first, and
what room is left is for those who are here already.
"""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING, Any, Final

import structlog

from router.engine.embedded import LEAST_FREE_BYTES
from router.kit.errors import StoreAway

if TYPE_CHECKING:
    from pathlib import Path

ENOUGH_BYTES: Final = 2 * LEAST_FREE_BYTES
"""Twice what a server needs to start: one that dies while room is short comes back."""
LOOK_EVERY_S: Final = 1.0

_log: Any = structlog.get_logger()


class Space:
    """The room on the disk of a data directory; None is a server of somebody else, who looks himself."""

    def __init__(self, data: Path | None) -> None:
        self._data = data
        self._short = False

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            if self._data is not None:
                self._seen(await asyncio.to_thread(shutil.disk_usage, self._data))
            await asyncio.sleep(LOOK_EVERY_S)

    def check(self) -> None:
        """Raise `StoreAway` while there is no room for a new contact."""
        if self._short:
            raise StoreAway("the disk is nearly full")

    def _seen(self, usage: Any) -> None:
        short = usage.free < ENOUGH_BYTES
        if short != self._short:
            self._short = short
            _log.warning("disk_short" if short else "disk_has_room", data=str(self._data), free_bytes=usage.free)
