"""Answers about the floor as a whole: what a wall shows and no desk needs."""

from __future__ import annotations

from typing import Literal

import msgspec

from router.domain.alarms import Severity
from router.domain.report import AgentFigures, QueueFigures
from router.domain.wire.moment import Moment


class ChannelNow(msgspec.Struct, frozen=True, kw_only=True):
    """An account as it stands: `down` where nobody has it, `degraded` where its adapter says that something is wrong.

    What the adapter said last, `detail` and `capabilities`, stays while it is down. `outbox` counts its messages that
    are not sent yet; `last_event_at` is when it last brought something.
    """

    channel: str
    account: str
    medium: str
    status: Literal["up", "degraded", "down"]
    since: Moment | None
    """Since when it is so; null where nobody has ever had it."""
    detail: str | None
    capabilities: tuple[str, ...]
    outbox: int
    last_event_at: Moment | None


class Channels(msgspec.Struct, frozen=True, kw_only=True):
    """Every account of which an adapter has said something."""

    items: list[ChannelNow]
    next: str | None


class HalfHour(QueueFigures, frozen=True, kw_only=True):
    """What became of a queue's contacts in half an hour, as far as it is over."""

    starts_at: Moment


class QueueToday(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a queue's contacts today, and in each half-hour that has begun."""

    queue: str | None
    """Null for who was turned away before any queue."""
    day: QueueFigures
    half_hours: list[HalfHour]


class Today(msgspec.Struct, frozen=True, kw_only=True):
    """The day so far, in the operation's time zone. What was before `since` is no longer kept; null: all is there."""

    date: str
    timezone: str
    at: Moment
    since: Moment | None
    queues: list[QueueToday]


class AgentToday(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent has done today, until `at`. What was before `since` is no longer kept; null: all is there."""

    date: str
    at: Moment
    since: Moment | None
    agent: str
    day: AgentFigures


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong now, by the name of its alert in `deploy/prometheus/alerts.yml`, and with what.

    `value` is beyond `limit`: seconds, a share from 0 to 1, or a number, as the alert has it. `since` is null where it
    is not known since when it is so.
    """

    alarm: str
    severity: Severity
    queue: str | None
    channel: str | None
    account: str | None
    process: str | None
    value: float | None
    limit: float | None
    since: Moment | None


class Alarms(msgspec.Struct, frozen=True, kw_only=True):
    """Every alarm that is there, the critical ones first."""

    items: list[Alarm]
    next: str | None
