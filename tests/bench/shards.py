"""`make bench`: three workspaces on one server, and the same three on a cluster of three primaries, one on each.

What is compared is processor time of servers and routers for a whole contact, from its POST to its completion: on two
cores more servers cannot give more contacts a second. All servers write to the disk with fsync always, and no replica
has to confirm. Rounds on the one and on the other follow each other, so that both see the same machine.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from router.engine.elected import slot_of
from tests.bench.life import Floor, operation_text
from tests.bench.table import Row, report
from tests.chaos.served import served
from tests.helpers.process import used_s
from tests.helpers.replicas import DURABLE, HERE, PRIMARIES, clustered, first_primary_of, formed, running_all

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from tests.helpers.replicas import Node

AGENTS = 50
CONTACTS = 600
"""Of each workspace, in a round."""
ROUNDS = 5


@dataclass
class Set:
    """Servers, the routers on them, and who works there."""

    floors: list[Floor]
    pids: list[int]

    async def round(self) -> tuple[float, float]:
        """(contacts a processor second, contacts a second)."""
        before = used_s(self.pids)
        seconds = max(await asyncio.gather(*(floor.run(CONTACTS) for floor in self.floors)))
        contacts = CONTACTS * len(self.floors)
        return contacts / (used_s(self.pids) - before), contacts / seconds


def workspaces() -> list[str]:
    """A name for each primary, whose slot is there."""
    names = [f"shard{number}" for number in range(100)]
    return [next(name for name in names if first_primary_of(slot_of(name)) == number) for number in range(PRIMARIES)]


@asynccontextmanager
async def routers_on(directory: Path, nodes: Sequence[Node], url: str) -> AsyncGenerator[Set]:
    """A router and its agents for each workspace."""
    async with AsyncExitStack() as stack:
        ready = Set([], [node.process.pid for node in nodes])
        for name in workspaces():
            text = operation_text(name, AGENTS)
            one = await stack.enter_async_context(served(directory / name, processes=1, operation=text, redis=url))
            floor = Floor(one.port, name, one.adapter, one.agents)
            await floor.open()
            stack.callback(floor.close)
            ready.floors.append(floor)
            ready.pids += one.routers()
        yield ready


async def measure() -> None:
    """Print the table."""
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        alone = HERE.node("valkey", directory / "alone", *DURABLE)
        shards = clustered("valkey", directory, (HERE,) * PRIMARIES)
        stack.enter_context(running_all(alone, *shards))
        await alone.says("PONG", "PING")
        await formed(shards, following=())
        (directory / "one").mkdir()
        (directory / "three").mkdir()
        cluster = f"redis+cluster://{','.join(f'{node.host}:{node.port}' for node in shards)}?replicas=0"
        one = await stack.enter_async_context(
            routers_on(directory / "one", [alone], f"redis://{alone.host}:{alone.port}/0")
        )
        three = await stack.enter_async_context(routers_on(directory / "three", shards, cluster))
        for both in (one, three):
            await both.round()  # the first contacts warm up plans and connections
        rounds = [(await one.round(), await three.round()) for _ in range(ROUNDS)]
    for_a_second = [statistics.median(pair[which][0] for pair in rounds) for which in (0, 1)]
    rates = [statistics.median(pair[which][1] for pair in rounds) for which in (0, 1)]
    ratio = statistics.median(sharded[0] / single[0] for single, sharded in rounds)
    report(
        "shards",
        [
            Row("3 workspaces on one server: contacts a processor second", for_a_second[0], ""),
            Row("on three shards; beside one server", for_a_second[1], "", ratio, "higher"),
            Row("on one server: contacts a second", rates[0], "/s"),
            Row("on three shards: contacts a second", rates[1], "/s"),
        ],
    )


if __name__ == "__main__":
    asyncio.run(measure())
