"""One reader of the workspace's events, on a websocket or by polls.

What a reader is told, and what it may say, is a `Reader`: the agent's, the channel's, the events'. What is the same for
all of them is here: upgrade, lease, snapshot, resumption, pings, the bounds on a slow one, the end.

Resumption. A reader that gives no `after` gets a snapshot of the present state, and then what happens. One that gives
the number of the last event it has seen gets the same snapshot with `resumed` true, then the frames of what it missed,
made from the events after that number and the present states, then what happens. So what is over by now, and is in
no snapshot, reaches it too. Where those events are no longer kept, it is refused with `events_trimmed`, before the
upgrade.

While the store is away the socket stays, answers with problems, and goes on by itself after the last event it told of.

It is closed with 1001 when the process ends, with 1009 for a message beyond `MESSAGE_MAX`, with 1013 when it does not
keep up, and with 4000 + the status of a refusal: 4401 for a token that was revoked, 4409 for a lease that another took,
4410 where the server has lost what the reader was told of last.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from typing import TYPE_CHECKING, Any, Final

import msgspec
import structlog
from aiohttp import WSMsgType, web

from router.domain.refusals import REFUSALS
from router.domain.wire.frames import answer_of
from router.kit.errors import Fault, OutcomeUnknown, Refusal
from router.service.feed import RESUMED, Overrun, Rewound
from router.web.outbox import Outbox, Slow
from router.web.problems import problem_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp.abc import AbstractStreamWriter

    from router.service.feed import Listener
    from router.service.served import Served
    from router.service.tokens import Known
    from router.web.reader import Reader

SUBPROTOCOL: Final = "contact-router.v1"
FRAME_MAX: Final = 256 * 1024
"""Bytes of a frame that is read."""
MESSAGE_MAX: Final = 1024 * 1024
"""Bytes of a frame that can still be answered with `too_large`; one beyond ends the socket."""
PAST_AT_ONCE: Final = 1_000

PINGED_EVERY_S = 5.0
SILENT_S = 15.0
"""Without a sign of life for so long, a reader is gone, unless it asked for a shorter lease."""
PINGS: Final = 4
"""So many of them at least go into a lease."""
AGAIN_S = 0.2
"""When the store is asked again that was away."""
JITTER_S = 2.0
"""Over so long the sockets of an ending process are closed, so that they do not all come back at once."""
CLOSED_S = 1.0
"""So long the other side is given to close too."""

_log: Any = structlog.get_logger()


class End(Exception):
    """The socket ends, with a close code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason

    @classmethod
    def of(cls, refusal: Refusal) -> End:
        """The end that a refusal brings."""
        return cls(4000 + REFUSALS[refusal.code].status, refusal.code)


SLOW: Final = 1013
SILENT: Final = 1006

_encode = msgspec.json.Encoder().encode


async def serve_live(
    served: Served, known: Known, request: web.Request, reader: Reader, after: int | None
) -> web.StreamResponse:
    """Serve a reader's websocket until it ends. Refuses before the upgrade what can be known by then."""
    _check_upgrade(request)
    served.own.sockets[reader.kind] += 1
    try:
        return await _Live(served, known, request, reader, after).run()
    finally:
        served.own.sockets[reader.kind] -= 1


async def poll(served: Served, reader: Reader, after: int | None, wait_s: float) -> tuple[list[Any], int]:
    """(frames, the next poll's `after`): the snapshot, or what came after an event, waiting for it up to `wait_s`."""
    with served.feed.listen(reader.wanted, agent=reader.agent) as listener:
        seq = await reader.take()
        if after is None:
            frame, seq = await reader.snapshot(resumed=False)
            return [frame], seq
        _check_after(after, seq)
        frames = await reader.frames(await served.feed.past(after, seq, reader.wanted))
        closing = asyncio.ensure_future(served.closing.wait())
        try:
            async with asyncio.timeout(wait_s):
                while not frames and not closing.done():
                    events = await _first(listener.next(), closing)
                    new = [event for event in events or () if event.seq > seq]
                    frames = await reader.frames(new)
                    seq = max((event.seq for event in new), default=seq)
        except TimeoutError:
            pass
        except Overrun:
            raise Refusal("events_trimmed", str(after)) from None
        finally:
            closing.cancel()
        return frames, seq


async def _first(work: Any, closing: asyncio.Future[Any]) -> Any:
    """What the work gives, or None where the process closes first."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task, closing}, return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        task.cancel()


def _check_upgrade(request: web.Request) -> None:
    """Refuses what is no websocket, and one that offers subprotocols but not ours."""
    offered = request.headers.get("Sec-WebSocket-Protocol")
    # Before aiohttp looks: where it finds no subprotocol that it knows it logs them all, and a token may be among them.
    speaks = offered is None or SUBPROTOCOL in {name.strip() for name in offered.split(",")}
    if not (speaks and web.WebSocketResponse(protocols=(SUBPROTOCOL,)).can_prepare(request)):
        raise Refusal("malformed", f"this is a websocket; its subprotocol is {SUBPROTOCOL}")


def _check_after(after: int, seq: int) -> None:
    if after > seq or seq - after > RESUMED:
        raise Refusal("events_trimmed", str(after))


class _Live:
    """One websocket, from the lease to the end."""

    def __init__(self, served: Served, known: Known, request: web.Request, reader: Reader, after: int | None) -> None:
        self._served = served
        self.known = known
        self._request = request
        self._reader = reader
        self._after = after
        self._socket = web.WebSocketResponse(
            protocols=(SUBPROTOCOL,),
            autoping=False,
            compress=False,
            decode_text=False,
            max_msg_size=MESSAGE_MAX,
            timeout=CLOSED_S,
        )
        self._held = asyncio.Event()
        """The lease was taken."""
        self._generation = served.lease.generation
        self._lease_s = reader.lease_s or SILENT_S
        self._heard_ms = served.clock.monotonic_ms()
        """The last sign of life."""
        # A workspace whose clock runs faster has shorter graces, but a wire is no faster for it.
        hurry = min(served.pace, PINGED_EVERY_S)
        self._silent_limit_ms = round(self._lease_s / hurry * 1000)
        self._ping_every_ms = round(min(PINGED_EVERY_S, self._lease_s / PINGS) / hurry * 1000)
        self._ping_at_ms = self._heard_ms + self._ping_every_ms
        self._taking: asyncio.Task[None] | None = None
        self._leaving: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._seq = 0
        """The last event that the reader's present state holds."""

    async def run(self) -> web.StreamResponse:
        with self._served.feed.listen(self._reader.wanted, agent=self._reader.agent) as listener:
            await self._take_first()
            try:
                first = await self._begin() if self._held.is_set() else None
                with contextlib.suppress(ConnectionError):  # it broke before the upgrade: there is nobody to answer
                    writer = await self._socket.prepare(self._request)
                    self._hear()
                    await self._close(await self._converse(writer, listener, first))
            finally:
                await self._give_up()
        return self._socket

    async def _converse(self, writer: AbstractStreamWriter, listener: Listener, first: list[Any] | None) -> End:
        """Everything that goes on at once, until something ends it."""
        end = End(1011, "internal")
        try:
            async with asyncio.TaskGroup() as group:
                self._outbox = Outbox(self._request, writer, group.create_task)
                self._group = group
                group.create_task(self._tell(listener, first))
                # In a task of its own: here each frame would wake all that the request has come through.
                receiving = group.create_task(self._receive())
                self._check_life()
                try:
                    with self._served.watch.over(self):
                        await asyncio.wait([receiving])
                finally:
                    if self._timer is not None:
                        self._timer.cancel()
        except* End as ended:
            end = next(error for error in ended.exceptions if isinstance(error, End))
        except* Refusal as refused:
            end = End.of(next(error for error in refused.exceptions if isinstance(error, Refusal)))
        except* Slow:
            end = End(SLOW, "slow")
        except* ConnectionError:
            end = End(SILENT, "the connection broke")
        except* Exception as broken:  # noqa: BLE001 - a bug ends this socket with a word, and nothing else
            for error in broken.exceptions:
                _log.error("socket_broke", exc_info=error)
        return end

    async def _close(self, end: End) -> None:
        if end.code != SILENT:
            self._outbox.flush()
            try:
                async with asyncio.timeout(CLOSED_S):
                    await self._socket.close(code=end.code, message=end.reason.encode())
            except TimeoutError:
                pass
        if self._request.transport is not None:
            self._request.transport.abort()  # what it has not read is read by nobody

    async def _take_first(self) -> None:
        try:
            await self._take()
        except OutcomeUnknown:
            await self._give_up()
            raise

    async def _take(self) -> None:
        self._generation = self._served.lease.generation
        try:
            await self._reader.take()
        except Refusal as refusal:
            # One who had the lease and lost it to another is told, or both would act.
            if not self._reader.standby or refusal.code != "taken" or self._held.is_set():
                raise
        else:
            self._held.set()

    async def _give_up(self) -> None:
        """However long the store is away: as long as this process lives, the lease would count."""
        with contextlib.suppress(Refusal):
            while True:
                try:
                    return await self._reader.give_up(round(self._silent_ms() * self._served.pace))
                except Fault:
                    if self._served.closing.is_set():
                        return None
                    await asyncio.sleep(AGAIN_S)

    async def _begin(self) -> list[Any]:
        """The first frames. The past beyond them is read by `_tell`, piece by piece."""
        frame, self._seq = await self._reader.snapshot(resumed=self._after is not None)
        frames = [] if frame is None else [frame]
        if self._after is not None:
            _check_after(self._after, self._seq)
            frames += await self._past(self._after)
        return frames

    async def _wait_for_lease(self, listener: Listener) -> None:
        """What is heard meanwhile is in the snapshot that follows."""
        held = asyncio.ensure_future(self._held.wait())
        try:
            while not held.done():
                await _first(listener.next(), held)
        finally:
            held.cancel()

    async def _begin_late(self) -> list[Any]:
        """One who waited so long that what it missed is no longer kept begins with the present state alone."""
        try:
            return await _surely(self._begin)
        except Refusal:
            self._after = None
            return await _surely(self._begin)

    async def _past(self, after: int) -> list[Any]:
        upto = min(self._seq, after + PAST_AT_ONCE)
        return await self._reader.frames(await self._served.feed.past(after, upto, self._reader.wanted))

    async def _tell(self, listener: Listener, first: list[Any] | None) -> None:
        """The first frames, the past, and then what happens."""
        if first is None:
            await self._wait_for_lease(listener)
            first = await self._begin_late()
        await self._put(first)
        for after in range((self._seq if self._after is None else self._after) + PAST_AT_ONCE, self._seq, PAST_AT_ONCE):
            await self._put(await _surely(self._past, after))
        while True:
            try:
                events = await listener.next()
            except Rewound:
                raise Refusal("events_trimmed") from None
            except Overrun:
                raise Slow from None
            new = [event for event in events if event.seq > self._seq]
            await self._put(await _surely(self._reader.frames, new))

    async def _put(self, frames: list[Any]) -> None:
        await self._outbox.put(WSMsgType.TEXT, map(_encode, frames))

    async def _receive(self) -> None:
        while True:
            message = await self._socket.receive()
            if message.type in {WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR}:
                raise End(self._socket.close_code or SILENT, "closed by the reader")
            self._hear()
            if message.type is WSMsgType.PING:
                await self._outbox.put(WSMsgType.PONG, [message.data])
            elif message.type in {WSMsgType.TEXT, WSMsgType.BINARY}:
                await self._put([await self._answer(message.type, message.data)])

    async def _answer(self, kind: WSMsgType, raw: bytes) -> msgspec.Struct:
        if kind is not WSMsgType.TEXT:
            return self._refused(Refusal("malformed", "frames are text"))
        if len(raw) > FRAME_MAX:
            return self._refused(Refusal("too_large", f"a frame has at most {FRAME_MAX} bytes"))
        return await self._reader.receive(raw)

    def _refused(self, refusal: Refusal) -> msgspec.Struct:
        self._served.own.refused[refusal.code] += 1
        return answer_of(None, problem_of(refusal))

    def _hear(self) -> None:
        self._heard_ms = self._served.clock.monotonic_ms()

    def _silent_ms(self) -> int:
        return self._served.clock.monotonic_ms() - self._heard_ms

    def _check_life(self) -> None:
        """Whether the reader is there, and whether it is time for a ping; looks again when it may be."""
        now_ms, silent_at_ms = self._served.clock.monotonic_ms(), self._heard_ms + self._silent_limit_ms
        if now_ms >= silent_at_ms:
            self._group.create_task(self._end(End(SILENT, "silent")))
            return
        if now_ms >= self._ping_at_ms:
            self._outbox.send(WSMsgType.PING, b"")
            self._ping_at_ms = now_ms + self._ping_every_ms
        left_ms = min(self._ping_at_ms, silent_at_ms) - now_ms
        self._timer = asyncio.get_running_loop().call_later(left_ms / 1000, self._check_life)

    async def _end(self, end: End) -> None:
        raise end

    def refuse(self, refusal: Refusal) -> None:
        """Whoever reads may do so no longer."""
        self._group.create_task(self._end(End.of(refusal)))

    def look(self) -> None:
        """Whether this process ends, and whether the reader has its lease."""
        if self._served.closing.is_set() and self._leaving is None:
            self._leaving = self._group.create_task(self._leave())
        is_taking = self._taking is not None and not self._taking.done()
        if (self._generation != self._served.lease.generation or not self._held.is_set()) and not is_taking:
            self._taking = self._group.create_task(self._take_again())

    async def _take_again(self) -> None:
        with contextlib.suppress(Fault):
            await self._take()

    async def _leave(self) -> None:
        await asyncio.sleep(random.uniform(0, JITTER_S))
        raise End(1001, "the server goes away")


async def _surely(work: Callable[..., Awaitable[list[Any]]], *arguments: Any) -> list[Any]:
    """What the work gives, done again until the store is there."""
    while True:
        try:
            return await work(*arguments)
        except Fault:
            await asyncio.sleep(AGAIN_S)
