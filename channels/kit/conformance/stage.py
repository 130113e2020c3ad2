"""A stage for one check: a router behind a gate, a platform, an agent, and as many adapters as the check wants."""

from __future__ import annotations

import asyncio
import io
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import aiohttp
import structlog

from channels.kit.configuration import settings_of
from channels.kit.conformance.desk import Desk
from channels.kit.conformance.files import FileServer
from channels.kit.conformance.gate import Gate
from channels.kit.port import Place
from channels.kit.running import running
from channels.kit.timing import PacedTime
from router.kit.log import log_to

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable
    from pathlib import Path

    from channels.kit.conformance.floor import Floor
    from channels.kit.port import Channel, Time
    from channels.kit.running import Running
    from channels.kit.sandbox import Sandbox, SandboxCustomer

LIMIT_S: Final = 40.0
"""Of the wall's time, for one check."""
BYTES_MAX: Final = 300_000
LOOKS_EVERY_S: Final = 0.03


class Stage:
    """What a check has at hand. `time` is the platform's and the adapters'; it may run faster than the router's."""

    def __init__(
        self,
        channel: Channel,
        floor: Floor,
        directory: Path,
        time: Time,
        sandbox: Sandbox,
        desk: Desk,
        router: Gate,
        files: FileServer,
        session: aiohttp.ClientSession,
    ) -> None:
        self.channel = channel
        self.time = time
        self.sandbox = sandbox
        self.desk = desk
        self.router = router
        self.files = files
        self.session = session
        self.log = io.StringIO()
        """What was logged."""
        self.floor = floor
        self._directory = directory

    @asynccontextmanager
    async def adapter(self, *, gate: Gate | None = None, **settings: Any) -> AsyncGenerator[Running]:
        """The adapter at work on the sandbox. It reaches the router through the stage's gate, or one of its own."""
        given = {
            "dead_letters": str(self._directory),
            "attachment_hosts": (self.files.host,),
            "file_bytes_max": BYTES_MAX,
            **self.sandbox.settings(),
            **settings,
        }
        path = urlsplit(self.floor.url).path
        place = Place(f"http://127.0.0.1:{(gate or self.router).port}{path}", self.floor.adapter_token)
        secrets = self.sandbox.secrets()
        async with running(
            self.channel, settings_of(self.channel.manifest, given), secrets, place, self.time
        ) as adapter:
            yield adapter

    def another_gate(self) -> Gate:
        """One more before the router, open."""
        gate = Gate(urlsplit(self.floor.url).port or 0)
        gate.open()
        return gate

    def customer(self, number: int = 1, **known: str) -> SandboxCustomer:
        """A customer of the platform."""
        return self.sandbox.customer(str(5000 + number), **known)

    def thread(self, number: int = 1) -> str:
        """What his conversation is called."""
        return self.sandbox.thread_of(str(5000 + number))

    async def until(self, true: Callable[[], bool]) -> None:
        """Return when it is true."""
        while not true():
            await asyncio.sleep(LOOKS_EVERY_S)

    async def never(self, true: Callable[[], Awaitable[bool]], seconds: float) -> None:
        """It stays untrue for so much of the stage's time."""
        end_ms = self.time.monotonic_ms() + round(seconds * 1000)
        while self.time.monotonic_ms() < end_ms:
            assert not await true()
            await asyncio.sleep(LOOKS_EVERY_S)


@asynccontextmanager
async def stage(channel: Channel, floor: Floor, directory: Path, pace: float) -> AsyncGenerator[Stage]:
    """Everything but the adapter is there. In the end the log must have no secret, and nothing that anybody wrote."""
    time = PacedTime(pace)
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        sandbox = channel.sandbox(time)
        await sandbox.start()
        stack.push_async_callback(sandbox.stop)
        router = Gate(urlsplit(floor.url).port or 0)
        router.open()
        stack.push_async_callback(router.close)
        files = await stack.enter_async_context(FileServer.serving())
        desk = Desk(session, floor)
        sitting = asyncio.create_task(desk.run())
        stack.push_async_callback(_ended, sitting)
        it = Stage(channel, floor, directory, time, sandbox, desk, router, files, session)
        stack.callback(structlog.configure, **structlog.get_config())
        log_to(it.log, "debug")
        async with asyncio.timeout(LIMIT_S):
            yield it
        said = it.log.getvalue()
        for name, secret in {**sandbox.secrets(), "token": floor.adapter_token}.items():
            assert secret not in said, f"the log has the secret {name}"


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
