"""An adapter's processes, `contact-router channel …` each, which are killed and come again."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from channels.kit.configuration import variable
from channels.registry import channel_of
from tests.chaos.served import complaints

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncGenerator, Mapping
    from pathlib import Path
    from random import Random

    from tests.chaos.served import Serving

BOTH = 0.15
"""In so many of the cases all of a channel's processes die at once."""


class AdapterProcesses:
    """So many processes of one channel: one has the account, the others stand by."""

    def __init__(
        self,
        serving: Serving,
        directory: Path,
        channel: str,
        settings: Path,
        secrets: Mapping[str, str],
        slots: int,
        *,
        url: str | None = None,
    ) -> None:
        """`settings` is a file that is there when they are started; `url` is the router's, if not the service's own."""
        self.kills = 0
        self._directory = directory
        self._channel = channel
        self._words = (sys.executable, "-m", "router", "channel", channel, "--child", "--settings", str(settings))
        manifest = channel_of(channel).manifest
        named = {variable(manifest, name): value for name, value in secrets.items()}
        place = {"CONTACT_ROUTER_URL": url or serving.url, "CONTACT_ROUTER_TOKEN": serving.adapter}
        self._environment = {**os.environ, **named, **place}
        self._processes: dict[int, Process] = {}
        self._slots = range(slots)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[AdapterProcesses]:
        """All of them are there while the context lasts; in the end each ends in its own way."""
        try:
            await asyncio.gather(*(self._start(slot) for slot in self._slots))
            yield self
        finally:
            await self._end()

    @property
    def pids(self) -> list[int]:
        """The processes."""
        return [process.pid for process in self._processes.values()]

    async def kill(self, draw: Random) -> None:
        """`kill -9` one of them, or all at once; they come again."""
        slots = self._slots if draw.random() < BOTH else [draw.choice(self._slots)]
        for slot in slots:
            self._processes[slot].kill()
            self.kills += 1
        for slot in slots:
            await self._processes[slot].wait()
        await asyncio.gather(*(self._start(slot) for slot in slots))

    def log(self) -> str:
        """All that they have logged."""
        return "".join((self._directory / self._file(slot)).read_text() for slot in self._slots)

    def complaints(self) -> list[str]:
        """What their logs say of bugs, dead letters among it."""
        return [line for slot in self._slots for line in complaints(self._directory, self._file(slot))]

    def _file(self, slot: int) -> str:
        return f"{self._channel}{slot}.log"

    async def _start(self, slot: int) -> None:
        with (self._directory / self._file(slot)).open("ab") as file:
            process = self._processes[slot] = await asyncio.create_subprocess_exec(
                *self._words, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=file,
                env=self._environment,
            )  # fmt: skip
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"

    async def _end(self) -> None:
        for process in self._processes.values():
            if process.returncode is None:
                process.terminate()
        for process in self._processes.values():
            assert await process.wait() in {0, -9}
