"""A whole dashboard: rows of panels, laid out from top to bottom, with the variables and links that all have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from deploy.grafana.panels import DATASOURCE, Json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

COLUMNS: Final = 24
SCHEMA_VERSION: Final = 42

TITLES: Final = {
    "contact-router-floor": "Live floor",
    "contact-router-waits": "Waits",
    "contact-router-history": "History",
    "contact-router-internals": "Router internals",
}
"""Every dashboard, by the uid that its address has for good."""


class Heading(NamedTuple):
    """A line with words above the rows that follow."""

    title: str


class Row(NamedTuple):
    """Panels beside each other, equally wide, so many units of the grid high."""

    height: int
    panels: tuple[Json, ...]


def dashboard(
    uid: str, description: str, *rows: Heading | Row, variables: Iterable[str], period: str, refresh: str
) -> Json:
    """One dashboard. `period` is what it shows when it is opened, `refresh` how often it asks anew."""
    return {
        "uid": uid,
        "title": TITLES[uid],
        "description": description,
        "tags": ["contact-router"],
        "schemaVersion": SCHEMA_VERSION,
        "editable": False,
        "graphTooltip": 1,
        "timezone": "browser",
        "weekStart": "monday",
        "time": {"from": f"now-{period}", "to": "now"},
        "refresh": refresh,
        "links": [_link(other) for other in TITLES if other != uid],
        "templating": {"list": [VARIABLES[name] for name in ("datasource", "workspace", *variables)]},
        "panels": list(_laid_out(rows)),
    }


def _laid_out(rows: Iterable[Heading | Row]) -> Iterator[Json]:
    number, top = 1, 0
    for row in rows:
        if isinstance(row, Heading):
            place = {"x": 0, "y": top, "w": COLUMNS, "h": 1}
            yield {"type": "row", "id": number, "title": row.title, "collapsed": False, "panels": [], "gridPos": place}
            number, top = number + 1, top + 1
            continue
        width = COLUMNS // len(row.panels)
        for column, panel in enumerate(row.panels):
            place = {"x": column * width, "y": top, "w": width, "h": row.height}
            yield {"id": number, **panel, "gridPos": place}
            number += 1
        top += row.height


def _link(uid: str) -> Json:
    return {
        "type": "link",
        "title": TITLES[uid],
        "url": f"/d/{uid}",
        "icon": "dashboard",
        "tooltip": "",
        "tags": [],
        "asDropdown": False,
        "includeVars": True,
        # Days and weeks are of no use on a live floor, nor its last hour among them.
        "keepTime": uid != "contact-router-history",
        "targetBlank": False,
    }


def _choice(name: str, label: str, query: str, *, several: bool) -> Json:
    """A variable whose values are those of a label. `several` may be chosen, or all."""
    chosen: dict[str, Any] = {}
    if several:
        chosen = {"allValue": ".+", "current": {"text": ["All"], "value": ["$__all"]}}
    return {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": DATASOURCE,
        "query": query,
        "refresh": 2,
        "sort": 1,
        "multi": several,
        "includeAll": several,
        **chosen,
    }


def _values(metric: str, label: str) -> str:
    return f'label_values(contact_router_{metric}{{workspace="$workspace"}}, {label})'


VARIABLES: Final = {
    "datasource": {
        "name": "datasource",
        "label": "Data source",
        "type": "datasource",
        "query": "prometheus",
        "refresh": 1,
    },
    "workspace": _choice("workspace", "Workspace", "label_values(contact_router_queue_open, workspace)", several=False),
    "queue": _choice("queue", "Queue", _values("queue_open", "queue"), several=True),
    "channel": _choice("channel", "Channel", _values("offered_total", "channel"), several=True),
}
