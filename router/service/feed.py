"""One tail of the event stream for all who listen in this process.

A listener that does not keep up is cut off: what it would miss could not be made good by waiting for it.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import structlog

from router.engine.stream import read_events
from router.kit.errors import Fault, Refusal, RouterError
from router.service.tail import follow

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from router.domain.events import Event
    from router.engine.connection import Connection
    from router.engine.engine import Engine

BEHIND: Final = 1_000
"""So many batches may wait for a listener."""

RESUMED: Final = 100_000
"""From so many events back a reader may go on; one who missed more is told to begin anew."""

_RETRY_S = 0.2

_log: Any = structlog.get_logger()


class Overrun(RouterError):
    """The listener is too slow."""


class Listener:
    """One who listens: batches of the events that he wants, in order."""

    def __init__(self, wanted: Callable[[Event], bool], first: int) -> None:
        self._wanted = wanted
        self._first = first
        self._batches: asyncio.Queue[list[Event] | None] = asyncio.Queue(BEHIND)

    def hear(self, events: list[Event]) -> None:
        """Take what is wanted of a batch."""
        wanted = [event for event in events if event.seq > self._first and self._wanted(event)]
        if not wanted:
            return
        try:
            self._batches.put_nowait(wanted)
        except asyncio.QueueFull:
            while not self._batches.empty():
                self._batches.get_nowait()
            self._batches.put_nowait(None)

    async def next(self) -> list[Event]:
        """The next batch. Raises `Overrun`."""
        events = await self._batches.get()
        if events is None:
            raise Overrun
        while not self._batches.empty():
            more = self._batches.get_nowait()
            if more is None:
                raise Overrun
            events = events + more
        return events


class Feed:
    """The workspace's events, as they happen."""

    def __init__(self, engine: Engine, connection: Connection) -> None:
        self._engine = engine
        self._connection = connection
        self._listeners: set[Listener] = set()
        self.seq = 0
        """The last event that this process has heard of."""

    async def run(self, after: int) -> None:
        """Follow the stream from sequence number `after` until cancelled, however often the server goes away."""
        self.seq = after
        while True:
            try:
                async for events in follow(self._connection, self._engine.workspace, self.seq):
                    self.seq = events[-1].seq
                    for listener in tuple(self._listeners):
                        listener.hear(events)
            except Fault as fault:
                _log.debug("feed_waits", reason=str(fault))
                await asyncio.sleep(_RETRY_S)

    @contextmanager
    def listen(self, wanted: Callable[[Event], bool], first: int = 0) -> Generator[Listener]:
        """Hear the wanted events from now on, but for those up to `first`, which the listener has."""
        listener = Listener(wanted, first)
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    async def past(self, after: int, upto: int, wanted: Callable[[Event], bool]) -> list[Event]:
        """The wanted events with `after` < number ≤ `upto`. Refuses `events_trimmed`."""
        if upto - after > RESUMED:
            raise Refusal("events_trimmed", str(after))
        found: list[Event] = []
        expected = after + 1
        while expected <= upto:
            events = await self.page(expected - 1, 1000)
            if not events:
                break
            found += [event for event in events if event.seq <= upto and wanted(event)]
            expected = events[-1].seq + 1
        return found

    async def page(self, after: int, most: int) -> list[Event]:
        """Events after a number, at most so many. Refuses `events_trimmed` where the next one is no longer kept."""
        events = await read_events(self._engine.connection, self._engine.workspace, after, most)
        if events and events[0].seq != after + 1:
            raise Refusal("events_trimmed", str(after))
        return events
