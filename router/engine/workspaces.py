"""Which workspaces a server has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.engine.keys import key

if TYPE_CHECKING:
    from router.engine.link import Caller

AT_ONCE = 10_000


async def workspaces(caller: Caller) -> list[str]:
    """The names of all workspaces. For people, not for requests: it walks all keys, a second for each million."""
    head, tail = key("*", "meta").split("*")
    names: set[str] = set()
    cursor: bytes | int = 0
    while True:
        cursor, keys = await caller.call("SCAN", cursor, "MATCH", f"{head}*{tail}", "COUNT", AT_ONCE)
        names |= {name.decode()[len(head) : -len(tail)] for name in keys}
        if int(cursor) == 0:
            return sorted(names)
