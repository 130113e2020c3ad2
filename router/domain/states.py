"""The states of a contact, an offer and an agent, and the moves between them: the one place that says them.

The engine renders these tables into its Lua library; the tests compare them with the model.
"""

from __future__ import annotations

from typing import Literal

ContactState = Literal[
    "scheduled", "queued", "offered", "assigned", "parked", "closed", "abandoned", "cancelled", "expired", "rejected"
]
OfferState = Literal["pending", "accepted", "declined", "missed", "withdrawn", "undelivered"]
Presence = Literal["available", "break", "offline"]
AgentState = Literal["offline", "break", "idle", "reserved", "busy", "draining", "wrap_up", "not_responding"]
Outcome = Literal["answered", "not_connected", "abandoned", "expired", "rejected", "cancelled", "lost", "blocked"]
Role = Literal["adapter", "agent", "supervisor", "observer", "admin", "system"]

ENDED: frozenset[str] = frozenset({"closed", "abandoned", "cancelled", "expired", "rejected"})
"""States that nothing leaves."""

MOVES: dict[str, tuple[str, ...]] = {
    "new": ("scheduled", "queued", "rejected"),
    "scheduled": ("queued", "scheduled", "cancelled", "rejected", "closed"),
    "queued": ("offered", "queued", "scheduled", "abandoned", "cancelled", "expired", "rejected", "closed"),
    "offered": ("assigned", "queued", "abandoned", "cancelled", "closed"),
    "assigned": ("queued", "parked", "closed", "abandoned", "cancelled"),
    "parked": ("queued", "closed", "cancelled"),
}
"""From each state, where a contact may go. `queued → queued` changes the queue, `scheduled → scheduled` the time."""
