"""What the router promises, each by a name that stays: what the history checker says is broken, and counts."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

Promise = Literal[
    "stream", "versions", "contacts", "one_agent", "repeats", "capacity", "eligible", "order", "idle", "timers",
    "reply_time", "states", "figures", "indexes", "retention",
]  # fmt: skip

PROMISES: Final[dict[Promise, str]] = {
    "stream": "the stream has no gap, and its time does not run backwards",
    "versions": "versions, and a contact's messages and commands, follow one another without gap or fork",
    "contacts": "no contact is lost or invented: it begins once, does what its state allows, and nothing after its end",
    "one_agent": "a contact is with one agent at a time",
    "repeats": "a repeated call changes nothing: what was done is not done again",
    "capacity": "nobody carries more than he can, nor more of a medium than its most",
    "eligible": "offers go only to agents who are available, connected, free and able, and did not just refuse",
    "order": "an agent gets the first of all contacts that he may take, by tier, ratio, rank and id",
    "idle": "no agent is idle beside a waiting contact that he may take",
    "timers": "what is due by time happens, once, and not before",
    "reply_time": "the reply time runs from a customer's first message without an answer to the next that answers it",
    "states": "an agent's states follow one another without a gap, and are what he has to do",
    "figures": "counters and histograms are what a replay of the events gives",
    "indexes": "the keys are what contacts and agents say, and these what the events say",
    "retention": "nothing is left of a contact whose time of keeping is over",
}
"""Every promise, with what it says."""

OF_KEYS: Final[frozenset[Promise]] = frozenset({"indexes", "retention"})
"""Promises that the events alone do not show."""


class Breach(msgspec.Struct, frozen=True):
    """A broken promise: what is wrong, and the sequence numbers of the events that show it, the last one last."""

    promise: Promise
    what: str
    seqs: tuple[int, ...] = ()

    def __str__(self) -> str:
        """One line."""
        shown = f" (events {', '.join(map(str, self.seqs))})" if self.seqs else ""
        return f"{self.promise}: {self.what}{shown}"
