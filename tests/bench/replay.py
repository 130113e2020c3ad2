"""`make bench`: a reader that was away reads a million events, and how soon live readers hear of new ones meanwhile.

The million is made of what some hundred whole contacts left in the stream, written again and again with the numbers
that follow and times of the last weeks, before the router starts. The reader is a process of its own. It does what a
reader does that is too far behind for a socket: pages of a thousand, until what is left may be resumed, and the rest
on its socket. Forty agents work at the same time, and another socket hears of every event.
"""

from __future__ import annotations

import asyncio
import re
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from router.app import attached
from router.engine.keys import key
from router.service.feed import RESUMED
from tests.bench.life import Floor, operation_text
from tests.bench.load import Line, Socket, request_of
from tests.bench.table import Row, report
from tests.chaos.served import served
from tests.helpers.kept import say
from tests.helpers.program import command

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from router.engine.engine import Engine
    from tests.chaos.served import Serving

EVENTS = 1_000_000
WORKSPACE = "bench"
AGENTS = 40
CONTACTS = 200
"""Their events are the pattern."""
EVENT_MS = 1_000
"""Between two of the million: they are of the last eleven days."""
AT_ONCE = 5_000
PAGE = 1_000
RATE = 30
BEFORE_S = 15
LIMIT_S = 120


@asynccontextmanager
async def full(directory: Path) -> AsyncGenerator[Engine]:
    """A store whose workspace has the events, and lives as long as the context."""
    text = operation_text(WORKSPACE, AGENTS)
    async with AsyncExitStack() as stack:
        async with served(directory, processes=1, operation=text) as serving:
            engine = await stack.enter_async_context(attached(WORKSPACE, data=directory / "data"))
            floor = floor_of(serving)
            await floor.open()
            await floor.run(CONTACTS)
            floor.close()
        await fill(engine)
        yield engine


async def fill(engine: Engine) -> None:
    """Write the events, so that the next one of the workspace follows."""
    connection, stream = engine.connection, key(WORKSPACE, "events")
    pattern = [fields for _, fields in await connection.call("XRANGE", stream, "-", "+")]
    await connection.call("DEL", stream)
    begin_ms = time.time_ns() // 1_000_000 - EVENTS * EVENT_MS
    for first in range(1, EVENTS + 1, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, EVENTS + 1))
        await asyncio.gather(*(
            connection.call("XADD", stream, f"{number}-{begin_ms + number * EVENT_MS}", *pattern[number % len(pattern)])
            for number in numbers
        ))  # fmt: skip
    await say(connection, WORKSPACE, "meta", "seq", EVENTS)
    await connection.call("BGREWRITEAOF")  # or it would begin by itself, while we measure
    while b"aof_rewrite_in_progress:0\r\naof_rewrite_scheduled:0" not in await connection.call("INFO", "persistence"):
        await asyncio.sleep(0.1)


def floor_of(serving: Serving) -> Floor:
    """The agents who work."""
    return Floor(serving.port, serving.workspace, serving.adapter, serving.agents)


async def read_all(port: str, token: str) -> None:
    """Be the reader that was away: print events and seconds of the pages, then of the socket."""
    line, path = await Line.open(int(port)), f"/v1/{WORKSPACE}/events"
    started, seq, pages = time.perf_counter(), 0, 0
    while seq < EVENTS - RESUMED // 2:  # others go on meanwhile, and move the bound
        assert await line.ask(request_of("GET", f"{path}?after={seq}&limit={PAGE}", token)) == 200, line.body
        pages, seq = pages + PAGE, msgspec.json.decode(line.body)["next"]
    print(pages, time.perf_counter() - started, flush=True)
    heard, started, all_heard = 0, time.perf_counter(), asyncio.Event()

    def told(_socket: Socket, _data: bytes) -> None:
        nonlocal heard
        heard += 1
        if heard == EVENTS - seq:
            all_heard.set()

    await Socket.open(int(port), f"{path}/live?after={seq}", token, told)
    async with asyncio.timeout(LIMIT_S):
        await all_heard.wait()
    print(heard, time.perf_counter() - started, flush=True)


def percentiles(values: list[float]) -> list[float]:
    """p50 and p99."""
    at = statistics.quantiles(values, n=100)
    return [at[49], at[98]]


class Live:
    """A socket that hears of every event, and when it heard of each contact's being queued."""

    QUEUED = re.compile(rb'"type":"contact.queued".*?"contact":"([^"]+)"')

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._heard: dict[str, float] = {}

    def told(self, _socket: Socket, data: bytes) -> None:
        """Note when it comes."""
        found = self.QUEUED.search(data)
        if found:
            self._heard[found[1].decode()] = time.perf_counter()

    async def while_(self, until: asyncio.Future[Any]) -> tuple[list[float], list[float]]:
        """For events and offers p50 and p99 of the ms from the POST of a contact to a socket, of those until then."""
        self._heard.clear()
        self._floor.offer_ms.clear()
        while not until.done():
            await self._floor.run(RATE, RATE)
        events = [(at - self._floor.posted[contact]) * 1000 for contact, at in self._heard.items()]
        return percentiles(events), percentiles(self._floor.offer_ms)


async def measure() -> None:
    """Print the table."""
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        await stack.enter_async_context(full(directory))
        serving = await stack.enter_async_context(
            served(directory, processes=1, operation=operation_text(WORKSPACE, AGENTS))
        )
        reader = await command("token", "create", "--role", "supervisor", "--data", str(directory / "data"))
        floor = floor_of(serving)
        live = Live(floor)
        await floor.open()
        socket = await Socket.open(serving.port, f"/v1/{WORKSPACE}/events/live", reader, live.told)
        await floor.run(CONTACTS)  # the first contacts warm up plans and connections
        alone = await live.while_(asyncio.ensure_future(asyncio.sleep(BEFORE_S)))
        away = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.bench.replay",
            str(serving.port),
            reader,
            stdout=asyncio.subprocess.PIPE,
        )
        assert away.stdout is not None
        lines: list[bytes] = []
        during: list[tuple[list[float], list[float]]] = []
        for _ in range(2):
            line = asyncio.ensure_future(away.stdout.readline())
            during.append(await live.while_(line))
            lines.append(line.result())
        await away.wait()
        socket.close()
        floor.close()
    (pages, pages_s), (rest, rest_s) = ((int(events), float(seconds)) for events, seconds in map(bytes.split, lines))
    rows = [
        Row(f"{pages + rest} events replayed", pages_s + rest_s, "s"),
        Row(f"of them in pages of {PAGE}", pages / pages_s, "events/s"),
        Row("of them on the socket", rest / rest_s, "events/s"),
    ]
    for what, which in (("event", 0), ("offer", 1)):
        for name, at in (("p50", 0), ("p99", 1)):
            rows.append(Row(f"POST → {what} on another socket before, {name}", alone[which][at], "ms"))
            for how, found in zip(("pages", "a replaying socket"), during, strict=True):
                ratio = found[which][at] / alone[which][at]
                rows.append(Row(f"the same during {how}, {name}", found[which][at], "ms", ratio, "lower"))
    report("replay", rows)


if __name__ == "__main__":
    asyncio.run(read_all(*sys.argv[1:]) if len(sys.argv) > 1 else measure())
