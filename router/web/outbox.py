"""What leaves by one websocket: frames that are ready in the same turn of the event loop leave in one write.

aiohttp writes each frame by itself, and a write is a system call. A server's frames are not masked, so all there is to
do is to put their lengths before them. How a socket is opened, read and closed is aiohttp's business.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

    from aiohttp import WSMsgType, web
    from aiohttp.abc import AbstractStreamWriter

OUTBOX_MAX = 32
"""Frames that wait for a slow reader."""
DRAINED_S = 10.0
"""So long what was written may take to be taken, and a full outbox to have room again."""

_LAST_PIECE: Final = 0x80  # no frame of ours is in pieces


class Slow(Exception):
    """The reader does not keep up."""


class Outbox:
    """The frames on their way to one reader.

    Where it takes nothing more for the moment, `start` is given what waits until it does; that raises `Slow`.
    """

    def __init__(
        self,
        request: web.Request,
        writer: AbstractStreamWriter,
        start: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        self._request = request
        self._writer = writer
        self._start = start
        self._loop = asyncio.get_running_loop()
        self._frames: list[bytes] = []
        self._leaves = False
        """What waits leaves at the end of this turn."""
        self._is_full = False
        """The reader takes nothing for the moment."""
        self._room = asyncio.Event()

    async def put(self, kind: WSMsgType, frames: Iterable[bytes]) -> None:
        """Send frames, each as soon as there is room for it, so many in a turn of the loop. Raises `Slow`."""
        for data in frames:
            if len(self._frames) >= OUTBOX_MAX:
                self.flush()
                if self._is_full:
                    await self._wait_for_room()
                else:
                    await asyncio.sleep(0)
            self.send(kind, data)

    def send(self, kind: WSMsgType, data: bytes) -> None:
        """Send a frame, room or not."""
        self._frames.append(_framed(kind, data))
        if not (self._leaves or self._is_full):
            self._leaves = True
            self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """Write what waits, if the reader takes it."""
        self._leaves = False
        transport = self._request.transport
        if self._is_full or not self._frames or transport is None or transport.is_closing():
            return  # where it is gone, whoever reads from it is told
        transport.write(b"".join(self._frames))
        self._frames.clear()
        self._room.set()
        if self._request.protocol.writing_paused:
            self._is_full = True
            self._start(self._drained())

    async def _drained(self) -> None:
        try:
            async with asyncio.timeout(DRAINED_S):
                await self._writer.drain()
        except TimeoutError:
            raise Slow from None
        self._is_full = False
        self.flush()

    async def _wait_for_room(self) -> None:
        try:
            async with asyncio.timeout(DRAINED_S):
                while len(self._frames) >= OUTBOX_MAX:
                    self._room.clear()
                    await self._room.wait()
        except TimeoutError:
            raise Slow from None


def _framed(kind: WSMsgType, data: bytes) -> bytes:
    """One whole, unmasked frame (RFC 6455, 5.2)."""
    first, size = _LAST_PIECE | kind, len(data)
    if size < 126:
        return bytes((first, size)) + data
    if size < 65536:
        return bytes((first, 126)) + size.to_bytes(2, "big") + data
    return bytes((first, 127)) + size.to_bytes(8, "big") + data
