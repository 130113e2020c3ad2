"""What is news to a caller: he is told what is better, what is due, and never what is worse."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from channels.asterisk.speech.minutes import Minutes


class News(NamedTuple):
    """Where he stands, and how long it may take, as far as they are known."""

    place: int | None = None
    minutes: Minutes | None = None


class Told:
    """What a caller was told last, and when. `due_ms` after that it is time for another word."""

    def __init__(self, due_ms: int) -> None:
        self._due_ms = due_ms
        self._at_ms: int | None = None
        self._last = News()

    def due(self, at_ms: int) -> bool:
        """Whether he was told nothing for so long."""
        return self._at_ms is None or at_ms - self._at_ms >= self._due_ms

    def worth(self, now: News, at_ms: int) -> News | None:
        """What of it is to be told, if anything is: nothing of it is worse than what was told last.

        Empty news are those where a word is due, and all is worse.
        """
        place, minutes = self._place(now.place), self._minutes(now.minutes)
        better = place not in {None, self._last.place} or minutes not in {None, self._last.minutes}
        return News(place, minutes) if better or self.due(at_ms) else None

    def note(self, told: News, at_ms: int) -> None:
        """He was told this, which leaves what it does not speak of as it was."""
        self._last = News(told.place or self._last.place, told.minutes or self._last.minutes)
        self._at_ms = at_ms

    def _place(self, place: int | None) -> int | None:
        last = self._last.place
        return None if place is None or (last is not None and place > last) else place

    def _minutes(self, minutes: Minutes | None) -> Minutes | None:
        last = self._last.minutes
        return None if minutes is None or (last is not None and last.better_than(minutes)) else minutes
