"""Four processes behind one port, killed one after the other under load: callers see at most a reconnect."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from tests.chaos.clients import Clients
from tests.chaos.served import served

if TYPE_CHECKING:
    from pathlib import Path

RATE = 200
SECONDS = 20


@pytest.mark.timeout(180)
async def test_a_killed_process_is_no_more_than_a_reconnect(tmp_path: Path) -> None:
    async with served(tmp_path, agents=40, processes=4) as serving:
        clients = Clients(serving.url)
        async with serving.desks(clients) as phone:
            await clients.post_all(phone, RATE, SECONDS, lambda: os.kill(serving.routers()[0], signal.SIGKILL))
            history = await serving.judged(len(clients.acked))
    assert len(clients.acked) == RATE * SECONDS
    assert set(history.ended) == clients.acked
    assert not clients.complaints, clients.complaints[:3]
    assert clients.reconnects
