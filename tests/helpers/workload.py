"""A floor at random: contacts come and go, agents come, talk, decline, forget and leave. A seed replays it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from router.domain.requirement import Requirement
from router.engine.acts.agents import Disconnect, Ready
from router.engine.acts.contacts import Cancel, ConnectFailed, Reprioritise, Requeue
from router.engine.acts.reading import GetWork
from router.kit.errors import Refusal
from tests.helpers.floor import ADAPTER, SUPERVISOR, Floor, as_agent

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from random import Random

    from router.domain.contact import Contact

    Check = Callable[[], Awaitable[None]]


async def play(floor: Floor, chance: Random, moves: int, check: Check | None = None) -> None:
    """So many moves on the floor, `check` after each."""
    open_contacts: list[str] = []
    for _ in range(moves):
        roll = chance.random()
        if roll < 0.25:
            open_contacts.append((await floor.post(**_contact(floor, chance))).id)
        elif roll < 0.7:
            await _agent_moves(floor, chance)
        elif roll < 0.8 and open_contacts:
            await _contact_moves(floor, chance, chance.choice(open_contacts[-12:]))
        else:
            await _desks_acknowledge(floor, chance)
            await floor.advance(chance.choice([0.5, 2, 2, 5, 11, 31]))
        if check is not None:
            await check()


def _contact(floor: Floor, chance: Random) -> dict[str, Any]:
    """What a contact comes with. Every second one comes with something of its own."""
    operation = floor.current.operation
    fields: dict[str, Any] = {"channel": chance.choice(["phone", "phone", "telegram"])}
    fields["customer_type"] = chance.choice(["private", "private", "corporate"])
    kind = chance.randrange(10)
    if kind == 0:
        fields["arrived_at"] = floor.now - chance.randrange(200_000)
    elif kind == 1:
        fields["priority"] = chance.randrange(1, 4)
    elif kind == 2:
        fields["requirement"] = Requirement(agents=(chance.choice([*operation.agents]),))
    elif kind == 3 and operation.skills:
        fields["requirement"] = Requirement(skills={chance.choice([*operation.skills]): chance.randrange(1, 8)})
    elif kind in {5, 6}:
        fields["customer"] = chance.choice(["maria", "pavel"])
    elif kind == 4:
        fields["queue"] = chance.choice([*operation.queues])
    return fields


async def _desks_acknowledge(floor: Floor, chance: Random) -> None:
    """Nearly always a desk is awake."""
    for work in await asyncio.gather(*(floor.do(GetWork(agent=name)) for name in floor.current.operation.agents)):
        for contact in work[1]:
            if contact.state == "offered" and chance.random() < 0.95:
                await floor.acknowledge(contact)


async def _agent_moves(floor: Floor, chance: Random) -> None:
    name = chance.choice([*floor.current.operation.agents])
    agent, contacts = await floor.do(GetWork(agent=name))
    if agent.presence == "offline" or agent.burden.connections == 0 or agent.unresponsive:
        await floor.sign_in(name)
    elif contacts and chance.random() < 0.9:
        await _serves(floor, chance, name, chance.choice(contacts))
    elif chance.random() < 0.5:
        await floor.do(Ready(agent=name))
    elif chance.random() < 0.6:
        later = chance.random() < 0.5
        await floor.choose(name, chance.choice(["break", "available", "available", "offline"]), after_contact=later)
    else:
        await floor.do(Disconnect(agent=name, connection="desk", silent_ms=chance.choice([0, 15_000])))


async def _serves(floor: Floor, chance: Random, name: str, contact: Contact) -> None:
    roll = chance.random()
    if contact.state == "offered":
        if roll < 0.2:
            await floor.decline(contact)
        elif roll < 0.3:
            await floor.acknowledge(contact)
        elif roll < 0.4:
            await floor.accept(contact)
        else:
            await floor.talk(contact)
    elif roll < 0.1:
        await floor.do(Requeue(contact=contact.id), as_agent(name))
    elif roll < 0.2:
        await floor.contacts.transfer(
            contact.id, as_agent(name), queue=chance.choice([*floor.current.operation.queues])
        )
    elif roll < 0.3 and contact.answered_at is None:
        reason: Any = chance.choice(["busy", "no_answer", "channel"])
        await floor.do(ConnectFailed(contact=contact.id, reason=reason), ADAPTER)
    else:
        await floor.complete(contact, "resolved")


async def _contact_moves(floor: Floor, chance: Random, contact: str) -> None:
    """The customer or a supervisor does something with it; where it is over already, that is refused or nothing."""
    moves = [
        lambda: floor.leave(contact),
        lambda: floor.leave(contact),
        lambda: floor.do(Cancel(contact=contact), SUPERVISOR),
        lambda: floor.do(Reprioritise(contact=contact, priority=chance.randrange(-2, 4)), SUPERVISOR),
        lambda: floor.do(Requeue(contact=contact), SUPERVISOR),
        lambda: floor.contacts.transfer(contact, SUPERVISOR, agent=chance.choice([*floor.current.operation.agents])),
    ]
    try:
        await chance.choice(moves)()
    except Refusal as refusal:
        if refusal.code not in {"wrong_state", "not_capable"}:
            raise
