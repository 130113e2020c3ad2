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

_log: Any = structlog.get_logger()


async def keep_alive(engine: Engine, process: str, pace: float = 1.0) -> None:
    """Renew the lease of `process` until cancelled; `pace` is how much faster than the wall the workspace's clock runs.

    A process that could not renew for too long has lost its connections' leases; they are taken anew by whoever holds
    the connections.
    """
    known = True
    while True:
        try:
            was_known = (await engine.do(Renew(process=process))).result
        except Fault as fault:
            _log.debug("lease_waits", reason=str(fault))
        else:
            if not was_known and not known:
                _log.warning("lease_lapsed", process=process)
            known = False
        await asyncio.sleep(RENEWED_EVERY_S / pace)
