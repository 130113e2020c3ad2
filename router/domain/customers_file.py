"""Customers from a CSV file: a header, then one line each. Everything that is wrong is named, by its line.

Columns are `id`, and as far as they are known `type`, `name`, `language`, `segment` and `blocked`. Cells are parted by
commas, or by semicolons as some countries' spreadsheets write; a byte order mark is skipped; an empty cell is unknown.
What stands in a cell is never repeated: it may be a customer's name or number.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

from router.domain.customer import Customer
from router.domain.loading.table import unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

COLUMNS: Final = ("id", "type", "name", "language", "segment", "blocked")
ID_MAX: Final = 200
WORD_MAX: Final = 100

_YES: Final = frozenset({"true", "yes", "1"})
_NO: Final = frozenset({"", "false", "no", "0"})

Row = dict[str, str]


def read_customers(content: bytes) -> tuple[list[Customer], list[str]]:
    """The customers of a file, and all that is wrong in it: only where that is nothing may any of them be stored."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return [], [f"line {line}: is not UTF-8"]
    problems: list[str] = []
    lines = _lines(text, problems)
    header = next(lines, (1, list[str]()))[1]
    problems += [f"line 1: {problem}" for problem in _of_header(header)]
    if problems:
        return [], problems
    customers: list[Customer] = []
    seen: dict[str, int] = {}
    for place, cells in lines:
        wrong = [f"has {len(cells)} cells, not {len(header)} as line 1"] if len(cells) != len(header) else []
        row = dict(zip(header, cells, strict=False))
        first = seen.setdefault(row.get("id", ""), place)
        if row.get("id") and first != place:
            wrong.append(f"id: is that of line {first} already")
        wrong = wrong or list(_of_row(row))
        problems += [f"line {place}: {problem}" for problem in wrong]
        if not wrong:
            customers.append(_customer(row))
    return customers, problems


def _lines(text: str, problems: list[str]) -> Iterator[tuple[int, list[str]]]:
    """The lines that say anything, each with its number and its cells without blanks around them."""
    delimiter = ";" if ";" in text.partition("\n")[0] else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for line in reader:
            cells = [cell.strip() for cell in line]
            if any(cells):
                yield reader.line_num, cells
    except csv.Error:
        problems.append(f"line {reader.line_num}: is not CSV")


def _of_header(header: list[str]) -> Iterable[str]:
    for column in dict.fromkeys(header):
        if column not in COLUMNS:
            yield f"{column[:WORD_MAX]}: {unknown('column', column, COLUMNS)}"
        if header.count(column) > 1:
            yield f"{column[:WORD_MAX]}: is there more than once"
    if "id" not in header:
        yield "id: this column is missing"


def _of_row(row: Row) -> Iterable[str]:
    if not row["id"]:
        yield "id: is missing"
    for column, cell in row.items():
        longest = ID_MAX if column == "id" else WORD_MAX
        if len(cell) > longest or not cell.isprintable():
            yield f"{column}: has at most {longest} printable characters"
    if row.get("blocked", "").lower() not in _YES | _NO:
        yield "blocked: must be true or false"


def _customer(row: Row) -> Customer:
    return Customer(
        id=row["id"],
        type=row.get("type") or None,
        name=row.get("name") or None,
        language=row.get("language") or None,
        segment=row.get("segment") or None,
        blocked=row.get("blocked", "").lower() in _YES,
    )
