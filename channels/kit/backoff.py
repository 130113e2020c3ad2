"""How long one waits before trying again."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST_S: Final = 0.2
LONGEST_S: Final = 15.0


class Backoff:
    """Pauses that double from 0.2 s to 15 s, each shortened at random by up to a half so that nobody comes in step.

    `draw()` gives a number from 0 to 1.
    """

    def __init__(self, draw: Callable[[], float] = random.random) -> None:
        self._draw = draw
        self._next_s = FIRST_S

    def next_s(self) -> float:
        """The next pause."""
        pause_s, self._next_s = self._next_s, min(2 * self._next_s, LONGEST_S)
        return pause_s * (1 - self._draw() / 2)

    def reset(self) -> None:
        """It has worked: the next pause is a short one again."""
        self._next_s = FIRST_S
