"""Random, cut, oversize and interleaved frames on every kind of socket: nothing breaks, and nothing is left open."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import secrets
from typing import TYPE_CHECKING, Any

import pytest

from tests.chaos.served import WORKSPACE, Serving, complaints, served
from tests.chaos.wire import BINARY, CLOSE, PING, PONG, TEXT, connected, frame, upgrade
from tests.helpers.program import command, store_options

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.helpers.figures import Figure

AT_ONCE = 20
A_SOCKET = 25
"""Frames that a socket gets at most."""
WORDS = ("ack", "accept", "decline", "presence", "ready", "complete", "reply", "nothing", "", None, 7)
VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    2**70,
    1e400,
    "",
    "x" * 300,
    "é\ud83d"[0],
    [],
    {},
    [[]],
    "019a",
    "available",
    "break",
)


def sensible(chance: random.Random) -> bytes:
    """A frame that has the form of a call, with whatever in it."""
    names = ("id", "do", "offer", "contact", "presence", "seq", "key", "version", "when", "reason", "x")
    said: dict[str, Any] = {name: chance.choice(VALUES) for name in chance.sample(names, chance.randrange(len(names)))}
    said["do"] = chance.choice(WORDS)
    return frame(TEXT, json.dumps(said).encode())


def interleaved(chance: random.Random) -> bytes:
    """A message in pieces, and control frames between them."""
    text = json.dumps({"id": "f", "do": "ready"}).encode()
    cut = chance.randrange(len(text))
    return frame(TEXT, text[:cut], final=False) + frame(PING, b"p") + frame(0, text[cut:])


KINDS: tuple[Callable[[random.Random], bytes], ...] = (
    sensible,
    sensible,
    interleaved,
    lambda chance: frame(TEXT, chance.randbytes(chance.randrange(300))),
    lambda chance: frame(BINARY, chance.randbytes(chance.randrange(300))),
    lambda chance: frame(TEXT, b"[" * chance.randrange(2_000)),
    lambda chance: frame(TEXT, b"{" + b" " * chance.choice((60_000, 70_000, 300_000)) + b"}"),
    lambda _: frame(TEXT, b'{"do": "ready"}', masked=False),
    lambda chance: frame(chance.choice((3, 4, 7, 11, 15)), b"?"),
    lambda chance: frame(PING, b"p" * chance.choice((0, 125, 126, 1_000))),
    lambda _: frame(PONG, b"unasked"),
    lambda _: frame(0, b"goes on with nothing"),
    lambda chance: frame(CLOSE, chance.choice((b"", b"\x03", b"\x03\xe8", b"\xff\xff\xff", b"\x03\xe8\xff"))),
    lambda chance: frame(TEXT, b"{}", length=chance.choice((3, 100_000, 2**62))),
    lambda chance: chance.randbytes(chance.randrange(1, 60)),
    lambda chance: sensible(chance)[: chance.randrange(1, 8)],
)


async def one_socket(serving: Serving, chance: random.Random, path: str, token: str) -> int:
    """Frames on one socket, until it is closed or broken off. Gives how many were written."""
    written = 0
    async with asyncio.timeout(20), connected(serving.port) as (reader, writer):
        await upgrade(reader, writer, path, token)
        heard = asyncio.create_task(swallow(reader))
        for _ in range(chance.randint(1, A_SOCKET)):
            writer.write(chance.choice(KINDS)(chance))
            written += 1
            with contextlib.suppress(ConnectionError):
                await writer.drain()
            if heard.done():
                break
        heard.cancel()
    return written


async def swallow(reader: asyncio.StreamReader) -> None:
    """Read until the other side ends."""
    with contextlib.suppress(ConnectionError):
        while await reader.read(65_536):
            pass


async def fuzz(directory: Path, frames: int, figure: Figure) -> None:
    """So many frames, while somebody else is served as ever."""
    seed = int(os.environ.get("SEED", str(secrets.randbelow(10**6))))
    async with served(directory, agents=4, processes=2) as serving:
        observer = await command("token", "create", "--role", "observer", *store_options(serving.place))
        sockets = [(f"/v1/{WORKSPACE}/agents/{agent}/live", token) for agent, token in serving.agents.items()]
        sockets.append((f"/v1/{WORKSPACE}/events/live", observer))
        sockets.append((f"/v1/{WORKSPACE}/channels/phone/live", serving.adapter))
        before, sent, posted, done = serving.files(), 0, 0, asyncio.Event()

        async def attack(number: int) -> None:
            nonlocal sent
            chance = random.Random(seed * AT_ONCE + number)
            while sent < frames:
                with contextlib.suppress(TimeoutError, ConnectionError, AssertionError):  # the channel's lease is taken
                    sent += await one_socket(serving, chance, *chance.choice(sockets))

        async def be_served() -> None:
            nonlocal posted
            async with serving.session(serving.adapter) as session:
                while not done.is_set():
                    body = {"channel": "phone", "external_id": str(posted)}
                    async with session.post(f"{serving.url}/contacts", json=body) as response:
                        assert response.status == 201, (seed, await response.text())
                        posted += 1
                    await asyncio.sleep(0.02)

        async with asyncio.TaskGroup() as group:
            healthy = group.create_task(be_served())
            for task in [group.create_task(attack(number)) for number in range(AT_ONCE)]:
                await task
            done.set()
            await healthy
        async with asyncio.timeout(20):
            while (left := serving.files() - before) > 8:
                await asyncio.sleep(0.1)
    bugs = complaints(directory)
    figure(
        f"fuzzed sockets (seed {seed})",
        "100,000 frames: no 5xx, no traceback, no socket left behind",
        f"{sent:,} frames: {len(bugs)} complaints in the log, {max(0, left)} descriptors more than before,"
        f" {posted:,} posts served meanwhile",
    )
    assert not bugs, (seed, bugs[:3])


@pytest.mark.timeout(120)
async def test_no_frame_breaks_a_socket(tmp_path: Path, figure: Figure) -> None:
    await fuzz(tmp_path, 5_000, figure)


@pytest.mark.soak
@pytest.mark.timeout(1800)
async def test_a_hundred_thousand_frames_break_no_socket(tmp_path: Path, figure: Figure) -> None:
    await fuzz(tmp_path, 100_000, figure)
