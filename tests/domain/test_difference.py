"""Before another operation is applied, its operator reads what would change, and what becomes of run-time changes."""

from __future__ import annotations

from router.domain.difference import difference, overlay_lines
from router.domain.overlay import AgentOverlay, Overlays, QueueOverlay
from tests.helpers.floor import START_MS, operation_of

OPERATION = """
[queues]
private = { target_s = 40 }
corporate = { target_s = 10 }
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private"], media = ["voice"] }
boris = { queues = ["private"], media = ["voice"] }
"""
OLD = operation_of(OPERATION)
NEW = operation_of(
    OPERATION.replace("target_s = 40", "target_s = 30, objective = 0.9")
    .replace("corporate =", "vip =")
    .replace("boris =", "clara =")
    .replace("[[routes]]", '[[routes]]\nwhen.customer.type = "vip"\nqueue = "vip"\n[[routes]]')
)


def test_every_change_is_a_line() -> None:
    assert difference(OLD, NEW) == [
        "queues.corporate removed",
        "queues.private.target_s: 40 → 30",
        "queues.private.objective: 0.8 → 0.9",
        "queues.vip added",
        "agents.boris removed",
        "agents.clara added",
        "routes.1 added",
    ]
    assert difference(OLD, OLD) == []


def test_overlays_say_what_becomes_of_them() -> None:
    overlays = Overlays(
        queues={
            "private": QueueOverlay(role="supervisor", author="olga", at=START_MS, open=False, until=START_MS + 1),
            "corporate": QueueOverlay(role="supervisor", author=None, at=START_MS, notice="we move"),
        },
        agents={
            "anna": AgentOverlay(role="admin", author="ivan", at=START_MS, queues=("corporate",), phone="1002"),
        },
    )
    assert overlay_lines(overlays, NEW) == [
        "kept: queues.private.open = false until 2026-11-22T10:26:05.001Z, set at run time by olga",
        'ends: queues.corporate.notice = "we move", set at run time by supervisor',
        'ends: agents.anna.queues = ["corporate"], set at run time by ivan',
        'kept: agents.anna.phone = "1002", set at run time by ivan',
    ]
    assert {line.partition(":")[0] for line in overlay_lines(overlays, OLD, reset=True)} == {"ends"}
    assert {line.partition(":")[0] for line in overlay_lines(overlays, OLD)} == {"kept"}
