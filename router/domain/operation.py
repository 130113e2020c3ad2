"""An operation as the router uses it: checked, resolved, immutable. `operation_file` makes it from TOML.

Durations are integer milliseconds. Names are the keys of the file. Everything a file may leave out is filled in here,
so that no reader of these structs knows a default. Those that stand here are for what earlier releases have stored.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from router.domain.hours import Schedule
from router.domain.requirement import Amount, Requirement, Step

Order = Literal["delay_ratio", "strict", "offset", "fifo"]
Mode = Literal["longest_idle", "least_loaded", "most_loaded", "most_skilled", "round_robin"]
AnsweredBy = Literal["connected", "reply", "accept"]

CAPACITY = 100
"""What each agent can carry at once; a medium's cost is its share of it."""

HOPS_MAX = 3
"""How often a contact may overflow."""

OBJECTIVE = 0.8
"""The share of a queue's contacts that should be answered in target, where its operation does not say."""

PRIORITY_MAX = 10
"""Priorities go from minus this to this."""


class Medium(msgspec.Struct, frozen=True):
    """How contacts of a medium occupy an agent. Limits are what each stage may last."""

    name: str
    cost: int
    most: int
    mode: Mode
    answered_by: AnsweredBy
    offer_ms: int
    answer_ms: int
    """From accept to the answer: `connect` for voice, `reply` for chat; unused where accepting is answering."""
    wrap_up_ms: int
    parked_ms: int
    rest_ms: int
    """How long an agent who declined or missed a contact is not offered it again."""
    parked_disposition: str | None = None
    """How a contact is closed that was parked for longer than `parked_ms`."""
    rests_ms: dict[str, int] = {}
    """Why a contact could not be connected → how long its agent rests; not there, `rest_ms`."""


class Channel(msgspec.Struct, frozen=True):
    """Where contacts come from. `session`: a contact lives only while its adapter says so."""

    name: str
    medium: str
    session: bool


class Action(msgspec.Struct, frozen=True):
    """What becomes of a contact that its queue cannot keep. `overflow` names the next queue.

    `wait` is allowed for a closed queue only: the contact is scheduled for the next opening.
    """

    then: Literal["reject", "expire", "overflow", "wait"]
    overflow: str | None = None


class Full(msgspec.Struct, frozen=True):
    """At `waiting` unanswered contacts, a further one gets `action`."""

    waiting: int
    action: Action


class Late(msgspec.Struct, frozen=True):
    """A contact that has waited `wait_ms` in the queue gets `action`."""

    wait_ms: int
    action: Action


class Reserve(msgspec.Struct, frozen=True):
    """While no more than `agents` agents with `skill` are ready for `medium`, other queues' contacts do not take one.

    It yields to a contact that has waited `yields_ms`, or three times its own target where that is None.
    """

    skill: str
    agents: int
    medium: str
    yields_ms: int | None


class Says(msgspec.Struct, frozen=True, omit_defaults=True):
    """What customers of a queue are told by themselves, in one language. Nothing is said where there is no text."""

    received: str | None = None
    """A conversation has begun and waits: `{place}` is its place in the queue, `{wait}` the text `wait`."""
    wait: str | None = None
    """How long that may take: `{from}` and `{to}` are whole minutes, at least 1. Never said on its own."""
    closed: str | None = None
    """The queue is closed."""
    full: str | None = None
    """The queue cannot keep the conversation: it is full, or nobody is there, or the wait was too long."""
    ended: str | None = None
    """The conversation is over."""
    rate: str | None = None
    """The question for a rating. Without it the channel asks in its own words."""


class Queue(msgspec.Struct, frozen=True):
    """A waiting line with a target."""

    name: str
    target_ms: int
    short_ms: int
    """An abandoned contact that waited less is counted as `short`."""
    tier: int
    needs: Requirement
    steps: tuple[Step, ...]
    last_agent_ms: int
    """How long a returning customer waits for the agent of the last talk first; 0 is not at all."""
    reserve: Reserve | None
    full: Full | None
    late: Late | None
    empty: Action | None
    """When nobody is signed in who could ever serve; None waits."""
    closed: Action
    hours: str | None
    reply_ms: int | None = None
    """An agent silent for so long after a customer's message loses the conversation, and the customer goes back to the
    front. None: the medium's limit `reply` counts."""
    ask_rating: bool = False
    """Whether customers are asked afterwards how it was, from 1 to 5."""
    says: dict[str, Says] = {}
    """What customers are told by themselves, by language."""
    objective: float = OBJECTIVE
    """The share of its contacts that should be answered in target; nothing is routed by it."""

    @property
    def overflows(self) -> tuple[tuple[str, str], ...]:
        """Where the queue sends what it cannot keep, as (key of the action, queue)."""
        actions = (
            ("full", self.full.action if self.full else None),
            ("late", self.late.action if self.late else None),
            ("empty", self.empty),
            ("closed", self.closed),
        )
        return tuple((key, action.overflow) for key, action in actions if action is not None and action.overflow)


class Condition(msgspec.Struct, frozen=True):
    """One comparison of a route: the value at `path` in the contact's JSON is one of `any_of`, or within the range."""

    path: tuple[str, ...]
    any_of: tuple[Any, ...] = ()
    minimum: Amount | None = None
    maximum: Amount | None = None


class Route(msgspec.Struct, frozen=True):
    """A rule of the routing policy. All conditions must hold; no conditions always hold."""

    when: tuple[Condition, ...]
    needs: Requirement
    needs_from: dict[str, tuple[str, ...]]
    """`powers.refund` or `skills.english` → the path whose number is the amount or level."""
    steps: tuple[Step, ...]
    priority: int
    queue: str | None


class Agent(msgspec.Struct, frozen=True):
    """Somebody who takes contacts, with the group's keys already merged in."""

    id: str
    name: str
    group: str | None
    queues: tuple[str, ...]
    media: tuple[str, ...]
    skills: dict[str, int]
    powers: dict[str, Amount]
    phone: str | None
    automatic: bool = False
    """A program on the same API: it takes no seat and counts as nobody where people are counted."""
    code: str | None = None
    """What he dials to sign in at any phone."""

    @property
    def teams(self) -> tuple[str, ...]:
        """The teams that a requirement can name: the agent's group."""
        return () if self.group is None else (self.group,)


class Labels(msgspec.Struct, frozen=True, omit_defaults=True):
    """What people call things in one language, by their names in the file. What has no label is shown by its name."""

    queues: dict[str, str] = {}
    dispositions: dict[str, str] = {}
    breaks: dict[str, str] = {}
    skills: dict[str, str] = {}
    powers: dict[str, str] = {}
    channels: dict[str, str] = {}
    groups: dict[str, str] = {}


class QuickReply(msgspec.Struct, frozen=True):
    """What an agent can say by one choice, by language, to customers of `queues`; none is every queue.

    `{customer}`, `{first_name}` (the first word of that), `{agent}` and `{queue}` in it are the desk's to fill in.
    """

    name: str
    queues: tuple[str, ...]
    text: dict[str, str]


class Operation(msgspec.Struct, frozen=True):
    """One workspace's queues, agents, hours and rules. Mappings keep the file's order."""

    workspace: str
    timezone: str
    languages: tuple[str, ...]
    order: Order
    dispositions: tuple[str, ...]
    skills: dict[str, str]
    powers: dict[str, str]
    hours: dict[str, Schedule]
    media: dict[str, Medium]
    channels: dict[str, Channel]
    queues: dict[str, Queue]
    routes: tuple[Route, ...]
    agents: dict[str, Agent]
    texts_days: int = 30
    """So many days after a contact's end the texts of its messages are kept."""
    breaks: tuple[str, ...] = ()
    """The reasons for a break that desks offer; an agent may have others."""
    labels: dict[str, Labels] = {}
    """By language."""
    quick_replies: dict[str, QuickReply] = {}
