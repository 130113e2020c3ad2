"""A running router, over its public API."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

import aiohttp
import click
import msgspec

from router.domain.wire.answers import Problem
from router.kit.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

AnyCommand = TypeVar("AnyCommand", bound="Callable[..., Any]")

URL: Final = "http://127.0.0.1:8080/v1/-"
"""The workspace of the token, on this machine."""
LIMIT_S: Final = 30.0
PASSES: Final = frozenset({429, 500, 502, 503, 504})
"""Statuses after which it is worth trying again."""
REFUSED: Final = 4000
"""From here on the code that closes a socket is a refusal."""


def remote_options(command: AnyCommand) -> AnyCommand:
    """`--url` and `--token`: which router, and who calls."""
    url = click.option(
        "--url", default=URL, show_default=True, envvar="CONTACT_ROUTER_URL", show_envvar=True,
        help="Where the router is, with /v1/ and the workspace; - is the token's.",
    )  # fmt: skip
    token = click.option(
        "--token", envvar="CONTACT_ROUTER_TOKEN", show_envvar=True, required=True, help="From `token create`."
    )
    return url(token(command))


class Remote:
    """The workspace at a URL, as the bearer of a token."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.session = session
        self.url = url.rstrip("/")
        if "/v1/" not in self.url:
            self.url += "/v1/-"

    async def call(self, method: str, path: str, body: Any = None, *, content_type: str = "application/json") -> Any:
        """One request below the workspace; the answer's JSON. Raises `Refusal`."""
        data = None if body is None else body if isinstance(body, bytes) else msgspec.json.encode(body)
        headers = {} if data is None else {"Content-Type": content_type}
        try:
            async with self.session.request(method, self.url + path, data=data, headers=headers) as response:
                return _read(response, await response.read())
        except (aiohttp.ClientConnectionError, TimeoutError) as error:
            raise away(self.url, error) from None

    async def get(self, path: str, **query: Any) -> Any:
        """Read; a parameter that is None is left out."""
        given = "&".join(f"{name}={value}" for name, value in query.items() if value is not None)
        return await self.call("GET", f"{path}?{given}" if given else path)


@asynccontextmanager
async def remote(url: str, token: str) -> AsyncGenerator[Remote]:
    """The router that the options mean."""
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(LIMIT_S)) as session:
        yield Remote(session, url)


def away(url: str, error: BaseException) -> Refusal:
    """Nobody answers there."""
    return Refusal("nobody_there", f"{url}: {error or type(error).__name__}")


def refused(status: int, body: Any) -> Refusal:
    """The problem that was answered."""
    try:
        said = msgspec.convert(body, Problem)
    except msgspec.ValidationError:
        return Refusal("no_router", f"what answers there, with status {status}, is no contact router")
    return Refusal(said.code, said.detail or said.title)


def raise_ended(message: aiohttp.WSMessage) -> None:
    """Raise what the router ended a socket for; not where it only went away."""
    if message.type is aiohttp.WSMsgType.CLOSE and (message.data or 0) >= REFUSED:
        raise Refusal(message.extra or "ended", "the router has ended the socket")


def _read(response: aiohttp.ClientResponse, raw: bytes) -> Any:
    try:
        body = msgspec.json.decode(raw)
    except msgspec.DecodeError:
        body = None
    if response.status >= 300 or body is None:
        raise refused(response.status, body)
    return body
