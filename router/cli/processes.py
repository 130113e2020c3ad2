"""Several processes that do the same behind one port: kept alive, replaced one after the other, ended together."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import structlog

from router.kit.clock import SystemClock
from router.kit.errors import RouterError

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Callable, Mapping, Sequence

READY: Final = "ready"
"""What a process says on its standard output once it serves."""
STDIN: Final = 0
ORPHANED_S: Final = 0.5
START_S: Final = 60.0
FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 10.0
STEADY_MS: Final = 10_000
"""A process that lived so long is replaced at once when it dies; others after longer and longer pauses."""

_log: Any = structlog.get_logger()


@dataclass(frozen=True)
class Command:
    """What makes a process."""

    words: Sequence[str]
    environment: Mapping[str, str]


class NotStarted(RouterError):
    """A process ended before it was ready."""


class Processes:
    """A process for each of the commands, with these descriptors and its command's environment.

    Each has the end of a pipe as its standard input, which closes when this process is no more. Each is in a session of
    its own: Ctrl-C on the terminal is for this process, which tells them.
    """

    def __init__(self, commands: Sequence[Command], descriptors: Sequence[int]) -> None:
        self._commands = commands
        self._descriptors = descriptors
        self._clock = SystemClock()
        self._all: set[Process] = set()
        self._slots: list[Process] = []
        self._changing = [asyncio.Lock() for _ in commands]
        self._told_to_roll = asyncio.Event()

    async def run(self, ready: Callable[[], None]) -> None:
        """Keep them running until cancelled; `ready` is called once all are. SIGHUP replaces them.

        Raises `NotStarted` if one of the first does not start.
        """
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, self._told_to_roll.set)
        try:
            async with asyncio.TaskGroup() as group:
                starting = [group.create_task(self._start(slot)) for slot in range(len(self._commands))]
            self._slots = [task.result() for task in starting]
            ready()
            async with asyncio.TaskGroup() as group:
                group.create_task(self._roll())
                for slot in range(len(self._commands)):
                    group.create_task(self._keep(slot))
        except* NotStarted as failed:
            raise failed.exceptions[0] from None
        finally:
            loop.remove_signal_handler(signal.SIGHUP)
            await self._end()

    async def _keep(self, slot: int) -> None:
        """Whenever the process of this slot dies by itself, start another."""
        while True:
            process, started = self._slots[slot], self._clock.monotonic_ms()
            await process.wait()
            async with self._changing[slot]:
                if self._slots[slot] is process:
                    _log.error("process_died", died=process.pid, code=process.returncode)
                    steady = self._clock.monotonic_ms() - started >= STEADY_MS
                    await self._restart(slot, 0.0 if steady else FIRST_PAUSE_S)

    async def _restart(self, slot: int, pause_s: float) -> None:
        while True:
            await asyncio.sleep(pause_s)
            try:
                self._slots[slot] = await self._start(slot)
            except NotStarted as failed:
                pause_s = min(max(2 * pause_s, FIRST_PAUSE_S), LONGEST_PAUSE_S)
                _log.error("process_not_started", reason=str(failed), again_in_s=pause_s)
            else:
                return

    async def _roll(self) -> None:
        """At each SIGHUP: a new process for every old one, which ends when the new one is ready."""
        while True:
            await self._told_to_roll.wait()
            self._told_to_roll.clear()
            try:
                for slot in range(len(self._commands)):
                    await self._replace(slot)
            except NotStarted as failed:
                _log.error("roll_stopped", reason=str(failed))
            else:
                _log.info("rolled", processes=len(self._commands))

    async def _replace(self, slot: int) -> None:
        async with self._changing[slot]:
            old, self._slots[slot] = self._slots[slot], await self._start(slot)
            _terminate(old)
            await old.wait()

    async def _start(self, slot: int) -> Process:
        """A process that is ready. Raises `NotStarted`."""
        process = await asyncio.create_subprocess_exec(
            *self._commands[slot].words,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            pass_fds=self._descriptors,
            env=self._commands[slot].environment,
            start_new_session=True,
        )
        self._all = {one for one in self._all if one.returncode is None} | {process}
        assert process.stdout is not None
        try:
            async with asyncio.timeout(START_S):
                said = await process.stdout.readline()
        except TimeoutError:
            said = b""
        if said.decode().strip() != READY:
            _terminate(process)
            code = await process.wait()
            raise NotStarted(f"process {process.pid} ended with {code} before it was ready; its log says why")
        return process

    async def _end(self) -> None:
        """Let all end; where that is cut short, end them at once."""
        left = [process for process in self._all if process.returncode is None]
        for process in left:
            _terminate(process)
        try:
            for process in left:
                await process.wait()
        except asyncio.CancelledError:
            for process in left:
                if process.returncode is None:
                    process.kill()
            raise


def end_with_parent() -> None:
    """Let this process end when its parent is no more: then standard input ends."""
    loop = asyncio.get_running_loop()

    def heard() -> None:
        if not os.read(STDIN, 64):
            loop.remove_reader(STDIN)
            # A moment later, for a parent that was killed lets go of the embedded server after this pipe.
            loop.call_later(ORPHANED_S, os.kill, os.getpid(), signal.SIGTERM)

    loop.add_reader(STDIN, heard)


def _terminate(process: Process) -> None:
    if process.returncode is None:
        process.terminate()
