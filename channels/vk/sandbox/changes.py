"""Waiting for what others do."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Changes:
    """Wakes who waits for something to be true, whenever something has changed."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Event] = set()

    def happen(self) -> None:
        """Something has changed."""
        for event in self._waiting:
            event.set()

    async def until(self, true: Callable[[], bool]) -> None:
        """Return when it is true."""
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            while not true():
                await event.wait()
                event.clear()
        finally:
            self._waiting.discard(event)
