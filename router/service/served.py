"""What serves one workspace in this process: built by `router.app`, used by everything above the services."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from router.engine.connection import Connection
    from router.engine.engine import Engine
    from router.kit.clock import Clock
    from router.service.contacts import Contacts
    from router.service.estimate import Estimates
    from router.service.feed import Feed
    from router.service.limits import Limits
    from router.service.operations import Current
    from router.service.tokens import Tokens
    from router.service.views import Views


@dataclass(frozen=True)
class Served:
    """One workspace, as this process serves it."""

    engine: Engine
    current: Current
    contacts: Contacts
    estimates: Estimates
    views: Views
    feed: Feed
    tokens: Tokens
    limits: Limits
    clock: Clock
    events: Connection
    """A connection of its own for the blocking reads of the stream."""
    process: str
    pace: float

    def wall_ms(self) -> int:
        """The wall's time, as the workspace has it."""
        return self.clock.wall_ms() if self.engine.given_ms is None else self.engine.given_ms
