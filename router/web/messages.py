"""Conversations: messages in and out, parking, and who is writing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec

from router.domain.message import Attachment, Content, parse_message_id
from router.domain.new import NewContact, NewMessage
from router.domain.wire import answers, conversations, queries, requests
from router.domain.wire.moment import wall_ms
from router.engine.acts import messages as acts
from router.engine.acts.reading import GetContact
from router.kit.errors import Refusal
from router.web.contacts import CHANGES, customer_of, known_ms
from router.web.operation import ADAPTERS, EVERYBODY, READERS, SERVERS, Call, Reply, Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from router.domain.contact import Contact
    from router.domain.message import Message
    from router.engine.engine import Answer

table = Table()


@table.add(
    "POST", "/channels/{channel}/messages", ADAPTERS, body=requests.PostMessage, answer=conversations.Received,
    status=201, repeated=200, refuses=("unknown_channel", "too_many", "old_operation"),
)  # fmt: skip
async def post_message(call: Call) -> Reply:
    """A message in a thread: for its open contact, else a contact begins with it. What came before answers 200."""
    said: requests.PostMessage = call.body
    channel = call.own_channel(said.account)
    if said.edits is not None or said.deletes is not None:
        return await _revise(call, channel, said)
    customer = said.customer.id if said.customer else None
    call.served.limits.take(channel, said.account, customer)
    new = NewContact(
        channel=channel,
        # The channel's own ids need only be unique in their thread.
        external_id=f"{said.thread}/{said.external_id}",
        account=said.account,
        thread=said.thread,
        customer=customer_of(said.customer),
        attributes=said.attributes,
        metadata=said.metadata,
        tags=said.tags,
        arrived_at=known_ms(said.sent_at),
    )
    message = NewMessage(
        message=said.external_id,
        author=said.author,
        kind=said.kind,
        content=_content(said.text, said.attachments or ()),
        sent_at=known_ms(said.sent_at),
        in_reply_to=said.in_reply_to,
        reply_until=known_ms(said.reply_until),
    )
    answer = await call.served.contacts.receive(new, message, call.by, call.served.wall_ms())
    contact, found, opened = answer.result
    call.served.own.duplicates[channel] += answer.repeated and contact is not None
    if contact is not None and found is not None and found.n == 1 and found.direction == "in":
        # Also where this was done before: whoever took the message in may have died before he could greet.
        await _greet(call, contact)
    return await _received(call, answer, contact, found, opened=opened)


async def _revise(call: Call, channel: str, said: requests.PostMessage) -> Reply:
    if said.edits is not None and said.deletes is not None:
        raise Refusal("malformed", "a message is edited or deleted, not both")
    content = None if said.edits is None else await _edited(call, channel, said, said.edits)
    act = acts.Revise(
        channel=channel,
        account=said.account,
        thread=said.thread,
        message=said.edits or said.deletes or "",
        content=None if content is None else msgspec.msgpack.encode(content),
        at=known_ms(said.sent_at) or call.served.wall_ms(),
    )
    answer = await call.served.engine.do(act, call.by)
    return await _received(call, answer, *answer.result, opened=False, status=200)


async def _edited(call: Call, channel: str, said: requests.PostMessage, message: str) -> Content:
    """What a message says after an edit."""
    if said.attachments is not msgspec.UNSET:
        return _content(said.text, said.attachments)
    act = acts.GetKnown(channel=channel, account=said.account, thread=said.thread, message=message)
    known = (await call.served.engine.do(act)).result
    return Content(said.text, () if known is None or known.content is None else known.content.attachments)


async def _greet(call: Call, contact: Contact) -> None:
    """Tell the customer how it stands; with how long it will take, where that can be said."""
    found = await call.served.engine.do(GetContact(contact=contact.id))
    estimate = await call.served.estimates.of(found)
    least = most = None
    if estimate is not None and estimate.from_s is not None and estimate.to_s is not None:
        least = max(1, math.floor(estimate.from_s / 60))
        most = max(least + 1, math.ceil(estimate.to_s / 60))
    await call.served.engine.do(acts.Greet(contact=contact.id, least=least, most=most))


@table.add(
    "POST", "/messages/{message}/state", ADAPTERS, body=requests.MessageStateSaid, answer=conversations.Message,
    refuses=("unknown_message",),
)  # fmt: skip
async def message_state(call: Call) -> Reply:
    """What has become of a message that was to be sent. What is known already, or is older, changes nothing."""
    said: requests.MessageStateSaid = call.body
    contact, n = await call.own("message", parse_message_id)
    act = acts.SetMessageState(contact=contact, n=n, state=said.state, external_id=said.external_id, code=said.code)
    return Reply(call.served.views.message((await call.served.engine.do(act, call.by)).result))


@table.add(
    "GET", "/contacts/{contact}/messages", EVERYBODY, query=queries.ListMessages, answer=conversations.Messages,
    refuses=("unknown_contact",),
)  # fmt: skip
async def list_messages(call: Call) -> Reply:
    """What was said, in its order; notes are not the customer's, and so not the channel's."""
    return await _page(call, await call.talk())


@table.add(
    "GET", "/contacts/{contact}/earlier/{earlier}/messages", SERVERS | READERS, query=queries.ListMessages,
    answer=conversations.Messages, refuses=("unknown_contact",),
)  # fmt: skip
async def list_earlier_messages(call: Call) -> Reply:
    """What was said in an earlier contact of the same customer, whoever served it."""
    contact = await call.talk()
    earlier = (await call.served.engine.do(GetContact(contact=call.path["earlier"]))).result[0]
    if contact.customer is None or earlier.customer != contact.customer or earlier.born >= contact.born:
        raise Refusal("unknown_contact", earlier.id)
    return await _page(call, earlier)


async def _page(call: Call, contact: Contact) -> Reply:
    """The messages of a contact that the query asks for."""
    asked: queries.ListMessages = call.query
    act = acts.GetMessages(contact=contact.id, after=asked.after, most=asked.limit)
    found = (await call.served.engine.do(act)).result
    following = asked.after + asked.limit
    shown = [call.served.views.message(one) for one in found if call.role != "adapter" or one.direction != "note"]
    return Reply(conversations.Messages(items=shown, next=following if following < (contact.messages or 0) else None))


@table.add(
    "POST", "/contacts/{contact}/messages", SERVERS, body=requests.Send, answer=conversations.Message, status=201,
    repeated=200, refuses=("unknown_contact", "wrong_state", "stale", "too_late", "idempotency_key_reused"), do="send",
)  # fmt: skip
async def send(call: Call) -> Reply:
    """A message to the customer; for chat media an agent's answers the contact. Or a note that he does not see."""
    said: requests.Send = call.body
    if not said.text and not said.attachments:
        raise Refusal("malformed", "a message has a text or attachments")
    await call.check_contact()
    act = acts.Send(
        contact=call.path["contact"],
        version=call.version,
        kind=said.attachments[0].kind if said.attachments else "text",
        content=msgspec.msgpack.encode(_content(said.text, said.attachments)),
        in_reply_to=said.in_reply_to,
        client_id=said.client_id,
        note=said.note,
    )
    answer = await call.served.engine.do(act, call.by, call.key)
    return Reply(call.served.views.message(answer.result), 200 if answer.repeated else 201)


@table.add(
    "POST", "/contacts/{contact}/typing", SERVERS | ADAPTERS, body=requests.Nothing,
    refuses=("unknown_contact", "wrong_state"), status=204, do="typing",
)  # fmt: skip
async def typing(call: Call) -> Reply:
    """The caller's side is writing: the customer where an adapter says so. Told to the other at most every 3 s."""
    await call.check_contact()
    side = "customer" if call.role == "adapter" else "agent"
    if call.served.limits.may_say_typing(call.path["contact"], side):
        await call.served.engine.do(acts.SayTyping(contact=call.path["contact"], side=side), call.by)
    return Reply(None)


@table.add(
    "POST", "/contacts/{contact}/park", SERVERS, body=requests.Nothing, answer=answers.Contact,
    refuses=CHANGES, do="park",
)  # fmt: skip
async def park(call: Call) -> Reply:
    """The conversation waits for its customer and occupies nobody; his next message brings it back to its agent."""
    await call.check_contact()
    answer = await call.served.contacts.park(call.path["contact"], call.by, call.version, call.key)
    return Reply(await call.served.views.contact(answer, answer.result))


@table.add(
    "POST", "/contacts/{contact}/resume", SERVERS, body=requests.Nothing, answer=answers.Contact, refuses=CHANGES,
    do="resume",
)  # fmt: skip
async def resume(call: Call) -> Reply:
    """The parked conversation waits for an agent again, first for the one who parked it."""
    await call.check_contact()
    act = acts.Resume(contact=call.path["contact"], version=call.version)
    answer = await call.served.engine.do(act, call.by, call.key)
    return Reply(await call.served.views.contact(answer, answer.result))


async def _received(
    call: Call,
    answer: Answer[Any],
    contact: Contact | None,
    message: Message | None,
    *,
    opened: bool,
    status: int | None = None,
) -> Reply:
    received = conversations.Received(
        contact=None if contact is None else await call.served.views.contact(answer, contact),
        message=None if message is None else call.served.views.message(message),
        opened=opened,
    )
    return Reply(received, status or (200 if answer.repeated else 201))


def _content(text: str | None, attachments: Iterable[requests.Attachment]) -> Content:
    return Content(
        text,
        tuple(
            Attachment(
                kind=one.kind,
                name=one.name,
                mime=one.mime,
                bytes=one.bytes,
                url=one.url,
                expires_at=None if one.expires_at is None else wall_ms(one.expires_at),
                unavailable=one.unavailable,
            )
            for one in attachments
        ),
    )
