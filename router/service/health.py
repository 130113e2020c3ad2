"""Whether this process should be sent requests, and what is wrong where it should not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from router.engine.connection import Connection
    from router.kit.clock import Clock

DUE_MS: Final = 3_000
"""So long ago the last `Due` may be: the pump runs it four times a second."""


class Health:
    """What one process knows of itself."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock
        self._due_at: int | None = None

    def due_ran(self) -> None:
        """`Due` has just been done."""
        self._due_at = self._clock.monotonic_ms()

    @property
    def since_due_ms(self) -> int | None:
        """How long ago the last `Due` was; None before the first."""
        return None if self._due_at is None else self._clock.monotonic_ms() - self._due_at

    @property
    def store_connected(self) -> bool:
        """Whether a call to the store would be sent now."""
        return self._connection.connected

    def wrong(self) -> list[str]:
        """Everything that keeps deadlines or requests from being served; nothing where all is well."""
        found: list[str] = []
        if not self.store_connected:
            found.append("the store cannot be reached")
        since = self.since_due_ms
        if since is None:
            found.append("no deadline has been looked at yet")
        elif since > DUE_MS:
            found.append(f"the deadlines were last looked at {since / 1000:.1f} s ago")
        return found
