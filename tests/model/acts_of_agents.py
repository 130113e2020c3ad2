"""The acts of agents: on what they are offered, and on themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.engine.limits import LIMITS
from router.kit.errors import Refusal
from tests.model import accounts, offers, people, talks
from tests.model.plans import may_serve
from tests.model.things import Agent, Contact, Line

if TYPE_CHECKING:
    from router.engine.acts import agents as acts
    from tests.model.world import World

OfContact = tuple[Contact, bool]
OfAgent = tuple[Agent, bool]


def acknowledge(world: World, act: acts.Acknowledge) -> OfContact:
    """The desk has the offer."""
    contact, number = offers.find(world, act.offer)
    if offers.is_done(world, contact, number, "accepted") or contact.delivered_at is not None:
        return contact, True
    offers.acknowledge(world, contact)
    return contact, False


def accept(world: World, act: acts.Accept) -> OfContact:
    """The agent takes what he is offered."""
    contact, number = offers.find(world, act.offer)
    if offers.is_done(world, contact, number, "accepted"):
        return contact, True
    if act.version is not None and act.version != contact.version:
        raise Refusal("stale")
    agent = world.agents[contact.agent or ""]
    if not may_serve(world, agent, contact.stages[contact.queue][contact.stage or 0].lane):
        raise Refusal("not_capable")
    if contact.delivered_at is None:
        offers.acknowledge(world, contact)
    talks.assign(world, contact)
    return contact, False


def decline(world: World, act: acts.Decline) -> OfContact:
    """The agent does not take what he is offered."""
    contact, number = offers.find(world, act.offer)
    if offers.is_done(world, contact, number, "declined"):
        return contact, True
    offers.decline(world, contact, act.reason)
    return contact, False


def presence(world: World, act: acts.SetPresence) -> OfAgent:
    """What the agent chooses, now or after what occupies him."""
    agent = world.agent(act.agent)
    later = act.after_contact and bool(agent.work) and act.presence != agent.presence
    if act.device is not None and act.device != agent.device:
        people.choose_device(world, agent, act.device)
    return agent, not people.choose_presence(world, agent, act.presence, act.reason, later=later)


def sign_in(world: World, act: acts.SignIn) -> OfAgent:
    """The agent is at this phone, and nobody else is."""
    if act.channel not in world.operation.channels:
        raise Refusal("unknown_channel")
    agent, place = world.agent(act.agent), f"{act.channel}:{act.account}"
    there = [one for one in world.agents.values() if one.phone_at == place and one.device == act.device]
    others = sorted((one for one in there if one is not agent), key=lambda one: (one.at_phone, one.id))
    for other in others:
        people.sign_out(world, other)
    changes = bool(others) or agent.device != act.device or agent.phone_at != place
    if agent.device != act.device:
        people.choose_device(world, agent, act.device)
    if agent.phone_at != place:
        agent.phone_at = place
        people.set_at_phone(world, agent, at_phone=accounts.is_reached(world, place))
    chosen = people.choose_presence(world, agent, "available", None, later=False)
    return agent, not (chosen or changes)


def sign_out(world: World, act: acts.SignOut) -> OfAgent:
    """The agent is at no phone, and offline."""
    agent = world.agent(act.agent)
    return agent, not people.sign_out(world, agent)


def connect(world: World, act: acts.Connect) -> OfAgent:
    """A connection of the agent's desk is there, or still is."""
    agent = world.agent(act.agent)
    first = not agent.lines
    if act.hold_ms is None:
        agent.lines[act.connection] = Line(act.process, None)
        world.processes.setdefault(act.process, world.now + LIMITS["process_ms"])
    else:
        agent.lines[act.connection] = Line(None, world.now + act.hold_ms)
    agent.lost_at = None
    world.change(agent)
    if first:
        world.say_agent("agent.connected", agent, connections=1)
    if agent.unresponsive == "undelivered":
        people.start_responding(world, agent)
    return agent, False


def disconnect(world: World, act: acts.Disconnect) -> OfAgent:
    """A connection of the agent's desk is gone."""
    agent = world.agent(act.agent)
    if act.connection not in agent.lines:
        return agent, True
    people.drop_connection(world, agent, act.connection, people.grace_ends(world, act.silent_ms))
    people.lose_if_time(world, agent)
    return agent, False


def device(world: World, act: acts.SetDevice) -> OfAgent:
    """The state of the agent's phone; of the one he chose, where he has."""
    agent = world.agent(act.agent)
    if agent.device is not None and (agent.device != act.address or agent.device_state == act.state):
        return agent, True
    people.choose_device(world, agent, act.address, act.state)
    return agent, False


def ready(world: World, act: acts.Ready) -> OfAgent:
    """The agent is ready for the next contact."""
    agent = world.agent(act.agent)
    if not people.end_pauses(world, agent) and agent.unresponsive is None:
        return agent, True
    people.start_responding(world, agent)
    return agent, False
