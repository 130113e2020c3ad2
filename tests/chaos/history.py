"""What a workspace's events say of the promises: nobody over capacity, no contact with two agents, none unfinished."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from router.domain.events import Event

OFFER_ENDS = {"offer.declined", "offer.missed", "offer.undelivered", "offer.withdrawn"}
TALK_ENDS = {"contact.closed", "contact.requeued", "contact.connect_failed", "contact.silent", "contact.transferred"}
ENDS = {"contact.closed", "contact.abandoned", "contact.cancelled", "contact.expired", "contact.rejected"}


class History:
    """A reading of the stream, event by event. `breaches` are broken promises, each with the event that shows it."""

    def __init__(self) -> None:
        self.breaches: list[str] = []
        self.ended: dict[str, str] = {}
        self.seq = 0
        self._with: dict[str, str] = {}
        self._busy: dict[str, str] = {}
        self._versions: dict[str, int] = {}

    def read(self, event: Event) -> None:
        """Take one event in. Every agent here carries one contact at a time."""
        self._check(event.seq == self.seq + 1, event, "the stream has a gap")
        self.seq = event.seq
        if event.contact is None:
            return
        expected = self._versions.get(event.contact, 0) + 1
        self._check(event.version == expected, event, f"version {expected} was next")
        self._check(event.contact not in self.ended, event, "the contact has ended before")
        self._versions[event.contact] = event.version or 0
        if event.type == "offer.made":
            self._take(event, event.contact, event.agent or "")
        elif event.type in OFFER_ENDS or (event.type in TALK_ENDS | ENDS and event.contact in self._with):
            self._release(event, event.contact)
        elif event.type == "contact.assigned":
            self._check(self._with.get(event.contact) == event.agent, event, "assigned to another than was offered")
        if event.type in ENDS:
            self.ended[event.contact] = event.type

    def _take(self, event: Event, contact: str, agent: str) -> None:
        self._check(contact not in self._with, event, "offered while somebody has it")
        self._check(agent not in self._busy, event, "offered beyond the agent's capacity")
        self._with[contact], self._busy[agent] = agent, contact

    def _release(self, event: Event, contact: str) -> None:
        agent = self._with.pop(contact, None)
        self._check(agent is not None and self._busy.pop(agent, None) == contact, event, "ended what had not begun")

    def _check(self, holds: bool, event: Event, breach: str) -> None:
        if not holds:
            self.breaches.append(f"{breach}: {event}")
