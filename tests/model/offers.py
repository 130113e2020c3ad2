"""Offers: a contact is proposed to one agent, who takes it, leaves it, or does not even see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.engine.limits import LIMITS
from router.kit.errors import Refusal
from tests.model import order, reserve
from tests.model.plans import may_serve
from tests.model.ready import rings
from tests.model.rests import rest, rests, stop_responding
from tests.model.things import Work
from tests.model.waiting import go_back, leave_lane

if TYPE_CHECKING:
    from tests.model.things import Agent, Contact, Lane
    from tests.model.world import World


def can_take(world: World, agent: Agent, contact: Contact, lane: Lane) -> bool:
    """Whether the agent can be offered the contact now."""
    return (
        may_serve(world, agent, lane)
        and lane.medium in agent.ready
        and not rests(world, agent, contact)
        and reserve.spares(world, agent, lane)
    )


def candidates(world: World, contact: Contact, best: Agent) -> int:
    """How many ready agents stood in the preference that decided, those who rest from the contact included."""
    lane = contact.lane
    assert lane is not None
    able = [agent for agent in world.agents.values() if can_take(world, agent, contact, lane)]
    if lane.agents:
        return len(able)
    decisive = order.preference(world, best.pool, lane)
    pools = {agent.pool.id for agent in able if order.preference(world, agent.pool, lane) == decisive}
    return sum(lane.medium in agent.ready and agent.pool.id in pools for agent in world.agents.values())


def make(world: World, contact: Contact, agent: Agent, stood: int) -> None:
    """Offer the contact to the agent, one of so many who `stood` for it."""
    assert contact.stage is not None
    stage = contact.stages[contact.queue][contact.stage]
    kept = [reserve for reserve in reserve.reserves(world).values() if reserve.skill in agent.pool.skills]
    counts = [[one.skill, *reserve.counts(world, one)] for one in kept]
    ratio = order.score(contact, world.now)
    leave_lane(world, contact)
    contact.state = "offered"
    contact.agent = agent.id
    contact.offers += 1
    contact.offer = contact.offers
    contact.made_at = world.now
    contact.delivered_at = None
    contact.due = world.now + LIMITS["acknowledge_ms"]
    contact.ratio, contact.candidates, contact.preferred = ratio, stood, stage.prefers
    agent.work.append(Work(contact.id, "o", contact.medium, world.now, contact.queue))
    world.say_contact(
        "offer.made",
        contact,
        medium=contact.medium,
        order=world.operation.order,
        ratio=ratio,
        mode=world.media[contact.medium].mode,
        candidates=stood,
        stage=contact.stage,
        last_agent=stage.prefers,
        reserves=counts,
    )
    agent.last_offer = world.seq()
    if agent.at_phone and rings(world, contact.medium):
        contact.rings = True
        acknowledge(world, contact)
    world.change(agent)


def find(world: World, offer: str) -> tuple[Contact, int]:
    """The contact and the number of an offer."""
    name, _, number = offer.rpartition(".")
    if name not in world.contacts or not number.isdecimal():
        raise Refusal("unknown_offer")
    return world.contacts[name], int(number)


def is_done(world: World, contact: Contact, number: int, wanted: str) -> bool:
    """False where the offer is pending for the caller, True where he has already done to it what is `wanted`."""
    if contact.offer == number and contact.state == "offered":
        if contact.agent != world.by.id:
            raise Refusal("taken")
        return False
    how, whose = contact.ended_offers.get(number, ("", None))
    if contact.offer == number:
        how, whose = "accepted", contact.agent
    if whose != world.by.id:
        raise Refusal("taken" if how == "accepted" else "unknown_offer")
    if how != wanted:
        raise Refusal("offer_gone")
    return True


def acknowledge(world: World, contact: Contact) -> None:
    """The desk has the offer: its limit runs from here."""
    contact.delivered_at = world.now
    contact.due = world.now + world.media[contact.medium].offer_ms
    assert contact.made_at is not None
    world.say_contact("offer.acknowledged", contact, took=world.now - contact.made_at)


def remember(contact: Contact, how: str) -> None:
    """How the present offer ended, and whose it was."""
    assert contact.offer is not None
    assert contact.agent is not None
    contact.ended_offers[contact.offer] = (how, contact.agent)
    contact.ended_offers.pop(contact.offer - LIMITS["ended_offers"], None)


def end(world: World, contact: Contact, how: str, **data: str | None) -> Agent:
    """The offer ends without being accepted. Gives the agent it was for."""
    world.say_contact(f"offer.{how}", contact, **data)
    remember(contact, how)
    agent = world.agents[contact.agent or ""]
    agent.work = [work for work in agent.work if work.contact != contact.id]
    contact.agent = contact.offer = contact.made_at = contact.delivered_at = contact.due = None
    contact.ratio = contact.candidates = None
    contact.preferred = contact.rings = False
    world.change(agent)
    return agent


def decline(world: World, contact: Contact, reason: str | None) -> None:
    """The agent does not want it."""
    agent = end(world, contact, "declined", reason=reason)
    rest(world, agent, contact)
    go_back(world, contact)


def miss(world: World, contact: Contact) -> None:
    """The offer's limit has passed."""
    agent = end(world, contact, "missed")
    count_miss(world, agent)
    rest(world, agent, contact)
    go_back(world, contact)


def nobody_rang(world: World, contact: Contact) -> None:
    """The agent's phone was to ring, and nobody was there who would have done it: he has missed nothing."""
    withdraw(world, contact, "channel_silent")
    go_back(world, contact)


def undelivered(world: World, contact: Contact) -> None:
    """Nobody acknowledged the offer: his desk is not there."""
    agent = end(world, contact, "undelivered")
    stop_responding(world, agent, "undelivered")
    rest(world, agent, contact)
    go_back(world, contact)


def withdraw(world: World, contact: Contact, reason: str | None) -> Agent:
    """The offer is taken back; what becomes of the contact is the caller's business. Gives the agent it was for."""
    return end(world, contact, "withdrawn", reason=reason)


def count_miss(world: World, agent: Agent) -> None:
    """The agent has let one pass; so many in a row, and he is offered nothing more."""
    agent.misses += 1
    world.change(agent)
    if agent.misses >= LIMITS["misses"]:
        stop_responding(world, agent, "missed")
