"""`make bench`: the router beside job queues on the same server: BullMQ with priorities, saq, arq and streaq.

A whole job is one that is put into the queue, delivered to a consumer and done; of the router, a contact from its POST
over its offer and acceptance on an agent's socket to its completion. Each has 200 consumers, on the same two cores as
the server and whoever sends. The job queues send as many at once as they can, have one process with all consumers,
which was the cheapest, and keep no results; the router's client posts contact by contact. All servers append to a file,
`python -m tests.bench.peers [no|always]` says with which fsync.

The Python peers come from `peers.lock` into a venv that is thrown away, BullMQ from `node/`.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from tests.bench.life import Floor, operation_text
from tests.bench.table import Row, report
from tests.chaos.served import served
from tests.helpers.process import used_s
from tests.helpers.servers import running

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.helpers.servers import Server

HERE = Path(__file__).parent
LOCK = HERE / "peers.lock"
NODE = HERE / "node"
PYTHONS = ("saq", "arq", "streaq")
ROUTER = "contact router"
CONSUMERS = 200
JOBS = 2_000
ROUNDS = 5
LIMIT_S = 120
FIGURES = ("a_second", "server_us", "all_us")


@dataclass(frozen=True)
class Round:
    """Whole jobs a second, and microseconds of processor for each: the server's, the clients'."""

    a_second: float
    server_us: float
    clients_us: float

    @property
    def all_us(self) -> float:
        """All processor time of a job."""
        return self.server_us + self.clients_us

    @classmethod
    def of(cls, seconds: float, server_s: float, clients_s: float) -> Round:
        """From the seconds that all jobs took."""
        return cls(JOBS / seconds, server_s / JOBS * 1e6, clients_s / JOBS * 1e6)


def installed(venv: Path) -> dict[str, list[str]]:
    """Name and version of each peer that could be installed → the command that runs it."""
    found: dict[str, list[str]] = {}
    lock = NODE / "package-lock.json"
    if shutil.which("node") and (NODE / "node_modules" / "bullmq").exists():
        version = re.search(r'node_modules/bullmq": \{\s+"version": "([^"]+)', lock.read_text())
        found[f"BullMQ {version[1] if version else ''}"] = ["node", str(NODE / "peer.mjs")]
    else:
        print("BullMQ could not be installed: `make node`")
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    pip = [venv / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    done = subprocess.run([*pip, "--prefer-binary", "--requirement", LOCK], capture_output=True, check=False)
    for name in PYTHONS:
        if done.returncode == 0:
            version = re.search(rf"^{name}==(\S+)", LOCK.read_text(), re.MULTILINE)
            found[f"{name} {version[1] if version else ''}"] = [str(venv / "bin" / "python"), str(HERE / "peer.py")]
        else:
            print(f"{name} could not be installed: {done.stderr.decode().strip().splitlines()[-1:]}")
    return found


@asynccontextmanager
async def program(command: list[str], *arguments: str) -> AsyncGenerator[asyncio.subprocess.Process]:
    """A peer's producer or consumer, once it is ready; ended with the context."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, *arguments, stdin=pipe, stdout=pipe)
    assert process.stdout is not None
    try:
        assert await process.stdout.readline() == b"ready\n", arguments
        yield process
    finally:
        process.kill()
        await process.communicate()


async def peer_round(name: str, command: list[str], server: Server) -> Round:
    """One round of a job queue."""
    words = (name.partition(" ")[0].lower(), str(server.address.path))
    async with (
        program(command, "consume", *words, str(CONSUMERS)) as consumer,
        program(command, "produce", *words, str(JOBS)) as producer,
    ):
        assert producer.stdin is not None
        assert consumer.stdout is not None
        clients = [consumer.pid, producer.pid]
        before, started = (used_s([server.process.pid]), used_s(clients)), perf_counter()
        producer.stdin.write(b"begin\n")
        while int(await consumer.stdout.readline()) < JOBS:
            pass
        seconds = perf_counter() - started
        return Round.of(seconds, used_s([server.process.pid]) - before[0], used_s(clients) - before[1])


async def router_round(directory: Path, server: Server) -> Round:
    """One round of the router: its process and this one, which is contacts and agents, are the clients."""
    text = operation_text("bench", CONSUMERS)
    async with served(directory, processes=1, operation=text, redis=f"unix://{server.address.path}") as one:
        floor = Floor(one.port, one.workspace, one.adapter, one.agents)
        await floor.open()
        await floor.run(CONSUMERS)  # the first contacts warm up plans and connections
        clients = [*one.routers(), os.getpid()]
        before = used_s([server.process.pid]), used_s(clients)
        seconds = await floor.run(JOBS)
        after = used_s([server.process.pid]), used_s(clients)
        floor.close()
        return Round.of(seconds, after[0] - before[0], after[1] - before[1])


async def measure(fsync: str) -> None:
    """Print the table."""
    rounds: dict[str, list[Round]] = {}
    with tempfile.TemporaryDirectory() as directory:
        commands = installed(Path(directory) / "venv")
        for number in range(ROUNDS):
            for name in (*commands, ROUTER):
                place = Path(directory) / f"{number}-{name.replace(' ', '-')}"
                place.mkdir()
                settings = ("--appendonly", "yes", "--appendfsync", fsync, "--maxmemory-policy", "noeviction")
                with running("valkey", place, *settings) as server:
                    async with asyncio.timeout(LIMIT_S):
                        one = (
                            peer_round(name, commands[name], server)
                            if name in commands
                            else router_round(place, server)
                        )
                        rounds.setdefault(name, []).append(await one)
    rows: list[Row] = []
    for name, of in rounds.items():
        pairs = list(zip(rounds[ROUTER], of, strict=True))
        faster = statistics.median(ours.a_second / peer.a_second for ours, peer in pairs)
        dearer = statistics.median(ours.all_us / peer.all_us for ours, peer in pairs)
        rate, server, both = (statistics.median(getattr(one, of_it) for one in of) for of_it in FIGURES)
        if name == ROUTER:
            rows += [Row(f"{name}: whole contacts", rate, "/s"), Row(f"{name}: processor of one", both, "µs")]
        else:
            rows.append(Row(f"{name}: whole jobs; the router beside it", rate, "/s", faster, "higher"))
            rows.append(Row(f"{name}: processor of one; the router beside it", both, "µs", dearer, "lower"))
        rows.append(Row(f"{name}: the server's part of it", server, "µs"))
    report(f"peers, fsync {fsync}", rows)


if __name__ == "__main__":
    asyncio.run(measure(sys.argv[1] if len(sys.argv) > 1 else "no"))
