"""Playing something to one channel or into a bridge, to its end or until it is no longer wanted."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from typing import TYPE_CHECKING, Any

from channels.asterisk.ari import Ari, AriError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from channels.asterisk.names import Names
    from channels.asterisk.wire import Playback


class Playing:
    """What is being played on one Asterisk."""

    def __init__(self, ari: Ari, names: Names) -> None:
        self._ari = ari
        self._names = names
        self._finished: dict[str, asyncio.Future[bool]] = {}

    def hear(self, playback: Playback) -> None:
        """It has ended."""
        finished = self._finished.get(playback.id)
        if finished is not None and not finished.done():
            finished.set_result(playback.state == "done")

    def lose(self) -> None:
        """Nobody was told what has ended meanwhile: take it all as heard."""
        for finished in self._finished.values():
            if not finished.done():
                finished.set_result(True)

    async def play(self, channel: str, media: Sequence[str], language: str) -> bool:
        """Play it to a channel alone; whether it was found and heard. Cancelled, it is silent when this has ended.

        Raises `AriError`.
        """
        return await self._play("channels/" + channel, media, language)

    async def play_to_all(self, bridge: str, media: Sequence[str], language: str) -> bool:
        """Play it to all who are in a bridge, likewise. Raises `AriError`."""
        return await self._play("bridges/" + bridge, media, language)

    async def _play(self, place: str, media: Sequence[str], language: str) -> bool:
        playback = self._names.playback(secrets.token_hex(8))
        finished = self._finished[playback] = asyncio.get_running_loop().create_future()
        what: dict[str, Any] = {"media": list(media), "playbackId": playback, "lang": language}
        begun = asyncio.ensure_future(self._ari.do("POST", place + "/play", **what))
        try:
            await asyncio.shield(begun)
            return await asyncio.shield(finished)
        finally:
            del self._finished[playback]
            if not finished.done():
                # Only what has begun can be stopped; a request that is given up may begin it all the same.
                await asyncio.wait([begun])
                with contextlib.suppress(AriError):
                    begun.result()
                    await self._ari.do("DELETE", "playbacks/" + playback)
