"""What comes in: how many contacts an hour, how long they take, how long customers wait."""

from __future__ import annotations

import math
import tomllib
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    import random
    from pathlib import Path


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The contacts of one queue: arrivals are independent of each other, handling times lognormal."""

    contacts_per_hour: float
    handling_mean_s: float


class Demand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All lines, by queue. Patience is exponential."""

    patience_mean_s: float
    queues: dict[str, Line]

    def patience_s(self, draw: random.Random) -> float:
        """How long one customer waits before giving up."""
        return draw.expovariate(1 / self.patience_mean_s)


SIGMA = 0.95
"""The spread of the logarithm of a handling time, as in published call-centre data."""


def handling_s(line: Line, draw: random.Random) -> float:
    """How long one talk takes. exp(μ + σ²/2) is the mean of a lognormal."""
    return draw.lognormvariate(math.log(line.handling_mean_s) - SIGMA**2 / 2, SIGMA)


def read_demand(path: Path) -> Demand:
    """The demand beside an operation's file."""
    return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Demand)
