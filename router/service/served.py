"""What serves one workspace in this process: built by `router.app`, used by everything above the services."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

    from router.engine.connection import Connection
    from router.engine.engine import Engine
    from router.kit.clock import Clock
    from router.service.contacts import Contacts
    from router.service.estimate import Estimates
    from router.service.feed import Feed
    from router.service.health import Health
    from router.service.lease import Lease
    from router.service.limits import Limits
    from router.service.operations import Current
    from router.service.own import Own
    from router.service.polled import Polled
    from router.service.recent import RecentWaits
    from router.service.standing import Standing
    from router.service.today import DaySoFar
    from router.service.tokens import Tokens
    from router.service.views import Views
    from router.service.watch import Watch


@dataclass(frozen=True)
class Served:
    """One workspace, as this process serves it."""

    engine: Engine
    current: Current
    contacts: Contacts
    estimates: Estimates
    views: Views
    standing: Standing
    feed: Feed
    tokens: Tokens
    limits: Limits
    recent: RecentWaits
    today: DaySoFar
    health: Health
    own: Own
    clock: Clock
    events: Connection
    """A connection of its own for the blocking reads of the stream."""
    process: str
    lease: Lease
    polled: Polled
    watch: Watch
    pace: float
    closing: asyncio.Event
    """This process is about to end: it is not ready, and what waits for its callers' sake waits no longer."""
    died: asyncio.Event
    """Something that must always run has died; the process must end too, so that another takes its place."""

    def wall_ms(self) -> int:
        """The wall's time, as the workspace has it."""
        return self.clock.wall_ms() if self.engine.given_ms is None else self.engine.given_ms
