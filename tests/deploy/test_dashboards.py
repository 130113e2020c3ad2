"""Grafana's dashboards: they are what the code builds, and each panel says what it shows and asks for what is there."""

from __future__ import annotations

import json
import re
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

import pytest

from deploy.grafana.build import DASHBOARDS, FOLDER, text_of
from tests.helpers.dashboards import NAMES, expressions, filled, panels
from tests.helpers.prometheus import promtool

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = 24
UNITS = {"short", "none", "s", "percentunit", "bytes", "bool_yes_no", "reqps", "ops"}
"""Grafana's names of units that are used here: of a name that it does not know it makes a word behind the number."""

every_dashboard = pytest.mark.parametrize("name", NAMES)


def test_the_files_are_what_the_code_builds() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {f"{name}.json" for name in NAMES}
    for name in NAMES:
        assert (FOLDER / f"{name}.json").read_text() == text_of(name), "run `python -m deploy.grafana.build`"


@every_dashboard
def test_nobody_changes_it_in_grafana_and_its_address_stays(name: str) -> None:
    dashboard = DASHBOARDS[name]
    assert dashboard["uid"] == f"contact-router-{name}"
    assert dashboard["editable"] is False
    assert "id" not in dashboard


@every_dashboard
def test_the_others_are_one_click_away_with_the_same_choices(name: str) -> None:
    others = {DASHBOARDS[other]["uid"] for other in NAMES if other != name}
    links = DASHBOARDS[name]["links"]
    assert {link["url"] for link in links} == {f"/d/{uid}" for uid in others}
    assert all(link["includeVars"] for link in links)


@every_dashboard
def test_panels_fill_the_grid_and_do_not_overlap(name: str) -> None:
    everything = DASHBOARDS[name]["panels"]
    assert len({panel["id"] for panel in everything}) == len(everything)
    places = [panel["gridPos"] for panel in everything]
    for place in places:
        assert place["x"] >= 0
        assert place["x"] + place["w"] <= COLUMNS
    for one, other in combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or above, (one, other)
    assert sum(place["w"] * place["h"] for place in places) == COLUMNS * max(
        place["y"] + place["h"] for place in places
    )


@every_dashboard
def test_each_panel_says_what_it_shows_how_and_what_to_do(name: str) -> None:
    titles = [panel["title"] for panel in panels(name)]
    assert len(set(titles)) == len(titles)
    for panel in panels(name):
        shows, how, bad = panel["description"].split("\n\n")
        assert shows[0].isupper()
        assert how.startswith("**How it is counted:** ")
        assert bad.startswith("**When it is bad:** ")
        assert all(part.endswith((".", "?")) for part in (shows, how, bad)), panel["title"]


def settings(panel: Any) -> list[Any]:
    """The settings of each number that a panel shows."""
    defaults, overrides = panel["fieldConfig"]["defaults"], panel["fieldConfig"]["overrides"]
    if panel["type"] == "heatmap":
        return [panel["options"]["yAxis"], panel["options"]["cellValues"]]
    if panel["type"] != "table":
        return [defaults]
    named = panel["transformations"][1]["options"]["renameByName"]
    columns = {
        each["matcher"]["options"]: {part["id"]: part["value"] for part in each["properties"]} for each in overrides
    }
    return [columns[title] for column, title in named.items() if column.startswith("Value")]


@every_dashboard
def test_each_number_has_a_unit_and_colours_begin_anywhere(name: str) -> None:
    for panel in panels(name):
        numbers = settings(panel)
        assert numbers
        for number in numbers:
            assert number["unit"] in UNITS, panel["title"]
            steps = [step["value"] for step in number.get("thresholds", {"steps": []})["steps"]]
            assert steps[:1] in ([], [None])
            assert all(lower < upper for lower, upper in pairwise(steps[1:]))


@every_dashboard
def test_every_choice_changes_something(name: str) -> None:
    variables = {variable["name"]: variable for variable in DASHBOARDS[name]["templating"]["list"]}
    asked = " ".join(target["expr"] for panel in panels(name) for target in panel["targets"])
    used = {word for word in re.findall(r"\$(\w+)", asked) if not word.startswith("__")} | {"datasource"}
    assert used == set(variables)
    for panel in panels(name):
        assert {target["datasource"]["uid"] for target in panel["targets"]} == {"${datasource}"}


@every_dashboard
def test_prometheus_reads_every_expression(name: str, tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:number_{place}", "expr": expression}
        for place, (_, expression) in enumerate(expressions(name))
    ]
    file = tmp_path / "rules.json"  # which is YAML, too
    file.write_text(json.dumps({"groups": [{"name": name, "rules": rules}]}))
    assert f"{len(rules)} rules found" in promtool("check", "rules", file)


def test_prometheus_does_not_read_everything(tmp_path: Path) -> None:
    file = tmp_path / "rules.json"
    wrong = {"record": "wrong", "expr": filled("sum by queue (rate(contact_router_answered_total[$__interval]))")}
    file.write_text(json.dumps({"groups": [{"name": "wrong", "rules": [wrong]}]}))
    with pytest.raises(AssertionError, match="parse error"):
        promtool("check", "rules", file)
