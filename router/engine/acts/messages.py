"""The acts on conversations: messages, parking, what customers are told by themselves, and what is forgotten."""

from __future__ import annotations

from typing import Literal

from router.domain.contact import Contact
from router.domain.message import Message, MessageState
from router.engine.acts.act import Act, QuietAct
from router.engine.acts.contacts import Arriving, OfContact


class Receive(Arriving[tuple[Contact | None, Message | None, bool]], frozen=True, kw_only=True):
    """A message comes in a thread: its open contact gets it, or one begins with it, as an intake's fields say.

    Gives the contact, the message, and whether the contact began with it. Nothing of both where it was written on our
    side (`author` "agent") and nothing is open. `message` is its external id, unique in its thread; `external_id` that
    of a contact that begins with it. `content` is a packed `Content`; `sent_at` and `reply_until` are wall times.
    """

    returns = "value"
    result = tuple[Contact | None, Message | None, bool]
    refuses = ("old_operation", "exists")

    message: str
    author: Literal["customer", "agent"]
    kind: str
    content: bytes
    sent_at: int | None
    in_reply_to: str | None
    reply_until: int | None


class Send(Act[Message], frozen=True, kw_only=True):
    """Somebody on our side writes to the customer, or a `note` that he does not see.

    `client_id` is the author's own name for it: once more, and it is the same message. `in_reply_to` is a message's id.
    """

    returns = "value"
    result = Message
    refuses = ("unknown_contact", "stale", "wrong_state", "too_late")
    grows = True

    contact: str
    version: int | None = None
    kind: str
    content: bytes
    in_reply_to: str | None
    client_id: str | None
    note: bool


class Revise(Act[tuple[Contact | None, Message | None]], frozen=True, kw_only=True):
    """A message of the channel was changed at the wall time `at`, or is gone (`content` None).

    Gives its contact and the message as it stands; nothing of both where nobody knows it any more.
    """

    returns = "value"
    result = tuple[Contact | None, Message | None]
    repeatable = True

    channel: str
    account: str
    thread: str
    message: str
    content: bytes | None
    at: int


class SetMessageState(Act[Message], frozen=True, kw_only=True):
    """What has become of a message that was to be sent; what is older than what is known changes nothing."""

    returns = "value"
    result = Message
    refuses = ("unknown_message",)
    repeatable = True

    contact: str
    n: int
    state: MessageState
    external_id: str | None = None
    code: str | None = None


class Park(OfContact, frozen=True, kw_only=True):
    """A conversation waits for its customer and occupies nobody; it comes back to `queue`, as its plan says."""

    refuses = ("unknown_contact", "stale", "wrong_state", "old_operation")
    repeatable = True

    queue: str
    plan: str
    packed_plan: bytes
    unroutable: str | None
    revision: int
    body: bytes


class Resume(OfContact, frozen=True, kw_only=True):
    """A parked conversation waits for an agent again, first for the one who parked it."""


class Greet(QuietAct, frozen=True, kw_only=True):
    """Tells the customer of a conversation that has just begun his place, and the minutes it takes where known."""

    refuses = ("unknown_contact",)

    contact: str
    least: int | None = None
    most: int | None = None


class SayTyping(QuietAct, frozen=True, kw_only=True):
    """The customer, or whoever serves him, is writing."""

    refuses = ("unknown_contact", "wrong_state")

    contact: str
    side: Literal["customer", "agent"]


class Erase(OfContact, frozen=True, kw_only=True):
    """A contact forgets who its customer is and what was said; `body` is what it may go on to know."""

    refuses = ("unknown_contact", "stale")
    repeatable = True

    body: bytes


class GetMessage(Act[Message], frozen=True, kw_only=True):
    """One message as it stands."""

    returns = "value"
    result = Message
    refuses = ("unknown_message",)
    reads = True

    contact: str
    n: int


class GetKnown(Act[Message | None], frozen=True, kw_only=True):
    """The message that a thread knows by this external id, or None."""

    returns = "value"
    result = Message | None
    reads = True

    channel: str
    account: str
    thread: str
    message: str


class GetMessages(Act[list[Message]], frozen=True, kw_only=True):
    """At most so many of a contact's messages, in their order, from behind number `after`."""

    returns = "value"
    result = list[Message]
    refuses = ("unknown_contact",)
    reads = True

    contact: str
    after: int = 0
    most: int = 100


class GetOutbox(Act[tuple[list[Message], int | None]], frozen=True, kw_only=True):
    """Messages of an account that are still to be sent, in their order, and where to go on (None: that is all)."""

    returns = "value"
    result = tuple[list[Message], int | None]
    reads = True

    channel: str
    account: str
    after: int = 0
    most: int = 100


class GetContactsOf(Act[tuple[list[Contact], int | None]], frozen=True, kw_only=True):
    """The contacts of a customer that are still kept, from the last on, and where to go on (None: that is all)."""

    returns = "value"
    result = tuple[list[Contact], int | None]
    reads = True

    customer: str
    before: int | None = None
    most: int = 100
