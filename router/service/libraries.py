"""After a release, the library of the one before is taken off the server."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any, Final

import structlog

from router.engine.libraries import remove_unused
from router.kit.errors import Fault, ServerRefused

if TYPE_CHECKING:
    from router.engine.link import Caller

LOOKED_EVERY_S: Final = 6 * 3600.0
"""About how often: looking costs the server a second for each million keys, if there is another release's library."""

_log: Any = structlog.get_logger()


async def keep_tidy(server: Caller) -> None:
    """Look now and then whether there are libraries that nobody uses, until cancelled."""
    while True:
        # Jitter: of the processes that started together the first does it for all.
        await asyncio.sleep(LOOKED_EVERY_S * random.uniform(0.5, 1.5))
        try:
            for name in await remove_unused(server):
                _log.info("library_removed", library=name)
        except (Fault, ServerRefused) as error:
            _log.info("libraries_kept", reason=str(error))
