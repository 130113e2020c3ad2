"""What is looked after for all sockets of this process at once, so that one at rest costs next to nothing."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final, Protocol

from router.kit.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Generator

    from router.kit.errors import Refusal
    from router.service.tokens import Known, Tokens

WATCHED_EVERY_S: Final = 0.4
"""A socket of a token that was revoked is closed within a second."""


class Watched(Protocol):
    """A socket."""

    @property
    def known(self) -> Known:
        """Whose it is."""
        ...

    def look(self) -> None:
        """See whether anything is to be done for it. Called every `WATCHED_EVERY_S`."""
        ...

    def refuse(self, refusal: Refusal) -> None:
        """It may be there no longer."""
        ...


class Watch:
    """Looks after the sockets of this process."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._sockets: set[Watched] = set()

    @contextmanager
    def over(self, socket: Watched) -> Generator[None]:
        """Look after this one too."""
        self._sockets.add(socket)
        try:
            yield
        finally:
            self._sockets.discard(socket)

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(WATCHED_EVERY_S)
            for socket in [*self._sockets]:
                socket.look()
            with suppress(Fault):
                await self._check_tokens()

    async def _check_tokens(self) -> None:
        sockets = [*self._sockets]
        refused = await self._tokens.refused({socket.known.digest: socket.known for socket in sockets}.values())
        for socket in sockets:
            if socket.known.digest in refused and socket in self._sockets:
                socket.refuse(refused[socket.known.digest])
