"""Channels: what their adapters say of an account, and how they hear of its contacts.

A reader of an account holds its lease: one at a time, on a socket or by polls. Without a holder for 15 s the account's
live contacts are held, for 120 s they are lost. A polled lease lasts as long as the poll may wait and 75 s more. The
`holder` of a socket takes it back at once from one of his that is dead and not known to be.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Any, TypeVar

from router.domain.message import UNSENT
from router.domain.wire import answers, conversations, frames, queries, requests
from router.domain.wire.moment import moment
from router.engine.acts.commands import GetCommand, GetCommands
from router.engine.acts.messages import GetMessage, GetMessages, GetOutbox
from router.engine.acts.reading import ListAccount
from router.engine.acts.workspace import CloseChannel, OpenChannel, SetChannelStatus
from router.kit.errors import Refusal
from router.service.sessions import Reconciled, reconcile
from router.web.live import poll, serve_live
from router.web.operation import ADAPTERS, Call, Reply, Table
from router.web.phones import Phones
from router.web.problems import problem_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import msgspec
    from aiohttp import web

    from router.domain.contact import Contact
    from router.domain.events import Event
    from router.engine.acts.act import Act
    from router.engine.engine import Actor
    from router.service.served import Served

Found = TypeVar("Found")

AT_ONCE = 100
"""Contacts that are read together."""

TOLD = frozenset({"contact.rating_asked", "message.queued", "message.typing", "command.made"})
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
        retries=said.retries,
    )
    await call.served.engine.do(act, call.by)
    return Reply(
        answers.Channel(
            channel=channel,
            account=said.account,
            status=said.status,
            detail=said.detail,
            capabilities=said.capabilities,
            retries=said.retries,
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
    engine, by, ids = call.served.engine, call.by, said.external_ids
    how = {"force": said.force, "lost": said.lost}
    return Reply(await reconcile(engine, channel, said.account, said.as_of, ids, by, **how))


@table.add_socket(
    "/channels/{channel}/live", ADAPTERS, query=queries.ChannelLive,
    refuses=("unknown_channel", "taken", "events_trimmed"), frames=frames.OF_CHANNEL,
)  # fmt: skip
async def channel_live(call: Call, request: web.Request) -> web.StreamResponse:
    """A socket that holds the account's lease and hears of each of its contacts."""
    asked: queries.ChannelLive = call.query
    channel = call.own_channel(asked.account)
    reader = SocketReader(call.served, call.by, channel, asked)
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


class _Reader:
    """Who hears of the contacts of an account, each with its whole state."""

    kind = "channel"
    agent = None
    standby = False
    lease_s: float | None = None

    def __init__(self, served: Served, by: Actor, channel: str, account: str, connection: str) -> None:
        self._served = served
        self._by = by
        self._channel = channel
        self._account = account
        self._connection = connection
        self._phones = Phones(served, channel)
        self._taken_seq = 0
        """The last event when the lease was taken, or kept, last."""

    def wanted(self, event: Event) -> bool:
        """Every event of a contact of the account, that somebody holds it, and what may change somebody's phone."""
        if self._is_ours(event) and (event.contact is not None or event.type == "channel.up"):
            return True
        return event.contact is None and self._phones.concerned(event)

    def _is_ours(self, event: Event) -> bool:
        return event.channel == self._channel and event.account == self._account

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
            messages=[self._served.views.message(message) for message in await self._all(GetOutbox)],
            commands=[self._served.views.command(command) for command in await self._all(GetCommands)],
            phones=await self._phones.all(),
        )
        return snapshot, first.seq

    async def _all(self, act: Callable[..., Act[tuple[list[Found], int | None]]]) -> list[Found]:
        """Every page of what the account has still to do."""
        found: list[Found] = []
        after: int | None = 0
        while after is not None:
            asked = act(channel=self._channel, account=self._account, after=after, most=AT_ONCE)
            page, after = (await self._served.engine.do(asked)).result
            found += page
        return found

    async def frames(self, events: list[Event]) -> list[Any]:
        """A frame for each contact that has changed, as it stands now, at its last event; one for each new message.

        And one for each phone that has changed.
        """
        for event in events:
            is_later = event.type == "channel.up" and event.seq > self._taken_seq and self._is_ours(event)
            if is_later and event.data["holder"] != self._connection:
                raise Refusal("taken", self._account)  # its own holder is back on another connection
        phones, events = await self._phones.frames(events), [event for event in events if event.contact is not None]
        last = {event.contact: event.seq for event in events if event.version is not None}
        told = [event for event in events if event.type in TOLD or last.get(event.contact) == event.seq]
        found: list[Any] = []
        for start in range(0, len(told), AT_ONCE):
            found += await asyncio.gather(*(self._frame(event) for event in told[start : start + AT_ONCE]))
        return sorted((frame for frame in (*found, *phones) if frame is not None), key=lambda frame: frame.seq)

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
            if event.type == "command.made":
                command = (await self._served.engine.do(GetCommand(contact=event.contact, n=event.data["n"]))).result
                is_open = command.state == "open"
                return frames.CommandFrame(seq=event.seq, command=views.command(command)) if is_open else None
        except Refusal:
            return None
        if (last := views.just_shown(event)) is not None:
            contact, answer = last.contact, last.answer
        else:
            stand = await self._served.standing.of(contacts=(event.contact,))
            contact, answer = stand.contacts.get(event.contact), stand.answer
        if contact is None:
            return None
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

    def __init__(self, served: Served, by: Actor, channel: str, asked: queries.ChannelLive) -> None:
        super().__init__(served, by, channel, asked.account, secrets.token_hex(8))
        self.standby = asked.standby
        self.lease_s = asked.lease_s
        self._holder = asked.holder

    async def take(self) -> int:
        """Take the lease, or keep it. Refuses `taken`."""
        act = OpenChannel(
            channel=self._channel,
            account=self._account,
            connection=self._connection,
            process=self._served.process,
            holder=self._holder,
            again=self._taken_seq > 0,
        )
        self._taken_seq = (await self._served.engine.do(act, self._by)).seq
        return self._taken_seq

    async def give_up(self, silent_ms: int) -> None:
        """Give the lease up; the account is silent from now on, whenever it was last heard of."""
        del silent_ms
        act = CloseChannel(channel=self._channel, account=self._account, connection=self._connection)
        await self._served.engine.do(act, self._by)


class PollReader(_Reader):
    """One who holds the lease from poll to poll. All polls of one token are the same holder."""

    def __init__(self, served: Served, by: Actor, channel: str, account: str, token: str, wait_ms: int) -> None:
        super().__init__(served, by, channel, account, f"poll-{token}")
        self._wait_ms = wait_ms

    async def take(self) -> int:
        """Take the lease, or keep it, for as long as this poll may wait and some more. Refuses `taken`."""
        polled = self._served.polled
        taken = polled.take(self._channel, self._account, self._connection, self._wait_ms, self._by)
        self._taken_seq = await taken
        return self._taken_seq

    async def give_up(self, silent_ms: int) -> None:
        """A poll gives nothing up: its time does."""
