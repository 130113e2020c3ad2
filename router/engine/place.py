"""Where a workspace's server is: asked before each attempt to connect, for it may be another one each time.

An `Address` is always itself, the `EmbeddedServer` is started first, `Sentinels` and a `Cluster` say which is the
primary.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from typing import Self

    from router.engine.address import Address


class Place:
    """Where the workspaces' server is, or where the servers are among which they are spread."""

    __slots__ = ()

    moves: ClassVar[bool] = False
    """Whether a workspace may come to be on another server while the one before still answers."""

    def of(self, workspace: str) -> Self:
        """Where this one's server is."""
        del workspace
        return self

    async def locate(self) -> Address:
        """The server's address now. Raises `Fault` where nobody can say now, `ServerUnfit` where that stays so."""
        raise NotImplementedError

    async def primaries(self) -> list[Address]:
        """Every server that may hold workspaces."""
        return [await self.locate()]
