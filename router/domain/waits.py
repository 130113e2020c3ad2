"""Waits in a queue: how they end, and what that says of the queue's promise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from router.domain.events import Event


class Waits(msgspec.Struct, frozen=True):
    """The waits of one queue that ended in a stretch of time, by how they ended.

    `in_target` says that the wait was no longer than the target then in force. `flowed_out`: sent on unanswered, by
    overflow, transfer or a new route. `expired`: past the queue's limit. Whom a queue turned away never waited in it.
    """

    answered: int = 0
    answered_in_target: int = 0
    abandoned: int = 0
    abandoned_in_target: int = 0
    flowed_out: int = 0
    expired: int = 0
    answer_ms: int = 0
    """How long the answered had waited in all."""
    replied: int = 0
    """Questions that were answered, and how long they took in all."""
    reply_ms: int = 0

    @property
    def offered(self) -> int:
        """All of them."""
        return self.answered + self.abandoned + self.flowed_out + self.expired

    @property
    def service_level(self) -> float | None:
        """Answered in target ÷ (offered − abandoned in target); None where that leaves nothing.

        Whoever left before his target ran out was not let down by it; whoever left later, was sent on or expired was.
        """
        counted = self.offered - self.abandoned_in_target
        return self.answered_in_target / counted if counted else None


def ends_of(event: Event) -> tuple[str | None, tuple[str, ...]]:
    """Whose wait the event ends, and how. A talk that is transferred has been answered, and its wait ended then."""
    data = event.data
    if event.type == "contact.answered":
        return event.queue, ("answered", "answered_in_target") if data["in_target"] else ("answered",)
    if event.type == "contact.abandoned":
        return event.queue, ("abandoned", "abandoned_in_target") if data["in_target"] else ("abandoned",)
    if event.type == "contact.replied":
        return event.queue, ("replied",)
    if event.type == "contact.expired":
        return event.queue, ("expired",)
    if event.type == "contact.transferred" and not data["answered"]:
        return data["from_queue"], ("flowed_out",)
    if event.type == "contact.overflowed" or (event.type == "contact.patched" and data["rerouted"]):
        return data["from_queue"], ("flowed_out",)
    return None, ()
