"""Who comes first: contacts for one agent, and agents for one contact. Smaller is earlier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.domain.operation import CAPACITY
from router.domain.plan import head_start_ms
from tests.model.ready import load
from tests.model.world import GONE

if TYPE_CHECKING:
    from router.domain.operation import Queue
    from router.domain.pools import Pool
    from tests.model.things import Agent, Contact, Lane
    from tests.model.world import World


def rank(world: World, queue: Queue, contact: Contact) -> int:
    """When the contact would have had to arrive, without a priority, to stand where it stands in the queue."""
    if queue is GONE:
        return contact.arrived
    return contact.arrived - contact.priority * head_start_ms(world.operation.order, queue.target_ms)


def score(contact: Contact, at: int) -> float:
    """How far the contact is into its queue's promise; how long it has waited where the order does not ask for that."""
    assert contact.lane is not None
    assert contact.rank is not None
    return (at - contact.rank - contact.lane.shift) / contact.lane.scale


def of_contacts(world: World, contact: Contact, at: int | None = None) -> tuple[int, float, int, str]:
    """Where the contact stands among all that one agent could take, now or at that moment."""
    assert contact.lane is not None
    assert contact.rank is not None
    return (contact.lane.tier, -score(contact, world.now if at is None else at), contact.rank, contact.id)


def of_agents(world: World, agent: Agent, lane: Lane) -> tuple[int, tuple[int, str]]:
    """Where the agent stands among all who could take a contact of the lane."""
    return preference(world, agent.pool, lane), of_mode(agent, lane.medium)


def preference(world: World, pool: Pool, lane: Lane) -> int:
    """How gladly a contact of the lane takes somebody of the pool."""
    if world.media[lane.medium].mode == "most_skilled":
        return -sum(pool.skills[skill] for skill in lane.skills)
    return world.pools.pools[pool.id].flexibility


def of_mode(agent: Agent, medium: str) -> tuple[int, str]:
    """Where the agent stands by the medium's distribution mode, as it was when he was last brought up to date."""
    return agent.places[medium], agent.id


def place(world: World, agent: Agent, medium: str) -> int:
    """The agent's score by the medium's mode; a load counts before any time."""
    mode = world.media[medium].mode
    if mode == "round_robin":
        return agent.last_offer
    weight = {"least_loaded": load(world, agent), "most_loaded": CAPACITY - load(world, agent)}.get(mode, 0)
    return weight * 10**13 + agent.idle_since
