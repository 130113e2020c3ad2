"""The sandbox itself: one HTTP server that is VK's API, its long poll, its upload servers and its files."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Final, Literal

import aiohttp
from aiohttp import web

from channels.vk.sandbox import shapes
from channels.vk.sandbox.community import Community, Person
from channels.vk.sandbox.customer import VkCustomer
from channels.vk.sandbox.delivery import Callbacks, LongPoll
from channels.vk.sandbox.methods import METHODS
from channels.vk.sandbox.parameters import Parameters
from channels.vk.sandbox.shapes import MethodError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from channels.kit.port import Time

Transport = Literal["long_poll", "callback", "both"]
GROUP: Final = 611
FILE_MAX: Final = 200 * 1024 * 1024
IMAGES: Final = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8")
"""How a file begins that the upload server takes for a photo."""
SECOND_MS: Final = 1000


@dataclass(frozen=True)
class Call:
    """A method that was called, with what it was given but the token."""

    method: str
    parameters: dict[str, str]


@dataclass
class _Limit:
    until_ms: int
    again_ms: int = 0


class VkSandbox:
    """A platform with one community. `transport` is what its adapter is told to use."""

    def __init__(self, time: Time, *, transport: Transport = "both", retry_s: float = 2.0) -> None:
        self.calls: list[Call] = []
        """What the methods were called with, in order, the refused ones too."""
        self.community: Community
        self.long_poll: LongPoll
        self.callbacks: Callbacks
        self.url = ""
        self.token = f"vk1.a.{token_hex(16)}"
        self.secret = token_hex(16)
        self._time = time
        self._transport: Transport = transport
        self._retry_s = retry_s
        self._http: aiohttp.ClientSession
        self._runner: web.AppRunner
        self._gone = False
        self._drops = False
        self._limits_for_ms = 0
        self._limits: dict[str, _Limit] = {}
        self._too_early = 0
        self._refusals: list[tuple[str, int]] = []

    # Its life.

    async def start(self) -> None:
        """Serve on a free port of this machine."""
        application = web.Application(client_max_size=FILE_MAX)
        application.router.add_route("*", "/method/{method}", self._method)
        application.router.add_route("*", "/poll", self._poll)
        application.router.add_post("/files/upload/{kind}", self._upload)
        application.router.add_get("/files/{key}", self._file)
        self._runner = web.AppRunner(application, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))
        self.community = Community(self._time, GROUP, self.url + "/files/")
        self.long_poll = LongPoll(self.community.feed, self._time, self.url + "/poll")
        self.callbacks = Callbacks(self.community.feed, self._time, self._http, self._retry_s)

    async def stop(self) -> None:
        """Serve no more."""
        await self.callbacks.close()
        await self._http.close()
        await self._runner.cleanup()

    def settings(self) -> Mapping[str, Any]:
        """What an adapter's settings must say to use this platform."""
        return {"api_url": self.url, "transport": self._transport}

    def secrets(self) -> Mapping[str, str]:
        """The secrets of our account on it."""
        return {"token": self.token} | ({} if self._transport == "long_poll" else {"secret": self.secret})

    def customer(self, customer_id: str, *, name: str = "Ольга", language: str = "ru") -> VkCustomer:
        """The person with this id; the same one each time. An id that is no number stands for one."""
        person_id = _number(customer_id)
        first, _, last = name.partition(" ")
        person = self.community.people.setdefault(person_id, Person(person_id, first, last, language))
        return VkCustomer(self.community, person)

    def thread_of(self, customer_id: str) -> str:
        """What the adapter calls the conversation with this person."""
        return str(_number(customer_id))

    # Faults.

    def repeat_next(self, times: int) -> None:
        """The next event comes so many times more."""
        self.community.feed.repeat_next(times)

    def reorder_next(self) -> None:
        """The next two events come in the other order."""
        self.community.feed.reorder_next()

    def poison(self) -> None:
        """Before the next event comes one that nobody can read."""
        self.community.feed.poison()

    def away(self, gone: bool) -> None:
        """While it is gone no request brings an answer, and nothing is taken."""
        self._gone = gone
        self.community.feed.changes.happen()

    def limit_next(self, seconds: float) -> None:
        """The dialogue of the next send is refused with code 6 for so long.

        VK says no time with it: its limit is by the second, so a send is too early in the second after a refused one.
        """
        self._limits_for_ms = round(seconds * 1000)

    def refuse_next(self, method: str, code: int, times: int = 1) -> None:
        """The next calls of this method are refused with a code."""
        self._refusals += [(method, code)] * times

    def drop_answer_next(self) -> None:
        """The next send is taken, and the connection cut instead of answering."""
        self._drops = True

    async def forge(self) -> int | None:
        """Post an event with a wrong secret to each address; the status of the last, None where there is none."""
        status = None
        for server in self.callbacks.servers.values():
            event = {"type": "message_new", "group_id": GROUP, "event_id": "f" * 40, "v": shapes.VERSION}
            what = {"message": {"peer_id": 1, "from_id": 1, "conversation_message_id": 1, "text": "forged"}}
            body = event | {"object": what, "secret": "x" * len(self.secret)}
            async with self._http.post(server.url, json=body) as response:
                status = response.status
        return status

    # What it has seen.

    def unconfirmed(self) -> int:
        """Events that the adapter has neither polled past nor answered with `ok`."""
        return self.community.feed.unconfirmed()

    def too_early(self) -> int:
        """Sends in a second that was full already."""
        return self._too_early

    def conflicts(self) -> int:
        """How often two polled at once."""
        return self.long_poll.conflicts

    def sent_twice(self) -> Sequence[str]:
        """Texts that a person received more than once."""
        twice: list[str] = []
        for said in self.community.dialogues.values():
            texts = [message["text"] for message in said if message["out"] and message["text"]]
            twice += sorted({text for text in texts if texts.count(text) > 1})
        return twice

    # What it answers.

    async def _method(self, request: web.Request) -> web.Response:
        if self._gone:
            return _cut(request)
        method = request.match_info["method"]
        parameters = Parameters({key: str(value) for key, value in request.query.items()})
        parameters |= {key: str(value) for key, value in (await request.post()).items()}
        shown = {key: value for key, value in parameters.items() if key != "access_token"}
        self.calls.append(Call(method, shown))
        try:
            answer = {"response": self._answer(method, parameters)}
        except MethodError as error:
            answer = shapes.failure_of(error, method, parameters)
        if self._drops and method == "messages.send" and "response" in answer:
            self._drops = False
            return _cut(request)
        return web.json_response(answer)

    def _answer(self, method: str, parameters: Parameters) -> Any:
        if parameters.get("access_token") != self.token:
            raise MethodError(5)
        if "v" not in parameters:
            raise MethodError(8, "v (version) is required")
        refused = next((one for one in self._refusals if one[0] == method), None)
        if refused is not None:
            self._refusals.remove(refused)
            raise MethodError(refused[1])
        if method == "messages.send":
            self._check_rate(parameters)
        if method in METHODS:
            return METHODS[method](self.community, parameters)
        own = self.long_poll.methods() | self.callbacks.methods()
        if method not in own:
            raise MethodError(3)
        if parameters.integer("group_id") != GROUP:
            raise MethodError(15, "group")
        return own[method](parameters)

    def _check_rate(self, parameters: Parameters) -> None:
        now_ms = self._time.monotonic_ms()
        dialogue = parameters.get("peer_ids") or parameters.get("peer_id", "")
        if self._limits_for_ms:
            self._limits[dialogue] = _Limit(now_ms + self._limits_for_ms)
            self._limits_for_ms = 0
        limit = self._limits.get(dialogue)
        if limit is not None and now_ms < limit.until_ms:
            self._too_early += now_ms < limit.again_ms
            limit.again_ms = now_ms + SECOND_MS
            raise MethodError(6)

    async def _poll(self, request: web.Request) -> web.Response:
        parameters = Parameters({key: str(value) for key, value in request.query.items()})
        parameters |= {key: str(value) for key, value in (await request.post()).items()}
        if self._gone:
            return _cut(request)
        answer = await self.long_poll.check(parameters)
        return _cut(request) if self._gone else web.json_response(answer)

    async def _upload(self, request: web.Request) -> web.Response:
        if self._gone:
            return _cut(request)
        kind = request.match_info["kind"]
        form = await request.post()
        file = form.get("photo" if kind == "photo" else "file")
        if not isinstance(file, web.FileField):
            return web.json_response({"error": "no_file"})
        data = file.file.read()
        if kind == "photo" and not data.startswith(IMAGES):
            return web.json_response({"server": 1, "photo": "[]", "hash": "0" * 32})
        stored = self.community.add_file(kind, -GROUP, file.filename, data)
        content = stored.attachment[kind]
        key = f"{kind}{content['owner_id']}_{content['id']}"
        if kind == "photo":
            return web.json_response({"server": 1, "photo": json.dumps([{"photo": key}]), "hash": "1" * 32})
        return web.json_response({"file": key})

    async def _file(self, request: web.Request) -> web.Response:
        stored = self.community.files.get(request.match_info["key"])
        if self._gone:
            return _cut(request)
        return web.Response(status=404) if stored is None else web.Response(body=stored.data)


def _number(customer_id: str) -> int:
    return int(customer_id) if customer_id.isdigit() else 1_000_000 + zlib.crc32(customer_id.encode()) % 1_000_000_000


def _cut(request: web.Request) -> web.Response:
    """End the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
