"""A data directory, a program for each kind of server, and further processes that share it."""

from __future__ import annotations

import contextlib
import os
import signal
from typing import TYPE_CHECKING

import pytest

from tests.helpers.embedded import RouterProcess
from tests.helpers.servers import KINDS, binary_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path


@pytest.fixture(params=KINDS)
def binary(request: pytest.FixtureRequest) -> Path:
    return binary_of(request.param)


@pytest.fixture
def data(tmp_path: Path) -> Generator[Path]:
    data = tmp_path / "data"
    yield data
    with contextlib.suppress(OSError):  # what only a failed test leaves running
        os.kill(int((data / "run" / "server.pid").read_text()), signal.SIGKILL)


@pytest.fixture
def start_router(data: Path, binary: Path) -> Generator[Callable[[], RouterProcess]]:
    """Starts further processes on `data`; they are ended with the test."""
    started: list[RouterProcess] = []

    def start() -> RouterProcess:
        started.append(RouterProcess(data, binary))
        return started[-1]

    yield start
    for router in started:
        router.kill()
