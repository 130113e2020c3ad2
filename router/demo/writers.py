"""Everybody who writes by one channel: the platform is played, the adapter on it is the real one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from router.demo.arrivals import come
from router.demo.crew import Lives
from router.demo.demand import drawn_by, story, talk_s
from router.demo.phrases import ANSWERS, MORE, NAMES, QUESTIONS, THANKS

if TYPE_CHECKING:
    from random import Random

    from channels.kit.sandbox import Sandbox, SandboxCustomer
    from router.demo.client import Api, Json
    from router.demo.crew import Pace
    from router.demo.demand import Demand, Story

THINKS_S: Final = (5.0, 40.0)
"""From an answer to what the customer writes next."""
TURN_S: Final = 60.0
"""So long a turn of a conversation takes on average, so a talk has so many turns."""
TURNS_MOST: Final = 6
RATES_WITHIN_S: Final = 300.0


class Writers:
    """The customers of one channel."""

    def __init__(self, channel: str, platform: Sandbox, demand: Demand, pace: Pace, seed: int) -> None:
        self._channel = channel
        self._platform = platform
        self._demand = demand
        self._pace = pace
        self._seed = seed
        self._lives = Lives()
        self._writing: set[str] = set()
        """Who is in a conversation."""

    async def run(self) -> None:
        """Let them come until cancelled."""
        try:
            await come(self._demand, self._channel, self._pace, self._seed, self._lives, self._customer)
        finally:
            await self._lives.end()

    async def _customer(self, line: str, number: int) -> None:
        name = f"{line}-{self._channel}-{number}"
        brings = story(self._demand, line, self._seed, name, number)
        draw = drawn_by(self._seed, "writer", name)
        # Who is still in a conversation does not begin another.
        who = brings.customer if str(brings.customer) not in self._writing else number
        person = self._platform.customer(str(who), name=draw.choice(NAMES))
        self._writing.add(str(who))
        try:
            await self._talk(person, brings, draw, talk_s(self._demand, line, self._seed, name))
        finally:
            self._writing.discard(str(who))

    async def _talk(self, person: SandboxCustomer, brings: Story, draw: Random, seconds: float) -> None:
        """He asks, waits for an answer, asks on, and thanks. Who loses patience goes without a word."""
        for turn in range(min(TURNS_MOST, 1 + round(seconds / TURN_S))):
            heard = _answers(person)
            person.write(draw.choice(MORE if turn else QUESTIONS))
            try:
                async with self._pace.within(brings.patience_s):
                    await person.until(lambda one, heard=heard: _answers(one) > heard)
            except TimeoutError:
                return
            await self._pace.pause(draw.uniform(*THINKS_S))
        asked = _questions(person)
        person.write(THANKS)
        if brings.rating is None:
            return
        try:
            async with self._pace.within(RATES_WITHIN_S):
                await person.until(lambda one: _questions(one) > asked)
        except TimeoutError:
            return  # he was asked a short while ago, or was not understood
        await self._pace.pause(draw.uniform(*THINKS_S))
        person.press(brings.rating)


async def end_earlier(api: Api, channel: str) -> None:
    """End what is open from an earlier run: its customers are not on this run's platform."""
    heard: asyncio.Future[Json] = asyncio.get_running_loop().create_future()

    def hear(frame: Json) -> None:
        if frame["type"] == "snapshot" and not heard.done():
            heard.set_result(frame)

    listening = asyncio.create_task(api.socket(f"/channels/{channel}/live?account=main&standby=true", hear).run())
    try:
        snapshot = await heard
    finally:
        listening.cancel()
        await asyncio.wait([listening])
    for contact in snapshot["contacts"]:
        await api.post(f"/contacts/{contact['id']}/left")
    for message in snapshot["messages"]:
        await api.post(f"/messages/{message['id']}/state", state="failed", code="gone")


def _answers(person: SandboxCustomer) -> int:
    return sum(heard.text in ANSWERS for heard in person.heard)


def _questions(person: SandboxCustomer) -> int:
    return sum(bool(heard.buttons) for heard in person.heard)
