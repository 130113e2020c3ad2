"""An agent at his desk, on the router's public API: he takes whatever is offered, reads, writes, ends."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import msgspec

from router.domain.wire.answers import Contact
from router.domain.wire.conversations import Message, Messages

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from channels.kit.conformance.floor import Floor

AGAIN_S: Final = 0.2
LOOKS_EVERY_S: Final = 0.03


class _Contacts(msgspec.Struct):
    items: list[Contact]


class Desk:
    """What is in the router is always read from it; the socket only takes offers and hears who is writing."""

    def __init__(self, session: aiohttp.ClientSession, floor: Floor) -> None:
        self.typing: list[str] = []
        """Contacts whose customers were writing."""
        self._session = session
        self._floor = floor
        self._agent = {"Authorization": f"Bearer {floor.agent_token}"}
        self._supervisor = {"Authorization": f"Bearer {floor.supervisor_token}"}
        self._offers = 0

    async def run(self) -> None:
        """Be there until cancelled."""
        while True:
            with contextlib.suppress(aiohttp.ClientError, OSError):
                await self._sit()
            await asyncio.sleep(AGAIN_S)

    async def _sit(self) -> None:
        url = f"{self._floor.url}/agents/{self._floor.agent}/live"
        async with self._session.ws_connect(url, headers=self._agent, max_msg_size=2**26) as socket:
            await socket.send_json({"id": "0", "do": "presence", "presence": "available"})
            async for message in socket:
                frame = msgspec.json.decode(message.data)
                offers = frame["offers"] if frame["type"] == "snapshot" else [frame.get("offer")]
                if frame["type"] in {"snapshot", "offer"}:
                    for offer in offers:
                        self._offers += 1
                        await socket.send_json({"id": str(self._offers), "do": "accept", "offer": offer["id"]})
                elif frame["type"] == "typing":
                    self.typing.append(frame["contact"])

    async def contacts(self, thread: str) -> list[Contact]:
        """The contacts of a thread, the latest last."""
        found = await self._get("/contacts?limit=200", _Contacts)
        return sorted((one for one in found.items if one.thread == thread), key=lambda one: one.id)

    async def messages(self, contact: str) -> list[Message]:
        """A contact's messages, in order."""
        return (await self._get(f"/contacts/{contact}/messages?limit=200", Messages)).items

    async def texts(self, thread: str, direction: str = "in") -> list[str | None]:
        """The texts that were written in a thread in one direction, over all its contacts, in order."""
        return [
            message.text
            for contact in await self.contacts(thread)
            for message in await self.messages(contact.id)
            if message.direction == direction
        ]

    async def until(self, true: Callable[[], Awaitable[bool]]) -> None:
        """Return when it is true."""
        while not await true():
            await asyncio.sleep(LOOKS_EVERY_S)

    async def until_written(self, thread: str, *texts: str | None) -> Contact:
        """The thread's latest contact, once the customer's messages there have these texts and it is the agent's."""

        async def written() -> bool:
            found = await self.contacts(thread)
            if not found or found[-1].state != "assigned":
                return False
            messages = await self.messages(found[-1].id)
            return [one.text for one in messages if one.direction == "in"] == list(texts)

        await self.until(written)
        return (await self.contacts(thread))[-1]

    async def until_state(self, message: Message, *states: str) -> Message:
        """The message, once it is in one of these states."""
        found = message

        async def there() -> bool:
            nonlocal found
            found = next(one for one in await self.messages(message.contact) if one.id == message.id)
            return found.state in states

        await self.until(there)
        return found

    async def send(self, contact: str, text: str | None, **fields: Any) -> Message:
        """Write to the customer."""
        body = fields if text is None else {"text": text, **fields}
        return msgspec.json.decode(await self.post(f"/contacts/{contact}/messages", body), type=Message)

    async def post(self, path: str, body: Any = None) -> bytes:
        """Do something; anything but a 2xx is the end of the check."""
        async with self._session.post(self._floor.url + path, json=body or {}, headers=self._agent) as response:
            raw = await response.read()
            assert response.status < 300, (path, response.status, raw)
            return raw

    async def _get(self, path: str, answer: Any) -> Any:
        async with self._session.get(self._floor.url + path, headers=self._supervisor) as response:
            raw = await response.read()
            assert response.status == 200, (path, response.status, raw)
            return msgspec.json.decode(raw, type=answer)
