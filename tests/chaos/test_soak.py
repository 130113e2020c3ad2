"""The service under an hour's steady traffic: nothing grows that should not, and nothing is left when it is over."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from router.kit.clock import SystemClock
from tests.chaos.clients import Clients
from tests.chaos.served import WORKSPACE, Serving, served

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.figures import Figure

WARM_SHARE = 0.25
"""Of the time, what is left out: buffers of a fixed size fill."""
RATE = 20
AGENTS = 20
KEPT = re.compile(r"(c|b|x|i|la|checkpoint):.*|ended|checkpoints|figures|deadlines|events|process:.*")
"""Keys that ended contacts leave for as long as they are kept, and those that there are from the beginning."""


@dataclass
class Watch:
    """What the service's processes took, from time to time."""

    serving: Serving
    memory_kib: list[int] = field(default_factory=list[int])
    files: list[int] = field(default_factory=list[int])

    async def run(self, every_s: float) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(every_s)
            self.memory_kib.append(self.serving.resident_kib())
            self.files.append(self.serving.files())

    def growth_per_hour(self, every_s: float) -> float:
        """The share by which memory grows in an hour: the slope of a straight line through what was seen when warm."""
        seen = self.memory_kib[round(len(self.memory_kib) * WARM_SHARE) :]
        middle, mean = (len(seen) - 1) / 2, sum(seen) / len(seen)
        slope = sum((at - middle) * (kib - mean) for at, kib in enumerate(seen))
        slope /= sum((at - middle) ** 2 for at in range(len(seen)))
        return slope * 3600 / every_s / mean


async def keys(serving: Serving) -> set[str]:
    """The keys that no ended contact explains, without their hash tag."""
    async with serving.store() as connection:
        cursor, found = b"0", set[str]()
        while True:
            cursor, page = await connection.call("SCAN", cursor, "MATCH", f"[{{]{WORKSPACE}[}}]:*", "COUNT", 1000)
            found |= {name.decode().partition(":")[2] for name in page}
            if cursor == b"0":
                return {name for name in found if not KEPT.fullmatch(name)}


async def soak(directory: Path, seconds: int, every_s: float) -> tuple[Watch, set[str], int]:
    """Traffic for so long; then everything drains. Gives what was seen, the keys left over, and the contacts."""
    async with served(directory, agents=AGENTS, processes=2) as serving:
        clients, watch = Clients(serving.url), Watch(serving)
        async with serving.desks(clients) as phone:
            await asyncio.sleep(2)
            base = await keys(serving)
            watching = asyncio.create_task(watch.run(every_s))
            await clients.post_all(phone, RATE, seconds, lambda: None)
            watching.cancel()
            await serving.judged(len(clients.acked), within_s=120)
            left = await keys(serving) - base
    assert not clients.complaints, clients.complaints[:3]
    return watch, left, len(clients.acked)


@pytest.mark.timeout(180)
async def test_nothing_is_left_of_a_minute(tmp_path: Path) -> None:
    watch, left, contacts = await soak(tmp_path, 30, 1.0)
    assert contacts == 30 * RATE
    assert not left
    assert max(watch.files) - min(watch.files) <= 8, "connections of the two processes come and go"


@pytest.mark.soak
@pytest.mark.timeout(5400)
async def test_an_hour_leaves_nothing_behind(tmp_path: Path, figure: Figure) -> None:
    clock = SystemClock()
    started_ms = clock.monotonic_ms()
    watch, left, contacts = await soak(tmp_path, 3600, 15.0)
    hours = (clock.monotonic_ms() - started_ms) / 3_600_000
    growth = watch.growth_per_hour(15.0)
    quarter = len(watch.files) // 4
    before, after = (min(watch.files[start : start + quarter]) for start in (quarter, 3 * quarter))
    figure(
        f"soak of {hours:.2f} h, {contacts:,} contacts",
        "memory growth < 1 %/h, file handles flat, the server's keys back to the base",
        f"memory {watch.memory_kib[0] // 1024} → {watch.memory_kib[-1] // 1024} MiB, {growth:+.2%}/h;"
        f" handles at least {before}, later {after}; {len(left)} keys left",
    )
    assert growth < 0.01
    assert after - before <= 8, "what a burst of requests opened is closed again; what leaks is not"
    assert not left
