"""When the drills say that all agree on a call, and when not."""

from __future__ import annotations

from typing import Any

from tests.channels.asterisk.load.agreement import Agreement
from tests.channels.asterisk.load.people import Customer
from tests.channels.asterisk.load.records import Record

ANSWERED: Any = {
    "id": "1", "outcome": "answered", "arrived_at": "2026-03-02T09:00:00.000Z",
    "answered_at": "2026-03-02T09:00:05.000Z", "ended_at": "2026-03-02T09:00:06.000Z",
}  # fmt: skip
TOLD: Any = {"joined": True, "wait_ms": 5_000}


def judged(over_ms: float, *, joined_ms: float | None = None, contact: Any = ANSWERED) -> Agreement:
    """A call that Asterisk joined after five seconds, and whose customer was gone at `over_ms`."""
    customer = Customer("+76110000001", "private", "611", 0, 5, 1, hangs_up=True)
    customer.joined_ms, customer.over_ms, customer.gave_up = joined_ms, over_ms, joined_ms is None
    found = Agreement()
    found.judge(customer, contact, Record(entered_ms=0, joined_ms=5_000, over_ms=over_ms), TOLD)
    return found


def test_all_agree_on_who_was_joined() -> None:
    found = judged(6_000, joined_ms=5_010)
    assert (found.joined, found.crossed, found.wrong, found.furthest_ms) == (1, 0, [], 10)


def test_who_hangs_up_as_he_is_joined_does_not_know_that_he_was() -> None:
    found = judged(5_011)
    assert (found.gave_up, found.crossed, found.wrong) == (1, 1, [])


def test_who_was_joined_for_longer_than_all_may_be_apart_knows_it() -> None:
    assert judged(5_101).wrong


def test_the_others_agree_also_on_him() -> None:
    assert judged(5_011, contact=ANSWERED | {"outcome": "abandoned"}).wrong


def test_waits_that_differ_are_told_apart_from_outcomes_that_do() -> None:
    found = judged(7_000, joined_ms=5_101)
    assert (len(found.apart), found.wrong) == (1, [])
