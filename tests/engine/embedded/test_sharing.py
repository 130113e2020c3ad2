"""One server per data directory, shared by processes that come, go and die, and kept through its own death."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shutil
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from router.engine.datadir import DataDirectory
from router.engine.embedded import EmbeddedServer
from router.engine.fitness import check_server
from router.engine.link import connect
from router.kit.errors import OutcomeUnknown, StoreAway
from tests.helpers.embedded import LEFT_BEHIND, ended, lives, mode_of, names_in, pid_of, serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.helpers.embedded import RouterProcess

    StartRouter = Callable[[], RouterProcess]


async def test_it_starts_keeps_its_data_and_leaves_nothing_but_data(data: Path, binary: Path) -> None:
    async with serving(data, binary) as (_, connection):
        pid = await pid_of(connection)
        await connection.call("SET", "key", "kept")
    assert ended(pid)
    assert names_in(data) == LEFT_BEHIND
    async with serving(data, binary) as (_, connection):
        assert await connection.call("GET", "key") == b"kept"


async def test_it_keeps_every_promise_of_its_profile(data: Path, binary: Path) -> None:
    async with serving(data, binary) as (_, connection):
        warnings = await check_server(connection, "embedded")
        assert [warning for warning in warnings if "its distribution" not in warning] == []
        assert await connection.call("CONFIG", "GET", "appendfsync") == [b"appendfsync", b"always"]
        assert await connection.call("CONFIG", "GET", "port") == [b"port", b"0"]


async def test_nobody_else_can_reach_it(data: Path, binary: Path) -> None:
    data.mkdir(mode=0o755)
    async with serving(data, binary) as (server, _):
        socket = Path(str(server.address.path))
        assert [mode_of(place) for place in (data, data / "store", socket.parent, socket)] == [0o700] * 4


async def test_two_shares_in_one_process_are_one_server(data: Path, binary: Path) -> None:
    async with serving(data, binary) as (_, one):
        async with serving(data, binary) as (_, other):
            assert await pid_of(one) == await pid_of(other)
        assert await one.call("PING") == b"PONG"


async def test_the_last_of_three_processes_shuts_it_down(data: Path, start_router: StartRouter) -> None:
    routers = [start_router() for _ in range(3)]
    (pid,) = {await router.server_pid() for router in routers}
    for router in routers:
        assert lives(pid)
        assert await router.stop() == 0
    assert ended(pid)
    assert names_in(data) == LEFT_BEHIND


async def test_ten_processes_that_start_at_once_start_one_server(
    data: Path, binary: Path, start_router: StartRouter
) -> None:
    routers = [start_router() for _ in range(10)]
    (pid,) = set(await asyncio.gather(*(router.server_pid() for router in routers)))
    async with serving(data, binary) as (_, connection):
        assert await connection.call("GET", "starts") == b"10"
    assert await asyncio.gather(*(router.stop() for router in routers)) == [0] * 10
    assert ended(pid)
    assert (data / "server.log").read_text().count("just started") == 1


async def test_a_killed_router_leaves_a_server_that_the_next_adopts(
    data: Path, binary: Path, start_router: StartRouter
) -> None:
    killed = start_router()
    pid = await killed.server_pid()
    killed.kill()
    assert lives(pid)
    async with serving(data, binary) as (_, connection):
        assert await pid_of(connection) == pid
        assert await connection.call("GET", "starts") == b"1"
    assert ended(pid)
    assert names_in(data) == LEFT_BEHIND


async def test_ctrl_c_reaches_the_router_and_not_its_server(
    data: Path, binary: Path, start_router: StartRouter
) -> None:
    interrupted = start_router()
    pid = await interrupted.server_pid()
    os.killpg(interrupted.process.pid, signal.SIGINT)
    await interrupted.stop()
    assert lives(pid)
    async with serving(data, binary) as (_, connection):
        assert await pid_of(connection) == pid


async def test_a_killed_server_is_back_with_all_it_had_answered(data: Path, binary: Path) -> None:
    answers = 0
    lost, back = asyncio.Event(), asyncio.Event()

    def note(connected: bool) -> None:
        if not connected:
            lost.set()
        elif lost.is_set():
            back.set()

    async with serving(data, binary, note) as (_, connection):
        pid = await pid_of(connection)

        async def write() -> None:
            nonlocal answers
            with contextlib.suppress(OutcomeUnknown, StoreAway):
                while not lost.is_set():
                    await connection.call("INCR", "count")
                    answers += 1
                    if answers == 500:
                        os.kill(pid, signal.SIGKILL)

        await asyncio.gather(*(write() for _ in range(20)))
        await back.wait()
        assert await pid_of(connection) != pid
        assert int(await connection.call("GET", "count")) >= answers >= 500


async def test_many_users_bring_a_killed_server_back_once(data: Path, binary: Path) -> None:
    async with contextlib.AsyncExitStack() as stack:
        users = [await stack.enter_async_context(serving(data, binary)) for _ in range(5)]
        os.kill(await pid_of(users[0][1]), signal.SIGKILL)
        await asyncio.gather(*(server.locate() for server, _ in users))
    assert (data / "server.log").read_text().count("just started") == 2


async def test_whoever_has_stopped_starts_nothing_any_more(data: Path, binary: Path) -> None:
    server = await EmbeddedServer.start(data, binary=binary)
    await server.stop()
    await server.stop()
    with pytest.raises(StoreAway, match="has stopped using"):
        await server.locate()
    assert names_in(data) == LEFT_BEHIND


async def test_a_path_too_long_for_a_socket_gets_one_elsewhere(tmp_path: Path, binary: Path) -> None:
    data = tmp_path / "a-long-name" / ("x" * 120)
    async with serving(data, binary) as (server, connection):
        elsewhere = Path(str(server.address.path)).parent
        assert (data / "run").readlink() == elsewhere
        assert mode_of(elsewhere) == 0o700
        async with serving(data, binary) as (other, _):
            assert other.address == server.address
        assert await connection.call("PING") == b"PONG"
    assert not elsewhere.exists()
    assert names_in(data) == LEFT_BEHIND


@pytest.mark.parametrize("name_of_copy", ["y" * 120, "short"], ids=["long", "short"])
async def test_a_copied_directory_never_takes_over_the_socket_of_its_original(
    tmp_path: Path, binary: Path, name_of_copy: str
) -> None:
    data, copy = tmp_path / ("x" * 120), tmp_path / name_of_copy
    async with serving(data, binary) as (server, connection):
        await connection.call("SET", "key", "kept")
        shutil.copytree(data, copy, symlinks=True)
        async with serving(copy, binary) as (other, other_connection):
            assert other.address != server.address
            assert await other_connection.call("GET", "key") == b"kept"
            assert await pid_of(other_connection) != await pid_of(connection)
        assert await connection.call("PING") == b"PONG"


async def test_a_socket_directory_that_others_can_write_is_not_used(tmp_path: Path, binary: Path) -> None:
    data, open_to_all = tmp_path / ("x" * 120), tmp_path / "open"
    data.mkdir()
    (data / "store").mkdir()
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    (open_to_all / "data").symlink_to(data)
    (data / "run").symlink_to(open_to_all)
    async with serving(data, binary) as (server, _):
        assert Path(str(server.address.path)).parent != open_to_all


async def test_it_waits_until_the_server_has_read_its_data(tmp_path: Path, data: Path, binary: Path) -> None:
    async with serving(data, binary) as (_, connection):
        await asyncio.gather(*(connection.call("SET", f"key {number}", "x") for number in range(3000)))
    slow = tmp_path / binary.name
    slow.write_text(f'#!/bin/sh\nexec {binary} "$@" --key-load-delay 200\n')
    slow.chmod(0o700)
    server = await EmbeddedServer.start(data, binary=slow)
    link = await connect(server.address, reply_timeout_s=5)
    assert await link.call("DBSIZE") == 3000
    link.discard("enough")
    await server.stop()


async def test_one_at_a_time_goes_through_the_door(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data.mkdir()
    somebody = os.open(data, os.O_RDONLY)
    fcntl.flock(somebody, fcntl.LOCK_SH)
    waited = False

    async def wait(_pause_s: float) -> None:
        nonlocal waited
        waited = True
        fcntl.flock(somebody, fcntl.LOCK_UN)

    monkeypatch.setattr("router.engine.datadir.asyncio.sleep", wait)
    directory = DataDirectory.prepare(data)
    async with directory.door():
        assert waited
    os.close(somebody)


async def test_any_name_is_a_good_name(tmp_path: Path, binary: Path) -> None:
    async with serving(tmp_path / 'an "odd" näme, %h \\ \'s', binary) as (_, connection):
        assert await connection.call("PING") == b"PONG"


async def test_a_stale_pid_file_harms_nobody(data: Path, binary: Path) -> None:
    """A pid that now belongs to a foreign process: to this test."""
    (data / "store").mkdir(parents=True)
    (data / "run").mkdir()
    (data / "run" / "server.pid").write_text(str(os.getpid()))
    (data / "run" / "server.sock").write_text("not even a socket")
    async with serving(data, binary) as (_, connection):
        assert await connection.call("PING") == b"PONG"
    assert names_in(data) == LEFT_BEHIND


async def test_a_server_that_hangs_is_named_and_left_alone(
    data: Path, binary: Path, start_router: StartRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = start_router()
    pid = await killed.server_pid()
    killed.kill()
    os.kill(pid, signal.SIGSTOP)
    monkeypatch.setattr("router.engine.embedded.ANSWER_LIMIT_S", 0.2)
    monkeypatch.setattr("router.engine.embedded.STOP_LIMIT_S", 0.2)
    with pytest.raises(StoreAway, match=r"does not answer on .*server\.sock; `fuser .*store` finds it"):
        await EmbeddedServer.start(data, binary=binary)
    monkeypatch.undo()
    os.kill(pid, signal.SIGCONT)
    async with serving(data, binary) as (_, connection):
        assert await connection.call("GET", "starts") == b"1"
