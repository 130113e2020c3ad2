"""What an Asterisk of these tests has recorded, as its files have it."""

from __future__ import annotations

import asyncio
import struct
import wave
from typing import TYPE_CHECKING

from tests.channels.asterisk.lab import sound
from tests.channels.asterisk.lab.media import CLOCK, PACKET_MS, WITHIN_S, is_tone

if TYPE_CHECKING:
    from pathlib import Path

    from tests.channels.asterisk.lab.asterisk import Asterisk
    from tests.channels.asterisk.lab.call import Call

WINDOW = 3 * sound.FRAME
"""60 ms are judged together."""
TRACE = 0.15
"""A tone has so much of the energy where up to four others are heard with it."""


class Recorded:
    """One recording, in windows of 60 ms."""

    def __init__(self, path: Path) -> None:
        with wave.open(str(path)) as file:
            assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, sound.RATE)
            raw = file.readframes(file.getnframes())
        self.sound = bytes(sound.encoded(sample) for (sample,) in struct.iter_unpack("<h", raw))

    @property
    def ms(self) -> int:
        """How long it is."""
        return len(self.sound) * 1000 // sound.RATE

    def ms_of(self, hz: int) -> int:
        """How long this tone is heard, alone or with others."""
        return sum(60 for window in self._windows() if is_in(window, hz))

    def first_ms(self, hz: int) -> int:
        """When this tone is first heard."""
        return next(n * 60 for n, window in enumerate(self._windows()) if is_in(window, hz))

    def has(self, hz: int) -> bool:
        """Whether this tone is heard at all."""
        return self.ms_of(hz) > 0

    def _windows(self) -> list[bytes]:
        return [self.sound[start : start + WINDOW] for start in range(0, len(self.sound) - WINDOW + 1, WINDOW)]


def is_in(window: bytes, hz: int) -> bool:
    """Whether a tone is in it, alone or with others."""
    return sound.loudness(window) > sound.LOUD and sound.share(window, hz) > TRACE


def recordings(asterisk: Asterisk) -> dict[str, Path]:
    """The files of all that was recorded, by the names of the recordings."""
    return {path.stem: path for path in sorted((asterisk.home / "spool" / "recording").iterdir())}


async def recorded(asterisk: Asterisk) -> Recorded:
    """The only recording, once all calls are over."""
    async with asyncio.timeout(WITHIN_S):
        while "0 active channels" not in await asterisk.cli("core show channels"):
            pass
    (path,) = recordings(asterisk).values()
    return Recorded(path)


async def hears_for(call: Call, hz: int, for_ms: int, within_s: float = WITHIN_S) -> None:
    """Wait until this tone was heard for so long, from now on."""
    since_ms = CLOCK.monotonic_ms()

    def heard_ms() -> int:
        packets = [packet for packet in call.media.heard if packet.at_ms >= since_ms]
        return sum(PACKET_MS for packet in packets if is_tone([packet], hz))

    await call.media.until(
        lambda: heard_ms() >= for_ms, lambda: f"{hz} Hz was heard for {heard_ms()} ms, not {for_ms}", within_s
    )
