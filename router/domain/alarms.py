"""What is wrong on the floor now: the alerts of `deploy/prometheus/alerts.yml`, as far as one look can tell.

Names, severities and limits are the same. An alert waits until it has been so for a while; an alarm does so where it is
known since when it is so, and else is there at once. What is unusual only beside other days, Prometheus alone can tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from router.domain.waits import Waits

Severity = Literal["critical", "warning"]


class Rule(msgspec.Struct, frozen=True):
    """How bad it is, and for how long it must have been so."""

    severity: Severity
    for_ms: int


RULES: Final = {
    "QueueBurnsFast": Rule("critical", 120_000),
    "QueueBurnsSlowly": Rule("warning", 900_000),
    "LongestWaitBeyondTwiceTarget": Rule("warning", 180_000),
    "NobodySignedIn": Rule("critical", 60_000),
    "ChannelDown": Rule("critical", 60_000),
    "EventsLag": Rule("critical", 60_000),
    "TimersLate": Rule("critical", 60_000),
    "StoreNearFull": Rule("critical", 300_000),
    "StoreNotPersisting": Rule("critical", 60_000),
}

DECIDED_FAST: Final = 10
DECIDED_SLOWLY: Final = 30
"""Of so many promises a share says something."""

TARGETS: Final = 2
EVENTS_BEHIND: Final = 1_000
LATE_S: Final = 5
MEMORY_SHARE: Final = 0.85


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong, and with what. `value` is beyond `limit`.

    `since_ms` is the workspace's time; None is not known.
    """

    alarm: str
    queue: str | None = None
    channel: str | None = None
    account: str | None = None
    process: str | None = None
    value: float | None = None
    limit: float | None = None
    since_ms: int | None = None

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return RULES[self.alarm].severity

    def is_there(self, now_ms: int) -> bool:
        """Whether it has been so for long enough, where one knows since when it is so."""
        return self.since_ms is None or now_ms - self.since_ms >= RULES[self.alarm].for_ms


def of_queue(
    name: str,
    *,
    waiting: int,
    longest_ms: int,
    signed_in: int,
    target_ms: int,
    objective: float,
    recent: Waits,
    now: int,
) -> Iterator[Alarm]:
    """A queue in which the contact that has waited longest waits for `longest_ms`; `recent` are the last 30 minutes."""
    burns = burning(objective, recent)
    if burns is not None:
        alarm, value, limit = burns
        yield Alarm(alarm=alarm, queue=name, value=value, limit=limit)
    limit_ms = TARGETS * target_ms
    if longest_ms > limit_ms:
        since_ms = now - longest_ms + limit_ms
        value, limit = longest_ms / 1000, limit_ms / 1000
        yield Alarm(alarm="LongestWaitBeyondTwiceTarget", queue=name, value=value, limit=limit, since_ms=since_ms)
    if waiting > 0 and signed_in == 0:
        yield Alarm(alarm="NobodySignedIn", queue=name, value=waiting, limit=0, since_ms=now - longest_ms)


def burning(objective: float, recent: Waits) -> tuple[str, float, float] | None:
    """(alarm, share of broken promises, limit) of the worse of the two where the promise is spent too soon.

    The limits are `contact_router:missed_fast:limit` and `…missed_slowly:limit` of `deploy/prometheus/rules.yml`.
    """
    level = recent.service_level
    if level is None:
        return None
    decided, missed, budget = recent.offered - recent.abandoned_in_target, round(1 - level, 4), 1 - objective
    fast = round(min(3.36 * budget, 1 - objective / 3), 4)
    slowly = round(min(1.4 * budget, 1 - objective * 2 / 3), 4)
    if decided >= DECIDED_FAST and missed > fast:
        return "QueueBurnsFast", missed, fast
    if decided >= DECIDED_SLOWLY and missed > slowly:
        return "QueueBurnsSlowly", missed, slowly
    return None


def of_account(channel: str, account: str, *, is_up: bool, since_ms: int | None) -> Iterator[Alarm]:
    """An account that nobody has, or of which its adapter says that something is wrong, since then."""
    if not is_up:
        yield Alarm(alarm="ChannelDown", channel=channel, account=account, since_ms=since_ms)


def of_process(name: str, events_behind: int) -> Iterator[Alarm]:
    """A process that has not heard of so many events."""
    if events_behind > EVENTS_BEHIND:
        yield Alarm(alarm="EventsLag", process=name, value=events_behind, limit=EVENTS_BEHIND)


def of_timers(late_ms: int) -> Iterator[Alarm]:
    """Deadlines, the oldest of which is so late."""
    if late_ms / 1000 > LATE_S:
        yield Alarm(alarm="TimersLate", value=late_ms / 1000, limit=LATE_S)


def of_store(memory_bytes: int, memory_max_bytes: int, *, persisting: bool) -> Iterator[Alarm]:
    """The store: how full it is, and whether it gets its data onto the disk."""
    share = memory_bytes / memory_max_bytes if memory_max_bytes else 0.0
    if share > MEMORY_SHARE:
        yield Alarm(alarm="StoreNearFull", value=round(share, 4), limit=MEMORY_SHARE)
    if not persisting:
        yield Alarm(alarm="StoreNotPersisting")
