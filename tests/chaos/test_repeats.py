"""The same said ten thousand times at once, and a storm of retries after the store was away: it counts once."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from contextlib import asynccontextmanager
from itertools import count, takewhile
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from router.kit.clock import SystemClock
from tests.chaos.clients import Clients
from tests.chaos.served import Serving, served
from tests.helpers.embedded import pid_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from tests.helpers.figures import Figure

SOCKETS = 500
WARM = 100
"""Contacts before the storm."""
REPEATS = 10
"""How often each client of the storm says the same at once."""
AWAY_S = 6.0
"""Longer than a call waits for its reply."""
CALM_S = 2.0
PROBE_EVERY_S = 0.05
NORMAL_MS = 250
"""What a post takes at most while all is well, on a busy machine."""
NORMAL_WITHIN_S = 30.0
MORE_KIB = 96 * 1024


@asynccontextmanager
async def many_sockets(serving: Serving) -> AsyncGenerator[aiohttp.ClientSession]:
    """The adapter, who may have many requests under way."""
    headers = {"Authorization": f"Bearer {serving.adapter}"}
    connector = aiohttp.TCPConnector(limit=SOCKETS)
    async with aiohttp.ClientSession(headers=headers, connector=connector) as session:
        yield session


async def create_at_once(serving: Serving, session: aiohttp.ClientSession, times: int, headers: dict[str, str]) -> Any:
    """POST the same contact so many times at once. Gives the one answer that all got."""

    async def create() -> tuple[int, Any]:
        body = {"channel": "phone", "external_id": f"one of {len(headers)}"}
        async with session.post(f"{serving.url}/contacts", json=body, headers=headers) as response:
            return response.status, await response.json()

    said = await asyncio.gather(*(create() for _ in range(times)))
    assert Counter(status for status, _ in said) == {201: 1, 200: times - 1}
    first = said[0][1]
    for _, contact in said:
        assert contact | {"waited_s": 0} == first | {"waited_s": 0}, "but that the wait goes on"
    return first


async def create_with_one_key(directory: Path, times: int, figure: Figure) -> None:
    """Once they have the external id in common, once the idempotency key too."""
    async with served(directory, agents=1, processes=4) as serving, many_sockets(serving) as session:
        first = await create_at_once(serving, session, times, {})
        other = await create_at_once(serving, session, times, {"Idempotency-Key": "one"})
        assert first["id"] != other["id"]
        for contact in (first, other):
            async with session.post(f"{serving.url}/contacts/{contact['id']}/left", json={}) as response:
                assert response.status == 200
        history = await serving.judged(2)
    figure(
        f"{times:,} concurrent creates with one key",
        "1 contact, one answer",
        f"by external id, and by idempotency key: {len(history.ended) // 2} contact, one answer",
    )
    assert history.ended.keys() == {first["id"], other["id"]}


class Storm(Clients):
    """Clients who say everything ten times at once, and one who looks how long a post takes."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.clock = SystemClock()
        self.calm = False
        self.numbers = set[int]()
        self.slow_until_ms = 0

    async def post(self, session: aiohttp.ClientSession, number: int) -> None:
        self.numbers.add(number)
        await super().post(session, number)

    async def rage(self, session: aiohttp.ClientSession, numbers: range) -> None:
        await asyncio.gather(*(self.post(session, number) for number in numbers for _ in range(REPEATS)))

    async def probe(self, session: aiohttp.ClientSession, first: int) -> None:
        """One contact after the other, until all is calm again."""
        for number in takewhile(lambda _: not self.calm, count(first)):
            started_ms = self.clock.monotonic_ms()
            await self.post(session, number)
            ended_ms = self.clock.monotonic_ms()
            if ended_ms - started_ms > NORMAL_MS:
                self.slow_until_ms = ended_ms
            await asyncio.sleep(PROBE_EVERY_S)


async def weather(directory: Path, contacts: int, figure: Figure) -> None:
    """So many contacts are posted ten times each while the server stands still, again and again until it answers."""
    async with served(directory, agents=20, processes=2) as serving:
        storm = Storm(serving.url)
        async with serving.store() as connection:
            server = await pid_of(connection)
        async with serving.desks(storm) as phone, many_sockets(serving) as session:
            await storm.rage(session, range(WARM))
            probing = asyncio.create_task(storm.probe(phone, WARM + contacts))
            before_kib = serving.resident_kib()
            os.kill(server, signal.SIGSTOP)
            raging = asyncio.create_task(storm.rage(session, range(WARM, WARM + contacts)))
            await asyncio.sleep(AWAY_S)
            os.kill(server, signal.SIGCONT)
            back_ms = storm.clock.monotonic_ms()
            await raging
            await asyncio.sleep(CALM_S)
            more_kib = serving.resident_kib() - before_kib
            storm.calm = True
            await probing
            history = await serving.judged(len(storm.acked), within_s=100)
    normal_s = (storm.slow_until_ms - back_ms) / 1000
    figure(
        "ten-fold storm of retries",
        f"one contact each; a post ≤ {NORMAL_MS} ms within {NORMAL_WITHIN_S:.0f} s; memory + ≤ {MORE_KIB // 1024} MiB",
        f"{contacts * REPEATS:,} posts at once, {storm.reconnects:,} time-outs; {len(history.ended):,} contacts for"
        f" {len(storm.numbers):,} external ids; normal after {normal_s:.1f} s; memory {more_kib / 1024:+.1f} MiB",
    )
    assert history.ended.keys() == storm.acked
    assert len(storm.acked) == len(storm.numbers)
    assert not storm.complaints, storm.complaints[:3]
    assert normal_s <= NORMAL_WITHIN_S
    assert more_kib <= MORE_KIB


@pytest.mark.timeout(120)
async def test_a_thousand_creates_with_one_key_are_one(tmp_path: Path, figure: Figure) -> None:
    await create_with_one_key(tmp_path, 1_000, figure)


@pytest.mark.timeout(120)
async def test_a_storm_of_retries_counts_once(tmp_path: Path, figure: Figure) -> None:
    await weather(tmp_path, 200, figure)


@pytest.mark.soak
@pytest.mark.timeout(300)
async def test_ten_thousand_creates_with_one_key_are_one(tmp_path: Path, figure: Figure) -> None:
    await create_with_one_key(tmp_path, 10_000, figure)


@pytest.mark.soak
@pytest.mark.timeout(300)
async def test_a_great_storm_of_retries_counts_once(tmp_path: Path, figure: Figure) -> None:
    await weather(tmp_path, 1_000, figure)
