"""What one kind of socket, or poll, tells and hears; all else about it is in `live`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import msgspec

    from router.domain.events import Event


class Reader(Protocol):
    """What one kind of socket tells and hears.

    Any of its methods may raise a `Refusal`, which ends the socket, and a `Fault`, after which it is called again.
    """

    @property
    def kind(self) -> str:
        """What it is counted as: agent, channel or events."""
        ...

    @property
    def agent(self) -> str | None:
        """Only events that name this agent are its business; None is all that are wanted."""
        ...

    @property
    def standby(self) -> bool:
        """Where another one holds the lease (`taken`), wait instead of being refused. The snapshot comes with it."""
        ...

    @property
    def lease_s(self) -> float | None:
        """Without a sign of life for so long it is gone; None is as usual."""
        ...

    def wanted(self, event: Event) -> bool:
        """Whether the event is its business."""
        ...

    async def take(self) -> int:
        """Take the lease, or keep it: harmless to repeat. Gives the number of the workspace's last event."""
        ...

    async def give_up(self, silent_ms: int) -> None:
        """Give up the lease; the last sign of life was so long ago. Harmless without one, and to repeat."""
        ...

    async def snapshot(self, *, resumed: bool) -> tuple[msgspec.Struct | None, int]:
        """The frame of the present state, if this kind has one, and the number of the event it stands at."""
        ...

    async def frames(self, events: list[Event]) -> list[Any]:
        """The frames that the wanted events make, in their order."""
        ...

    async def receive(self, raw: bytes) -> msgspec.Struct:
        """The answer to a frame."""
        ...
