"""How events get out: the Bots Long Poll, asked for by its reader, and the Callback API, which posts to addresses."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import aiohttp

from channels.vk.sandbox.shapes import VERSION, MethodError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from channels.kit.port import Time
    from channels.vk.sandbox.feed import Entry, Feed
    from channels.vk.sandbox.parameters import Parameters

EVENTS: Final = (
    "message_new", "message_reply", "message_edit", "message_allow", "message_deny", "message_typing_state",
    "message_read", "message_event",
)  # fmt: skip
SERVERS_MAX: Final = 10
WAITED_S: Final = 25
RETRY_AFTER: Final = {410, 429, 503}
"""Statuses whose Retry-After the Callback API obeys."""
PUT_OFF_S: Final = 3 * 3600


class LongPoll:
    """The server that is polled."""

    def __init__(self, feed: Feed, time: Time, url: str) -> None:
        self.conflicts = 0
        self.polled = -1
        """From which number on it was asked last."""
        self.enabled = dict.fromkeys(EVENTS, True)
        self._feed = feed
        self._time = time
        self._url = url
        self._key = secrets.token_hex(20)
        self._waiting = 0
        self._began = 0
        """After which event it has begun to count."""

    def expire(self) -> None:
        """Keys given so far are worth nothing."""
        self._key = secrets.token_hex(20)

    def lose(self) -> None:
        """VK counts anew: whoever polls has a number of before, and a key of before."""
        self._began = self._feed.last
        self.expire()

    def methods(self) -> dict[str, Callable[[Parameters], Any]]:
        """The API's methods that concern it."""
        return {
            "groups.getLongPollServer": self._server,
            "groups.getLongPollSettings": lambda _parameters: {
                "api_version": VERSION,
                "is_enabled": True,
                "events": {name: int(on) for name, on in self.enabled.items()},
            },
            "groups.setLongPollSettings": self._set,
        }

    def _server(self, _parameters: Parameters) -> Any:
        return {"key": self._key, "server": self._url, "ts": self._ts()}

    def _ts(self) -> str:
        return str(self._feed.last - self._began)

    def _set(self, parameters: Parameters) -> Any:
        self.enabled |= {name: parameters[name] == "1" for name in EVENTS if name in parameters}
        return 1

    async def check(self, parameters: Parameters) -> dict[str, Any]:
        """What came after `ts`, waiting for it up to `wait` seconds; or how that fails."""
        feed = self._feed
        if parameters.get("key") != self._key:
            return {"failed": 2}
        number = self._began + int(parameters["ts"]) if parameters.get("ts", "").isdigit() else -1
        if number > feed.last:
            return {"failed": 3}
        if number < feed.forgotten:
            return {"failed": 1, "ts": int(self._ts())}
        feed.confirm_upto(number)
        feed.listen()
        self.polled = number
        self.conflicts += self._waiting > 0
        self._waiting += 1
        try:
            await self._wait(number, min(int(parameters.get("wait", WAITED_S)), 90))
        finally:
            self._waiting -= 1
        updates = [entry.event for entry in feed.entries[number:] if self.enabled.get(entry.event["type"])]
        return {"ts": self._ts(), "updates": updates}

    async def _wait(self, number: int, wait_s: float) -> None:
        more = asyncio.ensure_future(self._feed.next(number))
        over = asyncio.ensure_future(self._time.sleep(wait_s))
        try:
            await asyncio.wait({more, over}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            more.cancel()
            over.cancel()


@dataclass
class Server:
    """An address that events are posted to, once it has been confirmed."""

    id: int
    url: str
    title: str
    secret: str
    events: set[str] = field(default_factory=set[str])
    status: str = "unconfigured"
    changed: int = 0
    """How often it was given another address."""
    tails: dict[int, asyncio.Task[None]] = field(default_factory=dict[int, "asyncio.Task[None]"])
    """The last delivery under way of each dialogue."""

    def shown(self) -> dict[str, Any]:
        """As VK lists it."""
        return {
            "id": self.id,
            "title": self.title,
            "creator_id": 1,
            "url": self.url,
            "secret_key": self.secret,
            "status": self.status,
        }


class Callbacks:
    """The Callback API. An event that is not answered with 200 and the very body `ok` comes again.

    What VK does about the order of events while one of them is being repeated is not documented; here those of one
    dialogue wait for each other.
    """

    def __init__(self, feed: Feed, time: Time, http: aiohttp.ClientSession, retry_s: float) -> None:
        self.servers: dict[int, Server] = {}
        self.code = secrets.token_hex(4)
        self.posted = 0
        """Up to which event they have been seen to, whether or not an address wanted them."""
        self._feed = feed
        self._time = time
        self._http = http
        self._retry_s = retry_s
        self._tasks: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Post nothing any more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def methods(self) -> dict[str, Callable[[Parameters], Any]]:
        """The API's methods that concern it."""
        return {
            "groups.getCallbackConfirmationCode": lambda _parameters: {"code": self.code},
            "groups.getCallbackServers": self._list,
            "groups.addCallbackServer": self._add,
            "groups.editCallbackServer": self._edit,
            "groups.deleteCallbackServer": self._delete,
            "groups.getCallbackSettings": lambda parameters: {
                "api_version": VERSION,
                "events": {name: int(name in self._server(parameters).events) for name in EVENTS},
            },
            "groups.setCallbackSettings": self._set,
        }

    def _server(self, parameters: Parameters) -> Server:
        server = self.servers.get(parameters.integer("server_id"))
        if server is None:
            raise MethodError(104)
        return server

    def _list(self, parameters: Parameters) -> Any:
        wanted = parameters.integers("server_ids") or list(self.servers)
        return {"count": len(wanted), "items": [self.servers[one].shown() for one in wanted if one in self.servers]}

    def add(self, url: str, secret: str, title: str = "support", events: Sequence[str] = EVENTS) -> Server:
        """Register an address, as an administrator of the community does. Raises MethodError."""
        if len(self.servers) >= SERVERS_MAX:
            raise MethodError(2000)
        if len(title) > 14 or len(secret) > 50:
            raise MethodError(100, "title or secret_key is too long")
        number = max(self.servers, default=0) + 1
        self.servers[number] = Server(number, url, title, secret, set(events))
        self._spawn(self._serve(self.servers[number]))
        return self.servers[number]

    def _add(self, parameters: Parameters) -> Any:
        secret = parameters.get("secret_key", "")
        return {"server_id": self.add(parameters.text("url"), secret, parameters.text("title"), ()).id}

    def edit(self, server: Server, url: str, secret: str) -> None:
        """Change an address, as an administrator does; it is confirmed anew."""
        server.url, server.secret = url, secret
        self._spawn(self._serve(server))

    def _edit(self, parameters: Parameters) -> Any:
        server = self._server(parameters)
        server.title = parameters.text("title")
        self.edit(server, parameters.text("url"), parameters.get("secret_key", server.secret))
        return 1

    def _delete(self, parameters: Parameters) -> Any:
        self.servers.pop(self._server(parameters).id)
        return 1

    def _set(self, parameters: Parameters) -> Any:
        server = self._server(parameters)
        told = {name: parameters[name] == "1" for name in EVENTS if name in parameters}
        server.events = {name for name in EVENTS if told.get(name, name in server.events)}
        return 1

    def _spawn(self, work: Any) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # Posting.

    async def _serve(self, server: Server) -> None:
        """Confirm the address; then post to it what happens from now on, until it is changed or goes."""
        server.changed = changed = server.changed + 1
        cursor = self._feed.last
        if not await self._confirmed(server):
            return
        self._feed.confirm_upto(cursor)  # what happened before comes to nobody
        self._feed.listen()
        while True:
            entry = await self._feed.next(cursor)
            if self.servers.get(server.id) is not server or server.changed != changed:
                return
            self.posted = cursor = cursor + 1
            self._feed.changes.happen()
            if entry.event["type"] in server.events:
                before = server.tails.get(entry.peer)
                server.tails[entry.peer] = self._spawn(self._deliver(server, entry, cursor, before))

    async def _confirmed(self, server: Server) -> bool:
        server.status = "wait"
        event = {"type": "confirmation", "group_id": self._feed.group_id, "event_id": "c" * 40, "v": VERSION}
        status, body, _retry_after = await self.post(server, event)
        confirmed = status == 200 and body.strip() == self.code
        server.status = "ok" if confirmed else "failed"
        if confirmed:
            self.code = secrets.token_hex(4)  # it is another one after each change
        self._feed.changes.happen()
        return confirmed

    async def _deliver(self, server: Server, entry: Entry, number: int, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait({before})
        attempt = 0
        while self.servers.get(server.id) is server:
            status, body, retry_after_s = await self.post(server, entry.event, attempt)
            if status == 200 and body == "ok":
                return self._feed.confirm(number)
            if status == 200 and body == "remove":
                self.servers.pop(server.id)
                return self._feed.changes.happen()
            attempt += 1
            obeyed = retry_after_s is not None and status in RETRY_AFTER and retry_after_s < PUT_OFF_S
            await self._time.sleep(retry_after_s if obeyed and retry_after_s is not None else self._retry_s)
        return None

    async def post(self, server: Server, event: dict[str, Any], attempt: int = 0) -> tuple[int, str, float | None]:
        """(status, body, Retry-After in seconds) of one request; status 0 where there was no answer."""
        body = event | ({"secret": server.secret} if server.secret else {})
        headers = {"X-Retry-Counter": str(attempt)} if attempt else {}
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with self._http.post(server.url, json=body, headers=headers, allow_redirects=False) as response:
                retry_after = response.headers.get("Retry-After", "")
                return response.status, await response.text(), float(retry_after) if retry_after.isdigit() else None
        return 0, "", None
