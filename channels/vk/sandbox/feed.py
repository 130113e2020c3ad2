"""What has happened in the community, numbered, and what may go wrong with an event on its way out."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from channels.vk.sandbox import shapes
from channels.vk.sandbox.changes import Changes

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Entry:
    """An event and the dialogue that it is of."""

    peer: int
    event: dict[str, Any]


class Feed:
    """All events since the sandbox began. Number n is `entries[n - 1]`."""

    def __init__(self, group_id: int) -> None:
        self.entries: list[Entry] = []
        self.forgotten = 0
        """Up to this number the long poll gives none any more."""
        self.changes = Changes()
        self.group_id = group_id
        self._upto = 0
        self._confirmed: set[int] = set()
        self._made = 0
        self._repeats = 0
        self._swaps = False
        self._spoils = False
        self._held: Entry | None = None
        self._heard = False

    @property
    def last(self) -> int:
        """The number of the latest event."""
        return len(self.entries)

    def add(self, kind: str, what: Mapping[str, Any], peer: int) -> None:
        """Something happened."""
        self._made += 1
        event = {
            "group_id": self.group_id,
            "type": kind,
            "event_id": f"{self._made:040x}",
            "v": shapes.VERSION,
            "object": deepcopy(what),  # as it was when it happened, whatever becomes of it
        }
        entry = Entry(peer, event)
        if self._heard:
            self._spoil()
        if self._swaps:
            self._swaps, self._held = False, entry
            return
        self.entries.append(entry)
        if self._held is not None:
            self.entries.append(self._held)
            self._held = None
        self.entries.extend([entry] * self._repeats)
        self._repeats = 0
        self.changes.happen()

    def listen(self) -> None:
        """Somebody hears of what happens from now on."""
        if not self._heard and self.entries:
            self._spoil()
        self._heard = True

    async def next(self, number: int) -> Entry:
        """The event after this one, waiting for it."""
        await self.changes.until(lambda: self.last > number)
        return self.entries[number]

    # Who has had what.

    def confirm(self, number: int) -> None:
        """The adapter has this one."""
        if number > self._upto:
            self._confirmed.add(number)
        self.changes.happen()

    def confirm_upto(self, number: int) -> None:
        """The adapter has this one and all before it."""
        self._upto = max(self._upto, number)
        self._confirmed = {one for one in self._confirmed if one > self._upto}
        self.changes.happen()

    def unconfirmed(self) -> int:
        """How many events the adapter has by neither way."""
        return self.last - self._upto - len(self._confirmed)

    # Faults.

    def repeat_next(self, times: int) -> None:
        """The next event comes so many times more, with the same id."""
        self._repeats = times

    def reorder_next(self) -> None:
        """The next event comes after the one that follows it."""
        self._swaps = True

    def poison(self) -> None:
        """Before the next event that anybody hears of comes one that nobody can read."""
        self._spoils = True

    def _spoil(self) -> None:
        if self._spoils:
            self._spoils = False
            event = {"group_id": self.group_id, "type": "message_new", "event_id": "e" * 40, "v": shapes.VERSION}
            self.entries.append(Entry(0, event | {"object": {"message": 7}}))
            self.changes.happen()
