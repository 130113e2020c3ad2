"""Rests: an agent is not offered a contact again at once that he did not take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.engine.limits import LIMITS

if TYPE_CHECKING:
    from tests.model.things import Agent, Contact
    from tests.model.world import World


def rests(_world: World, agent: Agent, contact: Contact) -> bool:
    """Whether the agent rests from the contact."""
    return agent.id in contact.rests


def resting_from(world: World, agent: Agent) -> list[Contact]:
    """The contacts from which the agent rests."""
    return [contact for contact in world.contacts.values() if agent.id in contact.rests]


def rest_ms(world: World, medium: str, reason: str | None) -> int:
    """How long somebody rests whom the contact could not be connected with for this reason, or for another."""
    rules = world.media[medium]
    return rules.rests_ms.get(reason or "", rules.rest_ms)


def rest(world: World, agent: Agent, contact: Contact, reason: str | None = None) -> None:
    """The agent rests from the contact for its medium's time. One who rests from too many does not seem to be there."""
    if agent.removed:
        return
    if agent.id not in contact.rests and len(contact.rests) >= LIMITS["contact_rests"]:
        first = min(contact.rests, key=lambda other: (contact.rests[other], other))
        end_rest(world, world.agents[first], contact)
    contact.rests[agent.id] = world.now + rest_ms(world, contact.medium, reason)
    world.change(agent)
    if len(resting_from(world, agent)) >= LIMITS["agent_rests"]:
        stop_responding(world, agent, "rests")


def end_rest(world: World, agent: Agent, contact: Contact) -> None:
    """The pair rests no more."""
    del contact.rests[agent.id]
    world.change(agent)
    world.match_agent(agent.id)


def forget_rests(world: World, contact: Contact) -> None:
    """Nobody rests from a contact that is over."""
    for name in sorted(contact.rests):
        world.change(world.agents[name])
    contact.rests.clear()


def stop_responding(world: World, agent: Agent, cause: str) -> None:
    """The agent is offered nothing until he is heard from."""
    if agent.unresponsive is None:
        agent.unresponsive = cause
        world.say_agent("agent.not_responding", agent, cause=cause)
    world.change(agent)
