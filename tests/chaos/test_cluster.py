"""A cluster of three primaries: one of them dies, and the workspace's slot is moved, under load."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from router.engine.elected import slot_of
from tests.chaos.answers import Answers, without_primary_s
from tests.chaos.clients import Clients
from tests.chaos.history import History
from tests.chaos.served import WORKSPACE, complaints, copied, served
from tests.helpers.replicas import PRIMARIES, clustered, first_primary_of, formed, primary_of, running_all
from tests.helpers.servers import KINDS
from tests.helpers.slots import begin_move, end_move, move_at_once, move_key_by_key, move_keys

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable
    from pathlib import Path

    import aiohttp

    from tests.chaos.served import Serving
    from tests.helpers.figures import Figure
    from tests.helpers.replicas import Node

    Move = Callable[[Answers, Node, Node], Awaitable[None]]

AGENTS = 8
RATE = 15
"""Contacts a second."""
WARM_S = 2.0
WITHOUT_S = 5.0
JUDGED_WITHIN_S = 100.0
SLACK = 4
"""In so many times the time a loaded machine must do it, where nobody looks at the figure."""
SLOT = slot_of(WORKSPACE)


@dataclass
class Shards:
    """The servers that have the workspace at first, those it is moved to, and how the cluster is reached."""

    home: list[Node]
    away: list[Node]
    url: str


@asynccontextmanager
async def cluster(kind: str, directory: Path) -> AsyncGenerator[Shards]:
    """Three primaries. The workspace's own has two replicas, the one that it is moved to has one, the third has a vote.

    Each answer is on one replica: an operator who wants that of a primary that has just been elected gives it two.
    """
    nodes = clustered(kind, directory)
    home = first_primary_of(SLOT)
    away = (home + 1) % PRIMARIES
    with running_all(*nodes):
        await formed(nodes, (home, home, away))
        where = ",".join(f"{node.host}:{node.port}" for node in nodes)
        yield Shards([nodes[home], *nodes[3:5]], [nodes[away], nodes[5]], f"redis+cluster://{where}?replicas=1")


@dataclass
class Load:
    """A service whose contacts arrive, and what their callers are answered."""

    serving: Serving
    clients: Clients
    answers: Answers
    phone: aiohttp.ClientSession
    """The adapter, of whose requests the answers tell."""

    async def without_s(self, since_ms: int) -> float:
        """For how long nothing was taken at most, from then until all is well again."""
        await self.answers.again(since_ms)
        return self.answers.longest_without_s(since_ms, self.answers.clock.monotonic_ms())


@asynccontextmanager
async def staffed(directory: Path, shards: Shards, sources: Path | None = None) -> AsyncGenerator[Load]:
    """A service on the cluster, its agents at their desks."""
    async with served(directory, agents=AGENTS, processes=2, redis=shards.url, sources=sources) as serving:
        clients, answers = Clients(serving.url), Answers()
        async with serving.desks(clients), serving.session(serving.adapter, answers.trace()) as phone:
            yield Load(serving, clients, answers, phone)


@dataclass
class Seen:
    """What was done, and for how long callers then went without an answer."""

    dead_s: list[float] = field(default_factory=list[float])
    moved_s: list[float] = field(default_factory=list[float])
    keys: int = 0
    """So many were moved at most."""
    put_off: int = 0
    """Requests that got a 503."""
    contacts: int = 0

    def __str__(self) -> str:
        dead = f"{len(self.dead_s)} fail-overs: no answer for {max(self.dead_s):.1f} s; " if self.dead_s else ""
        return (
            f"{dead}{len(self.moved_s)} moves of up to {self.keys:,} keys: no answer for {max(self.moved_s):.1f} s;"
            f" {self.put_off:,} requests got 503; {self.contacts:,} contacts: 0 lost, 0 breaches"
        )


async def whole(_: Answers, source: Node, target: Node) -> None:
    """Valkey's atomic move."""
    await move_at_once(source, target, SLOT)


async def by_keys(answers: Answers, source: Node, target: Node) -> None:
    """The move that all versions can. Nothing is served meanwhile, since an act may miss any key."""
    await begin_move(source, target, SLOT)
    before = answers.put_off()
    async with asyncio.timeout(10):
        while answers.put_off() == before:
            await asyncio.sleep(0.02)
    await move_keys(source, target, SLOT)
    await end_move(source, target, SLOT)


async def fail_over_and_move(kind: str, directory: Path, deaths: int, moves: int, move: Move) -> Seen:
    """The primary is killed so often and comes back as a replica; then the slot is moved so often, there and back.

    In the end every contact has ended and no promise is broken.
    """
    seen = Seen()
    async with cluster(kind, directory) as shards, staffed(directory, shards) as load:
        clients, answers = load.clients, load.answers
        async with clients.arriving(load.phone, RATE):
            await asyncio.sleep(WARM_S)
            for _ in range(deaths):
                seen.dead_s.append(await without_primary_s(shards.home, answers))
            source, target = await primary_of(shards.home), await primary_of(shards.away)
            for _ in range(moves):
                seen.keys = max(seen.keys, await source.ask("CLUSTER", "COUNTKEYSINSLOT", SLOT))
                began_ms = answers.clock.monotonic_ms()
                await move(answers, source, target)
                seen.moved_s.append(await load.without_s(began_ms))
                source, target = target, source
        history = await load.serving.judged(len(clients.acked), within_s=JUDGED_WITHIN_S)
    bugs = complaints(directory)
    assert set(history.ended) == clients.acked
    assert not clients.complaints, clients.complaints[:3]
    assert not bugs, bugs[:3]
    seen.contacts, seen.put_off = len(clients.acked), answers.put_off()
    return seen


async def at_once(directory: Path, deaths: int, moves: int, figure: Figure, slack: float) -> None:
    seen = await fail_over_and_move("valkey", directory, deaths, moves, whole)
    figure("cluster fail-over + slot move", "0 breaches; errors ≤ 5 s", str(seen))
    assert max(*seen.dead_s, *seen.moved_s) <= WITHOUT_S * slack


async def key_by_key(kind: str, directory: Path, deaths: int, moves: int, figure: Figure, slack: float) -> None:
    seen = await fail_over_and_move(kind, directory, deaths, moves, by_keys)
    figure(f"slot moved key by key, {kind}", "503 meanwhile; 0 breaches", str(seen))
    assert max(seen.dead_s, default=0) <= WITHOUT_S * slack


@pytest.mark.timeout(120)
async def test_a_fail_over_and_a_move_break_no_promise(tmp_path: Path, figure: Figure) -> None:
    await at_once(tmp_path, 1, 2, figure, SLACK)


@pytest.mark.timeout(120)
async def test_a_move_key_by_key_puts_requests_off_and_breaks_no_promise(tmp_path: Path, figure: Figure) -> None:
    await key_by_key("redis", tmp_path, 0, 2, figure, SLACK)


@pytest.mark.soak
@pytest.mark.timeout(600)
async def test_five_fail_overs_and_twenty_moves_break_no_promise(tmp_path: Path, figure: Figure) -> None:
    await at_once(tmp_path, 5, 20, figure, 1)


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", KINDS)
async def test_ten_moves_key_by_key_break_no_promise(kind: str, tmp_path: Path, figure: Figure) -> None:
    await key_by_key(kind, tmp_path, 2, 10, figure, 1)


@pytest.mark.soak
@pytest.mark.timeout(240)
@pytest.mark.parametrize("kind", KINDS)
async def test_without_the_key_that_never_exists_a_move_key_by_key_tears(
    kind: str, tmp_path: Path, figure: Figure
) -> None:
    """Why it is there: acts that declare a key which exists begin, and break off where another key has gone."""
    sources = copied(tmp_path / "sources")
    engine = sources / "router" / "engine" / "engine.py"
    declared = engine.read_text().replace('key(workspace, "absent")', 'key(workspace, "events")')
    assert declared != engine.read_text()
    engine.write_text(declared)
    async with cluster(kind, tmp_path) as shards, staffed(tmp_path, shards, sources) as load:
        clients = load.clients

        async def post(number: int) -> None:
            await asyncio.sleep(number / RATE)
            await clients.persist(load.phone, "/contacts", {"channel": "phone", "external_id": f"n{number}"})

        async with asyncio.TaskGroup() as group:
            for number in range(20 * RATE):
                group.create_task(post(number))
            for source, target in pairwise([shards.home[0], shards.away[0]] * 4):
                await asyncio.sleep(WARM_S)
                await move_key_by_key(source, target, SLOT)
        async with load.serving.store() as connection:
            with pytest.raises(AssertionError) as torn:
                await History(connection, WORKSPACE).judged()
    figure(
        f"slot moved key by key, {kind}, each act declaring a key that exists",
        "shows why: acts are torn",
        f"7 moves: {len(clients.complaints)} requests failed; {str(torn.value).splitlines()[0]}",
    )
    assert clients.complaints
