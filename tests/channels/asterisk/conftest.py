"""A real Asterisk for each test that asks for one, and telephones at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.channels.asterisk.lab.lab import lab_in
from tests.channels.asterisk.stage import stage_on

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from tests.channels.asterisk.lab.asterisk import Asterisk
    from tests.channels.asterisk.lab.lab import Lab
    from tests.channels.asterisk.stage import Stage
    from tests.helpers.servers import Server


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    """Makes Asterisks and telephones; they end with the test."""
    async with lab_in(tmp_path) as lab:
        yield lab


@pytest.fixture
async def asterisk(lab: Lab) -> Asterisk:
    """One that runs, with all core sounds."""
    return await lab.asterisk()


@pytest.fixture
async def stage(lab: Lab, _servers: Callable[[str], Server]) -> AsyncIterator[Stage]:
    """A real router beside it, on the embedded server; the adapter is the test's to start."""
    async with stage_on(lab, _servers("valkey")) as stage:
        yield stage
