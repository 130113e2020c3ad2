"""Answers: every field is there, what is unknown is null. Times end in `_at`, durations in `_s`."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from router.domain.requirement import Amount
from router.domain.states import AgentState, ContactState, OfferState, Outcome, Presence, Role
from router.domain.wire.moment import Moment

Session = Literal["live", "gone"]
EndedBy = Literal["customer", "agent", "supervisor", "system"]


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A refusal, as RFC 9457 has it. `code` is stable; `detail` is for people."""

    type: str
    title: str
    status: int
    code: str
    detail: str | None


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """A person, as far as he is known."""

    id: str | None
    type: str | None
    name: str | None
    language: str | None
    segment: str | None


class Needs(msgspec.Struct, frozen=True, kw_only=True):
    """What a contact needs of an agent."""

    skills: dict[str, int]
    powers: dict[str, Amount]
    teams: tuple[str, ...]
    agents: tuple[str, ...]


class Unroutable(msgspec.Struct, frozen=True, kw_only=True):
    """What nobody in the operation has."""

    missing: str


class Connect(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the channel must join the customer with, until when; `attempt` is the number of the contact's offer."""

    device: str | None
    until: Moment | None
    attempt: int


class Why(msgspec.Struct, frozen=True, kw_only=True):
    """Why this contact was offered to this agent."""

    order: str
    ratio: float | None
    mode: str
    candidates: int | None
    step: int
    last_agent: bool


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """One routed item as it stands."""

    id: str
    version: int
    state: ContactState
    channel: str
    account: str
    medium: str
    external_id: str
    thread: str | None
    session: Session | None
    customer: Customer
    attributes: dict[str, Any]
    metadata: dict[str, Any]
    tags: tuple[str, ...]
    queue: str
    priority: int
    requirement: Needs
    operation: int
    step: int | None
    held: str | None
    unroutable: Unroutable | None
    position: int | None
    estimated_wait_s: tuple[float, float] | None
    estimated_wait_reason: str | None
    """Why there is no estimate: `too_little_data`, `nobody_signed_in`, `closed`."""
    offer: str | None
    agent: str | None
    connect: Connect | None
    notes: tuple[str, ...]
    not_before: Moment | None
    arrived_at: Moment
    queued_at: Moment | None
    assigned_at: Moment | None
    answered_at: Moment | None
    ended_at: Moment | None
    waited_s: float
    """How long the customer has waited for an answer in all, the present wait included."""
    outcome: Outcome | None
    ended_by: EndedBy | None
    disposition: str | None
    rating: int | None
    comment: str | None
    messages: int
    """How many messages it has."""
    asked_at: Moment | None
    """Since when a message of the customer waits for an answer."""
    parked_at: Moment | None
    reply_until: Moment | None
    """Until when the channel takes messages for the customer; null is no limit."""
    rating_until: Moment | None
    """The customer was asked for a rating, and may give it until then."""


class By(msgspec.Struct, frozen=True, kw_only=True):
    """Who did it."""

    role: Role
    id: str | None


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A reserved proposal of one contact to one agent."""

    id: str
    state: OfferState
    agent: str
    queue: str
    medium: str
    made_at: Moment
    delivered_at: Moment | None
    limit_s: float
    expires_at: Moment | None
    why: Why
    contact: Contact


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """An agent's phone, as its channel sees it."""

    address: str
    state: str | None
    at: Moment | None


class Next(msgspec.Struct, frozen=True, kw_only=True):
    """The presence that an agent has chosen for after his present contact."""

    presence: Presence
    reason: str | None


class AgentOverlay(msgspec.Struct, frozen=True, kw_only=True):
    """What a supervisor has changed of an agent's profile; null where the operation's file counts."""

    queues: tuple[str, ...] | None
    media: tuple[str, ...] | None
    skills: dict[str, int] | None
    powers: dict[str, Amount] | None
    phone: str | None
    until: Moment | None
    by: By
    at: Moment


class Agent(msgspec.Struct, frozen=True, kw_only=True):
    """One agent as he stands, with his profile of the operation in force."""

    id: str
    version: int
    name: str
    automatic: bool
    """A program: it takes no seat, and its messages answer nothing."""
    group: str | None
    presence: Presence
    reason: str | None
    next: Next | None
    state: AgentState
    since: Moment
    unresponsive: bool
    """Nothing is offered to him until he is heard from: he has let offers pass. He may still be in a talk."""
    capacity: int
    load: int
    connections: int
    at_phone: bool
    """He is there by his phone: offers ring it, and answering it is accepting."""
    device: Device | None
    queues: tuple[str, ...]
    media: tuple[str, ...]
    skills: dict[str, int]
    powers: dict[str, Amount]
    contacts: tuple[str, ...]
    wrap_up_until: Moment | None
    overlay: AgentOverlay | None


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """What an adapter has said of its account."""

    channel: str
    account: str
    status: Literal["up", "degraded"]
    detail: str | None
    capabilities: tuple[str, ...]
    retries: int | None


class QueueOverlay(msgspec.Struct, frozen=True, kw_only=True):
    """What a supervisor has changed of a queue; null where the operation's file counts."""

    open: bool | None
    notice: str | None
    until: Moment | None
    by: By
    at: Moment


class KnownCustomer(msgspec.Struct, frozen=True, kw_only=True):
    """A customer of the directory, and who served him last within 30 days."""

    id: str
    type: str | None
    name: str | None
    language: str | None
    segment: str | None
    blocked: bool
    last_agent: str | None


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """How many customers were stored."""

    stored: int


class Obstacle(msgspec.Struct, frozen=True, kw_only=True):
    """What keeps one agent from a contact, the first of perhaps several; null is nothing but a better choice.

    `contacts` are those that he should answer or end. At `until` the obstacle goes by itself. `reserve` is the queue
    that keeps him free for its own contacts.
    """

    agent: str
    reason: str | None
    remedy: str
    contacts: tuple[str, ...]
    until: Moment | None
    reserve: str | None


class Coming(msgspec.Struct, frozen=True, kw_only=True):
    """What time alone will do: another requirement, the end of a reserve, or the limit of the queue with its action."""

    at: Moment
    what: Literal["step", "yield", "reject", "expire", "overflow"]
    requirement: Needs | None
    queue: str | None


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Why a contact is where it is. `before` counts those of its queue and medium whose turn comes first.

    `waits_for`: `answer` where it is offered, `step` where nobody has what it needs now but a later step may help.
    """

    contact: str
    state: ContactState
    queue: str
    waits_for: Literal["nothing", "its_time", "answer", "channel", "agent", "step", "nobody"]
    requirement: Needs
    before: int | None
    agents: list[Obstacle]
    next: list[Coming]


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """Whether this process takes requests, and what is wrong where it does not."""

    ready: bool
    wrong: list[str]


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the workspace's stream."""

    seq: int
    type: str
    at: Moment
    workspace: str
    contact: str | None
    version: int | None
    offer: str | None
    agent: str | None
    queue: str | None
    channel: str | None
    account: str | None
    by: By
    data: dict[str, Any]
    """Durations in it are milliseconds."""


class Contacts(msgspec.Struct, frozen=True, kw_only=True):
    """A page of contacts; `next` is the `after` of the following page, null at the end."""

    items: list[Contact]
    next: str | None


class Agents(msgspec.Struct, frozen=True, kw_only=True):
    """All agents, in the operation's order."""

    items: list[Agent]
    next: str | None


class Events(msgspec.Struct, frozen=True, kw_only=True):
    """A page of events; `next` is the `after` of the following page, null where there is nothing more yet."""

    items: list[Event]
    next: int | None
