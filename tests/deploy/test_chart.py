"""The chart, rendered by Helm's own engine, gives what Kubernetes takes; and values that would not work are refused."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import kubernetes_validate  # pyright: ignore[reportMissingTypeStubs]
import pytest
import yaml

from channels.kit.configuration import variable
from channels.registry import CHANNELS, channel_of
from router.cli.channel import channel
from router.cli.serve import serve
from router.web.listening import LINGER_S
from router.web.live import JITTER_S
from router.web.slow import FINISH_S
from tests.helpers.composed import DEPLOY

if TYPE_CHECKING:
    from collections.abc import Mapping

helm = pytest.importorskip(
    "helm_python", reason="Helm's engine has no wheel for this machine: the chart was not tested"
)

CHART = DEPLOY / "helm" / "contact-router"
VERSIONS = ("1.27", "1.37")
"""Of Kubernetes: an old one that is still found, and the newest that is known."""
NODE = Path(__file__).parent / "node"
JUDGE = """
import { readFileSync } from "node:fs";
import { ServiceMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor";
new ServiceMonitor(JSON.parse(readFileSync(0))).validate();
"""
"""Fails where what it reads is not what the Prometheus operator's own definition of the resource allows."""
ALL: dict[str, Any] = {
    "image": {"repository": "registry.example.org/contact-router", "tag": "1.2.3"},
    "imagePullSecrets": [{"name": "registry"}],
    "operation": 'workspace = "heart"\n# "quoted" & {{ braces }}\n',
    "allowOrigins": ["https://desk.example.org"],
    "service": {"type": "LoadBalancer", "annotations": {"example.org/zone": "a"}},
    "podAnnotations": {"example.org/team": "calls"},
    "nodeSelector": {"disk": "fast"},
    "tolerations": [{"key": "calls", "operator": "Exists"}],
    "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
        {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]}]}}},
    "priorityClassName": "calls",
    "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
    "adapters": {name: {"secret": name, "settings": f"[{name}]\n"} for name in CHANNELS},
}  # fmt: skip


def rendered(values: Mapping[str, Any], **more: Any) -> list[dict[str, Any]]:
    """What Helm makes of the chart with these values."""
    with helm.Chart.load(CHART) as chart:
        chart.validate_schema(values)
        files = chart.render(values, name="heart", namespace="calls", **more)
    return [
        document
        for name, text in files.items()
        if name.endswith(".yaml")
        for document in yaml.safe_load_all(text)
        if document
    ]


def one(documents: list[dict[str, Any]], kind: str, name: str) -> dict[str, Any]:
    (found,) = [each for each in documents if (each["kind"], each["metadata"]["name"]) == (kind, name)]
    return found


def pod(deployment: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The pod of a deployment, and its only container."""
    spec = deployment["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    return spec, container


def test_helm_finds_nothing_to_say() -> None:
    report = helm.lint(CHART, ALL, strict=True)
    assert not report["errors"], report
    assert not [said for said in report["messages"] if said["severity"] > 1], report


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("values", [{}, ALL], ids=["nothing", "all"])
def test_kubernetes_takes_it(values: dict[str, Any], version: str) -> None:
    documents = rendered(values)
    kinds = {document["kind"] for document in documents}
    assert {"Deployment", "Service", "PodDisruptionBudget"} <= kinds
    for document in documents:
        if document["kind"] != "ServiceMonitor":
            kubernetes_validate.validate(document, version, strict=True)


def test_kubernetes_refuses_what_is_wrong() -> None:
    deployment = one(rendered({}), "Deployment", "heart-contact-router")
    deployment["spec"]["replica"] = 2
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(deployment, VERSIONS[-1], strict=True)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"replicas": 0}, "replicas"),
        ({"processes": "two"}, "processes"),
        ({"processes": 65}, "processes"),
        ({"redis": {"url": "redis://:secret@server"}}, "url"),
        ({"redis": {"secret": ""}}, "secret"),
        ({"log": "loud"}, "log"),
        ({"service": {"type": "ExternalName"}}, "type"),
        ({"allowOrigins": ["desk.example.org"]}, "allowOrigins"),
        ({"terminationGracePeriodSeconds": 20}, "terminationGracePeriodSeconds"),
        ({"serviceMonitor": {"interval": "often"}}, "interval"),
        ({"adapters": {"telegram": {}}}, "secret"),
        ({"adapters": {"Telegram": {"secret": "telegram"}}}, "Telegram"),
        ({"adapters": {"telegram": {"secret": "telegram", "port": 443}}}, "port"),
        ({"procesess": 2}, "procesess"),
    ],
)
def test_values_that_would_not_work_are_refused(values: dict[str, Any], named: str) -> None:
    with pytest.raises(helm.HelmValuesError, match=named):
        rendered(values)


def test_a_pod_runs_what_serve_understands() -> None:
    _spec, container = pod(one(rendered(ALL), "Deployment", "heart-contact-router"))
    word, *said = container["args"]
    assert word == "serve"
    seed = DEPLOY.parent / "seeds" / "minimal" / "operation.toml"
    options = serve.make_context(
        "serve", [each.replace("/etc/contact-router/operation.toml", str(seed)) for each in said]
    )
    assert options.params["behind_proxy"]
    assert options.params["processes"] == 2
    assert options.params["allow_origin"] == ("https://desk.example.org",)


def test_the_operation_comes_as_it_was_given() -> None:
    documents = rendered(ALL)
    given = one(documents, "ConfigMap", "heart-contact-router-operation")
    assert given["data"]["operation.toml"] == ALL["operation"]
    template = one(documents, "Deployment", "heart-contact-router")["spec"]["template"]
    other = rendered(ALL | {"operation": 'workspace = "other"\n'})
    assert one(other, "Deployment", "heart-contact-router")["spec"]["template"] != template, (
        "another file is another pod"
    )


def test_a_pod_has_time_to_end() -> None:
    spec, container = pod(one(rendered({}), "Deployment", "heart-contact-router"))
    (_sleep, before) = container["lifecycle"]["preStop"]["exec"]["command"]
    router_s = JITTER_S + LINGER_S + FINISH_S
    assert spec["terminationGracePeriodSeconds"] > int(before) + router_s


@pytest.mark.parametrize("values", [{}, ALL], ids=["nothing", "all"])
def test_no_secret_stands_in_it_and_no_pod_may_more_than_it_must(values: dict[str, Any]) -> None:
    for deployment in (document for document in rendered(values) if document["kind"] == "Deployment"):
        spec, container = pod(deployment)
        assert not spec["automountServiceAccountToken"]
        assert spec["securityContext"]["runAsNonRoot"]
        assert container["securityContext"]["readOnlyRootFilesystem"]
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        given = {each["name"]: each for each in container["env"]}
        assert "CONTACT_ROUTER_TOKEN" not in given
        assert "value" not in given.get("CONTACT_ROUTER_REDIS", {})


@pytest.mark.parametrize("name", CHANNELS)
def test_an_adapter_is_told_what_it_understands(name: str) -> None:
    documents = rendered(ALL)
    _spec, container = pod(one(documents, "Deployment", f"heart-contact-router-{name}"))
    _channel, called, *said = container["args"]
    command = channel.get_command(channel.make_context("channel", [name]), called)
    assert command is not None
    settings = [each.replace("/etc/contact-router/channels.toml", __file__) for each in said]
    command.make_context(name, [*settings, "--token", "a-token"])
    manifest = channel_of(name).manifest
    given = {each["name"]: each["value"] for each in container["env"]}
    port = container["ports"][0]["containerPort"]
    assert given[variable(manifest, "host")] == "0.0.0.0"  # noqa: S104 - it is only compared
    assert given[variable(manifest, "port")] == str(port)
    assert given["CONTACT_ROUTER_URL"] == "http://heart-contact-router:8080"
    service = one(documents, "Service", f"heart-contact-router-{name}")
    assert service["spec"]["selector"].items() <= _labels(documents, f"heart-contact-router-{name}").items()


def test_services_find_the_routers_and_nobody_else() -> None:
    documents = rendered(ALL)
    for name in ("heart-contact-router", "heart-contact-router-metrics"):
        selector = one(documents, "Service", name)["spec"]["selector"].items()
        chosen = [each["metadata"]["name"] for each in documents if each["kind"] == "Deployment"
                  and selector <= _labels(documents, each["metadata"]["name"]).items()]  # fmt: skip
        assert chosen == ["heart-contact-router"]


def test_the_figures_of_all_are_scraped_once() -> None:
    documents = rendered(ALL)
    monitor = one(documents, "ServiceMonitor", "heart-contact-router")
    service = one(documents, "Service", "heart-contact-router-metrics")
    assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert service["metadata"]["labels"][monitor["spec"]["jobLabel"]] == "contact-router", (
        "the name that the rules know"
    )
    (endpoint,) = monitor["spec"]["endpoints"]
    assert endpoint["port"] == service["spec"]["ports"][0]["name"]
    (rule,) = endpoint["metricRelabelings"]
    assert rule["action"] == "labeldrop"
    assert all(re.fullmatch(rule["regex"], label) for label in ("instance", "pod", "node"))
    assert not re.fullmatch(rule["regex"], "process"), "the routers' own figures are told apart"


@pytest.mark.skipif(
    shutil.which("node") is None or not (NODE / "node_modules" / "@kubernetes-models").is_dir(),
    reason="the operator's types are not there: `make node` installs them where node and npm are",
)
@pytest.mark.parametrize(
    ("changed", "refused"),
    [({}, ""), ({"selector": None}, "selector"), ({"endpoints": [{"interval": "often"}]}, "interval")],
)
def test_the_operator_takes_the_service_monitor(changed: dict[str, Any], refused: str) -> None:
    monitor = one(rendered(ALL), "ServiceMonitor", "heart-contact-router")
    monitor["spec"] |= changed
    said = subprocess.run(
        ["node", "--input-type=module", "--eval", JUDGE], check=False, cwd=NODE, capture_output=True, text=True,
        input=json.dumps(monitor),
    )  # fmt: skip
    assert (said.returncode == 0) == (not refused), said.stderr
    assert refused in said.stderr


def _labels(documents: list[dict[str, Any]], deployment: str) -> dict[str, str]:
    return one(documents, "Deployment", deployment)["spec"]["template"]["metadata"]["labels"]
