"""The barest app of ARI: what Asterisk tells, in its order, and a word to it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp

from tests.channels.asterisk.lab.media import WITHIN_S

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.channels.asterisk.lab.asterisk import Asterisk


class App:
    """An app that is registered at one Asterisk."""

    def __init__(self, http: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._http = http
        self._socket = socket

    async def event(self, *types: str, within_s: float = WITHIN_S) -> Any:
        """The next event of one of these types; others before it are passed over."""
        passed = list[str]()
        try:
            async with asyncio.timeout(within_s):
                while True:
                    event = await self._socket.receive_json()
                    if event["type"] in types:
                        return event
                    passed.append(event["type"])
        except TimeoutError:
            raise AssertionError(f"no {' or '.join(types)} within {within_s} s, but {passed}") from None

    async def entered(self) -> str:
        """The id of the next channel that comes into the app."""
        return (await self.event("StasisStart"))["channel"]["id"]

    async def ask(self, method: str, path: str, body: Any = None, **parameters: str) -> Any:
        """What Asterisk answers to a request of this path below `/ari`, such as `/channels`."""
        async with self._http.request(method, f"/ari{path}", params=parameters, json=body) as answer:
            assert answer.status < 300, (path, answer.status, await answer.text())
            return await answer.json() if answer.status == 200 else None


@asynccontextmanager
async def app_of(asterisk: Asterisk, name: str = "contact-router") -> AsyncGenerator[App]:
    """One under the name that the dialplan gives."""
    login = {"Authorization": aiohttp.encode_basic_auth(asterisk.user, asterisk.password)}
    async with (
        aiohttp.ClientSession(asterisk.url, headers=login) as http,
        http.ws_connect(f"/ari/events?app={name}") as socket,
    ):
        yield App(http, socket)
