"""Why a contact is where it is: what it needs, who could serve it, and what keeps each of them from it now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.domain.contact import AgentReason, Explanation, Stage
from router.domain.states import ENDED
from tests.model import order
from tests.model.plans import may_serve, pool_fits, requirement
from tests.model.ready import fits, is_too_many, phone_is_busy, rings, work_of
from tests.model.reserve import binds, reserves

if TYPE_CHECKING:
    from router.engine.acts.reading import Explain
    from tests.model.things import Agent, Contact, Lane
    from tests.model.world import World


def explain(world: World, act: Explain, position: int | None) -> Explanation:
    """What is to be said of a contact that stands at `position`."""
    contact = world.contact(act.contact)
    if contact.state in ENDED or contact.state in {"assigned", "scheduled", "parked"}:
        return Explanation(contact.state, contact.queue, contact.stage or 0, [], "", 0, [], [], [])
    assert contact.stage is not None
    stages = contact.stages[contact.queue]
    lane = stages[contact.stage].lane
    fitting = [pool for pool in world.pools.pools.values() if pool_fits(pool, lane)]
    pools = sorted((order.preference(world, pool, lane), pool.id) for pool in fitting)
    return Explanation(
        state=contact.state,
        queue=contact.queue,
        stage=contact.stage,
        requirement=requirement(lane),
        held=contact.held or "",
        position=position or 0,
        pools=[name for _, name in pools],
        agents=_agents(world, contact, lane, act.most) if contact.state == "queued" else [],
        following=[Stage(stage.offset, requirement(stage.lane)) for stage in stages[contact.stage + 1 :]],
    )


def _agents(world: World, contact: Contact, lane: Lane, most: int) -> list[AgentReason]:
    able = [agent for agent in world.agents.values() if may_serve(world, agent, lane) and not agent.removed]
    able.sort(key=lambda agent: (order.preference(world, agent.pool, lane), agent.pool.id, agent.id))
    return [_reason(world, agent, contact, lane) for agent in able[:most]]


def _reason(world: World, agent: Agent, contact: Contact, lane: Lane) -> AgentReason:
    reason, until, reserve = obstacle(world, agent, contact.medium), 0, ""
    if reason == "" and agent.id in contact.rests:
        reason, until = "resting", contact.rests[agent.id]
    if reason == "":
        known = reserves(world)
        kept = [queue for queue in sorted(lane.reserves) if queue in known and known[queue].skill in agent.pool.skills]
        reserve = next((queue for queue in kept if binds(world, known[queue])), "")
        reason = "reserved" if reserve else ""
    return AgentReason(agent.id, agent.pool.id, reason, until, reserve)


def obstacle(world: World, agent: Agent, medium: str) -> str:
    """What keeps the agent from every contact of the medium: the first of what makes him not ready."""
    if agent.presence != "available":
        return agent.presence
    if agent.next is not None:
        return "draining"
    if not agent.lines and not (agent.at_phone and rings(world, medium)):
        return "not_connected"
    if agent.unresponsive is not None:
        return "not_responding"
    if work_of(agent, "o"):
        return "offered"
    if phone_is_busy(world, agent, medium):
        return "device"
    if is_too_many(world, agent, medium):
        return "most"
    if not fits(world, agent, medium):
        return "no_capacity"
    return "" if agent.holding is None else "holding"
