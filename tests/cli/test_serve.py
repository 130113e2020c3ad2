"""`serve`: ready, told to end, replaced, killed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp

from tests.helpers.commands import children, command, router, running

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path


CLIENTS = 8


class Load:
    """Clients that post without pause over kept connections, and never again what was not answered."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.token = token
        self.answered = 0
        self.failed: list[str] = []
        self._posts = asyncio.Condition()

    async def more(self, number: int) -> None:
        """Wait until so many further posts are answered."""
        async with asyncio.timeout(30), self._posts:
            wanted = self.answered + number
            await self._posts.wait_for(lambda: self.answered >= wanted)

    @asynccontextmanager
    async def on(self) -> AsyncGenerator[None]:
        """Post while the context lasts."""
        ending = asyncio.Event()
        clients = [asyncio.create_task(self._client(number, ending)) for number in range(CLIENTS)]
        yield
        ending.set()
        await asyncio.gather(*clients)

    async def _client(self, number: int, ending: asyncio.Event) -> None:
        headers = {"Authorization": f"Bearer {self.token}"}
        async with aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(20)) as session:
            sent = 0
            while not ending.is_set():
                body = {"channel": "phone", "external_id": f"{number}-{sent}"}
                sent += 1
                try:
                    async with session.post(f"{self.url}/contacts", json=body) as response:
                        said = await response.text()
                        if response.status != 201:
                            self.failed.append(f"{response.status} {said}")
                except (aiohttp.ClientError, OSError, TimeoutError) as error:
                    self.failed.append(repr(error))
                async with self._posts:
                    self.answered += 1
                    self._posts.notify_all()


async def token(data: Path, *words: str) -> str:
    done = await command("token", "create", "--data", data, *(words or ("--role", "adapter")))
    assert done.code == 0, done.err
    return done.out.strip()


async def test_a_term_finishes_what_is_under_way_and_ends_well(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with router(data) as (serving, url):
        load = Load(url, await token(data))
        async with load.on():
            await load.more(100)
            serving.process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(30):  # a second signal would make it hurry
                assert await serving.process.wait() == 0
        # Until its connection is closed a request is answered; then nobody listens any more.
        assert {failed.partition("(")[0] for failed in load.failed} <= {"ClientConnectorError"}
    assert not (data / "run").exists()


async def test_it_is_not_ready_once_it_is_told_to_end(tmp_path: Path) -> None:
    async with router(tmp_path / "data") as (serving, url):
        root = url.partition("/v1/")[0]
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{root}/readyz") as ready:
                assert (ready.status, ready.headers.get("Connection")) == (200, None)
            serving.process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(10):
                closing = ready
                while closing.status == 200:
                    async with session.get(f"{root}/readyz") as closing:
                        await closing.read()
            assert (closing.status, closing.headers.get("Connection")) == (503, "close")


async def test_without_a_file_it_serves_what_the_workspace_has(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with router(data) as (_, url):
        first = url
    async with running("serve", "--data", data, "--port", "0") as again:
        assert first.rpartition("/")[2] == "shop"
        assert "Serving shop on " in await again.said("Serving")
    nowhere = await command("serve", "--data", tmp_path / "empty")
    assert nowhere.code == 1
    assert "contact-router apply FILE" in nowhere.err


async def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    async with router(tmp_path / "data") as (_, url):
        port = url.rpartition(":")[2].partition("/")[0]
        other = await command("serve", "--data", tmp_path / "data", "--port", port)
        assert other.code == 1
        assert f":{port}" in other.err
        assert "--port" in other.err


async def test_one_of_two_processes_is_killed_and_the_port_goes_on(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with router(data, "--processes", "2") as (serving, url):
        before = children(serving.process)
        assert len(before) == 2
        load = Load(url, await token(data))
        async with load.on():
            await load.more(100)
            os.kill(before[0], signal.SIGKILL)
            await load.more(400)
            await serving.said("process_died", err=True)
        # What was on the dead one's connections is lost to its clients, once for each; nothing after that.
        assert len(load.failed) <= CLIENTS, load.failed
        assert all(failed.startswith(("ServerDisconnectedError", "ClientOSError")) for failed in load.failed), (
            load.failed
        )
        async with asyncio.timeout(20):
            while len(after := children(serving.process)) < 2:
                await load_once(load)
        assert before[0] not in after
        assert before[1] in after
        assert await serving.end() == 0


async def load_once(load: Load) -> None:
    async with load.on():
        await load.more(1)


async def test_processes_are_replaced_under_load_and_no_request_fails(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with router(data, "--processes", "2") as (serving, url):
        before = children(serving.process)
        load = Load(url, await token(data))
        async with load.on():
            await load.more(100)
            serving.process.send_signal(signal.SIGHUP)
            await serving.said("rolled", err=True)
            await load.more(100)
        assert not load.failed, load.failed[:3]
        after = children(serving.process)
        assert len(after) == 2
        assert not set(before) & set(after)


async def test_processes_do_not_outlive_their_parent(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with router(data, "--processes", "2") as (serving, _):
        pids = [os.pidfd_open(pid) for pid in children(serving.process)]
        serving.process.kill()
        loop = asyncio.get_running_loop()
        for pid in pids:
            gone = asyncio.Event()
            loop.add_reader(pid, gone.set)
            async with asyncio.timeout(20):
                await gone.wait()
            loop.remove_reader(pid)
            os.close(pid)


async def test_a_process_whose_pump_dies_ends_with_an_error(tmp_path: Path) -> None:
    data = tmp_path / "data"
    file = tmp_path / "sabotage.py"
    file.write_text(
        "from router.service import pump\n"
        "async def die(self):\n    raise ValueError('+79131234567')\n"
        "pump.Pump.run = die\n"
        "from router.cli.main import main\nmain()\n"
    )
    async with router(data):
        pass
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(file), "serve", "--data", str(data), "--port", "0",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, err = await process.communicate()
    assert process.returncode == 1
    assert b'"task":"pump"' in err
    assert b"ValueError" in err
    assert b"+7913" not in err
