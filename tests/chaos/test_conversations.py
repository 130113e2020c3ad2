"""Adapters and routers die at any instant while people write to each other: nothing is lost, nothing is said twice.

Customers on two platforms that are played here, over real HTTP; the adapters and the routers between them and the
agents are processes of their own. Where a platform recognises a repeated message (VK), each answer arrives exactly
once. Where it does not (Telegram), it arrives once, or it has failed with `outcome_unknown` and arrived at most once.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from channels.kit.timing import PacedTime
from router.engine.acts.messages import GetOutbox
from router.engine.engine import Engine
from router.kit.clock import SystemClock
from tests.chaos.answerers import Answerer, Answerers
from tests.chaos.history import History
from tests.chaos.platforms import CHANNELS, Adapters, Platforms
from tests.chaos.served import WORKSPACE, Serving, served
from tests.chaos.verdict import Verdict, by_thread, longest_gaps
from tests.chaos.writers import Window, Writer, writers

if TYPE_CHECKING:
    from pathlib import Path

    import aiohttp

    from tests.helpers.figures import Figure

LONG = int(os.environ.get("CONVERSATIONS", "20000"))
"""How many messages customers write in the long form."""
AGENTS = 8
AT_ONCE = 16
HARMED = 0.3
"""In so many of the cases it is the platform that fails, not a process of ours."""
SETTLED_S = 240.0


@dataclass
class Size:
    """How much of it."""

    routers: int
    customers: int
    each: int
    """So many messages each of them writes."""
    every: int
    """Between two harms so many messages are written."""
    router_every: int
    """Of so many harms the first is the death of a router."""
    under_way: int
    """So many messages may be between customers and agents."""


@dataclass
class Drill:
    """Everybody who takes part."""

    serving: Serving
    platforms: Platforms
    adapters: Adapters
    crew: Answerers
    agents: list[Answerer]
    history: History
    router_kills: int = 0

    async def harm(self, size: Size, draw: random.Random) -> None:
        """After each so many messages somebody dies, or a platform fails."""
        for number in range(1, size.customers * size.each // size.every):
            await self.crew.window.reached(number * size.every)
            await self.history.read()
            if number % size.router_every == 1:
                os.kill(draw.choice(self.serving.routers()), signal.SIGKILL)
                self.router_kills += 1
            elif draw.random() < HARMED:
                self.platforms.harm(draw)
            else:
                await self.adapters.kill(draw)

    async def settled(self, session: aiohttp.ClientSession) -> None:
        """Wait until nothing is under way any more, in either direction."""
        await self.platforms.back()
        async with asyncio.timeout(SETTLED_S), self.serving.store() as connection:
            engine, calm = Engine(connection, WORKSPACE, SystemClock()), 0
            while calm < 3:
                unsent = [
                    (await engine.do(GetOutbox(channel=channel, account="main", after=0, most=1))).result[0]
                    for channel in CHANNELS
                ]
                waiting = [
                    (await self.look(session, f"/contacts?limit=1&state={state}"))["items"]
                    for state in ("queued", "offered")
                ]
                busy = any(unsent) or any(waiting) or not all(agent.idle for agent in self.agents)
                calm = 0 if busy or self.platforms.unconfirmed() else calm + 1
                await asyncio.sleep(0.3)

    async def look(self, session: aiohttp.ClientSession, path: str) -> Any:
        """What is there."""
        return await self.crew.ask(session, "GET", path)

    async def contacts(self, session: aiohttp.ClientSession) -> list[Any]:
        """Every contact that there was, each with all that was `said`."""
        await self.history.read()
        names, found = list(self.history.known), list[Any]()

        async def read() -> None:
            while names:
                name = names.pop()
                contact, after = await self.look(session, f"/contacts/{name}"), 0
                contact["said"] = []
                while after is not None:
                    page = await self.look(session, f"/contacts/{name}/messages?limit=200&after={after}")
                    contact["said"] += page["items"]
                    after = page["next"]
                found.append(contact)

        await asyncio.gather(*(read() for _ in range(AT_ONCE)))
        return found


async def converse(directory: Path, size: Size, figure: Figure) -> None:
    """Everybody writes while harm is done; then it is compared."""
    draw, clock = random.Random(5), SystemClock()
    async with AsyncExitStack() as stack:
        platforms = await stack.enter_async_context(Platforms.serving(PacedTime()))
        serving = await stack.enter_async_context(
            served(directory, agents=AGENTS, processes=size.routers, chats=CHANNELS)
        )
        session = await stack.enter_async_context(serving.session(serving.adapter))
        adapters = await stack.enter_async_context(Adapters.running(serving, directory, platforms))
        history = History(await stack.enter_async_context(serving.store()), WORKSPACE)
        crew = Answerers(serving.url, Window(size.under_way), draw)
        agents = [
            Answerer(crew, await stack.enter_async_context(serving.session(token)), name)
            for name, token in serving.agents.items()
        ]
        drill = Drill(serving, platforms, adapters, crew, agents, history)
        people = writers(platforms, size.customers)
        started_ms = clock.monotonic_ms()
        async with asyncio.TaskGroup() as group:
            working = [group.create_task(agent.run()) for agent in agents]
            async with asyncio.TaskGroup() as talks:
                talks.create_task(drill.harm(size, draw))
                for person in people:
                    talks.create_task(person.write(size.each, crew.window, random.Random(person.name)))
            await drill.settled(session)
            for task in working:
                task.cancel()
        took_s = (clock.monotonic_ms() - started_ms) / 1000
        contacts = await drill.contacts(session)
        found = await history.judged()
    verdict = judged(people, crew, contacts)
    figure(
        "adapters and routers killed while people write",
        "20,000 messages: 0 lost, 0 sent twice where the platform lets one know, in order in each thread",
        f"{verdict}, in {took_s:.0f} s and {len(contacts):,} contacts, {len(found.breaches)} breaches; {adapters.kills}"
        f" adapters and {drill.router_kills} routers killed, {platforms.harms} times a platform failed;"
        f" longest gap {longest_gaps(crew.moments)}",
    )
    assert not verdict.wrong, "\n".join(verdict.wrong[:10])
    assert not crew.complaints, crew.complaints[:3]
    assert not adapters.complaints(), adapters.complaints()[:3]
    assert verdict.messages_in == size.customers * size.each


def judged(people: list[Writer], crew: Answerers, contacts: list[Any]) -> Verdict:
    """Each thread, and what agents know."""
    verdict, threads = Verdict(), by_thread(contacts)
    for person in people:
        verdict.judge(person, threads.get((person.channel, person.thread), []))
    strangers = threads.keys() - {(person.channel, person.thread) for person in people}
    verdict.wrong += [f"there is a thread of nobody's: {thread}" for thread in strangers]
    verdict.judge_agents(crew, contacts)
    return verdict


@pytest.mark.timeout(240)
async def test_nothing_is_lost_or_said_twice_whoever_dies(tmp_path: Path, figure: Figure) -> None:
    await converse(tmp_path, Size(routers=2, customers=40, each=6, every=25, router_every=9, under_way=60), figure)


@pytest.mark.soak
@pytest.mark.timeout(3 * 3600)
async def test_twenty_thousand_messages_survive_hundreds_of_deaths(tmp_path: Path, figure: Figure) -> None:
    size = Size(routers=3, customers=400, each=LONG // 400, every=50, router_every=12, under_way=200)
    await converse(tmp_path, size, figure)
