"""Places whose primary is elected: a replicated set under Sentinels, and a cluster.

Everybody who may know is asked at once. Each view has the epoch of the election that it tells of, and the newest
counts: on the wrong side of a partition the last primary still takes itself for one.
"""

from __future__ import annotations

import asyncio
import binascii
from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from router.engine.address import Address
from router.engine.link import connect
from router.engine.place import Place
from router.kit.errors import Fault, ServerRefused, ServerUnfit, StoreAway

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Self

    from router.engine.link import Argument

ASKED_S = 0.4
"""So long one who may know has to answer."""
SLOTS = 16_384

View = tuple[int, Address]
"""The epoch of an election, and who is primary since."""


class Elected(Place):
    """A place that others know of. `name` is what it is called in errors."""

    moves = True

    def __init__(self, name: str) -> None:
        self._name = name
        self._newest: View | None = None

    def __str__(self) -> str:
        return self._name

    @abstractmethod
    def _knowing(self) -> Iterable[Address]:
        """Who may know."""

    @abstractmethod
    async def _view(self, knowing: Address) -> list[View]:
        """What one of them says of the primary. Raises OSError, TimeoutError, or any of our own."""

    async def locate(self) -> Address:
        """The primary of the newest election."""
        views, all_answer = await self._views()
        if not all_answer and self._newest is not None:
            views.append(self._newest)  # who does not answer may have told of it
        self._newest = max(views, key=lambda view: view[0])
        return self._newest[1]

    async def _views(self) -> tuple[list[View], bool]:
        """What those say who answer, and whether these are all. Raises `StoreAway`, `ServerUnfit`."""
        asked = [self._view(knowing) for knowing in self._knowing()]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        silent = [answer for answer in answers if isinstance(answer, BaseException)]
        for error in silent:
            if not isinstance(error, OSError | TimeoutError | Fault | ServerRefused):
                raise error
        views = [view for answer in answers if not isinstance(answer, BaseException) for view in answer]
        refused = [error for error in silent if isinstance(error, ServerRefused)]
        if not views and refused:
            raise ServerUnfit(f"{self}: {refused[0]}")
        if not views:
            raise StoreAway(f"{self}: nobody there knows a primary")
        return views, not silent


class Sentinels(Elected):
    """The primary that Sentinels watch as `name`; `primary` says all of it but its host and port."""

    def __init__(self, name: str, sentinels: tuple[Address, ...], primary: Address) -> None:
        super().__init__(f"{name} of the Sentinels {', '.join(f'{each.host}:{each.port}' for each in sentinels)}")
        self.name = name
        self.sentinels = sentinels
        self.primary = primary

    def _knowing(self) -> Iterable[Address]:
        return self.sentinels

    async def _view(self, knowing: Address) -> list[View]:
        # Who leads an election tells its epoch before the new primary, unless it is asked for the address alone.
        state, where = await _ask(
            knowing, ("SENTINEL", "MASTER", self.name), ("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self.name)
        )
        epoch = int(state[state.index(b"config-epoch") + 1])
        return [(epoch, replace(self.primary, host=str(where[0], "utf-8"), port=int(where[1])))]


class Cluster(Elected):
    """The primary of a workspace's slot. One begins with `nodes`; the others are like them, but for host and port."""

    def __init__(self, nodes: tuple[Address, ...], workspace: str | None = None) -> None:
        self._slot = None if workspace is None else slot_of(workspace)
        slot = "" if self._slot is None else f"slot {self._slot} of "
        super().__init__(f"{slot}the cluster at {', '.join(f'{node.host}:{node.port}' for node in nodes)}")
        self.nodes = nodes
        self._others: set[Address] = set()

    def of(self, workspace: str) -> Self:
        """Where this one's slot is."""
        return type(self)(self.nodes, workspace)

    async def primaries(self) -> list[Address]:
        """Every primary that has slots."""
        views, _ = await self._views()
        return list({address for _, address in views})

    def _knowing(self) -> Iterable[Address]:
        return {*self.nodes, *self._others}

    async def _view(self, knowing: Address) -> list[View]:
        (reply,) = await _ask(knowing, ("CLUSTER", "NODES"))
        nodes = [self._node(line) for line in str(reply, "utf-8").splitlines()]
        self._others = {address for address, *_ in nodes}
        return [(epoch, address) for address, is_primary, epoch, slots in nodes if is_primary and self._has(slots)]

    def _has(self, slots: list[str]) -> bool:
        if self._slot is None:
            return bool(slots)
        ranges = [range_of.partition("-") for range_of in slots]
        return any(int(first) <= self._slot <= int(last or first) for first, _, last in ranges)

    def _node(self, line: str) -> tuple[Address, bool, int, list[str]]:
        """A line of CLUSTER NODES: who, whether a primary, its epoch, its slots but those on the move."""
        _, where, flags, _, _, _, epoch, _, *slots = line.split()
        place, _, host = where.partition(",")
        ip, _, port = place.partition("@")[0].rpartition(":")
        address = replace(self.nodes[0], host=host.partition(",")[0] or ip, port=int(port))
        is_primary = "master" in flags.split(",") and not {"fail", "noaddr", "handshake"} & set(flags.split(","))
        return address, is_primary, int(epoch), [slot for slot in slots if not slot.startswith("[")]


def slot_of(workspace: str) -> int:
    """The slot of a workspace's keys: by its hash tag, as the cluster's specification has it (CRC16, XMODEM)."""
    return binascii.crc_hqx(workspace.encode(), 0) % SLOTS


async def _ask(knowing: Address, *commands: tuple[Argument, ...]) -> list[Any]:
    async with asyncio.timeout(ASKED_S):
        link = await connect(knowing, reply_timeout_s=ASKED_S)
        try:
            return await asyncio.gather(*(link.call(*command) for command in commands))
        finally:
            link.discard("asked")
            await link.gone()
