"""The acts on contacts."""

from __future__ import annotations

from typing import Literal

from router.domain.contact import Contact
from router.engine.acts.act import HOUR_MS, Act, Result


class OfContact(Act[Contact], frozen=True, kw_only=True):
    """What acts on one contact have in common."""

    refuses = ("unknown_contact", "stale", "wrong_state")

    contact: str
    version: int | None = None
    """Refused as `stale` if the contact has another version; None does not look."""


class Arriving(Act[Result], frozen=True, kw_only=True):
    """What may begin a contact: all that is known of it, and what the policy made of that.

    `arrived` and `not_before` are wall times; `packed_plan` and `body` are msgpack.
    """

    grows = True
    repeatable = True
    keep_ms = 24 * HOUR_MS

    contact: str
    channel: str
    account: str
    external_id: str
    fingerprint: str
    thread: str | None
    session: bool
    medium: str
    customer: str | None
    customer_type: str
    language: str | None
    queue: str
    priority: int
    arrived: int | None
    not_before: int | None
    plan: str
    packed_plan: bytes
    unroutable: str | None
    blocked: bool
    revision: int
    body: bytes


class Intake(Arriving[Contact], frozen=True, kw_only=True):
    """A contact arrives and joins the queue that the policy chose, or ends at its door.

    The same (channel, account, external id) with the same fingerprint gets the contact as it stands.
    """

    refuses = ("old_operation", "external_id_conflict", "thread_open", "exists")


class Patch(OfContact, frozen=True, kw_only=True):
    """New facts about a contact (`body`), or a newer operation (`body` None); while it waits it is routed anew."""

    refuses = ("unknown_contact", "stale", "old_operation")

    customer: str | None
    customer_type: str
    queue: str
    priority: int
    plan: str
    packed_plan: bytes
    unroutable: str | None
    revision: int
    body: bytes | None


class Left(OfContact, frozen=True, kw_only=True):
    """The customer is gone, at the wall time `at` or now; the state decides what that means.

    Where he was `lost` it was not his doing: the channel was lost, with him in it.
    """

    refuses = ("unknown_contact", "stale")
    repeatable = True

    at: int | None = None
    lost: bool | None = None


class Cancel(OfContact, frozen=True, kw_only=True):
    """An operator or the API ends a contact that is not over, whatever its state."""

    repeatable = True


class Requeue(OfContact, frozen=True, kw_only=True):
    """A contact goes back to its queue, in its old place, and not at once to the same agent."""


class Reprioritise(OfContact, frozen=True, kw_only=True):
    """A waiting contact gets another priority, and its place by it."""

    repeatable = True

    priority: int


class Transfer(OfContact, frozen=True, kw_only=True):
    """A contact goes to another queue, or first to one agent, with a plan of its own; its arrival is kept.

    `escalated` names the powers asked for that the giving agent lacks.
    """

    refuses = ("unknown_contact", "stale", "wrong_state", "old_operation", "unknown_agent", "not_capable")

    queue: str
    agent: str | None
    plan: str
    packed_plan: bytes
    unroutable: str | None
    escalated: tuple[str, ...]
    reason: Literal["transferred", "reassigned"]
    revision: int
    body: bytes | None


class Connected(OfContact, frozen=True, kw_only=True):
    """Both can hear each other, since the wall time `at` or now; where an offer rings, it is accepted by that.

    With an `attempt`, an offer's number, only of that one.
    """

    repeatable = True

    attempt: int | None = None
    at: int | None = None


class Reply(OfContact, frozen=True, kw_only=True):
    """The agent has written to the customer."""

    repeatable = True


class ConnectFailed(OfContact, frozen=True, kw_only=True):
    """The channel could not join customer and agent; the customer goes back to the front.

    Where an offer rings, it is declined by that. `attempt` as in `Connected`.
    """

    attempt: int | None = None
    reason: Literal["busy", "no_answer", "unreachable", "refused", "channel"]


class Interrupted(OfContact, frozen=True, kw_only=True):
    """The agent is not to be heard any more, since the wall time `at` or now; the contact goes to the front of `queue`.

    First to the same agent, as its plan says.
    """

    refuses = ("unknown_contact", "stale", "wrong_state", "old_operation")

    at: int | None
    queue: str
    plan: str
    packed_plan: bytes
    unroutable: str | None
    revision: int
    body: bytes


class HandOver(OfContact, frozen=True, kw_only=True):
    """A colleague who was consulted goes on with the talk, without a queue."""

    refuses = ("unknown_contact", "stale", "wrong_state", "unknown_agent", "not_capable")
    repeatable = True

    agent: str


class Complete(OfContact, frozen=True, kw_only=True):
    """The agent ends the talk, or says after its end how it went.

    `seen` is the number of the last message that he has seen; where the customer has written since, it is not over.
    """

    refuses = ("unknown_contact", "stale", "wrong_state", "unseen")
    repeatable = True

    disposition: str | None = None
    body: bytes | None = None
    seen: int | None = None


class Rate(Act[Contact], frozen=True, kw_only=True):
    """The customer's score, 1 to 5, for a contact that is over; the first counts."""

    refuses = ("unknown_contact", "wrong_state", "too_late")
    repeatable = True

    contact: str
    score: int
    body: bytes | None = None
