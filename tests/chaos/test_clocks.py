"""Wall clocks that jump and disagree: nothing waits for the wall, and nothing lapses because it ran ahead."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from router.domain.wire.moment import moment
from router.engine.acts.tokens import GetTokens
from router.engine.engine import Engine
from router.engine.limits import LIMITS
from router.engine.stream import read_events
from router.kit.clock import SystemClock
from tests.chaos.clients import Clients
from tests.chaos.served import WORKSPACE, Serving, complaints, served
from tests.helpers.commands import command
from tests.helpers.program import store_options
from tests.helpers.servers import DURABLE, running
from tests.helpers.walls import Wall, seconds_ahead

if TYPE_CHECKING:
    from pathlib import Path

    from router.engine.link import Caller
    from tests.helpers.figures import Figure

AGENTS = 20
RATE = 20
SILENT = ("agent0", "agent1", "agent2")
"""Agents whose desks take no offer: each ends by time alone."""
WALLS_S = (-3_600, -3_540, 60)
"""Where the server's wall is put: an hour back, from there a minute forward, from there an hour forward."""
HOUR_S = 3_600
HALF_AN_HOUR_MS = 1_800_000
SLACK_MS = 1_000
OFFERS_BETWEEN = 6
"""So many offers end by time before the wall jumps again."""


class Unanswered:
    """How long offers that no desk acknowledges last."""

    def __init__(self) -> None:
        self.lasted_ms: list[int] = []
        """By a clock that nobody moves."""
        self.said_ms: list[int] = []
        """By the events."""
        self.events: Counter[str] = Counter()

    async def watch(self, store: Caller) -> None:
        """Read the events as they come, until cancelled."""
        clock, seq, made = SystemClock(), 0, dict[str | None, tuple[int, int]]()
        while True:
            for event in await read_events(store, WORKSPACE, seq):
                seq = event.seq
                self.events[event.type] += 1
                if event.type == "offer.made":
                    made[event.offer] = (clock.monotonic_ms(), event.at_ms)
                elif event.type == "offer.undelivered":
                    seen_ms, at_ms = made[event.offer]
                    self.lasted_ms.append(clock.monotonic_ms() - seen_ms)
                    self.said_ms.append(event.at_ms - at_ms)
            await asyncio.sleep(0.005)

    async def more(self, number: int) -> None:
        """Wait until so many more have ended."""
        enough = len(self.lasted_ms) + number
        async with asyncio.timeout(30):
            while len(self.lasted_ms) < enough:
                await asyncio.sleep(0.05)


async def move_wall(wall: Wall, store: Caller, ahead_s: int) -> None:
    """The server's wall jumps; returns when it has."""
    wall.move(ahead_s)
    async with asyncio.timeout(10):
        while abs(await seconds_ahead(store) - ahead_s) > 1:
            await asyncio.sleep(0.01)


async def jump(directory: Path, times: int, within_s: float, figure: Figure) -> None:
    """The server's wall jumps back and forth so many times, while contacts arrive and offers end by time."""
    wall, unanswered, clients = Wall(directory), Unanswered(), Clients("")
    with running("valkey", directory, *DURABLE, **wall.environment) as server:
        async with served(directory, agents=AGENTS, processes=2, redis=str(server.address)) as serving:
            clients.url = serving.url
            async with (
                serving.desks(clients, but=SILENT) as phone,
                serving.silent(SILENT),
                serving.store() as store,
                asyncio.TaskGroup() as group,
            ):
                watching = group.create_task(unanswered.watch(store))
                async with clients.arriving(phone, RATE):
                    await unanswered.more(OFFERS_BETWEEN)
                    for ahead_s in WALLS_S * times:
                        await move_wall(wall, store, ahead_s)
                        await unanswered.more(OFFERS_BETWEEN)
                history = await serving.judged(len(clients.acked))
                watching.cancel()
    bugs = complaints(directory)
    late_ms = max(unanswered.lasted_ms) - LIMITS["acknowledge_ms"]
    leapt_ms = max(unanswered.said_ms) - LIMITS["acknowledge_ms"]
    figure(
        f"clock jumps: {len(WALLS_S) * times} of the server's, an hour back, a minute and an hour forward",
        "0 breaches, timers go on within 1 s",
        f"{len(clients.acked):,} contacts: 0 breaches; {len(unanswered.lasted_ms)} timers at most {late_ms} ms late,"
        f" by their events {leapt_ms} ms; {unanswered.events['agent.lost']} agents lost",
    )
    assert late_ms <= within_s * 1000
    assert leapt_ms <= within_s * 1000, "the workspace's clock has not jumped"
    assert not unanswered.events["agent.lost"]
    assert set(history.ended) == clients.acked
    assert set(history.ended.values()) == {"contact.closed"}
    assert not clients.complaints, clients.complaints[:3]
    assert not bugs, bugs[:3]


@pytest.mark.timeout(180)
async def test_the_server_s_clock_may_jump(tmp_path: Path, figure: Figure) -> None:
    # Other drills beside it make the disk wait for seconds; a timer that follows the wall would wait for an hour.
    await jump(tmp_path, 1, 15.0, figure)


@pytest.mark.soak
@pytest.mark.timeout(900)
async def test_the_server_s_clock_may_jump_again_and_again(tmp_path: Path, figure: Figure) -> None:
    await jump(tmp_path, 10, 1.0, figure)


async def arrive(serving: Serving, external_id: str, **said: str) -> Any:
    """A contact arrives at this router."""
    body = {"channel": "phone", "external_id": external_id, **said}
    async with (
        serving.session(serving.adapter) as session,
        session.post(f"{serving.url}/contacts", json=body) as response,
    ):
        assert response.status == 201, await response.text()
        return await response.json()


async def mean_what_they_say(ahead: Serving) -> None:
    """Times that callers say, and those that they are told, are the server's and not this router's."""
    now_ms = SystemClock().wall_ms()
    just_now, earlier = await arrive(ahead, "x1"), await arrive(ahead, "x2", arrived_at=moment(now_ms - 10_000))
    later = await arrive(ahead, "x3", not_before=moment(now_ms + 2_000))
    assert moment(now_ms - SLACK_MS) <= just_now["arrived_at"] <= moment(SystemClock().wall_ms() + SLACK_MS)
    assert earlier["arrived_at"] == moment(now_ms - 10_000), "it is neither refused nor cut to an hour"
    assert later["state"] == "scheduled"


async def let_in(serving: Serving, wall: Wall, *others: Serving) -> None:
    """A token that was made on a machine whose wall is wrong lets in everywhere, as long as it says."""
    words = ("token", "create", "--role", "observer", "--expires", "30m", *store_options(serving.place))
    for environment in ({}, wall.environment):
        made = await command(*words, **environment)
        for one in (serving, *others):
            async with one.session(made.out.strip()) as session, session.get(f"{one.url}/me") as response:
                assert response.status == 200
    async with serving.store() as store:
        tokens, now_ms = (await Engine(store, WORKSPACE, SystemClock()).do(GetTokens())).result, SystemClock().wall_ms()
    ends_ms = [token.expires_at for _, token in tokens if token.expires_at is not None]
    assert len(ends_ms) == 2
    assert all(abs(end_ms - now_ms - HALF_AN_HOUR_MS) < 60_000 for end_ms in ends_ms)


async def disagree(directory: Path, seconds: int, figure: Figure) -> None:
    """Two routers on one server, one of them an hour ahead: half of the agents at each, every contact comes to both."""
    wall, homes = Wall(directory, HOUR_S), [directory / "true", directory / "ahead"]
    for home in homes:
        home.mkdir()
    with running("valkey", directory, *DURABLE) as server:
        place: dict[str, Any] = {"agents": AGENTS, "processes": 1, "redis": str(server.address)}
        async with served(homes[0], **place) as true, served(homes[1], **place | wall.environment) as ahead:
            await let_in(true, wall, ahead)
            here, there = Clients(true.url), Clients(ahead.url)
            halves = [{agent for agent in true.agents if int(agent[-1]) % 2 == half} for half in (0, 1)]
            async with true.desks(here, but=halves[0]) as phone, ahead.desks(there, but=halves[1]) as other:
                arriving = [
                    asyncio.create_task(here.post_all(phone, RATE, seconds, lambda: None)),
                    asyncio.create_task(there.post_all(other, RATE, seconds, lambda: None)),
                ]
                await mean_what_they_say(ahead)
                await asyncio.gather(*arriving)
                history = await true.judged(len(here.acked) + 3)
    bugs = [line for home in homes for line in complaints(home)]
    figure(
        "routers' clocks an hour apart",
        "0 breaches, nothing refused, times and tokens are the server's",
        f"{len(history.ended):,} contacts, each posted at both: 0 breaches, {len(here.acked ^ there.acked)} doubled,"
        f" {len(here.complaints + there.complaints)} refused",
    )
    assert here.acked == there.acked
    assert len(here.acked) == RATE * seconds
    assert set(history.ended.values()) == {"contact.closed"}
    assert not here.complaints + there.complaints, (here.complaints + there.complaints)[:3]
    assert not bugs, bugs[:3]


@pytest.mark.timeout(120)
async def test_routers_may_disagree_about_the_time(tmp_path: Path, figure: Figure) -> None:
    await disagree(tmp_path, 8, figure)


@pytest.mark.soak
@pytest.mark.timeout(600)
async def test_routers_may_disagree_about_the_time_for_minutes(tmp_path: Path, figure: Figure) -> None:
    await disagree(tmp_path, 180, figure)
