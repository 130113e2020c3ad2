"""The operations to start from, which travel in the wheel; in the source tree they lie at its top."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from router.kit.errors import RouterError


class SeedsMissing(RouterError):
    """This installation came without the seeds."""


def seed_of(name: str) -> Path:
    """The operation's file in the seed of this name. Raises `SeedsMissing`."""
    package = Path(str(files("router")))
    for folder in (package / "seeds", package.parent / "seeds"):
        file = folder / name / "operation.toml"
        if file.is_file():
            return file
    raise SeedsMissing(f"there is no seed {name} in this installation; name a file with --operation")
