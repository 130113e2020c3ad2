"""compose.yaml is what the Compose specification allows, and everything that it names is there."""

from __future__ import annotations

import copy
import io
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import msgspec
import pytest
import yaml

from router.app import serving
from router.cli.serve import serve
from router.engine.versions import FLOORS
from tests.helpers.composed import DEPLOY, services, store
from tests.helpers.floor import operation_of
from tests.helpers.logs import logged_to
from tests.helpers.prometheus import program, promtool

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = DEPLOY / "compose.yaml"
SCHEMA = Path(__file__).parent / "schemas" / "compose-spec.json"
VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)(?::([-?])([^}]*))?\}")
FILES_THAT_MAY_BE = {"channels.env"}


def problems(written: Any) -> list[str]:
    """What the specification's schema says against it."""
    schema: Any = jsonschema.Draft7Validator(msgspec.json.decode(SCHEMA.read_bytes()))
    return [f"{problem.json_path}: {problem.message}" for problem in schema.iter_errors(written)]


def filled(text: str) -> str:
    """The text with the defaults of its variables."""
    return VARIABLE.sub(lambda found: found[3] if found[2] == "-" else "", text)


def mounts() -> Iterator[tuple[str, str]]:
    """Each service's mounts, by source."""
    for name, service in services().items():
        for volume in service.get("volumes", ()):
            yield name, filled(volume).split(":")[0]


def test_it_follows_the_specification() -> None:
    assert not problems(yaml.safe_load(FILE.read_text()))


@pytest.mark.parametrize(
    ("service", "key", "value"),
    [("router-1", "comand", ["serve"]), ("proxy", "ports", "8080"), ("valkey", "healthcheck", {"interval": 2})],
)
def test_the_specification_refuses_what_is_wrong(service: str, key: str, value: Any) -> None:
    written = copy.deepcopy(yaml.safe_load(FILE.read_text()))
    written["services"][service][key] = value
    assert problems(written)


def test_all_that_is_mounted_is_there() -> None:
    volumes = yaml.safe_load(FILE.read_text())["volumes"]
    found = list(mounts())
    assert not [place for place in found if place[1].startswith(".") and not (DEPLOY / place[1]).exists()]
    assert {source for _, source in found if not source.startswith(".")} == set(volumes)
    read = {file["path"] for service in services().values() for file in service.get("env_file", ())}
    assert read <= FILES_THAT_MAY_BE
    assert (DEPLOY / services()["router-1"]["build"]["dockerfile"].removeprefix("deploy/")).exists()


def test_every_variable_is_explained_and_no_secret_has_a_default() -> None:
    readme = (DEPLOY / "README.md").read_text()
    found = list(VARIABLE.finditer(FILE.read_text()))
    assert found
    for variable in found:
        assert f"`{variable[1]}`" in readme, variable[1]
        assert (variable[2] == "?") == variable[1].endswith("PASSWORD"), variable[1]


def test_only_the_proxy_may_be_reached_from_elsewhere() -> None:
    published = {name: service["ports"] for name, service in services().items() if "ports" in service}
    (where,) = published.pop("proxy")
    assert filled(where) == "127.0.0.1:8080:8080"
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)


def test_no_service_may_more_than_it_must() -> None:
    for name, service in services().items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["read_only"], name
        assert service["restart"] == "unless-stopped", name


def test_the_routers_are_told_what_serve_understands() -> None:
    assert services()["router-1"] == services()["router-2"]
    words = [filled(word) for word in services()["router-1"]["command"]]
    assert words.pop(0) == "serve"
    told = [
        word.replace("/etc/contact-router/operation.toml", str(DEPLOY.parent / "seeds/minimal/operation.toml")).replace(
            "/etc/contact-router/channels.toml", str(DEPLOY.parent / "seeds/krasnoyarsk/channels.toml")
        )
        for word in words
    ]
    options = serve.make_context("serve", told).params
    assert options["behind_proxy"]
    assert options["processes"] == 2


def test_the_server_is_one_that_the_router_takes() -> None:
    image, version = services()["valkey"]["image"].split(":")
    assert image == "valkey/valkey"
    assert tuple(map(int, version.split("."))) in FLOORS["Valkey"]
    assert services()["valkey-replica"]["image"] == services()["valkey"]["image"]


OPERATION = """
[queues.private]
target_s = 40
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private"], media = ["voice"] }
"""


async def test_the_router_finds_nothing_weak_in_the_servers(tmp_path: Path) -> None:
    operation = msgspec.structs.replace(operation_of(OPERATION), workspace="composed")
    with store(tmp_path) as url, logged_to(io.StringIO()) as log:
        async with serving(operation, url=url) as served:
            assert await served.engine.connection.call("WAIT", 1, 5_000) == 1
    assert "server_weak" not in log.getvalue()


def test_prometheus_asks_the_same_as_on_one_machine_but_by_other_names() -> None:
    alone = (DEPLOY / "prometheus" / "prometheus.yml").read_text()
    there = (DEPLOY / "prometheus" / "compose.yml").read_text()
    for here, name in (("127.0.0.1:9093", "alertmanager:9093"), ("127.0.0.1:9611", "proxy:9611")):
        alone = alone.replace(here, name)
    assert yaml.safe_load(alone) == yaml.safe_load(there)
    names = {name.partition(":")[0] for name in re.findall(r'targets: \["(.*?)"\]', there)}
    assert names <= services().keys()
    promtool("check", "config", DEPLOY / "prometheus" / "compose.yml")


def test_alertmanager_takes_its_file() -> None:
    file = DEPLOY / "alertmanager" / "alertmanager.yml"
    said = subprocess.run([program("amtool"), "check-config", str(file)], check=False, capture_output=True, text=True)
    assert said.returncode == 0, said.stdout + said.stderr
