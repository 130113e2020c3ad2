"""Whenever somebody who may and can serve a waiting contact is free, it is offered: no call is ever missing.

The check knows nothing of lanes, pools' indexes and ready sets: it compares every contact that waits with every agent.
"""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from router.domain.plan import plan_contact
from router.engine.acts.agents import SetDevice
from tests.helpers.floor import ADAPTER, Floor, floor_on
from tests.helpers.workload import play

if TYPE_CHECKING:
    from router.domain.contact import AgentStatus, Contact
    from router.domain.operation import Operation
    from tests.helpers.servers import Server

OPERATION = """
order = "ORDER"
[skills]
corporate = "serves business customers"
english = "speaks English"
[queues.corporate]
target_s = 10
needs.skills.corporate = 2
steps = [{ after_s = 20, skills.corporate = 1 }]
reserve = { skill = "corporate", agents = 1, yields_s = 30 }
[queues.private]
target_s = 20
last_agent_s = 15
[queues.chats]
target_s = 30
[[routes]]
when.channel = "telegram"
queue = "chats"
[[routes]]
when.customer.type = "corporate"
queue = "corporate"
[[routes]]
queue = "private"
[media]
voice = { limits_s = { wrap_up = 5, offer = 10, rest = 20 } }
chat = { limits_s = { wrap_up = 2, reply = 60, rest = 20 } }
[groups]
corporate = { queues = ["corporate", "private"], media = ["voice"] }
blended = { queues = ["chats", "private"], media = ["voice", "chat"] }
[agents]
inna = { group = "corporate", skills.corporate = 9 }
kirill = { group = "corporate", skills.corporate = 5, skills.english = 3 }
nina = { group = "corporate", skills.corporate = 1 }
anna = { queues = ["private"], media = ["voice"], skills.english = 5 }
roman = { group = "blended", skills.english = 8 }
sofia = { group = "blended" }
"""
RESTING = {
    "offer.declined",
    "offer.missed",
    "offer.undelivered",
    "contact.connect_failed",
    "contact.silent",
    "contact.requeued",
    "contact.transferred",
    "offer.withdrawn",
}


class Watch:
    """What an observer of everybody's states and of the events knows."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self.seq = 0
        self.open: set[str] = set()
        self.rests: dict[tuple[str, str], int] = {}
        self.looked = 0

    async def nobody_waits_in_vain(self) -> None:
        await self._read()
        operation = self.floor.current.operation
        agents = await asyncio.gather(*(self.floor.agent(name) for name in operation.agents))
        for contact in await asyncio.gather(*(self.floor.contact(name) for name in sorted(self.open))):
            if contact.state != "queued" or contact.held:
                continue
            for agent in agents:
                if is_ready(operation, agent, contact.medium):
                    self.looked += 1
                    assert not self._would_do(contact, agent, agents), f"{agent.id} is free for {contact}"

    async def _read(self) -> None:
        for event in await self.floor.events_after(self.seq):
            self.seq = event.seq
            if event.contact is None:
                continue
            self.open.add(event.contact)
            withdrawn = event.type == "offer.withdrawn" and event.data["reason"] != "requeued"
            requeued = event.type == "contact.requeued" and event.data["reason"] != "requeued"
            if event.type in RESTING and event.agent and not withdrawn and not requeued:
                self.rests[event.agent, event.contact] = event.at_ms + 20_000
            if event.type in {"contact.closed", "contact.abandoned", "contact.cancelled"}:
                self.open.discard(event.contact)

    def _would_do(self, contact: Contact, agent: AgentStatus, all_: list[AgentStatus]) -> bool:
        operation = self.floor.current.operation
        needs, named, reserves = self._needs(operation, contact)
        pools = self.floor.current.pools
        serving = {pool.id for pool in pools.serving(contact.queue, contact.medium, needs)}
        return (
            agent.pool in serving
            and (not named or agent.id in named)
            and self.rests.get((agent.id, contact.id), 0) <= self.floor.now
            and not any(self._is_reserved(operation, queue, agent, all_) for queue in reserves)
        )

    def _needs(self, operation: Operation, contact: Contact) -> tuple[Any, list[str], list[str]]:
        """What its present stage asks for: the rounded requirement, the named agents, the reserves that it meets."""
        body = contact.body
        assert body is not None
        plan = plan_contact(
            operation,
            self.floor.current.pools,
            queue=contact.queue,
            medium=contact.medium,
            requirement=body.requirement,
            steps=body.steps,
            wish=body.wish,
        )
        assert plan.id == contact.plan
        stage = msgspec.msgpack.decode(plan.packed)[contact.queue][contact.stage or 0]
        _id, class_name, _queue, _medium, skills, powers, teams, named, _base = stage[1]
        needs = msgspec.convert({"skills": skills, "powers": powers, "teams": teams}, type(body.requirement))
        return needs, named, [name for name in class_name.rpartition("/")[2].split("+") if name]

    def _is_reserved(self, operation: Operation, queue: str, agent: AgentStatus, all_: list[AgentStatus]) -> bool:
        reserve = operation.queues[queue].reserve
        assert reserve is not None
        carriers = [other for other in all_ if reserve.skill in operation.agents[other.id].skills]
        ready = [other for other in carriers if is_ready(operation, other, reserve.medium)]
        signed = [
            other
            for other in carriers
            if other.presence != "offline" and (other.burden.connections or (other.lost_at or 0) > self.floor.now)
        ]
        return agent in carriers and len(ready) <= reserve.agents and len(signed) >= reserve.agents + 2


def is_ready(operation: Operation, agent: AgentStatus, medium: str) -> bool:
    rule, burden = operation.media[medium], agent.burden
    present = agent.presence == "available" and not agent.next and burden.connections > 0 and not agent.unresponsive
    mine = [work for work in burden.work if work.medium == medium and work.phase in {"o", "a"}]
    phone = rule.answered_by != "connected" or agent.device_state in {None, "idle"}
    return (
        medium in operation.agents[agent.id].media
        and present
        and phone
        and agent.holding is None
        and not any(work.phase == "o" for work in burden.work)
        and len(mine) < rule.most
        and burden.load + rule.cost <= 100
    )


@pytest.mark.parametrize("seed", [11, 12])
@pytest.mark.parametrize("order", ["delay_ratio", "strict", "offset", "fifo"])
async def test_nobody_waits_in_vain(server: Server, order: str, seed: int) -> None:
    chance = random.Random(f"{order} {seed}")
    async with floor_on(server, OPERATION.replace("ORDER", order)) as floor:
        watch = Watch(floor)
        await floor.sign_in(*floor.current.operation.agents)
        for round_ in range(4):
            await play(floor, chance, moves=60, check=watch.nobody_waits_in_vain)
            state: Any = "in_use" if round_ % 2 == 0 else "idle"
            await floor.do(SetDevice(agent="anna", address="PJSIP/1001", state=state), ADAPTER)
            await watch.nobody_waits_in_vain()
        assert watch.looked > 5, "some did wait while others were free"
        assert len(await floor.events("offer.made")) > 20
