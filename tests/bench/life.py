"""Whole contacts over the public API: POST, offer on an agent's socket, accept, complete; by a cheap client.

An agent takes what he is offered, completes it and is free again; accepting is answering, so nobody else has a say.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import msgspec

from tests.bench.load import Line, Socket, beating, request_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

NOTE = "x" * 200
"""Makes a body of about 300 bytes."""
POSTERS = 32


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


def percentiles(values: list[float]) -> tuple[float, float]:
    """p50 and p99."""
    at = statistics.quantiles(values, n=100)
    return at[49], at[98]


class Floor:
    """The agents of one workspace, who work, and its contacts, which come."""

    def __init__(self, port: int, workspace: str, adapter: str, agents: Mapping[str, str]) -> None:
        self._port = port
        self._path = f"/v1/{workspace}"
        self._adapter = adapter
        self._agents = agents
        self._numbers = iter(range(1 << 60))
        self._sent: dict[str, float] = {}
        self._taken: dict[Socket, str] = {}
        self._sockets: list[Socket] = []
        self._lines: list[Line] = []
        """Connections that nobody uses at the moment."""
        self._room: asyncio.Semaphore | None = None
        """Where contacts come as fast as they are served, for how many more there is room."""
        self.offer_ms: list[float] = []
        """From the moment at which each contact was due to its offer's arrival."""
        self.due: dict[str, float] = {}
        """Contact → when it was due, once it is offered."""
        self._under_way = 0
        self._changed = asyncio.Event()

    async def open(self) -> None:
        """The agents come."""
        for agent in self._agents:
            await self.come(agent)

    async def come(self, agent: str) -> None:
        """One of them comes, and is available."""
        socket = await Socket.open(self._port, f"{self._path}/agents/{agent}/live", self._agents[agent], self._told)
        socket.say(b'{"id":"p","do":"presence","presence":"available"}')
        self._sockets.append(socket)

    async def ask(self, line: Line, agent: str, method: str, path: str, body: bytes = b"") -> bytes:
        """What an agent's request is answered; its path is below his own."""
        path = f"{self._path}/agents/{agent}/{path}"
        status = await line.ask(request_of(method, path, self._agents[agent], body))
        assert status == 200, line.body
        return line.body

    def close(self) -> None:
        """The agents go."""
        for connection in (*self._sockets, *self._lines):
            connection.close()

    async def run(self, contacts: int) -> float:
        """So many contacts come, as fast as they are served; seconds until the last one has ended."""
        # So many at once that none has to wait long and every agent has work.
        started, left, room = time.perf_counter(), iter(range(contacts)), asyncio.Semaphore(2 * len(self._agents))
        self._room = room

        async def post_some() -> None:
            for _ in left:
                await room.acquire()
                await self._post(time.perf_counter())

        await asyncio.gather(*(post_some() for _ in range(POSTERS)))
        await self._all_ended()
        self._room = None
        return time.perf_counter() - started

    @asynccontextmanager
    async def coming(self, rate: float) -> AsyncGenerator[None]:
        """While the context lasts contacts come, so many a second, served or not; it ends with the last.

        Clocks run from when each was due: one that has to wait for another to be sent has waited.
        """
        async with asyncio.TaskGroup() as group:
            with beating(rate, lambda due: group.create_task(self._post(due))):
                yield
        await self._all_ended()

    async def latency(self, rate: float, seconds: float, rounds: int) -> tuple[float, float]:
        """p50 and p99 in ms until a contact's offer arrives, at a steady rate: of the rounds' each the median."""
        found: list[tuple[float, float]] = []
        for _ in range(rounds):
            self.offer_ms.clear()
            async with self.coming(rate):
                await asyncio.sleep(seconds)
            found.append(percentiles(self.offer_ms))
        return statistics.median(one for one, _ in found), statistics.median(one for _, one in found)

    async def _all_ended(self) -> None:
        while self._under_way:
            self._changed.clear()
            await self._changed.wait()

    async def _post(self, due: float) -> None:
        self._under_way += 1
        name = f"{next(self._numbers)}-{time.monotonic_ns()}"
        body = f'{{"channel":"mail","external_id":"{name}","attributes":{{"note":"{NOTE}"}}}}'.encode()
        while self._lines and self._lines[-1].closed:
            self._lines.pop()
        line = self._lines.pop() if self._lines else await Line.open(self._port)
        self._sent[name] = due
        status = await line.ask(request_of("POST", f"{self._path}/contacts", self._adapter, body))
        assert status == 201, line.body
        self._lines.append(line)

    def _told(self, socket: Socket, data: bytes) -> None:
        frame = _decode(data)
        if frame.offer is not None and frame.type == "offer":
            contact = frame.offer.contact
            due = self.due[contact.id] = self._sent.pop(contact.external_id)
            self.offer_ms.append((time.perf_counter() - due) * 1000)
            self._taken[socket] = contact.id
            socket.say(b'{"id":"a","do":"accept","offer":"%b"}' % frame.offer.id.encode())
        elif frame.type == "answer":
            assert frame.status == 200, data
            if frame.to == "a":
                socket.say(b'{"id":"c","do":"complete","contact":"%b"}' % self._taken[socket].encode())
            elif frame.to == "c":
                self._under_way -= 1
                self._changed.set()
                if self._room is not None:
                    self._room.release()
