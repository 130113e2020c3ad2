"""Channels: what their adapters say of an account, and how they hear of its contacts.

A reader of an account holds its lease: one at a time, on a socket or by polls. Without a holder for 15 s the account's
live contacts are held, for 120 s they are lost. A polled lease lasts as long as the poll may wait and 75 s more.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Any

from router.domain.wire import answers, frames, queries, requests
from router.domain.wire.moment import moment
from router.engine.acts.reading import GetContact, ListAccount
from router.engine.acts.workspace import CloseChannel, OpenChannel, SetChannelStatus
from router.kit.errors import Refusal
from router.service.sessions import Reconciled, reconcile
from router.web.live import poll, serve_live
from router.web.operation import ADAPTERS, Call, Reply, Table
from router.web.problems import problem_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    import msgspec
    from aiohttp import web

    from router.domain.events import Event
    from router.domain.token import Token
    from router.engine.engine import Actor
    from router.service.served import Served

AT_ONCE = 100
"""Contacts that are read together."""

table = Table()


@table.add(
    "PUT", "/channels/{channel}", ADAPTERS, body=requests.PutChannel, answer=answers.Channel,
    refuses=("unknown_channel",),
)  # fmt: skip
async def put_channel(call: Call) -> Reply:
    """The adapter says how its account is and what it can do with a contact."""
    said: requests.PutChannel = call.body
    channel = _own(call.served, call.known.token, call.path["channel"], said.account)
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
    channel = _own(call.served, call.known.token, call.path["channel"], said.account)
    engine, by = call.served.engine, call.by
    return Reply(await reconcile(engine, channel, said.account, said.as_of, said.external_ids, by, force=said.force))


@table.add_socket(
    "/channels/{channel}/live", ADAPTERS, query=queries.ChannelLive,
    refuses=("unknown_channel", "taken", "events_trimmed"), frames=frames.OF_CHANNEL,
)  # fmt: skip
async def channel_live(call: Call, request: web.Request) -> web.StreamResponse:
    """A socket that holds the account's lease and hears of each of its contacts."""
    asked: queries.ChannelLive = call.query
    channel = _own(call.served, call.known.token, call.path["channel"], asked.account)
    reader = SocketReader(call.served, call.by, channel, asked.account, standby=asked.standby)
    return await serve_live(call.served, call.known, request, reader, asked.after)


@table.add(
    "GET", "/channels/{channel}/work", ADAPTERS, query=queries.ChannelWork, answer=frames.ChannelWork,
    refuses=("unknown_channel", "taken", "events_trimmed"),
)  # fmt: skip
async def channel_work(call: Call) -> Reply:
    """What the socket would tell, by polls: all that is open, or what came after an event. It holds the lease too."""
    asked: queries.ChannelWork = call.query
    channel = _own(call.served, call.known.token, call.path["channel"], asked.account)
    reader = PollReader(call.served, call.by, channel, asked.account, call.known.id, round(asked.wait_s * 1000))
    heard, seq = await poll(call.served, reader, asked.after, asked.wait_s)
    await call.served.tokens.still(call.known.digest)
    return Reply(frames.ChannelWork(frames=heard, seq=seq))


@table.add("POST", "/channels/{channel}/messages", ADAPTERS, refuses=("unknown_channel", "not_built"))
async def post_message(call: Call) -> Reply:
    """A message arrives in a thread. Not in this release."""
    _own(call.served, call.known.token, call.path["channel"], None)
    raise Refusal("not_built", "messages come with the chat channels")


@table.add("POST", "/messages/{message}/state", ADAPTERS, refuses=("not_built",))
async def message_state(_call: Call) -> Reply:
    """What became of a message that was to be sent. Not in this release."""
    raise Refusal("not_built", "messages come with the chat channels")


@table.add("POST", "/commands/{command}", ADAPTERS, refuses=("not_built",))
async def command_state(_call: Call) -> Reply:
    """What became of a command. Not in this release."""
    raise Refusal("not_built", "commands come with the telephone channels")


def _own(served: Served, token: Token, channel: str, account: str | None) -> str:
    """The channel, if it is one and the token speaks for it. Refuses `unknown_channel`."""
    if not token.speaks_for(channel, account) or channel not in served.current.operation.channels:
        raise Refusal("unknown_channel", channel)
    return channel


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
        """All open contacts. Whatever changes while they are read is told after it."""
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
            seq=first.seq, now=moment(first.wall), resumed=resumed, contacts=contacts, messages=[], commands=[]
        )
        return snapshot, first.seq

    async def frames(self, events: list[Event]) -> list[Any]:
        """One frame for each contact that they are about, as it stands now, at its last event."""
        last = {event.contact: event.seq for event in events if event.contact is not None}
        found: list[Any] = []
        for some in _chunks(sorted(last.items(), key=lambda item: item[1])):
            found += await asyncio.gather(*(self._frame(contact, seq) for contact, seq in some))
        return [frame for frame in found if frame is not None]

    async def _frame(self, contact: str, seq: int) -> frames.ContactFrame | None:
        try:
            answer = await self._served.engine.do(GetContact(contact=contact))
        except Refusal:  # it ended long ago and is no longer kept
            return None
        return frames.ContactFrame(seq=seq, contact=await self._served.views.contact(answer, answer.result[0]))

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


def _chunks(items: list[tuple[str, int]]) -> Iterable[list[tuple[str, int]]]:
    return (items[start : start + AT_ONCE] for start in range(0, len(items), AT_ONCE))
