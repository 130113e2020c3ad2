"""What this process does: counted as it happens, and said to the store, where any process finds it that is asked.

So whoever is scraped answers for all. What a process said counts for half a minute: one that died is gone from the
figures after that, and one that ended well at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
import structlog

from router.domain.events import ERA
from router.domain.process import EDGES_MS, ProcessFigures
from router.engine.acts.reading import GetMoment
from router.engine.acts.workspace import PutProcess
from router.engine.engine import NAMES
from router.kit.errors import Fault
from router.kit.tally import Spread

if TYPE_CHECKING:
    from router.domain.events import Event
    from router.engine.connection import Connection
    from router.engine.engine import Engine
    from router.kit.clock import Clock
    from router.service.feed import Feed
    from router.service.health import Health

SAID_EVERY_S: Final = 5.0
AGAIN_S: Final = 0.5
LOOKED_EVERY_S: Final = 0.1
"""How often it is seen how late the event loop is."""
_MEMORY: Final = Path("/proc/self/statm")

_log: Any = structlog.get_logger()


class Own:
    """The figures of one process, which counts by adding to them."""

    def __init__(
        self, process: str, engine: Engine, connection: Connection, feed: Feed, health: Health, clock: Clock
    ) -> None:
        self.requests: Counter[tuple[str, str, str]] = Counter()
        """(method, route, class of the status) → how many were answered."""
        self.took = Spread(EDGES_MS)
        """How long answers took, in milliseconds, but for what waits for its caller's sake."""
        self.sockets: Counter[str] = Counter()
        """Kind → how many are open."""
        self.duplicates: Counter[str] = Counter()
        """Channel → contacts that were there already."""
        self.refused: Counter[str] = Counter()
        """Code → how often it was answered."""
        self.heard: dict[tuple[str, str], int] = {}
        """(channel, account) → when its adapter brought something last, as far as this process has heard of it."""
        self._process = process
        self._engine = engine
        self._connection = connection
        self._feed = feed
        self._health = health
        self._clock = clock
        self._started_at = clock.wall_ms()
        self._lag_ms = self._lag_before_ms = 0
        """The worst since it was said last, and between that and the time before."""
        self._behind = 0

    def figures(self) -> ProcessFigures:
        """As they stand."""
        used = os.times()
        return ProcessFigures(
            started_at=self._started_at,
            cpu_ms=round((used.user + used.system) * 1000),
            memory_bytes=_resident_bytes(),
            store_up=self._health.store_connected,
            due_age_ms=self._health.since_due_ms,
            loop_lag_ms=max(self._lag_ms, self._lag_before_ms),
            events_behind=self._behind,
            requests=[(*which, number) for which, number in self.requests.items()],
            request_buckets=list(self.took.buckets),
            request_ms=self.took.total,
            acts=[(NAMES[act], tally.count, tally.total) for act, tally in self._engine.took.items()],
            store_writes=self._connection.written.count,
            store_calls=self._connection.written.total,
            sockets=dict(self.sockets),
            duplicates=dict(self.duplicates),
            refused=dict(self.refused),
        )

    async def run(self, after: int) -> None:
        """Count what is not told, and say all to the store, until cancelled; `after` is the last event before."""
        async with asyncio.TaskGroup() as group:
            for work in (self._look(), self._hear(after), self._say_on()):
                group.create_task(work)

    async def _look(self) -> None:
        """See how late the event loop is."""
        while True:
            due_ms = self._clock.monotonic_ms() + round(LOOKED_EVERY_S * 1000)
            await asyncio.sleep(LOOKED_EVERY_S)
            self._lag_ms = max(self._lag_ms, self._clock.monotonic_ms() - due_ms)

    async def _hear(self, after: int) -> None:
        """Note of each account when its adapter brought something."""
        with self._feed.listen(self._note, after):
            await asyncio.Event().wait()

    def _note(self, event: Event) -> bool:
        """Of an adapter's contact, message, or what became of one. It wakes nobody: it is noted as it is asked."""
        if event.role == "adapter" and event.contact is not None:
            assert event.channel is not None
            assert event.account is not None
            self.heard[event.channel, event.account] = event.at_ms
        return False

    async def _say_on(self) -> None:
        """Say it every five seconds, and take it away in the end."""
        try:
            while True:
                try:
                    await self.say()
                except Fault as fault:
                    _log.debug("figures_wait", reason=str(fault))
                    await asyncio.sleep(AGAIN_S)
                else:
                    await asyncio.sleep(SAID_EVERY_S)
        finally:
            with contextlib.suppress(Fault):
                await self._engine.do(PutProcess(process=self._process, record=None))

    async def say(self) -> None:
        """Say it once. Raises `Fault`."""
        behind = (await self._engine.do(GetMoment())).seq - self._feed.seq
        self._behind = behind % ERA if behind > 0 else 0
        record = msgspec.msgpack.encode(self.figures())
        heard = tuple((channel, account, at) for (channel, account), at in self.heard.items())
        await self._engine.do(PutProcess(process=self._process, record=record, heard=heard))
        self._lag_ms, self._lag_before_ms = 0, self._lag_ms


def _resident_bytes() -> int | None:
    try:
        pages = int(_MEMORY.read_text(encoding="ascii").split()[1])
    except OSError:  # not on every system
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")
