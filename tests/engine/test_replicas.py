"""Replicas that confirm: what too few of them have is told to nobody, by no call and in no event."""

from __future__ import annotations

import asyncio
import signal
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from router.engine.acts.tokens import GetTokens
from router.engine.acts.workspace import Create
from router.engine.connection import Connection
from router.engine.engine import Engine, confirming, load_library
from router.kit.clock import SystemClock
from router.kit.errors import NotReplicated, StoreAway
from tests.helpers.replicas import replicated, running_all
from tests.helpers.servers import KINDS
from tests.helpers.turns import turn

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from tests.helpers.replicas import Node


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@asynccontextmanager
async def pair(kind: str, directory: Path) -> AsyncGenerator[tuple[Node, Node]]:
    """A primary and its replica, in step."""
    primary, replica = replicated(kind, directory)
    with running_all(primary, replica):
        await primary.says("PONG", "PING")
        await primary.followed_by(1)
        yield primary, replica


@asynccontextmanager
async def connected(node: Node, replicas: int) -> AsyncGenerator[Connection]:
    """A connection whose calls so many replicas must confirm."""
    connection = await Connection.open(
        replace(node.address, replicas=replicas), on_connect=load_library, confirming=confirming("proof")
    )
    try:
        yield connection
    finally:
        await connection.close()


async def test_nothing_is_answered_that_no_replica_has(kind: str, tmp_path: Path) -> None:
    async with pair(kind, tmp_path) as (primary, replica), connected(primary, 1) as one, connected(primary, 0) as other:
        assert await one.call("SET", "{proof}:first", "1") == b"OK"
        assert await replica.ask("GET", "{proof}:first") == b"1"
        replica.send(signal.SIGSTOP)
        clock = SystemClock()
        asked_ms = clock.monotonic_ms()
        with pytest.raises(NotReplicated):
            await one.call("SET", "{proof}:second", "2")
        assert clock.monotonic_ms() - asked_ms < 1_000
        # Nor does a caller who came just behind another wait twice as long.
        ahead = one.call("GET", "{proof}:first")
        await turn()
        asked_ms = clock.monotonic_ms()
        with pytest.raises(NotReplicated):
            await one.call("SET", "{proof}:behind", "2")
        assert clock.monotonic_ms() - asked_ms < 1_000
        with pytest.raises(NotReplicated):
            await ahead
        assert await primary.ask("GET", "{proof}:behind") is None, "it was never run"
        # A caller who only reads learns nothing either of what another connection wrote.
        await other.call("SET", "{proof}:third", "3")
        with pytest.raises(NotReplicated):
            await one.call("GET", "{proof}:third")
        # An error tells of nothing that was written, and is told.
        with pytest.raises(Exception, match="WRONGTYPE"):
            await one.call("LLEN", "{proof}:first")
        replica.send(signal.SIGCONT)
        async with asyncio.timeout(10):
            while True:
                try:
                    assert await one.call("GET", "{proof}:second") == b"2"
                    break
                except NotReplicated:
                    pass


async def test_one_who_waits_for_replicas_writes_again_and_again(kind: str, tmp_path: Path) -> None:
    async with pair(kind, tmp_path) as (primary, replica), connected(primary, 1) as one:
        replica.send(signal.SIGSTOP)
        waiting = one.call("SET", "{proof}:key", "1")
        async with asyncio.timeout(10):  # what the primary sends takes along what its kernel has to acknowledge
            while calls_of(await primary.ask("INFO", "commandstats"), "fcall") < 3:
                pass
        replica.send(signal.SIGCONT)
        assert await waiting == b"OK"
        before = await primary.ask("INFO", "commandstats")
        assert await one.call("XREAD", "BLOCK", 100, "STREAMS", "{proof}:events", "0-0") is None
        after = await primary.ask("INFO", "commandstats")
        assert calls_of(after, "fcall") - calls_of(before, "fcall") < 10, "a read that blocks waits for no replica yet"


async def test_no_event_is_told_that_no_replica_has(kind: str, tmp_path: Path) -> None:
    async with pair(kind, tmp_path) as (primary, replica), connected(primary, 1) as one, connected(primary, 0) as other:
        reading = one.call("XREAD", "BLOCK", 5_000, "STREAMS", "{proof}:events", "0-0")
        await turn()
        replica.send(signal.SIGSTOP)
        await other.call("XADD", "{proof}:events", "1-1", "a", "b")
        with pytest.raises(NotReplicated):
            await reading


async def test_calls_that_come_while_replicas_are_waited_for_leave_together(kind: str, tmp_path: Path) -> None:
    async with pair(kind, tmp_path) as (primary, _), connected(primary, 1) as connection:
        before = await primary.ask("INFO", "commandstats")
        replies = await asyncio.gather(*(connection.call("INCR", "{proof}:number") for _ in range(500)))
        assert replies == list(range(1, 501))

        async def late(number: int) -> None:
            for _ in range(number % 7):
                await turn()
            await connection.call("INCR", "{proof}:number")

        await asyncio.gather(*(late(number) for number in range(500)))
        assert await connection.call("GET", "{proof}:number") == b"1000"
        after = await primary.ask("INFO", "commandstats")
    assert calls_of(after, "wait") - calls_of(before, "wait") <= 10


def calls_of(stats: bytes, command: str) -> int:
    """How often a server has run a command."""
    line = next((line for line in stats.decode().splitlines() if line.startswith(f"cmdstat_{command}:")), "calls=0,")
    return int(line.partition("calls=")[2].partition(",")[0])


async def test_replicas_confirm_where_memory_is_full(kind: str, tmp_path: Path) -> None:
    async with pair(kind, tmp_path) as (primary, _), connected(primary, 1) as connection:
        await primary.ask("CONFIG", "SET", "maxmemory", "1")
        assert await connection.call("GET", "{proof}:nothing") is None
        with pytest.raises(StoreAway, match="OOM"):
            await connection.call("SET", "{proof}:more", "1")


async def test_a_primary_that_takes_nothing_for_want_of_replicas_is_not_replicated(kind: str, tmp_path: Path) -> None:
    async with pair(kind, tmp_path) as (primary, _), connected(primary, 1) as connection:
        await primary.ask("CONFIG", "SET", "min-replicas-to-write", "2")
        with pytest.raises(NotReplicated, match="NOREPLICAS"):
            await connection.call("SET", "{proof}:more", "1")
        with pytest.raises(NotReplicated):
            await connection.call("GET", "{proof}:more")
        assert connection.connected


async def test_a_link_that_breaks_while_replicas_are_waited_for_leaves_its_calls_unknown(
    kind: str, tmp_path: Path
) -> None:
    async with pair(kind, tmp_path) as (primary, replica), connected(primary, 1) as connection:
        replica.send(signal.SIGSTOP)
        call = connection.call("SET", "{proof}:key", "1")
        await turn()
        primary.send(signal.SIGKILL)
        with pytest.raises(Exception, match=r"closed|broke"):
            await call


async def test_a_library_that_is_gone_is_brought_back_where_replicas_must_confirm(kind: str, tmp_path: Path) -> None:
    """And with it the small write, which is one of its functions."""
    async with pair(kind, tmp_path) as (primary, _), connected(primary, 1) as connection:
        engine = Engine(connection, "proof", SystemClock())
        await engine.do(Create(clock="server"))
        await primary.ask("FUNCTION", "FLUSH")
        assert (await engine.do(GetTokens())).result == []


async def test_who_loads_no_library_is_answered_again_when_another_has(kind: str, tmp_path: Path) -> None:
    """As the connection for events, whose small write is one of the library's functions too."""
    async with pair(kind, tmp_path) as (primary, _), connected(primary, 1) as one, connected(primary, 1) as other:
        engine = Engine(one, "proof", SystemClock())
        await engine.do(Create(clock="server"))
        await primary.ask("FUNCTION", "FLUSH")
        with pytest.raises(NotReplicated, match="Function not found"):
            await other.call("GET", "{proof}:nothing")
        await engine.do(GetTokens())
        assert await other.call("GET", "{proof}:nothing") is None
