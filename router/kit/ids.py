"""Ids that sort by the time they were made.

Twenty characters of Crockford's base 32 in lower case: 45 bits of milliseconds since 1970 and 55 bits that no other
process has. Ids of one process never go backwards. A UUID says the same in 36 characters, and an id stands in eight
places of Redis for each waiting contact.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 20
_TAIL_BITS = 55


class IdSource:
    """Makes ids; one per process. `random_bits(n)` is replaceable so that a seed replays a run."""

    def __init__(self, random_bits: Callable[[int], int] = secrets.randbits) -> None:
        self._bits = random_bits
        self._last = 0

    def new(self, at_ms: int) -> str:
        """An id for this millisecond, greater than every id this source made before."""
        value = (at_ms << _TAIL_BITS) | self._bits(_TAIL_BITS)
        if value <= self._last:
            value = self._last + 1
        self._last = value
        return encode(value)


def encode(value: int) -> str:
    """`value` as an id: fixed length, so that text order is number order."""
    return "".join([_PAIRS[value >> place & 1023] for place in _PLACES])


_PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
_PLACES = range(5 * LENGTH - 10, -1, -10)
"""How many bits stand behind each two characters."""
