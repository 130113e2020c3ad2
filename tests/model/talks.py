"""From accept to the end of the talk, and back to the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from router.domain.states import ENDED
from tests.model.leaving import leave_agent
from tests.model.offers import count_miss, end
from tests.model.ready import rings
from tests.model.rests import rest, rest_ms
from tests.model.things import Work
from tests.model.waiting import begin_wait, end_wait, go_back, meet_past, place

if TYPE_CHECKING:
    from tests.model.things import Agent, Contact
    from tests.model.world import World


def assign(world: World, contact: Contact) -> None:
    """The agent takes what he is offered."""
    assert contact.made_at is not None
    assert contact.queued_at is not None
    agent = world.agents[contact.agent or ""]
    rules = world.media[contact.medium]
    took = world.now - contact.made_at
    contact.state = "assigned"
    contact.assigned_at = world.now
    contact.made_at = contact.delivered_at = None
    contact.rings = False
    contact.due = world.now + rules.answer_ms
    agent.misses = 0
    agent.work = [work for work in agent.work if work.contact != contact.id]
    agent.work.append(Work(contact.id, "a", contact.medium, world.now, contact.queue))
    world.change(agent)
    world.say_contact("contact.assigned", contact, took=took, waited=world.now - contact.queued_at)
    if rules.answered_by == "accept":
        answer(world, contact, world.now)


def answer(world: World, contact: Contact, at: int) -> None:
    """Somebody speaks with the customer, since then: his wait is over."""
    assert contact.queued_at is not None
    waited = end_wait(world, contact, at)
    in_target = waited <= world.queue(contact.queue).target_ms
    contact.answered_at = contact.queued_at + waited
    contact.due = None
    world.say_contact("contact.answered", contact, waited=waited, in_target=in_target)
    remember_agent(world, contact)


def remember_agent(world: World, contact: Contact) -> None:
    """Who talks to a customer is remembered for his next contact."""
    if contact.customer is not None and contact.agent is not None:
        world.last_agents[contact.customer] = (contact.agent, world.now)


def ask(world: World, contact: Contact) -> None:
    """The customer has written. He waits for an answer, and an agent who has been answering has his limit for it."""
    rules = world.media[contact.medium]
    if contact.state in ENDED or rules.answered_by != "reply":
        return
    if contact.asked_at is None:
        contact.asked_at = world.now
    if contact.state == "assigned" and contact.due is None:
        reply_ms = world.queue(contact.queue).reply_ms
        contact.due = world.now + (rules.answer_ms if reply_ms is None else reply_ms)


def wrote(world: World, contact: Contact, *, automatic: bool) -> None:
    """Somebody on our side has written to the customer. What a program writes only keeps its own limit."""
    if contact.thread is not None:
        world.said.pop((contact.channel, contact.account, contact.thread), None)
    if contact.state == "assigned" and (automatic or contact.answered_at is not None):
        contact.due = None
    if contact.asked_at is not None and not automatic:
        asked_at, contact.asked_at = contact.asked_at, None
        world.say_contact("contact.replied", contact, took=world.now - asked_at)


def to_queue(world: World, contact: Contact, handled: int | None) -> dict[str, Any]:
    """A contact that has left its agent is back in its queue; after a talk a new wait begins."""
    contact.agent = contact.assigned_at = contact.answered_at = None
    if handled is not None:
        begin_wait(contact, contact.queue, world.now)
    return place(world, contact)


def requeue(world: World, contact: Contact, reason: str, handled: int | None) -> None:
    """A contact that has left its agent goes back to its queue, for a reason that is nobody's failure."""
    agent = contact.agent
    data = {"reason": reason, "answered": handled is not None, "handled": handled}
    placed = to_queue(world, contact, handled)
    world.say_contact("contact.requeued", contact, agent, **data, **placed)
    meet_past(world, contact)


def connect_failed(world: World, contact: Contact, reason: str) -> None:
    """Customer and agent could not be joined: the customer goes back to the front."""
    agent = world.agents[contact.agent or ""]
    contact.attempts += 1
    leave_agent(world, contact)
    hold_against(world, agent, contact, reason)
    placed = to_queue(world, contact, None)
    world.say_contact("contact.connect_failed", contact, agent.id, reason=reason, attempt=contact.attempts, **placed)
    meet_past(world, contact)


def unanswered(world: World, contact: Contact) -> None:
    """The agent has left what the customer asked last without an answer: the customer goes back to the front."""
    agent = world.agents[contact.agent or ""]
    handled = leave_agent(world, contact)
    rest(world, agent, contact)
    if world.media[contact.medium].answered_by == "reply":
        count_miss(world, agent)
    requeue(world, contact, "silent", handled)


def silent(world: World, contact: Contact) -> None:
    """The agent took the contact and said nothing: it goes back to the front, and he has missed it."""
    agent = world.agents[contact.agent or ""]
    contact.attempts += 1
    leave_agent(world, contact)
    rest(world, agent, contact)
    count_miss(world, agent)
    placed = to_queue(world, contact, None)
    world.say_contact("contact.silent", contact, agent.id, attempt=contact.attempts, **placed)
    meet_past(world, contact)


def not_picked_up(world: World, contact: Contact, reason: str) -> None:
    """The agent's phone rang, and he did not pick up: that is declining."""
    agent = end(world, contact, "declined", reason=reason)
    hold_against(world, agent, contact, reason)
    go_back(world, contact)


def hold_against(world: World, agent: Agent, contact: Contact, reason: str) -> None:
    """What it means for the agent that he could not be joined with the customer."""
    rest(world, agent, contact, reason)
    if reason == "no_answer":
        count_miss(world, agent)
    if reason in {"busy", "unreachable"}:
        rest_phone(world, agent, contact.medium, reason)


def rest_phone(world: World, agent: Agent, medium: str, reason: str) -> None:
    """The agent's phone is busy with something else, or away: he rests from everything for that medium's cost."""
    due = world.now + rest_ms(world, medium, reason)
    agent.work = [work for work in agent.work if work.phase != "b"]
    agent.work.append(Work("busy.b", "b", medium, world.now, "", due))
    world.say_agent("agent.rested", agent, medium=medium, cause=reason)
    world.change(agent)


def is_spoken(world: World, contact: Contact) -> bool:
    """Whether an agent and the customer talk over a line."""
    return contact.state == "assigned" and contact.answered_at is not None and rings(world, contact.medium)
