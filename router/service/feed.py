"""One tail of the event stream for all who listen in this process.

A listener that does not keep up is cut off: what it would miss could not be made good by waiting for it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import structlog

from router.domain.events import ERA
from router.engine.stream import read_events_of, read_next_events
from router.kit.errors import Fault, Refusal, RouterError
from router.service.tail import follow

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from router.domain.events import Event
    from router.engine.engine import Engine
    from router.engine.link import Caller

BEHIND: Final = 10_000
"""So many events may wait for a listener."""

RESUMED: Final = 100_000
"""From so many events back a reader may go on; one who missed more is told to begin anew."""

KEPT: Final = 20_000
"""So many of the last events are kept here, so that a thousand desks that come back together read them once."""

AT_ONCE: Final = 128
"""So many events of the past are asked of the store at once: it does not keep others waiting."""

LOOKED_AT: Final = 20_000
"""So many events are looked at for a page of a contact's."""

_RETRY_S = 0.2

_log: Any = structlog.get_logger()


class Overrun(RouterError):
    """The listener is too slow."""


class Rewound(Overrun):
    """What the listener was told of last is not in the stream: the server lost it."""


class Listener:
    """One who listens: the events that he wants, in order."""

    def __init__(self, wanted: Callable[[Event], bool], first: int) -> None:
        self._wanted = wanted
        self._first = first
        self._waiting: list[Event] = []
        self._ends: Overrun | None = None
        self._waiter: asyncio.Future[None] | None = None

    def hear(self, events: list[Event]) -> None:
        """Take what is wanted of a batch."""
        wanted = [event for event in events if event.seq > self._first and self._wanted(event)]
        if not wanted:
            return
        self._waiting += wanted
        if len(self._waiting) > BEHIND:
            self.end(Overrun())
        self._wake()

    def end(self, reason: Overrun) -> None:
        """It hears no more."""
        self._waiting.clear()
        self._ends = reason
        self._wake()

    async def next(self) -> list[Event]:
        """All that has happened since the last call, as soon as there is something. Raises `Overrun`, `Rewound`."""
        while not self._waiting and self._ends is None:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        if self._ends is not None:
            raise self._ends
        events, self._waiting = self._waiting, []
        return events

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Feed:
    """The workspace's events, as they happen."""

    def __init__(self, engine: Engine, connection: Caller) -> None:
        self._engine = engine
        self._connection = connection
        self._listeners: dict[str | None, set[Listener]] = {}
        """Who hears of one agent's events, by agent; under None who is asked about every event."""
        self.seq = 0
        """The last event that this process has heard of."""
        self._kept: deque[Event] = deque()
        """The events up to `seq`, without a gap."""
        self._reading = asyncio.Lock()

    async def run(self, after: int) -> None:
        """Follow the stream from sequence number `after` until cancelled, however often the server goes away."""
        self.seq = after
        while True:
            try:
                async for events in follow(self._connection, self._engine.workspace, self.seq):
                    self._keep(events)
                    self._tell(events)
            except Fault as fault:
                _log.debug("feed_waits", reason=str(fault))
                await asyncio.sleep(_RETRY_S)

    def _keep(self, events: list[Event]) -> None:
        if not events[0].follows(self.seq):
            self._kept.clear()
            if events[0].type == "operation.era":
                _log.error("events_lost", last=events[0].data["last"], told=self.seq)
                for listener in [one for several in self._listeners.values() for one in several]:
                    listener.end(Rewound())
        self._kept += events
        self.seq = events[-1].seq
        while len(self._kept) > KEPT:
            self._kept.popleft()

    def _tell(self, events: list[Event]) -> None:
        for listener in self._listeners.get(None, ()):
            listener.hear(events)
        named: dict[str, list[Event]] = {}
        for event in events:
            if event.agent is not None and event.agent in self._listeners:
                named.setdefault(event.agent, []).append(event)
        for agent, his in named.items():
            for listener in self._listeners[agent]:
                listener.hear(his)

    @contextmanager
    def listen(self, wanted: Callable[[Event], bool], first: int = 0, agent: str | None = None) -> Generator[Listener]:
        """Hear the wanted events from now on, but for those up to `first`, which the listener has.

        With `agent`, only those that name him: among many agents' listeners only his is asked.
        """
        listener = Listener(wanted, first)
        self._listeners.setdefault(agent, set()).add(listener)
        try:
            yield listener
        finally:
            self._listeners[agent].discard(listener)
            if not self._listeners[agent]:
                del self._listeners[agent]

    async def past(self, after: int, upto: int, wanted: Callable[[Event], bool]) -> list[Event]:
        """The wanted events with `after` < number ≤ `upto`. Refuses `events_trimmed`."""
        if upto - after > RESUMED:
            raise Refusal("events_trimmed", str(after))
        found: list[Event] = []
        expected = after + 1
        if after < self.seq <= after + KEPT:
            await self._keep_from(expected)
            start = (expected - self._kept[0].seq) % ERA
            found = [event for event in islice(self._kept, start, start + upto - after) if wanted(event)]
            expected = self.seq + 1
        while expected <= upto:
            events = await self.page(expected - 1, min(1000, upto - expected + 1))
            if not events:
                break
            found += [event for event in events if event.seq <= upto and wanted(event)]
            expected = events[-1].seq + 1
        return found

    async def _keep_from(self, seq: int) -> None:
        """Read what is not kept yet of the events from number `seq` on. Refuses `events_trimmed`."""
        async with self._reading:
            while (first := self._kept[0].seq if self._kept else self.seq + 1) > seq:
                after = max(seq, first - 1000) - 1
                events = await self.page(after, first - 1 - after)
                # What came meanwhile may have pushed the oldest out, or left a gap.
                if events and events[-1].seq + 1 == (self._kept[0].seq if self._kept else self.seq + 1):
                    self._kept.extendleft(reversed(events))

    async def story(self, contact: str, after: int, most: int) -> tuple[list[Event], int | None]:
        """A contact's events after a number, at most so many, and behind which number to go on (None: done).

        A page may be short and not the last: so much of the stream is looked at for one.
        """
        return await read_events_of(self._engine.connection, self._engine.workspace, contact, after, most, LOOKED_AT)

    async def page(self, after: int | None, most: int) -> list[Event]:
        """Events after a number, or from the first that is kept, at most so many. Refuses `events_trimmed`."""
        found: list[Event] = []
        while len(found) < most:
            count = min(AT_ONCE, most - len(found))
            events = await read_next_events(self._engine.connection, self._engine.workspace, after, count)
            found += events
            if len(events) < count:
                break
            after = events[-1].seq
        return found
