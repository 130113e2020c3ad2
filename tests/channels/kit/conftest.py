"""A stage for each test of the kit: a real router, the example's platform, an agent."""

from __future__ import annotations

from contextlib import asynccontextmanager
from itertools import count
from typing import TYPE_CHECKING, Protocol

import pytest

from channels.kit.conformance.example import CHANNEL
from channels.kit.conformance.stage import Stage, stage
from router.cli.trial import trial

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from channels.kit.port import Channel
    from tests.helpers.servers import Server

_workspaces = count()


class Play(Protocol):
    """Makes a stage."""

    def __call__(self, channel: Channel = CHANNEL, pace: float = 5.0) -> AbstractAsyncContextManager[Stage]:
        """One for this channel, in a time that runs so many times faster."""
        ...


@pytest.fixture
def play(_servers: Callable[[str], Server], tmp_path: Path) -> Play:
    """Makes stages on the embedded server; the store's kind is nothing to an adapter."""

    @asynccontextmanager
    async def made(channel: Channel = CHANNEL, pace: float = 5.0) -> AsyncGenerator[Stage]:
        url = f"unix://{_servers('valkey').address.path}"
        workspace = f"kit-{next(_workspaces)}"
        async with (
            trial(channel.manifest.name, url=url, workspace=workspace) as floor,
            stage(channel, floor, tmp_path, pace) as it,
        ):
            yield it

    return made
