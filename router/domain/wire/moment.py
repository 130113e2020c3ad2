"""Times on the wire: RFC 3339 in UTC with milliseconds, such as `2026-11-22T10:26:05.329Z`."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated

import msgspec

from router.kit.errors import Refusal

Moment = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]
"""A time that is answered."""

GivenMoment = Annotated[datetime, msgspec.Meta(tz=True)]
"""A time that a request gives; one without a zone is refused."""


@lru_cache(maxsize=4096)  # a contact shows most of its times again with each change
def moment(wall_ms: float) -> str:
    """Milliseconds since 1970 as a time on the wire."""
    seconds, ms = divmod(int(wall_ms), 1000)
    return f"{_second(seconds)}.{ms:03d}Z"


@lru_cache(maxsize=1024)  # most times that are told are of the last seconds
def _second(seconds: int) -> str:
    days, second = divmod(seconds, 86_400)
    minutes, second = divmod(second, 60)
    return f"{_day(days)}T{minutes // 60:02}:{minutes % 60:02}:{second:02}"


@lru_cache(maxsize=64)  # and those of a long past are told one after the other
def _day(days: int) -> str:
    return f"{datetime.fromtimestamp(days * 86_400, UTC):%Y-%m-%d}"


def wall_ms(given: datetime) -> int:
    """A time of a request as milliseconds since 1970. Refuses one of another age (`malformed`)."""
    if not 1970 < given.year < 9999:
        raise Refusal("malformed", f"the year {given.year} is out of range")
    return round(given.timestamp() * 1000)
