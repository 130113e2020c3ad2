"""Whole contacts over the public API: POST, offer on an agent's socket, accept, complete; by a cheap client.

An agent takes what he is offered, completes it and is free again; accepting is answering, so nobody else has a say.
"""

from __future__ import annotations

import asyncio
import base64
import os
import struct
import time
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NOTE = "x" * 200
"""Makes a body of about 300 bytes."""
POSTERS = 32
TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA


def operation_text(workspace: str, agents: int, idle: int = 0) -> str:
    """An operation of one queue, whose contacts take an agent whole and are answered by being accepted.

    So many `idle` agents, idle0, idle1, …, are for a queue to which nothing comes.
    """
    named = [(f"agent{number}", "all") for number in range(agents)] + [(f"idle{n}", "empty") for n in range(idle)]
    people = "\n".join(f'{name} = {{ name = "{name}", group = "{group}" }}' for name, group in named)
    return f"""
workspace = "{workspace}"
timezone = "UTC"
languages = ["en"]
[media.task]
cost = 100
mode = "longest_idle"
answered_by = "accept"
limits_s = {{ offer = 15, wrap_up = 0 }}
[channels]
mail = {{ medium = "task" }}
[queues]
all = {{ target_s = 40 }}
empty = {{ target_s = 40 }}
[[routes]]
queue = "all"
[groups]
all = {{ queues = ["all"], media = ["task"] }}
empty = {{ queues = ["empty"], media = ["task"] }}
[agents]
{people}
"""


class Stream(asyncio.Protocol):
    """A connection whose bytes are gathered until they make something whole."""

    def __init__(self) -> None:
        self.transport: Any = None
        self.heard = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    @classmethod
    async def to(cls, host: str, port: int, *arguments: Any) -> Any:
        """A new one."""
        made = asyncio.get_running_loop().create_connection(lambda: cls(*arguments), host, port)
        return (await made)[1]


class Line(Stream):
    """One kept HTTP connection: a request, its response, the next."""

    _reply: asyncio.Future[tuple[int, bytes]]

    async def ask(self, head: str, body: bytes = b"") -> tuple[int, bytes]:
        """(status, body) of a request, whose `head` lacks only the length."""
        self._reply = asyncio.get_running_loop().create_future()
        self.transport.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        return await self._reply

    def data_received(self, data: bytes) -> None:
        self.heard += data
        end = self.heard.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self.heard[:end])
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(self.heard) >= end + 4 + length:
            body = bytes(self.heard[end + 4 : end + 4 + length])
            del self.heard[: end + 4 + length]
            self._reply.set_result((int(head[9:12]), body))

    def connection_lost(self, exc: Exception | None) -> None:
        if hasattr(self, "_reply") and not self._reply.done():
            self._reply.set_exception(exc or ConnectionResetError())


class Socket(Stream):
    """A websocket. Its frames are masked with nothing, which costs nothing."""

    def __init__(self, told: Callable[[Socket, bytes], None]) -> None:
        super().__init__()
        self._told = told
        self._open = False
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.ended = asyncio.Event()

    async def upgrade(self, path: str, token: str) -> None:
        """Raises ConnectionError where the server does not speak websocket on this path."""
        key = base64.b64encode(os.urandom(16)).decode()
        self.transport.write(
            f"GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        await self.opened

    def say(self, data: bytes, kind: int = TEXT) -> None:
        """Send a frame."""
        size = len(data)
        length = bytes([0x80 | size]) if size < 126 else b"\xfe" + struct.pack(">H", size)
        self.transport.write(bytes([0x80 | kind]) + length + b"\0\0\0\0" + data)

    def data_received(self, data: bytes) -> None:
        heard = self.heard
        heard += data
        if not self._open:
            head, end, rest = heard.partition(b"\r\n\r\n")
            if not end:
                return
            if not head.startswith(b"HTTP/1.1 101"):
                self.opened.set_exception(ConnectionError(bytes(heard)))
                return
            self._open = True
            heard[:] = rest
            self.opened.set_result(None)
        at = 0
        while len(heard) >= at + 2:
            size, start = heard[at + 1], at + 2
            if size == 126:
                size, start = int.from_bytes(heard[at + 2 : at + 4]), at + 4
            elif size == 127:
                size, start = int.from_bytes(heard[at + 2 : at + 10]), at + 10
            if start > len(heard) or len(heard) < start + size:
                break
            self._frame(heard[at] & 0xF, bytes(heard[start : start + size]))
            at = start + size
        del heard[:at]

    def _frame(self, kind: int, data: bytes) -> None:
        if kind == TEXT:
            self._told(self, data)
        elif kind == PING:
            self.say(data, PONG)
        elif kind == CLOSE:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended.set()
        if not self.opened.done():
            self.opened.set_exception(exc or ConnectionResetError())


class _Contact(msgspec.Struct):
    id: str
    external_id: str


class _Offer(msgspec.Struct):
    id: str
    contact: _Contact


class _Frame(msgspec.Struct):
    type: str
    offer: _Offer | None = None
    to: str | None = None
    status: int = 0
    body: msgspec.Raw = msgspec.Raw(b"")


_decode = msgspec.json.Decoder(_Frame).decode


class Floor:
    """The agents of one workspace, who work, and its contacts, which come."""

    def __init__(self, host: str, port: int, workspace: str, adapter: str, agents: Mapping[str, str]) -> None:
        self._at = (host, port)
        self._path = f"/v1/{workspace}"
        self._adapter = adapter
        self._agents = agents
        self._numbers = iter(range(1 << 60))
        self._sent: dict[str, float] = {}
        self._taken: dict[Socket, str] = {}
        self._sockets: list[Socket] = []
        self._room = asyncio.Semaphore(2 * len(agents))
        """As many contacts may be under way, so that none has to wait long and every agent has work."""
        self.offer_ms: list[float] = []
        """From each POST to its offer's arrival."""
        self.posted: dict[str, float] = {}
        """Contact → when it was posted, once it is offered."""
        self.done = 0
        self._all_done = asyncio.Event()
        self._wanted = 0

    async def open(self) -> None:
        """The agents come."""
        for agent in self._agents:
            await self.come(agent)

    async def come(self, agent: str) -> None:
        """One of them comes, and is available."""
        socket = await Socket.to(*self._at, self._told)
        await socket.upgrade(f"{self._path}/agents/{agent}/live", self._agents[agent])
        socket.say(b'{"id":"p","do":"presence","presence":"available"}')
        self._sockets.append(socket)

    async def ask(self, line: Line, agent: str, method: str, path: str, body: bytes = b"") -> bytes:
        """What an agent's request is answered; its path is below his own."""
        status, said = await line.ask(
            f"{method} {self._path}/agents/{agent}/{path} HTTP/1.1\r\nHost: bench\r\n"
            f"Authorization: Bearer {self._agents[agent]}\r\nContent-Type: application/json\r\n",
            body,
        )
        assert status == 200, said
        return said

    def close(self) -> None:
        """The agents go."""
        for socket in self._sockets:
            socket.transport.abort()

    async def run(self, contacts: int, rate: float | None = None) -> float:
        """So many contacts come, as fast as they are served or at a rate; seconds until the last one has ended."""
        self.done, self._wanted = 0, contacts
        self._all_done.clear()
        started = time.perf_counter()
        left = iter(range(contacts))

        async def post_some() -> None:
            line = await Line.to(*self._at)
            for number in left:
                if rate is not None:
                    await asyncio.sleep(started + number / rate - time.perf_counter())
                await self._room.acquire()
                await self._post(line)
            line.transport.close()

        await asyncio.gather(*(post_some() for _ in range(POSTERS)))
        await self._all_done.wait()
        return time.perf_counter() - started

    async def _post(self, line: Line) -> None:
        name = f"{next(self._numbers)}-{time.monotonic_ns()}"
        body = f'{{"channel":"mail","external_id":"{name}","attributes":{{"note":"{NOTE}"}}}}'.encode()
        self._sent[name] = time.perf_counter()
        status, said = await line.ask(
            f"POST {self._path}/contacts HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {self._adapter}\r\n"
            "Content-Type: application/json\r\n",
            body,
        )
        assert status == 201, said

    def _told(self, socket: Socket, data: bytes) -> None:
        frame = _decode(data)
        if frame.offer is not None and frame.type == "offer":
            contact = frame.offer.contact
            sent = self.posted[contact.id] = self._sent.pop(contact.external_id)
            self.offer_ms.append((time.perf_counter() - sent) * 1000)
            self._taken[socket] = contact.id
            socket.say(b'{"id":"a","do":"accept","offer":"%b"}' % frame.offer.id.encode())
        elif frame.type == "answer":
            assert frame.status == 200, data
            if frame.to == "a":
                socket.say(b'{"id":"c","do":"complete","contact":"%b"}' % self._taken[socket].encode())
            elif frame.to == "c":
                self.done += 1
                self._room.release()
                if self.done == self._wanted:
                    self._all_done.set()
