"""How a drill says its figures, and the one table that they all come to at the end of a run, in an order of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

Figure = Callable[[str, str, str], None]
Lost = Callable[[Iterable[str]], None]

FIGURE = "figure"
LOST = "lost"
HEADER = ("drill", "asked for", "seen")
DRILLS = (
    "test_kills.py", "test_sentinels.py", "test_cluster.py", "test_faults.py", "test_repeats.py", "test_timers.py",
    "test_clocks.py", "test_desks.py", "test_slow_clients.py", "test_soak.py", "test_schema.py", "test_fuzz.py",
    "test_random_steps.py", "test_stopped.py", "test_rolled.py", "test_proxied.py", "test_crashes.py", "test_full.py",
    "test_conversations.py", "test_busy_hour.py", "test_phones.py", "test_many.py",
)  # fmt: skip
"""The files of the drills in the order of the table; in a file, the order of its tests."""


@pytest.fixture
def figure(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> Figure:
    """Say a row of the table: the drill, what is asked for, and what was seen. The test itself asserts it."""
    place = DRILLS.index(request.path.name)

    def say(drill: str, asked: str, seen: str) -> None:
        record_property(FIGURE, (place, drill, asked, seen))

    return say


@pytest.fixture
def lost(record_property: Callable[[str, object], None]) -> Lost:
    """Report the ids of contacts that were acknowledged and are no more, where a drill may lose some."""

    def say(contacts: Iterable[str]) -> None:
        record_property(LOST, list(contacts))

    return say


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table: Markdown, as `RESULTS.md` has it. Below it every contact that was lost."""
    reports = [
        report
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        if isinstance(report, pytest.TestReport) and report.when == "call"
    ]
    rows = table_of(reports)
    if rows:
        terminalreporter.section("figures of the drills")
        for row in [HEADER, ("---",) * len(HEADER), *rows]:
            terminalreporter.write_line(f"| {' | '.join(row)} |")
    for contacts in filter(None, _said(reports, LOST)):
        terminalreporter.write_line(f"{len(contacts)} acknowledged contacts lost: {' '.join(contacts)}")


def table_of(reports: Iterable[pytest.TestReport]) -> list[tuple[str, str, str]]:
    """The rows of the table, in its order, whichever test ended first; what a test said that then failed is marked."""
    placed = [
        ((place, report.location[1], report.nodeid), (drill, asked, f"{seen} (**failed**)" if report.failed else seen))
        for report in reports
        for place, drill, asked, seen in _said([report], FIGURE)
    ]
    return [row for _, row in sorted(placed, key=lambda each: each[0])]


def _said(reports: Iterable[pytest.TestReport], what: str) -> list[Any]:
    return [value for report in reports for name, value in report.user_properties if name == what]
