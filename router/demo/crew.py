"""What all robots have in common: their API, their dice, their time, and the small lives that they lead at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import structlog

from router.demo.client import Away, Refused
from router.domain.states import ENDED

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from router.demo.client import Json
    from router.kit.clock import Clock

_log: Any = structlog.get_logger()


class Pace:
    """Time as the robots live it: `speed` times faster than the wall's, and an hour of the day that it began at."""

    def __init__(self, clock: Clock, speed: float, hour: float) -> None:
        self._clock = clock
        self._began = clock.monotonic_ms()
        self._hour = hour
        self.speed = speed

    @property
    def lived_s(self) -> float:
        """Seconds that have passed for the robots."""
        return (self._clock.monotonic_ms() - self._began) / 1000 * self.speed

    @property
    def hour(self) -> float:
        """The hour of the day, with its fraction."""
        return (self._hour + self.lived_s / 3600) % 24

    async def pause(self, seconds: float) -> None:
        """Let so many of the robots' seconds pass."""
        await asyncio.sleep(seconds / self.speed)

    def within(self, seconds: float) -> asyncio.Timeout:
        """A limit in the robots' seconds."""
        return asyncio.timeout(seconds / self.speed)


class Lives:
    """Tasks that end by themselves; what ends them early is the way of the world, or a bug that is logged."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, life: Coroutine[Any, Any, None]) -> None:
        """Let it live."""
        task = asyncio.create_task(life)
        self._tasks.add(task)
        task.add_done_callback(self._over)

    async def end(self) -> None:
        """Cancel all that still live."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Refused | Away):
            # The customer hung up, or the offer went on to somebody else: such is life.
            _log.debug("robot_refused", reason=str(error))
        elif error is not None:
            _log.error("robot_failed", exc_info=error)


class Watched:
    """Contacts as they were last heard of, for those who wait until something is so."""

    def __init__(self) -> None:
        self._latest: dict[str, Json] = {}
        self._news: dict[str, asyncio.Event] = {}

    def __contains__(self, contact: str) -> bool:
        return contact in self._latest

    def __getitem__(self, contact: str) -> Json:
        return self._latest[contact]

    def ids(self) -> list[str]:
        """All that are watched."""
        return list(self._latest)

    def hear(self, contact: Json) -> None:
        """What is known of a contact; an older state than the known one is no news."""
        known = self._latest.get(contact["id"])
        if known is None or contact["version"] >= known["version"]:
            self._latest[contact["id"]] = contact
            self._news.setdefault(contact["id"], asyncio.Event()).set()

    def forget(self, contact: str) -> None:
        """Nobody asks for it any more."""
        self._latest.pop(contact, None)
        self._news.pop(contact, None)

    async def until(self, contact: str, so: Callable[[Json], bool]) -> Json:
        """The contact as soon as it is so."""
        while not so(self._latest[contact]):
            self._news[contact].clear()
            await self._news[contact].wait()
        return self._latest[contact]


def is_over(contact: Json) -> bool:
    """Whether it has ended."""
    return contact["state"] in ENDED


def is_answered(contact: Json) -> bool:
    """Whether customer and agent talk, or it has ended."""
    return is_over(contact) or (contact["state"] == "assigned" and contact["answered_at"] is not None)
