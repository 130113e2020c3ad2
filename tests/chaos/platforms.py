"""The platforms of a drill, played in its own process, and the adapters on them: processes to be killed."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from channels.kit.configuration import variable
from channels.registry import conversations_of
from channels.telegram.sandbox import TelegramSandbox
from channels.vk.sandbox import VkSandbox
from tests.chaos.served import complaints

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncGenerator, Mapping
    from pathlib import Path
    from random import Random

    from channels.kit.port import Time
    from channels.kit.sandbox import Sandbox
    from tests.chaos.served import Serving

CHANNELS = ("telegram", "vk")
SLOTS = 2
"""Processes of a channel: one has the account, the others stand by."""
BOTH = 0.15
"""In so many of the cases all of a channel's processes die at once."""
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
        self.kills = 0
        self._directory = directory
        self._settings = directory / "channels.toml"
        self._environments: dict[str, dict[str, str]] = {}
        self._processes: dict[tuple[str, int], Process] = {}
        tables: list[str] = []
        for channel, sandbox in platforms.items():
            given = {"dead_letters": str(directory / "dead-letters"), **sandbox.settings()}
            tables += [f"[{channel}]", *(f"{name} = {json.dumps(value)}" for name, value in given.items())]
            manifest = conversations_of(channel).manifest
            secrets = {variable(manifest, name): value for name, value in sandbox.secrets().items()}
            place = {"CONTACT_ROUTER_URL": serving.url, "CONTACT_ROUTER_TOKEN": serving.adapter}
            self._environments[channel] = {**os.environ, **secrets, **place}
        self._settings.write_text("\n".join(tables))

    @classmethod
    @asynccontextmanager
    async def running(cls, serving: Serving, directory: Path, platforms: Platforms) -> AsyncGenerator[Adapters]:
        """All of them are there while the context lasts; in the end each ends in its own way."""
        it = cls(serving, directory, platforms.all)
        try:
            await asyncio.gather(*(it._start(channel, slot) for channel in CHANNELS for slot in range(SLOTS)))
            yield it
        finally:
            await it._end()

    async def kill(self, draw: Random) -> None:
        """`kill -9` one of them, or all of a channel's at once; they come again."""
        channel = draw.choice(CHANNELS)
        slots = range(SLOTS) if draw.random() < BOTH else [draw.randrange(SLOTS)]
        for slot in slots:
            self._processes[channel, slot].kill()
            self.kills += 1
        for slot in slots:
            await self._processes[channel, slot].wait()
        await asyncio.gather(*(self._start(channel, slot) for slot in slots))

    def complaints(self) -> list[str]:
        """What their logs say of bugs, dead letters among it."""
        return [
            line
            for channel in CHANNELS
            for slot in range(SLOTS)
            for line in complaints(self._directory, log(channel, slot))
        ]

    async def _start(self, channel: str, slot: int) -> None:
        with (self._directory / log(channel, slot)).open("ab") as file:
            process = self._processes[channel, slot] = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "router", "channel", channel, "--child", "--settings", str(self._settings)),
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=file,
                env=self._environments[channel],
            )  # fmt: skip
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"

    async def _end(self) -> None:
        for process in self._processes.values():
            if process.returncode is None:
                process.terminate()
        for process in self._processes.values():
            assert await process.wait() in {0, -9}


def log(channel: str, slot: int) -> str:
    """The file that a process logs to."""
    return f"{channel}{slot}.log"


async def _go_away(sandbox: Sandbox, seconds: float) -> None:
    sandbox.away(True)
    await asyncio.sleep(seconds)
    sandbox.away(False)
