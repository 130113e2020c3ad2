"""P1, P2 and P3: contacts over HTTP beside a bare handler, whole contacts, and how soon one is offered.

The router is `serve` as users run it, one process, its log at `error`; the store is Valkey on this machine, which keeps
nothing (`none`), or syncs every write to the disk (`always`), or has a replica that confirms every answer (`wait`).
Router, store and load share the machine's cores. Beside each stands an aiohttp handler that decodes the same body and
answers as many bytes, asked by the same load in the same minute: what a core is worth is said in its requests.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.life import Floor, operation_text
from tests.bench.load import Line, request_of
from tests.bench.table import Row, report
from tests.helpers.process import used_s
from tests.helpers.program import tokens
from tests.helpers.servers import DURABLE, free_port, running

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Generator, Iterator

ROUNDS = 20
"""Short ones, in which router and handler take turns: the machine is not the same from one second to the next."""
CONNECTIONS = 128
POSTS = 2_000
BARE_POSTS = 4_000
AGENTS = 200
CONTACTS = 800
RATES = (200, 1_000)
SECONDS = 3
LATE_ROUNDS = 5
ACCOUNTS = 4
"""Each may send 5,000 contacts a second to one process."""
STORES = ("none", "always", "wait")

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


@contextlib.contextmanager
def program(port: int, *arguments: str) -> Generator[int]:
    """A Python program in a process of its own that listens there; its id."""
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(400):
            with contextlib.suppress(OSError), contextlib.closing(_connected(port)):
                break
            time.sleep(0.05)
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def _connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port))


@dataclass(frozen=True)
class Subject:
    """The processes that are measured, and where they listen."""

    port: int
    pid: int
    store_pid: int | None = None
    adapter: str = ""
    agents: dict[str, str] = field(default_factory=dict[str, str])


@contextlib.asynccontextmanager
async def routed(kind: str, agents: int = AGENTS) -> AsyncGenerator[Subject]:
    """A router on a store of this kind."""
    with tempfile.TemporaryDirectory() as name, store(kind, Path(name)) as (url, store_pid):
        file, port = Path(name) / "operation.toml", free_port()
        file.write_text(operation_text("bench", agents))
        words = ("serve", "--operation", str(file), "--redis", url, "--metrics", "off", "--log", "error")
        with program(port, "-m", "router", *words, "--port", str(port)) as pid:
            adapter, secrets = await tokens({"url": url})
            yield Subject(port, pid, store_pid, adapter, secrets)


@contextlib.contextmanager
def bare() -> Generator[Subject]:
    """The handler that only answers."""
    port = free_port()
    with program(port, "-c", BARE, str(port)) as pid:
        yield Subject(port, pid)


@dataclass(frozen=True)
class Round:
    """How many a second, and µs of a core for each: of the router or the handler, of the store, of the load."""

    rate: float
    router_us: float
    store_us: float
    load_us: float


async def measured(subject: Subject, number: int, work: Awaitable[object]) -> Round:
    """A round of so many."""
    pids = [[subject.pid], [] if subject.store_pid is None else [subject.store_pid], [os.getpid()]]
    before, started = [used_s(one) for one in pids], time.perf_counter()
    await work
    seconds = time.perf_counter() - started
    spent = [(used_s(one) - was) / number * 1e6 for one, was in zip(pids, before, strict=True)]
    return Round(number / seconds, *spent)


def contacts(token: str) -> Iterator[bytes]:
    """Requests for one new contact each, of 300 bytes."""
    begun = time.time_ns()
    for number in itertools.count():
        body = {
            "channel": "mail",
            "account": f"account{number % ACCOUNTS}",
            "external_id": f"{begun}-{number}",
            "customer": {"id": f"+7{number:010}", "name": "Anna Sergeyevna"},
            "attributes": {"topic": "refund", "note": "x" * 120},
        }
        yield request_of("POST", "/v1/bench/contacts", token, json.dumps(body).encode())


@contextlib.asynccontextmanager
async def lines_to(port: int) -> AsyncGenerator[list[Line]]:
    """`CONNECTIONS` of them."""
    lines = await asyncio.gather(*(Line.open(port) for _ in range(CONNECTIONS)))
    yield lines
    for line in lines:
        line.close()


async def posts(lines: list[Line], requests: Iterator[bytes], number: int) -> None:
    """So many POSTs over all these connections at once."""
    left = itertools.islice(requests, number)

    async def ask(line: Line) -> None:
        for request in left:
            status = await line.ask(request)
            assert status == 201, status

    await asyncio.gather(*map(ask, lines))


def _median(rounds: list[Round], figure: str) -> float:
    return statistics.median(getattr(one, figure) for one in rounds)


async def measure_posts(kind: str, handler: Subject) -> list[Row]:
    """P1. Nobody works: contacts wait."""
    pairs: list[tuple[Round, Round]] = []
    async with routed(kind, 1) as router:
        requests = contacts(router.adapter)
        async with lines_to(router.port) as ours, lines_to(handler.port) as bares:
            await posts(ours, requests, POSTS)
            for _ in range(ROUNDS):
                one = await measured(handler, BARE_POSTS, posts(bares, requests, BARE_POSTS))
                pairs.append((one, await measured(router, POSTS, posts(ours, requests, POSTS))))
    of_router, of_handler = [router for _, router in pairs], [one for one, _ in pairs]
    return [
        Row("POST to a bare handler", _median(of_handler, "rate"), "/s"),
        Row("processor of one there", _median(of_handler, "router_us"), "µs"),
        Row(
            "POST /contacts; beside the bare handler", _median(of_router, "rate"), "/s",
            statistics.median(router.rate / one.rate for one, router in pairs), "higher",
        ),
        Row(
            "the router's processor of one; beside the bare handler's", _median(of_router, "router_us"), "µs",
            statistics.median(router.router_us / one.router_us for one, router in pairs), "lower",
        ),
        Row("the store's processor of one", _median(of_router, "store_us"), "µs"),
    ]  # fmt: skip


async def measure_whole(kind: str, handler: Subject) -> list[Row]:
    """P2 and P3. What router and store take for a contact is said in POSTs to the bare handler."""
    pairs: list[tuple[Round, Round]] = []
    late: list[Row] = []
    async with routed(kind) as router:
        floor = Floor(router.port, "bench", router.adapter, router.agents)
        await floor.open()
        requests = contacts(router.adapter)
        await floor.run(2 * CONTACTS)
        async with lines_to(handler.port) as bares:
            for _ in range(ROUNDS):
                one = await measured(handler, BARE_POSTS, posts(bares, requests, BARE_POSTS))
                pairs.append((one, await measured(router, CONTACTS, floor.run(CONTACTS))))
        for rate in RATES:
            p50, p99 = await floor.latency(rate, SECONDS, LATE_ROUNDS)
            late += [Row(f"POST → offer at {rate}/s, {name}", ms, "ms") for name, ms in (("p50", p50), ("p99", p99))]
        floor.close()
    whole = [of for _, of in pairs]
    worth = [(of.router_us + of.store_us) / one.router_us for one, of in pairs]
    return [
        Row("whole contacts", _median(whole, "rate"), "/s"),
        Row("router and store of one; beside a bare POST", sum(_median(whole, of) for of in ("router_us", "store_us")),
            "µs", statistics.median(worth), "lower"),
        *(Row(f"{of}'s processor of one", _median(whole, f"{of}_us"), "µs") for of in ("router", "store", "load")),
        *late,
    ]  # fmt: skip


async def main(kinds: list[str]) -> None:
    """Print the figures of these stores."""
    with bare() as handler:
        for kind in kinds:
            rows = await measure_posts(kind, handler) + await measure_whole(kind, handler)
            report(f"web, store {kind}", rows)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:] or list(STORES)))
