"""What comes in: from the platform's bytes to the router's 2xx.

In each thread everything is told in the order in which it came; threads do not wait for each other. An update that
comes again while it is still under way is the same one. What cannot be read, and what the router will never take,
becomes a dead letter, and the rest goes on.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec
import structlog

from channels.kit.albums import Album, Albums
from channels.kit.failures import SendError
from channels.kit.lanes import Lanes
from channels.kit.router import Refused
from channels.kit.updates import Deleted, Edited, Incoming, Left, Own, Rated, Seen, Typing
from router.domain.wire import requests
from router.domain.wire.answers import Contact
from router.domain.wire.conversations import Message, Received

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from channels.kit.bodies import Bodies
    from channels.kit.conversations import Conversations
    from channels.kit.health import Health
    from channels.kit.letters import DeadLetters
    from channels.kit.outbox import Outbox
    from channels.kit.port import Adapter, Time
    from channels.kit.router import RouterClient
    from channels.kit.updates import Update

FULL: Final = 10_000
"""With so many updates under way webhooks are asked to come again."""

_log: Any = structlog.get_logger()


class KitInbox:
    """The inbox of one adapter."""

    def __init__(
        self,
        adapter: Adapter,
        name: str,
        router: RouterClient,
        conversations: Conversations,
        outbox: Outbox,
        bodies: Bodies,
        letters: DeadLetters,
        health: Health,
        time: Time,
    ) -> None:
        self._adapter = adapter
        self._messages = f"/channels/{name}/messages"
        self._router = router
        self._conversations = conversations
        self._outbox = outbox
        self._bodies = bodies
        self._letters = letters
        self._health = health
        self._time = time
        self._albums = Albums()
        self._lanes = Lanes()
        self._under_way: dict[bytes, asyncio.Task[None]] = {}
        self._told: dict[type[Any], Callable[[Any], Coroutine[Any, Any, None]]] = {
            Incoming: self._came, Edited: self._edited, Deleted: self._deleted, Typing: self._typing, Seen: self._seen,
            Rated: self._rated, Left: self._left, Own: self._own,
        }  # fmt: skip

    def __len__(self) -> int:
        """How many updates are under way."""
        return len(self._under_way)

    async def put(self, *updates: bytes) -> None:
        """As the port has it. Raises OSError where a dead letter cannot be written."""
        self.alive()
        # Cancelled, it lets them go on: what has begun is told once, whoever waits for it.
        tasks = [self._begin(update) for update in updates]
        if tasks:
            await asyncio.wait(tasks)
        for task in tasks:
            task.result()

    def alive(self) -> None:
        """The platform has answered, with or without updates: the channel is up."""
        self._health.up("platform")

    async def end(self) -> None:
        """Tell nothing any more. What was not told was not confirmed either, and comes again."""
        for task in list(self._under_way.values()):
            task.cancel()
        await self._lanes.end()

    def _begin(self, raw: bytes) -> asyncio.Task[None]:
        if raw in self._under_way:
            return self._under_way[raw]
        try:
            works = [self._add(update) for update in self._adapter.parse(raw)]
        except Exception as error:  # noqa: BLE001 - whatever it is, the next update is none the worse for it
            task = asyncio.create_task(self._letters.add(raw, type(error).__name__))
        else:
            task = asyncio.create_task(self._finish(raw, works))
        self._under_way[raw] = task
        task.add_done_callback(lambda _task: self._under_way.pop(raw))
        return task

    def _add(self, update: Update) -> asyncio.Task[None]:
        work: Callable[[], Coroutine[Any, Any, None]] = partial(self._told[type(update)], update)
        if isinstance(update, Incoming) and update.album is not None:
            work = partial(self._album_came, self._albums.add(update))
        return self._lanes.add(update.thread, work)

    async def _finish(self, raw: bytes, works: list[asyncio.Task[None]]) -> None:
        for work in works:
            try:
                await work
            except Refused as refused:
                await self._letters.add(raw, refused.code)
            except Exception as error:  # noqa: BLE001 - as in `_begin`
                _log.error("update_broke", exc_info=error)
                await self._letters.add(raw, type(error).__name__)

    async def _came(self, said: Incoming) -> None:
        if said.author == "agent":
            # Its id may be that of a message that we are just sending: then it is known when that has come back.
            await self._outbox.settled(said.thread)
        if self._conversations.message(said.thread, said.external_id) is not None or await self._was_rating(said):
            return
        await self._tell(self._bodies.came(await self._enriched(said)))

    async def _tell(self, body: requests.PostMessage) -> Received:
        received = await self._router.call("POST", self._messages, body, Received)
        if received.contact is not None:
            self._conversations.hear(received.contact)
        if received.message is not None:
            self._conversations.note(body.thread, body.external_id, received.message.id)
        return received

    async def _enriched(self, said: Incoming) -> Incoming:
        try:
            return await self._adapter.enrich(said)
        except Exception as error:  # noqa: BLE001 - a message without a name is better than none
            _log.warning("enrich_failed", exc_info=error)
            return said

    async def _was_rating(self, said: Incoming) -> bool:
        """Where the platform has no buttons, a lone digit after the question is the answer to it."""
        contact = self._conversations.asked.get(said.thread)
        if contact is None or said.author != "customer" or (said.text or "").strip() not in {"1", "2", "3", "4", "5"}:
            return False
        self._conversations.asked.forget(said.thread)
        return await self._rate(contact, int(said.text or "")) is None

    async def _album_came(self, album: Album) -> None:
        if album.told is None:
            await album.whole(self._time)
            joined = album.joined()
            known = (await self._tell(self._bodies.came(await self._enriched(joined)))).message
            album.told = joined
            # The one of before a restart may lack what has come since then.
            if known is not None and len(known.attachments) < len(joined.attachments):
                await self._tell(self._bodies.changed(joined))
        elif (joined := album.joined()) != album.told:
            await self._tell(self._bodies.changed(joined))
            album.told = joined

    async def _edited(self, said: Edited) -> None:
        album = self._albums.of(said.thread, said.external_id)
        if album is None:
            await self._tell(self._bodies.changed(said))
            return
        before = album.items[said.external_id]
        attachments = before.attachments if said.attachments is None else said.attachments
        album.add(msgspec.structs.replace(before, text=said.text, attachments=attachments))
        await self._album_came(album)

    async def _deleted(self, said: Deleted) -> None:
        for external_id in said.external_ids:
            album = self._albums.of(said.thread, external_id)
            if album is not None and album.told is not None and len(album.items) > 1:
                album.items.pop(external_id, None)
                await self._album_came(album)
            else:
                whole = album.told.external_id if album is not None and album.told is not None else external_id
                await self._tell(self._bodies.gone(said, whole))

    async def _typing(self, said: Typing) -> None:
        contact = self._conversations.open(said.thread)
        if contact is not None:
            await self._router.mention(f"/contacts/{contact}/typing")

    async def _seen(self, said: Seen) -> None:
        body = requests.MessageStateSaid(state=said.state)
        for message in self._conversations.seen(said.thread, said.upto_external_id, said.state):
            await self._unless_refused(self._router.call("POST", f"/messages/{message}/state", body, Message))

    async def _rated(self, said: Rated) -> None:
        code = await self._rate(said.contact, said.score)
        try:
            await self._adapter.rated(said, code)
        except SendError as error:
            _log.warning("rating_not_answered", why=type(error).__name__)

    async def _rate(self, contact: str, score: int) -> str | None:
        """None, or with which code it was refused."""
        path = self._conversations.path(contact, "/rating")
        return await self._unless_refused(self._router.call("POST", path, {"score": score}, Contact))

    async def _left(self, said: Left) -> None:
        contact = self._conversations.open(said.thread)
        if contact is not None:
            await self._unless_refused(self._router.call("POST", f"/contacts/{contact}/left", {}, Contact))

    async def _own(self, said: Own) -> None:
        try:
            await said.do()
        except Exception as error:  # noqa: BLE001 - it is the adapter's own, and done once
            _log.error("own_work_failed", exc_info=error)

    async def _unless_refused(self, call: Awaitable[Any]) -> str | None:
        try:
            answer = await call
        except Refused as refused:
            return refused.code
        if isinstance(answer, Contact):
            self._conversations.hear(answer)
        return None
