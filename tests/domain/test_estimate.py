"""The wait estimate is the mean of what a line with impatient customers does."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from router.domain.estimate import Estimate, digamma_rise, estimate, expected_wait_s

if TYPE_CHECKING:
    from router.domain.estimate import Reason

EULER = 0.5772156649015328606


def by_steps(ahead: int, completions_per_s: float, abandonment_per_s: float) -> float:
    return math.fsum(1 / (completions_per_s + left * abandonment_per_s) for left in range(ahead + 1))


@given(some.integers(0, 2000), some.floats(1e-4, 50), some.floats(0, 1))
def test_the_closed_form_is_the_sum_of_the_steps(
    ahead: int, completions_per_s: float, abandonment_per_s: float
) -> None:
    wait_s = expected_wait_s(ahead, completions_per_s, abandonment_per_s)
    assert wait_s == pytest.approx(by_steps(ahead, completions_per_s, abandonment_per_s), rel=1e-10)


@given(some.integers(0, 2000), some.floats(1e-4, 50), some.integers(3, 320))
def test_it_comes_smoothly_to_the_line_that_nobody_leaves(ahead: int, completions_per_s: float, power: int) -> None:
    patient = (ahead + 1) / completions_per_s
    abandonment_per_s = 10.0**-power
    wait_s = expected_wait_s(ahead, completions_per_s, abandonment_per_s)
    assert wait_s == pytest.approx(by_steps(ahead, completions_per_s, abandonment_per_s), rel=1e-10)
    assert patient >= wait_s * (1 - 1e-12)
    assert wait_s >= patient / (1 + ahead * abandonment_per_s / completions_per_s) * (1 - 1e-12)


@given(some.integers(0, 500), some.floats(1e-3, 10), some.floats(0, 0.1))
def test_more_ahead_is_longer_and_more_who_leave_is_shorter(ahead: int, completions: float, leaving: float) -> None:
    wait_s = expected_wait_s(ahead, completions, leaving)
    assert wait_s < expected_wait_s(ahead + 1, completions, leaving)
    assert wait_s >= expected_wait_s(ahead, completions, leaving * 2 + 1e-3) * (1 - 1e-12)


@pytest.mark.parametrize(
    ("start", "by", "rise"),
    [
        (1, 1, 1.0),
        (1, 3, 1 + 1 / 2 + 1 / 3),
        (0.5, 0.5, 2 * math.log(2)),
        (0.25, 0.75, math.pi / 2 + 3 * math.log(2)),
        (1, 999_999, math.log(1e6) - 1 / 2e6 - 1 / 12e12 + EULER),
        (1e8, 1, 1e-8),
        (1e-6, 1, 1e6),
        (1e300, 1e300, math.log(2)),
    ],
)
def test_digamma_rises_as_the_tables_say(start: float, by: float, rise: float) -> None:
    assert digamma_rise(start, by) == pytest.approx(rise, rel=1e-12)


def test_a_simulated_line_waits_that_long() -> None:
    ahead, completions_per_s, abandonment_per_s = 12, 0.08, 1 / 390
    draws = random.Random(611)

    def wait_s() -> float:
        patience = [draws.expovariate(abandonment_per_s) for _ in range(ahead)]
        now = 0.0
        while True:
            now += draws.expovariate(completions_per_s)
            patience = [until for until in patience if until > now]
            if not patience:
                return now
            patience.pop(0)

    waits = [wait_s() for _ in range(20_000)]
    assert math.fsum(waits) / len(waits) == pytest.approx(
        expected_wait_s(ahead, completions_per_s, abandonment_per_s), rel=0.01
    )


KNOWN: dict[str, Any] = {
    "is_open": True,
    "signed_in": 8,
    "busy": 4,
    "handling_s": 200.0,
    "abandonment_per_s": 0.0,
    "ahead": 9,
}


def test_an_estimate_is_a_range_around_the_mean() -> None:
    said = msgspec.to_builtins(estimate(**KNOWN))
    assert said == {"from_s": pytest.approx(400), "to_s": pytest.approx(1100), "reason": None}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"is_open": False, "signed_in": 0}, "closed"),
        ({"signed_in": 0, "handling_s": None}, "nobody_signed_in"),
        ({"handling_s": None}, "too_little_data"),
        ({"busy": 0}, "too_little_data"),
    ],
)
def test_where_there_is_no_estimate_there_is_a_reason(changed: dict[str, Any], reason: Reason) -> None:
    assert estimate(**KNOWN | changed) == Estimate(reason=reason)
