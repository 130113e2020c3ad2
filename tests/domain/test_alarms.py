"""What is wrong on the floor: each alarm at its limit and just beyond it, and the same limits as Prometheus has."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from router.domain import alarms
from router.domain.alarms import RULES, Alarm
from router.domain.waits import Waits

PROMETHEUS = Path(__file__).parent.parent.parent / "deploy" / "prometheus"
ELSEWHERE = {"ChannelSilent", "StoreAway", "RouterProcessesFew", "RouterAway"}
"""Alerts that one look from inside cannot tell."""

NOW = 10_000_000
CALM: dict[str, Any] = {
    "waiting": 0, "longest_ms": 0, "signed_in": 1, "target_ms": 40_000, "objective": 0.8, "recent": Waits(), "now": NOW,
}  # fmt: skip


def of_queue(**fields: Any) -> list[Alarm]:
    return [alarm for alarm in alarms.of_queue("private", **CALM | fields) if alarm.is_there(NOW)]


def names(found: list[Alarm]) -> list[str]:
    return [alarm.alarm for alarm in found]


def missed(share: float, of: int) -> Waits:
    """So many contacts, this share of them answered too late; some more left in time, which counts for neither."""
    late = round(share * of)
    return Waits(answered=of, answered_in_target=of - late, abandoned=7, abandoned_in_target=7)


@pytest.mark.parametrize(
    ("objective", "recent", "alarm", "limit"),
    [
        (0.8, Waits(), None, None),
        (0.8, missed(0.67, 100), "QueueBurnsSlowly", 0.28),
        (0.8, missed(0.68, 100), "QueueBurnsFast", 0.672),
        (0.8, missed(0.7, 10), "QueueBurnsFast", 0.672),
        (0.8, missed(1, 9), None, None),
        (0.8, missed(0.28, 100), None, None),
        (0.8, missed(0.29, 100), "QueueBurnsSlowly", 0.28),
        (0.8, missed(0.3, 30), "QueueBurnsSlowly", 0.28),
        (0.8, missed(0.5, 28), None, None),
        (0.33, missed(0.89, 100), "QueueBurnsSlowly", 0.78),
        (0.33, missed(0.9, 100), "QueueBurnsFast", 0.89),
        (0.33, missed(0.78, 100), None, None),
        (1, missed(0.01, 100), "QueueBurnsFast", 0),
        (0.8, Waits(answered=10, answered_in_target=3, flowed_out=2, expired=2), "QueueBurnsFast", 0.672),
    ],
)
def test_a_queue_burns_when_it_breaks_more_promises_than_it_may(
    objective: float, recent: Waits, alarm: str | None, limit: float | None
) -> None:
    found = of_queue(objective=objective, recent=recent)
    assert names(found) == ([] if alarm is None else [alarm])
    if alarm is not None:
        assert found[0].limit == limit
        assert found[0].value == round(1 - (recent.service_level or 0), 4)


@pytest.mark.parametrize(
    ("fields", "alarm", "value", "limit", "since_ms"),
    [
        ({"waiting": 1, "longest_ms": 80_000 + 179_999}, None, None, None, None),
        (
            {"waiting": 1, "longest_ms": 80_000 + 180_000},
            "LongestWaitBeyondTwiceTarget", 260, 80, NOW - 180_000,
        ),
        ({"waiting": 2, "longest_ms": 59_999, "signed_in": 0}, None, None, None, None),
        ({"waiting": 2, "longest_ms": 60_000, "signed_in": 0}, "NobodySignedIn", 2, 0, NOW - 60_000),
        ({"waiting": 0, "signed_in": 0}, None, None, None, None),
    ],
)  # fmt: skip
def test_who_waits_too_long_or_for_nobody(
    fields: dict[str, Any], alarm: str | None, value: float | None, limit: float | None, since_ms: int | None
) -> None:
    found = [(one.alarm, one.value, one.limit, one.since_ms, one.queue) for one in of_queue(**fields)]
    assert found == ([] if alarm is None else [(alarm, value, limit, since_ms, "private")])


@pytest.mark.parametrize(
    ("is_up", "since_ms", "is_there"),
    [
        (True, NOW - 600_000, False),
        (False, NOW - 59_999, False),
        (False, NOW - 60_000, True),
        (False, None, True),
    ],
)
def test_a_channel_is_down_for_a_minute(is_up: bool, since_ms: int | None, is_there: bool) -> None:
    found = [one for one in alarms.of_account("phone", "main", is_up=is_up, since_ms=since_ms) if one.is_there(NOW)]
    told = Alarm(alarm="ChannelDown", channel="phone", account="main", since_ms=since_ms)
    assert found == ([told] if is_there else [])


def test_the_machinery() -> None:
    assert list(alarms.of_process("router-1", 1_000)) == list(alarms.of_timers(5_000)) == []
    assert list(alarms.of_store(85, 100, persisting=True)) == list(alarms.of_store(85, 0, persisting=True)) == []
    assert list(alarms.of_process("router-1", 1_001)) == [
        Alarm(alarm="EventsLag", process="router-1", value=1_001, limit=1_000)
    ]
    assert list(alarms.of_timers(5_001)) == [Alarm(alarm="TimersLate", value=5.001, limit=5)]
    assert list(alarms.of_store(86, 100, persisting=False)) == [
        Alarm(alarm="StoreNearFull", value=0.86, limit=0.85),
        Alarm(alarm="StoreNotPersisting"),
    ]


def rules_in(file: str, kind: str) -> dict[str, Any]:
    """The rules of a file of Prometheus, by the name of their alert or record."""
    groups = yaml.safe_load((PROMETHEUS / file).read_text(encoding="utf-8"))["groups"]
    return {rule[kind]: rule for group in groups for rule in group["rules"] if kind in rule}


ALERTS = rules_in("alerts.yml", "alert")
RECORDS = rules_in("rules.yml", "record")


def test_the_names_are_those_of_the_alerts() -> None:
    assert RULES.keys() | ELSEWHERE == ALERTS.keys()
    assert not RULES.keys() & ELSEWHERE


@pytest.mark.parametrize("name", RULES)
def test_severity_and_patience_are_those_of_the_alert(name: str) -> None:
    alert, rule = ALERTS[name], RULES[name]
    found = re.fullmatch(r"(\d+)([sm])", alert["for"])
    assert found
    number, unit = found.groups()
    assert rule.severity == alert["labels"]["severity"]
    assert rule.for_ms == int(number) * {"s": 1_000, "m": 60_000}[unit]


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        (ALERTS["QueueBurnsFast"]["expr"], f"decided:increase1h >= {alarms.DECIDED_FAST}"),
        (ALERTS["QueueBurnsSlowly"]["expr"], f"decided:increase6h >= {alarms.DECIDED_SLOWLY}"),
        (ALERTS["LongestWaitBeyondTwiceTarget"]["expr"], f"> {alarms.TARGETS} * max"),
        (ALERTS["NobodySignedIn"]["expr"], "(contact_router_waiting) > 0"),
        (ALERTS["NobodySignedIn"]["expr"], "(contact_router_signed_in) == 0"),
        (ALERTS["ChannelDown"]["expr"], "(contact_router_channel_up) == 0"),
        (ALERTS["EventsLag"]["expr"], f"> {alarms.EVENTS_BEHIND}"),
        (ALERTS["TimersLate"]["expr"], f"> {alarms.LATE_S}"),
        (ALERTS["StoreNearFull"]["expr"], f"> {alarms.MEMORY_SHARE}"),
        (ALERTS["StoreNotPersisting"]["expr"], "(contact_router_store_persisting) == 0"),
    ],
)
def test_the_limits_are_those_of_the_alert(expression: str, said: str) -> None:
    assert re.search(re.escape(said) + r"(?![\d.])", expression)


@pytest.mark.parametrize("objective", [0.0, 0.33, 0.5, 0.8, 0.95, 1.0])
@pytest.mark.parametrize(("alarm", "record"), [("QueueBurnsFast", "fast"), ("QueueBurnsSlowly", "slowly")])
def test_a_queue_may_break_as_many_promises_as_the_rules_say(objective: float, alarm: str, record: str) -> None:
    """The rule reads `a < b or b`: the lesser of the two."""
    rule = RECORDS[f"contact_router:missed_{record}:limit"]["expr"].replace("contact_router:objective:ratio", "o")
    expected, limit = {
        "fast": ("3.36 * (1 - o) < 1 - o / 3 or 1 - o / 3", min(3.36 * (1 - objective), 1 - objective / 3)),
        "slowly": ("1.4 * (1 - o) < 1 - o * 2 / 3 or 1 - o * 2 / 3", min(1.4 * (1 - objective), 1 - objective * 2 / 3)),
    }[record]
    assert rule == expected
    for share, is_there in ((limit + 0.002, True), (limit - 0.002, False)):
        late = round(share * 10_000)
        recent = Waits(answered=10_000, answered_in_target=10_000 - late)
        burns = alarms.burning(objective, recent) if 0 <= late <= 10_000 else None
        if 0 <= late <= 10_000:
            worse = record == "slowly" and burns is not None and burns[0] == "QueueBurnsFast"
            assert (burns is not None and (burns[0] == alarm or worse)) == is_there
