"""What of each dialogue the router has, so that nothing is missing in it and nothing is out of order.

VK numbers the messages of a dialogue one by one. An event whose number is not the next one tells that something before
it has not come: it is being repeated, or was lost, or came while nobody was there. Then the dialogue's history is read,
and what is missing goes first. So the order is that of the dialogue, whatever the order of the events.

Of a dialogue that this process knows nothing of yet, what is missing is what is unread of the last day, and all of the
last two minutes, since a message may have been read without the router having it. The router knows those that it has.
To send something in a dialogue reads all of it, so nothing is sent before it is known what is unread.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final
from weakref import WeakValueDictionary

import msgspec

from channels.kit.remembered import Remembered
from channels.vk import wire
from channels.vk.reading import is_dialogue

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterable, Sequence

    from channels.kit.port import Inbox, Time
    from channels.vk.api import Api

KEPT: Final = 20_000
PAGE: Final = 200
UNREAD_S: Final = 86_400
RECENT_S: Final = 120
NUMBERED: Final = frozenset({"message_new", "message_reply", "message_edit"})


class Dialogues:
    """All dialogues of one community."""

    def __init__(self, api: Api, time: Time) -> None:
        self._api = api
        self._time = time
        self._upto: Remembered[int, int] = Remembered(KEPT)
        """By dialogue, the number up to which the router has all that it wants."""
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._asking = asyncio.Lock()
        self.looked = asyncio.Event()
        """Set when it is known what was unread when this process got the account."""

    async def put(self, inbox: Inbox, events: Sequence[wire.Event]) -> None:
        """Give events to the router, in their order in each dialogue, and before them what is missing.

        It returns, and raises, as `Inbox.put`, and as `Api.ask`.
        """
        by_dialogue: dict[int, list[wire.Event]] = {}
        for event in events:
            by_dialogue.setdefault(_head(event).dialogue, []).append(event)
        works = [self._put(inbox, peer_id, its) for peer_id, its in by_dialogue.items()]
        await _all(works)

    async def catch_up(self, inbox: Inbox) -> None:
        """Give the router what came while nobody listened. Raises as `put` does."""
        self.looked.clear()
        unread_s, recent_s = self._moments()
        latest: list[wire.ConversationItem] = []
        is_more = True
        while is_more:
            page = await self._api.ask("messages.getConversations", wire.Conversations, count=PAGE, offset=len(latest))
            found = [item for item in page.items if item.last_message.date >= unread_s]
            latest += found
            is_more = len(found) == PAGE
        self.looked.set()
        works: list[Awaitable[None]] = []
        for item in latest:
            last = item.last_message
            if item.conversation.unread_count or last.date >= recent_s:
                works.append(self._look_through(inbox, item))
            elif last.peer_id not in self._upto:
                self._upto[last.peer_id] = last.conversation_message_id
        await _all(works)

    async def _look_through(self, inbox: Inbox, item: wire.ConversationItem) -> None:
        """All that the router may lack of one dialogue, changes of what it has among it."""
        peer_id, last = item.last_message.peer_id, item.last_message.conversation_message_id
        if is_dialogue(peer_id):
            async with self._turns.setdefault(peer_id, asyncio.Lock()):
                upto = self._upto.get(peer_id)
                await inbox.put(*await self._missing(peer_id, upto, last, item.conversation.in_read))
                self._upto[peer_id] = max(upto or 0, last)

    async def _put(self, inbox: Inbox, peer_id: int, events: Sequence[wire.Event]) -> None:
        """Events of one dialogue, and all before them."""
        if not is_dialogue(peer_id):
            return await inbox.put(*(_raw(event) for event in events))
        turn = self._turns.setdefault(peer_id, asyncio.Lock())
        async with turn:
            upto = self._upto.get(peer_id)
            raws: list[bytes] = []
            for event in events:
                number = _head(event).conversation_message_id if event.type in NUMBERED else 0
                # An edit is of a message that has come already, or else comes by the history as it is now.
                is_edit = event.type == "message_edit"
                before = number if is_edit else number - 1
                if before > (upto or 0):
                    raws += await self._missing(peer_id, upto, before)
                raws.append(_raw(event))
                if number and (upto is not None or not is_edit):
                    upto = max(upto or 0, number)
            await inbox.put(*raws)
            if upto is not None:
                self._upto[peer_id] = upto
            return None

    async def _missing(self, peer_id: int, upto: int | None, last: int, read: int | None = None) -> list[bytes]:
        """What the customer wrote after number `upto` and up to `last`, and what he changed, as events.

        `read` is the id of the last message that was read; None where VK is to say it.
        """
        async with self._asking:  # one after the other: VK takes 20 calls a second, those that send among them
            history = await self._api.ask("messages.getHistory", wire.History, peer_id=peer_id, count=PAGE, extended=1)
        if read is None:
            read = max((conversation.in_read for conversation in history.conversations), default=0)
        unread_s, recent_s = self._moments()
        missing: list[bytes] = []
        for raw in reversed(history.items):
            event = wire.Event("message_new", 0, object=msgspec.Raw(b'{"message":' + bytes(raw) + b"}"))
            head = _head(event)
            is_due = upto is not None or head.date >= (unread_s if head.id > read else recent_s)
            is_his = not head.out and head.conversation_message_id <= last
            if (is_his and is_due and head.conversation_message_id > (upto or 0)) or not head.id:
                missing.append(_raw(event))  # what cannot be read at all is for the dead letters
            if is_his and head.update_time >= unread_s:  # the router may have what it said before
                missing.append(_raw(wire.Event("message_edit", 0, object=raw)))
        return missing

    def _moments(self) -> tuple[int, int]:
        """Since when what is unread, and since when anything, may be missing, in seconds since 1970."""
        now_s = self._time.wall_ms() // 1000
        return now_s - UNREAD_S, now_s - RECENT_S


async def _all(works: Iterable[Awaitable[None]]) -> None:
    """Do all of it at once. Raises when all is done, what one of them raised."""
    for outcome in await asyncio.gather(*works, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome


def _head(event: wire.Event) -> wire.Head:
    """Whose an event is, and of which message; an empty one where that cannot be read."""
    try:
        if event.type == "message_new":
            return msgspec.json.decode(event.object, type=wire.NewHead).message
        return msgspec.json.decode(event.object, type=wire.Head)
    except msgspec.DecodeError:
        return wire.Head()


def _raw(event: wire.Event) -> bytes:
    """An event as `parse` takes it: the same bytes, whichever way it came, and without its secret."""
    return msgspec.json.encode(msgspec.structs.replace(event, secret=None))
