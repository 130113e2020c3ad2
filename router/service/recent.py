"""How each queue has kept its promise of late: waits and replies of the last half hour, from the stream of events.

Nothing of it is stored: a process reads the stream backwards when it starts, and then follows it, so every process says
the same, also after a restart.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

from router.domain.waits import Waits, ends_of
from router.engine.stream import read_events_back
from router.kit.errors import Fault
from router.service.feed import Overrun

if TYPE_CHECKING:
    from router.domain.events import Event
    from router.engine.engine import Engine
    from router.service.feed import Feed

WINDOW_MS: Final = 30 * 60_000
BUCKET_MS: Final = 10_000
"""Events leave the window together with the others of their ten seconds."""

RETRY_S: Final = 0.2

LOOKED_AT: Final = 200_000
"""So many events are read backwards at most: above about 100 a second the first figures cover less than the window."""


class RecentWaits:
    """The ends of waits that this process has heard of, by ten seconds of the workspace's clock and by queue."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._buckets: dict[int, Counter[tuple[str, str]]] = {}

    async def seed(self, upto: int) -> None:
        """Count what the stream has up to sequence number `upto`, and nothing else."""
        self._buckets.clear()
        last_ms = None
        async with aclosing(read_events_back(self._engine.connection, self._engine.workspace, upto, LOOKED_AT)) as past:
            async for event in past:
                last_ms = last_ms or event.at_ms
                if event.at_ms <= last_ms - WINDOW_MS - BUCKET_MS:
                    break
                self._count(event)

    async def follow(self, feed: Feed, after: int) -> None:
        """Count the events after `after`, up to which all have been, until cancelled."""
        counted = True
        while True:
            with feed.listen(_ends_wait, after) as listener:
                try:
                    while not counted:
                        counted = await self._seeded(after)
                    while True:
                        for event in await listener.next():
                            self._count(event)
                except Overrun:
                    after, counted = feed.seq, False

    async def _seeded(self, upto: int) -> bool:
        try:
            await self.seed(upto)
        except Fault:
            await asyncio.sleep(RETRY_S)
            return False
        return True

    def of(self, queue: str, now_ms: int) -> Waits:
        """What happened to the waits in a queue; `now_ms` is where the workspace's clock stands."""
        self._forget(now_ms)
        total: Counter[str] = Counter()
        for bucket in self._buckets.values():
            for (name, what), count in bucket.items():
                if name == queue:
                    total[what] += count
        return Waits(**total)

    def _count(self, event: Event) -> None:
        queue, ends = ends_of(event)
        if queue is None or not ends:
            return
        start = event.at_ms // BUCKET_MS
        if start not in self._buckets:
            self._buckets[start] = Counter()
            self._forget(event.at_ms)
        self._buckets[start].update((queue, end) for end in ends)
        if event.type == "contact.replied":
            self._buckets[start][queue, "reply_ms"] += event.data["took"]
        elif event.type == "contact.answered":
            self._buckets[start][queue, "answer_ms"] += event.data["waited"]

    def _forget(self, now_ms: int) -> None:
        first = (now_ms - WINDOW_MS) // BUCKET_MS
        for start in [start for start in self._buckets if start < first]:
            del self._buckets[start]


def _ends_wait(event: Event) -> bool:
    return bool(ends_of(event)[1])
