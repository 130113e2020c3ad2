"""Applying an operation to a running workspace, agent by agent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.engine.limits import LIMITS
from tests.model import leaving, reserve, talks
from tests.model.people import contacts_of, take_back_offers, time_in_state
from tests.model.plans import may_serve
from tests.model.rests import end_rest, resting_from
from tests.model.things import Agent

if TYPE_CHECKING:
    from router.domain.pools import Pool
    from tests.model.world import World


def work_off(world: World) -> None:
    """Some of the agents who do not yet follow the operation in force do from here."""
    for name in sorted(world.to_profile)[: LIMITS["chunk"]]:
        world.to_profile.discard(name)
        pool_id = world.pools.of_agent.get(name)
        if pool_id is not None:
            follow(world, name, world.pools.pools[pool_id])
        elif name in world.agents and not world.agents[name].removed:
            remove(world, world.agents[name])
    if not world.to_profile:
        world.somebody_signed_out = True


def follow(world: World, name: str, pool: Pool) -> None:
    """The agent has the profile that the operation gives him."""
    agent = world.agents.get(name)
    if agent is None:
        agent = world.agents[name] = Agent(name, pool, since=world.now, idle_since=world.now)
    if agent.version == 0 or agent.removed or agent.pool.id != pool.id:
        if agent.removed:
            agent.told, agent.since = "offline", world.now
        agent.pool, agent.removed = pool, False
        world.say_agent(
            "agent.profile",
            agent,
            pool=pool.id,
            skills=pool.skills,
            powers=pool.powers,
            queues=list(pool.queues),
            teams=list(pool.teams),
            media=list(pool.media),
            automatic=pool.automatic,
        )
        for contact in contacts_of(world, agent, "o"):
            if not may_serve(world, agent, contact.stages[contact.queue][contact.stage or 0].lane):
                take_back_offers(world, agent, "not_capable")
    world.change(agent)
    world.match_agent(name)


def remove(world: World, agent: Agent) -> None:
    """The agent is gone: he loses what he has not answered, ends his talks, and disappears with the last."""
    agent.removed = True
    agent.next = agent.next_reason = None
    agent.lines.clear()
    agent.phone_at, agent.at_phone = None, False
    for contact in sorted(resting_from(world, agent), key=lambda contact: contact.id):
        end_rest(world, agent, contact)
    reserve.count(world, agent)
    take_back_offers(world, agent, "agent_removed")
    agent.work = [work for work in agent.work if work.phase == "a"]
    for contact in contacts_of(world, agent, "a"):
        if contact.answered_at is None:
            talks.requeue(world, contact, "agent_removed", leaving.leave_agent(world, contact))
    world.say_agent("agent.removed", agent, was=agent.told, took=time_in_state(world, agent))
    agent.since = world.now
    world.change(agent)
