"""The connection that stays: it keeps one link to the server up, and says at once when there is none.

Nothing is ever repeated in here. Whether a call may be made again after `OutcomeUnknown` only its caller knows.
A read that blocks the server (XREAD BLOCK) holds up every call behind it, so it gets a `Connection` of its own whose
`reply_timeout_s` is longer than the read's.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from typing import TYPE_CHECKING, Any

import structlog

from router.engine.link import Argument, Confirmation, Link, connect
from router.kit.errors import Fault, RouterError, StoreAway
from router.kit.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from router.engine.address import Address
    from router.engine.place import Place

FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 1.0
WATCHED_EVERY_S = 0.5
"""How often a place that moves is asked where it is."""
CONFIRMED_MS = 500
"""So long replicas are waited for."""

_log: Any = structlog.get_logger()


class Connection:
    """Calls to one server, over one link at a time. Made by `open`, ended by `close`; belongs to one event loop."""

    def __init__(
        self,
        place: Place,
        *,
        on_connect: Callable[[Link], Awaitable[object]] | None,
        on_change: Callable[[bool], object] | None,
        confirming: tuple[Argument, ...] | None,
        connect_timeout_s: float,
        reply_timeout_s: float,
    ) -> None:
        self.written = Tally()
        """The writes to the server so far, over whichever link, and the calls in them."""
        self._place = place
        self._on_connect = on_connect
        self._on_change = on_change
        self._confirming = confirming
        self._connect_timeout_s = connect_timeout_s
        self._reply_timeout_s = reply_timeout_s
        self._link: Link | None = None
        self._away = f"not connected to {place}"
        self._first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._keeper = asyncio.create_task(self._keep(), name=f"connection to {place}")

    @classmethod
    async def open(
        cls,
        place: Place,
        *,
        on_connect: Callable[[Link], Awaitable[object]] | None = None,
        on_change: Callable[[bool], object] | None = None,
        confirming: tuple[Argument, ...] | None = None,
        connect_timeout_s: float = 5.0,
        reply_timeout_s: float = 5.0,
    ) -> Connection:
        """Connect, and keep connected until `close`.

        `on_connect(link)` runs after each success and before anyone else may use the link: it loads what the calls
        need. An error in it, or of the place, is a failed attempt. `on_change(connected)` hears of every change.
        `confirming` is the small write by which replicas confirm, where the address wants them to.

        Raises `StoreAway` if no attempt succeeds within `connect_timeout_s`, and at once what no further attempt would
        mend: `ServerRefused` and `ServerUnfit`, also from the place and the hook.
        """
        connection = cls(
            place,
            on_connect=on_connect,
            on_change=on_change,
            confirming=confirming,
            connect_timeout_s=connect_timeout_s,
            reply_timeout_s=reply_timeout_s,
        )
        try:
            async with asyncio.timeout(connect_timeout_s):
                await connection._first
        except BaseException as error:
            await connection.close()
            if isinstance(error, TimeoutError):
                raise StoreAway(connection._away) from None
            raise
        return connection

    @property
    def connected(self) -> bool:
        """Whether a call made now would be sent."""
        return self._link is not None and self._link.usable

    def call(self, *command: Argument) -> asyncio.Future[Any]:
        """See `Caller.call`. While there is no link, the call fails at once with `StoreAway`."""
        if self._link is not None:
            return self._link.call(*command)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        future.set_exception(StoreAway(self._away))
        return future

    async def close(self) -> None:
        """End the connection. Calls under way fail as if it had broken; later ones fail with `StoreAway`."""
        self._keeper.cancel()
        await asyncio.wait([self._keeper])

    async def _keep(self) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                address = await self._place.locate()
                link = await self._attempt(address)
            except Exception as error:  # noqa: BLE001 - whatever a hook raises, the next attempt may succeed
                self._failed(error, again=pause_s > FIRST_PAUSE_S)
                # Jitter: the processes of one operation must not all come back in the same instant.
                await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
            else:
                pause_s = FIRST_PAUSE_S
                await self._use(link, address)

    async def _attempt(self, address: Address) -> Link:
        async with asyncio.timeout(self._connect_timeout_s):
            link = await connect(address, reply_timeout_s=self._reply_timeout_s)
        link.written = self.written
        try:
            await link.call("PING")  # a server that is still loading its data says so here
            if self._place.moves and (await link.call("ROLE"))[0] != b"master":
                raise StoreAway(f"{address} is a replica now")
            if self._on_connect is not None:
                await self._on_connect(link)
            if address.replicas and self._confirming is not None:
                beside = await connect(address, reply_timeout_s=self._reply_timeout_s)
                link.confirm(Confirmation(address.replicas, self._confirming, CONFIRMED_MS, beside))
        except BaseException:
            link.discard("its preparation failed")
            raise
        return link

    def _failed(self, error: Exception, *, again: bool) -> None:
        self._away = f"no connection to {self._place}: {error or type(error).__name__}"
        if not again:
            _log.warning("store_away", place=str(self._place), error=repr(error))
        if not self._first.done() and isinstance(error, RouterError) and not isinstance(error, Fault):
            self._first.set_exception(error)

    async def _use(self, link: Link, address: Address) -> None:
        self._link = link
        watching = asyncio.create_task(self._watch(link, address))
        _log.info("store_connected", place=str(self._place))
        self._changed(connected=True)
        if not self._first.done():
            self._first.set_result(None)
        try:
            reason = await link.gone()
            _log.warning("store_lost", place=str(self._place), reason=reason)
        finally:
            watching.cancel()
            self._link = None
            self._away = f"lost the connection to {self._place}"
            link.discard("closed by this process")
            self._changed(connected=False)
            await link.gone()

    async def _watch(self, link: Link, address: Address) -> None:
        """End the link when the place is elsewhere, for the server that it leads to may not know that yet."""
        while self._place.moves:
            await asyncio.sleep(WATCHED_EVERY_S)
            with contextlib.suppress(RouterError):
                if (now := await self._place.locate()) != address:
                    link.discard(f"the primary is {now}")
                    return

    def _changed(self, *, connected: bool) -> None:
        if self._on_change is not None:
            try:
                self._on_change(connected)
            except Exception:  # noqa: BLE001 - a listener's bug must not cost the connection
                _log.exception("store_change_hook_failed", connected=connected)
