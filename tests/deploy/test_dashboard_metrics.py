"""Grafana's dashboards ask for nothing that is not there: what they name is scraped, or is a recording rule."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

import yaml

from deploy.grafana.build import FOLDER
from tests.helpers.dashboards import NAMES, panels
from tests.helpers.scraping import count_everything, scrape
from tests.helpers.service import service_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.helpers.servers import Server

PROMETHEUS = FOLDER.parents[1] / "prometheus"
OPERATION = """
[queues.private]
target_s = 40
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private"], media = ["voice"] }
"""
ADDED = {"instance", "job"}
"""Labels that Prometheus adds to what it scrapes."""
OWN = {"ALERTS": {"alertname", "alertstate", "workspace"}}
"""What Prometheus itself tells."""


def asked() -> Iterator[tuple[str, str, set[str]]]:
    """Each metric that a panel asks for: where, its name, and the labels by which it is chosen."""
    for name in NAMES:
        for panel in panels(name):
            for target in panel["targets"]:
                for metric, matchers in re.findall(r"([\w:]+)\{([^}]*)\}", target["expr"]):
                    yield f"{name}, {panel['title']}", metric, set(re.findall(r"(\w+)(?:=|!=|=~|!~)\"", matchers))


def legends() -> Iterator[tuple[str, str, str]]:
    """Each label that a legend names: where, the label, the expression."""
    for name in NAMES:
        for panel in panels(name):
            for target in panel["targets"]:
                for label in re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]):
                    yield f"{name}, {panel['title']}", label, target["expr"]


def rules() -> dict[str, str]:
    """Recording rules and their expressions."""
    groups = yaml.safe_load((PROMETHEUS / "rules.yml").read_text())["groups"]
    return {rule["record"]: rule["expr"] for group in groups for rule in group["rules"]}


async def test_every_metric_is_scraped_or_recorded(server: Server) -> None:
    known: dict[str, set[str]] = defaultdict(set, {name: set(labels) for name, labels in OWN.items()})
    async with service_on(server, OPERATION) as service:
        await count_everything(service)
        for name, labels in await scrape(service):
            known[name] |= {label for label, _ in labels} | ADDED
    recorded = rules()
    for where, metric, labels in asked():
        if metric.startswith("contact_router:"):
            assert metric in recorded, where
            assert labels <= {"workspace", "queue"}, where
        else:
            assert metric in known, where
            assert labels <= known[metric], (where, metric)
    for where, label, expression in legends():
        kept = set(re.findall(r"\w+", " ".join(re.findall(r"max by \(([^)]*)\)", expression))))
        assert label in kept or ("contact_router:" in expression and label == "queue"), where


def test_the_recording_rules_are_used_where_there_is_one() -> None:
    used = {metric for _, metric, _ in asked() if metric.startswith("contact_router:")}
    levels = {record for record in rules() if re.fullmatch(r"contact_router:service_level\w*:ratio_rate1d", record)}
    assert levels <= used
    assert {"contact_router:service_level:ratio_rate30m", "contact_router:error_budget_left:ratio7d"} <= used


def test_a_rate_is_never_of_less_than_the_scrapes() -> None:
    source = yaml.safe_load((FOLDER.parent / "provisioning/datasources/prometheus.yaml").read_text())["datasources"][0]
    scrapes = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())["global"]["scrape_interval"]
    assert source["jsonData"]["timeInterval"] == scrapes
