"""Channels: what their adapters say of an account, and how they hear of its contacts.

A reader of an account holds its lease: one at a time, on a socket or by polls. Without a holder for 15 s the account's
live contacts are held, for 120 s they are lost. A polled lease lasts as long as the poll may wait and 75 s more.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Any

from router.domain.message import UNSENT
from router.domain.wire import answers, conversations, frames, queries, requests
from router.domain.wire.moment import moment
from router.engine.acts.messages import GetMessage, GetMessages, GetOutbox
from router.engine.acts.reading import GetContact, ListAccount
from router.engine.acts.workspace import CloseChannel, OpenChannel, SetChannelStatus
from router.kit.errors import Refusal
from router.service.sessions import Reconciled, reconcile
from router.web.live import poll, serve_live
from router.web.operation import ADAPTERS, Call, Reply, Table
from router.web.problems import problem_of

if TYPE_CHECKING:
    import msgspec
    from aiohttp import web

    from router.domain.contact import Contact
    from router.domain.events import Event
    from router.engine.engine import Actor
    from router.service.served import Served

AT_ONCE = 100
"""Contacts that are read together."""

TOLD = frozenset({"contact.rating_asked", "message.queued", "message.typing"})
"""Events that have a frame of their own."""

table = Table()


@table.add(
    "PUT", "/channels/{channel}", ADAPTERS, body=requests.PutChannel, answer=answers.Channel,
    refuses=("unknown_channel",),
)  # fmt: skip
async def put_channel(call: Call) -> Reply:
    """The adapter says how its account is and what it can do with a contact."""
    said: requests.PutChannel = call.body
    channel = call.own_channel(said.account)
    act = SetChannelStatus(
        channel=channel,
        account=said.account,
        status=said.status,
        detail=said.detail,
        capabilities=said.capabilities,
    )
    await call.served.engine.do(act, call.by)
    return Reply(
        answers.Channel(
            channel=channel,
            account=said.account,
            status=said.status,
            detail=said.detail,
            capabilities=said.capabilities,
        )
    )


@table.add(
    "PUT", "/channels/{channel}/sessions", ADAPTERS, body=requests.PutSessions, answer=Reconciled,
    refuses=("unknown_channel", "needs_force"),
)  # fmt: skip
async def put_sessions(call: Call) -> Reply:
    """The adapter lists the sessions that it still has; the account's live contacts that are not among them end."""
    said: requests.PutSessions = call.body
    channel = call.own_channel(said.account)
    engine, by = call.served.engine, call.by
    return Reply(await reconcile(engine, channel, said.account, said.as_of, said.external_ids, by, force=said.force))


@table.add_socket(
    "/channels/{channel}/live", ADAPTERS, query=queries.ChannelLive,
    refuses=("unknown_channel", "taken", "events_trimmed"), frames=frames.OF_CHANNEL,
)  # fmt: skip
async def channel_live(call: Call, request: web.Request) -> web.StreamResponse:
    """A socket that holds the account's lease and hears of each of its contacts."""
    asked: queries.ChannelLive = call.query
    channel = call.own_channel(asked.account)
    reader = SocketReader(call.served, call.by, channel, asked.account, standby=asked.standby)
    return await serve_live(call.served, call.known, request, reader, asked.after)


@table.add(
    "GET", "/channels/{channel}/work", ADAPTERS, query=queries.ChannelWork, answer=frames.ChannelWork,
    refuses=("unknown_channel", "taken", "events_trimmed"),
)  # fmt: skip
async def channel_work(call: Call) -> Reply:
    """What the socket would tell, by polls: all that is open, or what came after an event. It holds the lease too."""
    asked: queries.ChannelWork = call.query
    channel = call.own_channel(asked.account)
    reader = PollReader(call.served, call.by, channel, asked.account, call.known.id, round(asked.wait_s * 1000))
    heard, seq = await poll(call.served, reader, asked.after, asked.wait_s)
    await call.served.tokens.still(call.known.digest)
    return Reply(frames.ChannelWork(frames=heard, seq=seq))


@table.add("POST", "/commands/{command}", ADAPTERS, refuses=("not_built",))
async def command_state(_call: Call) -> Reply:
    """What became of a command. Not in this release."""
    raise Refusal("not_built", "commands come with the telephone channels")


class _Reader:
    """Who hears of the contacts of an account, each with its whole state."""

    agent = None
    standby = False

    def __init__(self, served: Served, by: Actor, channel: str, account: str) -> None:
        self._served = served
        self._by = by
        self._channel = channel
        self._account = account

    def wanted(self, event: Event) -> bool:
        """Every event of a contact of the account."""
        return event.contact is not None and event.channel == self._channel and event.account == self._account

    async def snapshot(self, *, resumed: bool) -> tuple[msgspec.Struct | None, int]:
        """All open contacts and unsent messages. Whatever changes while they are read is told after it."""
        contacts: list[answers.Contact] = []
        after: int | None = 0
        first = None
        while after is not None:
            act = ListAccount(channel=self._channel, account=self._account, after=after, most=AT_ONCE)
            answer = await self._served.engine.do(act)
            found, after = answer.result
            contacts += [await self._served.views.contact(answer, contact) for contact in found]
            first = first or answer
        assert first is not None
        snapshot = frames.ChannelSnapshot(
            seq=first.seq,
            now=moment(first.wall),
            resumed=resumed,
            contacts=contacts,
            messages=await self._unsent(),
            commands=[],
        )
        return snapshot, first.seq

    async def _unsent(self) -> list[conversations.Message]:
        found: list[conversations.Message] = []
        after: int | None = 0
        while after is not None:
            act = GetOutbox(channel=self._channel, account=self._account, after=after, most=AT_ONCE)
            messages, after = (await self._served.engine.do(act)).result
            found += [self._served.views.message(message) for message in messages]
        return found

    async def frames(self, events: list[Event]) -> list[Any]:
        """A frame for each contact that has changed, as it stands now, at its last event; one for each new message."""
        last = {event.contact: event.seq for event in events if not event.type.startswith("message.")}
        told = [event for event in events if event.type in TOLD or last.get(event.contact) == event.seq]
        found: list[Any] = []
        for start in range(0, len(told), AT_ONCE):
            found += await asyncio.gather(*(self._frame(event) for event in told[start : start + AT_ONCE]))
        return [frame for frame in found if frame is not None]

    async def _frame(self, event: Event) -> Any:
        """Nothing where it ended long ago and is no longer kept, or is not the channel's business any more."""
        assert event.contact is not None
        views = self._served.views
        try:
            if event.type == "message.typing":
                side = event.data["side"]
                return frames.TypingFrame(seq=event.seq, contact=event.contact, by=side) if side == "agent" else None
            if event.type == "message.queued":
                act = GetMessage(contact=event.contact, n=event.data["n"])
                message = (await self._served.engine.do(act)).result
                if message.kind == "rating" or message.state not in UNSENT:
                    return None  # the question for a rating comes with its contact
                return frames.SendFrame(seq=event.seq, message=views.message(message))
            answer = await self._served.engine.do(GetContact(contact=event.contact))
        except Refusal:
            return None
        contact = answer.result[0]
        shown = await views.contact(answer, contact)
        if event.type != "contact.rating_asked":
            return frames.ContactFrame(seq=event.seq, contact=shown)
        until = moment(event.data["until"] + answer.wall - answer.now)
        return frames.AskRating(seq=event.seq, contact=shown, until=until, message=await self._question(contact))

    async def _question(self, contact: Contact) -> conversations.Message | None:
        """The contact's question for a rating, which is among its last messages; None where it has none."""
        if not contact.messages:
            return None
        act = GetMessages(contact=contact.id, after=max(0, contact.messages - AT_ONCE), most=AT_ONCE)
        asked = [one for one in (await self._served.engine.do(act)).result if one.kind == "rating"]
        return self._served.views.message(asked[-1]) if asked else None

    async def receive(self, raw: bytes) -> msgspec.Struct:
        """Nothing is said here: what happened is posted."""
        del raw
        return frames.answer_of(None, problem_of(Refusal("malformed", "this socket only tells; post what happened")))


class SocketReader(_Reader):
    """One who holds the lease as long as its socket lasts."""

    def __init__(self, served: Served, by: Actor, channel: str, account: str, *, standby: bool) -> None:
        super().__init__(served, by, channel, account)
        self.standby = standby
        self._connection = secrets.token_hex(8)

    async def take(self) -> int:
        """Take the lease, or keep it. Refuses `taken`."""
        act = OpenChannel(
            channel=self._channel,
            account=self._account,
            connection=self._connection,
            process=self._served.process,
        )
        return (await self._served.engine.do(act, self._by)).seq

    async def give_up(self, silent_ms: int) -> None:
        """Give the lease up; the account is silent from now on, whenever it was last heard of."""
        del silent_ms
        act = CloseChannel(channel=self._channel, account=self._account, connection=self._connection)
        await self._served.engine.do(act, self._by)


class PollReader(_Reader):
    """One who holds the lease from poll to poll. All polls of one token are the same holder."""

    def __init__(self, served: Served, by: Actor, channel: str, account: str, token: str, wait_ms: int) -> None:
        super().__init__(served, by, channel, account)
        self._connection = f"poll-{token}"
        self._wait_ms = wait_ms

    async def take(self) -> int:
        """Take the lease, or keep it, for as long as this poll may wait and some more. Refuses `taken`."""
        polled = self._served.polled
        return await polled.take(self._channel, self._account, self._connection, self._wait_ms, self._by)

    async def give_up(self, silent_ms: int) -> None:
        """A poll gives nothing up: its time does."""
