"""One physical connection to a server, from its handshake to its end. `connection.py` keeps one of these up.

The calls of one turn of the event loop leave as one write, or, where they are many, some at a time: the server works
on these while we make the next. Each reply resolves the oldest call that was written and not yet answered, at the
moment it arrives. A call that nobody waits for any more keeps its place in that order, so a cancelled caller can
never be given, or give away, another's reply.

Where replicas must confirm, each write ends with a small write of our own and a WAIT, and its replies are put aside
until enough replicas have all that they tell of: what no replica has may never have happened. The small write is there
for the calls that only read, and may read what another connection has just written: a server's WAIT may look no further
than its own connection's last write (Valkey 9.1 does). Until the WAIT is over nothing more is written, so that the next
one serves all calls that came meanwhile.

A WAIT that takes long is nudged by another write beside it. Valkey 9.1's replicas leave Nagle's algorithm on: what one
has to say may wait until the primary's kernel has acknowledged what it said before, which takes that 40 ms where the
primary has nothing to send.
"""

from __future__ import annotations

import asyncio
import functools
import socket
import ssl
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

import hiredis

from router.kit.clock import SystemClock
from router.kit.errors import NotReplicated, OutcomeUnknown, ServerRefused, StoreAway
from router.kit.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.engine.address import Address

NUDGED_EVERY_S: Final = 0.002

Argument = bytes | str | int | float

# Replies by which a server says that it does not serve now, or no longer. The call was not run.
_AWAY = ("LOADING ", "MASTERDOWN ", "READONLY ", "CLUSTERDOWN ", "MOVED ", "UNBLOCKED ")
# The same of one call: its slot is on the move, the memory is full, the disk is.
_BUSY = ("ASK ", "TRYAGAIN ", "OOM ", "MISCONF ")
_WITHOUT_REPLICAS = "NOREPLICAS "
_INCOMPLETE = object()
AT_ONCE = 8
"""So many calls leave without waiting for the end of the turn."""
# A peer that vanished without a word is noticed within 45 s even where nobody calls.
_KEEPALIVE = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}
# hiredis declares its argument as a tuple of exactly one.
_pack = cast("Callable[[tuple[Argument, ...]], bytes]", hiredis.pack_command)


class Caller(Protocol):
    """Something that sends commands to a server: a `Link`, or the `Connection` that keeps one up."""

    def call(self, *command: Argument) -> asyncio.Future[Any]:
        """Send one command; await the future for its reply, with texts as bytes.

        Cancelling the future gives up the reply and, if it has not been written yet, the call. Its errors: `StoreAway`
        if the command was not run, `OutcomeUnknown` if it may have been, `ServerRefused` with the server's own words.
        """
        ...


@dataclass(frozen=True, slots=True)
class Confirmation:
    """How many replicas must have what is answered, the small write that is waited for, and for how long.

    Through `beside`, another link to the same server that ends with this one, the same write nudges a long WAIT.
    """

    replicas: int
    write: tuple[Argument, ...]
    limit_ms: int
    beside: Link


class Link(asyncio.Protocol):
    """A live connection. It ends once, for good; a call that gets no reply within `reply_timeout_s` ends it too."""

    def __init__(self, address: Address, reply_timeout_s: float) -> None:
        self.address = address
        self.written = Tally()
        """The writes, and the calls in them."""
        self._loop = asyncio.get_running_loop()
        self._clock = SystemClock()
        self._reply_timeout_s = reply_timeout_s
        self._reader = hiredis.Reader(notEnoughData=_INCOMPLETE)
        self._transport: asyncio.Transport | None = None
        self._outgoing: list[tuple[bytes, asyncio.Future[Any]]] = []
        # With the millisecond of its writing. None is what ends a write that replicas must confirm, and comes twice.
        self._pending: deque[tuple[asyncio.Future[Any] | None, int]] = deque()
        self._confirmation: Confirmation | None = None
        self._ending = b""  # the small write and the WAIT
        self._ends: list[Any] = []
        self._unconfirmed: list[tuple[asyncio.Future[Any], Any]] = []
        self._confirming = False
        self._nudging: asyncio.TimerHandle | None = None
        self._overdue: asyncio.TimerHandle | None = None
        self._retired: str | None = None  # why it takes no more calls
        self._gone = asyncio.Event()

    @property
    def usable(self) -> bool:
        """Whether a call made now would be sent."""
        return self._retired is None

    def call(self, *command: Argument) -> asyncio.Future[Any]:
        """See `Caller.call`."""
        future: asyncio.Future[Any] = self._loop.create_future()
        if self._retired is not None:
            future.set_exception(StoreAway(self._retired))
            return future
        if not self._outgoing:
            self._loop.call_soon(self._flush)
        self._outgoing.append((_pack(command), future))
        if len(self._outgoing) >= AT_ONCE and self._confirmation is None:
            self._flush()
        return future

    def confirm(self, confirmation: Confirmation) -> None:
        """From the next call on, replies wait for replicas. Where too few have it, a call fails: `NotReplicated`."""
        self._confirmation = confirmation
        self._ending = _pack(confirmation.write) + _pack(("WAIT", confirmation.replicas, confirmation.limit_ms))

    def discard(self, reason: str) -> None:
        """End the connection at once. Does nothing if it has ended already."""
        self._fail(reason)
        if self._transport is not None:
            self._transport.abort()

    async def gone(self) -> str:
        """Wait for the connection's end; returns its reason."""
        await self._gone.wait()
        return self._retired or ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """For asyncio: the transport is there."""
        self._transport = cast("asyncio.Transport", transport)
        endpoint = transport.get_extra_info("socket")
        if endpoint is not None and endpoint.family != socket.AF_UNIX:
            endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for name, value in _KEEPALIVE.items():
                if hasattr(socket, name):  # not every system has all three
                    endpoint.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)

    def data_received(self, data: bytes) -> None:
        """For asyncio: some bytes of replies, cut anywhere."""
        self._reader.feed(data)
        try:
            while (reply := self._reader.gets()) is not _INCOMPLETE:
                self._resolve(reply)
        except hiredis.ProtocolError as error:
            self.discard(f"the server sent what is no reply: {error}")
        if self._retired is not None and not self._pending and not self._outgoing:
            self.discard(self._retired)

    def connection_lost(self, exc: Exception | None) -> None:
        """For asyncio: the transport is gone."""
        self._fail(f"the connection broke: {exc}" if exc else "the server closed the connection")
        self._gone.set()

    def _flush(self) -> None:
        if self._confirming:
            return  # its end flushes
        chunks: list[bytes] = []
        now_ms = self._clock.monotonic_ms()
        for packed, future in self._outgoing:
            if not future.cancelled():
                chunks.append(packed)
                self._pending.append((future, now_ms))
        self._outgoing.clear()
        if chunks:
            self.written.add(len(chunks))
        if chunks and self._confirmation is not None:
            chunks.append(self._ending)
            self._pending += [(None, now_ms), (None, now_ms)]
            self._confirming = True
        if chunks and self._transport is not None:
            self._transport.write(b"".join(chunks))
            if self._overdue is None:
                self._overdue = self._loop.call_later(self._reply_timeout_s, self._check_overdue)

    def _resolve(self, reply: Any) -> None:
        if not self._pending:
            self.discard("the server sent a reply that nobody asked for")
            return
        future, _ = self._pending.popleft()
        if isinstance(reply, hiredis.ReplyError) and str(reply).startswith(_AWAY) and self._retired is None:
            self._retired = str(reply)  # the calls under way may still be answered; the last reply ends the connection
        if future is None:
            self._ends.append(reply)
            if len(self._ends) == 2:
                self._confirmed()
            else:  # the WAIT begins
                self._nudging = self._loop.call_later(NUDGED_EVERY_S, self._nudge)
        elif self._confirming and not isinstance(reply, hiredis.ReplyError):
            self._unconfirmed.append((future, reply))
        elif not future.cancelled():
            _settle(future, reply)

    def _nudge(self) -> None:
        assert self._confirmation is not None
        self._confirmation.beside.call(*self._confirmation.write).add_done_callback(_ignore)
        self._nudging = self._loop.call_later(NUDGED_EVERY_S, self._nudge)

    def _confirmed(self) -> None:
        """The WAIT is over: with enough replicas, or without."""
        assert self._confirmation is not None
        if self._nudging is not None:
            self._nudging.cancel()
        (written, replicas), self._ends = self._ends, []
        answered, self._unconfirmed, self._confirming = self._unconfirmed, [], False
        enough = written is None and isinstance(replicas, int) and replicas >= self._confirmation.replicas
        if not enough and (written is None or str(written).startswith(_WITHOUT_REPLICAS)):
            # Who came meanwhile need not wait as long again to hear the same; any other error may be mended by them.
            answered += [(future, None) for _, future in self._outgoing]
            self._outgoing.clear()
        for future, reply in answered:
            if enough and not future.cancelled():
                future.set_result(reply)
            elif not future.cancelled():
                future.set_exception(NotReplicated(f"the write got {written}, the WAIT {replicas}"))
        if self._outgoing:
            self._flush()

    def _check_overdue(self) -> None:
        self._overdue = None
        if not self._pending:
            return
        waited_s = (self._clock.monotonic_ms() - self._pending[0][1]) / 1000
        if waited_s < self._reply_timeout_s:
            self._overdue = self._loop.call_later(self._reply_timeout_s - waited_s, self._check_overdue)
        else:
            self.discard(f"no reply within {self._reply_timeout_s:g} s")

    def _fail(self, reason: str) -> None:
        if self._retired is None:
            self._retired = reason
        if self._overdue is not None:
            self._overdue.cancel()
        if self._nudging is not None:
            self._nudging.cancel()
        if self._confirmation is not None:
            self._confirmation.beside.discard(reason)
        under_way = [future for future, _ in (*self._unconfirmed, *self._pending) if future is not None]
        for future in under_way:
            if not future.done():
                future.set_exception(OutcomeUnknown(reason))
        self._unconfirmed.clear()
        self._pending.clear()
        for _, future in self._outgoing:
            if not future.done():
                future.set_exception(StoreAway(reason))
        self._outgoing.clear()


def _ignore(future: asyncio.Future[Any]) -> None:
    """Take notice of an error, or asyncio would say that nobody did."""
    if not future.cancelled():
        future.exception()


def _settle(future: asyncio.Future[Any], reply: Any) -> None:
    """Give the caller the reply, or the error that it is."""
    if not isinstance(reply, hiredis.ReplyError):
        future.set_result(reply)
        return
    message = str(reply)
    if message.startswith(_WITHOUT_REPLICAS):
        future.set_exception(NotReplicated(message))
    else:
        future.set_exception(StoreAway(message) if message.startswith(_AWAY + _BUSY) else ServerRefused(message))


async def connect(address: Address, *, reply_timeout_s: float) -> Link:
    """A link to the server at `address`, let in with its password and in its database.

    Raises OSError if the server cannot be reached, a `Fault` if it goes again, `ServerRefused` if it wants another
    password or has no such database.
    """
    loop = asyncio.get_running_loop()
    make_link = functools.partial(Link, address, reply_timeout_s)
    if address.path is not None:
        _, link = await loop.create_unix_connection(make_link, address.path)
    else:
        files = (address.ca_file, address.cert_file, address.key_file)
        tls = await asyncio.to_thread(_tls_context, *files) if address.tls else None
        _, link = await loop.create_connection(make_link, address.host, address.port, ssl=tls)
    try:
        await _greet(link)
    except BaseException:
        link.discard("the handshake failed")
        raise
    return link


async def _greet(link: Link) -> None:
    address = link.address
    if address.password is not None:
        user = () if address.user is None else (address.user,)
        await link.call("AUTH", *user, address.password)
    if address.database:
        await link.call("SELECT", address.database)


@functools.lru_cache
def _tls_context(ca_file: str | None, cert_file: str | None, key_file: str | None) -> ssl.SSLContext:
    """Made once, for Sentinels are asked twice a second; a process sees other certificates when it is replaced."""
    context = ssl.create_default_context(cafile=ca_file)
    if cert_file is not None:
        context.load_cert_chain(cert_file, key_file)
    return context
