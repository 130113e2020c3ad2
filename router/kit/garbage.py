"""The collector of cyclic garbage in a process that serves."""

from __future__ import annotations

import gc

YOUNG = 10_000
"""Objects more than there were, at which the youngest are looked at; Python's own 700 come with every few requests."""
RARELY = 20
"""So many looks at a generation make one at the next older."""


def settle_garbage() -> None:
    """Let what is there now never be looked at again, for it stays, and what comes later less often.

    A request leaves no cycles, as a rule: its objects go without the collector, which only costs time, a sixth of a
    contact's, and stops the loop while it looks at what is old.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, RARELY, RARELY)
