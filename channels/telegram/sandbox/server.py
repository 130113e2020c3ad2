"""The platform's HTTP: `/bot<token>/<method>` and `/file/bot<token>/<path>`, and what can go wrong on the way."""

from __future__ import annotations

import asyncio
import re
import socket
from collections import deque
from typing import TYPE_CHECKING, Any, Final

import msgspec
from aiohttp import web

from channels.telegram.sandbox.methods import call_method
from channels.telegram.sandbox.requests import Call, Refusal, bad_request, read_call
from channels.telegram.sandbox.webhook import Webhook
from channels.telegram.wire import UPLOAD_BYTES_MAX

if TYPE_CHECKING:
    from channels.kit.port import Time
    from channels.telegram.sandbox.world import World

CALLS_KEPT: Final = 10_000
LONGEST_POLL_S: Final = 50
SECRET: Final = re.compile(r"[A-Za-z0-9_-]{1,256}")


class Server:
    """Serves one bot on a free port of this machine."""

    def __init__(self, world: World, time: Time, token: str) -> None:
        self._world = world
        self._time = time
        self.token = token
        self._port = 0
        self._runner: web.AppRunner | None = None
        self._server: asyncio.Server | None = None
        self._coming_back: asyncio.Task[None] | None = None
        self.webhook = Webhook(world.updates, time)
        self.calls: deque[Call] = deque(maxlen=CALLS_KEPT)
        """The latest calls, refused ones included, in their order."""
        self.limited = Limit(time)
        self.limited_polls = Limit(time)
        self.drop_answer = False

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Begin to serve."""
        application = web.Application(client_max_size=UPLOAD_BYTES_MAX + (1 << 20))
        application.router.add_route("*", "/bot{token}/{method}", self._call)
        application.router.add_get("/file/bot{token}/{path:.+}", self._download)
        self._runner = web.AppRunner(application, handler_cancellation=True, access_log=None)
        await self._runner.setup()
        await self._listen()

    async def stop(self) -> None:
        """Serve no more."""
        await self.webhook.close()
        self.away()
        assert self._runner is not None
        await self._runner.cleanup()

    def away(self) -> None:
        """From here on no connection is made, and none that was brings an answer."""
        assert self._runner is not None
        if self._server is not None:
            self._server.close()
            self._server = None
        for connection in [] if self._runner.server is None else self._runner.server.connections:
            if connection.transport is not None:
                connection.transport.abort()

    def back(self) -> None:
        """It is there again, where it was."""
        self._coming_back = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        assert self._runner is not None
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", self._port))
        self._port = listening.getsockname()[1]
        assert self._runner.server is not None
        self._server = await asyncio.get_running_loop().create_server(self._runner.server, sock=listening)

    async def _call(self, request: web.Request) -> web.Response:
        try:
            if request.match_info["token"] != self.token:
                raise Refusal(401, "Unauthorized")
            result = await self._answer(await read_call(request, self._time.monotonic_ms()))
        except web.HTTPRequestEntityTooLarge:
            return _refused(Refusal(413, "Request Entity Too Large"))
        except Refusal as refusal:
            return _refused(refusal)
        except Dropped:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        return web.Response(body=msgspec.json.encode({"ok": True, "result": result}), content_type="application/json")

    async def _answer(self, call: Call) -> Any:
        self.calls.append(call)
        match call.method.lower():
            case "getupdates":
                return await self._updates(call)
            case "setwebhook":
                return await self._set_webhook(call)
            case "deletewebhook":
                return await self._delete_webhook(call)
            case "getwebhookinfo":
                return self.webhook.info()
            case _:
                return self._do(call)

    def _do(self, call: Call) -> Any:
        sends = call.method.lower().startswith("send") and call.method.lower() != "sendchataction"
        if sends:
            self.limited.check(call.integer("chat_id"))
        result = call_method(self._world, call)
        if sends and self.drop_answer:
            self.drop_answer = False
            raise Dropped
        return result

    async def _updates(self, call: Call) -> Any:
        self.limited_polls.check(0)
        self._world.updates.want(call.decoded("allowed_updates", list[str]))
        limit = min(100, max(1, call.integer("limit", 100)))
        timeout_s = min(LONGEST_POLL_S, max(0, call.integer("timeout")))
        found = await self._world.updates.poll(call.integer("offset"), limit, timeout_s)
        return [msgspec.Raw(raw) for raw in found]

    async def _set_webhook(self, call: Call) -> bool:
        url, secret = call.text("url"), call.text("secret_token")
        if url is None:
            return await self._delete_webhook(call)
        if not url.startswith(("https://", "http://127.0.0.1:")):
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        if secret is not None and SECRET.fullmatch(secret) is None:
            raise bad_request("secret token contains unallowed characters")
        self._forget(call)
        await self.webhook.open(url, secret, min(100, max(1, call.integer("max_connections", 40))))
        return True

    async def _delete_webhook(self, call: Call) -> bool:
        self._forget(call)
        await self.webhook.close()
        return True

    def _forget(self, call: Call) -> None:
        self._world.updates.want(call.decoded("allowed_updates", list[str]))
        if str(call.fields.get("drop_pending_updates", "")).lower() in {"true", "1"}:
            self._world.updates.clear()

    async def _download(self, request: web.Request) -> web.Response:
        file = self._world.file_at(request.match_info["path"])
        if request.match_info["token"] != self.token or file is None:
            return _refused(Refusal(404, "Not Found"))
        return web.Response(body=file.upload.data, content_type="application/octet-stream")


class Limit:
    """One refusal to come, and what comes to the same chat before its time is over."""

    def __init__(self, time: Time) -> None:
        self._time = time
        self._next_s: float | None = None
        self._until_ms: dict[int, int] = {}
        self.too_early = 0

    def next(self, seconds: float) -> None:
        """The next call is refused for so long."""
        self._next_s = seconds

    def check(self, chat: int) -> None:
        """Raises `Refusal` where a call is refused."""
        now = self._time.monotonic_ms()
        if self._next_s is not None:
            self._until_ms[chat], self._next_s = now + round(self._next_s * 1000), None
        elif now < self._until_ms.get(chat, now):
            self.too_early += 1
        else:
            return
        seconds = -(-(self._until_ms[chat] - now) // 1000)
        raise Refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


class Dropped(Exception):
    """The call was done, and the connection breaks instead of an answer."""


def _refused(refusal: Refusal) -> web.Response:
    said: dict[str, Any] = {"ok": False, "error_code": refusal.status, "description": refusal.description}
    parameters = {"retry_after": refusal.retry_after, "migrate_to_chat_id": refusal.migrate_to_chat_id}
    if any(parameters.values()):
        said["parameters"] = {name: value for name, value in parameters.items() if value is not None}
    return web.Response(status=refusal.status, body=msgspec.json.encode(said), content_type="application/json")
