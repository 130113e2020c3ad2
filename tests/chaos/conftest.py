"""How a drill says its figures, and the one table that they all come to at the end of a run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Figure = Callable[[str, str, str], None]

FIGURE = "figure"
HEADER = ("drill", "asked for", "seen")


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Figure:
    """Say a row of the table: the drill, what is asked for, and what was seen. The test itself asserts it."""

    def say(drill: str, asked: str, seen: str) -> None:
        record_property(FIGURE, (drill, asked, seen))

    return say


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table: Markdown, as `RESULTS.md` has it."""
    rows = [
        value
        for reports in (terminalreporter.getreports("passed"), terminalreporter.getreports("failed"))
        for report in reports
        if report.when == "call"
        for name, value in report.user_properties
        if name == FIGURE
    ]
    if rows:
        terminalreporter.section("figures of the drills")
        for row in [HEADER, ("---",) * len(HEADER), *rows]:
            terminalreporter.write_line(f"| {' | '.join(map(str, row))} |")
