"""The adapter keeps what every adapter must, by either way alone that events come; by both is everybody's test."""

from __future__ import annotations

import dataclasses
from functools import partial
from typing import TYPE_CHECKING

import pytest

from channels.kit.conformance.checks import inbound, standing
from channels.vk import CHANNEL
from channels.vk.sandbox import VkSandbox
from router.cli.trial import trial

if TYPE_CHECKING:
    from channels.kit.conformance.check import Check
    from channels.vk.sandbox.server import Transport

CHECKS = [one for one in (*inbound.checks.all, *standing.checks.all) if one.concerns(CHANNEL.manifest)]


@pytest.mark.parametrize("transport", ["long_poll", "callback"])
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
async def test_conformance(check: Check, transport: Transport) -> None:
    channel = dataclasses.replace(CHANNEL, sandbox=partial(VkSandbox, transport=transport))
    async with trial(CHANNEL.manifest.name) as floor:
        await check.run(channel, floor)
