"""The acts that only read."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec

from router.domain.customer import Customer
from router.engine.acts import messages as message_acts
from router.engine.acts import reading as acts
from router.engine.limits import LIMITS
from router.kit.errors import Refusal
from tests.model import answers, explaining, messages
from tests.model.doors import is_open, waiting_in
from tests.model.people import contacts_of
from tests.model.ready import is_automatic, is_signed_in, load

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.domain import contact as wire
    from router.domain import message as message_wire
    from router.domain.process import ProcessFigures
    from router.engine.compile import Stored
    from tests.model.things import Agent, Contact
    from tests.model.world import World


def operation(world: World, _act: acts.GetOperation) -> tuple[int, int, Stored]:
    """The operation in force, and how many agents do not follow it yet."""
    if world.stored is None:
        raise Refusal("unknown_workspace")
    return world.revision, len(world.to_profile), world.stored


def contact(world: World, act: acts.GetContact) -> tuple[wire.Contact, int | None]:
    """One contact and its place in the queue."""
    found = world.contact(act.contact)
    return answers.of_contact(found), position(world, found)


def position(world: World, contact: Contact) -> int | None:
    """1 + contacts of the same queue and medium that come before it."""
    if contact.lane is None:
        return None
    assert contact.rank is not None
    same = [
        other
        for other in world.contacts.values()
        if other.lane is not None and (other.queue, other.medium) == (contact.queue, contact.medium)
    ]
    return 1 + sum((other.rank or 0, other.id) < (contact.rank, contact.id) for other in same)


def find(world: World, act: acts.FindContact) -> tuple[Contact, bool]:
    """The contact that a channel's account knows by this external id."""
    for found in world.contacts.values():
        if (found.channel, found.account, found.external_id) == (act.channel, act.account, act.external_id):
            return found, False
    raise Refusal("unknown_contact")


def agent(world: World, act: acts.GetAgent) -> wire.AgentStatus:
    """One agent as he stands."""
    return answers.of_agent(world, _agent(world, act.agent))


def _agent(world: World, name: str) -> Agent:
    """An agent, also one who is gone and ends his last talks."""
    if name not in world.agents:
        raise Refusal("unknown_agent")
    return world.agents[name]


def work(world: World, act: acts.GetWork) -> tuple[wire.AgentStatus, list[wire.Contact]]:
    """An agent and what he is offered or has."""
    found = _agent(world, act.agent)
    contacts = contacts_of(world, found, "o", "a")
    return answers.of_agent(world, found), [answers.of_contact(one) for one in contacts]


def many(world: World, act: acts.GetMany) -> tuple[list[wire.AgentStatus | None], list[wire.Contact | None]]:
    """Agents and contacts, as far as they are known."""
    agents = [answers.of_agent(world, world.agents[name]) if name in world.agents else None for name in act.agents]
    known = world.contacts
    return agents, [answers.of_contact(known[name]) if name in known else None for name in act.contacts]


def queue(world: World, act: acts.GetQueue) -> tuple[int, int | None, int, bool]:
    """How full the queue is, who takes from it, and whether it is closed."""
    found = world.operation.queues.get(act.queue)
    if found is None:
        raise Refusal("unknown_queue")
    waiting = waiting_in(world, act.queue)
    longest = world.now - (waiting[0].queued_at or 0) if waiting else None
    known = [one for one in _people(world) if one.pool.id in world.pools.pools]
    taking = sum(is_signed_in(world, one) and act.queue in one.pool.queues for one in known)
    return len(waiting), longest, taking, not is_open(world, found)


def _people(world: World) -> list[Agent]:
    """The agents who are no programs."""
    return [one for one in world.agents.values() if not is_automatic(world, one)]


def states(world: World, _act: acts.GetStates) -> tuple[list[tuple[str, str, int, int]], int]:
    """How many people of each of the operation's pools are in each state, what they carry, and how many are there."""
    known = [one for one in _people(world) if not one.removed and one.pool.id in world.pools.pools]
    counted = Counter((one.pool.id, one.state) for one in known)
    loads: Counter[tuple[str, str]] = Counter()
    for one in known:
        loads[one.pool.id, one.state] += load(world, one)
    rows = sorted((pool, state, count, loads[pool, state]) for (pool, state), count in counted.items())
    return rows, sum(is_signed_in(world, one) for one in known)


def channels(world: World, _act: acts.GetChannels) -> list[acts.AccountNow]:
    """Every account, by its name."""
    unsent = Counter(
        (one.channel, one.account)
        for one in world.contacts.values()
        for message in one.kept.values()
        if messages.is_unsent(message)
    )
    return [
        acts.AccountNow(
            channel=one.channel,
            account=one.account,
            held=one.holder is not None,
            status=one.status[0] if one.status else None,  # type: ignore[arg-type]
            unsent=unsent[one.channel, one.account],
            heard_at=one.heard_at,
            retries=one.retries,
            detail=one.status[1] if one.status else None,
            since=one.since,
            capabilities=one.status[2] if one.status else (),
        )
        for one in sorted(world.accounts.values(), key=lambda one: f"{one.channel}:{one.account}")
    ]


def processes(world: World, _act: acts.GetProcesses) -> list[tuple[str, ProcessFigures]]:
    """What each router process says of itself."""
    return sorted(world.told.items(), key=lambda row: row[0])


def listed(world: World, act: acts.ListContacts) -> list[wire.Contact]:
    """Contacts of one kind."""
    all_of_them = world.contacts.values()
    if act.which == "waiting":
        found = waiting_in(world, act.queue or "")
    elif act.which == "talks":
        talks = [one for one in all_of_them if one.state == "assigned" and one.answered_at is not None]
        found = sorted(talks, key=lambda one: (one.answered_at, one.id))
    elif act.which == "scheduled":
        found = sorted((one for one in all_of_them if one.state == "scheduled"), key=lambda one: one.born)
    elif act.which == "parked":
        found = sorted((one for one in all_of_them if one.state == "parked"), key=lambda one: (one.parked_at, one.id))
    else:
        ended = [one for one in all_of_them if one.ended_at is not None and one.listed]
        found = sorted(ended, key=lambda one: (one.ended_at, one.id), reverse=True)
    return [answers.of_contact(one) for one in found[: act.most]]


def contacts_of_customer(world: World, act: message_acts.GetContactsOf) -> tuple[list[wire.Contact], int | None]:
    """A customer's contacts, the last first."""
    his = [one for one in world.contacts.values() if one.customer == act.customer]
    found = sorted((one for one in his if act.before is None or one.born < act.before), key=lambda one: -one.born)
    found = found[: act.most]
    return [answers.of_contact(one) for one in found], found[-1].born if len(found) == act.most else None


def message(world: World, act: message_acts.GetMessage) -> message_wire.Message:
    """One message."""
    found = world.contacts.get(act.contact)
    if found is None or act.n not in found.kept:
        raise Refusal("unknown_message")
    return answers.of_message(found, found.kept[act.n])


def messages_of(world: World, act: message_acts.GetMessages) -> list[message_wire.Message]:
    """A contact's messages, some at a time by their numbers."""
    found = world.contact(act.contact)
    numbers = [n for n in sorted(found.kept) if act.after < n <= act.after + act.most]
    return [answers.of_message(found, found.kept[n]) for n in numbers]


def known(world: World, act: message_acts.GetKnown) -> message_wire.Message | None:
    """The message of a thread with this external id."""
    found = messages.find(world, act.channel, act.account, act.thread, act.message)
    return None if found is None else answers.of_message(*found)


def outbox(world: World, act: message_acts.GetOutbox) -> tuple[list[message_wire.Message], int | None]:
    """What is still to be sent for an account, in the order in which it was written."""
    unsent = [
        (message.event, answers.of_message(one, message))
        for one in world.contacts.values()
        if (one.channel, one.account) == (act.channel, act.account)
        for message in one.kept.values()
        if messages.is_unsent(message) and message.event > act.after
    ]
    found = sorted(unsent, key=lambda entry: entry[0])[: act.most]
    return [shown for _, shown in found], found[-1][0] if len(found) == act.most else None


def live(world: World, act: acts.GetLive) -> tuple[list[str], list[str | bool]]:
    """The account's live contacts born at or before a moment, and who each external id is."""
    here = [one for one in world.contacts.values() if (one.channel, one.account) == (act.channel, act.account)]
    open_ones = sorted((one for one in here if one.session == "live"), key=lambda one: one.born)
    by_external = {one.external_id: one.id for one in open_ones}
    found: list[str | bool] = [by_external.get(external, False) for external in act.external_ids]
    return [one.id for one in open_ones if one.born <= act.as_of], found


def outdated(world: World, act: acts.GetOutdated) -> tuple[list[wire.Contact], str | None]:
    """Waiting contacts of a queue planned by an older operation."""
    found = [one for one in waiting_in(world, act.queue) if one.state != "assigned" and one.revision != world.revision]
    return [answers.of_contact(one) for one in found], None


def customer(world: World, act: acts.GetCustomer) -> tuple[Customer | None, str | None]:
    """What the directory says of a customer, and the agent who served him last."""
    record = world.customers.get(act.customer)
    agent, at = world.last_agents.get(act.customer, (None, 0))
    remembered = agent if at > world.now - LIMITS["last_agent_ms"] else None
    return None if record is None else msgspec.msgpack.decode(record, type=Customer), remembered


def explain(world: World, act: acts.Explain) -> wire.Explanation:
    """Why a contact is where it is."""
    return explaining.explain(world, act, position(world, world.contact(act.contact)))


RULES: dict[type[Any], Callable[[World, Any], Any]] = {
    acts.GetOperation: operation,
    acts.GetContact: contact,
    acts.FindContact: find,
    acts.GetAgent: agent,
    acts.GetWork: work,
    acts.GetMany: many,
    acts.GetQueue: queue,
    acts.GetStates: states,
    acts.GetChannels: channels,
    acts.GetProcesses: processes,
    acts.ListContacts: listed,
    message_acts.GetContactsOf: contacts_of_customer,
    message_acts.GetMessage: message,
    message_acts.GetMessages: messages_of,
    message_acts.GetKnown: known,
    message_acts.GetOutbox: outbox,
    acts.GetLive: live,
    acts.GetOutdated: outdated,
    acts.GetCustomer: customer,
    acts.Explain: explain,
}
