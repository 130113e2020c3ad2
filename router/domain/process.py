"""What a router process says of itself, every five seconds, for whoever is asked for all figures."""

from __future__ import annotations

import msgspec

EDGES_MS: tuple[int, ...] = (2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000)
"""The upper edges of how long requests take; what takes longer falls into one more bucket."""


class ProcessFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One process. Counts are since its start, durations milliseconds; None is not known on its system.

    What another release says more is skipped, what it says less has the values that stand here.
    """

    started_at: int = 0
    """By the wall."""
    cpu_ms: int = 0
    memory_bytes: int | None = None
    store_up: bool = True
    due_age_ms: int | None = None
    """How long ago it looked at the deadlines."""
    loop_lag_ms: int = 0
    """How late its event loop came to something, at worst, in the last five to ten seconds."""
    events_behind: int = 0
    """Events of the stream that it has not heard of."""
    requests: list[tuple[str, str, str, int]] = []
    """(method, route, class of the status, how many)."""
    request_buckets: list[int] = []
    """How many answers took up to each of `EDGES_MS`, and longer than all. Sockets and polls are not among them."""
    request_ms: int = 0
    acts: list[tuple[str, int, int]] = []
    """(act, how many were answered, in how many milliseconds)."""
    store_writes: int = 0
    store_calls: int = 0
    """The calls that were sent in these writes."""
    sockets: dict[str, int] = {}
    """Kind → how many are open."""
    duplicates: dict[str, int] = {}
    """Channel → contacts that were there already."""
    refused: dict[str, int] = {}
    """Code → how often it was answered."""
