"""Albums: a platform brings each of their messages by itself, and never says which is the last.

Those that come soon after each other are joined. One that comes later is added to the message that the router has then.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import msgspec

from channels.kit.remembered import Remembered

if TYPE_CHECKING:
    from channels.kit.port import Time
    from channels.kit.updates import Incoming

QUIET_S: Final = 0.6
"""When nothing more of an album has come for so long, it is taken to be whole."""
KEPT: Final = 10_000


class Album:
    """The messages of one album that have come so far, by their ids."""

    def __init__(self) -> None:
        self.items: dict[str, Incoming] = {}
        self.told: Incoming | None = None
        """What the router was told last."""
        self._grown = asyncio.Event()

    def add(self, item: Incoming) -> None:
        """One more, or one again."""
        self.items[item.external_id] = item
        self._grown.set()

    async def whole(self, time: Time) -> None:
        """Return when it is quiet."""
        quiet = False
        while not quiet:
            self._grown.clear()
            await time.sleep(QUIET_S)
            quiet = not self._grown.is_set()

    def joined(self) -> Incoming:
        """One message, called as the first of them; ids that are numbers are in the order of the numbers."""
        items = [self.items[name] for name in sorted(self.items, key=lambda name: (len(name), name))]
        return msgspec.structs.replace(
            items[0],
            external_id=self.told.external_id if self.told else items[0].external_id,
            text="\n".join(item.text for item in items if item.text) or None,
            attachments=tuple(attachment for item in items for attachment in item.attachments),
            album=None,
        )


class Albums:
    """The latest albums of an account."""

    def __init__(self) -> None:
        self._albums: Remembered[tuple[str, str], Album] = Remembered(KEPT)
        self._of_item: Remembered[tuple[str, str], Album] = Remembered(KEPT)

    def add(self, item: Incoming) -> Album:
        """The item's album, with it."""
        assert item.album is not None
        album = self._albums.get((item.thread, item.album))
        if album is None:
            album = self._albums[item.thread, item.album] = Album()
        album.add(item)
        self._of_item[item.thread, item.external_id] = album
        return album

    def of(self, thread: str, external_id: str) -> Album | None:
        """The album that a message is part of."""
        return self._of_item.get((thread, external_id))
