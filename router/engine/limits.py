"""The numbers that the engine lives by and no operation changes. Rendered into the Lua library as `LIMIT.<name>`."""

from __future__ import annotations

from router.domain.events import ERA
from router.domain.figures import RETURN_MS
from router.domain.operation import CAPACITY, HOPS_MAX

DAY_MS = 86_400_000

LIMITS: dict[str, int] = {
    # Clock.
    "clock_jump_ms": 1_000,  # a step of the wall greater than this beyond what the caller counted is a jump
    # Offers.
    "acknowledge_ms": 3_000,  # an offer that the desk has not acknowledged by then was not delivered
    "offers_a_call": 20,  # what one call may match; the rest is matched by an immediate `due`
    "ended_offers": 16,  # how many of a contact's ended offers are remembered
    "misses": 3,  # so many in a row, and the agent is offered nothing more
    "agent_rests": 8,
    "contact_rests": 16,
    "hold_ratio": 2,  # times its target, and a contact that does not fit yet is held for
    "capacity": CAPACITY,
    # Leases.
    "grace_ms": 15_000,  # from an agent's last sign of life to his loss
    "process_ms": 15_000,  # from a process's last renewal to the loss of its connections
    "library_ms": 3_600_000,  # from a process's last renewal to when its library counts as used no more
    "own_ms": 30_000,  # from what a process last said of itself to when it counts no more
    "channel_silent_ms": 15_000,  # from the loss of an account's holder to the holding of its live contacts
    "channel_lost_ms": 120_000,  # from the loss of an account's holder to the end of its live contacts
    # Queues.
    "hops": HOPS_MAX,
    "reopen_ms": 3_600_000,  # when a closed queue is asked again whose next opening is not known
    "arrived_ms": 3_600_000,  # how far back an arrival may lie
    # Work.
    "chunk": 20,  # objects that one call works through
    "lanes_a_look": 16,
    "pools_a_look": 8,
    "figures_a_write": 1_000,  # more than that is no list that Lua would spread
    "open_commands": 8,  # so many of a contact's at a time
    # Keeping.
    "staged_ms": 3_600_000,  # an operation that was staged and never applied
    "retention_ms": 8 * DAY_MS,  # ended contacts
    "answers_ms": 2 * DAY_MS,  # what is noted of a contact's idempotency keys: no answer is kept for longer
    "texts_ms": 30 * DAY_MS,  # texts, where the operation in force was put there by a release that did not ask
    "parked_ms": DAY_MS,  # a parked contact, likewise
    "last_agent_ms": 30 * DAY_MS,
    "said_ms": DAY_MS,  # from an automatic message to when it may be said again although nobody wrote since
    "return_ms": RETURN_MS,  # from a contact's end to when it has solved what its customer came for
    "thread_past": 16,  # so many of a thread's last contacts are asked whether they know a message
    # Ratings.
    "rating_ms": 3 * DAY_MS,  # from the question to when the score comes too late
    "asked_ms": DAY_MS,  # from a question to when the same customer may be asked again
    "events_ms": 30 * DAY_MS,
    "events": 1_000_000,
    "checkpoint_ms": 3_600_000,
    "era": ERA,
}
"""Name → value."""

REMEMBERED: dict[str, int] = {"operations": 64, "plans": 5_000, "lanes": 5_000, "classes": 1_000}
"""How much of each kind the library keeps in its memory before it forgets all of that kind."""
