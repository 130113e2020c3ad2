"""The libraries of other releases, which stay on a server until somebody takes them away.

With its lease each process renews the word that its library is in use (`renew.lua`). A library of which no workspace on
the server says so is nobody's. Where a process that stood still comes back to its own, `Engine.do` loads it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.engine.keys import key
from router.engine.render import NAMED, library
from router.engine.workspaces import workspaces_on
from router.kit.errors import ServerRefused

if TYPE_CHECKING:
    from router.engine.link import Caller


async def remove_unused(server: Caller) -> list[str]:
    """Take away the libraries that no process uses, but for this release's own; gives their names.

    Where there are others than one's own it walks all keys, as `workspaces` does.
    """
    listed = await server.call("FUNCTION", "LIST", "LIBRARYNAME", NAMED)
    unused = {dict(zip(row[::2], row[1::2], strict=True))[b"library_name"].decode() for row in listed}
    unused.discard(library().name)
    if unused:
        seconds, microseconds = await server.call("TIME")
        now = int(seconds) * 1000 + int(microseconds) // 1000
        for workspace in await workspaces_on(server):
            used = await server.call("ZRANGE", key(workspace, "libraries"), f"({now}", "+inf", "BYSCORE")
            unused -= {name.decode() for name in used}
    for name in unused:
        await _remove(server, name)
    return sorted(unused)


async def _remove(server: Caller, name: str) -> None:
    try:
        await server.call("FUNCTION", "DELETE", name)
    except ServerRefused as refused:
        if "not found" not in str(refused):  # else another process was first
            raise
