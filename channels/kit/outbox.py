"""What goes out: each message of the router's once, in the order of its thread, with its state told back.

    queued ── sending ── sent       every part was taken by the platform
                 └────── failed     with a code that the agent sees

`sending` is told before the platform is: a process that finds a message in that state, after a restart, does not know
whether it was sent. Then, and where an answer is lost, it is sent again if the platform recognises a repetition, and
otherwise fails with `outcome_unknown`. Where it was surely not sent, it is sent again until it is; a process that ends
before says that it is `queued` again.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import structlog

from channels.kit.backoff import Backoff
from channels.kit.either import either
from channels.kit.failures import Ambiguous, NotSent, Rejected, RetryAfter, SendError
from channels.kit.lanes import Lanes
from channels.kit.port import File, Outgoing, Sent
from channels.kit.remembered import Remembered
from channels.kit.router import Refused
from channels.kit.splitting import split, units
from channels.kit.words import say
from router.domain.message import UNSENT
from router.domain.wire import requests
from router.domain.wire.conversations import Message
from router.domain.wire.frames import (
    AskRating,
    ChannelSnapshot,
    CommandFrame,
    ContactFrame,
    PhoneFrame,
    SendFrame,
    TypingFrame,
)

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from channels.kit.conversations import Conversations
    from channels.kit.files import Fetcher
    from channels.kit.health import Health
    from channels.kit.limits import Limits
    from channels.kit.port import Adapter, Manifest, Time
    from channels.kit.router import RouterClient
    from channels.kit.wire import Frame
    from router.domain.wire.answers import Contact

DONE_KEPT: Final = 100_000
FETCHING: Final = 4
"""So many messages with attachments are in memory at once."""
END_S: Final = 10.0
"""So long what is being sent may take when the process ends."""

_log: Any = structlog.get_logger()


@dataclass(frozen=True)
class _Job:
    """A message that is to be sent, and in which of our turns with the account it was heard of."""

    message: Message
    turn: int


class _NotOurs(Exception):
    """The account is another's by now, or the process ends: whoever has it next goes on with the message."""


class Outbox:
    """The outbox of one account."""

    def __init__(
        self,
        adapter: Adapter,
        manifest: Manifest,
        router: RouterClient,
        conversations: Conversations,
        limits: Limits,
        fetcher: Fetcher,
        health: Health,
        time: Time,
    ) -> None:
        self._adapter = adapter
        self._manifest = manifest
        self._router = router
        self._conversations = conversations
        self._limits = limits
        self._fetcher = fetcher
        self._health = health
        self._time = time
        self._lanes = Lanes()
        self._jobs: dict[str, _Job] = {}
        self._turn = 0
        self._done: Remembered[str, None] = Remembered(DONE_KEPT)
        self._untried: Remembered[str, None] = Remembered(DONE_KEPT)
        """Messages that are `sending` by our own word and were surely not sent since."""
        self._in_flight: dict[str, asyncio.Future[None]] = {}
        self._fetching = asyncio.Semaphore(FETCHING)
        self._typing: set[asyncio.Task[None]] = set()
        self._ending = asyncio.Event()

    def __len__(self) -> int:
        """How many messages are not sent yet."""
        return len(self._jobs)

    def hear(self, frame: Frame) -> None:
        """A frame of the channel's socket."""
        match frame:
            case ChannelSnapshot():
                for contact in frame.contacts:
                    self._conversations.hear(contact)
                for message in frame.messages:
                    self._add(message)
            case ContactFrame():
                self._conversations.hear(frame.contact)
            case SendFrame():
                self._add(frame.message)
            case AskRating():
                self._conversations.hear(frame.contact)
                if frame.message is not None:
                    self._add(frame.message)
            case TypingFrame(by="agent"):
                task = asyncio.create_task(self._show_typing(frame.contact))
                self._typing.add(task)
                task.add_done_callback(self._typing.discard)
            case TypingFrame() | CommandFrame() | PhoneFrame():
                pass

    def lose(self) -> None:
        """The account may be another's from here on: what is not out already is his."""
        self._turn += 1
        self._jobs.clear()

    async def settled(self, thread: str) -> None:
        """Return when no request is out that sends something in the thread."""
        if thread in self._in_flight:
            await asyncio.wait([self._in_flight[thread]])

    async def end(self) -> None:
        """Begin nothing more, and wait for what is being sent."""
        self.lose()
        self._ending.set()
        for task in self._typing:
            task.cancel()
        await self._lanes.end(END_S)

    def _add(self, message: Message) -> None:
        if message.id in self._jobs or message.id in self._done or message.state not in UNSENT or self._ending.is_set():
            return
        job = self._jobs[message.id] = _Job(message, self._turn)
        self._lanes.add(message.thread or message.contact, lambda: self._run(job))

    async def _run(self, job: _Job) -> None:
        message = job.message
        if message.id in self._done:  # it was out when we lost the account
            return
        try:
            said = requests.MessageStateSaid(state="sent", external_id=await self._deliver(job))
        except Rejected as rejected:
            _log.warning("message_failed", message=message.id, code=rejected.code)
            said = requests.MessageStateSaid(state="failed", code=rejected.code)
        except _NotOurs:
            if message.id in self._untried:
                await self._say(message, requests.MessageStateSaid(state="queued"))
            return
        await self._say(message, said)
        self._done[message.id] = None
        if self._jobs.get(message.id) is job:
            del self._jobs[message.id]

    async def _deliver(self, job: _Job) -> str | None:
        """The platform's id of the message's first part. Raises `Rejected` and `_NotOurs`."""
        message = job.message
        self._check(job)
        if message.state == "sending" and not self._manifest.dedupes and message.id not in self._untried:
            raise Rejected("outcome_unknown")
        try:
            contact = await self._conversations.of(message.contact)
        except Refused:
            raise Rejected("gone") from None
        first = None
        async with self._fetching if message.attachments else contextlib.nullcontext():
            for out in await self._parts(message, contact):
                await self._rest(self._limits.take(out.thread))
                self._check(job)
                if out.part == 1:
                    await self._say(message, requests.MessageStateSaid(state="sending"))
                    # That may have taken long: then another may have found it queued, and sent it.
                    self._check(job)
                sent = await self._send(job, out)
                first = first or sent.external_id
        return first

    async def _parts(self, message: Message, contact: Contact) -> list[Outgoing]:
        """A message as the platform's messages. Raises `Rejected`."""
        if message.thread is None:
            raise Rejected("gone")
        files = [await self._fetcher.fetch(given) for given in message.attachments]
        rating = message.kind == "rating"
        text = message.text or (say("rate", contact.customer.language) if rating else "")
        contents: list[tuple[str | None, File | None]] = []
        contents += [(piece, None) for piece in split(text, self._manifest.text_max)]
        if files and text and units(text) <= self._manifest.caption_max:
            contents[:], files = [(text, files[0])], files[1:]
        contents += [(None, file) for file in files]
        if not contents:
            raise Rejected("unsupported")
        reply = None if message.in_reply_to is None else await self._conversations.external_id(message.in_reply_to)
        return [
            Outgoing(
                thread=message.thread,
                contact=contact,
                message=message.id,
                part=part,
                parts=len(contents),
                dedupe_id=dedupe_id(message.id, part),
                text=content[0],
                file=content[1],
                in_reply_to=reply if part == 1 else None,
                rating=rating and part == len(contents),
            )
            for part, content in enumerate(contents, 1)
        ]

    def _check(self, job: _Job) -> None:
        """Raises `_NotOurs`."""
        if job.turn != self._turn:
            raise _NotOurs

    async def _send(self, job: _Job, out: Outgoing) -> Sent:
        """Send one part, as often as it takes. Raises `Rejected` and `_NotOurs`."""
        backoff, is_again = Backoff(), False
        while True:
            self._check(job)
            self._health.retries += is_again
            is_again = True
            self._untried.forget(out.message)
            try:
                return await self._try(out)
            except RetryAfter as limited:
                self._note_untried(out)
                _log.info("rate_limited", message=out.message, seconds=limited.seconds, account=limited.account)
                await self._rest(self._limits.obey(out.thread, limited.seconds, account=limited.account))
                continue
            except NotSent as error:
                self._note_untried(out)
                self._health.away("platform", str(error))
            except Rejected:
                raise
            except Exception as error:  # noqa: BLE001 - as an outcome that nobody knows
                if not isinstance(error, Ambiguous):  # a bug of the adapter's, who knows how far it came
                    _log.error("send_broke", message=out.message, exc_info=error)
                if not (isinstance(error, Ambiguous) and self._manifest.dedupes):
                    raise Rejected("outcome_unknown") from None
            await self._rest(self._time.sleep(backoff.next_s()))

    def _note_untried(self, out: Outgoing) -> None:
        if out.part == 1:
            self._untried[out.message] = None

    async def _rest(self, waiting: Coroutine[Any, Any, None]) -> None:
        """Wait, unless the process ends meanwhile. Raises `_NotOurs`."""
        if not await either(waiting, self._ending.wait()):
            raise _NotOurs

    async def _try(self, out: Outgoing) -> Sent:
        """One request. What it made is known before anybody who waits for it goes on."""
        in_flight = self._in_flight[out.thread] = asyncio.get_running_loop().create_future()
        try:
            sent = await self._adapter.send(out)
            self._conversations.sent(out.thread, sent.external_id, out.message)
            if out.rating and "buttons" not in self._manifest.capabilities:
                self._conversations.asked[out.thread] = out.contact.id
            self._health.up("platform")
            return sent
        finally:
            in_flight.set_result(None)
            del self._in_flight[out.thread]

    async def _say(self, message: Message, said: requests.MessageStateSaid) -> None:
        try:
            await self._router.call("POST", f"/messages/{message.id}/state", said, Message)
        except Refused as refused:  # its customer was erased meanwhile
            _log.warning("state_refused", message=message.id, code=refused.code)

    async def _show_typing(self, contact_id: str) -> None:
        try:
            contact = await self._conversations.of(contact_id)
            if contact.thread is not None:
                await self._adapter.typing(contact.thread)
        except (Refused, SendError) as error:
            _log.debug("typing_not_shown", why=type(error).__name__)


def dedupe_id(message: str, part: int) -> int:
    """1 … 2⁶³ − 1, the same for the same part of the same message whenever it is sent."""
    digest = hashlib.sha256(f"{message}/{part}".encode()).digest()
    return (int.from_bytes(digest[:8]) >> 1) or 1
