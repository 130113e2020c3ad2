"""The composition root: builds a router on its server, and takes it down again."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import structlog

from router.engine.acts.agents import Renew
from router.engine.acts.tokens import GetTokens
from router.engine.acts.workspace import Create
from router.engine.connection import Connection
from router.engine.embedded import EmbeddedServer
from router.engine.engine import SYSTEM, Engine, attend, confirming, load_library
from router.engine.fitness import check_server
from router.engine.url import place_of
from router.engine.workspaces import workspaces
from router.kit.clock import SystemClock
from router.kit.errors import Refusal
from router.kit.ids import IdSource
from router.service.contacts import Contacts
from router.service.estimate import Estimates
from router.service.feed import Feed
from router.service.health import Health
from router.service.lease import Lease
from router.service.libraries import keep_tidy
from router.service.limits import Limits
from router.service.operations import Current, apply_operation, current_operation
from router.service.own import Own
from router.service.polled import Polled
from router.service.pump import Pump
from router.service.recent import RecentWaits
from router.service.served import Served
from router.service.space import Space
from router.service.standing import Standing
from router.service.today import DaySoFar
from router.service.tokens import Tokens
from router.service.upkeep import keep_current
from router.service.views import Views
from router.service.watch import Watch

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Coroutine
    from pathlib import Path

    from router.domain.operation import Operation
    from router.engine.link import Link
    from router.engine.place import Place

CLOCK_TICK_S = 0.01

_log: Any = structlog.get_logger()


@asynccontextmanager
async def serving(
    operation: Operation | str | None, *, data: Path | None = None, url: str | None = None, pace: float | None = None
) -> AsyncGenerator[Served]:
    """Serve `operation` on the embedded server of the directory `data`, or on the server at `url`.

    Instead of an operation it takes the name of a workspace that has one, or None for the only workspace there is.
    With a `pace` the workspace's clock is given, and runs so many times faster than the wall's. Raises `ServerUnfit`,
    `StoreAway`, and `Refusal` (`unknown_workspace`, `wrong_clock`).
    """
    died = asyncio.Event()
    async with AsyncExitStack() as stack:
        named = operation if operation is None or isinstance(operation, str) else operation.workspace
        place, workspace = await _found(stack, data, url, named)
        place = place.of(workspace)
        acts = await _connected(stack, place, workspace)
        events = await Connection.open(place, confirming=confirming(workspace))
        stack.push_async_callback(events.close)

        clock = SystemClock()
        engine = Engine(acts, workspace, clock, given_ms=None if pace is None else clock.wall_ms())
        if pace is not None:
            engine.given_ms = (await engine.do(Create(clock="given"))).now
            _start(stack, died, "clock", _run_clock(engine, clock, pace))
        current = await _in_force(engine, operation or workspace)
        await attend(acts, workspace)  # one that is new has not heard yet
        space = Space(data)
        contacts = Contacts(engine, current, IdSource(), space)
        health, recent = Health(acts, clock), RecentWaits(engine)
        process = f"router-{secrets.token_hex(4)}"
        lease = Lease(engine, process, pace or 1.0)
        # Renewed before anything is due: while the store was away nobody could renew, and nobody's time was up.
        pump = Pump(engine, contacts, pace or 1.0, health.due_ran, on_return=lease.renew)
        polled = Polled(engine, process, clock, pace or 1.0)
        tokens = Tokens(engine, clock)
        watch = Watch(tokens)
        for name, one in {"space": space, "pump": pump, "lease": lease, "polled": polled, "watch": watch}.items():
            _start(stack, died, name, one.run())
        _start(stack, died, "libraries", keep_tidy(acts))
        feed = Feed(engine, events)
        own = Own(process, engine, acts, feed, health, clock)
        seq = (await engine.do(Renew(process=process))).seq
        await recent.seed(seq)
        _start(stack, died, "recent", recent.follow(feed, seq))
        _start(stack, died, "operation", keep_current(engine, current, feed, pace or 1.0))
        _start(stack, died, "feed", feed.run(seq))
        _start(stack, died, "own", own.run(seq))
        yield Served(
            engine=engine,
            current=current,
            contacts=contacts,
            estimates=Estimates(engine, current),
            views=Views(engine, current, clock),
            standing=Standing(engine),
            feed=feed,
            tokens=tokens,
            limits=Limits(clock, pace or 1.0),
            recent=recent,
            today=DaySoFar(engine, current),
            health=health,
            own=own,
            clock=clock,
            events=events,
            process=process,
            lease=lease,
            polled=polled,
            watch=watch,
            pace=pace or 1.0,
            closing=asyncio.Event(),
            died=died,
        )


@asynccontextmanager
async def attached(
    workspace: str | None = None, *, data: Path | None = None, url: str | None = None, new: bool = False
) -> AsyncGenerator[Engine]:
    """A workspace without serving it, whether or not routers serve it meanwhile: this one, or the only one there is.

    One whose clock is given stands still where its routers have set it. With `new` it need not exist yet. Raises as
    `serving` does; `unknown_workspace` says which there are.
    """
    async with AsyncExitStack() as stack:
        place, workspace = await _found(stack, data, url, workspace)
        acts = await _connected(stack, place.of(workspace), workspace)
        engine = Engine(acts, workspace, SystemClock())
        try:
            await engine.do(GetTokens())
        except Refusal as refusal:
            if refusal.code == "unknown_workspace" and not new:
                raise Refusal(refusal.code, f"no {workspace}; {_there_are(await workspaces(place))}") from None
            if refusal.code == "wrong_clock":
                engine.given_ms = 0
        yield engine


async def _found(stack: AsyncExitStack, data: Path | None, url: str | None, workspace: str | None) -> tuple[Place, str]:
    """The server, and the workspace: this one, or the only one there is."""
    place = await _place(stack, data, url)
    return place, workspace or _only(await workspaces(place))


def _only(names: list[str]) -> str:
    if len(names) != 1:
        raise Refusal("unknown_workspace", _there_are(names))
    return names[0]


def _there_are(names: list[str]) -> str:
    return f"there are {', '.join(names)}" if names else "there is none yet; apply an operation first"


async def _connected(stack: AsyncExitStack, place: Place, workspace: str) -> Connection:
    """A connection for acts, to a server that can keep our promises."""

    async def prepare(link: Link) -> None:
        replicas = link.address.replicas
        profile = "embedded" if isinstance(place, EmbeddedServer) else "replicated" if replicas else "single"
        for warning in await check_server(link, profile, replicas):
            _log.warning("server_weak", warning=warning)
        await load_library(link)
        await attend(link, workspace)

    connection = await Connection.open(place, on_connect=prepare, confirming=confirming(workspace))
    stack.push_async_callback(connection.close)
    return connection


async def _in_force(engine: Engine, operation: Operation | str) -> Current:
    """The operation to serve, applied; or the one that the workspace has."""
    if not isinstance(operation, str):
        return await apply_operation(engine, operation, SYSTEM)
    current = await current_operation(engine)
    if current is None:
        raise Refusal("unknown_workspace", operation)
    return current


async def _place(stack: AsyncExitStack, data: Path | None, url: str | None) -> Place:
    if url is not None:
        return place_of(url)
    assert data is not None
    server = await EmbeddedServer.start(data)
    stack.push_async_callback(server.stop)
    return server


def _start(stack: AsyncExitStack, died: asyncio.Event, name: str, work: Coroutine[Any, Any, None]) -> None:
    """Run until the stack unwinds. Work that ends before that sets `died`."""
    task = asyncio.create_task(work, name=name)

    def ended(_task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            _log.error("task_died", task=name, exc_info=task.exception())
            died.set()

    async def stop() -> None:
        task.cancel()
        await asyncio.wait([task])

    task.add_done_callback(ended)
    stack.push_async_callback(stop)


async def _run_clock(engine: Engine, clock: SystemClock, pace: float) -> None:
    started, start = clock.monotonic_ms(), engine.given_ms or 0
    while True:
        engine.given_ms = start + round((clock.monotonic_ms() - started) * pace)
        await asyncio.sleep(CLOCK_TICK_S)
