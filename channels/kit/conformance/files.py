"""A place where agents' attachments lie."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


class FileServer:
    """Files by their names. `host` is what an adapter must be allowed to fetch from."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.host = ""

    def put(self, name: str, data: bytes) -> str:
        """The file's address."""
        self.files[name] = data
        return f"http://{self.host}/{name}"

    @classmethod
    @asynccontextmanager
    async def serving(cls) -> AsyncGenerator[FileServer]:
        """One that serves while the context lasts."""
        it = cls()
        app = web.Application()
        app.router.add_get("/{name}", it._get)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        it.host = f"127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield it
        finally:
            await runner.cleanup()

    async def _get(self, request: web.Request) -> web.Response:
        data = self.files.get(request.match_info["name"])
        return web.Response(status=404) if data is None else web.Response(body=data, content_type="image/png")
