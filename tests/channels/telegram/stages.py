"""A stage with Telegram on it: the platform, the adapter, a router and an agent at his desk."""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, cast

from channels.kit.conformance.stage import Stage, stage
from channels.kit.port import Channel
from channels.telegram import CHANNEL
from channels.telegram.sandbox import TelegramSandbox
from tests.channels.telegram.certifying import certify
from tests.channels.telegram.floors import floor_on

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from channels.telegram.sandbox.customers import Customer
    from tests.helpers.servers import Server

PACE = 5.0


@asynccontextmanager
async def telegram_on(
    server: Server,
    directory: Path,
    *,
    to: Literal["account", "bot"] = "account",
    webhook: bool = False,
    operation: str | None = None,
    pace: float = PACE,
) -> AsyncGenerator[tuple[Stage, TelegramSandbox]]:
    """Everything but the adapter is at work. In the end each of its calls must be one of the Bot API's."""
    channel = Channel(CHANNEL.manifest, CHANNEL.create, partial(TelegramSandbox, to=to, webhook=webhook))
    async with floor_on(server, operation) as floor, stage(channel, floor, directory, pace) as it:
        sandbox = cast("TelegramSandbox", it.sandbox)
        yield it, sandbox
        certify(sandbox.calls)


def person(it: Stage, number: int = 1) -> Customer:
    """A customer, with all that the sandbox lets him do."""
    return cast("Customer", it.customer(number))


async def confirmed(it: Stage) -> None:
    """The adapter has taken all that there was."""
    await it.until(lambda: it.sandbox.unconfirmed() == 0)


async def read(it: Stage, url: str | None) -> bytes:
    """What a link leads to."""
    assert url is not None
    async with it.session.get(url) as response:
        assert response.status == 200
        return await response.read()


def one_picture(it: Stage, data: bytes, **more: Any) -> dict[str, Any]:
    """An attachment of the agent's that lies where the adapter may fetch it."""
    return {"kind": "image", "name": "карта.png", "mime": "image/png", "url": it.files.put("map.png", data)} | more
