"""What occupies an agent, what he is doing, and for which media he is ready."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.domain.operation import CAPACITY

if TYPE_CHECKING:
    from tests.model.things import Agent, Work
    from tests.model.world import World


def load(world: World, agent: Agent) -> int:
    """The sum of the costs of all that occupies him."""
    return sum(world.media[work.medium].cost for work in agent.work)


def work_of(agent: Agent, *phases: str) -> list[Work]:
    """What occupies him in one of these phases."""
    return [work for work in agent.work if work.phase in phases]


def is_connected(agent: Agent) -> bool:
    """Whether he has a desk, or is at a phone."""
    return bool(agent.lines) or agent.at_phone


def is_there(agent: Agent) -> bool:
    """Whether he takes contacts at all, now or after his present one."""
    return (
        agent.presence == "available"
        and agent.next is None
        and not agent.removed
        and is_connected(agent)
        and agent.unresponsive is None
    )


def rings(world: World, medium: str) -> bool:
    """Whether contacts of the medium come by phone."""
    return world.media[medium].answered_by == "connected"


def is_there_for(world: World, agent: Agent, medium: str) -> bool:
    """Whether he takes contacts of the medium: what does not come by phone needs a desk."""
    return is_there(agent) and (bool(agent.lines) or rings(world, medium))


def how_much_there(agent: Agent) -> int:
    """Not at all, by his phone, or wholly."""
    return (2 if agent.lines else 1) if is_there(agent) else 0


def can_be_offered(world: World, agent: Agent, medium: str) -> bool:
    """Whether he is ready for the medium, his capacity and holding aside."""
    return (
        is_there_for(world, agent, medium)
        and not work_of(agent, "o")
        and medium in agent.pool.media
        and agent.pool.id in world.pools.pools
        and not phone_is_busy(world, agent, medium)
        and not is_too_many(world, agent, medium)
    )


def phone_is_busy(world: World, agent: Agent, medium: str) -> bool:
    """Whether the medium needs his phone and that rests, or is neither idle nor unknown."""
    rests = any(work.medium == medium for work in work_of(agent, "b"))
    return rings(world, medium) and (rests or agent.device_state not in {None, "idle"})


def is_automatic(world: World, agent: Agent) -> bool:
    """Whether he is a program; not before he follows the operation in force."""
    return agent.pool.automatic and agent.pool.id in world.pools.pools and not agent.removed


def is_too_many(world: World, agent: Agent, medium: str) -> bool:
    """Whether he has as many of the medium as any person may have."""
    return (
        not is_automatic(world, agent)
        and sum(work.medium == medium for work in work_of(agent, "o", "a")) >= world.media[medium].most
    )


def fits(world: World, agent: Agent, medium: str) -> bool:
    """Whether he has room for one more contact of the medium. A program takes no seat."""
    return is_automatic(world, agent) or world.media[medium].cost <= CAPACITY - load(world, agent)


def ready_for(world: World, agent: Agent) -> frozenset[str]:
    """The media for which he is ready."""
    if agent.holding is not None:
        return frozenset()
    return frozenset(
        medium for medium in agent.pool.media if can_be_offered(world, agent, medium) and fits(world, agent, medium)
    )


def is_signed_in(world: World, agent: Agent) -> bool:
    """Whether he counts as somebody who is there: not offline, and connected or within his grace."""
    in_grace = agent.lost_at is not None and agent.lost_at > world.now
    return agent.presence != "offline" and not agent.removed and (is_connected(agent) or in_grace)


def state(world: World, agent: Agent) -> str:
    """What he is doing, in one word."""
    signed_in = is_signed_in(world, agent)
    if work_of(agent, "a"):
        stays = signed_in and agent.presence == "available" and agent.next is None
        return "busy" if stays else "draining"
    if work_of(agent, "o"):
        return "reserved"
    if not signed_in:
        return "offline"
    if work_of(agent, "u", "b"):
        return "wrap_up"
    if agent.presence == "break":
        return "break"
    return "idle" if agent.unresponsive is None else "not_responding"
