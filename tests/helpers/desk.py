"""A desk on the agent's socket, as a program that follows the contract sees it."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.helpers.service import Caller, Service

LIMIT_S = 10.0


class Desk:
    """One socket, read all the time, so that pings are answered. Frames are given in their order."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.unread: list[Any] = []
        """Frames that nobody has asked for yet."""
        self._numbers = count(1)
        self._come: asyncio.Queue[Any] = asyncio.Queue()

    async def read(self) -> None:
        """Read until the socket is closed."""
        async for message in self.socket:
            assert message.type is aiohttp.WSMsgType.TEXT, message
            self._come.put_nowait(json.loads(message.data))
        self._come.put_nowait(None)

    async def frame(self, *types: str) -> Any:
        """The next frame, or the next of these types; what comes before it is passed over."""
        while True:
            frame = self.unread.pop(0) if self.unread else await self._next()
            if not types or frame["type"] in types:
                return frame

    async def ask(self, do: str, **fields: Any) -> Any:
        """The answer to a frame; frames that come before it stay to be read."""
        number = str(next(self._numbers))
        await self.socket.send_str(json.dumps({"id": number, "do": do, **fields}))
        return await self.answer(number)

    async def answer(self, to: str | None) -> Any:
        """The answer to the request of this id."""
        while True:
            frame = await self._next()
            if frame["type"] == "answer" and frame["to"] == to:
                return frame
            self.unread.append(frame)

    async def closed(self) -> int | None:
        """Wait until the server closes the socket; its close code."""
        async with asyncio.timeout(LIMIT_S):
            while await self._come.get() is not None:
                pass
        return self.socket.close_code

    async def _next(self) -> Any:
        async with asyncio.timeout(LIMIT_S):
            frame = await self._come.get()
        assert frame is not None, f"the socket was closed with {self.socket.close_code}"
        return frame


@asynccontextmanager
async def desk_of(caller: Caller, agent: str, after: int | None = None) -> AsyncGenerator[Desk]:
    """The agent's socket; its snapshot is still to be read."""
    query = "" if after is None else f"?after={after}"
    async with caller.socket(f"/agents/{agent}/live{query}") as socket:
        desk = Desk(socket)
        reading = asyncio.create_task(desk.read())
        try:
            yield desk
        finally:
            reading.cancel()
            await asyncio.wait([reading])


@asynccontextmanager
async def desk_at_work(service: Service, agent: str) -> AsyncGenerator[Desk]:
    """The desk of an agent who is available; he has nothing to do yet."""
    caller = await service.caller("agent", agent=agent)
    async with desk_of(caller, agent) as desk:
        await desk.frame("snapshot")
        answer = await desk.ask("presence", presence="available")
        assert answer["body"]["presence"] == "available"
        yield desk
