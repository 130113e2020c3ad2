"""A caller who hears what he is told, for as long as it takes to say it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import msgspec

from channels.asterisk.speech.announcer import Announcer
from channels.asterisk.speech.phrases import LANGUAGES
from channels.kit.timing import sleep_until
from router.domain.wire.answers import Contact
from tests.helpers.given_time import GivenTime, settle

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from channels.asterisk.speech.phrases import Language
    from channels.asterisk.speech.settings import LineSpeech

SAID_MS = 2000
"""So long one sound is."""


def contact(position: int | None, estimated_wait_s: tuple[float, float] | None = None) -> Contact:
    """A contact as far as it is spoken of."""
    nothing = dict.fromkeys(Contact.__struct_fields__)
    return Contact(**nothing | {"position": position, "estimated_wait_s": estimated_wait_s})  # pyright: ignore[reportArgumentType] - of the other fields nothing is said


class Listener:
    """A caller. `heard` has what was said to its end, with the second at which it began; `cut` what was not."""

    def __init__(self, time: GivenTime) -> None:
        self.heard: list[tuple[int, list[str]]] = []
        self.cut: list[list[str]] = []
        self.asked = 0
        """So often the router was asked how he stands."""
        self.has: Contact | None = contact(None)
        self.lines: dict[str, LineSpeech] = {}
        self.left = False
        self._time = time
        self._hears: list[str] | None = None

    async def play(self, media: Sequence[str]) -> None:
        assert self._hears is None, "two at once"
        self._hears, begun_ms = list(media), self._time.monotonic_ms()
        try:
            await sleep_until(self._time, begun_ms + SAID_MS * len(media))
        except asyncio.CancelledError:
            self.cut.append(self._hears)
            raise
        finally:
            self._hears = None
        self.heard.append((begun_ms // 1000, list(media)))

    async def contact(self) -> Contact | None:
        self.asked += 1
        return self.has

    async def to_line(self, line: str) -> LineSpeech | None:
        return self.lines.get(line)

    async def leave(self) -> None:
        self.left = True


class Told(msgspec.Struct):
    """A caller, his announcer and their time."""

    caller: Listener
    announcer: Announcer
    time: GivenTime
    running: asyncio.Task[None]

    async def press(self, digit: str) -> None:
        """He presses a key."""
        self.announcer.pressed(digit)
        await settle()

    async def pass_(self, seconds: float) -> None:
        """So long he waits."""
        await self.time.pass_(seconds)


@asynccontextmanager
async def waiting(
    line: LineSpeech, has: Contact | None, language: Language | None = LANGUAGES["ru"]
) -> AsyncGenerator[Told]:
    """A caller who begins to wait with this contact."""
    time = GivenTime()
    caller = Listener(time)
    caller.has = has
    announcer = Announcer(caller, line, language, time)
    running = asyncio.create_task(announcer.run())
    await settle()
    yield Told(caller, announcer, time, running)
    running.cancel()
    await asyncio.wait([running])
