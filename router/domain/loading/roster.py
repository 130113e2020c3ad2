"""Agents from a CSV file: one line each, by columns.

These are `id`, `name`, `group`, `phone`, `code`, `automatic`, `skills.…` and `powers.…`. A cell becomes what the same
key would be in the operation file, and is read from there on by the same rules. Cells are parted by commas, or by
semicolons as some countries' spreadsheets write; a byte order mark is skipped; an empty cell says nothing.
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Final

from router.domain.loading.table import NAME, NAME_RULE, Table, unknown
from router.kit.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from router.domain.loading.names import Names

COLUMNS: Final = ("id", "name", "group", "phone", "code", "automatic")

_FLAGS: Final = {"true": True, "false": False}

_NUMBER: Final = re.compile("-?[0-9]{1,18}([.][0-9]{1,18})?")


def read_roster(text: str, file: str, names: Names, problems: list[Problem]) -> list[tuple[str, Table]]:
    """The agents of a CSV file by id, each as the table that it stands for. What is wrong goes to `problems`."""
    lines = _lines(text, file, problems)
    columns = lines[0][1] if lines else []
    known = [*COLUMNS, *(f"skills.{name}" for name in names.skills), *(f"powers.{name}" for name in names.powers)]
    problems += _column_problems(columns, known, file)
    agents: list[tuple[str, Table]] = []
    places: dict[str, str] = {}
    for place, cells in lines[1:] if "id" in columns else []:
        if len(cells) != len(columns):
            problems.append(Problem(file, place, "", None, f"has {len(cells)} cells, not {len(columns)} as line 1"))
            continue
        row = {column: cell for column, cell in zip(columns, cells, strict=True) if cell and column in known}
        name = row.pop("id", "")
        if not NAME.fullmatch(name):
            problems.append(Problem(file, place, "id", name, f"no agent may be called that: {NAME_RULE}"))
        if name in places:
            problems.append(Problem(file, place, "id", name, f"is the agent of {places[name]} already"))
        places[name] = place
        agents.append((name, Table(problems, file, place, _as_table(row))))
    return agents


def _lines(text: str, file: str, problems: list[Problem]) -> list[tuple[str, list[str]]]:
    """The lines that say anything, each with its place and its cells without blanks around them."""
    text = text.removeprefix("\ufeff")
    delimiter = ";" if ";" in text.partition("\n")[0] else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    lines: list[tuple[str, list[str]]] = []
    try:
        for line in reader:
            cells = [cell.strip() for cell in line]
            if any(cells):
                lines.append((f"line {reader.line_num}", cells))
    except csv.Error as error:
        problems.append(Problem(file, f"line {reader.line_num}", "", None, f"is not CSV: {error}"))
    return lines


def _column_problems(columns: Sequence[str], known: Sequence[str], file: str) -> list[Problem]:
    problems: list[Problem] = []
    for column in dict.fromkeys(columns):
        if column not in known:
            problems.append(Problem(file, "line 1", column, column, unknown("column", column, known)))
        if columns.count(column) > 1:
            problems.append(Problem(file, "line 1", column, column, "is there more than once"))
    if "id" not in columns:
        problems.append(Problem(file, "line 1", "id", None, "this column is missing"))
    return problems


def _as_table(row: Mapping[str, str]) -> dict[str, object]:
    """The cells of a line as the operation file would have them: `skills.english` is a key in the table `skills`."""
    table: dict[str, object] = {}
    nested: dict[str, dict[str, object]] = {"skills": {}, "powers": {}}
    for column, cell in row.items():
        outer, dot, inner = column.partition(".")
        if dot:
            nested[outer][inner] = _number(cell)
        else:
            # A flag that is none stays as it is, for the table to report.
            table[column] = _FLAGS.get(cell, cell) if column == "automatic" else cell
    return table | nested


def _number(cell: str) -> object:
    """The number in `cell`; a cell without one as it is, for the table to report."""
    if not _NUMBER.fullmatch(cell):
        return cell
    return float(cell) if "." in cell else int(cell)
