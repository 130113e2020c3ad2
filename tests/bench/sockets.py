"""`make bench`: what a thousand agents' sockets and two hundred long polls cost one router process.

They are all available, in a queue to which nothing comes, while forty others work: how soon these get their offers is
measured before the crowd comes, with it, and when it has gone. The router is `serve` as users run it, on its embedded
server with fsync always.
"""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from tests.bench.life import Floor, operation_text
from tests.bench.load import Line
from tests.bench.table import Row, report
from tests.chaos.served import served
from tests.helpers.process import memory_kib, used_s

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.chaos.served import Serving

WORKING = 40
SOCKETS = 1_000
POLLS = 200
WAIT_S = 60
RATE = 100
SECONDS = 4
ROUNDS = 5
REST_S = 10
SETTLED_S = 2
AT_ONCE = 20
"""So many of the crowd come at the same time."""


def floor_of(serving: Serving, *kinds: tuple[str, range]) -> Floor:
    """The agents of these kinds and numbers."""
    agents = {f"{kind}{number}": serving.agents[f"{kind}{number}"] for kind, numbers in kinds for number in numbers}
    return Floor(serving.port, serving.workspace, serving.adapter, agents)


async def at_rest(pid: int) -> float:
    """The share of one core that a process has, in percent."""
    before = used_s([pid])
    await asyncio.sleep(REST_S)
    return (used_s([pid]) - before) / REST_S * 100


async def poll(floor: Floor, serving: Serving, agent: str, waits: asyncio.Semaphore) -> None:
    """An agent without a socket, who polls until cancelled; he releases the semaphore when he first waits."""
    line = await Line.open(serving.port)
    after = msgspec.json.decode(await floor.ask(line, agent, "GET", "work"))["seq"]
    await floor.ask(line, agent, "PUT", "presence", b'{"presence":"available"}')
    waits.release()
    try:
        while True:
            said = await floor.ask(line, agent, "GET", f"work?after={after}&wait_s={WAIT_S}")
            after = msgspec.json.decode(said)["seq"]
    finally:
        line.close()


@asynccontextmanager
async def crowd(serving: Serving) -> AsyncGenerator[dict[str, float]]:
    """Everybody who is not working; gives KiB for each."""
    (pid,) = serving.routers()
    sockets, polls = (
        floor_of(serving, ("idle", range(SOCKETS))),
        floor_of(serving, ("idle", range(SOCKETS, SOCKETS + POLLS))),
    )
    taken: dict[str, float] = {}
    alone = memory_kib(pid)
    names = iter([f"idle{number}" for number in range(SOCKETS)])

    async def come() -> None:
        for name in names:
            await sockets.come(name)

    await asyncio.gather(*(come() for _ in range(AT_ONCE)))
    await asyncio.sleep(SETTLED_S)
    with_sockets = memory_kib(pid)
    taken["socket"] = (with_sockets - alone) / SOCKETS
    waits = asyncio.Semaphore(0)
    polling = [
        asyncio.create_task(poll(polls, serving, f"idle{number}", waits)) for number in range(SOCKETS, SOCKETS + POLLS)
    ]
    for _ in polling:
        await waits.acquire()
    await asyncio.sleep(SETTLED_S)
    taken["poll"] = (memory_kib(pid) - with_sockets) / POLLS
    try:
        yield taken
    finally:
        for task in polling:
            task.cancel()
        await asyncio.wait(polling)
        sockets.close()


async def measure() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as directory:
        text = operation_text("bench", WORKING, SOCKETS + POLLS)
        async with served(Path(directory), processes=1, operation=text) as serving:
            (pid,) = serving.routers()
            working = floor_of(serving, ("agent", range(WORKING)))
            await working.open()
            await working.run(RATE)  # the first contacts warm up plans and connections
            alone, rest_alone = await working.latency(RATE, SECONDS, ROUNDS), await at_rest(pid)
            async with crowd(serving) as taken:
                among, rest_among = await working.latency(RATE, SECONDS, ROUNDS), await at_rest(pid)
            await asyncio.sleep(SETTLED_S)
            again = await working.latency(RATE, SECONDS, ROUNDS)
            working.close()
    before = [(one + other) / 2 for one, other in zip(alone, again, strict=True)]
    report(
        "sockets",
        [
            Row("memory of an idle agent's socket", taken["socket"], "KiB"),
            Row("memory of a long poll", taken["poll"], "KiB"),
            Row(f"at rest with {WORKING} sockets, of one core", rest_alone, "%"),
            Row(f"at rest with {SOCKETS} sockets and {POLLS} polls more, of one core", rest_among, "%"),
            Row(f"POST → offer at {RATE}/s without them, p50", before[0], "ms"),
            Row("with them, p50; beside without", among[0], "ms", among[0] / before[0], "lower"),
            Row("without them, p99", before[1], "ms"),
            Row("with them, p99; beside without", among[1], "ms", among[1] / before[1], "lower"),
        ],
    )


if __name__ == "__main__":
    asyncio.run(measure())
