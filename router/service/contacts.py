"""Contacts on their way into the engine: what is known of the customer, the policy, the plan, the act."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from router.domain.contact import Body, Said
from router.domain.customer import Customer, merge
from router.domain.plan import DIRECT_MS, Plan, Wish, plan_contact
from router.domain.policy import Routing, route
from router.domain.requirement import Requirement
from router.engine.acts.contacts import Intake, Interrupted, Patch, Transfer
from router.engine.acts.messages import Erase, GetContactsOf, Park, Receive
from router.engine.acts.reading import GetContact, GetCustomer
from router.engine.acts.workspace import PutCustomer
from router.engine.engine import SYSTEM
from router.kit.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.domain.contact import Contact
    from router.domain.message import Message
    from router.domain.new import Change, NewContact, NewMessage
    from router.engine.acts.act import Act, Result
    from router.engine.acts.contacts import Arriving
    from router.engine.engine import Actor, Answer, Engine, Key
    from router.kit.ids import IdSource
    from router.service.operations import Current
    from router.service.space import Space

Received = tuple["Contact | None", "Message | None", bool]
"""The contact, the message, and whether the contact began with it."""

_TRIES = 5
_PLANS_MAX = 1_000


class Contacts:
    """The routing of contacts by the operation in force."""

    def __init__(self, engine: Engine, current: Current, ids: IdSource, space: Space | None = None) -> None:
        self._engine = engine
        self._current = current
        self._ids = ids
        self._space = space
        self._plans: dict[bytes, Plan] = {}
        self._planned_by = current.pools

    async def refresh(self) -> int:
        """Work from the operation in force; its revision."""
        await self._current.reload(self._engine)
        return self._current.revision

    async def post(self, new: NewContact, by: Actor, at_ms: int, idempotency: Key | None = None) -> Answer[Contact]:
        """Take a contact in; its id says `at_ms`. Refuses what `Intake` refuses, and unknown channels and queues.

        Raises `StoreAway` also while the disk is nearly full.
        """
        return await self._arrive(new, lambda fields: Intake(**fields), by, at_ms, idempotency)

    async def receive(self, new: NewContact, message: NewMessage, by: Actor, at_ms: int) -> Answer[Received]:
        """Take a message in: for the open contact of its thread, else a contact begins with it, as `new` says.

        Refuses unknown channels. Raises `StoreAway` also while the disk is nearly full.
        """
        said: dict[str, Any] = msgspec.structs.asdict(message)
        said["content"] = msgspec.msgpack.encode(message.content)
        return await self._arrive(new, lambda fields: Receive(**fields, **said), by, at_ms, None)

    async def _arrive(
        self,
        new: NewContact,
        arriving: Callable[[dict[str, Any]], Arriving[Result]],
        by: Actor,
        at_ms: int,
        idempotency: Key | None,
    ) -> Answer[Result]:
        """Do the act that `arriving` makes of what is decided of the contact; again if the operation has changed."""
        if self._space is not None:
            self._space.check()
        for _ in range(_TRIES):
            known = last_agent = None
            if new.customer.id is not None:
                known, last_agent = (await self._engine.do(GetCustomer(customer=new.customer.id))).result
            act = arriving(self._decide(new, self._ids.new(at_ms), known, last_agent))
            try:
                return await self._engine.do(act, by, idempotency)
            except Refusal as refusal:
                if refusal.code != "old_operation":
                    raise
                await self._current.reload(self._engine)
        raise Refusal("old_operation", "the operation changes faster than it can be read")

    async def park(self, contact: str, by: Actor, version: int | None, idempotency: Key | None) -> Answer[Contact]:
        """A conversation waits for its customer; it comes back to its agent first, for a while."""

        def parked(found: Contact, body: Body) -> Park:
            return Park(contact=contact, **self._back(found, body))

        return await self._change(contact, parked, by, version, idempotency)

    async def erase(self, customer: str, by: Actor) -> None:
        """Forget a customer: what the directory says of him, and what his contacts know of him and he has said.

        What is counted stays.
        """
        await self._engine.do(PutCustomer(customer=customer, record=None), by)
        more: int | None = 0
        while more is not None:
            contacts, more = (await self._engine.do(GetContactsOf(customer=customer))).result
            for contact in contacts:
                await self._change(contact.id, _erased, by, None)

    async def patch(self, contact: str, change: Change, by: Actor, version: int | None = None) -> Answer[Contact]:
        """Change what is known of a contact; one that waits is routed anew, its arrival kept."""

        def patched(found: Contact, body: Body) -> Patch:
            customer = merge(change.customer or Customer(), body.customer, self._current.operation.languages[0])
            attributes = json.loads(body.attributes) if change.attributes is None else change.attributes
            tags = body.tags if change.tags is None else change.tags
            routing = self._route(found, customer, attributes, tags, body.said)
            plan = self._plan(routing, found.medium, body.wish)
            changed = msgspec.structs.replace(
                body,
                customer=customer,
                attributes=_json(attributes),
                metadata=body.metadata if change.metadata is None else _json(change.metadata),
                tags=tags,
                requirement=routing.requirement,
                steps=routing.steps,
            )
            return self._patch(found, routing.queue, routing.priority, plan, customer, changed)

        return await self._change(contact, patched, by, version)

    async def plan_anew(self, contact: str, by: Actor = SYSTEM) -> Answer[Contact]:
        """Plan a waiting contact by the operation in force. It keeps its queue; where that is gone, it is routed."""

        def planned(found: Contact, body: Body) -> Patch:
            queue = self._kept_queue(found, body)
            routing = Routing(queue, found.priority, body.requirement, body.steps, ())
            plan = self._plan(routing, found.medium, body.wish)
            return self._patch(found, queue, found.priority, plan, body.customer, None)

        return await self._change(contact, planned, by, None)

    async def transfer(
        self,
        contact: str,
        by: Actor,
        *,
        queue: str | None = None,
        agent: str | None = None,
        requirement: Requirement | None = None,
        note: str | None = None,
        reason: Literal["transferred", "reassigned"] = "transferred",
        version: int | None = None,
        idempotency: Key | None = None,
    ) -> Answer[Contact]:
        """Send a contact to a queue, or to one agent first and then to his or its queue; a requirement is added."""

        def transferred(found: Contact, body: Body) -> Transfer:
            goal = queue or found.queue
            if goal not in self._current.operation.queues:
                raise Refusal("unknown_queue", goal)
            asked = requirement or Requirement()
            needs = body.requirement.plus(asked)
            wish = None if agent is None else Wish((agent,), DIRECT_MS)
            plan = self._plan(Routing(goal, found.priority, needs, body.steps, ()), found.medium, wish)
            notes = body.notes if note is None else (*body.notes, note)
            changed = msgspec.structs.replace(body, requirement=needs, wish=wish, notes=notes)
            return Transfer(
                contact=contact,
                version=found.version,
                queue=goal,
                agent=agent,
                plan=plan.id,
                packed_plan=plan.packed,
                unroutable=plan.unroutable,
                escalated=self._escalated(found.agent, asked),
                reason=reason,
                revision=self._current.revision,
                body=msgspec.msgpack.encode(changed),
            )

        return await self._change(contact, transferred, by, version, idempotency)

    async def interrupt(
        self, contact: str, by: Actor, *, at: int | None = None, version: int | None = None, key: Key | None = None
    ) -> Answer[Contact]:
        """The agent of a talk is not to be heard any more: it goes to the front, to him first for a while."""

        def interrupted(found: Contact, body: Body) -> Interrupted:
            return Interrupted(contact=contact, at=at, **self._back(found, body))

        return await self._change(contact, interrupted, by, version, key)

    def _back(self, found: Contact, body: Body) -> dict[str, Any]:
        """What an act needs to bring a contact back to its agent first, then to its queue."""
        queue = self._kept_queue(found, body)
        wish = None if found.agent is None else Wish((found.agent,), DIRECT_MS)
        plan = self._plan(Routing(queue, found.priority, body.requirement, body.steps, ()), found.medium, wish)
        return {
            "version": found.version,
            "queue": queue,
            "plan": plan.id,
            "packed_plan": plan.packed,
            "unroutable": plan.unroutable,
            "revision": self._current.revision,
            "body": msgspec.msgpack.encode(msgspec.structs.replace(body, wish=wish)),
        }

    async def _change(
        self,
        contact: str,
        act: Callable[[Contact, Body], Act[Contact]],
        by: Actor,
        version: int | None,
        idempotency: Key | None = None,
    ) -> Answer[Contact]:
        """Decide on the contact as it stands; decide again if it, or the operation, has changed meanwhile."""
        for _ in range(_TRIES):
            found, _place = (await self._engine.do(GetContact(contact=contact))).result
            if version is not None and found.version != version:
                raise Refusal("stale", str(found.version))
            assert found.body is not None
            try:
                return await self._engine.do(act(found, found.body), by, idempotency)
            except Refusal as refusal:
                if refusal.code == "old_operation":
                    await self._current.reload(self._engine)
                elif refusal.code != "stale" or version is not None:
                    raise
        raise Refusal("stale", "the contact changes faster than it can be decided on")

    def _decide(self, new: NewContact, contact: str, known: Customer | None, last_agent: str | None) -> dict[str, Any]:
        """The fields of an `Arriving`."""
        operation = self._current.operation
        channel = operation.channels.get(new.channel)
        if channel is None:
            raise Refusal("unknown_channel", new.channel)
        medium = new.medium or channel.medium
        if medium not in operation.media:
            raise Refusal("malformed", f"medium = {medium}: the operation has no such medium")
        customer = merge(new.customer, known, operation.languages[0])
        said = Said(new.queue, new.priority, new.requirement, new.customer)
        facts = _facts(new.channel, new.account, medium, new.thread, customer, new.attributes, new.tags)
        if new.queue is not None and new.queue not in operation.queues:
            raise Refusal("unknown_queue", new.queue)
        routing = route(operation, facts, queue=new.queue, priority=new.priority, requirement=new.requirement)
        wish = Wish((last_agent,)) if last_agent else None
        plan = self._plan(routing, medium, wish)
        body = Body(
            external_id=new.external_id,
            customer=customer,
            attributes=_json(new.attributes),
            metadata=_json(new.metadata),
            tags=new.tags,
            requirement=routing.requirement,
            steps=routing.steps,
            said=said,
            wish=wish,
        )
        return {
            "contact": contact,
            "channel": new.channel,
            "account": new.account,
            "external_id": new.external_id,
            "fingerprint": _fingerprint(new),
            "thread": new.thread,
            "session": channel.session,
            "medium": medium,
            "customer": customer.id,
            "customer_type": customer.type or "",
            "language": None if customer.language == operation.languages[0] else customer.language,
            "queue": routing.queue,
            "priority": routing.priority,
            "arrived": new.arrived_at,
            "not_before": new.not_before,
            "plan": plan.id,
            "packed_plan": plan.packed,
            "unroutable": plan.unroutable,
            "blocked": customer.blocked,
            "revision": self._current.revision,
            "body": msgspec.msgpack.encode(body),
        }

    def _kept_queue(self, found: Contact, body: Body) -> str:
        """The contact's queue; where that is gone, one that the policy chooses."""
        if found.queue in self._current.operation.queues:
            return found.queue
        return self._route(found, body.customer, json.loads(body.attributes), body.tags, Said()).queue

    def _route(
        self, found: Contact, customer: Customer, attributes: dict[str, Any], tags: tuple[str, ...], said: Said
    ) -> Routing:
        facts = _facts(found.channel, found.account, found.medium, found.thread, customer, attributes, tags)
        operation = self._current.operation
        queue = said.queue if said.queue in operation.queues else None
        return route(operation, facts, queue=queue, priority=said.priority, requirement=said.requirement)

    def _plan(self, routing: Routing, medium: str, wish: Wish | None) -> Plan:
        """Most contacts need what others needed: a plan is worked out once an operation."""
        if self._planned_by is not self._current.pools:
            self._planned_by = self._current.pools
            self._plans.clear()
        known = msgspec.msgpack.encode((routing.queue, medium, routing.requirement, routing.steps, wish))
        plan = self._plans.get(known)
        if plan is None:
            plan = plan_contact(
                self._current.operation,
                self._current.pools,
                queue=routing.queue,
                medium=medium,
                requirement=routing.requirement,
                steps=routing.steps,
                wish=wish,
            )
            if len(self._plans) >= _PLANS_MAX:
                self._plans.clear()
            self._plans[known] = plan
        return plan

    def _patch(
        self, found: Contact, queue: str, priority: int, plan: Plan, customer: Customer, body: Body | None
    ) -> Patch:
        return Patch(
            contact=found.id,
            version=found.version,
            customer=customer.id,
            customer_type=customer.type or "",
            queue=queue,
            priority=priority,
            plan=plan.id,
            packed_plan=plan.packed,
            unroutable=plan.unroutable,
            revision=self._current.revision,
            body=None if body is None else msgspec.msgpack.encode(body),
        )

    def _escalated(self, agent: str | None, asked: Requirement) -> tuple[str, ...]:
        """The powers asked for that the giving agent does not have."""
        giver = self._current.operation.agents.get(agent or "")
        held = giver.powers if giver else {}
        return tuple(name for name, amount in sorted(asked.powers.items()) if held.get(name, 0) < amount)


def _erased(found: Contact, body: Body) -> Erase:
    """What a contact may go on to know: what routes it, and nothing that says who it is."""
    kept = Customer(type=body.customer.type, language=body.customer.language, segment=body.customer.segment)
    forgets = msgspec.structs.replace(
        body,
        customer=kept,
        attributes="{}",
        metadata="{}",
        tags=(),
        said=msgspec.structs.replace(body.said, customer=Customer()),
        notes=(),
        comment=None,
    )
    return Erase(contact=found.id, version=found.version, body=msgspec.msgpack.encode(forgets))


def _facts(
    channel: str,
    account: str,
    medium: str,
    thread: str | None,
    customer: Customer,
    attributes: dict[str, Any],
    tags: tuple[str, ...],
) -> dict[str, Any]:
    """The contact's JSON as routes see it."""
    return {
        "channel": channel,
        "account": account,
        "medium": medium,
        "thread": thread,
        "customer": msgspec.structs.asdict(customer),
        "attributes": attributes,
        "tags": list(tags),
    }


def _json(value: dict[str, Any]) -> str:
    return msgspec.json.encode(value).decode()


def _fingerprint(new: NewContact) -> str:
    """Equal for equal requests, whatever the order of their keys."""
    packed = msgspec.msgpack.encode(new, order="deterministic")
    return hashlib.blake2b(packed, digest_size=9).hexdigest()
