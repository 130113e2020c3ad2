"""What applying another operation would change, in lines for whoever is asked whether to go on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from router.domain import revision
from router.domain.overlay import Overlays
from router.domain.wire.moment import moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from router.domain.operation import Operation
    from router.domain.overlay import Overlay


def difference(old: Operation, new: Operation) -> list[str]:
    """Every change from the file `old` to the file `new`, a line each; empty where they say the same.

    Such as `queues.private.target_s: 40 → 30` or `agents.anna removed`. Both are operations as their files say them,
    without overlays.
    """
    return [str(change) for change in revision.difference(old, new)]


def overlay_lines(overlays: Overlays, new: Operation, *, reset: bool = False) -> list[str]:
    """What becomes of each overlay where `new` is applied, a line for each thing that one states.

    Kept is what fits `new`; with `reset` everything ends.
    """
    kept = Overlays() if reset else overlays.fitting(new)
    lines: list[str] = []
    for name, queue in overlays.queues.items():
        lines += _lines(f"queues.{name}", queue, kept.queues.get(name))
    for name, agent in overlays.agents.items():
        lines += _lines(f"agents.{name}", agent, kept.agents.get(name))
    return lines


def _lines(place: str, overlay: Overlay, kept: Overlay | None) -> Iterator[str]:
    until = "" if overlay.until is None else f" until {moment(overlay.until)}"
    author = overlay.author or overlay.role
    for field, value in overlay.stated.items():
        shown = json.dumps(value, ensure_ascii=False)
        fate = "kept" if kept is not None and field in kept.stated else "ends"
        yield f"{fate}: {place}.{field} = {shown}{until}, set at run time by {author}"
