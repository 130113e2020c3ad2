"""The router's HTTP API for an adapter. What it says is done; while it is away one waits.

Every call of an adapter may be repeated, for the router knows each message by its id and each state by its order. So a
call is repeated until it is answered, with longer and longer pauses, or exactly as `Retry-After` says.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Final, TypeVar

import aiohttp
import msgspec
import structlog

from channels.kit.backoff import Backoff
from channels.kit.timing import sleep_until
from router.kit.errors import RouterError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from channels.kit.health import Health
    from channels.kit.port import Time

ANSWER_S: Final = 30.0
CONNECTIONS: Final = 32
NOT_OURS: Final = frozenset({"unauthorized", "wrong_role", "unknown_channel", "unknown_workspace", "old_operation"})
"""Refusals that say nothing of what is brought: of a token, of an operation that is just being replaced. They last
until somebody sets it right.
"""

AnswerType = TypeVar("AnswerType")

_log: Any = structlog.get_logger()


class Refused(RouterError):
    """The router will not do this, however often it is asked."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class RouterClient:
    """One adapter's way to its workspace. `url` ends in the workspace's name, or in `-` for the token's."""

    def __init__(self, url: str, token: str, time: Time, health: Health) -> None:
        self.url = url.rstrip("/")
        self.headers = {"Authorization": f"Bearer {token}"}
        # The connection is not given up with the call: whoever answers late has still answered.
        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CONNECTIONS), timeout=aiohttp.ClientTimeout(ANSWER_S)
        )
        self._time = time
        self._health = health

    async def close(self) -> None:
        """Let go of the connections."""
        await self.session.close()

    async def call(
        self, method: str, path: str, body: Any, answer: type[AnswerType], *, version: int | None = None
    ) -> AnswerType:
        """Do it, however long that takes; `body` is encoded as JSON, None is none. Raises `Refused`.

        With a `version` it is refused as `stale` where the contact has another by now.
        """
        data = None if body is None else msgspec.json.encode(body)
        backoff = Backoff()
        while True:
            outcome = await self._once(method, path, data, version)
            if isinstance(outcome, bytes):
                self._health.up("router")
                return msgspec.json.decode(outcome, type=answer)
            wait_s = backoff.next_s() if outcome is None else outcome
            await sleep_until(self._time, self._time.monotonic_ms() + round(wait_s * 1000))
            self._health.retries += 1

    async def mention(self, path: str) -> None:
        """Post something that is of no use later: once, whatever comes of it."""
        with contextlib.suppress(Refused):
            await self._once("POST", path, b"{}")

    async def _once(
        self, method: str, path: str, data: bytes | None, version: int | None = None
    ) -> bytes | float | None:
        """The answer, or in how many seconds to ask again: None where nobody says. Raises `Refused`."""
        headers = self.headers if data is None else self.headers | {"Content-Type": "application/json"}
        if version is not None:
            headers = headers | {"If-Match": f'"{version}"'}
        try:
            async with self.session.request(method, self.url + path, data=data, headers=headers) as response:
                raw = await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            self._health.away("router", type(error).__name__)
            return None
        if response.status < 300:
            return raw
        code = _code(raw)
        if code is not None and is_final(response.status, code):
            self._health.up("router")
            raise Refused(code)
        self._health.away("router", code or f"status {response.status}")
        return retry_after_s(response.headers)


def is_final(status: int, code: str) -> bool:
    """Whether a refusal stands, however often one asks."""
    return status < 500 and status != 429 and code not in NOT_OURS


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """The seconds of a `Retry-After`; None where there is none, or a date."""
    try:
        return max(0.0, float(headers["Retry-After"]))
    except (KeyError, ValueError):
        return None


def _code(raw: bytes) -> str | None:
    """The code of a problem; None where it is none of the router's."""
    try:
        return msgspec.json.decode(raw, type=_Problem).code
    except msgspec.MsgspecError:
        return None


class _Problem(msgspec.Struct):
    code: str
