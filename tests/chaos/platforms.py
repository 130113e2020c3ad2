"""The platforms of a drill, played in its own process, and the adapters on them: processes to be killed."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from channels.telegram.sandbox import TelegramSandbox
from channels.vk.sandbox import VkSandbox
from tests.chaos.adapters import AdapterProcesses

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping
    from pathlib import Path
    from random import Random

    from channels.kit.port import Time
    from channels.kit.sandbox import Sandbox
    from tests.chaos.served import Serving

CHANNELS = ("telegram", "vk")
SLOTS = 2
"""Processes of a channel: one has the account, the others stand by."""
AWAY_S = (0.5, 3.0)
LIMITED_S = (1, 3)


class Platforms:
    """Telegram, where customers write to a business account or to its bot, and VK."""

    def __init__(self, time: Time) -> None:
        self.telegram = TelegramSandbox(time)
        self.vk = VkSandbox(time, transport="long_poll")
        self.all: dict[str, Sandbox] = {"telegram": self.telegram, "vk": self.vk}
        self.harms = 0
        self._away: dict[str, asyncio.Task[None]] = {}

    @classmethod
    @asynccontextmanager
    async def serving(cls, time: Time) -> AsyncGenerator[Platforms]:
        """They are there while the context lasts, whatever becomes of their adapters."""
        it = cls(time)
        for sandbox in it.all.values():
            await sandbox.start()
        try:
            yield it
        finally:
            for sandbox in it.all.values():
                await sandbox.stop()

    def harm(self, draw: Random) -> None:
        """One of them is away for a while, limits, loses an answer, or tells something twice."""
        self.harms += 1
        channel = draw.choice(CHANNELS)
        sandbox = self.all[channel]
        match draw.randrange(4):
            case 0 if channel not in self._away:
                task = self._away[channel] = asyncio.create_task(_go_away(sandbox, draw.uniform(*AWAY_S)))
                task.add_done_callback(lambda _: self._away.pop(channel))
            case 1:
                sandbox.limit_next(draw.randint(*LIMITED_S))
            case 2:
                sandbox.drop_answer_next()
            case _:
                sandbox.repeat_next(2)

    async def back(self) -> None:
        """Wait until all are there."""
        if self._away:
            await asyncio.wait(self._away.values())

    def unconfirmed(self) -> int:
        """What happened on them that no adapter has confirmed."""
        return sum(sandbox.unconfirmed() for sandbox in self.all.values())


class Adapters:
    """The adapters' processes, `contact-router channel …` each, which are started anew when they were killed."""

    def __init__(self, serving: Serving, directory: Path, platforms: Mapping[str, Sandbox]) -> None:
        settings = directory / "channels.toml"
        self._all: dict[str, AdapterProcesses] = {}
        tables: list[str] = []
        for channel, sandbox in platforms.items():
            given = {"dead_letters": str(directory / "dead-letters"), **sandbox.settings()}
            tables += [f"[{channel}]", *(f"{name} = {json.dumps(value)}" for name, value in given.items())]
            self._all[channel] = AdapterProcesses(serving, directory, channel, settings, sandbox.secrets(), SLOTS)
        settings.write_text("\n".join(tables))

    @property
    def kills(self) -> int:
        """How many of them were killed."""
        return sum(processes.kills for processes in self._all.values())

    @classmethod
    @asynccontextmanager
    async def running(cls, serving: Serving, directory: Path, platforms: Platforms) -> AsyncGenerator[Adapters]:
        """All of them are there while the context lasts; in the end each ends in its own way."""
        it = cls(serving, directory, platforms.all)
        async with AsyncExitStack() as stack:
            await asyncio.gather(*(stack.enter_async_context(one.running()) for one in it._all.values()))
            yield it

    async def kill(self, draw: Random) -> None:
        """`kill -9` one of them, or all of a channel's at once; they come again."""
        await self._all[draw.choice(CHANNELS)].kill(draw)

    def complaints(self) -> list[str]:
        """What their logs say of bugs, dead letters among it."""
        return [line for processes in self._all.values() for line in processes.complaints()]


async def _go_away(sandbox: Sandbox, seconds: float) -> None:
    sandbox.away(True)
    await asyncio.sleep(seconds)
    sandbox.away(False)
