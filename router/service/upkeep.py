"""What keeps the operation in force true as time passes: others change it, overlays end, known hours run out."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Final

import structlog

from router.engine.engine import SYSTEM
from router.kit.errors import Fault, Refusal
from router.service.feed import Overrun
from router.service.operations import change_overlays, set_hours

if TYPE_CHECKING:
    from router.domain.events import Event
    from router.domain.operation import Operation
    from router.domain.overlay import Overlays
    from router.engine.engine import Engine
    from router.service.feed import Feed, Listener
    from router.service.operations import Current

HOURS_EVERY_MS: Final = 86_400_000
"""How often the openings and closings ahead are worked out anew."""

LOOKED_EVERY_S: Final = 10.0
"""How soon it is seen that the wall has jumped past an end."""

RETRY_S: Final = 0.2

_log: Any = structlog.get_logger()


async def keep_current(engine: Engine, current: Current, feed: Feed, pace: float = 1.0) -> None:
    """Keep `current` what is in force, and end overlays whose time is over, until cancelled.

    Every process does so; whichever is first ends an overlay, and the others find it gone. `pace` is how much faster
    than the wall the workspace's clock runs.
    """
    hours_at = hours_of = 0
    while True:
        with feed.listen(_is_applied) as listener, contextlib.suppress(Overrun):
            while True:
                pause_s = RETRY_S
                try:
                    wall = await current.reload(engine)
                    # Also after each change: whoever told the hours of the one before meanwhile is corrected.
                    if current.revision != hours_of or wall - hours_at >= HOURS_EVERY_MS:
                        hours_at, hours_of = wall, current.revision
                        await set_hours(engine, current.operation, wall)
                    end = current.overlays.next_end
                    if end is not None and end <= wall:
                        await change_overlays(engine, current, SYSTEM, _without_ended)
                        continue
                    due = hours_at + HOURS_EVERY_MS if end is None else min(end, hours_at + HOURS_EVERY_MS)
                    pause_s = min((due - wall) / 1000 / pace, LOOKED_EVERY_S)
                except Fault as fault:
                    _log.debug("operation_waits", reason=str(fault))
                    hours_of = 0
                except Refusal as refusal:
                    _log.info("overlay_put_off", code=refusal.code)
                await _heard(listener, pause_s)


def _is_applied(event: Event) -> bool:
    return event.type == "operation.applied"


def _without_ended(_base: Operation, overlays: Overlays, _wall_ms: int) -> Overlays:
    return overlays


async def _heard(listener: Listener, pause_s: float) -> None:
    """Wait until another operation was applied, or so long. Raises `Overrun`."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(pause_s):
            await listener.next()
