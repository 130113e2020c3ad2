"""Plans and stages: what a contact needs at each moment of its wait, and who may and can serve that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from tests.model.ready import is_there_for
from tests.model.things import Lane, Stage

if TYPE_CHECKING:
    from router.domain.pools import Pool
    from tests.model.things import Agent, Contact
    from tests.model.world import World


def unpacked(packed: bytes) -> dict[str, tuple[Stage, ...]]:
    """A plan by queue, as `router.domain.plan` packs it."""
    plan: dict[str, list[Any]] = msgspec.msgpack.decode(packed)
    return {
        queue: tuple(Stage(offset, _lane(lane), timed, prefers) for offset, lane, timed, prefers in stages)
        for queue, stages in plan.items()
    }


def _lane(parts: list[Any]) -> Lane:
    identity, class_name, queue, medium, skills, powers, teams, agents, _base = parts
    tier, shift, scale, _medium, reserves = class_name.split("/")
    return Lane(
        id=identity,
        class_name=class_name,
        tier=int(tier),
        shift=int(shift),
        scale=int(scale),
        reserves=frozenset(reserves.split("+")) - {""},
        queue=queue,
        medium=medium,
        skills=skills,
        powers=powers,
        teams=tuple(teams),
        agents=tuple(agents),
    )


def may_serve(world: World, agent: Agent, lane: Lane) -> bool:
    """Whether the agent may and can take a contact of the lane, whatever he is doing.

    Not before he follows the operation in force, unless that changes nothing for him.
    """
    follows = agent.pool.id in world.pools.pools
    return follows and pool_fits(agent.pool, lane) and (not lane.agents or agent.id in lane.agents)


def pool_fits(pool: Pool, lane: Lane) -> bool:
    """Whether queue, medium, every skill, every power and one of the teams fit."""
    return (
        lane.queue in pool.queues
        and lane.medium in pool.media
        and all(pool.skills.get(skill, 0) >= level for skill, level in lane.skills.items())
        and all(pool.powers.get(power, -1) >= amount for power, amount in lane.powers.items())
        and (not lane.teams or any(team in pool.teams for team in lane.teams))
    )


def stage_now(world: World, contact: Contact) -> int:
    """The last stage whose offset is not beyond the contact's wait; none that prefers agents who are not there."""
    assert contact.queued_at is not None
    stages = contact.stages[contact.queue]
    wait = world.now - contact.queued_at
    number = max(place for place, stage in enumerate(stages) if stage.offset <= wait)
    while stages[number].prefers and not _somebody_preferred(world, contact, stages[number].lane):
        number += 1
    return number


def _somebody_preferred(world: World, contact: Contact, lane: Lane) -> bool:
    return any(
        may_serve(world, agent, lane) and is_there_for(world, agent, lane.medium) and agent.id not in contact.rests
        for agent in world.agents.values()
    )


def could_ever_serve(world: World, agent: Agent, contact: Contact) -> bool:
    """Whether the agent may and can take the contact at any stage in its queue."""
    return any(may_serve(world, agent, stage.lane) for stage in contact.stages[contact.queue])


def requirement(lane: Lane) -> list[Any]:
    """What the lane asks for, as events say it."""
    return [lane.skills, lane.powers, list(lane.teams), list(lane.agents)]
