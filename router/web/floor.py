"""The floor as a whole, as a wall shows it."""

from __future__ import annotations

from router.domain.wire import floor
from router.service.accounts import channels_now
from router.web.operation import READERS, Call, Reply, Table

table = Table()


@table.add("GET", "/channels", READERS, answer=floor.Channels)
async def get_channels(call: Call) -> Reply:
    """Every account of which an adapter has said something, as it stands.

    `down` where nobody has it. Its live contacts are held 15 s after that, and lost after 120 s.
    """
    return Reply(floor.Channels(items=await channels_now(call.served), next=None))
