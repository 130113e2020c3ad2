"""The example platform, played over real HTTP."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import msgspec
from aiohttp import web

from channels.kit.conformance.example.customer import ExampleCustomer
from channels.kit.conformance.example.wire import Message, Update, Updates, What
from channels.kit.conformance.gate import Gate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from channels.kit.port import Time

POLL_S: Final = 20.0
AGAIN_S: Final = 0.3
KEY: Final = "the-account's-own-key"
PROOF: Final = "what-the-webhook-is-known-by"


class ExampleSandbox:
    """Updates lie in `_waiting` from when they happen until they are confirmed, or answered by the webhook."""

    def __init__(self, time: Time, *, webhook: bool = False) -> None:
        self.time = time
        self.files: dict[str, bytes] = {}
        self._webhook = webhook
        self._customers: dict[str, ExampleCustomer] = {}
        self._waiting: dict[int, bytes] = {}
        self._numbers = 0
        self._ids = 0
        self._changed = asyncio.Event()
        self._asking = 0
        self._hook: tuple[str, str] | None = None
        self._pushing: dict[str, asyncio.Task[None]] = {}
        self._repeats = 0
        self._again: dict[int, tuple[str, bytes, int]] = {}
        self._held_back: tuple[str, bytes] | None = None
        self._reorders = self._drops = False
        self._limit_s: float | None = None
        self._limited: dict[str, int] = {}
        self._too_early = self._conflicts = 0

    async def start(self) -> None:
        """Serve on a free port of this machine."""
        app = web.Application(client_max_size=2**26)
        app.add_routes(
            [
                web.get("/updates", self._updates),
                web.post("/webhook", self._register),
                web.post("/send", self._send),
                web.post("/typing", self._typing),
                web.get("/files/{name}", self._file),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._gate = Gate(self._runner.addresses[0][1])
        self._gate.open()
        self._session = aiohttp.ClientSession()

    async def stop(self) -> None:
        """Serve no more."""
        for task in list(self._pushing.values()):
            task.cancel()
        await self._gate.close()
        await self._session.close()
        await self._runner.cleanup()

    def settings(self) -> Mapping[str, Any]:
        """What an adapter's settings must say to use this platform."""
        return {"api_url": f"http://127.0.0.1:{self._gate.port}", "webhook": self._webhook}

    def secrets(self) -> Mapping[str, str]:
        """The secrets of our account on it."""
        return {"key": KEY, "webhook_secret": PROOF}

    def customer(self, customer_id: str, *, name: str = "Ольга", language: str = "ru") -> ExampleCustomer:
        """The person with this id; the same one each time."""
        if customer_id not in self._customers:
            self._customers[customer_id] = ExampleCustomer(self, customer_id, name, language)
        return self._customers[customer_id]

    def thread_of(self, customer_id: str) -> str:
        """What the adapter calls the conversation with this person."""
        return customer_id

    # What happens on it.

    def new_id(self) -> str:
        """An id of a message."""
        self._ids += 1
        return str(self._ids)

    def happen(self, chat: str, what: What, message: Message | None = None, *ids: str) -> None:
        """An update for the adapter."""
        update = Update(number=self._numbers + 1, chat=chat, what=what, message=message, ids=ids)
        self._bring(chat, msgspec.json.encode(update))

    def note(self) -> None:
        """Something has changed: whoever waits looks again."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def change(self) -> None:
        """Wait until something has."""
        await self._changed.wait()

    def _bring(self, chat: str, raw: bytes) -> None:
        if self._reorders:
            self._reorders, self._held_back = False, (chat, raw)
            return
        held, self._held_back = self._held_back, None
        for whose, what in [(chat, raw), *([held] if held else [])]:
            number = self._queue(whose, what)
            if self._repeats:
                self._queue(whose, what)
                self._again[number] = (whose, what, self._repeats - 1)
                self._repeats = 0
        self.note()

    def _queue(self, chat: str, raw: bytes) -> int:
        self._numbers += 1
        self._waiting[self._numbers] = raw
        if self._webhook:
            before = self._pushing.get(chat)
            self._pushing[chat] = asyncio.create_task(self._push(before, self._numbers, raw))
        return self._numbers

    def _confirm(self, number: int) -> None:
        self._waiting.pop(number, None)
        if number in self._again:
            chat, raw, times = self._again.pop(number)
            for _ in range(times):
                self._queue(chat, raw)
        self.note()

    async def _push(self, before: asyncio.Task[None] | None, number: int, raw: bytes) -> None:
        """One update of a chat after the other, each until it is taken."""
        if before is not None:
            await asyncio.wait([before])
        while True:
            if await self._post(raw, self._hook[1] if self._hook else "") == 200:
                return self._confirm(number)
            await self.time.sleep(AGAIN_S)

    async def _post(self, raw: bytes, secret: str) -> int | None:
        if self._hook is None or self._gate.is_shut:
            return None
        try:
            async with self._session.post(
                self._hook[0], data=raw, headers={"X-Example-Secret": secret}, timeout=aiohttp.ClientTimeout(30)
            ) as response:
                return response.status
        except (aiohttp.ClientError, TimeoutError):
            return None

    # Faults.

    def repeat_next(self, times: int) -> None:
        """The next update comes so many times more: once at once, and the others after it was confirmed."""
        self._repeats = times

    def reorder_next(self) -> None:
        """The next two updates, of different customers, come in the other order."""
        self._reorders = True

    def away(self, gone: bool) -> None:
        """While it is gone no connection to it is made."""
        if gone:
            self._gate.shut()
        else:
            self._gate.open()

    def limit_next(self, seconds: float) -> None:
        """The next send is refused, not to be repeated before so many seconds; earlier ones are refused anew."""
        self._limit_s = seconds

    def poison(self) -> None:
        """The next update is one that nobody can read."""
        self._bring("nobody", b'{"number": "which?", "chat')

    def drop_answer_next(self) -> None:
        """The next send is taken, and the connection cut instead of answering."""
        self._drops = True

    async def forge(self) -> int | None:
        """Send a webhook with a wrong secret, and give the status that it got; None where there is no webhook."""
        message = Message(id="forged", at_ms=self.time.wall_ms(), text="forged")
        raw = msgspec.json.encode(Update(number=0, chat="forger", what="message", message=message))
        return await self._post(raw, "guessed")

    # What the platform has seen.

    def unconfirmed(self) -> int:
        """Updates that the adapter has not confirmed yet, whether or not it has seen them."""
        return len(self._waiting)

    def too_early(self) -> int:
        """Sends that came before the time said to an earlier one was over."""
        return self._too_early

    def conflicts(self) -> int:
        """How often two pollers were there at once."""
        return self._conflicts

    def sent_twice(self) -> Sequence[str]:
        """Texts that a customer received more than once."""
        found: list[str] = []
        for customer in self._customers.values():
            texts = [heard.text for heard in customer.heard if heard.text]
            found += [text for text in set(texts) if texts.count(text) > 1]
        return found

    # What the adapter calls.

    async def _updates(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return web.json_response({"error": "unauthorized"}, status=401)
        if self._asking:
            self._conflicts += 1
            return web.json_response({"error": "conflict"}, status=409)
        after = int(request.query["after"])
        for number in [number for number in self._waiting if number <= after]:
            self._confirm(number)
        self._asking += 1
        try:
            async with asyncio.timeout(POLL_S):
                while not self._waiting:
                    await self.change()
        except TimeoutError:
            pass
        finally:
            self._asking -= 1
        found = list(self._waiting.items())
        # An update that is no JSON would make the whole answer none.
        items = [msgspec.Raw(raw if _is_json(raw) else msgspec.json.encode(raw.decode())) for _, raw in found]
        body = msgspec.json.encode(Updates(items, max(self._waiting, default=after)))
        return web.Response(body=body, content_type="application/json")

    async def _register(self, request: web.Request) -> web.Response:
        said = await request.json()
        self._hook = (said["url"], said["secret"]) if said["url"] else None
        return web.json_response({})

    async def _send(self, request: web.Request) -> web.Response:
        said = await request.json()
        customer = self._customers.get(said["chat"])
        if customer is None or customer.blocked:
            return web.json_response({"error": "blocked" if customer else "gone"}, status=403)
        if len(said["text"] or "") > 500:
            return web.json_response({"error": "too_long"}, status=400)
        now_ms = self.time.monotonic_ms()
        if (left_ms := self._limited.get(customer.id, 0) - now_ms) > 0:
            self._too_early += 1
            return web.json_response({"retry_after": left_ms / 1000}, status=429)
        if self._limit_s is not None:
            limit_s, self._limit_s = self._limit_s, None
            self._limited[customer.id] = now_ms + round(limit_s * 1000)
            return web.json_response({"retry_after": limit_s}, status=429)
        heard = customer.hear(said)
        if self._drops:
            self._drops = False
            assert request.transport is not None
            request.transport.abort()
        return web.json_response({"id": heard.external_id})

    async def _typing(self, request: web.Request) -> web.Response:
        self._customers[(await request.json())["chat"]].typing_seen += 1
        self.note()
        return web.json_response({})

    async def _file(self, request: web.Request) -> web.Response:
        data = self.files.get(request.match_info["name"])
        return web.Response(status=404) if data is None else web.Response(body=data, content_type="image/png")


def _is_json(raw: bytes) -> bool:
    try:
        msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return False
    return True
