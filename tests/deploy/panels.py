"""What the panels of the dashboards show, as often as they are looked at."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from tests.helpers.dashboards import NAMES, expressions

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.deploy.live import Prometheus, Sample

WINDOWS: Final = {"__rate_interval": "10s", "__interval": "15s", "__range": "1m"}


class Panel(NamedTuple):
    """Where it is, and its title."""

    dashboard: str
    title: str


Shown = tuple[tuple[tuple[str, str], ...], float]
"""A series, by its labels in their order, and its value."""


class Panels:
    """All of them. Windows are a test's: what is counted in a minute is on the screen for a minute."""

    def __init__(self, prometheus: Prometheus) -> None:
        self.prometheus = prometheus
        self._asked = {
            Panel(name, title): [it for other, it in expressions(name, WINDOWS) if other == title]
            for name in NAMES
            for title, _ in expressions(name, WINDOWS)
        }
        self._shown: dict[str, list[tuple[Shown, ...]]] = defaultdict(list)

    async def look(self) -> None:
        """Look at each once."""
        for asked in self._asked.values():
            for expression in asked:
                samples = await self.prometheus.query(expression)
                self._shown[expression].append(
                    tuple(sorted((tuple(sorted(sample.labels.items())), sample.value) for sample in samples))
                )

    async def until(self, dashboard: str, title: str, so: Callable[[list[Sample]], bool]) -> None:
        """Wait until the first expression of a panel shows this."""
        expression = self._asked[Panel(dashboard, title)][0]

        async def it_is_so() -> bool:
            return so(await self.prometheus.query(expression))

        await self.prometheus.until(f"{dashboard}, {title}", it_is_so)

    def empty(self) -> set[str]:
        """The metrics and rules of expressions that have never returned anything."""
        never = {it for asked in self._asked.values() for it in asked if not any(self._shown[it])}
        return {name for expression in never for name in re.findall(r"contact_router[\w:]+", expression)}

    def still(self) -> set[Panel]:
        """Those that have never changed."""
        return {panel for panel, asked in self._asked.items() if all(len(set(self._shown[it])) == 1 for it in asked)}
