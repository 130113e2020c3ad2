"""Following a workspace's events as they happen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from router.engine.keys import key
from router.engine.stream import decode_event

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from router.domain.events import Event
    from router.engine.link import Caller

BLOCKED_MS = 1_000
AT_ONCE = 1_000


async def follow(connection: Caller, workspace: str, after: int) -> AsyncGenerator[list[Event]]:
    """The events after sequence number `after`, in batches, for ever. The connection is used for nothing else."""
    stream = key(workspace, "events")
    last: str | bytes = f"{after}-18446744073709551615"
    while True:
        reply: Any = await connection.call("XREAD", "COUNT", AT_ONCE, "BLOCK", BLOCKED_MS, "STREAMS", stream, last)
        if reply:
            entries: list[tuple[bytes, list[bytes]]] = reply[0][1]
            last = entries[-1][0]
            yield [decode_event(entry_id, fields[3]) for entry_id, fields in entries]
