"""People on the phone by the hundred: customers who call, wait, give up or talk; agents who pick up and hang up.

They are robots without sound, all in this process. What a customer and his agent do is known to both by the number
that the customer shows, so nothing has to be heard: each knows when they were joined, and how long they want to talk.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from router.demo.demand import drawn_by, story, talk_s
from tests.channels.asterisk.lab.media import CLOCK
from tests.channels.asterisk.lab.mute import Mute
from tests.channels.asterisk.lab.phone import Phone

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Mapping

    from router.demo.demand import Demand
    from tests.channels.asterisk.lab.asterisk import Asterisk
    from tests.channels.asterisk.lab.call import Call

LONG_S = 3600.0
SHORT_S = 0.25
"""Nobody gives up or ends a talk sooner: what is over before anybody knew of it is no test."""
SETTLES_S = 0.02
"""A leg that lives so long after it was picked up is in a talk."""
DICE = 7


@dataclass(eq=False)
class Customer:
    """One customer's call: what it brings, and what came of it; moments in ms of the phones' clock."""

    number: str
    """That he shows; nobody else has it."""
    line: str
    dialled: str
    comes_s: float
    patience_s: float
    talk_s: float
    hangs_up: bool
    """He ends the talk, not the agent."""
    invited_ms: float = 0.0
    joined_ms: float | None = None
    over_ms: float = 0.0
    agent: str | None = None
    gave_up: bool = False
    hung_up_ms: float | None = None
    """When he began to hang up, if it was he who did."""
    call: Call | None = field(default=None, repr=False)
    joined: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    @property
    def wait_ms(self) -> float:
        """Until he was joined with an agent, or else until he was gone."""
        return (self.over_ms if self.joined_ms is None else self.joined_ms) - self.invited_ms


def customers_of(
    demand: Demand, dialled: Mapping[str, str], speed: float, number: int, seed: int = DICE
) -> list[Customer]:
    """The first so many who come in the busiest hour, in their order, all of it so many times faster than in life.

    `dialled` is what the customers of each line dial. Everybody shows a number of his own.
    """
    found: list[Customer] = []
    for name, line in demand.lines.items():
        if name not in dialled:
            continue
        draw, comes_s = drawn_by(seed, "arrivals", name), 0.0
        for n in range(number):
            comes_s += draw.expovariate(line.per_busiest_hour / 3600)
            brings = story(demand, name, seed, f"{name}-{n}", n)
            talks_s = talk_s(demand, name, seed, f"{name}-{n}")
            times = (comes_s / speed, max(SHORT_S, brings.patience_s / speed), max(SHORT_S, talks_s / speed))
            found.append(Customer(f"+7{dialled[name]}{n:07}", name, dialled[name], *times, brings.hangs_up))
    return sorted(found, key=lambda one: one.comes_s)[:number]


@dataclass(eq=False)
class Ring:
    """An agent's phone was rung; moments in ms of the phones' clock."""

    agent: str
    number: str
    invited_ms: float
    free_ms: float | None
    """When he was free before it; None for the first time."""
    picked_up_ms: float | None = None
    over_ms: float | None = None
    over: str = ""
    """How it ended, as the phone says it."""


class People:
    """Everybody at one Asterisk: agents' phones that were `added`, and customers who call."""

    def __init__(self, asterisk: Asterisk, now_ms: Callable[[], float] = CLOCK.monotonic_ms) -> None:
        self.customers: dict[str, Customer] = {}
        """By their number."""
        self.rings: list[Ring] = []
        self.pick_up_s: tuple[float, float] = (0.0, 0.0)
        """So long an agent lets it ring, from … to."""
        self.changed = asyncio.Event()
        """Somebody was rung, joined, or is gone."""
        self._asterisk = asterisk
        self._now_ms = now_ms
        self._mute = Mute()
        self._phones: dict[str, Phone] = {}
        self._trunk: Phone | None = None
        self._busy: dict[str, Ring] = {}
        self._free_ms: dict[str, float] = {}
        self._tasks = set[asyncio.Task[None]]()
        self._draw = drawn_by(DICE, "people")

    async def add(self, *users: str) -> None:
        """Agents' phones, which are registered and picked up from now on."""
        for user in users:
            phone = self._phones[user] = await self._phone(user)
            await phone.register()
            self._begin(self._agent(phone))

    async def sign_in(self, user: str, code: str = "") -> None:
        """An agent says by his phone that he is there, with his own code if the phone is not his."""
        call = await self._phones[user].call(f"*11*{code}" if code else "*11")
        await call.ended(LONG_S)

    async def calls(self, customers: Iterable[Customer]) -> None:
        """Let these customers live, each from when he comes; return when the last one is gone."""
        await asyncio.gather(*[self._begin(self._customer(customer)) for customer in customers])

    def invite(self, customer: Customer) -> asyncio.Task[None]:
        """A customer calls now."""
        customer.comes_s = 0.0
        return self._begin(self._customer(customer))

    def freed_ms(self) -> list[float]:
        """From when an agent was free until his next ring, each time that its customer had been waiting for him."""
        return [
            ring.invited_ms - ring.free_ms
            for ring in self.rings
            if ring.free_ms is not None and self.customers[ring.number].invited_ms < ring.free_ms
        ]

    def doubled(self) -> list[tuple[Ring, Ring]]:
        """Rings of a phone that was not free, each with the ring before it.

        By the moments at which the phone itself saw them: what it reads in one go, the end of one and the next one's
        beginning, is not two at once.
        """
        by_agent: dict[str, list[Ring]] = defaultdict(list)
        for ring in self.rings:
            by_agent[ring.agent].append(ring)
        return [
            (sooner, later)
            for rings in by_agent.values()
            for sooner, later in pairwise(rings)
            if sooner.over_ms is None or later.invited_ms < sooner.over_ms
        ]

    def all_free(self) -> bool:
        """Whether no agent's phone rings or is in a talk."""
        return not self._busy

    async def until(self, done: Callable[[], bool], within_s: float = 30.0) -> None:
        """Wait until this is so of them. Raises TimeoutError."""
        async with asyncio.timeout(within_s):
            while not done():
                self.changed.clear()
                await self.changed.wait()

    @classmethod
    @asynccontextmanager
    async def at(cls, asterisk: Asterisk, now_ms: Callable[[], float] = CLOCK.monotonic_ms) -> AsyncGenerator[People]:
        """They are there while the context lasts."""
        people = cls(asterisk, now_ms)
        try:
            yield people
        finally:
            await people.close()

    async def close(self) -> None:
        """All are gone."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        for phone in [*self._phones.values(), *([self._trunk] if self._trunk else [])]:
            phone.close()
        self._mute.end()

    async def _phone(self, user: str) -> Phone:
        return await Phone.open(self._asterisk, user, mute=self._mute, now_ms=self._now_ms)

    def _begin(self, life: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(life)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # Customers.

    async def _customer(self, customer: Customer) -> None:
        await asyncio.sleep(customer.comes_s)
        if self._trunk is None:
            self._trunk = await self._phone("provider")
        self.customers[customer.number] = customer
        call = customer.call = await self._trunk.call(customer.dialled, caller=customer.number)
        customer.invited_ms = call.at_ms["invite"]
        ended = asyncio.create_task(call.ended(LONG_S))
        joined = asyncio.create_task(customer.joined.wait())
        try:
            await asyncio.wait({ended, joined}, timeout=customer.patience_s, return_when=asyncio.FIRST_COMPLETED)
            customer.gave_up = not (joined.done() or ended.done())
            if joined.done():
                await asyncio.wait({ended}, timeout=customer.talk_s if customer.hangs_up else LONG_S)
            if not call.over:
                customer.hung_up_ms = self._now_ms()
            await call.hang_up()
        finally:
            ended.cancel()
            joined.cancel()
            customer.over_ms = call.at_ms.get("over", self._now_ms())
            self.changed.set()

    # Agents.

    async def _agent(self, phone: Phone) -> None:
        while True:
            call = await phone.rung(LONG_S)
            user = phone.user
            ring = Ring(user, call.caller_number, call.at_ms["invite"], self._free_ms.get(user))
            self.rings.append(ring)
            self._busy[user] = ring
            self.changed.set()
            self._begin(self._take(call, ring))

    async def _take(self, call: Call, ring: Ring) -> None:
        try:
            call.ring()
            ended = asyncio.create_task(call.ended(LONG_S))
            await asyncio.wait({ended}, timeout=self._draw.uniform(*self.pick_up_s))
            ended.cancel()
            if not call.over and not self.customers[ring.number].gave_up:
                await call.answer()
                await self._talk(call, ring)
            await call.ended(LONG_S)
        finally:
            ring.over = call.over
            ring.over_ms = self._free_ms[ring.agent] = call.at_ms.get("over", self._now_ms())
            if self._busy.get(ring.agent) is ring:
                del self._busy[ring.agent]
            self.changed.set()

    async def _talk(self, call: Call, ring: Ring) -> None:
        customer = self.customers[ring.number]
        ring.picked_up_ms = call.at_ms["200"]
        ended = asyncio.create_task(call.ended(LONG_S))
        try:
            # Where nobody has Asterisk in his hands just now, it hangs up on who picks up: no talk has begun.
            await asyncio.wait({ended}, timeout=SETTLES_S)
            if not ended.done() and customer.joined_ms is None and not customer.gave_up:
                customer.joined_ms, customer.agent = ring.picked_up_ms, ring.agent
                customer.joined.set()
            self.changed.set()
            await asyncio.wait({ended}, timeout=LONG_S if customer.hangs_up else customer.talk_s - SETTLES_S)
        finally:
            ended.cancel()
        await call.hang_up()
