"""How long one waits, as it is spoken: a range of whole minutes."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

LONGEST: Final = 120
"""A wait that may be longer is not spoken of."""


class Minutes(NamedTuple):
    """From `at_least` (0 to 119) to `at_most`, which is more (1 to 120)."""

    at_least: int
    at_most: int

    def better_than(self, other: Minutes) -> bool:
        """Whether it ends sooner, or as soon and begins sooner."""
        return (self.at_most, self.at_least) < (other.at_most, other.at_least)


def minutes_of(estimated_wait_s: tuple[float, float] | None) -> Minutes | None:
    """The router's estimate, rounded outwards so that it stays true. None where there is none, or it is too long."""
    if estimated_wait_s is None:
        return None
    from_s, to_s = estimated_wait_s
    at_least = int(from_s // 60)
    at_most = max(math.ceil(to_s / 60), at_least + 1)
    return Minutes(at_least, at_most) if at_most <= LONGEST else None
