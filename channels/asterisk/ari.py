"""One Asterisk's ARI: requests over HTTP, and one socket of events.

AriError
├── AsteriskAway    no answer, or not booted yet; it may be there again soon
└── Refused         the answer is no, with a status
    └── Gone        404: the channel, bridge or playback is not there (any more)
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

import aiohttp
import msgspec

from channels.asterisk.wire import decode_event
from router.kit.errors import RouterError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from channels.asterisk.settings import ServerSettings
    from channels.asterisk.wire import Event

ANSWER_S: Final = 10.0
CONNECTIONS: Final = 64
IDLE_S: Final = 10.0
"""Asterisk closes a connection that is idle for 15 s, and we first: a request must not meet it."""
PINGED_EVERY_S: Final = 2.0
"""Asterisk sends no pings. Half as long a silence after ours is the socket's end."""

AnswerType = TypeVar("AnswerType")


class AriError(RouterError):
    """Asterisk did not do it."""


class AsteriskAway(AriError):
    """It cannot be reached, or has not booted yet."""


class Refused(AriError):
    """It will not."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status} {message}")
        self.status = status


class Gone(Refused):
    """What it should be done with is not there (any more)."""


class Ari:
    """The way to one Asterisk."""

    def __init__(self, server: ServerSettings, password: str) -> None:
        self.app = server.app
        self._url = server.url.rstrip("/") + "/ari/"
        self._session = aiohttp.ClientSession(
            headers={"Authorization": aiohttp.encode_basic_auth(server.user, password)},
            connector=aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=IDLE_S),
            timeout=aiohttp.ClientTimeout(ANSWER_S),
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._session.close()

    async def do(self, method: str, path: str, **fields: Any) -> bytes:
        """Do it; `fields` go in the body, for a caller's number must not stand in a URL. Raises `AriError`."""
        data = msgspec.json.encode(fields) if fields else None
        headers = {"Content-Type": "application/json"} if fields else None
        try:
            async with self._session.request(method, self._url + path, data=data, headers=headers) as answer:
                raw = await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise AsteriskAway(type(error).__name__) from None
        if answer.status < 300:
            return raw
        raise _error(answer.status, answer.content_type, raw)

    async def get(self, path: str, answer: type[AnswerType]) -> AnswerType:
        """What is there. Raises `AriError`."""
        return msgspec.json.decode(await self.do("GET", path), type=answer)

    @asynccontextmanager
    async def events(self) -> AsyncGenerator[AsyncIterator[Event]]:
        """All events of the app, until the socket ends. Raises `AriError` where it cannot be opened."""
        try:
            # Asterisk writes what it has at once; compressing costs it more than the loopback.
            socket = await self._session.ws_connect(
                self._url + "events?app=" + self.app, heartbeat=PINGED_EVERY_S, max_msg_size=0
            )
        except aiohttp.WSServerHandshakeError as error:
            raise _error(error.status, "text/html" if error.status == 404 else "", error.message.encode()) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise AsteriskAway(type(error).__name__) from None
        try:
            yield _read(socket)
        finally:
            await socket.close()


async def _read(socket: aiohttp.ClientWebSocketResponse) -> AsyncIterator[Event]:
    async for message in socket:
        if message.type is aiohttp.WSMsgType.TEXT:
            yield decode_event(message.data)


def _error(status: int, content_type: str, raw: bytes) -> AriError:
    """What a status means. While Asterisk boots it answers 404 in HTML, and then 503."""
    if status == 503 or (status == 404 and content_type != "application/json"):
        return AsteriskAway(f"status {status}: it has not booted yet")
    try:
        said: dict[str, Any] = msgspec.json.decode(raw)
        message = str(said.get("message") or said.get("error") or "")
    except msgspec.MsgspecError:
        message = ""
    return Gone(status, message) if status == 404 else Refused(status, message)
