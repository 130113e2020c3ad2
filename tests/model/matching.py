"""The end of each act: whoever was touched is matched, until nothing is left that could be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.engine.limits import LIMITS
from tests.model import offers, order, people, reserve
from tests.model.holding import call_to_hold_for, release_those_whose_call_is_gone, tempt, within_reach
from tests.model.ready import fits, how_much_there, is_signed_in, ready_for, state
from tests.model.world import LONG_AGO

if TYPE_CHECKING:
    from tests.model.things import Agent, Contact
    from tests.model.world import World


def settle(world: World) -> None:
    """Match all that the act touched: agents before contacts, each in the order in which they were touched."""
    offers_left = LIMITS["offers_a_call"]
    world.looked_at_again.clear()
    while True:
        bring_up_to_date(world)
        if not world.agents_to_match and not world.contacts_to_match:
            break
        if offers_left == 0:
            put_off(world)
            break
        if world.agents_to_match:
            made = give_best_contact(world, world.agents_to_match.pop(0))
        else:
            made = find_best_agent(world, world.contacts_to_match.pop(0))
        offers_left -= made
    people.tell_states(world)
    if world.somebody_signed_out:
        world.somebody_signed_out = False
        queues = world.operation.queues.values()
        world.maybe_empty |= {queue.name: LONG_AGO for queue in queues if queue.empty is not None}
    world.note_what_is_to_be_done()


def put_off(world: World) -> None:
    """What there was no room to match is matched by an immediate deadline."""
    world.put_off |= {("agent", name) for name in world.agents_to_match}
    world.put_off |= {("contact", name) for name in world.contacts_to_match}
    world.agents_to_match.clear()
    world.contacts_to_match.clear()


def bring_up_to_date(world: World) -> None:
    """Note what changed agents are doing and ready for, and whom else that sets free."""
    while True:
        while world.changed:
            agent = world.agents.get(world.changed.pop(0))
            if agent is not None:
                _bring_up_to_date(world, agent)
        for skill in sorted(world.skills_let_go):
            _look_at_carriers(world, skill)
        world.skills_let_go.clear()
        release_those_whose_call_is_gone(world)
        if not world.changed:
            return


def _bring_up_to_date(world: World, agent: Agent) -> None:
    agent.holding = None
    people.apply_next_presence(world, agent)
    ready = ready_for(world, agent)
    newly = bool(ready - agent.ready)
    agent.ready = ready
    agent.places = {medium: order.place(world, agent, medium) for medium in ready}
    signed_into = agent.pool.id if is_signed_in(world, agent) else None
    before, agent.signed_into = agent.signed_into, signed_into
    if before not in {None, signed_into}:
        is_last = all(other.signed_into != before for other in world.agents.values())
        is_named = any(one.lane is not None and agent.id in one.lane.agents for one in world.contacts.values())
        world.somebody_signed_out |= is_last or is_named
    reserve.count(world, agent)
    was_there, agent.was_there = agent.was_there, how_much_there(agent)
    if was_there > agent.was_there:
        people.stop_preferring(world, agent)
    agent.state = state(world, agent)
    if newly:
        world.match_agent(agent.id)
    people.disappear_if_done(world, agent)


def _look_at_carriers(world: World, skill: str) -> None:
    """Every ready agent who carries the skill, medium by medium, pool by pool, in the order of the mode."""
    for medium in sorted(world.media):
        carriers = [agent for agent in world.agents.values() if medium in agent.ready and skill in agent.pool.skills]
        for agent in sorted(carriers, key=lambda agent: (agent.pool.id, order.of_mode(agent, medium))):
            world.match_agent(agent.id)


def give_best_contact(world: World, name: str) -> bool:
    """The agent gets the best contact that he can be offered, or is held for one that does not fit yet."""
    agent = world.agents.get(name)
    if agent is None or not agent.ready or _hold(world, agent):
        return False
    for contact in within_reach(world, agent):
        if fits(world, agent, contact.medium):
            offers.make(world, contact, agent, 1)
            return True
    return False


def find_best_agent(world: World, name: str) -> bool:
    """The contact is offered to the best agent who can be offered it."""
    contact = world.contacts.get(name)
    if contact is None or contact.lane is None:
        return False
    while able := able_agents(world, contact):
        agent = able[0]
        if not _hold(world, agent):
            offers.make(world, contact, agent, offers.candidates(world, contact, agent))
            return True
    tempt(world, contact)
    return False


def able_agents(world: World, contact: Contact) -> list[Agent]:
    """The agents who can be offered the contact now, the best first."""
    lane = contact.lane
    assert lane is not None
    able = [agent for agent in world.agents.values() if offers.can_take(world, agent, contact, lane)]
    return sorted(able, key=lambda agent: order.of_agents(world, agent, lane))


def _hold(world: World, agent: Agent) -> bool:
    call = call_to_hold_for(world, agent)
    if call is None:
        return False
    agent.holding = call.id
    agent.ready = frozenset()
    reserve.count(world, agent)
    return True
