"""How a drill says its figures, and the one table that they all come to at the end of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

Figure = Callable[[str, str, str], None]
Lost = Callable[[Iterable[str]], None]

FIGURE = "figure"
LOST = "lost"
HEADER = ("drill", "asked for", "seen")


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Figure:
    """Say a row of the table: the drill, what is asked for, and what was seen. The test itself asserts it."""

    def say(drill: str, asked: str, seen: str) -> None:
        record_property(FIGURE, (drill, asked, seen))

    return say


@pytest.fixture
def lost(record_property: Callable[[str, object], None]) -> Lost:
    """Report the ids of contacts that were acknowledged and are no more, where a drill may lose some."""

    def say(contacts: Iterable[str]) -> None:
        record_property(LOST, list(contacts))

    return say


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table: Markdown, as `RESULTS.md` has it. Below it every contact that was lost."""
    rows = _said(terminalreporter, FIGURE)
    if rows:
        terminalreporter.section("figures of the drills")
        for row in [HEADER, ("---",) * len(HEADER), *rows]:
            terminalreporter.write_line(f"| {' | '.join(map(str, row))} |")
    for contacts in filter(None, _said(terminalreporter, LOST)):
        terminalreporter.write_line(f"{len(contacts)} acknowledged contacts lost: {' '.join(contacts)}")


def _said(terminalreporter: pytest.TerminalReporter, what: str) -> list[Any]:
    return [
        value
        for reports in (terminalreporter.getreports("passed"), terminalreporter.getreports("failed"))
        for report in reports
        if report.when == "call"
        for name, value in report.user_properties
        if name == what
    ]
