"""Opening hours, read at the moment they are asked about: nothing is scheduled, and no state is ever rewritten by them.

A shift is one interval of one local day, from its first to its last minute; it may reach into the next day. The rules:

- A shift opens once and closes once, at the first moment the local clock shows (or has passed) the time of day.
- A local time that does not exist, because clocks go forward over it, is the first moment after the gap. A shift that
  lies wholly in a gap does not take place.
- A local time that exists twice, because clocks go back over it, is the first of the two. Both ends of a shift follow
  this rule, so that shifts which touch on paper touch in truth.
- A closed day is closed from its midnight to the next: a shift that began on the eve ends at that midnight, and a shift
  that would begin on the closed day does not take place, also not the part of it after the next midnight.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec

DAY_MINUTES = 24 * 60

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_DAY = timedelta(days=1)


class Schedule(msgspec.Struct, frozen=True):
    """When a queue is open. `week` has seven days from Monday, each with its shifts in order.

    A shift is (open, close) in minutes after the local midnight of its day; `close` is greater than `open` and at most
    `open` + 1440, so more than 1440 means the next day. `zone` is an IANA name, `closed` the dates without shifts.
    Before `from_ms` (UTC) it is closed, whatever the week says.
    """

    zone: str
    week: tuple[tuple[tuple[int, int], ...], ...]
    closed: tuple[date, ...] = ()
    from_ms: int | None = None


def is_open(schedule: Schedule, at_ms: int) -> bool:
    """Whether `at_ms` (UTC) lies in a shift; the moment of opening does, the moment of closing does not."""
    if schedule.from_ms is not None and at_ms < schedule.from_ms:
        return False
    today = _local_date(schedule.zone, at_ms)
    # Tomorrow's shift counts too: where clocks go back over midnight, it has begun while today comes round again.
    near = (today - _DAY, today, today + _DAY)
    return any(opens <= at_ms < closes for day in near for opens, closes in _shifts(schedule, day))


def transitions(schedule: Schedule, start_ms: int, end_ms: int) -> list[tuple[int, bool]]:
    """Every change from `start_ms` on and before `end_ms`, in order: (moment, whether it opens then).

    Opening and closing alternate: shifts that touch or overlap are one.
    """
    day = _local_date(schedule.zone, start_ms) - 2 * _DAY
    last = _local_date(schedule.zone, end_ms) + 2 * _DAY
    changes: list[tuple[int, bool]] = []
    while day <= last:
        for opens, closes in _shifts(schedule, day):
            if changes and opens <= changes[-1][0]:
                closes = max(closes, changes.pop()[0])  # noqa: PLW2901 - the shift that grows is the one in hand
            else:
                changes.append((opens, True))
            changes.append((closes, False))
        day += _DAY
    if schedule.from_ms is not None:
        changes = [change for change in changes if change[0] > schedule.from_ms]
        if start_ms <= schedule.from_ms < end_ms and is_open(schedule, schedule.from_ms):
            changes.insert(0, (schedule.from_ms, True))
    return [change for change in changes if start_ms <= change[0] < end_ms]


@lru_cache(maxsize=4096)
def _shifts(schedule: Schedule, day: date) -> tuple[tuple[int, int], ...]:
    """The shifts that begin on `day` as (open, close) in UTC milliseconds, in order."""
    if day in schedule.closed:
        return ()
    latest = DAY_MINUTES if day + _DAY in schedule.closed else 2 * DAY_MINUTES
    zone = ZoneInfo(schedule.zone)
    shifts = (
        (_moment_ms(zone, day, opens), _moment_ms(zone, day, min(closes, latest)))
        for opens, closes in schedule.week[day.weekday()]
    )
    return tuple(shift for shift in shifts if shift[0] < shift[1])


def _local_date(zone: str, at_ms: int) -> date:
    return (_EPOCH + at_ms * _MILLISECOND).astimezone(ZoneInfo(zone)).date()


def _moment_ms(zone: ZoneInfo, day: date, minutes: int) -> int:
    """The UTC millisecond at which the local clock of `zone` first shows, or has passed, `minutes` after midnight."""
    local = datetime.combine(day, time()) + timedelta(minutes=minutes)
    first = local.replace(tzinfo=zone)
    moment = first.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != local:
        moment = _end_of_gap(first)
    return (moment - _EPOCH) // _MILLISECOND


def _end_of_gap(missing: datetime) -> datetime:
    """The first moment after the gap in which the local time `missing` lies.

    The offset of before the gap takes a missing time past its end, that of after it to before its start; the change is
    between the two, and the zone can only be asked where it is.
    """
    zone, before = missing.tzinfo, missing.utcoffset()
    start = missing.replace(fold=1).astimezone(UTC)
    seconds = range(int((missing.astimezone(UTC) - start).total_seconds()))
    change = bisect_left(
        seconds,
        True,
        key=lambda second: (start + timedelta(seconds=second)).astimezone(zone).utcoffset() != before,
    )
    return start + timedelta(seconds=change)
