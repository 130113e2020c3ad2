"""Presence and leases: what an agent chooses, whether he is there, and what happens when he is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.engine.limits import LIMITS
from tests.model import leaving, offers, reserve, talks
from tests.model.ready import rings, work_of
from tests.model.waiting import go_back, step

if TYPE_CHECKING:
    from router.domain.states import Presence
    from tests.model.things import Agent, Contact, Work
    from tests.model.world import World


def set_presence(
    world: World,
    agent: Agent,
    presence: Presence,
    reason: str | None,
    following: Presence | None = None,
    following_reason: str | None = None,
) -> None:
    """The agent's presence is this from now, and that after what occupies him."""
    if presence == "available" and agent.presence != "available":
        agent.idle_since = world.now
    agent.presence, agent.reason, agent.next, agent.next_reason = presence, reason, following, following_reason
    data = {"presence": presence, "reason": reason, "next": following, "next_reason": following_reason}
    world.say_agent("agent.presence", agent, **data)
    world.change(agent)


def choose_device(world: World, agent: Agent, address: str, state: str | None = None) -> None:
    """This is his phone from here, and it does so, or nobody knows what it does."""
    agent.device, agent.device_state, agent.device_at = address, state, world.now
    world.say_agent("agent.device", agent, address=address, state=state)
    world.change(agent)


def choose_presence(world: World, agent: Agent, presence: Presence, reason: str | None, *, later: bool) -> bool:
    """What the agent chooses, now or after what occupies him. Gives whether that is anything new."""
    same = (agent.presence, agent.reason, agent.next) == (presence, reason, None)
    if same and not later and agent.unresponsive is None:
        return False
    if later:
        set_presence(world, agent, agent.presence, agent.reason, presence, reason)
    else:
        set_presence(world, agent, presence, reason)
    start_responding(world, agent)
    if agent.presence != "available":
        reserve.count(world, agent)
        take_back_offers(world, agent, "agent_away")
    return True


def set_at_phone(world: World, agent: Agent, *, at_phone: bool) -> None:
    """He is at his phone from here, or no more."""
    agent.at_phone = at_phone
    world.say_agent("agent.phone", agent, phone_at=agent.phone_at, at_phone=at_phone)
    world.change(agent)


def sign_out(world: World, agent: Agent) -> bool:
    """He is at no phone, and offline. Gives whether that is anything new."""
    was_signed_in, agent.phone_at = agent.phone_at is not None, None
    if was_signed_in:
        set_at_phone(world, agent, at_phone=False)
    return choose_presence(world, agent, "offline", None, later=False) or was_signed_in


def apply_next_presence(world: World, agent: Agent) -> None:
    """Nothing occupies him any more: the presence that he chose for then begins."""
    if agent.next is not None and not agent.work:
        set_presence(world, agent, agent.next, agent.next_reason)


def start_responding(world: World, agent: Agent) -> None:
    """The agent is heard from."""
    agent.misses = 0
    if agent.unresponsive is not None:
        agent.unresponsive = None
        world.say_agent("agent.responding", agent)
    world.change(agent)


def stop_preferring(world: World, agent: Agent) -> None:
    """Contacts that wait for this agent by name are placed again, lane by lane, the one with the first head first."""
    waiting = [one for one in world.contacts.values() if one.lane is not None and agent.id in one.lane.agents]
    heads: dict[str, int] = {}
    for contact in waiting:
        assert contact.lane is not None
        assert contact.rank is not None
        heads[contact.lane.id] = min(contact.rank, heads.get(contact.lane.id, contact.rank))
    places = [(heads[one.lane.id], one.lane.id, one.rank, one.id, one) for one in waiting if one.lane is not None]
    for *_, contact in sorted(places, key=lambda place: place[:4]):
        step(world, contact)


def contacts_of(world: World, agent: Agent, *phases: str) -> list[Contact]:
    """The contacts that he is offered (o) or assigned (a), by id."""
    return [world.contacts[name] for name in sorted(work.contact for work in work_of(agent, *phases))]


def take_back_offers(world: World, agent: Agent, reason: str) -> None:
    """What he is offered goes to somebody else."""
    for contact in contacts_of(world, agent, "o"):
        offers.withdraw(world, contact, reason)
        go_back(world, contact)


def drop_connection(world: World, agent: Agent, connection: str, lost_at: int) -> None:
    """One of his connections is gone; with the last his grace begins."""
    del agent.lines[connection]
    world.change(agent)
    if not agent.lines:
        agent.lost_at = lost_at
        world.say_agent("agent.disconnected", agent, connections=0)


def lose_if_time(world: World, agent: Agent) -> None:
    """His desk is silent for too long: what he has goes to others, but for what goes on without it, over his phone."""
    if agent.lost_at is None or agent.lost_at > world.now or agent.lines:
        return
    agent.lost_at = None
    world.say_agent("agent.lost", agent)
    reserve.count(world, agent)
    for contact in contacts_of(world, agent, "o", "a"):
        if agent.at_phone and (contact.rings or (contact.state == "assigned" and rings(world, contact.medium))):
            continue
        if contact.state == "offered":
            offers.withdraw(world, contact, "agent_lost")
            go_back(world, contact)
        elif contact.answered_at is None or contact.session != "live":
            talks.requeue(world, contact, "agent_lost", leaving.leave_agent(world, contact))
    world.change(agent)


def end_pause(world: World, agent: Agent, work: Work) -> None:
    """A wrap-up or a busy phone of his is over."""
    agent.work.remove(work)
    if work.phase == "u":
        agent.idle_since = world.now
        world.say_agent("agent.wrap_up_ended", agent, work.queue, medium=work.medium, took=world.now - work.since)
    world.change(agent)


def end_pauses(world: World, agent: Agent) -> bool:
    """He is ready for what comes. Gives whether he was not."""
    pauses = sorted(work_of(agent, "u", "b"), key=lambda work: work.contact)
    for work in pauses:
        end_pause(world, agent, work)
    return bool(pauses)


def disappear_if_done(world: World, agent: Agent) -> None:
    """Nothing is left of an agent who is gone once his last talk is over."""
    if agent.removed and not agent.work:
        del world.agents[agent.id]


def tell_states(world: World) -> None:
    """Whoever is in another state than his events have told says so; nobody asks what one does who is gone."""
    for _, agent in sorted(world.agents.items()):
        if agent.state != agent.told:
            if not agent.removed:
                took = time_in_state(world, agent)
                world.say_agent("agent.state", agent, state=agent.state, was=agent.told, took=took)
            agent.told, agent.since = agent.state, world.now


def time_in_state(world: World, agent: Agent) -> int | None:
    """How long he has been in the state that was told last; of a program nobody counts it."""
    return None if agent.pool.automatic else world.now - agent.since


def grace_ends(world: World, silent_ms: int) -> int:
    """When an agent is lost who was last heard from so long ago."""
    return world.now + max(0, LIMITS["grace_ms"] - silent_ms)
