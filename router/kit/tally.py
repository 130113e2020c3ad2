"""Counting what one process does, at the cost of an addition."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class Tally:
    """How often something was measured, and what it came to in all."""

    __slots__ = ("count", "total")

    def __init__(self) -> None:
        self.count = 0
        self.total = 0

    def add(self, amount: int) -> None:
        """One measurement more."""
        self.count += 1
        self.total += amount


class Spread:
    """How many values came up to each of the edges, which grow; what is more falls into one more bucket."""

    __slots__ = ("buckets", "edges", "total")

    def __init__(self, edges: Sequence[int]) -> None:
        self.edges = edges
        self.buckets = [0] * (len(edges) + 1)
        self.total = 0

    def add(self, amount: int) -> None:
        """One value more."""
        self.buckets[bisect_left(self.edges, amount)] += 1
        self.total += amount
