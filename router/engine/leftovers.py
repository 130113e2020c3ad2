"""What is kept for longer than its time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.engine.limits import DAY_MS, LIMITS

if TYPE_CHECKING:
    from router.engine.snapshot import Snapshot

LEFT_MS = 60_000
"""So much later than its time of keeping ends, a contact is left over: rubbish is taken away when there is time."""


def leftovers_of(snapshot: Snapshot) -> list[str]:
    """What is still kept of contacts whose time of keeping is over, and of contacts that are not kept."""
    now, contacts = snapshot.meta()["now"] - LEFT_MS, snapshot.contacts()
    texts_ms = snapshot.stored().operation.texts_days * DAY_MS
    found: list[str] = []
    for name, record in contacts.items():
        ended_at, said = int(record.fields.get("ended_at", now)), f"m:{name}" in snapshot.content
        if said and ended_at + texts_ms < now:
            found.append(f"m:{name} is what was said in a contact that ended at {ended_at}, and is kept")
        if not said and ended_at + LIMITS["retention_ms"] < now:
            found.append(f"c:{name} ended at {ended_at}, and is kept")
    for kind in ("b", "m", "co"):
        names = [name for name in snapshot.below(f"{kind}:") if name not in contacts]
        found += [f"{kind}:{name} is left of a contact that is not there" for name in names]
    for kind in ("x", "t"):
        for name, value in snapshot.below(f"{kind}:").items():
            if isinstance(value, bytes) and value.decode().partition("|")[0] not in contacts:
                found.append(f"{kind}:{name} is left of a contact that is not there")
    return found
