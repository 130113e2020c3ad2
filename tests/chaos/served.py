"""The service as users run it, for harm: several processes behind one port, their agents' and adapter's tokens."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

import router
from router.app import attached
from router.domain.operation_file import read_operation
from tests.chaos.clients import Clients, until_ready
from tests.chaos.history import History
from tests.helpers.program import operation_file, store_options, tokens
from tests.helpers.replicas import HERE, Host
from tests.helpers.servers import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Collection, Sequence

    from router.engine.link import Caller

WORKSPACE = "port"
STOPPED_WITHIN_S = 30.0


@dataclass(frozen=True)
class Serving:
    """A service that runs."""

    process: asyncio.subprocess.Process
    place: dict[str, Any]
    """Where its store is, as `attached` takes it."""
    host: str
    port: int
    adapter: str
    """The adapter's token."""
    agents: dict[str, str]
    """Agent → token."""
    workspace: str = WORKSPACE

    @property
    def url(self) -> str:
        """Where the workspace's API is."""
        return f"http://{self.host}:{self.port}/v1/{self.workspace}"

    def processes(self) -> list[int]:
        """The processes behind the port."""
        return [
            int(pid) for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        ]

    def routers(self) -> list[int]:
        """The ones that serve; one alone does it itself."""
        known = [pid for pid in self.processes() if b"valkey" not in Path(f"/proc/{pid}/cmdline").read_bytes()]
        return known or [self.process.pid]

    def resident_kib(self) -> int:
        """The memory of the serving processes."""
        return sum(_status(pid, "VmRSS") for pid in self.routers())

    def files(self) -> int:
        """The open files and sockets of the serving processes."""
        return sum(_files(pid) for pid in self.routers())

    def busiest(self) -> int:
        """Of the serving processes, the one with most sockets."""
        return max(self.routers(), key=_files)

    def session(self, token: str, *traces: aiohttp.TraceConfig) -> aiohttp.ClientSession:
        """A caller with this token, who never waits for a socket of his own."""
        return aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {token}"},
            trace_configs=list(traces),
            connector=aiohttp.TCPConnector(limit=0),
        )

    @asynccontextmanager
    async def store(self) -> AsyncGenerator[Caller]:
        """A connection to the service's own store."""
        async with attached(self.workspace, **self.place) as engine:
            yield engine.connection

    @asynccontextmanager
    async def desks(self, clients: Clients, but: Collection[str] = ()) -> AsyncGenerator[aiohttp.ClientSession]:
        """Every agent but these works while the context lasts; gives the adapter's session."""
        async with AsyncExitStack() as stack:
            phone = await stack.enter_async_context(self.session(self.adapter))
            desks = [
                asyncio.create_task(clients.desk(await stack.enter_async_context(self.session(token)), phone, agent))
                for agent, token in self.agents.items()
                if agent not in but
            ]
            try:
                yield phone
            finally:
                for desk in desks:
                    desk.cancel()
                if desks:
                    await asyncio.wait(desks)

    @asynccontextmanager
    async def silent(self, agents: Collection[str]) -> AsyncGenerator[None]:
        """While the context lasts the desks of these agents take no offer: each ends by time alone."""
        async with asyncio.TaskGroup() as group:
            desks = [group.create_task(self._be_silent(agent)) for agent in agents]
            yield
            for desk in desks:
                desk.cancel()

    async def _be_silent(self, agent: str) -> None:
        async with (
            self.session(self.agents[agent]) as session,
            session.ws_connect(f"{self.url}/agents/{agent}/live") as socket,
        ):
            await socket.send_json({"id": "p", "do": "presence", "presence": "available"})
            async for message in socket:
                if message.json()["type"] == "offer.gone":
                    await socket.send_json({"id": "r", "do": "ready"})

    async def judged(self, contacts: int, within_s: float = 60) -> History:
        """Read until so many contacts have ended, and judge their history."""
        async with self.store() as connection:
            history = History(connection, self.workspace)
            await history.until_ended(contacts, within_s)
            await history.judged()
            return history


@asynccontextmanager
async def served(
    directory: Path,
    *,
    agents: int = 0,
    processes: int,
    operation: str | None = None,
    redis: str | None = None,
    on: Host = HERE,
    sources: Path | None = None,
    wrap_up_s: int = 0,
    chats: Sequence[str] = (),
    **environment: str,
) -> AsyncGenerator[Serving]:
    """`serve` with so many processes, once it is ready; on the server at `redis`, or else on an embedded one.

    It runs on the host `on`. `operation` is the text of one, in place of that with so many `agents`. `sources` is a
    copy of the sources to run instead of these. `chats` are channels that bring conversations instead of calls.
    """
    directory.mkdir(exist_ok=True)
    file, port = operation_file(directory, WORKSPACE, agents, wrap_up_s, chats), free_port()
    if operation is not None:
        file.write_text(operation)
    place: dict[str, Any] = {"url": redis} if redis else {"data": directory / "data"}
    with (directory / "serve.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *on.inside, sys.executable, "-m", "router", "serve", "--operation", str(file), *store_options(place),
            "--host", on.from_here, "--port", str(port), "--processes", str(processes), "--metrics", "off",
            env={**os.environ, **environment}, stderr=log, cwd=sources,
        )  # fmt: skip
    try:
        await until_ready(on.from_here, port)
        workspace = read_operation(file).operation.workspace
        adapter, secrets = await tokens(place, on.inside, workspace)
        yield Serving(process, place, on.from_here, port, adapter, secrets, workspace)
    finally:
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(STOPPED_WITHIN_S):
            assert await process.wait() == 0


def copied(directory: Path) -> Path:
    """A copy of the sources of the service."""
    shutil.copytree(Path(router.__file__).parent, directory / "router", ignore=shutil.ignore_patterns("__pycache__"))
    return directory


def complaints(directory: Path, log: str = "serve.log") -> list[str]:
    """What the service's log says of bugs, or another process's."""
    lines = (directory / log).read_text().splitlines()
    return [line for line in lines if "Traceback" in line or '"level":"error"' in line or "[error" in line]


def _files(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def _status(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
