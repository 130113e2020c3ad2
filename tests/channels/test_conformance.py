"""Every registered channel, and the example, keeps every promise that it can be asked for."""

from __future__ import annotations

import dataclasses
import functools
from itertools import count
from typing import TYPE_CHECKING, Final

import pytest

from channels.kit.conformance.example import CHANNEL as EXAMPLE
from channels.kit.conformance.example.sandbox import ExampleSandbox
from channels.kit.conformance.suite import CHECKS
from channels.kit.port import Channel
from channels.registry import CHANNELS, channel_of, conversations_of
from router.cli.trial import trial

if TYPE_CHECKING:
    from channels.kit.conformance.check import Check
    from tests.helpers.servers import Server

BY_WEBHOOK: Final = dataclasses.replace(EXAMPLE, sandbox=functools.partial(ExampleSandbox, webhook=True))
SUBJECTS: Final[dict[str, Channel]] = {
    "example": EXAMPLE,
    "example-webhook": BY_WEBHOOK,
    **{name: conversations_of(name) for name in CHANNELS if isinstance(channel_of(name), Channel)},
}
CASES: Final = [
    pytest.param(channel, check, id=f"{name}-{check.name}")
    for name, channel in SUBJECTS.items()
    for check in CHECKS
    if check.concerns(channel.manifest)
]

_workspaces = count()


@pytest.mark.parametrize("server", ["valkey"], indirect=True)
@pytest.mark.parametrize(("channel", "check"), CASES)
async def test_the_channel_keeps_its_promise(channel: Channel, check: Check, server: Server) -> None:
    url = f"unix://{server.address.path}"
    async with trial(channel.manifest.name, url=url, workspace=f"trial-{next(_workspaces)}") as floor:
        await check.run(channel, floor)


def test_the_example_is_asked_for_every_promise() -> None:
    assert all(check.concerns(EXAMPLE.manifest) for check in CHECKS)
