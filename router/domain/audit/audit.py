"""A reading of a workspace's events that says which promises they break."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from router.domain.audit.findings import Findings
from router.domain.audit.floor import PLACED, Floor
from router.domain.audit.matching import check_capacity, check_idle, check_offer
from router.domain.audit.moves import check_agent, check_contact, check_message, check_stream
from router.domain.audit.things import is_of_message
from router.domain.audit.timers import Timers
from router.domain.replay import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from router.domain.events import Event
    from router.domain.rules import Rules

PATIENCE_MS: Final = 1_000
"""How long an agent may be idle beside a contact: what a restart, or a server that is away, explains."""
_FORGOTTEN_EVERY_MS: Final = 10_000


class Audit:
    """Reads events one by one, in their order. Its memory grows with what is open, not with what was read.

    `whole`: the events begin with the workspace's first. Else what began before is judged by what is seen since only,
    and who is idle not at all. `rules` are those in force where it begins, None where nobody knows.
    `figures` are those after the event `counted`: what comes later is counted on. Without them none are compared.
    """

    def __init__(
        self,
        *,
        whole: bool = True,
        rules: Rules | None = None,
        figures: Mapping[str, int] | None,
        counted: int = 0,
        patience_ms: int = PATIENCE_MS,
    ) -> None:
        self.found = Findings()
        self.floor = Floor(whole=whole, rules=rules)
        self.figures: Counter[str] | None = None if figures is None else Counter(figures)
        self._counted = counted
        self._patience_ms = patience_ms
        self._timers = Timers()
        self._neglected: set[tuple[str, str]] = set()
        self._looked_ms = self._looked_long_ms = 0

    def read(self, event: Event) -> None:
        """Take one event in."""
        floor, found = self.floor, self.found
        check_stream(floor, found, event)
        self._look_round(event.at_ms)
        if is_of_message(event):
            check_message(floor, found, event)
        elif event.contact is not None:
            check_contact(floor, found, event)
            if event.type == "offer.made":
                check_offer(floor, found, event, self._patience_ms)
            elif event.type == "contact.taken_over":
                check_capacity(floor, found, event)
        elif event.agent is not None:
            check_agent(floor, found, event)
        self._timers.check(floor, found, event)
        floor.apply(event)
        if event.type in PLACED and event.data["rank"] is not None:
            self._check_rank(event)
        self.count(event)

    def count(self, event: Event) -> None:
        """Count an event that is not judged: one between the figures that are given and the first that is read."""
        if self.figures is not None and event.seq > self._counted:
            count(self.figures, event)

    def finish(self, now_ms: int) -> None:
        """There are no more events, and it is now so late."""
        check_idle(self.floor, self.found, now_ms, self._patience_ms, self._neglected)
        self._timers.check_forgotten(self.floor, self.found)

    def check_figures(self, figures: Mapping[str, int], later: Iterable[Event] = ()) -> None:
        """The figures are those after what was read, or after one of the `later` events that happened meanwhile."""
        if self.figures is None:
            return
        counted = self.figures.copy()
        wrong = _differences(counted, figures)
        for event in later:
            if not wrong:
                break
            count(counted, event)
            wrong = _differences(counted, figures)
        if not self.found.keeps("figures", not wrong):
            for name in wrong[:10]:
                what = f"{name} is {figures.get(name, 0)}, and the events give {counted[name]}"
                self.found.breach("figures", what, self.floor.seq or 0)

    def _look_round(self, at_ms: int) -> None:
        if at_ms - self._looked_ms >= self._patience_ms / 4:
            self._looked_ms = at_ms
            check_idle(self.floor, self.found, at_ms, self._patience_ms, self._neglected)
        if at_ms - self._looked_long_ms >= _FORGOTTEN_EVERY_MS:
            self._looked_long_ms = at_ms
            self._timers.check_forgotten(self.floor, self.found)

    def _check_rank(self, event: Event) -> None:
        contact = self.floor.contact(event)
        rank = self.floor.rank(contact)
        if rank is not None and not self.found.keeps("order", rank == event.data["rank"]):
            what = f"contact {contact.id} stands at rank {event.data['rank']}, and its arrival and priority give {rank}"
            self.found.breach("order", what, event.seq)


def _differences(these: Mapping[str, int], those: Mapping[str, int]) -> list[str]:
    return sorted(name for name in {*these, *those} if these.get(name, 0) != those.get(name, 0))
