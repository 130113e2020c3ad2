"""The acts that only read."""

from __future__ import annotations

from typing import Literal

import msgspec

from router.domain.contact import AgentStatus, Contact, Explanation
from router.domain.customer import Customer
from router.domain.process import ProcessFigures
from router.engine.acts.act import Act, QuietAct
from router.engine.compile import Stored


class AccountNow(msgspec.Struct, frozen=True, array_like=True):
    """An account of a channel as it stands."""

    channel: str
    account: str
    held: bool
    """Somebody has its lease."""
    status: Literal["up", "degraded"] | None
    unsent: int
    """Messages that are still to be sent."""
    heard_at: int | None
    """When its adapter last brought something, on the workspace's clock; None is not known."""
    retries: int | None
    detail: str | None
    since: int | None
    """Since when it is held, is not, or is degraded; None where nobody has ever held it."""
    capabilities: tuple[str, ...]

    @property
    def is_up(self) -> bool:
        """Whether somebody has it and says that nothing is wrong."""
        return self.held and self.status != "degraded"


class GetMoment(QuietAct, frozen=True, kw_only=True):
    """Nothing but where the workspace's clock and events stand, which every answer says."""

    reads = True


class GetOperation(Act[tuple[int, int, Stored]], frozen=True, kw_only=True):
    """The revision of the workspace's operation, how many agents are still to be brought to it, and itself."""

    returns = "value"
    result = tuple[int, int, Stored]
    reads = True


class GetContact(Act[tuple[Contact, int | None]], frozen=True, kw_only=True):
    """One contact as it stands, and its place in the queue where it has one."""

    returns = "value"
    result = tuple[Contact, int | None]
    refuses = ("unknown_contact",)
    reads = True

    contact: str


class GetEarlier(Act[Contact | None], frozen=True, kw_only=True):
    """The contact that an earlier call with the same idempotency key answered, or None."""

    returns = "value"
    result = Contact | None
    refuses = ("idempotency_key_reused",)
    reads = True


class FindContact(Act[Contact], frozen=True, kw_only=True):
    """The contact that a channel's account knows by this external id."""

    refuses = ("unknown_contact",)
    reads = True

    channel: str
    account: str
    external_id: str


class GetAgent(Act[AgentStatus], frozen=True, kw_only=True):
    """One agent as he stands."""

    returns = "agent"
    result = AgentStatus
    refuses = ("unknown_agent",)
    reads = True

    agent: str


class GetWork(Act[tuple[AgentStatus, list[Contact]]], frozen=True, kw_only=True):
    """An agent and the contacts he is offered or has: what a desk must know to begin."""

    returns = "value"
    result = tuple[AgentStatus, list[Contact]]
    refuses = ("unknown_agent",)
    reads = True

    agent: str


class GetMany(Act[tuple[list[AgentStatus | None], list[Contact | None]]], frozen=True, kw_only=True):
    """Agents and contacts as they stand, each in its place; None for one that is not known."""

    returns = "value"
    result = tuple[list[AgentStatus | None], list[Contact | None]]
    reads = True

    agents: tuple[str, ...]
    contacts: tuple[str, ...]


class GetQueue(Act[tuple[int, int | None, int, bool]], frozen=True, kw_only=True):
    """(unanswered contacts, longest wait in ms, agents signed in who take from it, closed by its hours)."""

    returns = "value"
    result = tuple[int, int | None, int, bool]
    refuses = ("unknown_queue",)
    reads = True

    queue: str


class GetStates(Act[tuple[list[tuple[str, str, int, int]], int]], frozen=True, kw_only=True):
    """How many agents of each pool are in each state, and their load together; and how many are signed in.

    The rows are (pool, state, agents, load), of people only.
    """

    returns = "value"
    result = tuple[list[tuple[str, str, int, int]], int]
    reads = True


class GetChannels(Act[list[AccountNow]], frozen=True, kw_only=True):
    """Every account of which an adapter has said something."""

    returns = "value"
    result = list[AccountNow]
    reads = True


class GetProcesses(Act[list[tuple[str, ProcessFigures]]], frozen=True, kw_only=True):
    """What each router process has said of itself within half a minute."""

    returns = "value"
    result = list[tuple[str, ProcessFigures]]
    reads = True
    begins = True


class GetLive(Act[tuple[list[str], list[str | bool]]], frozen=True, kw_only=True):
    """The account's contacts with a live session born at or before `as_of`; for each external id the one, or False."""

    returns = "value"
    result = tuple[list[str], list[str | bool]]
    reads = True

    channel: str
    account: str
    as_of: int
    external_ids: tuple[str, ...]


class GetOutdated(Act[tuple[list[Contact], str | None]], frozen=True, kw_only=True):
    """Waiting contacts of a queue planned by an older operation, from `after` on, and where to go on (None: done)."""

    returns = "value"
    result = tuple[list[Contact], str | None]
    reads = True

    queue: str
    after: str = "-inf"
    most: int = 100


class GetUnswept(Act[list[str]], frozen=True, kw_only=True):
    """Queues of which some waiting contact may still be planned by an older operation; they may be gone from it."""

    returns = "value"
    result = list[str]
    reads = True


class ListContacts(Act[list[Contact]], frozen=True, kw_only=True):
    """At most so many contacts of one kind, in an order of their own.

    They are the unanswered ones of a queue by the start of their wait, those whom an agent talks to by their answer,
    the scheduled ones by birth, the ended ones from the last on. `after` is `score|how many of that score were seen`.
    """

    returns = "value"
    result = list[Contact]
    reads = True

    which: Literal["waiting", "talks", "scheduled", "parked", "ended"]
    queue: str | None = None
    after: str | None = None
    most: int = 100


class ListAccount(Act[tuple[list[Contact], int | None]], frozen=True, kw_only=True):
    """Open contacts of a channel's account born after an event, by their birth, and where to go on (None: done)."""

    returns = "value"
    result = tuple[list[Contact], int | None]
    reads = True

    channel: str
    account: str
    after: int = 0
    most: int = 100


class GetCustomer(Act[tuple[Customer | None, str | None]], frozen=True, kw_only=True):
    """What the directory says of a customer, and the agent who served him last."""

    returns = "value"
    result = tuple[Customer | None, str | None]
    reads = True

    customer: str


class Explain(Act[Explanation], frozen=True, kw_only=True):
    """Why a contact is where it is; at most `most` agents."""

    returns = "value"
    result = Explanation
    refuses = ("unknown_contact",)
    reads = True

    contact: str
    most: int = 100
