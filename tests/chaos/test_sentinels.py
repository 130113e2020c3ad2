"""A heart of three servers under Sentinels: its primary dies, or is cut off together with some of its callers."""

from __future__ import annotations

import asyncio
import dataclasses
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.chaos.answers import Answers, without_primary_s
from tests.chaos.clients import Clients
from tests.chaos.history import History
from tests.chaos.served import WORKSPACE, Serving, served
from tests.helpers.network import network
from tests.helpers.replicas import HERE, Host, primary_of, replicated, running_all, sentinels, watched

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from pathlib import Path

    from tests.helpers.figures import Figure
    from tests.helpers.replicas import Node

AGENTS = 8
RATE = 25
"""Contacts a second, of each side."""
OTHERS = 1_000_000
"""The first number of the other side's contacts."""
WARM_S = 2.0
BACK_S, REFUSED_S = 5.0, 1.0
SLACK = 4
"""In so many times the time a loaded machine must do it, where nobody looks at the figure."""


@dataclass
class Heart:
    """Three servers, the first of them the primary, and how it is reached."""

    servers: list[Node]
    url: str

    async def seen_from_here(self, serving: Serving) -> Serving:
        """The service with its store as it is read from here: the primary, whoever follows it."""
        address = (await primary_of(self.servers)).from_here
        return dataclasses.replace(serving, place={"url": f"redis://{address.host}:{address.port}"})


@asynccontextmanager
async def heart(directory: Path, hosts: Sequence[Host], replicas: int) -> AsyncGenerator[Heart]:
    """A server and a Sentinel on each host, all in step."""
    servers = replicated("valkey", directory, hosts)
    watchers = sentinels("valkey", directory, servers[0], hosts)
    with running_all(*servers):
        await servers[0].ask_until("PING")
        await servers[0].followed_by(len(hosts) - 1)
        with running_all(*watchers):
            await watched(watchers, len(hosts) - 1)
            where = ",".join(f"{node.host}:{node.port}" for node in watchers)
            yield Heart(servers, f"redis+sentinel://{where}/heart?replicas={replicas}")


async def fail_over(directory: Path, deaths: int, figure: Figure, slack: float) -> None:
    """The primary is killed so often, and comes back as a replica."""
    async with (
        heart(directory, (HERE,) * 3, 1) as store,
        served(directory, agents=AGENTS, processes=2, redis=store.url) as serving,
    ):
        clients, answers, back_s = Clients(serving.url), Answers(), list[float]()
        async with serving.desks(clients), serving.session(serving.adapter, answers.trace()) as phone:
            async with clients.arriving(phone, RATE):
                for _ in range(deaths):
                    await asyncio.sleep(WARM_S)
                    back_s.append(await without_primary_s(store.servers, answers))
            reading = dataclasses.replace(serving, place={"url": store.url.replace("replicas=1", "replicas=0")})
            history = await reading.judged(len(clients.acked), within_s=60)
    missing = clients.acked - history.known
    figure(
        "Sentinel fail-over",
        "0 acknowledged lost; writes back ≤ 5 s",
        f"{deaths} fail-overs: {len(missing)} of {len(clients.acked):,} lost; writes back within {max(back_s):.1f} s",
    )
    assert not missing, missing
    assert not clients.complaints, clients.complaints[:3]
    assert max(back_s) <= BACK_S * slack


async def cut_off(directory: Path, cut_s: float, replicas: int) -> tuple[str, set[str], float, float]:
    """The primary's host is cut off for so long, a router and its callers with it.

    Gives what was seen, what was lost, how long callers of the majority went without, and how long those who were cut
    off waited at most for a 503.
    """
    with network("l", "m", "r") as net:
        left, right = net.hosts["l"], net.hosts["r"]
        async with (
            heart(directory, (left, net.hosts["m"], right), replicas) as store,
            served(directory / "l", agents=AGENTS, processes=1, redis=store.url, on=left) as one,
            served(directory / "r", agents=AGENTS, processes=1, redis=store.url, on=right) as other,
        ):
            here, there = Clients(one.url), Clients(other.url)
            alone, many = Answers(), Answers()
            agents = sorted(one.agents)
            async with (
                one.desks(here, but=agents[1::2]),
                other.desks(there, but=agents[::2]),
                one.session(one.adapter, alone.trace()) as phone,
                other.session(other.adapter, many.trace()) as other_phone,
            ):
                async with here.arriving(phone, RATE), there.arriving(other_phone, RATE, OTHERS):
                    await asyncio.sleep(WARM_S)
                    cut_ms = alone.clock.monotonic_ms()
                    net.cut("l")
                    await asyncio.sleep(cut_s)
                    net.mend("l")
                    mended_ms = alone.clock.monotonic_ms()
                    await alone.again(mended_ms)
                    await store.servers[0].says("slave", "ROLE")
                acked = len(here.acked) + len(there.acked)
                seen = await store.seen_from_here(other)
                async with seen.store() as connection:
                    history = History(connection, WORKSPACE)
                    await history.read()
                    missing = (here.acked | there.acked) - history.known
                    await history.until_ended(acked - len(missing), within_s=60)
                    await history.judged()
    back_s, refused_s = many.longest_without_s(cut_ms, mended_ms), alone.refused_within_s(cut_ms, mended_ms)
    alone_s = next(at for at in alone.taken() if at > mended_ms) - mended_ms
    return (
        f"{len(missing)} of {acked:,} lost; writes back within {back_s:.1f} s; 503 within {refused_s:.2f} s"
        f" ({sum(cut_ms < at < mended_ms for at in alone.taken())} taken on the minority's side); the minority is back"
        f" {alone_s / 1000:.1f} s after the wire",
        missing,
        back_s,
        refused_s,
    )


async def be_cut_off(directory: Path, cut_s: float, figure: Figure, slack: float) -> None:
    seen, missing, back_s, refused_s = await cut_off(directory, cut_s, replicas=1)
    figure(
        f"{cut_s:g} s partition, each answer on a replica",
        "0 acknowledged lost; writes back ≤ 5 s; minority 503 ≤ 1 s",
        seen,
    )
    assert not missing, missing
    assert back_s <= BACK_S * slack
    assert refused_s <= REFUSED_S * slack


@pytest.mark.timeout(120)
async def test_no_acknowledged_contact_is_lost_with_the_primary(tmp_path: Path, figure: Figure) -> None:
    await fail_over(tmp_path, 1, figure, SLACK)


@pytest.mark.timeout(120)
async def test_no_acknowledged_contact_is_lost_in_a_partition(tmp_path: Path, figure: Figure) -> None:
    await be_cut_off(tmp_path, 6, figure, SLACK)


@pytest.mark.soak
@pytest.mark.timeout(600)
async def test_no_acknowledged_contact_is_lost_with_ten_primaries(tmp_path: Path, figure: Figure) -> None:
    await fail_over(tmp_path, 10, figure, 1)


@pytest.mark.soak
@pytest.mark.timeout(240)
async def test_no_acknowledged_contact_is_lost_in_a_long_partition(tmp_path: Path, figure: Figure) -> None:
    await be_cut_off(tmp_path, 10, figure, 1)


@pytest.mark.soak
@pytest.mark.timeout(240)
async def test_without_replicas_that_confirm_a_partition_loses_contacts(tmp_path: Path, figure: Figure) -> None:
    """Why nothing leaves before WAIT: what the minority's side takes meanwhile is gone with the wire's return."""
    seen, missing, _, _ = await cut_off(tmp_path, 10, replicas=0)
    figure("10 s partition, answers not waiting for replicas", "shows why: some are lost", seen)
    assert missing
