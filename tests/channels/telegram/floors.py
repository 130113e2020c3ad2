"""A router with one channel and one agent who serves whoever comes."""

from __future__ import annotations

from contextlib import asynccontextmanager
from itertools import count
from typing import TYPE_CHECKING

from channels.kit.conformance.floor import Floor
from router.cli.trial import trial
from tests.helpers.service import service_on

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.helpers.servers import Server

_workspaces = count()


@asynccontextmanager
async def floor_on(server: Server, operation: str | None = None) -> AsyncGenerator[Floor]:
    """It serves while the context lasts, another operation than that of a trial if one is given."""
    if operation is None:
        url = f"unix://{server.address.path}"
        async with trial("telegram", url=url, workspace=f"telegram-{next(_workspaces)}") as floor:
            yield floor
        return
    async with service_on(server, operation) as service:
        adapter = await service.caller("adapter", channel="telegram")
        agent = await service.caller("agent", agent="anna")
        supervisor = await service.caller("supervisor")
        assert adapter.secret is not None
        assert agent.secret is not None
        assert supervisor.secret is not None
        yield Floor(service.url, adapter.secret, "anna", agent.secret, supervisor.secret)
