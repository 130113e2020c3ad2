"""How long a contact will wait, from the line ahead of it: the predictor QLm.

Taken from the M/M/n+M queue, in which everybody is busy, talks end at the rate `a` in all, and each waiting contact
gives up at the rate θ. The virtual waiting time behind n others, that is of one who does not give up, is a sum of
steps: with k of the n left, the next one goes at the rate a + kθ. So

    E[wait | n ahead] = Σ 1 ÷ (a + kθ), k = 0 … n  =  (ψ(a÷θ + n + 1) − ψ(a÷θ)) ÷ θ,

where ψ is the digamma function, and (n + 1) ÷ a where nobody gives up. Sources: W. Whitt, "Predicting queueing delays",
Management Science 45 (1999); R. Ibrahim and W. Whitt, "Real-time delay estimation in overloaded multiserver queues with
abandonments", Management Science 55 (2009), where it is called QLm.
"""

from __future__ import annotations

import math
from typing import Final, Literal

import msgspec

RANGE: Final = (0.8, 2.2)
"""What is said of an estimate of 1, until it is calibrated with the operation's own waits."""

Reason = Literal["closed", "nobody_signed_in", "too_little_data"]


class Estimate(msgspec.Struct, frozen=True):
    """A range in seconds, or the reason why there is none."""

    from_s: float | None = None
    to_s: float | None = None
    reason: Reason | None = None

    @property
    def span(self) -> tuple[float, float] | None:
        """The range in tenths of a second."""
        return None if self.from_s is None or self.to_s is None else (round(self.from_s, 1), round(self.to_s, 1))


def estimate(
    *,
    is_open: bool,
    signed_in: int,
    busy: int,
    handling_s: float | None,
    abandonment_per_s: float,
    ahead: int,
) -> Estimate:
    """The wait of a contact with `ahead` others before it in its queue.

    `signed_in` counts the agents who could serve it, `busy` those of them who do serve somebody. `handling_s` is how
    long they take for a contact on average, wrap-up included; None where too few have ended to say.
    `abandonment_per_s` is θ: contacts that gave up ÷ seconds waited by all, also by those who did not.
    """
    if not is_open:
        return Estimate(reason="closed")
    if signed_in == 0:
        return Estimate(reason="nobody_signed_in")
    if not handling_s or busy == 0:
        return Estimate(reason="too_little_data")
    wait_s = expected_wait_s(ahead, busy / handling_s, abandonment_per_s)
    return Estimate(from_s=RANGE[0] * wait_s, to_s=RANGE[1] * wait_s)


def expected_wait_s(ahead: int, completions_per_s: float, abandonment_per_s: float) -> float:
    """E[wait | ahead] in seconds; `completions_per_s` must be above 0, `abandonment_per_s` at least 0."""
    if completions_per_s + ahead * abandonment_per_s == completions_per_s:
        # Also where θ is not 0 but too small to tell from it: a ÷ θ may be infinite then.
        return (ahead + 1) / completions_per_s
    return digamma_rise(completions_per_s / abandonment_per_s, ahead + 1) / abandonment_per_s


def digamma_rise(start: float, by: float) -> float:
    """ψ(start + by) − ψ(start) for positive numbers, to a relative error of 1e-12.

    The difference is taken term by term: for a great `start` the two values would agree in nearly all their digits.
    First the recurrence ψ(x + 1) = ψ(x) + 1 ÷ x lifts `start` to where the asymptotic series is exact enough.
    """
    rise = 0.0
    while start < 10:
        rise += by / (start * (start + by))
        start += 1
    end = start + by
    return rise + math.log1p(by / start) + by / (2 * start * end) + _series(end) - _series(start)


def _series(x: float) -> float:
    """ψ(x) − ln x + 1 ÷ 2x by its asymptotic series; from 10 on exact to 1e-13."""
    square = 1 / (x * x)
    return square * (-1 / 12 + square * (1 / 120 + square * (-1 / 252 + square * (1 / 240 - square / 132))))
