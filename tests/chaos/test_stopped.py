"""Routers that stand still past their lease, then go on as if nothing had been: what they lost stays lost to them."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from router.engine.limits import LIMITS
from router.kit.clock import SystemClock
from tests.chaos.clients import Clients
from tests.chaos.history import History, event_of, lost_between
from tests.chaos.served import WORKSPACE, complaints, served

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from tests.helpers.figures import Figure

AGENTS = 20
RATE = 20
TALK_S = 0.6
STOPPED_S = LIMITS["process_ms"] / 1000 + 2
"""Longer than a lease, and than what is due by it takes."""
BETWEEN_S = 2.0
BACK_WITHIN_S = 15.0
"""A process that goes on takes its lease anew, its desks are offered something again, and they have their turn."""


@contextmanager
def stopped(pid: int) -> Generator[None]:
    """The process stands still while the context lasts."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def stop_routers(directory: Path, stops: int, figure: Figure) -> None:
    """One of two processes is stopped past its lease, again and again, while contacts arrive."""
    clock, lost, taken_back, back_s = SystemClock(), 0, 0, list[float]()
    async with served(directory, agents=AGENTS, processes=2) as serving:
        clients = Clients(serving.url, TALK_S)
        async with serving.desks(clients) as phone, serving.store() as store:
            history = History(store, WORKSPACE)
            async with clients.arriving(phone, RATE):
                for _ in range(stops):
                    await asyncio.sleep(BETWEEN_S)
                    await history.read()
                    before = history.seq
                    with stopped(serving.busiest()):
                        await asyncio.sleep(STOPPED_S)
                        await history.read()
                    resumed_ms = clock.monotonic_ms()
                    desks, contacts = await lost_between(store, WORKSPACE, before, history.seq)
                    lost, taken_back = lost + len(desks), taken_back + contacts
                    async with asyncio.timeout(BACK_WITHIN_S):
                        for agent in desks:
                            await event_of(store, WORKSPACE, history.seq, "contact.assigned", agent)
                    back_s.append((clock.monotonic_ms() - resumed_ms) / 1000)
            await history.until_ended(len(clients.acked), within_s=60)
            found = await history.judged()
    bugs = complaints(directory)
    figure(
        "routers stopped past their lease",
        "0 breaches, nothing offered or finished twice, all desks work again",
        f"{stops} stops of {STOPPED_S:.0f} s, {len(clients.acked):,} contacts: {len(found.breaches)} breaches;"
        f" {lost} desks lost, {taken_back} contacts taken back, all work again within {max(back_s):.1f} s",
    )
    assert lost >= stops, "each had desks"
    assert taken_back >= stops, "and they had contacts, which went on with others"
    assert set(history.ended) == clients.acked
    assert set(history.ended.values()) == {"contact.closed"}
    assert not clients.complaints, clients.complaints[:3]
    assert not bugs, bugs[:3]


@pytest.mark.timeout(120)
async def test_a_router_that_was_stopped_past_its_lease_does_no_harm(tmp_path: Path, figure: Figure) -> None:
    await stop_routers(tmp_path, 1, figure)


@pytest.mark.soak
@pytest.mark.timeout(900)
async def test_routers_that_are_stopped_again_and_again_do_no_harm(tmp_path: Path, figure: Figure) -> None:
    await stop_routers(tmp_path, 20, figure)
