"""The acts of a busy floor, measured on an operation of some size: everybody talks, and contacts wait in every lane."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any

from router.domain.new import NewContact
from router.domain.requirement import Requirement
from router.engine.acts.agents import Accept, Acknowledge, Connect, Decline, SetPresence
from router.engine.acts.contacts import Complete, Connected, Left
from router.engine.acts.reading import GetWork
from router.engine.acts.workspace import Swept
from router.engine.engine import SYSTEM, Actor, Engine
from router.kit.clock import SystemClock
from router.kit.ids import IdSource
from router.service.contacts import Contacts
from router.service.operations import apply_operation
from tests.bench.crowd import needs_of, operation_of
from tests.bench.floor import measure_machine
from tests.bench.measure import Figure, measure, used_memory

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from router.domain.contact import Contact
    from router.engine.connection import Connection
    from tests.bench.crowd import Size
    from tests.bench.measure import Rounds

START_MS = 1_800_000_000_000
BODY = {"note": "x" * 200, "dialled": "611"}
"""Attributes that make a body of about 300 bytes."""

WHOLE = ("intake", "acknowledge", "accept", "connected", "complete")
FILLERS = 64
ROUNDS = 5
A_ROUND = 200


class Floor:
    """A workspace of some size, full of waiting contacts."""

    def __init__(self, connection: Connection, size: Size) -> None:
        self.connection = connection
        self.size = size
        self.engine = Engine(connection, "bench", SystemClock(), given_ms=START_MS)
        self.draw = random.Random(2)
        self.numbers = iter(range(1, 1 << 60))
        self.figures: list[Figure] = []

    async def open(self) -> None:
        """Apply the operation and let it be worked off."""
        operation = operation_of(self.size)
        current = await apply_operation(self.engine, operation, SYSTEM)
        for queue in operation.queues:
            await self.engine.do(Swept(queue=queue, revision=current.revision))
        self.agents = list(operation.agents)
        self.contacts = Contacts(self.engine, current, IdSource())

    async def post(self) -> Contact:
        """One more contact arrives, a millisecond after the last."""
        queue, skills = needs_of(self.size, self.draw)
        assert self.engine.given_ms is not None
        self.engine.given_ms += 1
        new = NewContact(
            channel="phone",
            external_id=str(next(self.numbers)),
            queue=queue,
            requirement=Requirement(skills=skills),
            attributes=BODY,
        )
        return (await self.contacts.post(new, SYSTEM, self.engine.given_ms)).result

    async def fill(self) -> float:
        """Let the contacts arrive that wait. Returns the bytes that each of them takes."""
        before = await used_memory(self.connection)
        left = iter(range(self.size.waiting))

        async def fill_some() -> None:
            for _ in left:
                await self.post()

        await asyncio.gather(*(fill_some() for _ in range(FILLERS)))
        return (await used_memory(self.connection) - before) / self.size.waiting

    async def sign_in(self, agent: str) -> None:
        """An agent comes, and gets his first offer."""
        await self.engine.do(Connect(agent=agent, connection="desk", process="router"))
        await self.engine.do(SetPresence(agent=agent, presence="available"))

    async def offers(self) -> list[Contact]:
        """What the first agents are offered now, one each."""
        found: list[Contact] = []
        for agent in self.agents[: ROUNDS * A_ROUND]:
            work = (await self.engine.do(GetWork(agent=agent))).result[1]
            found += [contact for contact in work if contact.state == "offered"]
        return found

    async def measure(self, name: str, act: Callable[[Contact], Awaitable[Any]], contacts: list[Contact]) -> Figure:
        """Measure one act on each of the contacts."""
        a_round = max(1, len(contacts) // ROUNDS)
        rounds: Rounds = [
            [lambda contact=contact: act(contact) for contact in contacts[start : start + a_round]]
            for start in range(0, a_round * ROUNDS, a_round)
        ]
        self.figures.append(await measure(self.connection, name, rounds))
        return self.figures[-1]


async def full_floor(connection: Connection, size: Size) -> tuple[Floor, float]:
    """A workspace of this size, in which everybody talks, and bytes per waiting contact."""
    floor = Floor(connection, size)
    await floor.open()
    contact_bytes = await floor.fill()
    for agent in floor.agents:
        await floor.sign_in(agent)
    return floor, contact_bytes


async def measured_acts(floor: Floor) -> AsyncGenerator[Figure]:
    """The figures of each act, as soon as it is measured; what the machine gives is measured before and after."""
    yield await measure_machine(floor.connection)
    async for figure in _acts(floor):
        yield figure
    yield _whole(floor.figures)
    yield await measure_machine(floor.connection)


async def _acts(floor: Floor) -> AsyncGenerator[Figure]:
    engine = floor.engine
    arrivals: list[Contact] = []

    async def post(_contact: Contact) -> None:
        arrivals.append(await floor.post())

    offered = await floor.offers()
    yield await floor.measure("intake, all busy", post, offered)
    yield await floor.measure("left while waiting", lambda it: engine.do(Left(contact=it.id)), arrivals)
    yield await floor.measure("decline, both go on", lambda it: engine.do(_decline(it), _agent(it)), offered)
    offered = await floor.offers()
    yield await floor.measure("acknowledge", lambda it: engine.do(_acknowledge(it), _agent(it)), offered)
    yield await floor.measure("accept", lambda it: engine.do(Accept(offer=it.offer_id or ""), _agent(it)), offered)
    yield await floor.measure("connected", lambda it: engine.do(Connected(contact=it.id)), offered)
    yield await floor.measure(
        "complete, next offered", lambda it: engine.do(Complete(contact=it.id), _agent(it)), offered
    )


def _whole(figures: list[Figure]) -> Figure:
    """What the acts of one contact cost together: it waits, is offered, answered and completed."""
    acts = [figure for figure in figures if figure.name.split(",")[0] in WHOLE]
    return Figure(
        "whole contact: " + ", ".join(WHOLE),
        sum(act.commands for act in acts),
        sum(act.processor_us for act in acts),
        max(act.worst_us for act in acts),
        1 / sum(1 / act.acts_a_second for act in acts),
    )


def _decline(contact: Contact) -> Decline:
    return Decline(offer=contact.offer_id or "")


def _acknowledge(contact: Contact) -> Acknowledge:
    return Acknowledge(offer=contact.offer_id or "")


def _agent(contact: Contact) -> Actor:
    return Actor("agent", contact.agent)
