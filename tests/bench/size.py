"""`make bench`: how soon a router answers after its start, and how much memory it takes while nothing happens.

A start is from the process's to the answer that it is ready for work: on a fresh data directory, which also starts the
server; and beside a router that is there already. Beside it, in the same run, the start of a bare aiohttp application.
All of them find their bytecode, as what pip has installed does: one start before the first makes it.
"""

from __future__ import annotations

import asyncio
import os
import socket
import statistics
import sys
import tempfile
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.table import Row, report
from tests.helpers.process import memory_kib, used_s
from tests.helpers.program import operation_file
from tests.helpers.servers import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

ROUNDS = 5
AGENTS = 20
REST_S = 10
ASKED_EVERY_S = 0.002
MIB = 1024

BARE = """
import sys
from aiohttp import web
async def ready(request):
    return web.Response(text="ready")
app = web.Application()
app.router.add_get("/readyz", ready)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
"""


@dataclass(frozen=True)
class Started:
    """A process, and what its start took."""

    pid: int
    seconds: float
    processor_s: float


@asynccontextmanager
async def started(bytecode: str, port: int, *arguments: str) -> AsyncGenerator[Started]:
    """Start a Python program that serves on a port, until it says that it is ready; end it afterwards."""
    given = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": bytecode}
    at = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *arguments),
        env=os.environ | given,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        while not is_ready(port):
            assert process.returncode is None, arguments
            await asyncio.sleep(ASKED_EVERY_S)
        yield Started(process.pid, time.perf_counter() - at, used_s([process.pid]))
    finally:
        process.terminate()
        await process.wait()


def is_ready(port: int) -> bool:
    """Whether it answers, and with 200."""
    try:
        with socket.create_connection(("127.0.0.1", port)) as asked:
            asked.sendall(b"GET /readyz HTTP/1.1\r\nHost: bench\r\n\r\n")
            return asked.recv(12).endswith(b"200")
    except OSError:
        return False


async def measure() -> None:
    """Print the table."""
    starts: dict[str, list[Started]] = {"bare": [], "fresh": [], "joined": []}
    with tempfile.TemporaryDirectory() as directory:
        file, bytecode = str(operation_file(Path(directory), "bench", AGENTS)), f"{directory}/bytecode"

        @asynccontextmanager
        async def serve(number: int) -> AsyncGenerator[Started]:
            data, port = f"{directory}/data{number}", free_port()
            words = ("-m", "router", "serve", "--operation", file, "--data", data, "--metrics", "off")
            async with started(bytecode, port, *words, "--port", str(port)) as one:
                yield one

        for number in range(ROUNDS + 1):
            port = free_port()
            async with started(bytecode, port, "-c", BARE, str(port)) as bare:
                starts["bare"].append(bare)
            async with serve(number) as fresh, serve(number) as joined:
                starts["fresh"].append(fresh)
                starts["joined"].append(joined)
        async with serve(ROUNDS + 1) as idle:
            before = used_s([idle.pid])
            await asyncio.sleep(REST_S)
            shared, resident = memory_kib(idle.pid) / MIB, memory_kib(idle.pid, "Rss") / MIB
            busy = (used_s([idle.pid]) - before) / REST_S * 100

    def median(name: str) -> tuple[float, float]:
        of = starts[name][1:]
        return statistics.median(one.seconds for one in of), statistics.median(one.processor_s for one in of)

    floor, floor_processor = median("bare")
    rows = [Row("bare aiohttp, start to first answer", floor, "s"), Row("its processor", floor_processor, "s")]
    for name, which in (("fresh directory", "fresh"), ("beside another router", "joined")):
        seconds, processor = median(which)
        rows.append(Row(f"start to first answer, {name}", seconds, "s"))
        rows.append(
            Row(f"processor of it, beside bare aiohttp's, {name}", processor, "s", processor / floor_processor, "lower")
        )
    rows.append(Row("idle router, its share of memory (PSS)", shared, "MiB"))
    rows.append(Row("idle router, resident (RSS); beside the goal of 80", resident, "MiB", resident / 80, "lower"))
    rows.append(Row("idle router, of one core", busy, "%"))
    report("size", rows)


if __name__ == "__main__":
    asyncio.run(measure())
