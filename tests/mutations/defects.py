"""The list of deliberate defects, and how one is put into a tree of sources."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
LUA = Path("router") / "engine" / "lua"


@dataclass(frozen=True)
class Defect:
    """One place of a Lua file that says something else."""

    name: str
    file: str
    old: str
    new: str

    def applied(self, source: str) -> str:
        """The file with the defect. Raises ValueError unless the place is there exactly once."""
        if (times := source.count(self.old)) != 1:
            raise ValueError(f"{self.name}: its place is {times} times in {self.file}")
        return source.replace(self.old, self.new)

    def put_into(self, root: Path) -> None:
        """Put it into a copy of the sources."""
        path = root / LUA / self.file
        path.write_text(self.applied(path.read_text(encoding="utf-8")), encoding="utf-8")


def defects() -> list[Defect]:
    """All defects, in the order of the file."""
    rows = tomllib.loads((HERE / "defects.toml").read_text(encoding="utf-8"))
    return [Defect(name=name, **row) for name, row in rows.items()]
