"""Sound as telephones know it: G.711 μ-law at 8 kHz, tones made and found."""

from __future__ import annotations

import functools
import math

RATE = 8000
"""Samples a second, each a byte."""
FRAME = 160
"""Samples of a packet: 20 ms."""
SILENCE = b"\xff"
LOUD = 300.0
"""From this root mean square on, of at most 32,635, it is no silence."""


def encoded(sample: int) -> int:
    """A linear sample of 16 bits in μ-law (ITU-T G.711)."""
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), 32635) + 132
    exponent = magnitude.bit_length() - 8
    return ~(sign | exponent << 4 | magnitude >> (exponent + 3) & 15) & 0xFF


def decoded(code: int) -> int:
    """The linear sample of a μ-law byte."""
    code = ~code & 0xFF
    magnitude = ((code & 15) << 3) + 132 << (code >> 4 & 7)
    return 132 - magnitude if code & 0x80 else magnitude - 132


LINEAR = tuple(float(decoded(code)) for code in range(256))


@functools.cache
def tone(hz: int, level: int = 8000) -> bytes:
    """A second of a tone; one second after another is a tone without end."""
    turn = 2 * math.pi * hz / RATE
    return bytes(encoded(round(level * math.sin(turn * n))) for n in range(RATE))


def loudness(sound: bytes) -> float:
    """The root mean square of its samples."""
    return math.sqrt(sum(LINEAR[code] ** 2 for code in sound) / len(sound))


def share(sound: bytes, hz: float) -> float:
    """How much of the sound's energy is in the tone of `hz`: 1.0 where there is nothing else (Goertzel)."""
    energy = sum(LINEAR[code] ** 2 for code in sound)
    if energy == 0:
        return 0.0
    factor = 2 * math.cos(2 * math.pi * hz / RATE)
    before = last = 0.0
    for code in sound:
        before, last = last, LINEAR[code] + factor * last - before
    power = last**2 + before**2 - factor * last * before
    return 2 * power / (len(sound) * energy)
