"""Everything the model knows, and the few things that every rule does with it: events, refusals, who was touched."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from router.domain.events import ERA, EVENTS, Event
from router.domain.operation import Action, Queue
from router.domain.requirement import Requirement
from router.engine.engine import SYSTEM
from router.kit.errors import Refusal

if TYPE_CHECKING:
    from router.domain.operation import Medium, Operation
    from router.domain.pools import Pools
    from router.domain.process import ProcessFigures
    from router.engine.compile import Stored
    from router.engine.engine import Actor
    from tests.model.things import Account, Agent, Contact


GONE = Queue(
    name="",
    target_ms=60_000,
    short_ms=5_000,
    tier=0,
    needs=Requirement(),
    steps=(),
    last_agent_ms=0,
    reserve=None,
    full=None,
    late=None,
    empty=None,
    closed=Action("reject"),
    hours=None,
)
"""What contacts count by whose queue an operation has taken away, until they are routed anew."""


LONG_AGO = -1
"""Before any contact."""


@dataclass
class World:
    """One workspace."""

    clock: str | None = None
    server: str | None = None
    eras: int = 0
    """How often the server has been another one."""
    now: int = 0
    by: Actor = SYSTEM
    revision: int = 0
    digest: str = ""
    stored: Stored | None = None
    known_pools: Pools | None = None
    media: dict[str, Medium] = field(default_factory=dict)
    """The operation's, and those that contacts of earlier operations still have."""
    contacts: dict[str, Contact] = field(default_factory=dict)
    agents: dict[str, Agent] = field(default_factory=dict)
    accounts: dict[tuple[str, str], Account] = field(default_factory=dict)
    processes: dict[str, int] = field(default_factory=dict)
    """Router process → when its connections are lost unless it says that it lives."""
    told: dict[str, ProcessFigures] = field(default_factory=dict)
    """Router process → what it says of itself."""
    remembered: dict[str, tuple[str, int, Any]] = field(default_factory=dict)
    """Idempotency key → what was asked with it, until when, and what was answered."""
    customers: dict[str, bytes] = field(default_factory=dict)
    last_agents: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Customer → who served him last, and when."""
    asked: dict[str, int] = field(default_factory=dict)
    """Customer → when he was last asked for a rating."""
    said: dict[tuple[str, str, str], tuple[str, int]] = field(default_factory=dict)
    """Thread → what was said in it by itself since somebody wrote, and when."""
    staged: dict[str, tuple[Stored | None, list[str]]] = field(default_factory=dict)
    """Digest of an operation that may be applied → itself, and the agents whom it changes."""
    hours: dict[str, list[tuple[int, bool]]] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    """Agents to be brought up to date."""
    agents_to_match: list[str] = field(default_factory=list)
    contacts_to_match: list[str] = field(default_factory=list)
    put_off: set[tuple[str, str]] = field(default_factory=set)
    """What an act had no room to match: ("agent" or "contact", id)."""
    reserves_in_effect: frozenset[str] = frozenset()
    reserves_changed: bool = False
    looked_at_again: set[str] = field(default_factory=set)
    """Agents who held and were looked at in this act because reserves changed."""
    skills_let_go: set[str] = field(default_factory=set)
    somebody_signed_out: bool = False
    left: set[str] = field(default_factory=set)
    """Contacts that have left their lane."""
    maybe_empty: dict[str, int] = field(default_factory=dict)
    """Queues whose rule for nobody being there is to be looked at → up to which beginning of a wait it has been."""
    reached: dict[tuple[str, str, int], int] = field(default_factory=dict)
    """Queue, what is due, at which wait → up to which beginning of a wait that has been done."""
    queues_known: dict[str, int] = field(default_factory=dict)
    """Queue → since when its marks are those in force."""
    at_once: dict[str, int] = field(default_factory=dict)
    """What is to be done at once ("d:", "o:", "e:queue") → since when: time may pass before somebody does it."""
    to_profile: set[str] = field(default_factory=set)
    """Agents who do not yet follow the operation in force."""
    to_plan: set[str] = field(default_factory=set)
    """Queues with contacts planned by an older operation."""

    @property
    def operation(self) -> Operation:
        """The operation in force."""
        if self.stored is None:
            raise Refusal("unknown_workspace")
        return self.stored.operation

    @property
    def pools(self) -> Pools:
        """The pools of the operation in force."""
        assert self.known_pools is not None
        return self.known_pools

    def queue(self, name: str) -> Queue:
        """A queue of the operation in force, or what stands in for one that is gone."""
        return self.operation.queues.get(name, GONE)

    def seq(self) -> int:
        """The sequence number of the last event."""
        return self.events[-1].seq if self.events else 0

    def note_what_is_to_be_done(self) -> None:
        """What the act has left to be done at once is so since now, unless it has been before."""
        names = [f"e:{queue}" for queue in self.maybe_empty]
        names += (["d:"] if self.put_off else []) + (["o:"] if self.to_profile else [])
        self.at_once = {name: self.at_once.get(name, self.now) for name in names}

    def contact(self, contact: str) -> Contact:
        """A contact that is there."""
        if contact not in self.contacts:
            raise Refusal("unknown_contact")
        return self.contacts[contact]

    def agent(self, agent: str) -> Agent:
        """An agent who is there."""
        if agent not in self.agents or self.agents[agent].removed:
            raise Refusal("unknown_agent")
        return self.agents[agent]

    def change(self, agent: Agent) -> None:
        """Something about the agent has changed: he is brought up to date at the end of the act."""
        if agent.id not in self.changed:
            self.changed.append(agent.id)

    def match_agent(self, agent: str) -> None:
        """Look for the agent's best contact at the end of the act."""
        if agent not in self.agents_to_match:
            self.agents_to_match.append(agent)

    def match_contact(self, contact: str) -> None:
        """Look for the contact's best agent at the end of the act."""
        if contact not in self.contacts_to_match:
            self.contacts_to_match.append(contact)

    def say_contact(self, kind: str, contact: Contact, agent: str | None = None, /, **data: Any) -> None:
        """An event of a contact, or of its offer. `agent` is named where the contact no longer names him."""
        contact.version += 1
        offer = None if contact.offer is None else f"{contact.id}.{contact.offer}"
        head = {"version": contact.version, "offer": offer, "agent": agent or contact.agent}
        self._say(kind, data, **_of(contact), **head)

    def say_message(self, kind: str, contact: Contact, /, **data: Any) -> None:
        """An event of a message, which changes neither its contact nor an agent."""
        self._say(kind, data, **_of(contact), agent=contact.agent)

    def say_afterwards(self, kind: str, contact: Contact, /, **data: Any) -> None:
        """An event about a contact that is over: no change of it, and nobody's business."""
        self._say(kind, data, **_of(contact))

    def say_agent(self, kind: str, agent: Agent, queue: str | None = None, **data: Any) -> None:
        """An event of an agent."""
        agent.version += 1
        self._say(kind, data, agent=agent.id, version=agent.version, queue=queue)

    def say_account(self, kind: str, channel: str, account: str, **data: Any) -> None:
        """An event of a channel's account."""
        self._say(kind, data, channel=channel, account=account)

    def say(self, kind: str, **data: Any) -> None:
        """An event of the workspace."""
        self._say(kind, data)

    def _say(self, kind: str, data: dict[str, Any], **head: Any) -> None:
        names = EVENTS[kind].data
        assert set(data) == set(names), (kind, data)
        fields = ("contact", "version", "offer", "agent", "queue", "channel", "account", "customer_type")
        self.events.append(
            Event(
                seq=len(self.events) + 1 + self.eras * ERA,
                at_ms=self.now,
                type=kind,
                role=self.by.role,
                actor=self.by.id,
                data={name: data[name] for name in names},
                **{name: head.get(name) for name in fields},
            )
        )


def _of(contact: Contact) -> dict[str, Any]:
    """What every event about a contact says of it."""
    names = ("queue", "channel", "account", "customer_type")
    return {"contact": contact.id, **{name: getattr(contact, name) for name in names}}
