"""Which agent a contact is offered to: the modes of distribution, flexibility, and what agents hold."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from router.domain.requirement import Requirement
from router.engine.acts.reading import Explain
from tests.cases.table import document, inline, rows
from tests.helpers.floor import Floor, floor_on

if TYPE_CHECKING:
    from tests.helpers.servers import Server

OPERATION = """
[skills]
english = "speaks English"
billing = "reads bills"
french = "speaks French"
[powers]
refund = "RUB"
[queues]
private.target_s = 40
corporate.target_s = 10
[[routes]]
queue = "private"
"""
CHANNELS = {"voice": "phone", "chat": "telegram"}


def operation_of_row(row: dict[str, Any]) -> str:
    medium = row["medium"]
    lines = [OPERATION, f'[media]\n{medium} = {{ mode = "{row["mode"]}", limits_s = {{ wrap_up = 0 }} }}', "[agents]"]
    usual = {"queues": ["private"], "media": [medium]}
    for name, agent in row["agents"].items():
        profile = {key: value for key, value in agent.items() if key not in {"idle_s", "chats"}}
        lines.append(f"{name} = {inline(usual | profile)}")
    return "\n".join(lines)


async def give_past(floor: Floor, row: dict[str, Any]) -> None:
    """Sign everybody in when they did, with the chats they have and the contacts they had."""
    agents: dict[str, dict[str, Any]] = row["agents"]
    idle_s = {name: agent.get("idle_s", 0) for name, agent in agents.items()}
    ago = max(idle_s.values())
    for name in sorted(agents, key=lambda name: -idle_s[name]):
        await floor.advance(ago - idle_s[name])
        ago = idle_s[name]
        await floor.sign_in(name)
        for _ in range(agents[name].get("chats", 0)):
            await floor.talk(await floor.post(channel="telegram", requirement=Requirement(agents=(name,))))
    await floor.advance(ago)
    for name in row.get("before", []):
        await floor.serve(await floor.post(channel=CHANNELS[row["medium"]], requirement=Requirement(agents=(name,))))


@pytest.mark.parametrize("row", rows("agents"))
async def test_the_agent_of_the_table_is_chosen(server: Server, row: dict[str, Any]) -> None:
    async with floor_on(server, operation_of_row(row)) as floor:
        await give_past(floor, row)
        needs = msgspec.convert(row.get("needs", {}), Requirement)
        contact = await floor.post(channel=CHANNELS[row["medium"]], requirement=needs)
        assert (contact.agent or "") == row["chosen"]


@pytest.mark.parametrize("row", rows("thresholds"))
async def test_amounts_are_rounded_up_to_what_is_held(server: Server, row: dict[str, Any]) -> None:
    agents = document("thresholds")["agents"]
    usual = {"queues": ["private"], "media": ["voice"]}
    lines = [f"{name} = {inline(usual | agent)}" for name, agent in agents.items()]
    async with floor_on(server, OPERATION + "[agents]\n" + "\n".join(lines)) as floor:
        contact = await floor.post(requirement=msgspec.convert(row["needs"], Requirement))
        (queued,) = await floor.events("contact.queued")
        becomes = {"skills": {}, "powers": {}} | row["becomes"]
        assert queued.data["requirement"] == [becomes["skills"], becomes["powers"], [], []]
        explained = await floor.do(Explain(contact=contact.id))
        assert sorted(agent.agent for agent in explained.agents) == row["may"]
        assert (contact.state, contact.unroutable) == ("queued", row.get("unroutable"))
        unroutable = [event.data["missing"] for event in await floor.events("contact.unroutable")]
        assert unroutable == ([row["unroutable"]] if "unroutable" in row else [])
        assert (await floor.figures()).get("unroutable|private|phone|private", 0) == len(unroutable)


ALIKE = (
    OPERATION
    + """
[media.voice]
mode = "round_robin"
limits_s = { wrap_up = 0 }
[agents]
"""
    + "\n".join(f'{name} = {{ queues = ["private"], media = ["voice"] }}' for name in ("anna", "boris", "vera", "gleb"))
)


@pytest.mark.parametrize("seed", [1, 2])
async def test_round_robin_is_fair_to_one(server: Server, seed: int) -> None:
    """Over any stretch of contacts, nobody of four alike has had more than one more than another."""
    chance = random.Random(seed)
    async with floor_on(server, ALIKE) as floor:
        await floor.sign_in("anna", "boris", "vera", "gleb")
        had = Counter({"anna": 0, "boris": 0, "vera": 0, "gleb": 0})
        for _ in range(60):
            contact = await floor.post()
            had[str(contact.agent)] += 1
            if chance.random() < 0.2:
                await floor.leave(contact)
            else:
                await floor.serve(contact)
            await floor.advance(chance.uniform(0, 5))
            assert max(had.values()) - min(had.values()) <= 1


async def test_contacts_that_come_all_at_once_spread_over_the_agents(server: Server) -> None:
    async with floor_on(server, ALIKE) as floor:
        await floor.sign_in("anna", "boris", "vera", "gleb")
        contacts = await asyncio.gather(*(floor.post() for _ in range(6)))
        offered = [(await floor.contact(contact)).agent for contact in contacts]
        assert Counter(offered) == {"anna": 1, "boris": 1, "vera": 1, "gleb": 1, None: 2}


async def test_an_offer_says_how_it_was_decided(server: Server) -> None:
    async with floor_on(server, ALIKE) as floor:
        contact = await floor.post()
        await floor.advance(20)
        await floor.sign_in("anna", "boris")
        other = await floor.post()
        first, second = await floor.events("offer.made")
        assert (first.contact, second.contact) == (contact.id, other.id)
        assert first.data | {"reserves": None} == {
            "medium": "voice",
            "order": "delay_ratio",
            "ratio": 0.5,
            "mode": "round_robin",
            "candidates": 1,
            "stage": 0,
            "last_agent": False,
            "reserves": None,
        }
