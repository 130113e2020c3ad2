"""The table of the drills: in whichever order they end, it has its own, and a drill that failed is marked."""

from __future__ import annotations

import pytest

from tests.helpers.figures import FIGURE, table_of


def report(place: int, line: int, drill: str, *, passed: bool = True) -> pytest.TestReport:
    """What a drill has left behind."""
    return pytest.TestReport(
        nodeid=drill,
        location=("tests/chaos/test_drills.py", line, drill),
        keywords={},
        outcome="passed" if passed else "failed",
        longrepr=None,
        when="call",
        user_properties=[(FIGURE, (place, drill, "all", "all of it"))],
    )


def test_the_table_has_an_order_of_its_own() -> None:
    ended = [report(9, 3, "last"), report(0, 20, "second"), report(4, 7, "third"), report(0, 10, "first")]
    assert [drill for drill, *_ in table_of(ended)] == ["first", "second", "third", "last"]


def test_what_failed_does_not_look_as_if_it_had_not() -> None:
    assert table_of([report(0, 1, "kills", passed=False)]) == [("kills", "all", "all of it (**failed**)")]
