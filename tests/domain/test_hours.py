"""Opening hours are right on every day of the year, in every zone, and do not depend on when they are asked."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as some

from router.domain.hours import DAY_MINUTES, Schedule, is_open, transitions
from router.domain.loading.schedules import read_schedule
from router.domain.loading.table import Table
from tests.cases.table import rows

if TYPE_CHECKING:
    from router.kit.errors import Problem

HOUR_MS = 3_600_000

# Moments at which some zone does something odd, and one at which none does.
ODD = {
    "Europe/Berlin": [(2026, 3, 29), (2026, 10, 25)],
    "America/New_York": [(2026, 3, 8), (2026, 11, 1)],
    "America/St_Johns": [(2010, 3, 14), (2010, 11, 7)],
    "America/Sao_Paulo": [(2018, 2, 18), (2018, 11, 4)],
    "Africa/Cairo": [(2024, 4, 26), (2024, 11, 1)],
    "Africa/Casablanca": [(2024, 3, 10), (2024, 4, 14)],
    "Asia/Krasnoyarsk": [(2010, 10, 31), (2011, 3, 27), (2014, 10, 26), (2026, 7, 1)],
    "Australia/Lord_Howe": [(2026, 4, 5), (2026, 10, 4)],
    "Pacific/Apia": [(2011, 12, 30), (2012, 4, 1)],
    "Pacific/Kwajalein": [(1993, 8, 21)],
    "Antarctica/Troll": [(2026, 3, 29), (2026, 10, 25)],
    "UTC": [(2026, 7, 1)],
}


def ms(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


@pytest.mark.parametrize("row", rows("hours"))
def test_hours_change_when_the_table_says(row: dict[str, Any]) -> None:
    problems: list[Problem] = []
    schedule = read_schedule(Table(problems, "operation.toml", "hours.office", row["hours"]), row["zone"])
    assert problems == []
    start, end = (ms(datetime.fromisoformat(row[key])) for key in ("from", "to"))
    wanted = [(ms(datetime.fromisoformat(at)), what == "opens") for at, what in (one.split() for one in row["changes"])]
    assert transitions(schedule, start, end) == wanted
    for at_ms, opens in wanted:
        assert is_open(schedule, at_ms) is opens
        assert is_open(schedule, at_ms - 1) is not opens


@some.composite
def days(draw: some.DrawFn) -> tuple[tuple[int, int], ...]:
    """Up to three shifts of one day that do not overlap; the last may go over midnight."""
    ends = sorted(draw(some.sets(some.integers(0, 2 * DAY_MINUTES - 1), max_size=6)))
    pairs = zip(ends[::2], ends[1::2], strict=False)
    return tuple((opens, closes) for opens, closes in pairs if opens < DAY_MINUTES and closes <= opens + DAY_MINUTES)


@some.composite
def weeks(draw: some.DrawFn) -> tuple[Schedule, int]:
    """A schedule in some zone, and a moment within two days of one at which the zone does something odd."""
    zone = draw(some.sampled_from(sorted(ODD)))
    day = date(*draw(some.sampled_from(ODD[zone])))
    closed = draw(some.sets(some.integers(-2, 2).map(lambda step: day + timedelta(days=step)), max_size=2))
    schedule = Schedule(zone, tuple(draw(days()) for _ in range(7)), tuple(sorted(closed)))
    noon = ms(datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
    return schedule, noon + draw(some.integers(-48 * 60, 48 * 60)) * 60_000


@given(weeks())
def test_transitions_say_at_every_minute_what_is_open_says(week: tuple[Schedule, int]) -> None:
    schedule, start = week
    end = start + 30 * HOUR_MS
    changes = dict(transitions(schedule, start, end))
    state = is_open(schedule, start - 1)
    for at_ms in sorted({*range(start, end, 60_000), *changes, *(change - 1 for change in changes)}):
        state = changes.get(at_ms, state)
        if at_ms >= start:
            assert is_open(schedule, at_ms) is state


@given(weeks())
def test_opening_and_closing_alternate_and_windows_add_up(week: tuple[Schedule, int]) -> None:
    schedule, start = week
    middle, end = start + 20 * HOUR_MS, start + 90 * HOUR_MS
    changes = transitions(schedule, start, end)
    assert changes == transitions(schedule, start, middle) + transitions(schedule, middle, end)
    moments = [at_ms for at_ms, _ in changes]
    assert moments == sorted(set(moments))
    assert all(one[1] is not other[1] for one, other in pairwise(changes))


@given(weeks())
def test_where_clocks_are_not_set_back_hours_are_what_the_local_clock_shows(week: tuple[Schedule, int]) -> None:
    schedule, start = week
    zone = ZoneInfo(schedule.zone)
    around = [offset(zone, start + step * HOUR_MS) for step in range(-50, 51)]
    assume(all(later >= earlier for earlier, later in pairwise(around)))
    for at_ms in range(start, start + 24 * HOUR_MS, 7 * 60_000):
        assert is_open(schedule, at_ms) is shown_open(schedule, local(zone, at_ms)), at_ms


def offset(zone: ZoneInfo, at_ms: int) -> timedelta:
    return datetime.fromtimestamp(at_ms / 1000, zone).utcoffset() or timedelta()


def local(zone: ZoneInfo, at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, zone).replace(tzinfo=None)


def shown_open(schedule: Schedule, clock: datetime) -> bool:
    """Whether the clock on the wall lies in a shift of its day, or in one that began the day before."""
    today, yesterday = clock.date(), clock.date() - timedelta(days=1)
    minute = (clock.hour * 60 + clock.minute) + clock.second / 60
    if today in schedule.closed:
        return False
    if any(opens <= minute < closes for opens, closes in schedule.week[today.weekday()]):
        return True
    if yesterday in schedule.closed:
        return False
    return any(minute + DAY_MINUTES < closes for _, closes in schedule.week[yesterday.weekday()])
