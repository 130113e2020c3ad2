"""Customers who write, on platforms that are played: what each of them said, in its order."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

    from channels.kit.sandbox import SandboxCustomer
    from tests.chaos.platforms import Platforms

PAUSE_S = 1.5
"""Between two messages of one customer, on average."""
AT_ONCE = 0.25
ALBUMS = 0.06
EDITS = 0.08
"""So often a customer writes again at once, sends an album, changes what he wrote."""
EDITED_AFTER_S = 1.0


@dataclass
class Said:
    """One message of a customer; an album is one, by the id of its first."""

    external_id: str
    text: str
    photos: int = 0


@dataclass
class Writer:
    """A customer in one thread. What he writes names him and its number."""

    name: str
    channel: str
    thread: str
    person: SandboxCustomer
    said: list[Said] = field(default_factory=list[Said])

    async def write(self, number: int, window: Window, draw: Random) -> None:
        """Write so many messages, when there is room for them."""
        edits: list[asyncio.Task[None]] = []
        for _ in range(number):
            if draw.random() >= AT_ONCE:
                await asyncio.sleep(draw.expovariate(1 / PAUSE_S))
            await window.enter()
            said = self._say(draw)
            if not said.photos and draw.random() < EDITS:
                edits.append(asyncio.create_task(self._edit(said, draw.expovariate(1 / EDITED_AFTER_S))))
        if edits:
            await asyncio.wait(edits)

    def _say(self, draw: Random) -> Said:
        text = f"{self.name} says {len(self.said)}"
        if draw.random() < ALBUMS:
            photos = [b"\xff\xd8\xff" + bytes(draw.randrange(1, 500)) for _ in range(draw.randint(2, 4))]
            said = Said(self.person.write_album(photos, caption=text)[0], text, len(photos))
        else:
            said = Said(self.person.write(text), text)
        self.said.append(said)
        return said

    async def _edit(self, said: Said, after_s: float) -> None:
        await asyncio.sleep(after_s)
        said.text += ", or rather not"
        self.person.edit(said.external_id, said.text)


class Window:
    """So many messages may be under way from customers to agents; so the drill runs as fast as its machine lets it."""

    def __init__(self, most: int) -> None:
        self.written = 0
        self.taken = 0
        self._most = most
        self._moved = asyncio.Condition()

    async def enter(self) -> None:
        """Wait for room for one more."""
        async with self._moved:
            await self._moved.wait_for(lambda: self.written - self.taken < self._most)
            self.written += 1
            self._moved.notify_all()

    async def leave(self) -> None:
        """An agent has one."""
        async with self._moved:
            self.taken += 1
            self._moved.notify_all()

    async def reached(self, number: int) -> None:
        """Wait until so many have been written."""
        async with self._moved:
            await self._moved.wait_for(lambda: self.written >= number)


def writers(platforms: Platforms, number: int) -> list[Writer]:
    """So many customers: half of them on VK, of the others two in three with the business account, one with its bot."""
    found: list[Writer] = []
    for index in range(number):
        name, customer = f"k{index}", str(1000 + index)
        if index % 2:
            person: SandboxCustomer = platforms.vk.customer(customer)
            found.append(Writer(name, "vk", platforms.vk.thread_of(customer), person))
        elif index % 3:
            person = platforms.telegram.customer_of("account", customer)
            found.append(Writer(name, "telegram", platforms.telegram.thread_of(customer), person))
        else:
            person = platforms.telegram.customer_of("bot", customer)
            found.append(Writer(name, "telegram", customer, person))
    return found
