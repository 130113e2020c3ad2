"""Agents who answer every message of their customers, over the public API of a service that comes and goes."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from router.kit.clock import SystemClock
from tests.chaos.clients import GONE, Clients

if TYPE_CHECKING:
    from random import Random

    import aiohttp

    from tests.chaos.writers import Window

COMPLETES = 0.1
PARKS = 0.08
LONG = 0.02
"""So often an agent ends a conversation after an answer, parks it, answers at length."""
LINES = 250
"""Of a long answer, which no platform takes as one message."""


class Answerers(Clients):
    """What the agents know in common."""

    def __init__(self, url: str, window: Window, draw: Random) -> None:
        super().__init__(url)
        self.window = window
        self.draw = draw
        self.seen: set[str] = set()
        """Messages of customers that an agent has got."""
        self.answered: set[str] = set()
        """Of these, the ones whose answer the router has taken."""
        self.told_failed: set[str] = set()
        """Answers of which an agent was told that they failed."""
        self.moments: list[tuple[int, str]] = []
        """When an agent got something, or heard that his answer was sent: (milliseconds, channel and direction)."""
        self.clock = SystemClock()

    def moment(self, channel: str, direction: str) -> None:
        """Something has come through."""
        if channel:  # it is not known of what ended long ago
            self.moments.append((self.clock.monotonic_ms(), f"{channel} {direction}"))


class Answerer:
    """One agent. His socket is always read; what it tells is worked off beside it."""

    def __init__(self, crew: Answerers, session: aiohttp.ClientSession, name: str) -> None:
        self._crew = crew
        self._session = session
        self._path = f"/agents/{name}/live"
        self._seq: int | None = None
        self._contacts: dict[str, tuple[str, str | None]] = {}
        """His contacts: their channel, and since when they are his."""
        self._todo: asyncio.Queue[Any] = asyncio.Queue()
        self._waiting: Counter[str] = Counter()

    @property
    def idle(self) -> bool:
        """He has answered all that he was told of."""
        return not self._waiting.total()

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen())
            group.create_task(self._work())

    async def _listen(self) -> None:
        while True:
            with suppress(*GONE):
                after = "" if self._seq is None else f"?after={self._seq}"
                async with self._session.ws_connect(self._crew.url + self._path + after, max_msg_size=0) as socket:
                    await socket.send_json({"id": "p", "do": "presence", "presence": "available"})
                    async for message in socket:
                        await self._hear(socket, message.json())
            self._crew.reconnects += 1
            await asyncio.sleep(0.05)

    async def _hear(self, socket: aiohttp.ClientWebSocketResponse, frame: Any) -> None:
        kind = frame["type"]
        # A snapshot is followed by what was missed: who breaks off between the two has not heard that.
        if "seq" in frame and (kind != "snapshot" or self._seq is None):
            self._seq = max(self._seq or 0, frame["seq"])
        if kind == "snapshot":
            for offer in frame["offers"]:
                await self._crew.take(socket, offer)
            for contact in frame["contacts"]:
                self._have(contact)
        elif kind == "contact":
            self._have(frame["contact"])
        elif kind == "message":
            self._said(frame["message"])
        else:
            await self._crew.frame(socket, self._session, frame)

    def _have(self, contact: Any) -> None:
        """A contact that is his now is looked through: what was written before he had it is in no frame."""
        since = (contact["channel"], contact["assigned_at"])
        if contact["state"] == "assigned" and self._contacts.get(contact["id"]) != since:
            self._contacts[contact["id"]] = since
            self._put(contact["id"], None)

    def _said(self, message: Any) -> None:
        if message["direction"] == "in":
            self._put(message["contact"], message)
        elif message["state"] == "failed":
            self._crew.told_failed.add(message["id"])
        elif message["state"] == "sent":
            self._crew.moment(self._channel(message), "out")

    def _channel(self, message: Any) -> str:
        return self._contacts.get(message["contact"], ("",))[0]

    def _put(self, contact: str, message: Any) -> None:
        self._waiting[contact] += 1
        self._todo.put_nowait((contact, message))

    async def _work(self) -> None:
        while True:
            contact, message = await self._todo.get()
            for one in await self._messages(contact) if message is None else [message]:
                await self._answer(one)
            self._waiting[contact] -= 1

    async def _messages(self, contact: str) -> list[Any]:
        """What is unanswered of what was said in a contact."""
        said = await self._crew.ask(self._session, "GET", f"/contacts/{contact}/messages?limit=200")
        found: list[Any] = [] if said is None else said["items"]
        self._crew.told_failed |= {one["id"] for one in found if one["state"] == "failed"}
        done = {one["client_id"] for one in found}
        return [one for one in found if one["direction"] == "in" and one["id"] not in done]

    async def _answer(self, message: Any) -> None:
        crew, name, contact = self._crew, message["id"], message["contact"]
        if name not in crew.seen:
            crew.seen.add(name)
            crew.moment(self._channel(message), "in")
            await crew.window.leave()
        if name in crew.answered:
            return
        body = {"text": answer_to(message["text"], long=crew.draw.random() < LONG), "client_id": name}
        if await crew.persist(self._session, f"/contacts/{contact}/messages", body) is None:
            return  # it is another's by now, who looks through it, or it has just ended
        crew.answered.add(name)
        drawn = crew.draw.random()
        if self._waiting[contact] == 1 and drawn < COMPLETES + PARKS:
            what = "complete" if drawn < COMPLETES else "park"
            await crew.persist(self._session, f"/contacts/{contact}/{what}", {})


def answer_to(text: str, *, long: bool) -> str:
    """A text that names what it answers, in each of its lines; a long one is more than one message of a platform."""
    named = f"to {text.partition(',')[0]}"
    return "\n".join([named, *(f"{named}, line {line}" for line in range(LINES))]) if long else named
