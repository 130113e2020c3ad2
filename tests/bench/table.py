"""The one table of all benches, and what has become worse since the ratios in RESULTS.md.

A bench calls `report`, which prints its rows and says of each ratio that is more than `ALLOWED` worse than the same
row's in RESULTS.md. The rows are committed there as they are printed, in any place of the page.

`python -m tests.bench.table NAME …` runs these benches, one after the other, prints all their rows as one table, and
fails at the end if a ratio is worse or a bench broke.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

RESULTS = Path(__file__).parent / "RESULTS.md"
ALLOWED = 0.10
HEADER = "| bench | figure | value | ratio | better |\n|---|---|---|---|---|"


@dataclass(frozen=True)
class Row:
    """One figure. The ratio is to something of the same run, such as a floor or a peer; it alone is compared."""

    name: str
    value: float
    unit: str
    ratio: float | None = None
    better: Literal["higher", "lower"] = "higher"
    """Which way the ratio should go."""


def report(title: str, rows: list[Row], committed: str | None = None) -> list[str]:
    """Print a bench's rows, and which ratios are worse than those committed (default: the text of RESULTS.md).

    Returns what it said of these.
    """
    known = ratios_in(RESULTS.read_text() if committed is None else committed)
    print(f"\n{HEADER}")
    worse: list[str] = []
    for row in rows:
        ratio, better = ("", "") if row.ratio is None else (_short(row.ratio), row.better)
        print(f"| {title} | {row.name} | {_short(row.value)} {row.unit} | {ratio} | {better} |")
        was = known.get((title, row.name))
        if was is not None and row.ratio is not None and _is_worse(row, was):
            change = (row.ratio / was - 1) * 100
            worse.append(f"WORSE: {title}, {row.name} was {_short(was)}, is {ratio} ({change:+.0f} %)")
    print("\n".join(worse), flush=True)
    return worse


def ratios_in(text: str) -> dict[tuple[str, str], float]:
    """(bench, figure) → ratio, of all rows in a page that have one."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    return {(row[0], row[1]): float(row[3]) for row in rows if len(row) == 5 and row[4] in {"higher", "lower"}}


def _is_worse(row: Row, was: float) -> bool:
    assert row.ratio is not None
    return row.ratio < was * (1 - ALLOWED) if row.better == "higher" else row.ratio > was * (1 + ALLOWED)


def _short(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _said_by(name: str) -> list[str]:
    """Run a bench and let its lines through. Those that `report` printed; and a word where it broke."""
    said: list[str] = []
    command = [sys.executable, "-m", "tests.bench" if name == "." else f"tests.bench.{name}"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    ) as bench:
        assert bench.stdout is not None
        for line in bench.stdout:
            print(line, end="", flush=True)
            if line.startswith("WORSE:") or (line.count("|") == 6 and line.rstrip() not in HEADER):
                said.append(line.rstrip())
    return said if bench.returncode == 0 else [*said, f"BROKEN: {name} ended with {bench.returncode}"]


def main() -> None:
    """Run the benches that are named; `.` is the package's own."""
    said = [line for name in sys.argv[1:] for line in _said_by(name)]
    bad = [line for line in said if line[0] != "|"]
    print("\n".join(["", HEADER, *(line for line in said if line[0] == "|"), "", *bad]))
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
