"""Holding: a blended agent takes nothing smaller while a call that does not fit yet waits far too long."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from router.engine.limits import LIMITS
from tests.model import order
from tests.model.plans import may_serve
from tests.model.ready import can_be_offered, fits
from tests.model.reserve import spares
from tests.model.rests import rests

if TYPE_CHECKING:
    from tests.model.things import Agent, Contact
    from tests.model.world import World

LONG_MS = 30 * 86_400_000
"""Nobody holds for longer."""


def within_reach(world: World, agent: Agent) -> list[Contact]:
    """All contacts that he could be offered, capacity aside, the best first."""
    found = [
        contact
        for contact in world.contacts.values()
        if contact.lane is not None
        and may_serve(world, agent, contact.lane)
        and can_be_offered(world, agent, contact.medium)
        and not rests(world, agent, contact)
        and spares(world, agent, contact.lane)
    ]
    return sorted(found, key=lambda contact: order.of_contacts(world, contact))


def call_to_hold_for(world: World, agent: Agent) -> Contact | None:
    """The contact for which he is to be kept free now."""
    found = within_reach(world, agent)
    if not found or fits(world, agent, found[0].medium):
        return None
    if not any(fits(world, agent, contact.medium) for contact in found):
        return None
    best = found[0]
    assert best.rank is not None
    late = world.now - best.rank >= LIMITS["hold_ratio"] * world.queue(best.queue).target_ms
    return best if late else None


def release_those_whose_call_is_gone(world: World) -> None:
    """Whoever holds for a contact that has left its lane is looked at; everybody who holds where reserves changed.

    That only once an act: to hold may itself change the reserve that speaks against it.
    """
    for agent in holders(world):
        again = world.reserves_changed and agent.id not in world.looked_at_again
        if again or agent.holding in world.left:
            world.looked_at_again |= {agent.id} if again else set()
            world.change(agent)
            world.match_agent(agent.id)
    world.reserves_changed = False
    world.left.clear()


def tempt(world: World, contact: Contact) -> None:
    """A contact that no ready agent can take may be what a holding agent would rather have."""
    assert contact.lane is not None
    for agent in holders(world):
        if may_serve(world, agent, contact.lane) and comes_before(world, contact, _held(world, agent), world.now):
            world.change(agent)
            world.match_agent(agent.id)


def overtaken_at(world: World, agent: Agent) -> int | None:
    """When a contact that fits comes before the one that he is held for; None where none ever does."""
    if agent.holding is None:
        return None
    held = _held(world, agent)
    moments: list[int] = []
    for contact in within_reach(world, agent):
        if fits(world, agent, contact.medium) and comes_before(world, contact, held, world.now + LONG_MS):
            later = range(world.now, world.now + LONG_MS)
            moments.append(bisect_left(later, True, key=lambda at, one=contact: comes_before(world, one, held, at)))
    return world.now + min(moments) if moments else None


def comes_before(world: World, contact: Contact, other: Contact, at: int) -> bool:
    """Whether an agent would rather take `contact` than `other` at that moment."""
    return order.of_contacts(world, contact, at) < order.of_contacts(world, other, at)


def holders(world: World) -> list[Agent]:
    """The agents who hold, by id."""
    found = [agent for agent in world.agents.values() if agent.holding is not None]
    return sorted(found, key=lambda agent: agent.id)


def _held(world: World, agent: Agent) -> Contact:
    assert agent.holding is not None
    return world.contacts[agent.holding]
