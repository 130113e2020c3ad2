"""How a community's events reach us: the Bots Long Poll, the Callback API, and what neither of them brings.

A poll's number moves on only when the router has all that came with it; a post is answered with `ok` only then. VK
keeps no events for us while nobody polls, and gives up posting after a time. So before the first poll, and wherever the
long poll says that it has lost something, the dialogues themselves are looked through.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import msgspec
import structlog

from channels.kit.failures import Ambiguous, Misconfigured, NotSent, Rejected, SendError
from channels.kit.listener import is_secret
from channels.kit.port import Answer, Route
from channels.kit.remembered import Remembered
from channels.vk import wire
from channels.vk.api import Api, Refused
from channels.vk.dialogues import Dialogues

if TYPE_CHECKING:
    from collections.abc import Sequence

    from channels.kit.port import Context, Hook, Inbox
    from channels.vk.settings import VkSettings

PATH: Final = "/vk"
TITLE: Final = "contact-router"
ANSWERED_S: Final = 4.0
"""A post that is not answered by then comes again."""
WAITED_S: Final = 25
LATE_S: Final = 10.0
WATCHED_S: Final = 10.0
EVENTS_KEPT: Final = 10_000
EVENTS: Final = (
    "message_new", "message_reply", "message_edit", "message_allow", "message_deny", "message_typing_state",
    "message_read", "message_event",
)  # fmt: skip

_log: Any = structlog.get_logger()


class Deliveries:
    """The events of one community, each once."""

    def __init__(self, api: Api, settings: VkSettings, secret: str | None, context: Context) -> None:
        self._api = api
        self._settings = settings
        self._secret = secret
        self._http = context.http
        self._time = context.time
        self._url = context.public_url + PATH
        self._group_id = 0
        self.dialogues = Dialogues(api, context.time)
        self._had: Remembered[str, None] = Remembered(EVENTS_KEPT)
        self._server: wire.LongPollServer | None = None

    # Setting up.

    async def start(self) -> None:
        """Find out whose token it is. Where it may manage the community, have the events sent that we need."""
        try:
            groups = (await self._api.call("groups.getById", wire.Groups)).groups
        except Refused as refused:
            if not refused.unauthorised:
                raise NotSent(str(refused)) from None
            groups = ()
        except Ambiguous as error:
            raise NotSent(str(error)) from None
        if not groups:
            raise Misconfigured("CONTACT_ROUTER_VK_TOKEN is not the token of a community")
        self._group_id = groups[0].id
        try:
            await self._set_up()
        except Rejected as rejected:
            _log.info("vk_set_up_by_hand", code=rejected.code)

    async def _set_up(self) -> None:
        events = dict.fromkeys(EVENTS, 1)
        if self._settings.transport != "callback":
            more = {"enabled": 1, "api_version": wire.VERSION, **events}
            await self._api.ask("groups.setLongPollSettings", int, group_id=self._group_id, **more)
        if self._settings.transport != "long_poll":
            server_id = await self._registered()
            more = {"server_id": server_id, "api_version": wire.VERSION, **events}
            await self._api.ask("groups.setCallbackSettings", int, group_id=self._group_id, **more)

    async def _registered(self) -> int:
        """Our address among the community's callback servers, with our secret; its id."""
        known = await self._api.ask("groups.getCallbackServers", wire.CallbackServers, group_id=self._group_id)
        server = {"group_id": self._group_id, "url": self._url, "title": TITLE, "secret_key": self._secret or ""}
        for one in known.items:
            if one.url == self._url:
                if one.secret_key != self._secret or one.status != "ok":
                    await self._api.ask("groups.editCallbackServer", int, server_id=one.id, **server)
                return one.id
        return (await self._api.ask("groups.addCallbackServer", wire.NewCallbackServer, **server)).server_id

    # The Callback API.

    def routes(self) -> Sequence[Route]:
        """Where it posts."""
        if self._settings.transport == "long_poll":
            return ()
        return (Route("POST", PATH, self._posted, ANSWERED_S),)

    async def _posted(self, hook: Hook, inbox: Inbox) -> Answer:
        try:
            event = msgspec.json.decode(hook.body, type=wire.Event)
        except msgspec.DecodeError:
            return Answer(400)
        if event.type == "confirmation" and event.group_id == self._group_id:
            return await self._confirm()
        if not self._secret or not is_secret(event.secret, self._secret):
            return Answer(403)
        try:
            await self._put(inbox, [event])
        except SendError as error:  # what is missing before it could not be asked for
            _log.warning("event_put_off", why=str(error))
            return Answer(503)
        return Answer(body=b"ok")

    async def _confirm(self) -> Answer:
        """What confirms our address. It changes with every change of the servers, so VK is asked each time."""
        if self._settings.confirmation:
            return Answer(body=self._settings.confirmation.encode())
        try:
            told = await self._api.ask(
                "groups.getCallbackConfirmationCode", wire.ConfirmationCode, group_id=self._group_id
            )
        except SendError as error:
            _log.warning("no_confirmation_code", why=str(error))
            return Answer(503)
        return Answer(body=told.code.encode())

    async def _put(self, inbox: Inbox, events: Sequence[wire.Event]) -> None:
        """Give the router those that it has not had, by whichever way they came."""
        new = [event for event in events if (event.event_id or "") not in self._had]
        await self.dialogues.put(inbox, new)
        for event in new:
            if event.event_id is not None:
                self._had[event.event_id] = None

    # The long poll.

    async def receive(self, inbox: Inbox) -> None:
        """Bring what was missed, and then what happens."""
        try:
            if self._settings.transport == "callback":
                await self.dialogues.catch_up(inbox)
            while self._settings.transport == "callback":  # nobody polls, so nobody would see that VK is away
                await self._time.sleep(WATCHED_S)
                await self._api.ask("groups.getById", wire.Groups)
                inbox.alive()
            while True:
                if self._server is None:
                    server = await self._new_server()
                    await self.dialogues.catch_up(inbox)
                    self._server = server
                self._server = await self._poll(self._server, inbox)
        except asyncio.CancelledError:
            self._server = None  # somebody else may poll meanwhile
            raise

    async def _new_server(self) -> wire.LongPollServer:
        try:
            return await self._api.ask("groups.getLongPollServer", wire.LongPollServer, group_id=self._group_id)
        except Rejected as rejected:  # the long poll may be switched off there, which people can undo
            raise NotSent(rejected.code) from None

    async def _poll(self, server: wire.LongPollServer, inbox: Inbox) -> wire.LongPollServer | None:
        """Where to poll next; None where that must be found out anew, since something was lost."""
        query = {"act": "a_check", "key": server.key, "ts": str(server.ts), "wait": str(WAITED_S)}
        timeout = aiohttp.ClientTimeout(WAITED_S + LATE_S)
        async with self._http.get(server.server, params=query, timeout=timeout) as response:
            body = await response.read()
        if response.status != 200:
            raise NotSent(f"the long poll answers {response.status}")
        try:
            poll = msgspec.json.decode(body, type=wire.Poll)
        except msgspec.DecodeError:
            _log.warning("long_poll_unreadable", bytes=len(body))
            return None
        if poll.failed is not None:
            _log.info("long_poll_failed", code=poll.failed)
            if poll.failed == 2:
                return msgspec.structs.replace(await self._new_server(), ts=server.ts)
            return None
        inbox.alive()
        await self._take(poll.updates, inbox)
        return server if poll.ts is None else msgspec.structs.replace(server, ts=poll.ts)

    async def _take(self, updates: Sequence[msgspec.Raw], inbox: Inbox) -> None:
        events: list[wire.Event] = []
        for update in updates:
            try:
                events.append(msgspec.json.decode(update, type=wire.Event))
            except msgspec.DecodeError:
                await inbox.put(bytes(update))  # becomes a dead letter
        await self._put(inbox, events)
