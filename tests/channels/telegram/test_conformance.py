"""What is promised of every channel, asked of Telegram in the ways in which it can also be used."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import msgspec
import pytest

from channels.kit.conformance.suite import CHECKS
from channels.kit.port import Channel
from channels.telegram import CHANNEL
from channels.telegram.sandbox import TelegramSandbox
from tests.channels.telegram.certifying import certify
from tests.channels.telegram.floors import floor_on

if TYPE_CHECKING:
    from channels.kit.conformance.check import Check
    from channels.kit.port import Time
    from tests.helpers.servers import Server

# A bot is told who blocks it and not what is deleted; an account's secretary the other way round.
BOTS = (CHANNEL.manifest.capabilities - {"deletes", "echoes"}) | {"leaves"}
WAYS = {
    "account by webhook": Channel(CHANNEL.manifest, CHANNEL.create, partial(TelegramSandbox, webhook=True)),
    "bot": Channel(
        msgspec.structs.replace(CHANNEL.manifest, capabilities=BOTS), CHANNEL.create, partial(TelegramSandbox, to="bot")
    ),
}


@pytest.mark.parametrize(
    ("channel", "check"),
    [
        pytest.param(channel, check, id=f"{way}: {check.name}")
        for way, channel in WAYS.items()
        for check in CHECKS
        if check.concerns(channel.manifest)
    ],
)
async def test_it_keeps_its_promises(channel: Channel, check: Check, server: Server) -> None:
    played: list[TelegramSandbox] = []

    def sandbox(time: Time) -> Any:
        played.append(cast("TelegramSandbox", channel.sandbox(time)))
        return played[-1]

    async with floor_on(server) as floor:
        await check.run(replace(channel, sandbox=sandbox), floor)
    [one] = played
    certify(one.calls)
