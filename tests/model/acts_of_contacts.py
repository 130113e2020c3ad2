"""The acts on contacts. Each gives the contact, and whether that had been done before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from router.domain.contact import Body
from router.domain.states import ENDED
from router.engine.limits import LIMITS
from router.kit.errors import Refusal
from tests.model import doors, offers, order, saying, talks, visits, waiting
from tests.model.accounts import lose
from tests.model.leaving import detach, dispose, end_contact, leave_agent, outcome_of
from tests.model.plans import may_serve, unpacked
from tests.model.ready import is_signed_in
from tests.model.rests import rest
from tests.model.things import Contact

if TYPE_CHECKING:
    from router.engine.acts import contacts as acts
    from tests.model.things import Lane
    from tests.model.world import World

Done = tuple[Contact, bool]

NOWHERE = {"rank": None, "stage": None, "requirement": None, "class": None}
"""What events say of the place of a contact that has none."""


def known(world: World, contact: str, version: int | None) -> Contact:
    """A contact that is as the caller knows it."""
    found = world.contact(contact)
    if version is not None and version != found.version:
        raise Refusal("stale")
    return found


def his(world: World, contact: str, version: int | None) -> Contact:
    """To an agent, a contact that is not his does not exist."""
    found = known(world, contact, version)
    if is_somebody_elses(world, found):
        raise Refusal("unknown_contact")
    return found


def is_somebody_elses(world: World, contact: Contact) -> bool:
    """Whether the caller is an agent who has nothing to do with the contact."""
    return world.by.role == "agent" and world.by.id != contact.agent


def must_be_current(world: World, revision: int) -> None:
    """The caller works from the operation in force."""
    if revision != world.revision:
        raise Refusal("old_operation")


def intake(world: World, act: acts.Intake) -> Done:
    """A contact arrives."""
    external_id = msgspec.msgpack.decode(act.body, type=Body).external_id
    for other in world.contacts.values():
        if (other.channel, other.account, other.external_id) == (act.channel, act.account, external_id):
            if other.fingerprint != act.fingerprint:
                raise Refusal("external_id_conflict")
            return other, True
    must_be_current(world, act.revision)
    for other in world.contacts.values():
        same = (other.channel, other.account, other.thread) == (act.channel, act.account, act.thread)
        if act.thread is not None and same and other.state not in ENDED:
            raise Refusal("thread_open")
    if act.contact in world.contacts:
        raise Refusal("exists")
    return arrive(world, act, external_id), False


def arrive(world: World, act: acts.Arriving[Any], external_id: str) -> Contact:
    """A new contact begins: it comes to its queue, waits for its time, or is one whom nobody serves."""
    contact = _new_contact(world, act, external_id)
    world.contacts[contact.id] = contact
    if act.blocked:
        end_contact(world, contact, "rejected", "blocked", "system", reason="blocked")
        return contact
    if act.arrived is not None and act.arrived != contact.arrived:
        world.say_contact("contact.clamped", contact, claimed=act.arrived, arrived=contact.arrived)
    if act.unroutable is not None:
        world.say_contact("contact.unroutable", contact, missing=act.unroutable)
    if act.not_before is not None and act.not_before > world.now:
        doors.schedule(world, contact, act.not_before)
    else:
        doors.enter(world, contact, "arrived", contact.arrived)
    return contact


def _new_contact(world: World, act: acts.Arriving[Any], external_id: str) -> Contact:
    arrived = world.now if act.arrived is None else act.arrived
    first = visits.begin(world, act.customer)
    return Contact(
        id=act.contact,
        channel=act.channel,
        account=act.account,
        medium=act.medium,
        thread=act.thread,
        external_id=external_id,
        fingerprint=act.fingerprint,
        session="live" if act.session else None,
        customer=act.customer,
        customer_type=act.customer_type,
        language=act.language,
        queue=act.queue,
        priority=act.priority,
        plan=act.plan,
        stages=unpacked(act.packed_plan),
        revision=act.revision,
        unroutable=act.unroutable,
        body=act.body,
        first=first,
        born=world.seq() + 1,
        arrived=min(max(arrived, world.now - LIMITS["arrived_ms"]), world.now),
    )


def patch(world: World, act: acts.Patch) -> Done:
    """New facts, or a newer operation; a contact that waits for an agent is routed anew where that changes anything."""
    contact = known(world, act.contact, act.version)
    must_be_current(world, act.revision)
    if act.body is not None:
        visits.belong_to(world, contact, act.customer)
        contact.body, contact.customer_type = act.body, act.customer_type
    said = {"rerouted": False, "from_queue": None, "reason": None, **NOWHERE}
    if contact.state in {"queued", "offered", "scheduled"}:
        said |= _follow(world, contact, act)
    if act.body is not None or said["reason"] is not None:
        world.say_contact("contact.patched", contact, **said)
        if said["reason"] is not None:
            waiting.meet_past(world, contact)
    return contact, False


def _follow(world: World, contact: Contact, act: acts.Patch) -> dict[str, object]:
    """The contact follows the act's plan. Gives what the event says of that, nothing where nothing has changed."""
    queue = world.queue(act.queue)
    before = (contact.plan, contact.queue, contact.priority, contact.rank)
    from_queue = contact.queue
    contact.unroutable = act.unroutable
    contact.revision = act.revision
    contact.plan, contact.stages, contact.priority = act.plan, unpacked(act.packed_plan), act.priority
    if contact.state == "scheduled":
        contact.queue = act.queue
        return {}
    if before == (act.plan, act.queue, act.priority, order.rank(world, queue, contact)):
        return {}
    if contact.state == "offered":
        offers.withdraw(world, contact, "rerouted")
    if act.queue != from_queue:
        waiting.end_wait(world, contact)
        contact.hops = 0
        waiting.begin_wait(contact, act.queue, world.now)
    placed = waiting.place(world, contact)
    return {"rerouted": act.queue != from_queue, "from_queue": from_queue, "reason": "rerouted", **placed}


def left(world: World, act: acts.Left) -> Done:
    """The customer is gone; the state decides what that means."""
    contact = known(world, act.contact, act.version)
    if contact.state in ENDED:
        return contact, True
    if act.lost:
        lose(world, contact)
        return contact, False
    was_scheduled, was_parked = contact.state == "scheduled", contact.state == "parked"
    waited, handled = detach(world, contact, "customer_left", act.at)
    if was_scheduled:
        end_contact(world, contact, "cancelled", "cancelled", "customer", waited=waited)
        return contact, False
    if handled is not None or was_parked:
        end_contact(world, contact, "closed", outcome_of(contact), "customer", handled=handled)
        return contact, False
    assert waited is not None
    queue = world.queue(contact.queue)
    data = {"waited": waited, "in_target": waited <= queue.target_ms, "short": waited < queue.short_ms}
    end_contact(world, contact, "abandoned", "abandoned", "customer", **data)
    return contact, False


def cancel(world: World, act: acts.Cancel) -> Done:
    """An operator or the API ends a contact that is not over."""
    contact = known(world, act.contact, act.version)
    if contact.state == "cancelled":
        return contact, True
    if contact.state in ENDED:
        raise Refusal("wrong_state")
    waited, _ = detach(world, contact, "cancelled")
    end_contact(world, contact, "cancelled", "cancelled", _who(world), waited=waited)
    return contact, False


def _who(world: World) -> str:
    return "agent" if world.by.role == "agent" else "supervisor"


def _who_hung_up(world: World) -> str:
    """An adapter says it for the agent, who did it at his phone."""
    return "agent" if world.by.role in {"agent", "adapter"} else "supervisor"


def requeue(world: World, act: acts.Requeue) -> Done:
    """The contact goes back to its queue, and not at once to the same agent."""
    contact = his(world, act.contact, act.version)
    if contact.state == "queued":
        return contact, True
    if contact.state == "offered":
        rest(world, offers.withdraw(world, contact, "requeued"), contact)
        waiting.go_back(world, contact)
        return contact, False
    if contact.state != "assigned":
        raise Refusal("wrong_state")
    handled = leave_agent(world, contact)
    rest(world, world.agents[contact.agent or ""], contact)
    talks.requeue(world, contact, "requeued", handled)
    return contact, False


def reprioritise(world: World, act: acts.Reprioritise) -> Done:
    """A waiting contact gets another priority, and its place by it."""
    contact = known(world, act.contact, act.version)
    if contact.priority == act.priority:
        return contact, True
    if contact.state not in {"queued", "offered", "scheduled"}:
        raise Refusal("wrong_state")
    contact.priority = act.priority
    placed = NOWHERE
    if contact.state == "queued":
        placed = waiting.place(world, contact)
    elif contact.state == "offered":
        contact.rank = order.rank(world, world.queue(contact.queue), contact)
        lane = contact.stages[contact.queue][contact.stage or 0].lane
        placed = waiting.place_data(contact, lane)
    world.say_contact("contact.reprioritised", contact, priority=act.priority, **placed)
    return contact, False


def transfer(world: World, act: acts.Transfer) -> Done:
    """The contact goes to another queue, or first to one agent; who gives it away is not offered it at once."""
    contact = his(world, act.contact, act.version)
    must_be_current(world, act.revision)
    if contact.state not in {"assigned", "offered", "queued"}:
        raise Refusal("wrong_state")
    stages = unpacked(act.packed_plan)
    if act.agent is not None:
        _can_get(world, act.agent, stages[act.queue][0].lane)
    if act.body is not None:
        contact.body = act.body
    from_queue, giver = contact.queue, contact.agent if contact.state == "assigned" else None
    _, handled = detach(world, contact, act.reason)
    if giver is not None:
        rest(world, world.agents[giver], contact)
    contact.plan, contact.stages = act.plan, stages
    contact.unroutable, contact.revision, contact.hops = act.unroutable, act.revision, 0
    contact.agent = contact.assigned_at = contact.answered_at = None
    waiting.begin_wait(contact, act.queue, world.now)
    placed = waiting.place(world, contact)
    said = {"from_queue": from_queue, "reason": act.reason, "to_agent": act.agent, "escalated": list(act.escalated)}
    said |= {"answered": handled is not None, "handled": handled}
    world.say_contact("contact.transferred", contact, giver, **said, **placed)
    return contact, False


def _can_get(world: World, name: str, lane: Lane) -> None:
    """Whether a contact of the lane can be sent to the agent."""
    agent = world.agent(name)
    if not may_serve(world, agent, lane) or not is_signed_in(world, agent):
        raise Refusal("not_capable")


def complete(world: World, act: acts.Complete) -> Done:
    """The agent ends the talk, or says after its end how it went; the first word counts."""
    contact = his(world, act.contact, act.version)
    if contact.state not in {"assigned", "parked", "closed"}:
        raise Refusal("wrong_state")
    if contact.state == "closed" and (contact.disposition is not None or act.disposition is None):
        return contact, True
    new = [
        one.n for one in contact.kept.values() if one.direction == "in" and act.seen is not None and one.n > act.seen
    ]
    if new and contact.state != "closed":
        raise Refusal("unseen")
    if act.body is not None:
        contact.body = act.body
    contact.disposition = act.disposition
    goes_on = contact.state != "closed"
    if goes_on:
        outcome = outcome_of(contact)
        _, handled = detach(world, contact)
        end_contact(world, contact, "closed", outcome, _who_hung_up(world), handled=handled)
    dispose(world, contact, act.disposition)
    if goes_on:
        saying.farewell(world, contact)
    return contact, False


def rate(world: World, act: acts.Rate) -> Done:
    """The customer's score; the first counts. One who was asked has his time for it."""
    contact = world.contact(act.contact)
    if contact.rating is not None:
        return contact, True
    if contact.state != "closed":
        raise Refusal("wrong_state")
    if contact.rating_until is not None and world.now > contact.rating_until:
        raise Refusal("too_late")
    if act.body is not None:
        contact.body = act.body
    contact.rating = act.score
    world.say_contact("contact.rated", contact, score=act.score)
    return contact, False
