"""The acts on contacts that say how it stands between customer and agent: joined or not, torn apart, handed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.domain.operation import CAPACITY
from router.kit.errors import Refusal
from tests.model import people, talks, waiting
from tests.model.acts_of_contacts import Done, his, known, must_be_current
from tests.model.leaving import end_commands, leave_agent
from tests.model.plans import unpacked
from tests.model.ready import is_automatic, rings
from tests.model.things import Work

if TYPE_CHECKING:
    from router.engine.acts import contacts as acts
    from tests.model.things import Agent, Contact
    from tests.model.world import World


def connected(world: World, act: acts.Connected) -> Done:
    """Both can hear each other; where the agent's phone rang, he accepts by that."""
    contact = known(world, act.contact, act.version)
    if act.attempt is not None and act.attempt != contact.offer:
        raise Refusal("wrong_state")
    if contact.rings and rings(world, contact.medium):
        talks.assign(world, contact)
    return _answered(world, contact, "connected", act.at)


def reply(world: World, act: acts.Reply) -> Done:
    """The agent has written to the customer."""
    return _answered(world, his(world, act.contact, act.version), "reply", None)


def _answered(world: World, contact: Contact, how: str, at: int | None) -> Done:
    if contact.state != "assigned" or world.media[contact.medium].answered_by != how:
        raise Refusal("wrong_state")
    if how == "reply" and is_automatic(world, world.agents[contact.agent or ""]):
        raise Refusal("wrong_state")
    if contact.answered_at is not None:
        return contact, True
    talks.answer(world, contact, world.now if at is None else at)
    talks.wrote(world, contact, automatic=False)
    return contact, False


def connect_failed(world: World, act: acts.ConnectFailed) -> Done:
    """The channel could not join customer and agent."""
    contact = known(world, act.contact, act.version)
    is_joined = contact.state == "assigned" and contact.answered_at is None
    if not (is_joined or contact.rings) or act.attempt not in {None, contact.offer}:
        raise Refusal("wrong_state")
    (talks.not_picked_up if contact.rings else talks.connect_failed)(world, contact, act.reason)
    return contact, False


def interrupted(world: World, act: acts.Interrupted) -> Done:
    """The agent is lost in the midst of the talk; the contact goes to the front, to him first."""
    contact = known(world, act.contact, act.version)
    if not talks.is_spoken(world, contact):
        raise Refusal("wrong_state")
    must_be_current(world, act.revision)
    assert contact.answered_at is not None
    since = world.now if act.at is None else min(world.now, max(act.at, contact.answered_at))
    agent, handled = contact.agent, leave_agent(world, contact, wraps_up=False, at=since)
    contact.body, contact.plan, contact.stages = act.body, act.plan, unpacked(act.packed_plan)
    contact.unroutable, contact.revision, contact.hops = act.unroutable, act.revision, 0
    contact.agent = contact.assigned_at = contact.answered_at = None
    waiting.begin_wait(contact, act.queue, since)
    placed = waiting.place(world, contact)
    world.say_contact("contact.interrupted", contact, agent, handled=handled, since=since, **placed)
    waiting.meet_past(world, contact)
    return contact, False


def handover(world: World, act: acts.HandOver) -> Done:
    """A colleague goes on with the talk: what else he was offered and wraps up is no longer his."""
    contact = known(world, act.contact, act.version)
    if not talks.is_spoken(world, contact):
        raise Refusal("wrong_state")
    agent, giver = world.agent(act.agent), contact.agent
    if giver == agent.id:
        return contact, True
    if not _can_talk(world, agent, contact.medium):
        raise Refusal("not_capable")
    end_commands(world, contact, "ended", "complete_consult")
    people.take_back_offers(world, agent, "agent_busy")
    people.end_pauses(world, agent)
    handled = leave_agent(world, contact)
    world.say_contact("contact.handed_over", contact, to_agent=agent.id, handled=handled)
    contact.agent, contact.assigned_at, contact.answered_at = agent.id, world.now, world.now
    contact.offers += 1
    contact.offer = contact.offers
    agent.work.append(Work(contact.id, "a", contact.medium, world.now, contact.queue))
    world.change(agent)
    world.say_contact("contact.taken_over", contact, from_agent=giver)
    talks.remember_agent(world, contact)
    return contact, False


def _can_talk(world: World, agent: Agent, medium: str) -> bool:
    """Whether the medium is his, and he has the room beside what he has already accepted."""
    has = [work for work in agent.work if work.phase == "a"]
    load = sum(world.media[work.medium].cost for work in has) + world.media[medium].cost
    number = sum(work.medium == medium for work in has) + 1
    has_room = load <= CAPACITY and number <= world.media[medium].most
    knows = agent.pool.id in world.pools.pools and medium in agent.pool.media
    return knows and (has_room or is_automatic(world, agent))
