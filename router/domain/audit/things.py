"""Contacts, lanes and agents as the events so far say they are. What they have not said yet is None."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from router.domain.operation import CAPACITY

if TYPE_CHECKING:
    from router.domain.events import Event
    from router.domain.rules import MediumRules, Rules

KNOWN: Final = frozenset({"contact.returned", "contact.solved"})
"""Events that say what came of a contact, long after its end."""


def is_of_message(event: Event) -> bool:
    """Whether the event is a message's, a command's, or what came of it: it names a contact and does not change it."""
    return event.type.startswith(("message.", "command.")) or event.type in KNOWN


@dataclass(slots=True)
class Lane:
    """Contacts of a queue that exactly the same agents may take, and those who wait in it, by rank and id."""

    queue: str
    medium: str
    tier: int
    shift: int
    scale: int
    reserves: tuple[str, ...]
    """The queues whose reserve binds it."""
    skills: dict[str, int]
    powers: dict[str, int | float]
    teams: list[str]
    agents: list[str]
    waiting: dict[str, Contact] = field(default_factory=dict[str, "Contact"])
    _heap: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])

    @classmethod
    def of(cls, queue: str, class_name: str, requirement: list[Any]) -> Lane:
        """The lane that a contact's event names."""
        tier, shift, scale, medium, reserves = class_name.split("/")
        met = tuple(name for name in reserves.split("+") if name)
        return cls(queue, medium, int(tier), int(shift), int(scale), met, *requirement)

    def add(self, contact: Contact, rank: int) -> None:
        """The contact waits in it."""
        contact.lane, contact.rank = self, rank
        self.waiting[contact.id] = contact
        heapq.heappush(self._heap, (rank, contact.id))
        if len(self._heap) > 2 * len(self.waiting) + 64:  # most have left since
            self._heap = sorted((one.rank or 0, one.id) for one in self.waiting.values())

    def remove(self, contact: Contact) -> None:
        """The contact waits in it no more."""
        contact.lane = None
        del self.waiting[contact.id]
        if not self.waiting:
            self._heap.clear()

    def first(self, most: int = 1) -> list[Contact]:
        """Its first contacts, so many at most."""
        found: list[tuple[int, str]] = []
        while self._heap and len(found) < most:
            rank, name = head = heapq.heappop(self._heap)
            contact = self.waiting.get(name)
            if contact is not None and contact.rank == rank and head not in found:
                found.append(head)
        for head in found:
            heapq.heappush(self._heap, head)
        return [self.waiting[name] for _, name in found]

    def asks_no_more_than(self, agent: Agent) -> bool:
        """Whether the agent's profile has what it asks for."""
        skills, powers, teams = agent.skills, agent.powers, agent.teams
        return (
            self.queue in agent.queues
            and self.medium in agent.media
            and (not self.agents or agent.id in self.agents)
            and all(skills.get(name, 0) >= level for name, level in self.skills.items())
            and all(powers.get(name, -1) >= amount for name, amount in self.powers.items())
            and (not self.teams or any(team in teams for team in self.teams))
        )

    def key(self, contact: Contact, at_ms: int) -> tuple[int, float, int, str]:
        """Where a contact of it stands among all that an agent could take at that moment: smaller is first."""
        assert contact.rank is not None
        return (self.tier, -self.score(contact.rank, at_ms), contact.rank, contact.id)

    def score(self, rank: int, at_ms: int) -> float:
        """How far a contact of this rank is into its queue's promise."""
        return (at_ms - rank - self.shift) / self.scale


@dataclass(slots=True)
class Contact:
    """One routed item."""

    id: str
    version: int
    state: str
    seqs: tuple[int, ...] = ()
    """Its first event's number and its last's."""
    placed_ms: int = 0
    """When it was last put where it waits."""
    queue: str | None = None
    lane: Lane | None = None
    """While it waits to be offered."""
    home: Lane | None = None
    """The lane of its stage, whatever its state."""
    rank: int | None = None
    arrived: int | None = None
    priority: int | None = None
    queued_ms: int | None = None
    """When its wait began."""
    held: bool = False
    agent: str | None = None
    offer: str | None = None
    answered: bool = False
    acknowledged: bool = False
    due: int | None = None
    """When its offer is missed or was not delivered, its answer is late, or it was parked for too long; after a talk,
    until when its customer may come back."""
    messages: int | None = None
    """How many messages it has had."""
    commands: int | None = None
    """How many commands it has had; None where it began before what was read."""
    open_commands: set[int] = field(default_factory=set[int])
    asked_ms: int | None = None
    """Since when a message of its customer waits for an answer."""
    rests: dict[str, int] = field(default_factory=dict[str, int])
    """Who does not get it → until when."""
    refused_by: set[str] = field(default_factory=set[str])
    """Who has ever rested from it: when that ends in truth only the engine knows."""


@dataclass(slots=True)
class Agent:
    """A person who takes contacts. One whose first event was not seen is not `known`: he may have work already."""

    id: str
    version: int
    known: bool
    touched_ms: int = 0
    profiled: bool = False
    skills: dict[str, int] = field(default_factory=dict[str, int])
    powers: dict[str, int | float] = field(default_factory=dict[str, "int | float"])
    queues: frozenset[str] = frozenset()
    media: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    automatic: bool = False
    removed: bool = False
    presence: str | None = None
    leaves: bool = False
    """He has chosen another presence for after his work."""
    connected: bool | None = None
    """Whether he has a desk."""
    at_phone: bool = False
    unresponsive: bool | None = None
    device: str | None = None
    work: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    """Contact → (o an offer, a an assignment; medium)."""
    wraps: dict[str, tuple[str, int, int]] = field(default_factory=dict[str, tuple[str, int, int]])
    """Contact → (medium, since, until) of his wrap-up."""
    busy_until: int = 0
    """His phone may be busy with something else until then, or longer."""

    @property
    def is_there(self) -> bool:
        """Whether he has a desk, or is at his phone."""
        return bool(self.connected) or self.at_phone

    def load(self, rules: Rules) -> int:
        """What all that occupies him costs."""
        media = rules.media
        worked = sum(media[medium].cost for _, medium in self.work.values())
        return worked + sum(media[medium].cost for medium, *_ in self.wraps.values())

    def has_room(self, medium: str, rules: Rules) -> bool:
        """Whether one more contact of the medium fits; with a program it always does."""
        rule = rules.media[medium]
        return self.automatic or (self.load(rules) + rule.cost <= CAPACITY and self.number(medium) < rule.most)

    def number(self, medium: str) -> int:
        """How many contacts of the medium he has."""
        return sum(one == medium for _, one in self.work.values())

    def keeps_from(self, rule: MediumRules) -> str | None:
        """What of his own keeps him from a contact of a medium, capacity aside; None where nothing does."""
        if self.removed:
            return "is removed"
        if self.presence is not None and (self.presence != "available" or self.leaves):
            return "is not available"
        if self.connected is False and not (self.at_phone and rule.answered_by == "connected"):
            return "is not connected"
        if self.unresponsive:
            return "does not respond"
        if rule.answered_by == "connected" and self.device not in {None, "idle"}:
            return "has a phone that is not idle"
        if any(phase == "o" for phase, _ in self.work.values()):
            return "has an offer already"
        return None


def wrapped_up(agent: Agent, event: Event) -> str | None:
    """The contact whose wrap-up the event ends; None where he has none that began then."""
    began = event.at_ms - event.data["took"]
    for contact, (medium, since, _) in agent.wraps.items():
        if (medium, since) == (event.data["medium"], began):
            return contact
    return None
