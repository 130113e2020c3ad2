"""The figures, counted from the events by their table."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from router.domain.figures import EDGES_S, FIGURES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from router.domain.events import Event
    from router.domain.figures import Figure


def figures_of(events: Iterable[Event]) -> Counter[str]:
    """`name|label|label…` (and `|bucket` or `|sum` for histograms) → number."""
    counted: Counter[str] = Counter()
    for event in events:
        for figure in FIGURES:
            if figure.event == event.type and (figure.when is None or _field(event, figure.when[0]) == figure.when[1]):
                _count(counted, figure, event)
    return counted


def _count(counted: Counter[str], figure: Figure, event: Event) -> None:
    name = "|".join([figure.name, *(_text(_field(event, label)) for label in figure.labels)])
    if figure.each is not None:
        counted.update(f"{name}|{member}" for member in _field(event, figure.each))
    elif figure.value is None:
        counted[name] += 1
    else:
        value = _field(event, figure.value)
        if value is not None and figure.kind == "sum":
            counted[name] += value
        elif value is not None:
            bucket = 1 + sum(1 for edge in EDGES_S if value > edge * 1000)
            counted[f"{name}|{bucket}"] += 1
            counted[f"{name}|sum"] += value


def _field(event: Event, name: str) -> Any:
    return event.data[name] if name in event.data else getattr(event, name)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
