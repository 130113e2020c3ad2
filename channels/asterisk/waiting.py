"""Where callers wait: one holding bridge for each class of music.

They hear the music and not each other. What is played to one channel pauses its music, and nobody else's; one stream of
music serves all, which costs three quarters of what a stream for each would.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from channels.asterisk.ari import Ari, Gone

if TYPE_CHECKING:
    from channels.asterisk.names import Names


class Waiting:
    """The holding bridges of one Asterisk. They stay when an adapter ends, and the music with them."""

    def __init__(self, ari: Ari, names: Names) -> None:
        self._ari = ari
        self._names = names

    async def add(self, channel: str, music: str) -> str:
        """Let a channel wait, wherever it was; the bridge's id. Raises `AriError`."""
        bridge = self._names.waiting(music)
        try:
            await self._add(channel, bridge)
        except Gone:
            await self._ari.do("POST", "bridges", type="holding", bridgeId=bridge)
            await self._add(channel, bridge)
        await self.play(bridge)
        return bridge

    async def play(self, bridge: str) -> None:
        """Let the music play, which ends with the last who hears it. Who hears it already hears no change.

        Raises `AriError`.
        """
        await self._ari.do("POST", f"bridges/{bridge}/moh", mohClass=self._names.music_of(bridge))

    async def _add(self, channel: str, bridge: str) -> None:
        await self._ari.do("POST", f"bridges/{bridge}/addChannel", channel=[channel], role="participant")
