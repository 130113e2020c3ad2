"""The leases of channel accounts whose adapters poll: each lasts a while beyond the poll that took it last.

They are kept in the process that answered that poll, and end with it as those of its sockets do, unless the next poll,
here or in another process, takes them over before.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import structlog

from router.engine.acts.workspace import CloseChannel, OpenChannel
from router.kit.errors import Fault

if TYPE_CHECKING:
    from router.engine.engine import Actor, Engine
    from router.kit.clock import Clock

BEYOND_MS: Final = 75_000
"""How long a lease, an agent's too, lasts beyond the wait of its poll: a background tab is woken once a minute."""

_AGAIN_MS: Final = 200
_IDLE_S: Final = 3600.0

_log: Any = structlog.get_logger()


class Polled:
    """The polled leases of one process; `pace` is how much faster than the wall the workspace's clock runs."""

    def __init__(self, engine: Engine, process: str, clock: Clock, pace: float = 1.0) -> None:
        self._engine = engine
        self._process = process
        self._clock = clock
        self._pace = pace
        self._leases: dict[tuple[str, str, str], int] = {}
        """(channel, account, connection) → until when, by the monotonic clock."""
        self._changed = asyncio.Event()

    async def take(self, channel: str, account: str, connection: str, wait_ms: int, by: Actor) -> int:
        """Take or keep the lease for a poll that waits so long. Gives the last event's number. Refuses `taken`."""
        lease = (channel, account, connection)
        self._leases[lease] = self._clock.monotonic_ms() + wait_ms + round(BEYOND_MS / self._pace)
        self._changed.set()
        act = OpenChannel(channel=channel, account=account, connection=connection, process=self._process)
        return (await self._engine.do(act, by)).seq

    async def run(self) -> None:
        """Give up each lease when its time is over, until cancelled."""
        while True:
            now = self._clock.monotonic_ms()
            for lease in [lease for lease, until in self._leases.items() if until <= now]:
                await self._give_up(lease)
            self._changed.clear()
            left_ms = min(self._leases.values(), default=now + _IDLE_S * 1000) - self._clock.monotonic_ms()
            try:
                async with asyncio.timeout(max(0.0, left_ms / 1000)):
                    await self._changed.wait()
            except TimeoutError:
                pass

    async def _give_up(self, lease: tuple[str, str, str]) -> None:
        # Taken out before the word is given: a poll that comes meanwhile speaks after it, and has a lease again.
        del self._leases[lease]
        channel, account, connection = lease
        try:
            act = CloseChannel(channel=channel, account=account, connection=connection, process=self._process)
            await self._engine.do(act)
        except Fault as fault:
            _log.debug("lease_kept", reason=str(fault))
            self._leases.setdefault(lease, self._clock.monotonic_ms() + _AGAIN_MS)
