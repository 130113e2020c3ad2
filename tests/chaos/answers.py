"""What callers were answered, and when: how a service behaved while harm was done to its store."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import aiohttp

from router.kit.clock import SystemClock
from tests.helpers.replicas import primary_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.helpers.replicas import Node

AGAIN = 12
"""After so many answers a service is taken to answer again."""


@dataclass
class Answers:
    """The answers to one side's requests: (when, after how long, with which status), in milliseconds."""

    clock: SystemClock = field(default_factory=SystemClock)
    heard: list[tuple[int, int, int]] = field(default_factory=list[tuple[int, int, int]])

    def trace(self) -> aiohttp.TraceConfig:
        """What a session is to be given so that it tells of its answers."""
        config = aiohttp.TraceConfig()

        async def started(_session: Any, context: Any, _params: Any) -> None:
            context.started_ms = self.clock.monotonic_ms()

        async def ended(_session: Any, context: Any, params: aiohttp.TraceRequestEndParams) -> None:
            now_ms = self.clock.monotonic_ms()
            self.heard.append((now_ms, now_ms - context.started_ms, params.response.status))

        config.on_request_start.append(started)
        config.on_request_end.append(ended)
        return config

    def taken(self) -> list[int]:
        """When something was taken."""
        return [at_ms for at_ms, _, status in self.heard if status < 300]

    def put_off(self) -> int:
        """How often somebody was told to come again."""
        return sum(status == 503 for *_, status in self.heard)

    async def again(self, since_ms: int) -> None:
        """Wait until a dozen requests on end have been taken, half a second after that moment or later."""
        async with asyncio.timeout(30):
            while len([at_ms for at_ms in self.taken()[-AGAIN:] if at_ms > since_ms + 500]) < AGAIN:
                await asyncio.sleep(0.1)

    def longest_without_s(self, since_ms: int, until_ms: int) -> float:
        """The longest time in which nothing was taken."""
        moments = [since_ms, *(at_ms for at_ms in self.taken() if since_ms < at_ms < until_ms), until_ms]
        return max(later - sooner for sooner, later in pairwise(moments)) / 1000

    def refused_within_s(self, since_ms: int, until_ms: int) -> float:
        """How long a caller waited at most who came in that time and was told to come again."""
        waits = [took for at, took, status in self.heard if status == 503 and since_ms < at - took and at < until_ms]
        return max(waits, default=0) / 1000


async def without_primary_s(servers: Sequence[Node], answers: Answers) -> float:
    """The primary of these is killed, and comes back as a replica. Gives how long callers went without."""
    victim = await primary_of(servers, len(servers) - 1)
    died_ms = answers.clock.monotonic_ms()
    victim.send(signal.SIGKILL)
    await answers.again(died_ms)
    without_s = answers.longest_without_s(died_ms, answers.clock.monotonic_ms())
    victim.start()
    await victim.says("slave", "ROLE")
    return without_s
