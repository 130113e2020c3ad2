"""The figures: counters and histograms, each a pure function of events.

The engine changes them in the same act that appends the event, from this one table, so that a replay of the stream
gives the same numbers. Adding a figure is adding a row. Labels and values name a field of the event or of its data.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

EDGES_S: tuple[int, ...] = (1, 2, 5, 10, 15, 20, 30, 40, 60, 90, 120, 180, 300, 600)
"""The upper edges of every histogram, in seconds; what is longer falls into one more bucket."""

RETURN_MS: Final = 7 * 86_400_000
"""Whose customer has no other contact for so long after its end, that contact has solved what he came for."""


class Figure(msgspec.Struct, frozen=True):
    """One row: at each `event` (where `when` holds) count one, or put `value` (milliseconds) into the histogram.

    A row of the kind `sum` adds `value` up instead. A value that is None counts nothing.

    `each` names a list in the data: one is counted for each of its members, which becomes the last label.
    """

    name: str
    event: str
    labels: tuple[str, ...]
    kind: Literal["counter", "histogram", "sum"] = "counter"
    value: str | None = None
    when: tuple[str, Any] | None = None
    each: str | None = None


_LINE = ("queue", "channel", "customer_type")


def _count(name: str, event: str, *labels: str, when: tuple[str, Any] | None = None) -> Figure:
    return Figure(name, event, (*_LINE, *labels), when=when)


def _spread(name: str, event: str, value: str) -> Figure:
    # By queue and channel alone: each further label would make seventeen times as many series of its values.
    return Figure(name, event, ("queue", "channel"), kind="histogram", value=value)


def _flow(event: str, when: tuple[str, Any] | None = None) -> Figure:
    return Figure("flowed_out", event, ("from_queue", "channel", "customer_type", "reason"), when=when)


FIGURES: tuple[Figure, ...] = (
    _count("offered", "contact.queued"),
    _count("offered", "contact.overflowed"),
    _count("offered", "contact.transferred"),
    _count("offered", "contact.patched", when=("rerouted", True)),
    _count("offered", "contact.requeued", when=("answered", True)),
    _count("offered", "contact.resumed"),
    _count("offered", "contact.interrupted"),
    _count("answered", "contact.answered", "in_target"),
    _count("abandoned", "contact.abandoned", "in_target", "short"),
    _count("target_missed", "contact.target_missed"),
    _flow("contact.overflowed"),
    _flow("contact.transferred", when=("answered", False)),
    _flow("contact.patched", when=("rerouted", True)),
    _count("rejected", "contact.rejected", "reason"),
    _count("expired", "contact.expired"),
    _count("cancelled", "contact.cancelled"),
    _count("closed", "contact.closed", "outcome", "ended_by"),
    _count("dispositions", "contact.disposed", "disposition"),
    _count("solved_first", "contact.solved", when=("first", True)),
    _count("returned", "contact.returned", when=("first", True)),
    _count("connect_failed", "contact.connect_failed", "reason"),
    _count("silent", "contact.silent"),
    _count("silent", "contact.requeued", when=("reason", "silent")),
    _count("parked", "contact.parked"),
    _count("interrupted", "contact.interrupted"),
    _count("handed_over", "contact.handed_over"),
    _count("resumed", "contact.resumed", "reason"),
    _count("requeued", "contact.requeued", "reason"),
    Figure("transferred", "contact.transferred", ("from_queue", "channel", "customer_type", "queue")),
    Figure("escalated", "contact.transferred", ("from_queue", "channel", "customer_type"), each="escalated"),
    _count("unroutable", "contact.unroutable"),
    _count("held", "contact.held", "cause"),
    _count("offers_made", "offer.made"),
    _count("offers_accepted", "contact.assigned"),
    _count("offers_declined", "offer.declined"),
    _count("offers_missed", "offer.missed"),
    _count("offers_undelivered", "offer.undelivered"),
    _count("offers_withdrawn", "offer.withdrawn", "reason"),
    _count("ratings_asked", "contact.rating_asked"),
    _count("ratings", "contact.rated"),
    _count("ratings_five", "contact.rated", when=("score", 5)),
    _spread("wait_answered", "contact.answered", "waited"),
    _spread("wait_abandoned", "contact.abandoned", "waited"),
    _spread("accept", "contact.assigned", "took"),
    _spread("handled", "contact.closed", "handled"),
    _spread("handled", "contact.transferred", "handled"),
    _spread("handled", "contact.requeued", "handled"),
    _spread("handled", "contact.parked", "handled"),
    _spread("handled", "contact.interrupted", "handled"),
    _spread("handled", "contact.handed_over", "handled"),
    _spread("reply", "contact.replied", "took"),
    _count("messages", "message.received", "author"),
    _count("messages", "message.queued", "author"),
    _count("messages_failed", "message.state", "code", when=("state", "failed")),
    _count("commands", "command.made", "do"),
    _count("commands_failed", "command.ended", "code", when=("state", "failed")),
    Figure("wrap_up", "agent.wrap_up_ended", ("queue",), kind="histogram", value="took"),
    Figure("state_seconds", "agent.state", ("was",), kind="sum", value="took"),
    Figure("state_seconds", "agent.removed", ("was",), kind="sum", value="took"),
)
"""Every figure. Rows of one name have the same number of labels and add up."""
