"""A calendar day of a time zone, in half-hours."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

HALF_HOUR_MS: Final = 30 * 60_000


class Day(msgspec.Struct, frozen=True):
    """The half-hours of a day begin at `starts_ms`, and it ends at `end_ms`, in milliseconds since 1970.

    They are 48, but 46 or 50 where the clocks are put forward or back by an hour.
    """

    when: date
    zone: ZoneInfo
    starts_ms: tuple[int, ...]
    end_ms: int

    @classmethod
    def of(cls, when: date, timezone: str) -> Day:
        """The day of this date in the time zone of this name."""
        zone = ZoneInfo(timezone)
        start_ms, end_ms = _midnight_ms(when, zone), _midnight_ms(when + timedelta(days=1), zone)
        return cls(when, zone, tuple(range(start_ms, end_ms, HALF_HOUR_MS)), end_ms)

    @property
    def start_ms(self) -> int:
        """When it begins."""
        return self.starts_ms[0]

    def place(self, at_ms: int) -> int | None:
        """Which of the half-hours a moment lies in; None where it is not of this day."""
        return (at_ms - self.start_ms) // HALF_HOUR_MS if self.start_ms <= at_ms < self.end_ms else None

    def ends_ms(self, place: int) -> int:
        """When a half-hour ends; where a zone's clocks move by less, the last one of the day is short."""
        return min(self.starts_ms[place] + HALF_HOUR_MS, self.end_ms)

    def local(self, at_ms: int) -> datetime:
        """What the clocks of the zone show at a moment."""
        return datetime.fromtimestamp(at_ms / 1000, self.zone)

    def label(self, place: int) -> str:
        """A half-hour's start as `08:30`; of those that the day has twice, with its distance to UTC: `02:30+0200`."""
        start = self.local(self.starts_ms[place])
        twice = sum(f"{self.local(other):%H:%M}" == f"{start:%H:%M}" for other in self.starts_ms) > 1
        return f"{start:%H:%M%z}" if twice else f"{start:%H:%M}"


def _midnight_ms(when: date, zone: ZoneInfo) -> int:
    return round(datetime.combine(when, time(), zone).timestamp() * 1000)
