"""The `[hours]` of an operation file: `office = { mon-fri = ["09:00-18:00"], closed = [2027-01-01] }`."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Final
from zoneinfo import available_timezones

from router.domain.hours import DAY_MINUTES, Schedule
from router.domain.loading.table import unknown

if TYPE_CHECKING:
    from router.domain.loading.table import Table

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_INTERVAL: Final = re.compile(r"([0-9]{2}):([0-5][0-9])-([0-9]{2}):([0-5][0-9])")
_DAYS_RULE: Final = 'is no day: days are mon … sun, a range is mon-fri, and "closed" lists dates'
_INTERVAL_RULE: Final = 'must be like "09:00-18:00", within 00:00 and 24:00; "22:00-06:00" ends on the next day'


def read_zone(top: Table) -> str:
    """The operation's time zone, an IANA name."""
    zone = top.text("timezone")
    if not zone or zone in _zones():
        return zone or "UTC"
    top.wrong("timezone", unknown("time zone", zone, sorted(_zones())))
    return "UTC"


def read_hours(top: Table, zone: str) -> dict[str, Schedule]:
    """Every named schedule."""
    return {name: read_schedule(table, zone) for name, table in top.named("schedule", "hours")}


def read_schedule(table: Table, zone: str) -> Schedule:
    """One schedule. A day that is not stated is closed; one stated twice is a problem."""
    week: dict[int, tuple[tuple[int, int], ...]] = {}
    for key in table:
        if key == "closed":
            continue
        days = _days(key)
        if not days:
            table.wrong(key, _DAYS_RULE)
            continue
        shifts = _read_shifts(table, key)
        for day in days:
            if day in week:
                table.wrong(key, f"states {DAYS[day]} a second time")
            week[day] = shifts
    closed = _read_closed(table)
    if not any(week.values()):
        table.wrong("", "has no interval on any day, so it would never open")
    return Schedule(zone, tuple(week.get(day, ()) for day in range(7)), closed)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _days(key: str) -> list[int]:
    """The days of `mon` or `mon-fri` as numbers from Monday, 0; a range may pass over Sunday. Empty: not a day."""
    first, dash, last = key.partition("-")
    if first not in DAYS or (dash and last not in DAYS):
        return []
    start, end = DAYS.index(first), DAYS.index(last or first)
    return [(start + step) % 7 for step in range((end - start) % 7 + 1)]


def _read_shifts(table: Table, key: str) -> tuple[tuple[int, int], ...]:
    shifts: list[tuple[int, int]] = []
    for text in table.texts(key):
        shift = _shift(text)
        if shift is None:
            table.report(key, text, _INTERVAL_RULE)
        elif any(shift[0] < closes and opens < shift[1] for opens, closes in shifts):
            table.report(key, text, "overlaps another interval of the day")
        else:
            shifts.append(shift)
    return tuple(sorted(shifts))


def _shift(text: str) -> tuple[int, int] | None:
    match = _INTERVAL.fullmatch(text)
    if match is None:
        return None
    open_hour, open_minute, close_hour, close_minute = map(int, match.groups())
    opens, closes = open_hour * 60 + open_minute, close_hour * 60 + close_minute
    if opens >= DAY_MINUTES or closes > DAY_MINUTES or opens == closes:
        return None
    return (opens, closes) if closes > opens else (opens, closes + DAY_MINUTES)


def _read_closed(table: Table) -> tuple[date, ...]:
    days: set[date] = set()
    for value in table.values("closed", "must be a list of dates"):
        # A date with a time is a `date` to Python.
        if isinstance(value, date) and not isinstance(value, datetime):
            days.add(value)
        else:
            table.report("closed", value, "must be a date, written 2027-01-01 without quotes")
    return tuple(sorted(days))
