"""The people of the demo: customers who arrive, wait, talk and leave; agents who answer, miss, decline and rest."""

from __future__ import annotations

import asyncio
import random
from itertools import count
from typing import TYPE_CHECKING, Any

import structlog

from router.demo.demand import Demand, handling_s
from router.domain.customer import Customer
from router.engine.acts.agents import Accept, Acknowledge, Connect, Decline, SetPresence
from router.engine.acts.contacts import Complete, Connected, Left, Rate, Reply
from router.engine.engine import Actor
from router.kit.errors import RouterError
from router.service.contacts import NewContact
from router.service.tail import follow

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from router.domain.events import Event
    from router.domain.operation import Operation
    from router.service.served import Served

MISSES = 0.03
DECLINES = 0.02
TOP_SCORE = 0.938
RATES = 0.3
CUSTOMERS = 20_000

ADAPTER = Actor("adapter", "demo")

# How each queue's customers come: channel and attributes.
_COMES_BY: dict[str, tuple[str, dict[str, Any]]] = {
    "private": ("phone", {"dialled": "611"}),
    "corporate": ("phone", {"dialled": "636"}),
    "messages": ("telegram", {}),
}

_log: Any = structlog.get_logger()


class Robots:
    """Everybody of the demo. `run` brings them to life until it is cancelled."""

    def __init__(self, app: Served, operation: Operation, demand: Demand, seed: int) -> None:
        self._app = app
        self._operation = operation
        self._demand = demand
        self._draw = random.Random(seed)
        self._numbers = count(1)
        self._tasks: set[asyncio.Task[None]] = set()
        self._ended: dict[str, asyncio.Event] = {}

    async def run(self) -> None:
        """Everybody arrives; then customers come and agents work until this is cancelled."""
        for agent in self._operation.agents.values():
            await self._app.engine.do(Connect(agent=agent.id, connection="robot", process=self._app.process))
            await self._app.engine.do(SetPresence(agent=agent.id, presence="available", device=agent.phone))
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._watch())
                for queue in self._demand.queues:
                    group.create_task(self._customers(queue))
        finally:
            for task in self._tasks:
                task.cancel()

    async def _customers(self, queue: str) -> None:
        line = self._demand.queues[queue]
        while True:
            await self._pause(self._draw.expovariate(line.contacts_per_hour / 3600))
            self._live(self._customer(queue))

    async def _customer(self, queue: str) -> None:
        channel, attributes = _COMES_BY[queue]
        number = self._draw.randrange(CUSTOMERS)
        customer = Customer(id=f"demo:{queue}:{number}", type="corporate" if queue == "corporate" else "private")
        new = NewContact(
            channel=channel, external_id=f"demo-{next(self._numbers)}-{self._app.process}", customer=customer,
            attributes=attributes,
        )  # fmt: skip
        contact = (await self._app.contacts.post(new, ADAPTER, self._app.engine.given_ms or 0)).result
        ended = self._ended.setdefault(contact.id, asyncio.Event())
        try:
            async with asyncio.timeout(self._demand.patience_s(self._draw) / self._app.pace):
                await ended.wait()
        except TimeoutError:
            await self._app.engine.do(Left(contact=contact.id), ADAPTER)
        finally:
            self._ended.pop(contact.id, None)

    async def _watch(self) -> None:
        """Each offer wakes its agent; an answer ends a customer's patience."""
        async for events in follow(self._app.events, self._app.engine.workspace, 0):
            for event in events:
                if event.type == "offer.made":
                    self._live(self._agent(event))
                elif event.type in ("contact.answered", "contact.closed", "contact.expired"):
                    waiting = self._ended.get(event.contact or "")
                    if waiting:
                        waiting.set()

    async def _agent(self, offer: Event) -> None:
        """One offer, from its ring to the end of the talk."""
        assert offer.offer
        assert offer.contact
        assert offer.queue
        agent, engine, luck = Actor("agent", offer.agent), self._app.engine, self._draw.random()
        await engine.do(Acknowledge(offer=offer.offer), agent)
        await self._pause(self._draw.uniform(1, 4))
        if luck < MISSES:
            return
        if luck < MISSES + DECLINES:
            await engine.do(Decline(offer=offer.offer, reason="busy"), agent)
            return
        contact = (await engine.do(Accept(offer=offer.offer), agent)).result
        await self._pause(self._draw.uniform(1, 3))
        if self._operation.media[contact.medium].answered_by == "connected":
            await engine.do(Connected(contact=contact.id), ADAPTER)
        else:
            await engine.do(Reply(contact=contact.id), agent)
        line = self._demand.queues.get(contact.queue, next(iter(self._demand.queues.values())))
        await self._pause(handling_s(line, self._draw))
        if self._draw.random() < 0.5:
            await engine.do(Left(contact=contact.id), ADAPTER)
        await engine.do(
            Complete(contact=contact.id, disposition=self._draw.choice(self._operation.dispositions)), agent
        )
        if self._draw.random() < RATES:
            score = 5 if self._draw.random() < TOP_SCORE else self._draw.randint(1, 4)
            await engine.do(Rate(contact=contact.id, score=score), ADAPTER)

    def _live(self, life: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(life)
        self._tasks.add(task)
        task.add_done_callback(self._gone)

    def _gone(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, RouterError):
            # The customer hung up, or the offer went on to somebody else: such is life.
            _log.debug("robot_refused", reason=str(error))
        elif error is not None:
            _log.error("robot_failed", reason=repr(error))

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._app.pace)
