"""The life sign of this router process: while it is renewed, the connections that it holds count."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import structlog

from router.engine.acts.agents import Renew
from router.kit.errors import Fault

if TYPE_CHECKING:
    from router.engine.engine import Engine

RENEWED_EVERY_S = 5.0
AGAIN_S = 0.1

_log: Any = structlog.get_logger()


class Lease:
    """The lease of one process; `pace` is how much faster than the wall the workspace's clock runs.

    A process that could not renew for too long has lost its connections' leases. They are taken anew by whoever holds
    the connections: whenever `generation` has grown.
    """

    def __init__(self, engine: Engine, process: str, pace: float = 1.0) -> None:
        self.process = process
        self.generation = 0
        self._engine = engine
        self._pace = pace
        self._lapsed = False

    async def run(self) -> None:
        """Renew until cancelled."""
        while True:
            pause_s = RENEWED_EVERY_S / self._pace
            try:
                await self.renew()
            except Fault as fault:
                _log.debug("lease_waits", reason=str(fault))
                pause_s = min(pause_s, AGAIN_S)
            await asyncio.sleep(min(pause_s, AGAIN_S) if self._lapsed else pause_s)

    async def renew(self) -> None:
        """Renew once. Raises `Fault`."""
        was_known = (await self._engine.do(Renew(process=self.process))).result
        # What was taken while a lapsed lease was still being worked off is lost with it, so the word to take it anew is
        # given only when the process is known again.
        if was_known and self._lapsed:
            self.generation += 1
            _log.info("lease_taken", process=self.process, generation=self.generation)
        self._lapsed = not was_known
