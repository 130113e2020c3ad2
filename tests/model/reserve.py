"""The idle reserve: a queue keeps a few agents with its skill free of other queues' contacts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.model.ready import is_signed_in

if TYPE_CHECKING:
    from router.domain.operation import Reserve
    from tests.model.things import Agent, Lane
    from tests.model.world import World


def reserves(world: World) -> dict[str, Reserve]:
    """The reserves by their queues, in the order of these."""
    queues = world.stored.operation.queues if world.stored else {}
    found = {name: queues[name].reserve for name in sorted(queues)}
    return {name: reserve for name, reserve in found.items() if reserve is not None}


def counts(world: World, reserve: Reserve) -> tuple[int, int]:
    """Carriers of the skill who are ready for the reserve's medium, and carriers who are signed in."""
    carriers = [agent for agent in world.agents.values() if reserve.skill in agent.carries]
    ready = sum(reserve.medium in agent.ready for agent in carriers)
    return ready, sum(agent.signed_in for agent in carriers)


def binds(world: World, reserve: Reserve) -> bool:
    """Whether the reserve is in effect: few enough are ready, and the staffing is not too thin for it."""
    ready, signed_in = counts(world, reserve)
    return ready <= reserve.agents and signed_in >= reserve.agents + 2


def count(world: World, agent: Agent) -> None:
    """Count the agent as what he is now, and note which reserves take effect or let go by it."""
    known = reserves(world)
    follows = agent.pool.id in world.pools.pools and not agent.removed
    agent.carries = frozenset(reserve.skill for reserve in known.values()) & set(agent.pool.skills if follows else ())
    agent.signed_in = is_signed_in(world, agent)
    now = frozenset(queue for queue, reserve in known.items() if binds(world, reserve))
    world.reserves_changed |= now != world.reserves_in_effect
    world.skills_let_go |= {known[queue].skill for queue in world.reserves_in_effect - now if queue in known}
    world.reserves_in_effect = now


def spares(world: World, agent: Agent, lane: Lane) -> bool:
    """Whether no reserve keeps the agent from contacts of the lane."""
    known = reserves(world)
    met = [known[queue] for queue in lane.reserves if queue in known]
    return not any(reserve.skill in agent.pool.skills and binds(world, reserve) for reserve in met)
