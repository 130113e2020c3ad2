"""Load for the benches that costs little itself: HTTP on kept connections and websockets, by bytes; and its beat.

A client library takes several times what a router's answer costs; these two read no more than they must. They speak to
our own servers only: answers come whole, with a length, and frames unfragmented.
"""

from __future__ import annotations

import asyncio
import base64
import ctypes
import os
import struct
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

TEXT = 1
PING = 9
PONG = 10
CLOSE = 8
_LIBC = ctypes.CDLL(None)
_UNMASKED = b"\0\0\0\0"
"""A mask that changes nothing."""


@contextmanager
def beating(rate: float, come: Callable[[float], object]) -> Generator[None]:
    """While the context lasts, call `come(due)` so many times a second, as soon as each is due by `perf_counter`.

    asyncio's own timers are up to a millisecond late, which would be counted as the router's.
    """
    loop, clock = asyncio.get_running_loop(), _LIBC.timerfd_create(time.CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
    seconds, begun, came = divmod(1 / rate, 1), time.perf_counter(), 0
    every = (int(seconds[0]), round(seconds[1] * 1e9))
    _LIBC.timerfd_settime(clock, 0, struct.pack("4q", *every, *every), None)

    def beat() -> None:
        nonlocal came
        for _ in range(int.from_bytes(os.read(clock, 8), "little")):
            came += 1
            come(begun + came / rate)

    loop.add_reader(clock, beat)
    try:
        yield
    finally:
        loop.remove_reader(clock)
        os.close(clock)


class Line(asyncio.Protocol):
    """One kept HTTP connection: a request, its response, the next."""

    def __init__(self) -> None:
        self.body = b""
        """Of the last response."""
        self.closed = False
        self._reply: asyncio.Future[int] | None = None
        self._heard = b""
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def open(cls, port: int) -> Line:
        """A connection to this machine's `port`."""
        return (await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port))[1]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """For asyncio: it is there."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def ask(self, request: bytes) -> asyncio.Future[int]:
        """Send a request; the status of its response."""
        assert self._transport is not None
        self._reply = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._reply

    def data_received(self, data: bytes) -> None:
        """For asyncio: a part of a response."""
        heard = self._heard + data if self._heard else data
        self._heard = heard
        end = heard.find(b"\r\n\r\n")
        if end < 0:
            return
        at = heard.index(b"Content-Length: ") + 16
        if len(heard) >= end + 4 + int(heard[at : heard.index(b"\r", at)]) and self._reply is not None:
            self.body, self._heard = heard[end + 4 :], b""
            self._reply.set_result(int(heard[9:12]))

    def connection_lost(self, exc: Exception | None) -> None:
        """For asyncio: the other side has hung up."""
        self.closed = True
        if self._reply is not None and not self._reply.done():
            self._reply.set_exception(exc or ConnectionError("hung up on a request"))

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()


def request_of(method: str, path: str, token: str, body: bytes = b"") -> bytes:
    """A request with JSON."""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Socket(asyncio.Protocol):
    """A websocket. `hear(socket, text)` is called for each text frame; pings are answered."""

    def __init__(self, request: bytes, hear: Callable[[Socket, bytes], object]) -> None:
        self.opened = asyncio.get_running_loop().create_future()
        self._request = request
        self._hear = hear
        self._heard = b""
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def open(cls, port: int, path: str, token: str, hear: Callable[[Socket, bytes], object]) -> Socket:
        """A websocket to this machine's `port`, after its upgrade."""
        key = base64.b64encode(os.urandom(16)).decode()
        request = (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        ).encode()
        loop = asyncio.get_running_loop()
        _, socket = await loop.create_connection(lambda: cls(request, hear), "127.0.0.1", port)
        await socket.opened
        return socket

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """For asyncio: it is there."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._request)

    def say(self, text: bytes, kind: int = TEXT) -> None:
        """Send a frame."""
        assert self._transport is not None
        size = len(text)
        length = bytes((0x80 | size,)) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
        self._transport.write(bytes((0x80 | kind,)) + length + _UNMASKED + text)

    def data_received(self, data: bytes) -> None:
        """For asyncio: a part of the upgrade or of frames."""
        heard = self._heard + data if self._heard else data
        if not self.opened.done():
            head, end, heard = heard.partition(b"\r\n\r\n")
            if not end:
                self._heard = head
                return
            if not head.startswith(b"HTTP/1.1 101"):
                self.opened.set_exception(ConnectionError(head.decode()))
                return
            self.opened.set_result(None)
        at = 0
        while (frame := _frame(heard, at)) is not None:
            kind, begin, at = frame
            if kind == TEXT:
                self._hear(self, heard[begin:at])
            elif kind == PING:
                self.say(heard[begin:at], PONG)
        self._heard = heard[at:]

    def close(self) -> None:
        """Hang up, without a word."""
        if self._transport is not None:
            self._transport.abort()


def _frame(heard: bytes, at: int) -> tuple[int, int, int] | None:
    """(opcode, where its payload begins, and ends) of the frame at `at`; None where it is not all there."""
    if len(heard) < at + 2:
        return None
    size, begin = heard[at + 1], at + 2
    if size >= 126:
        begin = at + (4 if size == 126 else 10)
        if len(heard) < begin:
            return None
        size = int.from_bytes(heard[at + 2 : begin], "big")
    return (heard[at] & 15, begin, begin + size) if len(heard) >= begin + size else None
