"""The sound of a call: RTP both ways, what is said, what is heard, and digits (RFC 3550, RFC 4733)."""

from __future__ import annotations

import asyncio
import itertools
import random
import struct
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from router.kit.clock import SystemClock
from tests.channels.asterisk.lab import sound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

WITHIN_S = 5.0
"""How long something expected may take."""
PACKET_MS = 20
DIGITS = "0123456789*#ABCD"
EVENT = 101
"""The payload type under which digits travel."""
DIGIT_PACKETS = 5
ENDED = 0x80
"""The mark of a digit's last packets."""
WINDOW = 3
"""So many packets are judged together: 60 ms tell tones apart that lie 50 Hz from each other."""
CLOCK = SystemClock()
KEPT = 50 * 600


@dataclass(frozen=True, slots=True)
class Packet:
    """20 ms of what was heard, and when it came; by the sender's `stamp`, of one `source`, when it was said."""

    at_ms: int
    sound: bytes
    stamp: int = 0
    source: bytes = b""

    def ms_after(self, before: Packet) -> int:
        """How long after another one it was said: a process that is late to read hears no gap where there was none."""
        came_ms = self.at_ms - before.at_ms
        if self.source != before.source:
            return came_ms
        return min(came_ms, (self.stamp - before.stamp) % 2**32 * 1000 // sound.RATE)


class Media(asyncio.DatagramProtocol):
    """One end of a call's sound. It hears from the beginning; it speaks once it knows where to."""

    def __init__(self) -> None:
        self.heard: deque[Packet] = deque(maxlen=KEPT)
        """What was heard, for ten minutes back."""
        self.digits = ""
        """The digits that the other side has pressed."""
        self._transport: asyncio.DatagramTransport | None = None
        self._to: tuple[str, int] | None = None
        self._saying = b""
        self._position = 0
        self._pressing: deque[bytes] = deque()
        self._sequence = random.getrandbits(16)
        self._stamp = random.getrandbits(31)
        self._source = random.getrandbits(32)
        self._pressed_at = 0
        self._due_ms = 0
        self._ticking: asyncio.TimerHandle | None = None
        self._last_event = -1
        self._changed = asyncio.Event()

    @classmethod
    async def open(cls, host: str) -> Media:
        """One on a free port of this host."""
        _, media = await asyncio.get_running_loop().create_datagram_endpoint(cls, local_addr=(host, 0))
        return media

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._transport is not None
        return self._transport.get_extra_info("sockname")[1]

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        """It has its port."""
        self._transport = transport

    def speak_to(self, host: str, port: int) -> None:
        """Send what is said there, from now on: silence, until something else is to be said."""
        self._to = (host, port)
        if self._ticking is None:
            self._due_ms = CLOCK.monotonic_ms()
            self._tick()

    def say(self, hz: int) -> None:
        """Say this tone until something else is to be said."""
        self._saying = sound.tone(hz)

    def be_silent(self) -> None:
        """Say nothing more."""
        self._saying = b""

    def press(self, digits: str) -> None:
        """Press these digits one after the other, 100 ms each, with a break between them."""
        for digit in digits:
            event = DIGITS.index(digit)
            for n in range(1, DIGIT_PACKETS + 1):
                self._pressing.append(struct.pack("!BBH", event, 10, n * sound.FRAME))
            self._pressing.extend([struct.pack("!BBH", event, 10 | ENDED, DIGIT_PACKETS * sound.FRAME)] * 3)
            self._pressing.extend([b""] * 3)

    async def hears(self, hz: int, within_s: float = WITHIN_S) -> int:
        """Wait until this tone is heard, from now on; the moment at which it began, in ms of the monotonic clock."""
        packets = await self._hears(f"{hz} Hz", lambda heard: is_tone(heard, hz), within_s)
        return packets[0].at_ms

    async def hears_other_than(self, hz: int, within_s: float = WITHIN_S) -> int:
        """Wait until something is heard that is neither silence nor this tone; when it began."""
        packets = await self._hears(
            f"other than {hz} Hz", lambda heard: is_loud(heard) and not has(heard, hz), within_s
        )
        return packets[0].at_ms

    async def hears_silence(self, for_ms: int = 300, within_s: float = WITHIN_S) -> None:
        """Wait until nothing has been heard for so long, from now on: neither a packet nor a sound in one."""
        quiet_since_ms = CLOCK.monotonic_ms()
        async with asyncio.timeout(within_s):
            while (left_ms := quiet_since_ms + for_ms - CLOCK.monotonic_ms()) > 0:
                self._changed.clear()
                try:
                    async with asyncio.timeout(left_ms / 1000):
                        await self._changed.wait()
                except TimeoutError:
                    continue
                if self.heard and is_loud(list(self.heard)[-1:]):
                    quiet_since_ms = CLOCK.monotonic_ms()

    async def pressed(self, digits: str, within_s: float = WITHIN_S) -> None:
        """Wait until the other side has pressed these digits, and no others before them."""
        wrong = f"not {digits!r} was pressed"
        await self.until(lambda: self.digits.startswith(digits), lambda: f"{wrong}, but {self.digits!r}", within_s)
        self.digits = self.digits.removeprefix(digits)

    async def until(self, done: Callable[[], bool], wrong: Callable[[], str], within_s: float = WITHIN_S) -> None:
        """Wait until it is so, looking whenever a packet comes; `wrong` says what is the matter where it never is."""
        try:
            async with asyncio.timeout(within_s):
                while not done():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(wrong()) from None

    def longest_gap_ms(self, hz: int, since_ms: int = 0) -> int:
        """The longest time since then without this tone, between two packets or up to now."""
        tones = [packet for packet in self.heard if packet.at_ms >= since_ms and is_tone([packet], hz)]
        if not tones:
            return CLOCK.monotonic_ms() - since_ms
        edges = [tones[0].at_ms - (since_ms or tones[0].at_ms), CLOCK.monotonic_ms() - tones[-1].at_ms]
        return max(*edges, *(after.ms_after(before) for before, after in itertools.pairwise(tones)))

    def has_heard(self, hz: int, since_ms: int = 0) -> bool:
        """Whether this tone was heard at any time since then."""
        packets = [packet for packet in self.heard if packet.at_ms >= since_ms]
        return any(is_tone(packets[n : n + WINDOW], hz) for n in range(len(packets) - WINDOW + 1))

    def close(self) -> None:
        """Neither hear nor speak any more."""
        if self._ticking is not None:
            self._ticking.cancel()
        if self._transport is not None:
            self._transport.close()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """A packet has come."""
        del addr
        kind = data[1] & 0x7F
        payload = data[12 + 4 * (data[0] & 15) :]
        if kind == 0 and payload:
            self.heard.append(Packet(CLOCK.monotonic_ms(), payload, int.from_bytes(data[4:8]), data[8:12]))
        elif kind == EVENT:
            event, flags = payload[0], payload[1]
            stamp = int.from_bytes(data[4:8])
            if flags & ENDED and stamp != self._last_event:  # the end is said three times
                self._last_event = stamp
                self.digits += DIGITS[event]
        self._changed.set()

    async def _hears(self, what: str, fits: Callable[[list[Packet]], bool], within_s: float) -> list[Packet]:
        since_ms = CLOCK.monotonic_ms()
        try:
            async with asyncio.timeout(within_s):
                while True:
                    packets = last(self.heard, WINDOW)
                    if len(packets) == WINDOW and packets[0].at_ms >= since_ms and fits(packets):
                        return packets
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            count = sum(packet.at_ms >= since_ms for packet in self.heard)
            raise AssertionError(f"{what} was not heard within {within_s} s, in {count} packets") from None

    def _tick(self) -> None:
        """Send what is due; after a pause of the machine all that became due in it."""
        while self._due_ms <= CLOCK.monotonic_ms():
            self._send()
            self._due_ms += PACKET_MS
        wait_s = (self._due_ms - CLOCK.monotonic_ms()) / 1000
        self._ticking = asyncio.get_running_loop().call_later(max(wait_s, 0), self._tick)

    def _send(self) -> None:
        kind, stamp, payload = 0, self._stamp, self._next_sound()
        event = self._pressing.popleft() if self._pressing else b""
        if event:
            kind, stamp, payload = EVENT, self._pressed_at or self._stamp, event
        # Every packet of a digit bears the moment at which it began.
        self._pressed_at = stamp if event else 0
        header = struct.pack("!BBHII", 0x80, kind, self._sequence, stamp & 0xFFFFFFFF, self._source)
        if self._transport is not None and self._to is not None:
            self._transport.sendto(header + payload, self._to)
        self._sequence = self._sequence + 1 & 0xFFFF
        self._stamp += sound.FRAME

    def _next_sound(self) -> bytes:
        if not self._saying:
            return sound.SILENCE * sound.FRAME
        start = self._position % sound.RATE
        self._position += sound.FRAME
        return self._saying[start : start + sound.FRAME]


def last(packets: deque[Packet], count: int) -> list[Packet]:
    """The last so many of them."""
    return [packets[n] for n in range(-min(count, len(packets)), 0)]


def joined(packets: Iterable[Packet]) -> bytes:
    """Their sound."""
    return b"".join(packet.sound for packet in packets)


def is_loud(packets: Iterable[Packet]) -> bool:
    """Whether they are no silence."""
    return sound.loudness(joined(packets)) > sound.LOUD


def has(packets: Iterable[Packet], hz: int) -> bool:
    """Whether a good part of them is this tone."""
    return sound.share(joined(packets), hz) > 0.2


def is_tone(packets: Iterable[Packet], hz: int) -> bool:
    """Whether this tone is in them, loud enough, and not as a trace of others."""
    heard = joined(packets)
    return sound.loudness(heard) > sound.LOUD and sound.share(heard, hz) > 0.3
