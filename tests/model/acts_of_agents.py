"""The acts of agents: on what they are offered, and on themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.engine.limits import LIMITS
from router.kit.errors import Refusal
from tests.model import offers, people, reserve, talks
from tests.model.plans import may_serve
from tests.model.ready import work_of
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
        _set_device(world, agent, act.device, None)
    same = (agent.presence, agent.reason, agent.next) == (act.presence, act.reason, None)
    if same and not later and agent.unresponsive is None:
        return agent, True
    if later:
        people.set_presence(world, agent, agent.presence, agent.reason, act.presence, act.reason)
    else:
        people.set_presence(world, agent, act.presence, act.reason)
    people.start_responding(world, agent)
    if agent.presence != "available":
        reserve.count(world, agent)
        people.take_back_offers(world, agent, "agent_away")
    return agent, False


def _set_device(world: World, agent: Agent, address: str, state: str | None) -> None:
    agent.device, agent.device_state, agent.device_at = address, state, world.now
    world.say_agent("agent.device", agent, address=address, state=state)
    world.change(agent)


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
    _set_device(world, agent, act.address, act.state)
    return agent, False


def ready(world: World, act: acts.Ready) -> OfAgent:
    """The agent is ready for the next contact."""
    agent = world.agent(act.agent)
    pauses = sorted(work_of(agent, "u", "b"), key=lambda work: work.contact)
    if not pauses and agent.unresponsive is None:
        return agent, True
    for work in pauses:
        people.end_pause(world, agent, work)
    people.start_responding(world, agent)
    return agent, False
