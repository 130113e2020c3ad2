"""What has ended is kept for 8 days and then leaves nothing behind; every key is one that is accounted for."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

from router.engine.acts.agents import Disconnect
from router.engine.acts.contacts import Cancel, Rate
from router.engine.acts.reading import FindContact
from router.engine.keys import KEYS
from tests.fundamentals.test_figures import OPERATION
from tests.helpers.floor import ADAPTER, SUPERVISOR, Floor, floor_on, refused
from tests.helpers.workload import play

if TYPE_CHECKING:
    from tests.helpers.servers import Server

DAY_S = 86_400
LASTING = {
    "meta",
    "libraries",
    "operation",
    "source",
    "profiles",
    "events",
    "figures",
    "checkpoint",
    "checkpoints",
    "deadlines",
    "marks",
    "agent",
    "members",
    "last_agent",
}
"""What a workspace keeps in which nothing happens any more. None of it grows with the contacts there were, but for the
last agents of customers and the events, which have times of their own."""


def names_of(keys: set[str]) -> dict[str, str]:
    """Each key with the name of its row in the table of keys."""
    patterns = {name: re.compile(re.sub(r"\\{\w+\\}", ".+", re.escape(row))) for name, row in KEYS.items()}
    found: dict[str, str] = {}
    for key in keys:
        names = [name for name, pattern in patterns.items() if pattern.fullmatch(key)]
        assert names, f"nobody knows what {key} is"
        found[key] = names[0]
    return found


async def close_everything(floor: Floor) -> None:
    """Every contact is cancelled and everybody goes home."""
    for contact in {event.contact for event in await floor.events("contact.queued")} - {None}:
        if (await floor.contact(str(contact))).ended_at is None:
            await floor.do(Cancel(contact=str(contact)), SUPERVISOR)
    for agent in floor.current.operation.agents:
        await floor.choose(agent, "offline")
        await floor.do(Disconnect(agent=agent, connection="desk"))


async def test_an_ended_contact_is_there_for_8_days(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.complete(await floor.talk(await floor.post(external_id="x")))
        await floor.advance(8 * DAY_S - 0.001, router_lives=False)
        assert (await floor.contact(contact)).state == "closed"
        await floor.do(Rate(contact=contact.id, score=4), ADAPTER)
        assert (await floor.post_answer(external_id="x")).repeated
        await floor.advance(0.001, router_lives=False)
        with refused("unknown_contact"):
            await floor.contact(contact)
        with refused("unknown_contact"):
            await floor.do(FindContact(channel="phone", account="main", external_id="x"))
        assert not (await floor.post_answer(external_id="x")).repeated, "the id may be used again"


async def test_an_open_contact_is_kept_however_old(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.talk(await floor.post(channel="pbx"))
        await floor.advance(20 * DAY_S, router_lives=False)
        assert (await floor.contact(contact)).state == "assigned"


async def test_every_key_is_one_of_the_table_and_goes_with_what_it_was_for(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await play(floor, random.Random(7), moves=200)
        used = names_of(await floor.keys())
        assert {"lane", "waiting", "heads", "contact", "body", "external", "plan"} <= set(used.values())
        await close_everything(floor)
        await floor.advance(9 * DAY_S, router_lives=False)
        left = names_of(await floor.keys())
        assert {key: name for key, name in left.items() if name not in LASTING} == {}
        contacts = {event.contact for event in await floor.events() if event.contact}
        assert not [key for key in left if any(contact in key for contact in contacts)]
        assert sum(name == "agent" for name in left.values()) == len(floor.current.operation.agents)


async def test_many_that_ended_at_once_go_in_several_steps(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contacts = [await floor.post() for _ in range(50)]
        for contact in contacts:
            await floor.leave(contact)
        await floor.advance(8 * DAY_S, router_lives=False)
        assert "ended" not in names_of(await floor.keys()).values()


async def test_agents_and_queues_of_an_old_operation_leave_nothing_behind(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await play(floor, random.Random(9), moves=100)
        await close_everything(floor)
        await floor.advance(9 * DAY_S, router_lives=False)
        only_vera = "\n".join(line for line in OPERATION.splitlines() if not line.startswith(("anna", "boris")))
        await floor.apply(only_vera)
        await floor.advance(60, router_lives=False)
        left = names_of(await floor.keys())
        assert [key for key, name in left.items() if name == "agent"] == ["a:vera"]
        for name in ("operation", "source", "profiles", "members"):
            assert sum(other == name for other in left.values()) == 1
