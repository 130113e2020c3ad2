"""The command line as people have it: in processes of its own."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncGenerator

LIMIT_S = 30.0
ROOT = Path(__file__).parent.parent.parent

OPERATION = """
workspace = "shop"
timezone = "UTC"
languages = ["en"]
dispositions = ["resolved"]
[media]
voice = { limits_s = { offer = 15, connect = 20, wrap_up = 0 } }
[channels]
phone = { medium = "voice" }
[queues.private]
target_s = 40
[[routes]]
queue = "private"
[groups]
all = { queues = ["private"], media = ["voice"] }
[agents]
anna = { name = "Anna", group = "all" }
boris = { name = "Boris, the second", group = "all" }
"""


@dataclass(frozen=True)
class Done:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str


@dataclass
class Running:
    """A command that goes on, and what it has said so far."""

    process: Process
    out: list[str] = field(default_factory=list[str])
    err: list[str] = field(default_factory=list[str])
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def said(self, words: str, *, after: int = 0, err: bool = False) -> str:
        """The first line from `after` on with these words, once it is there."""
        lines = self.err if err else self.out
        try:
            async with asyncio.timeout(LIMIT_S), self._changed:
                while not (found := [line for line in lines[after:] if words in line]):
                    assert not self._ended, f"it ended without saying {words!r}: {self.out}, {self.err}"
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"it did not say {words!r}: {self.out}, {self.err}") from None
        return found[0]

    async def type(self, line: str) -> None:
        """Type a line."""
        assert self.process.stdin
        self.process.stdin.write(f"{line}\n".encode())
        await self.process.stdin.drain()

    async def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Tell it to end; gives its exit code."""
        if self.process.returncode is None:
            self.process.send_signal(how)
        async with asyncio.timeout(LIMIT_S):
            return await self.process.wait()

    _open: int = 2

    @property
    def _ended(self) -> bool:
        return self._open == 0

    async def read(self, stream: asyncio.StreamReader, lines: list[str]) -> None:
        """Note every line of a stream until it ends."""
        async for line in stream:
            async with self._changed:
                lines.append(line.decode().rstrip("\n"))
                self._changed.notify_all()
        async with self._changed:
            self._open -= 1
            self._changed.notify_all()


async def command(*words: str | Path, typed: str = "", **environment: str) -> Done:
    """Run a command to its end."""
    process = await _start(words, environment)
    async with asyncio.timeout(LIMIT_S):
        out, err = await process.communicate(typed.encode())
    assert process.returncode is not None
    return Done(process.returncode, out.decode(), err.decode())


@asynccontextmanager
async def running(*words: str | Path, **environment: str) -> AsyncGenerator[Running]:
    """Run a command while the context lasts."""
    process = await _start(words, environment)
    assert process.stdout
    assert process.stderr
    it = Running(process)
    readers = [
        asyncio.create_task(it.read(process.stdout, it.out)), asyncio.create_task(it.read(process.stderr, it.err))
    ]  # fmt: skip
    try:
        yield it
    finally:
        try:
            await it.end()
        except TimeoutError:
            process.kill()
            raise
        finally:
            await process.wait()
            await asyncio.gather(*readers)


@asynccontextmanager
async def router(data: Path, *words: str) -> AsyncGenerator[tuple[Running, str]]:
    """`serve` on a free port, once it is ready, and its address below `/v1/`."""
    serve = ("serve", *_operation(data), "--data", data, "--port", "0", "--metrics", "off")
    async with running(*serve, *words) as serving:
        line = await serving.said("Serving ")
        found = re.search(r"http://\S+/v1/[^;\s]+", line)
        assert found, line
        yield serving, found[0]


def children(process: Process) -> list[int]:
    """The processes that a process has started."""
    return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def _operation(data: Path) -> tuple[str | Path, ...]:
    file = data.with_suffix(".toml")
    if not file.exists():
        file.write_text(OPERATION)
    return "--operation", file


async def _start(words: tuple[str | Path, ...], environment: dict[str, str]) -> Process:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CONTACT_ROUTER_")}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "router", *map(str, words),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        cwd=ROOT, env=clean | environment, limit=2**20,
    )  # fmt: skip
