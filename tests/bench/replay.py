"""`make bench`: a reader that was away reads a million events, and how soon live readers hear of new ones meanwhile.

The million is made of what some hundred whole contacts left in the stream, written again and again with the numbers
that follow and times of the last weeks, before the router starts. The reader is a process of its own. It does what a
reader does that is too far behind for a socket: pages of a thousand, until what is left may be resumed, and the rest
on its socket. Forty agents work all the time, and another socket hears of every event. The reader reads in rounds,
between which it leaves them alone: each has a fifth of the pages, and as much on a socket as may be resumed.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
import time
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from router.app import attached
from router.engine.keys import key
from router.service.feed import RESUMED
from tests.bench.life import Floor, operation_text, percentiles
from tests.bench.load import Line, Socket, request_of
from tests.bench.table import Row, report
from tests.chaos.served import served
from tests.helpers.kept import say
from tests.helpers.process import used_s
from tests.helpers.program import command

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

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
ROUNDS = 5
RESUMED_EVENTS = RESUMED - 10_000
"""Others go on meanwhile, and move the bound."""
REST = 50_000
"""So many of the million the reader reads on its socket."""
RATE = 100
ALONE_S = 4
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


class Reader:
    """The reader that was away, in its own process: does what each line of its input says, and prints the seconds."""

    def __init__(self, port: str, token: str) -> None:
        self._port, self._token = int(port), token
        self._path = f"/v1/{WORKSPACE}/events"
        self._seq = 0

    async def run(self) -> None:
        """Until the input ends."""
        while word := (await asyncio.to_thread(sys.stdin.readline)).strip():
            started = time.perf_counter()
            await (self.pages() if word == "pages" else self.socket(int(word)))
            print(time.perf_counter() - started, flush=True)

    async def pages(self) -> None:
        """The next events by pages."""
        line, end = await Line.open(self._port), self._seq + (EVENTS - REST) // ROUNDS
        while self._seq < end:
            request = request_of("GET", f"{self._path}?after={self._seq}&limit={PAGE}", self._token)
            assert await line.ask(request) == 200, line.body
            self._seq = int(line.body[line.body.rindex(b'"next":') + 7 : -1])  # a reader's own work is not measured
        line.close()

    async def socket(self, after: int) -> None:
        """So many events after one on a socket."""
        heard, all_heard = 0, asyncio.Event()

        def told(_socket: Socket, _data: bytes) -> None:
            nonlocal heard
            heard += 1
            if heard == RESUMED_EVENTS:
                all_heard.set()

        socket = await Socket.open(self._port, f"{self._path}/live?after={after}", self._token, told)
        async with asyncio.timeout(LIMIT_S):
            await all_heard.wait()
        socket.close()


class Live:
    """A socket that hears of every event, and when it heard of each contact's being queued."""

    QUEUED = re.compile(rb'"seq":(\d+).*?"type":"contact.queued".*?"contact":"([^"]+)"')

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._heard: dict[str, float] = {}
        self.seq = 0
        """The number of the last such event."""

    def told(self, _socket: Socket, data: bytes) -> None:
        """Note when it comes."""
        found = self.QUEUED.search(data)
        if found:
            self.seq = int(found[1])
            self._heard[found[2].decode()] = time.perf_counter()

    async def during(self, work: Awaitable[Any]) -> dict[str, float]:
        """Figure → ms from when a contact was due until a socket heard of it, while the work is done."""
        self._heard.clear()
        self._floor.offer_ms.clear()
        async with self._floor.coming(RATE):
            await work
        events = percentiles([(at - self._floor.due[contact]) * 1000 for contact, at in self._heard.items()])
        offers = percentiles(self._floor.offer_ms)
        return dict(zip(FIGURES, (*events, *offers), strict=True))


FIGURES = ("event, p50", "event, p99", "offer, p50", "offer, p99")


@asynccontextmanager
async def reading(port: int, token: str) -> AsyncGenerator[Callable[[str], Awaitable[float]]]:
    """A reader's process. Gives what lets it read, and then returns the seconds."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.replay", str(port), token,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    ask, hear = process.stdin, process.stdout

    async def read(what: str) -> float:
        ask.write(f"{what}\n".encode())
        return float(await hear.readline())

    yield read
    ask.close()
    await process.wait()


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
        (pid,) = serving.routers()
        seconds: dict[str, list[float]] = {"pages": [], "socket": []}
        used: dict[str, list[float]] = {"pages": [], "socket": []}
        found: dict[str, list[dict[str, float]]] = {"alone": [], "pages": [], "socket": []}
        async with reading(serving.port, reader) as read:
            for _ in range(ROUNDS):
                for way in ("pages", "socket"):
                    found["alone"].append(await live.during(asyncio.sleep(ALONE_S)))
                    what = "pages" if way == "pages" else str(live.seq - RESUMED_EVENTS)
                    before = used_s([pid])
                    work = asyncio.ensure_future(read(what))
                    found[way].append(await live.during(work))
                    seconds[way].append(work.result())
                    used[way].append(used_s([pid]) - before)
        socket.close()
        floor.close()
    report("replay", rows_of(seconds, used, found))


def rows_of(
    seconds: dict[str, list[float]], used: dict[str, list[float]], found: dict[str, list[dict[str, float]]]
) -> list[Row]:
    """What was found; each round's latencies are compared with what was before it."""
    events = {"pages": EVENTS - REST, "socket": RESUMED_EVENTS * ROUNDS}
    rates = {way: number / sum(seconds[way]) for way, number in events.items()}
    rows = [
        Row(f"{EVENTS} events replayed", (EVENTS - REST) / rates["pages"] + REST / rates["socket"], "s"),
        Row(f"of them in pages of {PAGE}", rates["pages"], "events/s"),
        Row("of them on the socket", rates["socket"], "events/s"),
        *(Row(f"router's processor of one, {way}", sum(used[way]) / events[way] * 1e6, "µs") for way in events),
    ]
    for figure in FIGURES:
        rows.append(Row(f"POST → {figure}, before", median(one[figure] for one in found["alone"]), "ms"))
        for place, way in enumerate(events):
            befores = [one[figure] for one in found["alone"][place::2]]
            theirs = [one[figure] for one in found[way]]
            ratio = median(one / before for one, before in zip(theirs, befores, strict=True))
            rows.append(Row(f"POST → {figure}, {way} meanwhile", median(theirs), "ms", ratio, "lower"))
    return rows


if __name__ == "__main__":
    asyncio.run(Reader(*sys.argv[1:]).run() if len(sys.argv) > 1 else measure())
