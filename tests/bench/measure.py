"""Measuring a server: how many commands and how much of its processor an act takes, round by round."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from router.engine.connection import Connection

    Rounds = Sequence[Sequence[Callable[[], Awaitable[Any]]]]

SLOW_US = 250
"""Acts longer than this are looked at for the worst one."""

_ACTS = ("fcall", "fcall_ro")
_NOT_OURS = ("info", "function|load", "function|list", "memory|usage", "slowlog|get", "slowlog|reset", "config|set")


@dataclass(frozen=True)
class Reading:
    """The server's counters at one moment: acts, commands that they called, processor time."""

    acts: int
    commands: int
    processor_us: float


@dataclass(frozen=True)
class Figure:
    """One act: medians over the rounds, and the worst single act of all rounds by the server's clock (0: none slow)."""

    name: str
    commands: float
    processor_us: float
    worst_us: int
    acts_a_second: float


async def read(connection: Connection) -> Reading:
    """The server's counters now."""
    sections = (await connection.call("INFO", "commandstats", "cpu")).decode().split()
    lines = dict(line.split(":", 1) for line in sections if ":" in line)
    acts = commands = 0
    for name, line in lines.items():
        command = name.removeprefix("cmdstat_")
        if command == name or command in _NOT_OURS:
            continue
        number = int(dict(part.split("=") for part in line.split(","))["calls"])
        if command in _ACTS:
            acts += number
        else:
            commands += number
    processor_s = float(lines["used_cpu_user_main_thread"]) + float(lines["used_cpu_sys_main_thread"])
    return Reading(acts, commands, processor_s * 1e6)


async def measure(connection: Connection, name: str, rounds: Rounds) -> Figure:
    """Run each round's acts one after the other, and take the medians of the rounds."""
    commands: list[float] = []
    processor: list[float] = []
    rates: list[float] = []
    await connection.call("CONFIG", "SET", "slowlog-log-slower-than", SLOW_US)
    await connection.call("SLOWLOG", "RESET")
    for acts in rounds:
        before, start = await read(connection), time.perf_counter()
        for act in acts:
            await act()
        seconds, after = time.perf_counter() - start, await read(connection)
        called = after.acts - before.acts
        commands.append((after.commands - before.commands) / called)
        processor.append((after.processor_us - before.processor_us) / called)
        rates.append(called / seconds)
    slow = await connection.call("SLOWLOG", "GET", -1)
    return Figure(
        name,
        statistics.median(commands),
        statistics.median(processor),
        max((entry[2] for entry in slow), default=0),
        statistics.median(rates),
    )


async def used_memory(connection: Connection) -> int:
    """Bytes that the server has allocated."""
    lines = (await connection.call("INFO", "memory")).decode().split()
    return int(next(line for line in lines if line.startswith("used_memory:")).partition(":")[2])
