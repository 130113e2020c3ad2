"""Router processes that are started, killed and started again."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Crew:
    """`size` workers on one data directory, which together post the contacts 0 … `contacts` − 1."""

    def __init__(self, data: Path, size: int, contacts: int) -> None:
        self.data = data
        self.size = size
        self.contacts = contacts
        self.acked: dict[int, str] = {}
        """Number → contact id, for each contact that the router has said it has."""
        self.complaints: list[str] = []
        self._progress = asyncio.Condition()
        self._processes: dict[int, asyncio.subprocess.Process] = {}
        self._readers: set[asyncio.Task[None]] = set()

    async def start(self, slot: int) -> None:
        """Start the worker of a slot; it goes on with the contacts that have not been acknowledged."""
        open_numbers = [number for number in range(slot, self.contacts, self.size) if number not in self.acked]
        first = min(open_numbers, default=self.contacts)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.chaos.worker",
            str(self.data), str(slot), str(self.size), str(first), str(self.contacts),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        self._processes[slot] = process
        assert process.stdout
        assert process.stderr
        self._readers |= {
            asyncio.create_task(self._read_acks(process.stdout)),
            asyncio.create_task(self._read_complaints(process.stderr)),
        }

    async def kill(self, slot: int) -> None:
        """`kill -9` the worker of a slot."""
        process = self._processes[slot]
        process.kill()
        await process.wait()

    async def acknowledged(self, number: int) -> None:
        """Wait until so many contacts have been acknowledged."""
        async with self._progress:
            await self._progress.wait_for(lambda: len(self.acked) >= number)

    async def stop(self) -> None:
        """Let every worker end in its own way."""
        for process in self._processes.values():
            assert process.stdin
            process.stdin.close()
        for process in self._processes.values():
            await process.wait()
        await asyncio.gather(*self._readers)

    async def _read_acks(self, lines: asyncio.StreamReader) -> None:
        async for line in lines:
            if not line.endswith(b"\n"):
                return  # killed in the middle of a word
            word, number, contact = line.decode().split()
            assert word == "acked"
            async with self._progress:
                self.acked[int(number)] = contact
                self._progress.notify_all()

    async def _read_complaints(self, lines: asyncio.StreamReader) -> None:
        async for line in lines:
            self.complaints.append(line.decode())
