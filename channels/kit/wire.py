"""The channel's socket: what is to be sent, and the account's lease.

It begins with a snapshot each time: what is unsent is in there, so nothing that was missed matters. One process has the
account at a time; another one waits for it on its socket and hears nothing. Who has not heard of the router for longer
than it pings no longer counts on the lease, before the router gives it to another.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import msgspec
import structlog

from channels.kit.backoff import Backoff
from router.domain.wire.frames import AskRating, ChannelSnapshot, ContactFrame, SendFrame, TypingFrame

if TYPE_CHECKING:
    from collections.abc import Callable

    from channels.kit.health import Health
    from channels.kit.port import Time
    from channels.kit.router import RouterClient

SILENT_S: Final = 12.0
"""Of the wall's time, as pings are. The router pings every 5 s, and takes the lease away after 15."""
FRAME_MAX: Final = 64 * 1024 * 1024

Frame = ChannelSnapshot | ContactFrame | SendFrame | AskRating | TypingFrame

_log: Any = structlog.get_logger()
_decode = msgspec.json.Decoder(Frame).decode
_TYPES: Final = frozenset({"snapshot", "contact", "send", "ask_rating", "typing"})


class Wire:
    """Hears frames while `run` runs. `held` is set while the account is ours."""

    def __init__(self, router: RouterClient, path: str, time: Time, health: Health) -> None:
        self.held = asyncio.Event()
        self.lost = asyncio.Event()
        """Set while it is not ours."""
        self.lost.set()
        self._router = router
        self._path = path
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
            headers=router.headers,
            autoping=False,
            max_msg_size=FRAME_MAX,
        ) as socket:
            self._health.up("router")
            while True:
                message = await socket.receive(timeout=SILENT_S)
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
