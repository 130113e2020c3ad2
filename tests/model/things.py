"""What there is: contacts, agents, accounts and what they are made of. Times are integer milliseconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from router.domain.command import CommandState, Do
    from router.domain.message import Content, Direction, MessageState
    from router.domain.pools import Pool
    from router.domain.requirement import Amount
    from router.domain.states import Presence


@dataclass(frozen=True)
class Lane:
    """What a waiting contact needs now, and how its queue is ordered. `reserves`: the queues whose reserve binds it."""

    id: str
    class_name: str
    tier: int
    shift: int
    scale: int
    reserves: frozenset[str]
    queue: str
    medium: str
    skills: dict[str, int]
    powers: dict[str, Amount]
    teams: tuple[str, ...]
    agents: tuple[str, ...]


@dataclass(frozen=True)
class Stage:
    """From `offset` milliseconds of its wait on a contact needs `lane`; `prefers` where that names preferred agents.

    `timed` where the contact itself has a deadline for it; else it is a reserve's yielding, which its queue watches.
    """

    offset: int
    lane: Lane
    timed: bool
    prefers: bool


@dataclass
class Message:
    """Something that was said in a contact, or noted on it."""

    n: int
    event: int
    """The number of the event that told of it first."""
    direction: Direction
    role: str
    author: str | None
    state: MessageState
    kind: str
    content: Content
    sent_at: int
    external_id: str | None = None
    code: str | None = None
    in_reply_to: str | None = None
    client_id: str | None = None
    edited_at: int | None = None
    deleted_at: int | None = None


@dataclass
class Command:
    """Something that the channel was asked to do in a talk."""

    n: int
    event: int
    """The number of the event that told of it."""
    do: Do
    args: dict[str, str]
    role: str
    author: str | None
    at: int
    state: CommandState = "open"
    code: str | None = None
    detail: str | None = None


@dataclass
class Contact:
    """One routed item."""

    id: str
    channel: str
    account: str
    medium: str
    thread: str | None
    external_id: str
    fingerprint: str
    session: str | None
    customer: str | None
    customer_type: str
    queue: str
    priority: int
    plan: str | None
    stages: dict[str, tuple[Stage, ...]]
    """The plan: the stages in each queue that the contact may come to."""
    revision: int
    unroutable: str | None
    body: bytes
    born: int
    """The sequence number of its first event."""
    arrived: int
    version: int = 0
    state: str = "new"
    stage: int | None = None
    lane: Lane | None = None
    """While it is queued and not held: what it needs of an agent now."""
    rank: int | None = None
    held: str | None = None
    not_before: int | None = None
    entered: bool = False
    """It has once been let into a queue; no door turns it away any more."""
    queued_at: int | None = None
    assigned_at: int | None = None
    answered_at: int | None = None
    ended_at: int | None = None
    waited: int = 0
    missed: bool = False
    placed_at: int = 0
    """When its stage was last decided."""
    hops: int = 0
    due: int | None = None
    agent: str | None = None
    offer: int | None = None
    offers: int = 0
    ended_offers: dict[int, tuple[str, str]] = field(default_factory=dict)
    """Number of an ended offer → (how it ended, whose it was)."""
    made_at: int | None = None
    delivered_at: int | None = None
    ratio: float | None = None
    candidates: int | None = None
    preferred: bool = False
    rings: bool = False
    """Its offer rings the agent's phone."""
    attempts: int = 0
    rests: dict[str, int] = field(default_factory=dict)
    """Agent who rests from it → until when."""
    outcome: str | None = None
    ended_by: str | None = None
    disposition: str | None = None
    rating: int | None = None
    messages: int | None = None
    """How many messages it has had."""
    kept: dict[int, Message] = field(default_factory=dict[int, Message])
    """Those that it still has, by number."""
    commands: list[Command] = field(default_factory=list[Command])
    listed: bool = True
    """Its own time of keeping is not over."""
    asked_at: int | None = None
    parked_at: int | None = None
    reply_until: int | None = None
    language: str | None = None
    rating_until: int | None = None
    first: int | None = None
    """1 where its customer came with something new, 0 where he came back; None when that was said, or nobody knows."""


@dataclass
class Work:
    """One thing that occupies an agent: an o offer, an a assignment, u wrap-up, a b resting phone."""

    contact: str
    phase: str
    medium: str
    since: int
    queue: str
    due: int | None = None


@dataclass
class Line:
    """A connection of an agent's desk: as long as its process, or until `until` (a poll)."""

    process: str | None
    until: int | None


@dataclass
class Agent:
    """A person who takes contacts."""

    id: str
    pool: Pool
    version: int = 0
    presence: Presence = "offline"
    reason: str | None = None
    next: Presence | None = None
    next_reason: str | None = None
    state: str = "offline"
    told: str = "offline"
    """The state of which his events have told last, and since when he is in it."""
    since: int = 0
    idle_since: int = 0
    misses: int = 0
    unresponsive: str | None = None
    device: str | None = None
    device_state: str | None = None
    device_at: int | None = None
    last_offer: int = 0
    lost_at: int | None = None
    phone_at: str | None = None
    """The account, `channel:account`, at whose phones he has signed in."""
    at_phone: bool = False
    """And that account is held."""
    lines: dict[str, Line] = field(default_factory=dict)
    work: list[Work] = field(default_factory=list)
    holding: str | None = None
    """The contact that he is kept free for."""
    ready: frozenset[str] = frozenset()
    """The media for which he was ready when he was last brought up to date."""
    places: dict[str, int] = field(default_factory=dict[str, int])
    """His score by the mode of each of these media."""
    carries: frozenset[str] = frozenset()
    """The reserved skills that he has, and whether he is signed in, as he was last counted."""
    signed_in: bool = False
    was_there: int = 0
    """How much he was there when he was last brought up to date, and the pool as whose he then counted as signed in."""
    signed_into: str | None = None
    removed: bool = False


@dataclass
class Account:
    """A channel's account and who holds it."""

    channel: str
    account: str
    phase: str = "silent"
    holder: str | None = None
    owner: str | None = None
    """What the last holder calls himself, whatever his connection."""
    process: str | None = None
    silent_at: int | None = None
    due: int | None = None
    reached: int | None = None
    """While its contacts are worked through: the birth of the last one. Also where that was not finished."""
    status: tuple[str, str | None, tuple[str, ...]] | None = None
    retries: int | None = None
    heard_at: int | None = None
    since: int | None = None
    """Since when it is held, is not, or is degraded."""
