"""An adapter on its channel's socket, as a program that follows the contract sees it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from tests.helpers.desk import Desk

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.helpers.service import Caller, Said


class Wire(Desk):
    """A socket that only tells."""

    async def told(self, contact: str, state: str) -> Any:
        """The next frame in which the contact is in this state."""
        while True:
            frame = await self.frame("contact")
            if (frame["contact"]["id"], frame["contact"]["state"]) == (contact, state):
                return frame


@asynccontextmanager
async def wire_of(caller: Caller, channel: str = "pbx", **query: Any) -> AsyncGenerator[Wire]:
    """A channel's socket; its snapshot is still to be read."""
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    async with _wire(caller, f"/channels/{channel}/live?{asked}") as wire:
        yield wire


@asynccontextmanager
async def events_of(caller: Caller, after: int | None = None) -> AsyncGenerator[Wire]:
    """The socket of all events."""
    async with _wire(caller, "/events/live" if after is None else f"/events/live?after={after}") as wire:
        yield wire


@asynccontextmanager
async def _wire(caller: Caller, path: str) -> AsyncGenerator[Wire]:
    async with caller.socket(path) as socket:
        wire = Wire(socket)
        reading = asyncio.create_task(wire.read())
        try:
            yield wire
        finally:
            reading.cancel()
            await asyncio.wait([reading])


async def upgrade(caller: Caller, path: str) -> Said:
    """What is answered to a request for a socket that is refused."""
    return await caller.get(
        path, Connection="Upgrade", Upgrade="websocket", Sec_WebSocket_Version="13", Sec_WebSocket_Key="x" * 22 + "=="
    )


async def arrive(adapter: Caller, external_id: str = "1", **fields: Any) -> Any:
    """A contact arrives, on the channel with sessions unless `channel` says otherwise."""
    said = await adapter.post("/contacts", {"channel": "pbx", "external_id": external_id, **fields})
    assert said.status == 201, said.body
    return said.body
