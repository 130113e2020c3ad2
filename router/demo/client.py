"""The robots' way to the router: its public API and nothing else."""

from __future__ import annotations

import asyncio
import json
from itertools import count
from typing import TYPE_CHECKING, Any, Final

import aiohttp

from router.kit.errors import RouterError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

TRIES: Final = 5
AGAIN_S: Final = 0.5
ANSWER_S: Final = 10.0

Json = dict[str, Any]


class Refused(RouterError):
    """The router said no; `code` says why."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.code = code


class Away(RouterError):
    """The router did not answer."""


class Api:
    """One robot with its token. `url` ends in the workspace's name."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str) -> None:
        self._session = session
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"}

    async def get(self, path: str) -> Any:
        """Read. Raises `Refused` and `Away`."""
        return await self._call("GET", path, None)

    async def post(self, path: str, **body: Any) -> Any:
        """Do. What is repeated after a lost answer changes nothing. Raises `Refused` and `Away`."""
        return await self._call("POST", path, body)

    async def put(self, path: str, **body: Any) -> Any:
        """Say how something is. Raises `Refused` and `Away`."""
        return await self._call("PUT", path, body)

    async def _call(self, method: str, path: str, body: Json | None) -> Any:
        """While the store is away the router says 503: come again."""
        for _ in range(TRIES):
            try:
                request = self._session.request(method, self._url + path, json=body, headers=self._headers)
                async with request as response:
                    said = json.loads(await response.read())
            except (aiohttp.ClientError, TimeoutError):
                await asyncio.sleep(AGAIN_S)
                continue
            if response.status < 400:
                return said
            if response.status != 503:
                raise Refused(response.status, said["code"])
            await asyncio.sleep(AGAIN_S)
        raise Away(path)

    async def metrics(self) -> str:
        """What Prometheus would read. Raises `Away`."""
        try:
            url = self._url.partition("/v1/")[0] + "/metrics"
            async with self._session.get(url, headers=self._headers) as response:
                if response.status == 200:
                    return await response.text()
        except (aiohttp.ClientError, TimeoutError):
            pass
        raise Away("/metrics")

    def socket(self, path: str, hear: Callable[[Json], None]) -> Socket:
        """A websocket; each frame that is no answer is heard."""
        return Socket(lambda: self._session.ws_connect(self._url + path, headers=self._headers), hear)


class Socket:
    """A websocket that comes back when it is lost."""

    def __init__(
        self,
        connect: Callable[[], Awaitable[aiohttp.ClientWebSocketResponse]],
        hear: Callable[[Json], None],
    ) -> None:
        self._connect = connect
        self._hear = hear
        self._numbers = count(1)
        self._waiting: dict[str, asyncio.Future[Json]] = {}
        self._open: aiohttp.ClientWebSocketResponse | None = None

    async def run(self) -> None:
        """Stay connected until cancelled."""
        while True:
            try:
                await self._listen()
            except (aiohttp.ClientError, TimeoutError):
                pass
            finally:
                await self._lost()
            await asyncio.sleep(AGAIN_S)

    async def do(self, word: str, **fields: Any) -> Any:
        """Do something by its word and give the answer. Raises `Refused` and `Away`."""
        if self._open is None:
            raise Away(word)
        number = str(next(self._numbers))
        answered = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            await self._open.send_json({"id": number, "do": word, **fields})
            async with asyncio.timeout(ANSWER_S):
                said = await answered
        except (aiohttp.ClientError, TimeoutError):
            raise Away(word) from None
        finally:
            self._waiting.pop(number, None)
        if said["status"] >= 400:
            raise Refused(said["status"], said["body"]["code"])
        return said["body"]

    async def _listen(self) -> None:
        self._open = await self._connect()
        async for message in self._open:
            if message.type != aiohttp.WSMsgType.TEXT:
                continue
            frame = json.loads(message.data)
            if frame["type"] != "answer":
                self._hear(frame)
            elif frame["to"] in self._waiting:
                self._waiting[frame["to"]].set_result(frame)

    async def _lost(self) -> None:
        lost, self._open = self._open, None
        for answered in self._waiting.values():
            if not answered.done():
                answered.set_exception(Away("lost"))
        if lost is not None:
            await lost.close()
