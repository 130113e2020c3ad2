"""Whoever does whatever whenever: each move is made, was made before, or is refused and changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from router.engine.acts.agents import Accept, Acknowledge, Decline
from router.engine.acts.contacts import (
    Cancel,
    Complete,
    Connected,
    ConnectFailed,
    HandOver,
    Left,
    Rate,
    Reply,
    Reprioritise,
    Requeue,
)
from router.kit.errors import Refusal
from tests.cases.table import rows
from tests.helpers.floor import ADAPTER, SUPERVISOR, Floor, as_agent, floor_on
from tests.helpers.phones import hold, sign_in

if TYPE_CHECKING:
    from router.engine.engine import Actor
    from tests.helpers.servers import Server

OPERATION = """
[queues.private]
target_s = 40
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private"], media = ["voice", "chat"] }
boris = { queues = ["private"], media = ["voice", "chat"] }
"""
WHO = {"anna": as_agent("anna"), "boris": as_agent("boris"), "olga": SUPERVISOR, "phone": ADAPTER}
USUALLY = dict.fromkeys(("connected", "connect_failed", "handover", "left", "rate"), ADAPTER) | {"cancel": SUPERVISOR}
"""Who makes the move in a story, where it is not Anna."""

NOBODYS = "0000000000000000000x"
RINGS = "rings at Anna's phone"
"""How a story begins in which she is at her phone and has no desk."""
ARRIVALS: dict[str, dict[str, Any]] = {
    "arrives": {},
    "is offered": {},
    RINGS: {"channel": "pbx"},
    "writes": {"channel": "telegram"},
    "is for later": {"not_before": 4_000_000_000_000},
}


async def make(floor: Floor, move: str, contact: str, by: Actor) -> str:
    """Make one move. What came of it, as the table says it."""
    offer = f"{contact}.1"
    acts: dict[str, Any] = {
        "acknowledge": Acknowledge(offer=offer),
        "accept": Accept(offer=offer),
        "decline": Decline(offer=offer),
        "complete": Complete(contact=contact),
        "dispose": Complete(contact=contact, disposition="resolved"),
        "requeue": Requeue(contact=contact),
        "reply": Reply(contact=contact),
        "cancel": Cancel(contact=contact),
        "reprioritise": Reprioritise(contact=contact, priority=5),
        "raise_by_nothing": Reprioritise(contact=contact, priority=0),
        "connected": Connected(contact=contact),
        "connect_failed": ConnectFailed(contact=contact, reason="channel"),
        "handover": HandOver(contact=contact, agent="boris"),
        "left": Left(contact=contact),
        "rate": Rate(contact=contact, score=5),
    }
    try:
        if move == "transfer":
            answer = await floor.contacts.transfer(contact, by, queue="private")
        elif move == "interrupted":
            answer = await floor.contacts.interrupt(contact, by)
        else:
            answer = await floor.engine.do(acts[move], by)
    except Refusal as refusal:
        return refusal.code
    return "repeat" if answer.repeated else "done"


async def tell(floor: Floor, story: list[str]) -> str:
    """What has happened before the move. The contact that it is about."""
    contact = NOBODYS
    if story and story[0] == RINGS:
        await hold(floor)
        await sign_in(floor, "anna")
    elif story and story[0] != "arrives":
        await floor.sign_in("anna")
    for part in story:
        if part in ARRIVALS:
            contact = (await floor.post(**ARRIVALS[part])).id
        elif part.endswith(" s pass"):
            await floor.advance(int(part.split()[0]))
        else:
            by = USUALLY.get(part, WHO["anna"])
            assert await make(floor, part, contact, by) == "done"
    return contact


@pytest.mark.parametrize("row", rows("moves"))
async def test_a_move_comes_to_what_the_table_says(server: Server, row: dict[str, Any]) -> None:
    moves = [(name, move) for name in WHO for move in row.get(name, {})]
    for name, move in moves:
        async with floor_on(server, OPERATION) as floor:
            contact = await tell(floor, row["story"])
            before = await floor.events()
            came_to = await make(floor, move, contact, WHO[name])
            assert (name, move, came_to) == (name, move, row[name][move])
            if came_to != "done":
                assert await floor.events() == before, f"{move} by {name} changed something"
