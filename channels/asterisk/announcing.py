"""What is played to a waiting call, and what its digits do to it: the announcer's hands."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import structlog

from channels.asterisk.ari import AriError
from channels.asterisk.speech.announcer import Announcer
from channels.kit.router import Refused
from router.domain.wire import requests
from router.domain.wire.answers import Contact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from channels.asterisk.call import Call
    from channels.asterisk.server import Server
    from channels.asterisk.settings import LineSettings

AWAY_AFTER_S: Final = 2.0
"""Whoever asks the router on a caller's behalf waits no longer: he is told that it is away."""

_log: Any = structlog.get_logger()


class Announcing:
    """Speaks to one call while it waits. It is the `Caller` of its announcer."""

    def __init__(self, server: Server, call: Call) -> None:
        self._server = server
        self._call = call
        self._announcer: Announcer | None = None
        self._task: asyncio.Task[None] | None = None

    def begin(self, *, lost: bool) -> None:
        """He waits from now on; `lost` because his agent was lost. Nothing happens where he waits already."""
        if self._task is not None and not self._task.done():
            return
        if self._announcer is None:
            call = self._call
            self._announcer = Announcer(self, call.line, self._server.language(call.language), self._server.time)
        self._task = asyncio.create_task(self._run(self._announcer, lost=lost))

    async def end(self) -> None:
        """Be silent: a bridge takes in nobody to whom something is being played."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    def pressed(self, digit: str) -> None:
        """He has pressed a key."""
        if self._announcer is not None and self._task is not None:
            self._announcer.pressed(digit)

    async def _run(self, announcer: Announcer, *, lost: bool) -> None:
        try:
            await announcer.run(lost=lost)
        except AriError as error:
            _log.info("not_announced", why=str(error))  # he is gone, or Asterisk is
        except Exception as broken:  # noqa: BLE001 - who hears nothing still waits with music
            _log.error("announcer_broke", exc_info=broken)

    # What the announcer needs.

    async def play(self, media: Sequence[str]) -> None:
        """Play it to him alone; his music pauses meanwhile. Raises `AriError`."""
        # Asterisk takes `ru_RU` for a kind of `ru`, and `ru-RU` for a language of which it has no sounds.
        await self._server.playing.play(self._call.id, media, self._call.language.replace("-", "_"))

    async def contact(self) -> Contact | None:
        """His contact as the router has it now; None while it is away."""
        return await self._ask("GET", None)

    async def to_line(self, line: str) -> LineSettings | None:
        """Let him wait on another line; None where the router is away, or refuses."""
        moved = await self._ask("PATCH", requests.PatchContact(attributes=self._call.entry.attributes(line)))
        if moved is None:
            return None
        self._call.hear(moved)
        return self._call.line

    async def leave(self) -> None:
        """He leaves the queue by his own will."""
        self._call.leave()

    async def _ask(self, method: str, body: requests.Request | None) -> Contact | None:
        contact = self._call.contact
        if contact is None:
            return None
        try:
            async with asyncio.timeout(AWAY_AFTER_S):
                return await self._server.router.call(method, f"/contacts/{contact.id}", body, Contact)
        except (TimeoutError, Refused):
            return None
