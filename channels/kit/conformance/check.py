"""What a check is, and the table that has them all."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from channels.kit.conformance.stage import stage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from channels.kit.conformance.floor import Floor
    from channels.kit.conformance.stage import Stage
    from channels.kit.port import Capability, Channel, Manifest

    Work = Callable[[Stage], Awaitable[None]]


@dataclass(frozen=True)
class Check:
    """One promise. It is asked of channels that can do what it `needs`, in a time that runs `pace` times faster."""

    name: str
    promise: str
    work: Work
    needs: frozenset[Capability]
    pace: float

    def concerns(self, manifest: Manifest) -> bool:
        """Whether the channel can be asked."""
        return self.needs <= manifest.capabilities

    async def run(self, channel: Channel, floor: Floor) -> None:
        """Raises AssertionError where the promise is not kept, TimeoutError where it is not in time."""
        with tempfile.TemporaryDirectory(prefix="conformance-") as directory:
            async with stage(channel, floor, Path(directory), self.pace) as it:
                await self.work(it)


@dataclass
class Checks:
    """A table of checks."""

    all: list[Check] = field(default_factory=list["Check"])

    def add(self, *needs: Capability, pace: float = 5.0) -> Callable[[Work], Work]:
        """Add a function; its name and docstring are the check's."""

        def added(work: Work) -> Work:
            name = getattr(work, "__name__", "")
            self.all.append(Check(name, (work.__doc__ or "").strip(), work, frozenset(needs), pace))
            return work

        return added
