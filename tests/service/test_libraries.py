"""What removes the libraries of other releases outlives an absence of the store."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from router.engine.address import Address
from router.engine.connection import Connection
from router.engine.engine import load_library
from router.engine.render import Library, library
from router.service import libraries
from router.service.libraries import keep_tidy
from tests.helpers.proxy import proxied
from tests.helpers.turns import turn

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.helpers.servers import Server

ABANDONED = "cr_0123456789ab"


async def test_a_library_that_nobody_uses_is_removed_when_the_store_is_back(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libraries, "LOOKED_EVERY_S", 0.0)
    path = Address(path=str(tmp_path / "proxy.sock"))
    direct = await Connection.open(server.address)
    async with proxied(server.address, path):
        connection = await Connection.open(path)
    while connection.connected:
        await turn()
    task = asyncio.create_task(keep_tidy(connection))
    try:
        await load_library(direct, Library(ABANDONED, library().source.replace(library().name, ABANDONED)))
        assert await direct.call("FUNCTION", "LIST", "LIBRARYNAME", ABANDONED)
        async with proxied(server.address, path):
            while await direct.call("FUNCTION", "LIST", "LIBRARYNAME", ABANDONED):
                await turn()
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.wait([task])
        await connection.close()
        await direct.close()
