"""`make bench`, second table: contacts a second over HTTP beside a bare handler, and how soon an offer is on a desk.

The server is `serve` as users run it, one process on its embedded server with fsync always; the bare one is an aiohttp
handler that decodes the same body and answers as many bytes. Both get the same requests from this process, over kept
connections, which costs about as much of the two cores as serving does: read the ratio.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

from tests.helpers.program import operation_file, tokens

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

CONNECTIONS = 64
POSTS = 20_000
ROUNDS = 3
RATE = 200
SECONDS = 30
AGENTS = 40

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


class Line(asyncio.Protocol):
    """One kept connection: a request, its response, the next."""

    def __init__(self) -> None:
        self._reply: asyncio.Future[int] | None = None
        self._heard = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    async def ask(self, request: bytes) -> int:
        """Send a request; the status of its response."""
        assert self._transport is not None
        self._reply = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._reply

    def data_received(self, data: bytes) -> None:
        self._heard += data
        head, end, body = self._heard.partition(b"\r\n\r\n")
        if not end:
            return
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(body) >= length and self._reply is not None:
            self._heard = body[length:]
            self._reply.set_result(int(head[9:12]))


def request_of(port: int, token: str, number: int) -> bytes:
    """A POST of one contact."""
    body = json.dumps(
        {
            "channel": "phone",
            "external_id": f"bench-{time.monotonic_ns()}-{number}",
            "customer": {"id": f"+7913{number:07}"},
            "attributes": {"dialled": "611", "topic": "refund"},
        }
    ).encode()
    head = (
        f"POST /v1/bench/contacts HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def posts_a_second(port: int, token: str, posts: int) -> float:
    """How many contacts are taken a second from many connections at once."""
    loop = asyncio.get_running_loop()
    lines = [(await loop.create_connection(Line, "127.0.0.1", port))[1] for _ in range(CONNECTIONS)]
    numbers = iter(range(posts))

    async def ask(line: Line) -> None:
        for number in numbers:
            status = await line.ask(request_of(port, token, number))
            assert status == 201, status

    started = time.perf_counter()
    await asyncio.gather(*(ask(line) for line in lines))
    return posts / (time.perf_counter() - started)


@asynccontextmanager
async def program(*arguments: str) -> AsyncGenerator[None]:
    """A server in a process of its own, which says nothing."""
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stderr=asyncio.subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


async def until_open(port: int) -> None:
    """Wait until somebody listens."""
    for _ in range(200):
        try:
            _reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise TimeoutError(port)


class Desk:
    """An agent who takes and ends whatever he is offered at once, and says when he heard of it."""

    def __init__(self, url: str, agent: str, token: str, heard: dict[str, float]) -> None:
        self.url = f"{url}/agents/{agent}/live"
        self.headers = {"Authorization": f"Bearer {token}"}
        self.heard = heard

    async def work(self, session: aiohttp.ClientSession, phone: aiohttp.ClientSession, url: str) -> None:
        """Work until cancelled; `phone` is the adapter's session, which joins the two."""
        async with session.ws_connect(self.url, headers=self.headers) as socket:
            await socket.send_json({"id": "0", "do": "presence", "presence": "available"})
            async for message in socket:
                frame = message.json()
                if frame["type"] == "offer":
                    contact = frame["offer"]["contact"]
                    self.heard.setdefault(contact["external_id"], time.perf_counter())
                    await socket.send_json({"id": "1", "do": "accept", "offer": frame["offer"]["id"]})
                elif frame["type"] == "answer" and frame["to"] == "1" and frame["status"] == 200:
                    contact = frame["body"]["id"]
                    async with phone.post(f"{url}/contacts/{contact}/connected", json={}) as response:
                        await response.read()
                    await socket.send_json({"id": "2", "do": "complete", "contact": contact})


async def offer_times(port: int, adapter: str, tokens: dict[str, str]) -> list[float]:
    """Milliseconds from a POST to its offer's arrival on a desk, at `RATE` contacts a second."""
    url = f"http://127.0.0.1:{port}/v1/bench"
    heard: dict[str, float] = {}
    sent: dict[str, float] = {}
    posts: set[asyncio.Task[None]] = set()

    async def post(phone: aiohttp.ClientSession, number: int) -> None:
        external_id = f"latency-{number}"
        sent[external_id] = time.perf_counter()
        body: dict[str, Any] = {"channel": "phone", "external_id": external_id}
        async with phone.post(f"{url}/contacts", json=body) as response:
            assert response.status == 201

    headers = {"Authorization": f"Bearer {adapter}"}
    async with aiohttp.ClientSession() as session, aiohttp.ClientSession(headers=headers) as phone:
        desks = [
            asyncio.create_task(Desk(url, agent, token, heard).work(session, phone, url))
            for agent, token in tokens.items()
        ]
        await asyncio.sleep(2)
        started = time.perf_counter()
        for number in range(RATE * SECONDS):
            await asyncio.sleep(max(0, started + number / RATE - time.perf_counter()))
            task = asyncio.create_task(post(phone, number))
            posts.add(task)
            task.add_done_callback(posts.discard)
        await asyncio.sleep(2)
        for desk in desks:
            desk.cancel()
        await asyncio.wait(desks)
    return sorted((heard[name] - at) * 1000 for name, at in sent.items() if name in heard)


async def measure(port: int = 18_080) -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as directory:
        data, file = Path(directory) / "data", operation_file(Path(directory), "bench", AGENTS)
        serve = ("-m", "router", "serve", "--operation", str(file), "--data", str(data), "--port", str(port))
        bare: list[float] = []
        routed: list[float] = []
        async with program("-c", BARE, str(port + 1)), program(*serve):
            await until_open(port)
            await until_open(port + 1)
            adapter, agents = await tokens({"data": data})
            times = await offer_times(port, adapter, agents)
            for _ in range(ROUNDS):
                bare.append(await posts_a_second(port + 1, adapter, POSTS))
                routed.append(await posts_a_second(port, adapter, POSTS))
        rates = f"bare aiohttp {statistics.median(bare):.0f}, router {statistics.median(routed):.0f}"
        print(f"\nPOST /contacts a second: {rates}")
        at = statistics.quantiles(times, n=100)
        print(f"POST → offer on a desk at {RATE}/s, {len(times)} offers: p50 {at[49]:.1f} ms, p99 {at[98]:.1f} ms")


if __name__ == "__main__":
    asyncio.run(measure())
