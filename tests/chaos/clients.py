"""The callers of a service that comes and goes: an adapter that posts, desks that work, all over the public API."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from itertools import count, takewhile
from typing import TYPE_CHECKING, Any

import aiohttp

from router.kit.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable

HARMS = 4
"""How often harm is done while contacts arrive."""

PATIENCE = aiohttp.ClientTimeout(sock_connect=5, sock_read=5)
"""How long a caller waits for the other side; not for a socket of his own."""

GONE = (aiohttp.ClientError, ConnectionError, TimeoutError, TypeError)
"""What a caller sees of a process that is gone."""


class Clients:
    """Adapters and desks, who come again where a process is gone; each talk takes so long."""

    def __init__(self, url: str, talk_s: float = 0) -> None:
        self.url = url
        self.talk_s = talk_s
        self.acked: set[str] = set()
        self.complaints: list[str] = []
        self.unanswered = 0
        """Requests that broke; they are made again."""
        self.reconnects = 0
        """Of desks."""

    async def persist(self, session: aiohttp.ClientSession, path: str, body: Any) -> dict[str, Any] | None:
        """POST until there is an answer; None where it is refused."""
        return await self.ask(session, "POST", path, body)

    async def ask(
        self, session: aiohttp.ClientSession, method: str, path: str, body: Any = None
    ) -> dict[str, Any] | None:
        """Ask until there is an answer; None where it is refused."""
        while True:
            try:
                async with session.request(method, self.url + path, json=body, timeout=PATIENCE) as response:
                    said = await response.json()
                    if response.status < 300:
                        return said
                    if response.status != 503:
                        self.complaints += [f"{path}: {said}"] if response.status not in {404, 409, 410} else []
                        return None
            except GONE:
                self.unanswered += 1
            await asyncio.sleep(0.05)

    async def post(self, session: aiohttp.ClientSession, number: int) -> None:
        """A contact arrives."""
        said = await self.persist(session, "/contacts", {"channel": "phone", "external_id": f"n{number}"})
        assert said is not None
        self.acked.add(said["id"])

    async def desk(self, session: aiohttp.ClientSession, phone: aiohttp.ClientSession, agent: str) -> None:
        """An agent works until cancelled, over one socket after the other."""
        while True:
            with suppress(*GONE):
                async with session.ws_connect(f"{self.url}/agents/{agent}/live") as socket:
                    await socket.send_json({"id": "p", "do": "presence", "presence": "available"})
                    async for message in socket:
                        await self.frame(socket, phone, message.json())
            self.reconnects += 1
            await asyncio.sleep(0.05)

    async def frame(self, socket: aiohttp.ClientWebSocketResponse, phone: aiohttp.ClientSession, frame: Any) -> None:
        """Every offer is taken, every contact answered and completed."""
        kind = frame["type"]
        if kind == "offer":
            await self.take(socket, frame["offer"])
        elif kind == "snapshot":
            for offer in frame["offers"]:
                await self.take(socket, offer)
            for contact in frame["contacts"]:
                await self.serve(socket, phone, contact)
        elif kind == "contact":
            await self.serve(socket, phone, frame["contact"])
        elif kind == "offer.gone" and frame["state"] in {"undelivered", "missed"}:
            await socket.send_json({"id": "r", "do": "ready"})  # nothing is offered to who is not heard from
        elif kind == "answer" and frame["status"] == 503:
            await socket.close()  # the next one begins with what is still to be done
        elif kind == "answer" and frame["status"] >= 500:
            self.complaints.append(str(frame))

    async def take(self, socket: aiohttp.ClientWebSocketResponse, offer: Any) -> None:
        await socket.send_json({"id": "a", "do": "accept", "offer": offer["id"]})

    async def serve(self, socket: aiohttp.ClientWebSocketResponse, phone: aiohttp.ClientSession, contact: Any) -> None:
        if contact["state"] == "assigned" and contact["answered_at"] is None:
            await self.persist(phone, f"/contacts/{contact['id']}/connected", {})
        elif contact["state"] == "assigned":
            await asyncio.sleep(self.talk_s)
            await socket.send_json({"id": "c", "do": "complete", "contact": contact["id"]})

    async def post_all(self, session: aiohttp.ClientSession, rate: int, seconds: int, harm: Callable[[], None]) -> None:
        """Contacts arrive at a rate; from time to time, evenly, there is `harm`."""

        def sometimes(number: int) -> None:
            if number % (rate * seconds // HARMS) == rate:
                harm()

        await self._arrive(session, rate, range(rate * seconds), sometimes)

    @asynccontextmanager
    async def arriving(self, session: aiohttp.ClientSession, rate: int, first: int = 0) -> AsyncGenerator[None]:
        """Contacts arrive at a rate, with the numbers from `first` on, while the context lasts; all have been taken."""
        enough = asyncio.Event()
        numbers = takewhile(lambda _: not enough.is_set(), count(first))
        async with asyncio.TaskGroup() as group:
            group.create_task(self._arrive(session, rate, numbers, lambda _: None))
            yield
            enough.set()

    async def _arrive(
        self, session: aiohttp.ClientSession, rate: int, numbers: Iterable[int], after: Callable[[int], None]
    ) -> None:
        clock, posts = SystemClock(), list[asyncio.Task[None]]()
        started = clock.monotonic_ms()
        for place, number in enumerate(numbers):
            await asyncio.sleep(max(0.0, place / rate - (clock.monotonic_ms() - started) / 1000))
            posts.append(asyncio.create_task(self.post(session, number)))
            after(number)
        await asyncio.gather(*posts)


async def until_ready(host: str, port: int) -> None:
    """Wait until the service says that it is ready."""
    async with asyncio.timeout(30), aiohttp.ClientSession() as session:
        while True:
            with suppress(*GONE):
                async with session.get(f"http://{host}:{port}/readyz") as response:
                    if response.status == 200:
                        return
            await asyncio.sleep(0.05)
