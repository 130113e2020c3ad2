"""A day in half-hours, also where the clocks are put forward or back in it."""

from __future__ import annotations

from datetime import date

import pytest

from router.domain.day import HALF_HOUR_MS, Day


@pytest.mark.parametrize(
    ("timezone", "when", "half_hours"),
    [
        ("Asia/Krasnoyarsk", date(2026, 11, 30), 48),
        ("Europe/Berlin", date(2026, 3, 29), 46),
        ("Europe/Berlin", date(2026, 10, 25), 50),
        ("America/New_York", date(2026, 3, 8), 46),
        ("America/New_York", date(2026, 11, 1), 50),
        ("Africa/Cairo", date(2026, 4, 24), 46),  # its midnight is none
        ("Australia/Lord_Howe", date(2026, 4, 5), 49),
    ],
)
def test_a_day_has_as_many_half_hours_as_its_clocks_show(timezone: str, when: date, half_hours: int) -> None:
    day = Day.of(when, timezone)
    assert len(day.starts_ms) == half_hours
    assert {day.local(start_ms).date() for start_ms in day.starts_ms} == {when}
    assert day.local(day.end_ms).date() > when
    labels = [day.label(place) for place in range(half_hours)]
    assert len(set(labels)) == half_hours, "what comes twice is told apart"


def test_the_hour_that_comes_twice_says_its_distance_to_utc() -> None:
    day = Day.of(date(2026, 10, 25), "Europe/Berlin")
    labels = [day.label(place) for place in range(3, 9)]
    assert labels == ["01:30", "02:00+0200", "02:30+0200", "02:00+0100", "02:30+0100", "03:00"]


def test_the_hour_that_is_none_is_not_there() -> None:
    day = Day.of(date(2026, 3, 29), "Europe/Berlin")
    assert [day.label(place) for place in range(2, 6)] == ["01:00", "01:30", "03:00", "03:30"]


def test_every_moment_of_a_day_is_in_one_half_hour_and_no_other_is() -> None:
    day = Day.of(date(2026, 10, 25), "Europe/Berlin")
    for place, start_ms in enumerate(day.starts_ms):
        assert day.place(start_ms) == day.place(day.ends_ms(place) - 1) == place
        assert day.ends_ms(place) - start_ms == HALF_HOUR_MS
    assert day.ends_ms(len(day.starts_ms) - 1) == day.end_ms
    assert day.place(day.start_ms - 1) is None
    assert day.place(day.end_ms) is None
