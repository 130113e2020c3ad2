"""Reads the decision tables of this folder: one `[[case]]` a row, each with a `name` that says what it shows."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

FOLDER = Path(__file__).parent


def document(name: str) -> dict[str, Any]:
    """The file `name`.toml of this folder."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def rows(name: str) -> list[Any]:
    """The rows of the table `name`, as parameters of a test."""
    return [pytest.param(row, id=row["name"]) for row in document(name)["case"]]


def changed(name: str, row: dict[str, Any]) -> dict[str, Any]:
    """The file `name` with the row's `change` laid over it and the keys that it lists under `remove` taken away."""
    base = document(name)
    for path in row.get("remove", []):
        table = base
        *outer, last = path.split(".")
        for key in outer:
            table = table[key]
        del table[last]
    _lay(base, row.get("change", {}))
    return base


def inline(value: object) -> str:
    """The value as TOML on one line, for an operation that a row makes."""
    if not isinstance(value, dict):
        return msgspec.json.encode(value).decode()
    table = cast("dict[str, object]", value)
    return "{ " + ", ".join(f"{key} = {inline(item)}" for key, item in table.items()) + " }"


def _lay(base: dict[str, Any], change: dict[str, Any]) -> None:
    for key, value in change.items():
        if isinstance(value, dict) and isinstance(base.get(key), dict):
            _lay(base[key], cast("dict[str, Any]", value))
        else:
            base[key] = value
