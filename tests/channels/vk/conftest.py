from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from channels.kit.conformance.stage import stage
from channels.kit.timing import PacedTime
from channels.vk import CHANNEL
from channels.vk.sandbox import VkSandbox
from router.cli.trial import trial

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from channels.kit.conformance.floor import Floor
    from channels.kit.conformance.stage import Stage


@pytest.fixture
async def sandbox() -> AsyncIterator[VkSandbox]:
    """VK, played, with repeats of callbacks after a twentieth of a second."""
    sandbox = VkSandbox(PacedTime(), retry_s=0.05)
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@pytest.fixture
async def floor() -> AsyncIterator[Floor]:
    """A router with one queue of chats from VK, and one agent."""
    async with trial("vk") as floor:
        yield floor


@pytest.fixture
async def it(floor: Floor, tmp_path: Path) -> AsyncIterator[Stage]:
    """VK, that router and the agent at her desk, five times as fast as life; the adapter is started by the test."""
    async with stage(CHANNEL, floor, tmp_path, 5.0) as it:
        yield it


@pytest.fixture
def vk(it: Stage) -> VkSandbox:
    """The sandbox of the stage."""
    assert isinstance(it.sandbox, VkSandbox)
    return it.sandbox
