"""The demo: an operation served on a port, with robots as its customers and agents, and a place left for you."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import sys
import tempfile
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import click
import msgspec

from channels.kit.port import Channel, Place
from channels.kit.running import running
from channels.kit.timing import PacedTime
from channels.registry import CHANNELS, channel_of, conversations_of
from router.app import serving
from router.demo.agents import Agent
from router.demo.board import Board
from router.demo.client import Api
from router.demo.crew import Pace
from router.demo.customers import Customers
from router.demo.demand import DemandUnreadable, read_demand
from router.demo.seeds import seed_of
from router.demo.writers import Writers, end_earlier
from router.domain.operation_file import read_operation
from router.domain.token import Token, digest_of, id_of
from router.kit.errors import Died, Fault
from router.web.listening import bind, listening
from router.web.metrics_listener import metrics_on

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncGenerator, Callable, Coroutine

    from router.demo.demand import Demand
    from router.domain.operation import Operation
    from router.domain.states import Role
    from router.service.served import Served
    from router.web.options import WebOptions

    Hire = Callable[..., Coroutine[Any, Any, Api]]

PORT: Final = 8080
PORTS: Final = 100
"""So many ports are tried where none was asked for."""
DRAWN_EVERY_S: Final = 1.0
PRINTED_EVERY_S: Final = 10.0
TOKENS_LAST_MS: Final = 24 * 3_600_000
SHUTDOWN_S: Final = 1.0


async def run_demo(
    *,
    operation: Path | None = None,
    data: Path | None = None,
    redis: str | None = None,
    host: str = "127.0.0.1",
    port: int | None = None,
    metrics: tuple[str, int] | None = None,
    speed: float = 5.0,
    hour: float = 11.0,
    seed: int = 1,
    web: WebOptions | None = None,
) -> None:
    """Serve an operation with robots until cancelled, and draw what happens.

    Without an `operation` it is the seed krasnoyarsk; `demand.toml` lies beside it. Without a `port` it is 8080, or the
    next one that is free; `metrics` is where Prometheus finds its figures. `speed` is how many times faster than life
    all goes, `hour` the hour of the day whose demand it begins with. Raises `OperationInvalid`, `DemandUnreadable`,
    `OSError` (port taken) and what `serving` does.
    """
    file = operation or seed_of("krasnoyarsk")
    loaded, demand = read_operation(file).operation, read_demand(file.with_name("demand.toml"))
    visitor = demand.agents.visitor
    if visitor not in loaded.agents:
        raise DemandUnreadable(f"demand.toml, agents, visitor = {visitor}: the operation has no such agent")
    listener = _bind(host, port)
    async with (
        serving(loaded, data=data, url=redis, pace=speed) as served,
        listening(served, listener, web),
        metrics_on(served, metrics),
        _tokens(served) as token,
        AsyncExitStack() as channels,
        aiohttp.ClientSession() as session,
    ):
        url = f"http://{host}:{listener.getsockname()[1]}/v1/{loaded.workspace}"

        async def hire(role: Role, **whose: str) -> Api:
            return Api(session, url, await token(role, **whose))

        pace = Pace(served.clock, speed, hour)
        board = Board(await hire("observer"), loaded, demand, pace)
        join = _how_to_join(loaded, visitor, url, await token("agent", agent=visitor), await token("supervisor"), speed)
        agents, customers = await _robots(hire, loaded, demand, pace, seed, visitor)
        time = PacedTime(speed, _Wall(served))
        for channel in _written(demand):
            await end_earlier(await hire("adapter", channel=channel), channel)
            place = Place(url, await token("adapter", channel=channel))
            customers.append(await channels.enter_async_context(_played(channel, place, demand, pace, seed, time)))
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(agent.run()) for agent in agents]
            tasks += [group.create_task(_open(adapter, agents)) for adapter in customers]
            try:
                await _draw(board, join, served)
            finally:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(SHUTDOWN_S):
                        click.echo(f"\nSo it ended:\n\n{await board.draw()}")
                for task in tasks:
                    task.cancel()


async def _robots(
    hire: Hire, operation: Operation, demand: Demand, pace: Pace, seed: int, visitor: str
) -> tuple[list[Agent], list[Customers | Writers]]:
    """Everybody but the visitor, each with a token of his own."""
    run = secrets.token_hex(3)
    agents = [
        Agent(await hire("agent", agent=agent), agent, demand, pace, seed, operation.dispositions)
        for agent in operation.agents
        if agent != visitor
    ]
    customers: list[Customers | Writers] = [
        Customers(await hire("adapter", channel=channel), channel, demand, pace, seed, run)
        for channel in sorted(
            {channel for line in demand.lines.values() for channel in line.by} - set(_written(demand))
        )
    ]
    return agents, customers


def _written(demand: Demand) -> list[str]:
    """The channels by which people write and for which there is an adapter."""
    played = [name for name in CHANNELS if isinstance(channel_of(name), Channel)]
    return [name for name in played if any(name in line.by for line in demand.lines.values())]


@asynccontextmanager
async def _played(
    name: str, place: Place, demand: Demand, pace: Pace, seed: int, time: PacedTime
) -> AsyncGenerator[Writers]:
    """A channel's platform, played, and its adapter at work on it."""
    channel = conversations_of(name)
    platform = channel.sandbox(time)
    await platform.start()
    try:
        with tempfile.TemporaryDirectory(prefix="contact-router-demo-") as directory:
            said = {**platform.settings(), "dead_letters": directory}
            settings = msgspec.convert(said, channel.manifest.settings)
            async with running(channel, settings, platform.secrets(), place, time):
                yield Writers(name, platform, demand, pace, seed)
    finally:
        await platform.stop()


class _Wall:
    """The workspace's clock: one that was served before may be far ahead of this machine's."""

    def __init__(self, served: Served) -> None:
        self._served = served

    def wall_ms(self) -> int:
        return self._served.wall_ms()

    def monotonic_ms(self) -> int:
        return self._served.clock.monotonic_ms()


async def _open(adapter: Customers | Writers, agents: list[Agent]) -> None:
    """Nobody calls before the agents are there."""
    for agent in agents:
        await agent.signed_in.wait()
    await adapter.run()


def _bind(host: str, port: int | None) -> socket.socket:
    """A socket on the port; without one, on the first that is free. Raises OSError."""
    if port is not None:
        return bind(host, port)
    for tried in range(PORT, PORT + PORTS):
        with contextlib.suppress(OSError):
            return bind(host, tried)
    return bind(host, 0)


@asynccontextmanager
async def _tokens(served: Served) -> AsyncGenerator[Callable[..., Coroutine[Any, Any, str]]]:
    """Makes tokens, and revokes them in the end."""
    made: list[str] = []

    async def make(role: Role, agent: str | None = None, channel: str | None = None) -> str:
        now = served.wall_ms()
        until = now + round(TOKENS_LAST_MS * served.pace)
        token = Token(role=role, created_at=now, agent=agent, channel=channel, expires_at=until)
        secret = await served.tokens.create(token)
        made.append(secret)
        return secret

    try:
        yield make
    finally:
        with contextlib.suppress(Fault):
            for secret in made:
                await served.tokens.revoke(id_of(digest_of(secret)))


async def _draw(board: Board, join: str, served: Served) -> None:
    """Draw until cancelled: on a terminal in place, elsewhere one below the other."""
    in_place = sys.stdout.isatty()
    if not in_place:
        click.echo(join)
    while not served.died.is_set():
        picture = await board.draw()
        click.echo(f"\x1b[H\x1b[J{picture}\n\n{join}" if in_place else f"\n{picture}")
        await asyncio.sleep(DRAWN_EVERY_S if in_place else PRINTED_EVERY_S)
    raise Died("a part of the router has died; its last words are above")


def _how_to_join(operation: Operation, agent: str, url: str, token: str, supervisor: str, speed: float) -> str:
    """What a visitor needs: links that make him an agent and a supervisor in a browser, and the same for a terminal."""
    limit_s = min(medium.offer_ms for medium in operation.media.values()) / 1000 / speed
    hint = f"At this speed a call rings for {limit_s:.2g} s; --speed 1 gives you more time. " if speed > 1 else ""
    base = url.partition("/v1/")[0]
    return (
        f"The place of {operation.agents[agent].name} is free. You are {agent} in the browser with this link:\n\n"
        f"  {base}/desk#token={token}\n\n"
        f"And this shows you the floor, as its supervisor:\n\n"
        f"  {base}/wall#token={supervisor}\n\n"
        f"The router listens on {url}; {base}/docs describes it. You are {agent} in another terminal, too:\n\n"
        f"  {_program()} agent {agent} --url {url} --token {token}\n\n"
        f"{hint}Ctrl-C ends the demo."
    )


def _program() -> str:
    """How this program is started from another terminal in the same folder."""
    python = Path(sys.executable)
    command = python.with_name("contact-router")
    words = command if command.exists() else f"{python} -m router"
    here = f"{Path.cwd()}{os.sep}"
    return str(words).removeprefix(here)
