"""The list of contacts, page by page."""

from __future__ import annotations

import base64

import msgspec

from router.domain.wire import answers, queries
from router.domain.wire.moment import wall_ms
from router.engine.acts.messages import GetContactsOf
from router.kit.errors import Refusal
from router.service.listing import Listing, Place, Wanted
from router.web.operation import EVERYBODY, READERS, SERVERS, Call, Reply, Table

table = Table()


@table.add(
    "GET", "/contacts", EVERYBODY, query=queries.ListContacts, answer=answers.Contacts, refuses=("unknown_agent",)
)
async def list_contacts(call: Call) -> Reply:
    """The contacts that the caller may see: by queue those who wait, then talks, then scheduled, then the last ended.

    An agent's token lists what he has or had; an adapter's its account. Of one customer, the last that came is first. A
    page may be short and not the last: go on while there is a `next`.
    """
    said: queries.ListContacts = call.query
    token = call.known.token
    wanted = Wanted(
        sees=call.sees,
        agent=token.agent,
        account=(token.channel, token.account) if token.channel is not None and token.account is not None else None,
        state=said.state,
        queue=said.queue,
        customer=said.customer,
        since=None if said.since is None else wall_ms(said.since),
        rating=said.rating,
    )
    listing = Listing(call.served.engine, call.served.current)
    found, following = await listing.page(wanted, None if said.after is None else _place(said.after), said.limit)
    items = [await call.served.views.contact(answer, contact) for answer, contact in found]
    return Reply(answers.Contacts(items=items, next=None if following is None else _cursor(following)))


@table.add(
    "GET", "/contacts/{contact}/earlier", SERVERS | READERS, query=queries.ListEarlier, answer=answers.Contacts,
    refuses=("unknown_contact",),
)  # fmt: skip
async def list_earlier(call: Call) -> Reply:
    """The contacts of the same customer that came before this one, the last first, whoever served them.

    None where the channel does not know the customer. An agent sees those of what he has or is offered.
    """
    asked: queries.ListEarlier = call.query
    _answer, contact = await call.contact()
    if contact.customer is None:
        return Reply(answers.Contacts(items=[], next=None))
    before = contact.born if asked.after is None else min(asked.after, contact.born)
    found = await call.served.engine.do(GetContactsOf(customer=contact.customer, before=before, most=asked.limit))
    earlier, following = found.result
    items = [await call.served.views.contact(found, one) for one in earlier]
    return Reply(answers.Contacts(items=items, next=None if following is None else str(following)))


def _cursor(place: Place) -> str:
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(place)).decode().rstrip("=")


def _place(cursor: str) -> Place:
    """The place that a cursor says. Refuses `malformed` where it is none of ours."""
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return msgspec.msgpack.decode(packed, type=Place)
    except (ValueError, msgspec.DecodeError):
        raise Refusal("malformed", "after is the next of an earlier page") from None
