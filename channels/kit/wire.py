"""The channel's socket: what is to be sent, and the account's lease.

It begins with a snapshot each time: what is unsent is in there, so nothing that was missed matters. One process has the
account at a time; another one waits for it on its socket and hears nothing. Who has it says who he is, so that he gets
it back at once where a router died with his socket. Who has not heard of the router for longer than it pings no longer
counts on the lease, before the router gives it to another.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import msgspec
import structlog

from channels.kit.backoff import Backoff
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
    from collections.abc import Callable

    from channels.kit.health import Health
    from channels.kit.port import Time
    from channels.kit.router import RouterClient

LEASE_S: Final = 15
"""Of the wall's time, as pings are: so long the router waits for an answer to one before it takes the account away."""
HEARD_WITHIN: Final = 0.8
"""Of the lease: without a word of the router for so long the account no longer counts as ours. It pings more often."""
FRAME_MAX: Final = 64 * 1024 * 1024

Frame = ChannelSnapshot | ContactFrame | SendFrame | AskRating | CommandFrame | PhoneFrame | TypingFrame

_log: Any = structlog.get_logger()
_decode = msgspec.json.Decoder(Frame).decode
_TYPES: Final = frozenset({"snapshot", "contact", "send", "ask_rating", "command", "phone", "typing"})


class Wire:
    """Hears frames while `run` runs. `held` is set while the account is ours.

    With a shorter lease another one takes over sooner from a process that is frozen, and one that was only slow loses
    it sooner: 3 s at least.
    """

    def __init__(
        self, router: RouterClient, channel: str, account: str, time: Time, health: Health, lease_s: int = LEASE_S
    ) -> None:
        self.held = asyncio.Event()
        self.lost = asyncio.Event()
        """Set while it is not ours."""
        self.lost.set()
        self._router = router
        self._path = f"/channels/{channel}/live"
        holder = secrets.token_hex(16)
        self._query = {"account": account, "standby": "1", "holder": holder, "lease_s": str(lease_s)}
        self._silent_s = lease_s * HEARD_WITHIN
        self._time = time
        self._health = health
        self._backoff = Backoff()

    async def run(self, hear: Callable[[Frame], None], lose: Callable[[], None]) -> None:
        """Stay connected until cancelled. `lose` is called when the account is no longer ours."""
        while True:
            try:
                await self._listen(hear)
            except aiohttp.WSServerHandshakeError as error:
                self._health.away("router", f"socket refused with {error.status}")
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                self._health.away("router", type(error).__name__)
            finally:
                if self.held.is_set():
                    self.held.clear()
                    self.lost.set()
                    lose()
            await self._time.sleep(self._backoff.next_s())

    async def _listen(self, hear: Callable[[Frame], None]) -> None:
        router = self._router
        async with router.session.ws_connect(
            router.url + self._path,
            params=self._query,
            headers=router.headers,
            autoping=False,
            max_msg_size=FRAME_MAX,
        ) as socket:
            self._health.up("router")
            while True:
                message = await socket.receive(timeout=self._silent_s)
                if message.type is aiohttp.WSMsgType.PING:
                    await socket.pong(message.data)
                elif message.type is aiohttp.WSMsgType.TEXT:
                    self._take(message.data, hear)
                elif message.type is not aiohttp.WSMsgType.PONG:
                    _log.info("channel_socket_ended", code=socket.close_code, reason=message.extra)
                    return

    def _take(self, raw: str, hear: Callable[[Frame], None]) -> None:
        if msgspec.json.decode(raw, type=_Typed).type not in _TYPES:
            return
        frame = _decode(raw)
        if isinstance(frame, ChannelSnapshot):
            self._backoff.reset()
            self.lost.clear()
            self.held.set()
        hear(frame)


class _Typed(msgspec.Struct):
    type: str
