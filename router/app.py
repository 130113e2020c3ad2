"""The composition root: builds a router on its server, and takes it down again."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import structlog

from router.engine.acts.agents import Renew
from router.engine.acts.workspace import Create
from router.engine.address import Address
from router.engine.connection import Connection
from router.engine.embedded import EmbeddedServer
from router.engine.engine import SYSTEM, Engine, load_library
from router.engine.fitness import check_server
from router.kit.clock import SystemClock
from router.kit.ids import IdSource
from router.service.contacts import Contacts
from router.service.estimate import Estimates
from router.service.feed import Feed
from router.service.lease import keep_alive
from router.service.limits import Limits
from router.service.operations import apply_operation
from router.service.pump import Pump
from router.service.served import Served
from router.service.tokens import Tokens
from router.service.views import Views

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Coroutine
    from pathlib import Path

    from router.domain.operation import Operation
    from router.engine.link import Caller

CLOCK_TICK_S = 0.01

_log: Any = structlog.get_logger()


@asynccontextmanager
async def serving(
    operation: Operation, *, data: Path | None = None, url: str | None = None, pace: float | None = None
) -> AsyncGenerator[Served]:
    """Serve `operation` on the embedded server of the directory `data`, or on the server at `url`.

    With a `pace` the workspace's clock is given, and runs so many times faster than the wall's. Raises `ServerUnfit`
    and `StoreAway`.
    """
    async with AsyncExitStack() as stack:
        address, server = await _server(stack, data, url)
        before_connect = server.ensure if server else None

        async def prepare(link: Caller) -> None:
            for warning in await check_server(link, "embedded" if server else "single"):
                _log.warning("server_weak", warning=warning)
            await load_library(link)

        acts = await Connection.open(address, before_connect=before_connect, on_connect=prepare)
        stack.push_async_callback(acts.close)
        events = await Connection.open(address, before_connect=before_connect)
        stack.push_async_callback(events.close)

        clock = SystemClock()
        engine = Engine(acts, operation.workspace, clock, given_ms=None if pace is None else clock.wall_ms())
        if pace is not None:
            engine.given_ms = (await engine.do(Create(clock="given"))).now
            _start(stack, _run_clock(engine, clock, pace))
        current = await apply_operation(engine, operation, SYSTEM)
        contacts = Contacts(engine, current, IdSource())
        process = f"router-{secrets.token_hex(4)}"
        _start(stack, Pump(engine, contacts, pace or 1.0).run())
        _start(stack, keep_alive(engine, process, pace or 1.0))
        feed = Feed(engine, events)
        _start(stack, feed.run((await engine.do(Renew(process=process))).seq))
        yield Served(
            engine=engine,
            current=current,
            contacts=contacts,
            estimates=Estimates(engine, current),
            views=Views(engine, current),
            feed=feed,
            tokens=Tokens(engine, clock),
            limits=Limits(clock, pace or 1.0),
            clock=clock,
            events=events,
            process=process,
            pace=pace or 1.0,
        )


async def _server(stack: AsyncExitStack, data: Path | None, url: str | None) -> tuple[Address, EmbeddedServer | None]:
    if url is not None:
        return Address.parse(url), None
    assert data is not None
    server = await EmbeddedServer.start(data)
    stack.push_async_callback(server.stop)
    return server.address, server


def _start(stack: AsyncExitStack, work: Coroutine[Any, Any, None]) -> None:
    """Run until the stack unwinds."""
    task = asyncio.create_task(work)

    async def stop() -> None:
        task.cancel()
        await asyncio.wait([task])

    stack.push_async_callback(stop)


async def _run_clock(engine: Engine, clock: SystemClock, pace: float) -> None:
    started, start = clock.monotonic_ms(), engine.given_ms or 0
    while True:
        engine.given_ms = start + round((clock.monotonic_ms() - started) * pace)
        await asyncio.sleep(CLOCK_TICK_S)
