"""P1, P2 and P3: contacts over HTTP beside a bare handler, whole contacts, and how soon one is offered.

The router is `serve` as users run it, one process with its log off; the store is Valkey on this machine, which keeps
nothing, or syncs every write to the disk (`always`), or has a replica that confirms every answer (`wait`). Router,
store and load share the machine's cores. Processor times are the operating system's.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from tests.bench.load import Line, Socket, request_of
from tests.helpers.program import operation_file, tokens
from tests.helpers.servers import DURABLE, free_port, running

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator, Iterator

ROUNDS = 5
CONNECTIONS = 128
POSTS = 20_000
AGENTS = 200
CONTACTS = 20_000
OPEN = 400
"""Contacts that are open at once: two for each agent, so that nobody waits for work."""
RATE = 1_000
SECONDS = 10
CHANNELS = ("chat0", "chat1", "chat2", "chat3")
"""Each may send 5,000 contacts a second to one process."""
STORES = ("none", "always", "wait")
TICKS = os.sysconf("SC_CLK_TCK")

BARE = """
import sys, msgspec
from aiohttp import web
async def post(request):
    msgspec.json.decode(await request.read())
    return web.Response(body=b"{" + b" " * 1100 + b"}", status=201, content_type="application/json")
app = web.Application()
app.router.add_post("/v1/{workspace}/contacts", post)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
"""


@contextlib.contextmanager
def store(kind: str, directory: Path) -> Generator[tuple[str, int]]:
    """(URL, process id) of a server that keeps nothing, syncs always, or has a replica whose word it waits for."""
    if kind != "wait":
        with running("valkey", directory, *(DURABLE if kind == "always" else ())) as server:
            yield f"unix://{server.address.path}", server.process.pid
        return
    port, copy = free_port(), directory / "replica"
    copy.mkdir()
    with (
        running("valkey", directory, "--port", str(port), "--repl-diskless-sync-delay", "0") as server,
        running("valkey", copy, "--replicaof", "127.0.0.1", str(port)) as replica,
    ):
        replica.output.wait_for("finished with success")
        yield f"unix://{server.address.path}?replicas=1", server.process.pid


@dataclass
class Router:
    """A `serve`, where it listens, and its tokens."""

    port: int
    pid: int
    store_pid: int
    adapter: str = ""
    agents: dict[str, str] = field(default_factory=dict[str, str])


@contextlib.asynccontextmanager
async def serving(kind: str, agents: int = AGENTS) -> AsyncGenerator[Router]:
    """A router on a store of this kind."""
    with tempfile.TemporaryDirectory() as name, store(kind, Path(name)) as (url, store_pid):
        file, port = operation_file(Path(name), "bench", agents, chats=CHANNELS), free_port()
        words = ("-m", "router", "serve", "--operation", str(file), "--redis", url, "--metrics", "off")
        async with program(*words, "--port", str(port), "--log", "error") as pid:
            await until_open(port)
            router = Router(port, pid, store_pid)
            router.adapter, router.agents = await tokens({"url": url})
            yield router


@contextlib.asynccontextmanager
async def program(*arguments: str) -> AsyncGenerator[int]:
    """A Python program in a process of its own, by its id."""
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL)
    try:
        yield process.pid
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait)


async def until_open(port: int) -> None:
    """Wait until somebody listens."""
    for _ in range(400):
        with contextlib.suppress(OSError):
            (await Line.open(port)).close()
            return
        await asyncio.sleep(0.05)
    raise TimeoutError(port)


def processor_us(pid: int) -> float:
    """What a process has taken of a core so far, in µs."""
    with Path(f"/proc/{pid}/stat").open() as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS * 1e6


@dataclass
class Taken:
    """How many a second, and µs of a core for each: the router's (or the bare handler's), the store's, the load's."""

    rate: float
    router_us: float
    store_us: float
    load_us: float


@contextlib.contextmanager
def taking(number: int, pid: int, store_pid: int | None) -> Generator[list[Taken]]:
    """Measures `number` of something; the list has the result afterwards."""
    pids = [pid, store_pid or pid]
    found: list[Taken] = []
    before, own, started = [processor_us(one) for one in pids], time.process_time(), time.perf_counter()
    yield found
    seconds, load = time.perf_counter() - started, time.process_time() - own
    router, server = ((processor_us(one) - was) / number for one, was in zip(pids, before, strict=True))
    found.append(Taken(number / seconds, router, server if store_pid else 0.0, load / number * 1e6))


def contacts(token: str, prefix: str) -> Iterator[bytes]:
    """Requests for one new contact each, of 300 bytes."""
    for number in itertools.count():
        body = {
            "channel": CHANNELS[number % len(CHANNELS)],
            "external_id": f"{prefix}-{number}",
            "customer": {"id": f"+7{prefix[-4:]}{number:07}", "name": "Anna Sergeyevna"},
            "attributes": {"topic": "refund", "note": "x" * 120},
        }
        yield request_of("POST", "/v1/bench/contacts", token, json.dumps(body).encode())


async def posts(port: int, requests: Iterator[bytes], number: int) -> None:
    """So many POSTs over `CONNECTIONS` at once."""
    lines = await asyncio.gather(*(Line.open(port) for _ in range(CONNECTIONS)))
    left = itertools.islice(requests, number)

    async def ask(line: Line) -> None:
        for request in left:
            status = await line.ask(request)
            assert status == 201, status

    await asyncio.gather(*map(ask, lines))
    for line in lines:
        line.close()


async def measure_posts(kind: str, number: int = POSTS, rounds: int = ROUNDS) -> list[tuple[Taken, Taken]]:
    """P1: (the bare handler, the router), round by round. Nobody works: contacts wait."""
    found: list[tuple[Taken, Taken]] = []
    bare_port = free_port()
    async with serving(kind, 1) as router, program("-c", BARE, str(bare_port)) as bare:
        await until_open(bare_port)
        requests = contacts(router.adapter, f"post{time.time_ns() % 10**6}")
        await posts(router.port, requests, number // 10)
        await posts(bare_port, requests, number // 10)
        for _ in range(rounds):
            with taking(number, bare, None) as of_bare:
                await posts(bare_port, requests, number)
            with taking(number, router.pid, router.store_pid) as of_router:
                await posts(router.port, requests, number)
            found.append((of_bare[0], of_router[0]))
    return found


class Named(msgspec.Struct):
    """What the load reads of a contact."""

    id: str
    external_id: str


class Offer(msgspec.Struct):
    """And of an offer."""

    id: str
    contact: Named


class OfferFrame(msgspec.Struct):
    """And of its frame."""

    offer: Offer


class AnswerFrame(msgspec.Struct):
    """And of an answer."""

    to: str
    status: int
    body: Named


class Crew:
    """Agents who take and end at once whatever they are offered, each on his socket."""

    def __init__(self) -> None:
        self.heard: dict[str, float] = {}
        """When each external id was offered."""
        self.odd = Counter[str]()
        """Answers that are not as they should be."""
        self.sockets: list[Socket] = []
        self.ended = 0
        self.on_end: Any = None
        self._offer = msgspec.json.Decoder(OfferFrame).decode
        self._answer = msgspec.json.Decoder(AnswerFrame).decode

    async def open(self, router: Router) -> None:
        """All come and are available."""
        for agent, token in router.agents.items():
            socket = await Socket.open(router.port, f"/v1/bench/agents/{agent}/live", token, self._hear)
            socket.say(b'{"id":"p","do":"presence","presence":"available"}')
            self.sockets.append(socket)

    def close(self) -> None:
        """All go."""
        for socket in self.sockets:
            socket.close()

    def _hear(self, socket: Socket, text: bytes) -> None:
        if b'"type":"offer"' in text:
            offer = self._offer(text).offer
            self.heard[offer.contact.external_id] = time.perf_counter()
            socket.say(b'{"id":"a","do":"accept","offer":"%b"}' % offer.id.encode())
        elif b'"type":"answer"' not in text or b'"to":"p"' in text:
            return
        elif b'"status":200' not in text:
            self.odd[text[:200].decode()] += 1
        elif (said := self._answer(text)).to == "a":
            socket.say(b'{"id":"c","do":"complete","contact":"%b"}' % said.body.id.encode())
        else:
            self.ended += 1
            if self.on_end is not None:
                self.on_end()


class Sources:
    """Keeps `OPEN` contacts open: for each that ends another one is posted."""

    def __init__(self, router: Router, lines: list[Line], crew: Crew, requests: Iterator[bytes]) -> None:
        self._router = router
        self._lines = asyncio.Queue[Line]()
        for line in lines:
            self._lines.put_nowait(line)
        self._crew = crew
        self._requests = requests
        self._tasks = set[asyncio.Task[None]]()
        self._left = 0
        self._done = asyncio.Event()
        crew.on_end = self._ended

    async def run(self, number: int) -> None:
        """Let so many contacts live from the POST to the end."""
        self._done.clear()
        self._left, self._to_end = number, number
        for _ in range(min(OPEN, number)):
            self._post()
        await self._done.wait()

    def _ended(self) -> None:
        self._to_end -= 1
        if self._to_end == 0:
            self._done.set()
        elif self._left:
            self._post()

    def _post(self) -> None:
        self._left -= 1
        task = asyncio.create_task(self._one())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _one(self) -> None:
        line = await self._lines.get()
        status = await line.ask(next(self._requests))
        assert status == 201, status
        self._lines.put_nowait(line)


@contextlib.asynccontextmanager
async def crew_at_work(router: Router) -> AsyncGenerator[tuple[Crew, list[Line]]]:
    """All agents on their sockets, and an adapter's connections."""
    crew = Crew()
    await crew.open(router)
    lines = await asyncio.gather(*(Line.open(router.port) for _ in range(CONNECTIONS)))
    await asyncio.sleep(1)
    try:
        yield crew, lines
        assert not crew.odd, crew.odd
    finally:
        crew.close()
        for line in lines:
            line.close()


async def measure_whole(kind: str, number: int = CONTACTS, rounds: int = ROUNDS) -> list[Taken]:
    """P2: whole contacts, round by round."""
    found: list[Taken] = []
    async with serving(kind) as router, crew_at_work(router) as (crew, lines):
        sources = Sources(router, lines, crew, contacts(router.adapter, f"whole{time.time_ns() % 10**6}"))
        await sources.run(number // 10)
        for _ in range(rounds):
            with taking(number, router.pid, router.store_pid) as taken:
                await sources.run(number)
            found += taken
    return found


async def measure_latency(kind: str, rate: int = RATE, seconds: int = SECONDS, rounds: int = ROUNDS) -> list[Any]:
    """P3: (p50, p99) ms from a POST to its offer on the agent's socket, round by round, at a steady rate."""
    found: list[tuple[float, float]] = []
    async with serving(kind) as router, crew_at_work(router) as (crew, lines):
        requests = contacts(router.adapter, f"late{time.time_ns() % 10**6}")
        free, sent, tasks = list(lines), dict[str, float](), set[asyncio.Task[None]]()

        async def ask(request: bytes) -> None:
            line = free.pop() if free else await Line.open(router.port)
            external_id = request[(at := request.index(b"late")) : request.index(b'"', at)].decode()
            sent[external_id] = time.perf_counter()
            assert await line.ask(request) == 201
            free.append(line)

        for _ in range(rounds + 1):  # the first warms up
            sent.clear()
            started = time.perf_counter()
            for number in range(rate * seconds):
                if (early := started + number / rate - time.perf_counter()) > 0:
                    await asyncio.sleep(early)
                task = asyncio.create_task(ask(next(requests)))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            await asyncio.sleep(1)
            times = sorted((crew.heard[name] - at) * 1000 for name, at in sent.items())
            found.append((times[len(times) // 2], times[len(times) * 99 // 100]))
    return found[1:]


def median(values: list[float]) -> float:
    """Of the rounds."""
    return statistics.median(values)


async def main(kinds: list[str]) -> None:
    """Print the figures."""
    for kind in kinds:
        pairs = await measure_posts(kind)
        ratio = median([router.rate / bare.rate for bare, router in pairs])
        cost = median([router.router_us / bare.router_us for bare, router in pairs])
        for who, takes in (("bare", [bare for bare, _ in pairs]), ("router", [router for _, router in pairs])):
            print(f"P1 {kind} {who}: {_shown(takes)}")
        print(f"P1 {kind}: {ratio:.2f} of the bare rate, {cost:.1f} times its processor")
        print(f"P2 {kind}: {_shown(await measure_whole(kind))}")
        late = await measure_latency(kind)
        print(
            f"P3 {kind}: p50 {median([one[0] for one in late]):.1f} ms, p99 {median([one[1] for one in late]):.1f} ms"
        )


def _shown(takes: list[Taken]) -> str:
    rate, router, server, load = (
        median([getattr(one, name) for one in takes]) for name in ("rate", "router_us", "store_us", "load_us")
    )
    return f"{rate:.0f}/s; router {router:.0f}, store {server:.0f}, load {load:.0f} µs"


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:] or list(STORES)))
