"""Answers about the floor as a whole: what a wall shows and no desk needs."""

from __future__ import annotations

from typing import Literal

import msgspec

from router.domain.alarms import Severity
from router.domain.report import AgentFigures, QueueFigures
from router.domain.states import AgentState
from router.domain.wire.answers import QueueOverlay
from router.domain.wire.moment import Moment


class Recent(msgspec.Struct, frozen=True, kw_only=True):
    """The waits that ended in the last 30 minutes, by how they ended; `offered` are all of them.

    `flowed_out` were sent on to another queue or agent unanswered, `expired` waited past the queue's limit.
    """

    offered: int
    answered: int
    answered_in_target: int
    abandoned: int
    abandoned_in_target: int
    flowed_out: int
    expired: int
    replied: int
    """Questions that were answered; a question begins with a customer's first message that has no answer yet."""
    average_reply_s: float | None
    average_speed_of_answer_s: float | None
    """How long the answered had waited."""


class Ratings(msgspec.Struct, frozen=True, kw_only=True):
    """What customers say, since the queue began: how many were asked, how many answered, how many of these gave a 5.

    `fives_share` is fives ÷ answers, `response_rate` answers ÷ asked; null where that would divide by nothing.
    """

    asked: int
    answers: int
    fives: int
    fives_share: float | None
    response_rate: float | None


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """A queue as it stands. `waiting` counts contacts that nobody has answered yet, offered ones included.

    `agents` counts who may take from it, by state. `service_level` is that of the last 30 minutes, from 0 to 1:
    answered in target ÷ (offered − abandoned in target), null where that leaves nothing. It should be `objective`.
    `estimated_wait_s` is from and to for somebody who came now, to an agent of the medium that the queue has most of.
    """

    id: str
    target_s: float
    objective: float
    open: bool
    notice: str | None
    waiting: int
    longest_wait_s: float | None
    estimated_wait_s: tuple[float, float] | None
    estimated_wait_reason: Literal["too_little_data", "nobody_signed_in", "closed"] | None
    """Why there is no estimate."""
    signed_in: int
    agents: dict[AgentState, int]
    service_level: float | None
    recent: Recent
    ratings: Ratings
    overlay: QueueOverlay | None


class Queues(msgspec.Struct, frozen=True, kw_only=True):
    """All queues, in the operation's order."""

    items: list[Queue]
    next: str | None


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
