"""People's names, asked for in batches."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import structlog

from channels.kit.failures import SendError
from channels.kit.remembered import Remembered
from channels.vk import wire

if TYPE_CHECKING:
    from channels.vk.api import Api

BATCH: Final = 1000
"""So many people one request may ask for."""
KEPT: Final = 20_000

_log: Any = structlog.get_logger()


class Names:
    """Who is wanted while a request is out goes into the next one; the latest names are remembered."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._known: Remembered[int, str] = Remembered(KEPT)
        self._wanted: dict[int, asyncio.Future[str]] = {}
        self._asking: asyncio.Task[None] | None = None

    async def of(self, person: int) -> str | None:
        """The person's name; None where he has none, and where VK does not say."""
        known = self._known.get(person)
        if known is None:
            future = self._wanted.get(person) or asyncio.get_running_loop().create_future()
            self._wanted[person] = future
            if self._asking is None or self._asking.done():
                self._asking = asyncio.create_task(self._ask())
            known = await asyncio.shield(future)
        return known or None

    def close(self) -> None:
        """Ask no more."""
        if self._asking is not None:
            self._asking.cancel()

    async def _ask(self) -> None:
        while batch := dict(list(self._wanted.items())[:BATCH]):
            try:
                users = await self._api.ask("users.get", tuple[wire.User, ...], user_ids=",".join(map(str, batch)))
            except SendError as error:
                _log.warning("names_unknown", why=str(error), people=len(batch))
                named = None
            else:
                named = {user.id: f"{user.first_name} {user.last_name}".strip() for user in users}
            for person, future in batch.items():
                del self._wanted[person]
                name = "" if named is None else named.get(person, "")
                if named is not None:
                    self._known[person] = name
                future.set_result(name)
