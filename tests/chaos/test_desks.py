"""Desks that are there and do not answer, and a whole floor that comes back at once."""

from __future__ import annotations

import asyncio
import resource
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from router.kit.clock import SystemClock
from tests.chaos.history import event_of
from tests.chaos.served import WORKSPACE, Serving, complaints, served
from tests.chaos.wire import connected, upgrade

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.figures import Figure

OFFERED_ON_S, AWAY_S = 3.0, 15.0
TOO_SLOW = 408
"""What is told to who is so late with his own headers, in the crowd, that he is to come again."""
SLACK_S = 4.0
"""What the timers of a loaded machine are late, and the reading of the stream; the figure says what it was."""


async def available(serving: Serving, agent: str) -> None:
    """The agent chooses to be available."""
    async with (
        serving.session(serving.agents[agent]) as session,
        session.put(f"{serving.url}/agents/{agent}/presence", json={"presence": "available"}) as response,
    ):
        assert response.status == 200


async def take_all(session: Any, url: str) -> None:
    """A desk that takes every offer."""
    async with session.ws_connect(url) as socket:
        async for message in socket:
            said = message.json()
            for offer in [said["offer"]] if said["type"] == "offer" else said.get("offers", []):
                await socket.send_json({"id": "a", "do": "accept", "offer": offer["id"]})


@pytest.mark.timeout(90)
async def test_an_offer_to_a_desk_that_does_not_answer_goes_on(tmp_path: Path, figure: Figure) -> None:
    async with served(tmp_path, agents=2, processes=2) as serving, connected(serving.port) as (reader, writer):
        # From here the peer reads no more and answers no ping, and nothing tells the server so.
        await upgrade(reader, writer, f"/v1/{WORKSPACE}/agents/agent0/live", serving.agents["agent0"])
        frozen_ms = SystemClock().monotonic_ms()
        await available(serving, "agent0")
        async with serving.store() as store, serving.session(serving.adapter) as phone:
            async with phone.post(f"{serving.url}/contacts", json={"channel": "phone", "external_id": "1"}) as posted:
                assert posted.status == 201
            first = await event_of(store, WORKSPACE, 0, "offer.made", "agent0")
            async with serving.session(serving.agents["agent1"]) as other:
                desk = asyncio.create_task(take_all(other, f"{serving.url}/agents/agent1/live"))
                await available(serving, "agent1")
                second = await event_of(store, WORKSPACE, first.seq, "offer.made", "agent1")
                await event_of(store, WORKSPACE, second.seq, "contact.assigned", "agent1")
                await event_of(store, WORKSPACE, first.seq, "agent.lost", "agent0")
                away_s = (SystemClock().monotonic_ms() - frozen_ms) / 1000
                desk.cancel()
    offered_s = (second.at_ms - first.at_ms) / 1000
    figure(
        "half-open agent socket",
        "its offer with another agent ≤ 3 s, its presence away ≤ 15 s",
        f"with another after {offered_s:.3f} s, away after {away_s:.1f} s",
    )
    assert offered_s <= OFFERED_ON_S + SLACK_S
    assert away_s <= AWAY_S + SLACK_S


async def come_back(directory: Path, agents: int, within_s: float, figure: Figure) -> None:
    """Every desk is connected, all break at once, and all come back at once."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    clock = SystemClock()
    async with served(directory, agents=agents, processes=2) as serving, serving.session("none") as session:
        before_kib = serving.resident_kib()

        async def connect(agent: str) -> Any:
            headers = {"Authorization": f"Bearer {serving.agents[agent]}"}
            while True:
                try:
                    socket = await session.ws_connect(f"{serving.url}/agents/{agent}/live", headers=headers)
                    assert (await socket.receive_json())["type"] == "snapshot"
                    return socket
                except OSError:
                    await asyncio.sleep(0.1)
                except aiohttp.WSServerHandshakeError as error:
                    if error.status != TOO_SLOW:
                        raise

        async def all_connect() -> list[Any]:
            return await asyncio.gather(*(connect(agent) for agent in serving.agents))

        sockets = await all_connect()
        each_kib = (serving.resident_kib() - before_kib) / agents
        for socket in sockets:
            socket._response.connection.transport.abort()
        started_ms = clock.monotonic_ms()
        sockets = await all_connect()
        took_s = (clock.monotonic_ms() - started_ms) / 1000
        for socket in sockets:
            socket._response.connection.transport.abort()
    bugs = complaints(directory)
    figure(
        f"{agents:,} sockets reconnect at once",
        "all back, with their snapshots",
        f"{len(sockets):,} back in {took_s:.1f} s ({agents / took_s:.0f}/s); {each_kib:.0f} KiB each;"
        f" {len(bugs)} complaints",
    )
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert took_s <= within_s
    assert not bugs, bugs[:3]


@pytest.mark.timeout(120)
async def test_a_floor_comes_back_at_once(tmp_path: Path, figure: Figure) -> None:
    await come_back(tmp_path, 500, 30, figure)


@pytest.mark.soak
@pytest.mark.timeout(600)
async def test_five_thousand_desks_come_back_at_once(tmp_path: Path, figure: Figure) -> None:
    await come_back(tmp_path, 5_000, 120, figure)
