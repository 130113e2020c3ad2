"""The benches say what has become worse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench.table import RESULTS, Row, ratios_in, report

if TYPE_CHECKING:
    import pytest

COMMITTED = """Some words, and | a bar.

| bench | figure | value | ratio | better |
|---|---|---|---|---|
| web | POST /contacts | 9000 /s | 0.5 | higher |
| web | processor of a POST | 110 µs | 2 | lower |
| web | a figure without a ratio | 7 s |  |  |
"""


def test_a_ratio_that_is_more_than_a_tenth_worse_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        Row("POST /contacts", 8000, "/s", 0.44, "higher"),
        Row("processor of a POST", 130.4, "µs", 2.3, "lower"),
    ]
    worse = report("web", rows, COMMITTED)
    assert worse == [
        "WORSE: web, POST /contacts was 0.5, is 0.44 (-12 %)",
        "WORSE: web, processor of a POST was 2, is 2.3 (+15 %)",
    ]
    printed = capsys.readouterr().out
    assert "| web | processor of a POST | 130 µs | 2.3 | lower |" in printed
    assert all(line in printed for line in worse)


def test_what_is_better_or_within_a_tenth_or_new_is_not() -> None:
    rows = [
        Row("POST /contacts", 1, "/s", 0.46, "higher"),
        Row("processor of a POST", 1, "µs", 1.0, "lower"),
        Row("a figure without a ratio", 70, "s"),
        Row("a new one", 1, "s", 0.1, "higher"),
    ]
    assert report("web", rows, COMMITTED) == []
    assert report("another bench", [Row("POST /contacts", 1, "/s", 0.1, "higher")], COMMITTED) == []


def test_what_was_printed_is_what_is_read_from_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    report("web", [Row("a", 1, "s", 1.5, "lower"), Row("b", 1, "s", 0.123, "higher"), Row("c", 1, "s")], "")
    assert ratios_in(capsys.readouterr().out) == {("web", "a"): 1.5, ("web", "b"): 0.123}


def test_the_page_can_be_read() -> None:
    ratios_in(RESULTS.read_text())
