"""The panels of a dashboard as Grafana reads them.

A panel is made by its kind; where it stands follows from the rows that it is put in. Every panel says what it shows,
how that is counted, and what to do when it is bad.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Json = dict[str, Any]
Steps = tuple[tuple[float | None, str], ...]
"""From each value on, this colour; the first has no value."""

DATASOURCE: Final[Json] = {"type": "prometheus", "uid": "${datasource}"}

PLAIN: Final[Steps] = ((None, "text"),)
GOOD_BELOW_1: Final[Steps] = ((None, "green"), (1, "orange"), (2, "red"))
ANY_IS_BAD: Final[Steps] = ((None, "green"), (1, "red"))
NONE_IS_BAD: Final[Steps] = ((None, "red"), (1, "green"))

STATES: Final = {
    "idle": "green",
    "reserved": "super-light-blue",
    "busy": "blue",
    "wrap_up": "yellow",
    "draining": "purple",
    "not_responding": "red",
    "break": "light-orange",
    "offline": "#6e6e6e",
}
"""An agent's state has the same colour everywhere."""


class Says(NamedTuple):
    """What is read at a panel's sign."""

    shows: str
    counted: str
    if_bad: str

    @property
    def text(self) -> str:
        """As Grafana shows it, in Markdown."""
        return f"{self.shows}\n\n**How it is counted:** {self.counted}\n\n**When it is bad:** {self.if_bad}"


class Query(NamedTuple):
    """One expression. `legend` may name labels, as in `{{queue}}`; `dashed`: a line to compare the others with."""

    expr: str
    legend: str = ""
    dashed: bool = False


class Column(NamedTuple):
    """One column of a table: its expression has one number for each row."""

    title: str
    expr: str
    unit: str
    steps: Steps = PLAIN
    decimals: int | None = None


def _targets(queries: Sequence[Query], form: str, *, instant: bool) -> list[Json]:
    return [
        {
            "datasource": DATASOURCE,
            "editorMode": "code",
            "expr": query.expr,
            "format": form,
            "instant": instant,
            "legendFormat": query.legend,
            "range": not instant,
            "refId": chr(ord("A") + place),
        }
        for place, query in enumerate(queries)
    ]


def _thresholds(steps: Steps) -> Json:
    return {"mode": "absolute", "steps": [{"color": color, "value": value} for value, color in steps]}


def _override(matcher: str, options: str, **properties: Any) -> Json:
    """Other settings for what a matcher finds; a double underscore is a dot, as in `custom__width`."""
    found = [{"id": name.replace("__", "."), "value": value} for name, value in properties.items()]
    return {"matcher": {"id": matcher, "options": options}, "properties": found}


def _panel(kind: str, title: str, says: Says, **more: Any) -> Json:
    return {"type": kind, "title": title, "description": says.text, "datasource": DATASOURCE, **more}


def stat(title: str, says: Says, query: str, *, unit: str, steps: Steps = PLAIN, decimals: int | None = None) -> Json:
    """One number, large: as it is now, or of the whole period. While the figures are away there is none."""
    defaults = {"unit": unit, "thresholds": _thresholds(steps), "color": {"mode": "thresholds"}, "noValue": "–"}
    return _panel(
        "stat",
        title,
        says,
        targets=_targets([Query(query)], "time_series", instant=True),
        fieldConfig={"defaults": defaults if decimals is None else defaults | {"decimals": decimals}, "overrides": []},
        options={
            "colorMode": "value",
            "graphMode": "none",
            "justifyMode": "auto",
            "orientation": "auto",
            "percentChangeColorMode": "standard",
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
            "showPercentChange": False,
            "textMode": "auto",
            "wideLayout": True,
        },
    )


def lines(
    title: str,
    says: Says,
    *queries: Query,
    unit: str,
    drawn: str = "line",
    steps: Steps = PLAIN,
    least: float | None = 0,
    most: float | None = None,
    least_step: str = "",
    colors: Mapping[str, str] | None = None,
) -> Json:
    """Courses over time.

    `drawn`: `line`, `stack` (lines upon each other) or `bars` (upon each other, too). `least` and `most` are the ends
    of the axis. `least_step`: no point stands for less time than that. `colors`: of series by their names. Steps other
    than PLAIN are drawn as lines of their colours.
    """
    stacked = drawn != "line"
    custom = {
        "drawStyle": "bars" if drawn == "bars" else "line",
        "fillOpacity": {"line": 8, "stack": 40, "bars": 80}[drawn],
        "lineWidth": 1,
        "showPoints": "auto",
        "spanNulls": drawn == "line",
        "stacking": {"mode": "normal" if stacked else "none", "group": "A"},
        "thresholdsStyle": {"mode": "off" if steps is PLAIN else "dashed"},
    }
    defaults: Json = {
        "unit": unit,
        "color": {"mode": "palette-classic-by-name"},
        "thresholds": _thresholds(steps),
        "custom": custom,
        **{name: value for name, value in {"min": least, "max": most}.items() if value is not None},
    }
    overrides = [
        _override("byName", name, color={"mode": "fixed", "fixedColor": color})
        for name, color in (colors or {}).items()
    ]
    for place, query in enumerate(queries):
        if query.dashed:
            dashes = {"fill": "dash", "dash": [8, 8]}
            reference = chr(ord("A") + place)
            overrides.append(_override("byFrameRefID", reference, custom__lineStyle=dashes, custom__fillOpacity=0))
    return _panel(
        "timeseries",
        title,
        says,
        targets=_targets(queries, "time_series", instant=False),
        fieldConfig={"defaults": defaults, "overrides": overrides},
        options={
            "legend": {
                "calcs": ["lastNotNull", "max"],
                "displayMode": "table",
                "placement": "bottom",
                "showLegend": True,
            },
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
        **({"interval": least_step, "maxDataPoints": MOST_POINTS} if least_step else {}),
    )


MOST_POINTS: Final = 1500
"""A month of half-hours."""


def heat(title: str, says: Says, buckets: str, least_step: str) -> Json:
    """How many values lay in which bucket of a histogram, over time: the darker, the more."""
    return _panel(
        "heatmap",
        title,
        says,
        targets=_targets([Query(buckets, "{{le}}")], "heatmap", instant=False),
        fieldConfig={"defaults": {"custom": {"scaleDistribution": {"type": "linear"}}}, "overrides": []},
        options={
            "calculate": False,
            "cellGap": 1,
            "cellValues": {"unit": "short", "decimals": 0},
            "color": {
                "mode": "scheme",
                "scheme": "Oranges",
                "fill": "dark-orange",
                "scale": "exponential",
                "exponent": 0.5,
                "steps": 64,
                "reverse": False,
            },
            "exemplars": {"color": "rgba(255,0,255,0.7)"},
            "filterValues": {"le": 1e-9},
            "legend": {"show": True},
            "rowsFrame": {"layout": "le"},
            "showValue": "never",
            "tooltip": {"mode": "single", "yHistogram": True, "showColorScale": True},
            "yAxis": {"axisPlacement": "left", "unit": "s"},
        },
        interval=least_step,
        maxDataPoints=MOST_POINTS,
    )


def timeline(title: str, says: Says, query: Query, words: Mapping[int, tuple[str, str]]) -> Json:
    """One band for each series, in the colour of its state; `words` are the states: a number's text and colour."""
    mapped = {str(number): {"text": text, "color": color, "index": number} for number, (text, color) in words.items()}
    defaults = {
        "unit": "none",
        "mappings": [{"type": "value", "options": mapped}],
        "thresholds": _thresholds(PLAIN),
        "color": {"mode": "thresholds"},
        "custom": {"fillOpacity": 80, "lineWidth": 0},
    }
    return _panel(
        "state-timeline",
        title,
        says,
        targets=_targets([query], "time_series", instant=False),
        fieldConfig={"defaults": defaults, "overrides": []},
        options={
            "alignValue": "left",
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
            "mergeValues": True,
            "rowHeight": 0.8,
            "showValue": "auto",
            "tooltip": {"mode": "single", "sort": "none"},
        },
    )


CELLS: Final[Json] = {"align": "auto", "cellOptions": {"type": "auto"}, "inspect": False}


def table(
    title: str, says: Says, *columns: Column, row: str, row_title: str, link: tuple[str, str] | None = None
) -> Json:
    """One row for each value of the label `row`, now or of the whole period; what has a step is coloured by it.

    `link` (its title, an address) makes the first column lead elsewhere.
    """
    targets = _targets([Query(column.expr) for column in columns], "table", instant=True)
    renamed = {row: row_title} | {
        f"Value #{target['refId']}": column.title for target, column in zip(targets, columns, strict=True)
    }
    links = [] if link is None else [{"title": link[0], "url": link[1]}]
    return _panel(
        "table",
        title,
        says,
        targets=targets,
        transformations=[
            {"id": "merge", "options": {}},
            {
                "id": "organize",
                "options": {"excludeByName": {"Time": True}, "indexByName": {}, "renameByName": renamed},
            },
        ],
        fieldConfig={
            "defaults": {"thresholds": _thresholds(PLAIN), "noValue": "–", "custom": CELLS},
            "overrides": [
                _override("byName", row_title, **({"links": links} if links else {"custom__minWidth": 120})),
                *(_of_column(column) for column in columns),
            ],
        },
        options={"cellHeight": "md", "frameIndex": 0, "showHeader": True},
    )


def _of_column(column: Column) -> Json:
    properties: Json = {"unit": column.unit}
    if column.decimals is not None:
        properties["decimals"] = column.decimals
    if column.steps is not PLAIN:
        properties["thresholds"] = _thresholds(column.steps)
        properties["custom__cellOptions"] = {"type": "color-background", "mode": "basic"}
    return _override("byName", column.title, **properties)
