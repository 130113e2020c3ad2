"""What the engine answers: a contact, an agent, and the parts of a contact that only Python reads.

Times are integer milliseconds of the workspace's clock. The structs are msgpack arrays: their fields are the wire.
"""

from __future__ import annotations

from typing import Any

import msgspec

from router.domain.customer import Customer
from router.domain.plan import Wish
from router.domain.requirement import Requirement, Step


class Body(msgspec.Struct, frozen=True, array_like=True):
    """What a contact carries that the engine does not look into. The engine reads `external_id` and nothing else.

    `attributes` and `metadata` are JSON texts, kept byte for byte. `requirement` and `steps` are those of the contact's
    routing, without its queue's; `said` is what the request itself asked for.
    """

    external_id: str
    customer: Customer
    attributes: str
    metadata: str
    tags: tuple[str, ...]
    requirement: Requirement
    steps: tuple[Step, ...]
    said: Said
    wish: Wish | None = None
    notes: tuple[str, ...] = ()
    comment: str | None = None


class Said(msgspec.Struct, frozen=True, array_like=True):
    """What the request that made a contact asked for beside what the policy decides."""

    queue: str | None = None
    priority: int | None = None
    requirement: Requirement | None = None
    customer: Customer = Customer()


class Contact(msgspec.Struct, frozen=True, array_like=True):
    """One contact as it stands. Fields up to `body` are those of the engine's record, in its order."""

    id: str
    version: int
    state: str
    channel: str
    account: str
    medium: str
    thread: str | None
    session: str | None
    customer: str | None
    customer_type: str
    queue: str
    priority: int
    plan: str | None
    revision: int
    stage: int | None
    lane: str | None
    rank: float | None
    held: str | None
    unroutable: str | None
    born: int
    arrived: int
    not_before: int | None
    queued_at: int | None
    assigned_at: int | None
    answered_at: int | None
    ended_at: int | None
    waited: int
    missed: int | None
    hops: int
    due: int | None
    """When the next thing happens to it by time alone: a stage, the end of its offer, the limit for an answer.

    Of one that was answered and is closed: when its customer has not come back.
    """
    agent: str | None
    offer: int | None
    """The number of the pending or accepted offer; its id is `<contact>.<number>`."""
    offers: int
    made_at: int | None
    delivered_at: int | None
    ratio: float | None
    candidates: int | None
    preferred: int | None
    attempts: int | None
    outcome: str | None
    ended_by: str | None
    disposition: str | None
    rating: int | None
    messages: int | None
    """How many messages it has; None is none."""
    asked_at: int | None
    """Since when a message of the customer waits for an answer."""
    parked_at: int | None
    reply_until: int | None
    """Until when, by the wall, the channel lets anybody write to the customer; None is no limit."""
    language: str | None
    """The language that its automatic messages are in, where it is not the operation's."""
    rating_until: int | None
    """The customer was asked for a rating, and may give it until then."""
    rings: int | None
    """Its pending offer rings the agent's phone, and answering that is accepting; None where it does not."""
    first: int | None
    """1 where its customer came with something new, 0 where he came back; None once that was said, or unknown."""
    body: Body | None

    @property
    def offer_id(self) -> str | None:
        """The id of the pending or accepted offer."""
        return None if self.offer is None else f"{self.id}.{self.offer}"


class Work(msgspec.Struct, frozen=True, array_like=True):
    """What occupies an agent. `phase` is o offered, a assigned, u wrap-up, b a resting phone; `due` 0 is none."""

    contact: str
    phase: str
    medium: str
    due: int
    since: int
    queue: str


class AgentLoad(msgspec.Struct, frozen=True, array_like=True):
    """What an agent is occupied with. `load` is the sum of the media's costs."""

    connections: int
    load: int
    work: list[Work]


class AgentStatus(msgspec.Struct, frozen=True, array_like=True):
    """One agent as he stands. Fields up to `burden` are those of the engine's record, in its order."""

    id: str
    version: int
    pool: str | None
    presence: str
    reason: str | None
    next: str | None
    next_reason: str | None
    state: str
    since: int
    idle_since: int
    misses: int | None
    unresponsive: str | None
    device: str | None
    device_state: str | None
    device_at: int | None
    last_offer: int | None
    lost_at: int | None
    present: int | None
    holding: str | None
    recheck: int | None
    removed: int | None
    automatic: int | None
    due: int | None
    phone_at: str | None
    """`channel:account` at whose phones he has signed in."""
    at_phone: int | None
    """He is there by his phone: he has signed in at it, and its account is held. None where he is not."""
    burden: AgentLoad

    def is_signed_in(self, now: int) -> bool:
        """Whether he works at all, breaks included: chosen, and connected, at his phone, or within his grace."""
        is_there = self.burden.connections > 0 or self.at_phone is not None or (self.lost_at or 0) > now
        return self.presence != "offline" and self.removed is None and is_there


class Stage(msgspec.Struct, frozen=True, array_like=True):
    """A later stage of a waiting contact: from `offset` milliseconds of its wait on it needs `requirement`."""

    offset: int
    requirement: list[Any]


class AgentReason(msgspec.Struct, frozen=True, array_like=True):
    """Why an agent who could serve a contact is not offered it now; empty is nothing but a better choice."""

    agent: str
    pool: str
    reason: str
    until: int
    reserve: str


class Explanation(msgspec.Struct, frozen=True, array_like=True):
    """Why a contact is where it is. `requirement` is [skills, powers, teams, agents] of its present lane."""

    state: str
    queue: str
    stage: int
    requirement: list[Any]
    held: str
    position: int
    pools: list[str]
    agents: list[AgentReason]
    following: list[Stage]
