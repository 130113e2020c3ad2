"""Which servers may hold an operation's data: Redis from 7.0, which brought functions, and every Valkey, if patched.

A *line* is a major and a minor version; it gets fixes for a few years. The floor of a line is its first release without
a known flaw by which a client runs code on the server's machine:

- Redis: CVE-2026-81934, a use after free in TLS connections; with it the fixes of CVE-2026-23479 (unblocked clients),
  CVE-2026-23631 and CVE-2025-49844 (Lua). Redis 8.0 never got it.
- Valkey: CVE-2026-56684, the same in its TLS connections; with it CVE-2025-49844 (Lua) and CVE-2025-67733 (a Lua error
  that forges replies, on a connection which all calls share).
- Redis 7.0 gets no fixes from its makers any more. Distributions patch it and keep its last number, so that number is
  the floor and says nothing of the patches: a warning says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from router.kit.errors import ServerUnfit

if TYPE_CHECKING:
    from collections.abc import Mapping

Line = tuple[int, int]

# line → its first acceptable patch number. Lines newer than these are accepted, any other line is not.
FLOORS: Mapping[str, Mapping[Line, int]] = {
    "Redis": {(7, 0): 15, (7, 2): 16, (7, 4): 11, (8, 2): 9, (8, 4): 6, (8, 6): 6, (8, 8): 2, (8, 10): 1},
    "Valkey": {(7, 2): 16, (8, 0): 10, (8, 1): 9, (9, 0): 5, (9, 1): 1},
}
_PATCHED_BY_DISTRIBUTIONS = ("Redis", (7, 0))


@dataclass(frozen=True, slots=True)
class Version:
    """What a server calls itself: `Redis` or `Valkey`, and its three numbers as text."""

    server: str
    text: str

    def __str__(self) -> str:
        return f"{self.server} {self.text}"


def check_version(version: Version) -> list[str]:
    """Warnings about `version`, one line each. Raises `ServerUnfit` if it is below the floor."""
    try:
        major, minor, patch = (int(number) for number in version.text.split("."))
        floors = FLOORS[version.server]
    except (KeyError, ValueError):
        raise ServerUnfit(f"{version}: not a version of Redis or Valkey that the router knows") from None
    line = (major, minor)
    if line > max(floors):
        return []
    if line not in floors:
        raise ServerUnfit(f"{version}: {major}.{minor} gets no security fixes any more; use {_acceptable(floors)}")
    if patch < floors[line]:
        raise ServerUnfit(f"{version}: has known security holes; use {_acceptable(floors)}")
    if (version.server, line) == _PATCHED_BY_DISTRIBUTIONS:
        return [f"{version} is kept safe by its distribution alone: keep that package up to date"]
    return []


def _acceptable(floors: Mapping[Line, int]) -> str:
    releases = [f"{major}.{minor}.{patch}" for (major, minor), patch in sorted(floors.items())]
    return f"{', '.join(releases)} or newer ones of these lines"
