"""The figures that a stretch of the stream gives: what the engine counted, counted again from the same table."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import msgspec

from router.domain.figures import EDGES_S, FIGURES, Figure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from router.domain.events import Event

_EDGES_MS: Final = [edge * 1000 for edge in EDGES_S]


def replay(events: Iterable[Event], before: Mapping[str, int] | None = None) -> dict[str, int]:
    """The figures after `events` that began where `before` was counted: `name|label|…` → number.

    Of a histogram there are `…|sum` in milliseconds and `…|bucket`, from 1 for the first of `EDGES_S`; what is longer
    falls into one more bucket. A sum is in milliseconds.
    """
    figures: Counter[str] = Counter(before or {})
    for event in events:
        count(figures, event)
    return dict(figures)


def count(figures: Counter[str], event: Event) -> None:
    """Count one more event, in place."""
    rows = _BY_EVENT.get(event.type)
    if rows:
        values = msgspec.structs.asdict(event) | event.data
        for figure in rows:
            _count(figures, figure, values)


def _count(figures: Counter[str], figure: Figure, values: dict[str, Any]) -> None:
    if figure.when is not None and values[figure.when[0]] != figure.when[1]:
        return
    name = "|".join([figure.name, *(_label(values[label]) for label in figure.labels)])
    if figure.each is not None:
        figures.update(f"{name}|{member}" for member in values[figure.each])
    elif figure.value is None:
        figures[name] += 1
    elif (value_ms := values[figure.value]) is None:
        return
    elif figure.kind == "sum":
        figures[name] += value_ms
    else:
        figures[f"{name}|{bisect_left(_EDGES_MS, value_ms) + 1}"] += 1
        figures[f"{name}|sum"] += value_ms


def _label(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _by_event() -> dict[str, list[Figure]]:
    found: dict[str, list[Figure]] = {}
    for figure in FIGURES:
        found.setdefault(figure.event, []).append(figure)
    return found


_BY_EVENT: Final = _by_event()
