"""What Grafana's dashboards ask Prometheus: their panels, and their expressions with values in place of variables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from deploy.grafana.build import DASHBOARDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NAMES = tuple(DASHBOARDS)
ANYTHING = {"workspace": "krasnoyarsk", "queue": ".+", "channel": ".+"}
WINDOWS = {"__rate_interval": "5m", "__interval": "30m", "__range": "6h"}


def panels(name: str) -> Iterator[Any]:
    """The panels of a dashboard that draw something."""
    for panel in DASHBOARDS[name]["panels"]:
        if panel["type"] != "row":
            yield panel


def filled(expression: str, values: Mapping[str, str] | None = None) -> str:
    """An expression as Grafana sends it. `values`: of variables and windows, where others are wanted."""
    known = ANYTHING | WINDOWS | dict(values or {})
    return re.sub(r"\$(\w+)", lambda match: known[match[1]], expression)


def expressions(name: str, values: Mapping[str, str] | None = None) -> Iterator[tuple[str, str]]:
    """Each expression of a dashboard, filled in, after the title of its panel."""
    for panel in panels(name):
        for target in panel["targets"]:
            yield panel["title"], filled(target["expr"], values)
