"""What is asked of a server at the start: what is refused, and what is only said."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from router.engine.connection import Connection
from router.engine.fitness import check_server, store_now
from router.kit.errors import ServerUnfit
from tests.helpers.replicas import replicated, running_all
from tests.helpers.servers import KINDS, ask, running

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from router.engine.link import Argument, Caller
    from tests.helpers.servers import Server

DURABLE = ("--appendonly", "yes", "--appendfsync", "always")


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@contextlib.asynccontextmanager
async def serving(kind: str, directory: Path, *settings: str) -> AsyncGenerator[tuple[Server, Connection]]:
    with running(kind, directory, *settings) as server:
        connection = await Connection.open(server.address)
        try:
            yield server, connection
        finally:
            await connection.close()


def without_version(warnings: list[str]) -> list[str]:
    return [warning for warning in warnings if "its distribution" not in warning]


async def test_a_durable_server_passes_without_a_word(kind: str, tmp_path: Path) -> None:
    async with serving(kind, tmp_path, *DURABLE) as (_, connection):
        assert without_version(await check_server(connection, "single")) == []


@pytest.mark.parametrize(
    ("settings", "warning"),
    [
        (("--appendonly", "no"), "appendonly is no"),
        (("--appendonly", "yes", "--appendfsync", "everysec"), "loses up to 2 s"),
        (("--appendonly", "yes", "--appendfsync", "no"), "loses up to 30 s"),
    ],
    ids=["no append only file", "fsync every second", "no fsync"],
)
async def test_each_weaker_setting_is_one_line(
    kind: str, tmp_path: Path, settings: tuple[str, ...], warning: str
) -> None:
    async with serving(kind, tmp_path, *settings) as (_, connection):
        (said,) = without_version(await check_server(connection, "single"))
        assert warning in said
        assert "\n" not in said
        (said,) = without_version(await check_server(connection, "embedded"))
        assert "somebody reconfigured the embedded server" in said


async def test_a_server_that_forgets_keys_is_refused(kind: str, tmp_path: Path) -> None:
    async with serving(kind, tmp_path, *DURABLE, "--maxmemory-policy", "allkeys-lru") as (_, connection):
        with pytest.raises(ServerUnfit, match="maxmemory-policy is allkeys-lru"):
            await check_server(connection, "single")


async def test_a_replica_is_refused(kind: str, tmp_path: Path) -> None:
    async with serving(kind, tmp_path, *DURABLE, "--replicaof", "127.0.0.1 1") as (_, connection):
        with pytest.raises(ServerUnfit, match="is a replica"):
            await check_server(connection, "single")


async def test_a_version_with_holes_is_refused(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    newer = {"Redis": {(99, 0): 1}, "Valkey": {(99, 0): 1}}
    monkeypatch.setattr("router.engine.versions.FLOORS", newer)
    async with serving(kind, tmp_path, *DURABLE) as (_, connection):
        with pytest.raises(ServerUnfit, match="gets no security fixes any more"):
            await check_server(connection, "single")


async def test_where_config_is_forbidden_it_says_what_could_not_be_checked(kind: str, tmp_path: Path) -> None:
    async with serving(kind, tmp_path, *DURABLE) as (server, connection):
        ask(server, "ACL", "SETUSER", "default", "-config")
        (said,) = without_version(await check_server(connection, "single"))
        assert "appendfsync could not be checked" in said


class Failing:
    """The server, whose last write to its disk failed."""

    def __init__(self, server: Caller) -> None:
        self._server = server

    def call(self, *command: Argument) -> asyncio.Future[Any]:
        return asyncio.ensure_future(self._answer(*command))

    async def _answer(self, *command: Argument) -> Any:
        reply = await self._server.call(*command)
        return reply.replace(b"status:ok", b"status:err") if command == ("INFO", "persistence") else reply


@pytest.mark.parametrize(
    ("settings", "persists"),
    [
        (DURABLE, True),
        (("--appendonly", "no", "--save", "3600 1"), True),
        (("--appendonly", "no", "--save", ""), False),
    ],
    ids=["append only file", "snapshots", "nothing"],
)
async def test_a_server_says_whether_it_keeps_what_it_has(
    kind: str, tmp_path: Path, settings: tuple[str, ...], *, persists: bool
) -> None:
    async with serving(kind, tmp_path, *settings) as (server, connection):
        assert (await store_now(connection)).persisting is persists
        assert (await store_now(Failing(connection))).persisting is False
        ask(server, "ACL", "SETUSER", "default", "-config")
        assert (await store_now(connection)).persisting is (persists or settings[1] == "no"), "else it is believed"


async def test_a_server_says_how_full_it_is(kind: str, tmp_path: Path) -> None:
    async with serving(kind, tmp_path, "--maxmemory", "0") as (server, connection):
        machine = await store_now(connection)
        assert 0 < machine.memory_bytes < machine.memory_max_bytes
        ask(server, "CONFIG", "SET", "maxmemory", "104857600")
        assert (await store_now(connection)).memory_max_bytes == 104_857_600 != machine.memory_max_bytes


async def test_a_disk_that_failed_is_said(kind: str, tmp_path: Path) -> None:
    async with serving(kind, tmp_path, *DURABLE) as (_, connection):
        (said,) = without_version(await check_server(Failing(connection), "single"))
        assert "the last write to the append only file failed" in said


async def test_replicas_that_do_not_suffice_are_said(kind: str, tmp_path: Path) -> None:
    async def lines(replicas: int) -> list[str]:
        return without_version(await check_server(connection, "replicated", replicas))

    primary, replica = replicated(kind, tmp_path)
    with running_all(primary, replica):
        await primary.ask_until("PING")
        await primary.followed_by(1)
        connection = await Connection.open(primary.address)
        assert await lines(1) == []
        (said,) = await lines(2)
        assert "1 replicas are connected and 2 must confirm: until then nothing is answered" in said
        (said,) = await lines(0)
        assert "of 2 servers 1 have an answer when it leaves, which is no majority" in said
        assert "say replicas=1" in said
        await primary.ask("CONFIG", "SET", "appendfsync", "everysec", "min-replicas-to-write", "0")
        (said,) = await lines(1)
        assert "min-replicas-to-write is 0" in said
        await connection.close()
