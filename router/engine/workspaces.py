"""Which workspaces there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.engine.connection import Connection
from router.engine.keys import key

if TYPE_CHECKING:
    from router.engine.link import Caller
    from router.engine.place import Place

AT_ONCE = 10_000


async def workspaces(place: Place) -> list[str]:
    """The names of all workspaces. For people, not for requests: it walks all keys, a second for each million."""
    names: set[str] = set()
    for address in await place.primaries():
        connection = await Connection.open(address)
        try:
            names |= await workspaces_on(connection)
        finally:
            await connection.close()
    return sorted(names)


async def workspaces_on(server: Caller) -> set[str]:
    """The names of the workspaces on one server."""
    head, tail = key("*", "meta").split("*")
    names: set[str] = set()
    cursor: bytes | int = 0
    while True:
        cursor, keys = await server.call("SCAN", cursor, "MATCH", f"{head}*{tail}", "COUNT", AT_ONCE)
        names |= {name.decode()[len(head) : -len(tail)] for name in keys}
        if int(cursor) == 0:
            return names
