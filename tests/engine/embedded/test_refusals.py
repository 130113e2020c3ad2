"""Starts that are refused: each says what is wrong, touches nothing and leaves nothing running."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import pytest

from router.engine.embedded import EmbeddedServer
from router.kit.errors import ServerUnfit
from tests.helpers.embedded import names_in, serving
from tests.helpers.servers import binary_of, running


async def unfit(data: Path, binary: Path) -> str:
    """The reason for which a start is refused; whatever it is, it leaves nothing running and no socket."""
    with pytest.raises(ServerUnfit) as refusal:
        await EmbeddedServer.start(data, binary=binary)
    assert not (data / "run").exists()
    return str(refusal.value)


async def test_a_directory_of_other_things_is_refused(data: Path, binary: Path) -> None:
    data.mkdir()
    (data / "thesis.txt").write_text("precious")
    assert "is not empty and holds no router's data" in await unfit(data, binary)
    assert names_in(data) == {"thesis.txt"}


async def test_a_fresh_file_systems_root_is_empty_enough(data: Path, binary: Path) -> None:
    (data / "lost+found").mkdir(parents=True)
    async with serving(data, binary) as (_, connection):
        assert await connection.call("PING") == b"PONG"


async def test_a_file_is_refused(data: Path, binary: Path) -> None:
    data.write_text("not a directory")
    assert f"data directory {data}: File exists" in await unfit(data, binary)


async def test_a_place_that_cannot_be_written_is_refused(binary: Path) -> None:
    assert "data directory /proc/router: No such file" in await unfit(Path("/proc/router"), binary)


async def test_another_users_directory_is_refused(data: Path, binary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data.mkdir()
    monkeypatch.setattr("os.geteuid", lambda: 4711)
    assert "belongs to user" in await unfit(data, binary)


async def test_a_foreign_server_on_the_socket_is_not_used(data: Path, binary: Path) -> None:
    (data / "store").mkdir(parents=True)
    (data / "run").mkdir()
    with running("valkey", data / "run"):
        assert f"the server on its socket works in {data / 'run'}" in await unfit(data, binary)


async def test_a_full_disk_is_refused(data: Path, binary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("router.engine.embedded.LEAST_FREE_BYTES", 2**62)
    assert f"are free on its disk, {2**62} are needed" in await unfit(data, binary)


async def test_a_server_with_known_holes_is_refused(data: Path, binary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("router.engine.versions.FLOORS", {"Redis": {(99, 0): 0}, "Valkey": {(99, 0): 0}})
    assert "gets no security fixes any more" in await unfit(data, binary)


async def written(data: Path, binary: Path) -> Path:
    """Data of a hundred writes; returns the file that they lie in."""
    async with serving(data, binary) as (_, connection):
        await asyncio.gather(*(connection.call("SET", f"key {number}", "x" * 50) for number in range(100)))
    (file,) = (data / "store" / "appendonlydir").glob("*.incr.aof")
    return file


async def test_a_torn_last_write_is_mended(data: Path, binary: Path) -> None:
    file = await written(data, binary)
    file.write_bytes(file.read_bytes()[:-7])
    async with serving(data, binary) as (_, connection):
        assert await connection.call("DBSIZE") == 99


async def test_damage_in_the_middle_is_named_with_a_way_out_that_works(data: Path, binary: Path) -> None:
    file = await written(data, binary)
    content = file.read_bytes()
    middle = len(content) // 2
    file.write_bytes(content[:middle] + bytes(30) + content[middle + 30 :])
    reason = await unfit(data, binary)
    assert f"{file.name} in {file.parent} is damaged before its end. Restore {data / 'store'} from a backup" in reason
    assert f"Its last words, from {data / 'server.log'}:" in reason
    assert "Bad file format reading the append only file" in reason
    way_out = reason.split("came after the damage: ")[1].splitlines()[0]
    mended = subprocess.run(["bash", "-c", way_out], input="y\n", text=True, capture_output=True, check=False)
    assert mended.returncode == 0, mended.stdout
    async with serving(data, binary) as (_, connection):
        assert 40 <= await connection.call("DBSIZE") <= 60


async def test_data_of_a_newer_server_is_left_alone(data: Path) -> None:
    await written(data, binary_of("valkey"))
    (snapshot,) = (data / "store" / "appendonlydir").glob("*.base.rdb")
    content = snapshot.read_bytes()
    reason = await unfit(data, binary_of("redis"))
    assert "is damaged, or a newer or another kind of server wrote it. Use the server that wrote it" in reason
    assert snapshot.read_bytes() == content


async def test_a_server_that_cannot_start_says_why(data: Path, tmp_path: Path) -> None:
    program = tmp_path / "valkey-server"
    program.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo "Valkey server v=9.1.1" && exit\necho "no luck" && exit 1\n'
    )
    program.chmod(0o700)
    assert f"{program} does not start: no luck" in await unfit(data, program)
