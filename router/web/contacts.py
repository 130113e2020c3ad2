"""Contacts: they arrive, change, are served and end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from router.domain.customer import Customer
from router.domain.new import Change, NewContact
from router.domain.wire import answers, requests
from router.domain.wire.moment import wall_ms
from router.engine.acts import contacts as acts
from router.kit.errors import Refusal
from router.service.explain import explain, explanation
from router.web.operation import CHANNELS, EVERYBODY, MANAGERS, SERVERS, Call, Reply, Table

if TYPE_CHECKING:
    from datetime import datetime

    from router.domain.contact import Body, Contact
    from router.engine.acts.act import Act
    from router.engine.engine import Answer

CHANGES = ("unknown_contact", "wrong_state", "stale", "idempotency_key_reused")

table = Table()


@table.add(
    "POST", "/contacts", CHANNELS, body=requests.PostContact, answer=answers.Contact, status=201, repeated=200,
    refuses=("unknown_channel", "unknown_queue", "external_id_conflict", "thread_open", "idempotency_key_reused",
             "old_operation", "too_many"),
)  # fmt: skip
async def post_contact(call: Call) -> Reply:
    """A contact arrives; the same external id again answers 200 with the contact as it stands."""
    said: requests.PostContact = call.body
    if not call.known.token.speaks_for(said.channel, said.account):
        raise Refusal("unknown_channel", f"the token does not speak for {said.channel}, {said.account}")
    call.served.limits.take(said.channel, said.account, said.customer.id if said.customer else None)
    new = NewContact(
        channel=said.channel,
        external_id=said.external_id,
        account=said.account,
        thread=said.thread,
        medium=said.medium,
        customer=customer_of(said.customer),
        attributes=said.attributes,
        metadata=said.metadata,
        tags=said.tags,
        queue=said.queue,
        priority=said.priority,
        requirement=said.requirement.requirement() if said.requirement else None,
        arrived_at=known_ms(said.arrived_at),
        not_before=known_ms(said.not_before),
    )
    answer = await call.served.contacts.post(new, call.by, call.served.wall_ms(), call.key)
    call.served.own.duplicates[answer.result.channel] += answer.repeated
    return Reply(await call.served.views.contact(answer, answer.result), 200 if answer.repeated else 201)


@table.add("GET", "/contacts/{contact}", EVERYBODY, answer=answers.Contact, refuses=("unknown_contact",))
async def get_contact(call: Call) -> Reply:
    """A contact as it stands, with its place in the queue and how long it will probably wait."""
    answer, contact = await call.contact()
    estimate = await call.served.estimates.of(answer)
    return Reply(await call.served.views.contact(answer, contact, answer.result[1], estimate))


@table.add("GET", "/contacts/{contact}/explain", EVERYBODY, answer=answers.Explanation, refuses=("unknown_contact",))
async def explain_contact(call: Call) -> Reply:
    """What a contact waits for, what keeps each agent from it, what would help and what comes next."""
    answer, contact = await call.contact()
    explained = await explain(call.served.engine, call.served.current, contact.id)
    return Reply(explanation(explained, answer.wall - answer.now))


@table.add(
    "PATCH", "/contacts/{contact}", CHANNELS | SERVERS, body=requests.PatchContact, answer=answers.Contact,
    refuses=("unknown_contact", "stale"), do="patch",
)  # fmt: skip
async def patch_contact(call: Call) -> Reply:
    """New facts about a contact; while it waits it is routed anew, its arrival kept."""
    said: requests.PatchContact = call.body
    await call.check_contact()
    change = Change(
        customer=None if said.customer is None else customer_of(said.customer),
        attributes=said.attributes,
        metadata=said.metadata,
        tags=said.tags,
    )
    return await _shown(call, await call.served.contacts.patch(call.path["contact"], change, call.by, call.version))


@table.add(
    "POST", "/contacts/{contact}/left", CHANNELS, body=requests.Left, answer=answers.Contact,
    refuses=("unknown_contact", "stale", "idempotency_key_reused"),
)  # fmt: skip
async def left(call: Call) -> Reply:
    """The customer is gone; the state decides what that means, unless the channel lost him."""
    said: requests.Left = call.body
    lost = said.lost or None
    act = acts.Left(contact=call.path["contact"], version=call.version, at=known_ms(said.at), lost=lost)
    return await _do(call, act)


@table.add(
    "POST", "/contacts/{contact}/connected", CHANNELS, body=requests.Connected, answer=answers.Contact, refuses=CHANGES
)
async def connected(call: Call) -> Reply:
    """Customer and agent can hear each other; where an offer rings, it is accepted by that."""
    said: requests.Connected = call.body
    act = acts.Connected(contact=call.path["contact"], version=call.version, attempt=said.attempt, at=known_ms(said.at))
    return await _do(call, act)


@table.add(
    "POST", "/contacts/{contact}/connect-failed", CHANNELS, body=requests.ConnectFailed, answer=answers.Contact,
    refuses=CHANGES,
)  # fmt: skip
async def connect_failed(call: Call) -> Reply:
    """Customer and agent could not be joined; the customer goes back to the front."""
    said: requests.ConnectFailed = call.body
    act = acts.ConnectFailed(
        contact=call.path["contact"], version=call.version, attempt=said.attempt, reason=said.reason
    )
    return await _do(call, act)


@table.add(
    "POST", "/contacts/{contact}/interrupted", CHANNELS, body=requests.Interrupted, answer=answers.Contact,
    refuses=CHANGES,
)  # fmt: skip
async def interrupted(call: Call) -> Reply:
    """The agent is lost in the midst of the talk; the customer goes to the front, to the same agent first."""
    await call.check_contact()
    answer = await call.served.contacts.interrupt(
        call.path["contact"], call.by, at=known_ms(call.body.at), version=call.version, key=call.key
    )
    return await _shown(call, answer)


@table.add(
    "POST", "/contacts/{contact}/handover", CHANNELS, body=requests.HandOver, answer=answers.Contact,
    refuses=(*CHANGES, "unknown_agent", "not_capable"),
)  # fmt: skip
async def handover(call: Call) -> Reply:
    """A colleague who was consulted goes on with the talk."""
    return await _do(call, acts.HandOver(contact=call.path["contact"], version=call.version, agent=call.body.agent))


@table.add(
    "POST", "/contacts/{contact}/reply", SERVERS, body=requests.Nothing, answer=answers.Contact, refuses=CHANGES,
    do="reply",
)  # fmt: skip
async def reply(call: Call) -> Reply:
    """The agent has written to the customer by a way of his own; for chat media that answers the contact."""
    return await _do(call, acts.Reply(contact=call.path["contact"], version=call.version))


@table.add(
    "POST", "/contacts/{contact}/complete", CHANNELS | SERVERS, body=requests.Complete, answer=answers.Contact,
    refuses=(*CHANGES, "unseen"), do="complete",
)  # fmt: skip
async def complete(call: Call) -> Reply:
    """The talk is over; or, after its end, how it went."""
    said: requests.Complete = call.body
    dispositions = call.served.current.operation.dispositions
    if said.disposition is not None and said.disposition not in dispositions:
        raise Refusal("malformed", f"disposition = {said.disposition}: there are {', '.join(dispositions)}")
    body = None if said.tags is None else _body((await call.contact())[1], tags=said.tags)
    act = acts.Complete(
        contact=call.path["contact"], version=call.version, disposition=said.disposition, body=body, seen=said.seen
    )
    return await _do(call, act)


@table.add(
    "POST", "/contacts/{contact}/transfer", CHANNELS | SERVERS, body=requests.Transfer, answer=answers.Contact,
    refuses=(*CHANGES, "unknown_queue", "unknown_agent", "not_capable"), do="transfer",
)  # fmt: skip
async def transfer(call: Call) -> Reply:
    """The contact goes to a queue, or to one agent first, its arrival kept."""
    said: requests.Transfer = call.body
    if said.queue is None and said.agent is None:
        raise Refusal("malformed", "a transfer names a queue or an agent")
    await call.check_contact()
    answer = await call.served.contacts.transfer(
        call.path["contact"],
        call.by,
        queue=said.queue,
        agent=said.agent,
        requirement=said.requirement.requirement() if said.requirement else None,
        note=said.note,
        version=call.version,
        idempotency=call.key,
    )
    return await _shown(call, answer)


@table.add(
    "POST", "/contacts/{contact}/reassign", MANAGERS, body=requests.Reassign, answer=answers.Contact,
    refuses=(*CHANGES, "unknown_agent", "not_capable"),
)  # fmt: skip
async def reassign(call: Call) -> Reply:
    """A supervisor gives the contact to another agent first."""
    answer = await call.served.contacts.transfer(
        call.path["contact"],
        call.by,
        agent=call.body.agent,
        reason="reassigned",
        version=call.version,
        idempotency=call.key,
    )
    return await _shown(call, answer)


@table.add(
    "POST", "/contacts/{contact}/requeue", SERVERS, body=requests.Nothing, answer=answers.Contact, refuses=CHANGES,
    do="requeue",
)  # fmt: skip
async def requeue(call: Call) -> Reply:
    """The contact goes back to its queue, in its old place."""
    return await _do(call, acts.Requeue(contact=call.path["contact"], version=call.version))


@table.add(
    "POST", "/contacts/{contact}/cancel", CHANNELS, body=requests.Nothing, answer=answers.Contact, refuses=CHANGES
)
async def cancel(call: Call) -> Reply:
    """The contact ends, whatever its state."""
    return await _do(call, acts.Cancel(contact=call.path["contact"], version=call.version))


@table.add(
    "POST", "/contacts/{contact}/reprioritise", MANAGERS, body=requests.Reprioritise, answer=answers.Contact,
    refuses=CHANGES,
)  # fmt: skip
async def reprioritise(call: Call) -> Reply:
    """The waiting contact's place follows another priority."""
    act = acts.Reprioritise(contact=call.path["contact"], version=call.version, priority=call.body.priority)
    return await _do(call, act)


@table.add(
    "POST", "/contacts/{contact}/rating", CHANNELS, body=requests.Rating, answer=answers.Contact,
    refuses=("unknown_contact", "wrong_state", "too_late", "idempotency_key_reused"),
)  # fmt: skip
async def rating(call: Call) -> Reply:
    """What the customer says of a contact that is over; the first counts."""
    said: requests.Rating = call.body
    _answer, contact = await call.contact()
    body = None if said.comment is None else _body(contact, comment=said.comment)
    act = acts.Rate(contact=contact.id, score=said.score, body=body)
    return await _shown(call, await call.served.engine.do(act, call.by, call.key))


async def _do(call: Call, act: Act[Contact]) -> Reply:
    """Do the act if the contact is the caller's business. What agents may do so looks itself whether it is theirs."""
    if call.role != "agent":
        await call.check_contact()
    return await _shown(call, await call.served.engine.do(act, call.by, call.key))


async def _shown(call: Call, answer: Answer[Contact]) -> Reply:
    return Reply(await call.served.views.contact(answer, answer.result))


def customer_of(said: requests.SaidOfCustomer | None) -> Customer:
    """What a request says of the customer."""
    if said is None:
        return Customer()
    return Customer(id=said.id, type=said.type, name=said.name, language=said.language, segment=said.segment)


def _body(contact: Contact, **changes: Any) -> bytes:
    body: Body | None = contact.body
    assert body is not None
    return msgspec.msgpack.encode(msgspec.structs.replace(body, **changes))


def known_ms(given: datetime | None) -> int | None:
    """A time of a request as wall milliseconds, where it says one."""
    return None if given is None else wall_ms(given)
