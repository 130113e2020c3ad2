"""Waiting without time."""

from __future__ import annotations

import asyncio


async def turn() -> None:
    """Let the event loop run everything that is ready now."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    loop.call_soon(ready.set_result, None)
    await ready
