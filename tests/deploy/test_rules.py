"""The rules and alerts of `deploy/prometheus/`: promtool takes them, their cases hold, and nothing in them is idle."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.helpers.prometheus import promtool

DEPLOYED: Final = Path(__file__).parents[2] / "deploy" / "prometheus"
CASES: Final = Path(__file__).parent / "cases"
WINDOWS: Final = ("5m", "30m", "1h", "6h", "1d")


def groups(name: str) -> dict[str, list[dict[str, Any]]]:
    """The rules of each group of a file, in their order."""
    return {group["name"]: group["rules"] for group in yaml.safe_load((DEPLOYED / name).read_text())["groups"]}


RECORDED: Final = [rule for rules in groups("rules.yml").values() for rule in rules]
ALERTS: Final = [rule for rules in groups("alerts.yml").values() for rule in rules]


def names_in(expression: str) -> set[str]:
    """The names of the metrics and rules that it reads."""
    return set(re.findall(r"contact_router[\w:]+", expression))


def cases() -> str:
    """All cases, as they are written."""
    return "".join(path.read_text() for path in CASES.glob("*.yml"))


def test_promtool_takes_the_configuration_and_the_rules() -> None:
    assert "SUCCESS" in promtool("check", "config", DEPLOYED / "prometheus.yml")
    for name in ("rules.yml", "alerts.yml"):
        assert f"{len(RECORDED if name == 'rules.yml' else ALERTS)} rules found" in promtool(
            "check", "rules", DEPLOYED / name
        )


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.glob("*.yml")))
def test_the_cases_hold(case: str) -> None:
    promtool("test", "rules", CASES / case)


def test_every_rule_has_a_case() -> None:
    wanted = {rule["record"] for rule in RECORDED}
    asked = {name for expression in re.findall(r"expr: '(.*?)'", cases()) for name in names_in(expression)}
    assert wanted <= asked, wanted - asked


def test_every_alert_has_a_case_in_which_it_fires_and_one_in_which_it_does_not() -> None:
    text = cases()
    for rule in ALERTS:
        name, state = rule["alert"], r"[^']*(?:, alertstate=\"firing\")?\}'"
        assert re.search(rf"labels: '?(?:>-\n\s+)?ALERTS\{{alertname=\"{name}\"", text), f"{name} never fires"
        asked = re.findall(
            rf"expr: 'ALERTS\{{alertname=~?\"[^\"]*{name}[^\"]*\"{state}, eval_time: \w+, exp_samples: \[\]", text
        )
        assert asked, f"{name} is never quiet"


def test_the_windows_differ_in_nothing_but_their_length() -> None:
    by_group = groups("rules.yml")
    first, *others = (
        str([{**rule} for rule in by_group[f"contact_router_{window}"]]).replace(window, "WINDOW") for window in WINDOWS
    )
    assert others == [first] * len(others)


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alert_says_what_it_is_what_it_means_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"critical", "warning"}
    said = rule["annotations"]
    assert said.keys() == {"summary", "meaning", "action", "runbook"}
    assert all(said.values())
    page, _, anchor = said["runbook"].partition("#")
    headings = re.findall(r"^### (\w+)$", (DEPLOYED.parents[1] / page).read_text(encoding="utf-8"), re.MULTILINE)
    assert anchor == rule["alert"].lower()
    assert rule["alert"] in headings


def test_the_page_names_every_service_level() -> None:
    page = (DEPLOYED / "README.md").read_text(encoding="utf-8")
    variants = {
        match[1] for rule in RECORDED if (match := re.match(r"contact_router:service_level_(\w+):", rule["record"]))
    }
    assert len(variants) == 7, "with ours they are eight"
    for variant in variants:
        assert f"| `{variant}` |" in page


def test_what_one_rule_reads_another_records() -> None:
    recorded = {rule["record"] for rule in RECORDED}
    for rule in [*RECORDED, *ALERTS]:
        read = {name for name in names_in(rule["expr"]) if ":" in name}
        assert read <= recorded, read - recorded
