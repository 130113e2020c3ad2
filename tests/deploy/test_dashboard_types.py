"""Grafana's dashboards beside the types that Grafana publishes for them, compared by TypeScript's compiler."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from deploy.grafana.build import DASHBOARDS, text_of
from tests.helpers.dashboards import NAMES

NODE = Path(__file__).parent / "node"
COMPILER = NODE / "node_modules" / "typescript" / "bin" / "tsc"

pytestmark = [
    pytest.mark.skipif(
        shutil.which("node") is None or not COMPILER.is_file(),
        reason="Grafana's types are not there: `make node` installs them where node and npm are",
    ),
    pytest.mark.timeout(120),
]

EXPORT = "export const {name} = {json} satisfies Dashboard;\n"


def complaints(directory: Path, dashboards: dict[str, Any]) -> list[str]:
    """What the compiler has against these dashboards, a line each."""
    for name in ("published.ts", "tsconfig.json"):
        shutil.copy(NODE / name, directory)
    (directory / "node_modules").symlink_to(NODE / "node_modules")
    constants = [EXPORT.format(name=name, json=json.dumps(value)) for name, value in dashboards.items()]
    (directory / "dashboards.ts").write_text("import type { Dashboard } from './published';\n" + "".join(constants))
    said = subprocess.run(
        ["node", COMPILER, "--pretty", "false"], check=False, capture_output=True, text=True, cwd=directory
    )
    return said.stdout.splitlines() + said.stderr.splitlines()


def test_they_are_what_grafana_publishes(tmp_path: Path) -> None:
    assert complaints(tmp_path, {name: DASHBOARDS[name] for name in NAMES}) == []


def first(dashboard: Any, kind: str) -> Any:
    """Its first panel of a kind."""
    return next(panel for panel in dashboard["panels"] if panel["type"] == kind)


def wrong_field(dashboard: Any) -> None:
    dashboard["titel"] = "misspelt"


def wrong_panel(dashboard: Any) -> None:
    first(dashboard, "table")["type"] = "grid"


def wrong_option(dashboard: Any) -> None:
    first(dashboard, "stat")["options"]["colorMode"] = "rainbow"


def wrong_custom(dashboard: Any) -> None:
    first(dashboard, "timeseries")["fieldConfig"]["defaults"]["custom"]["drawStyle"] = "pie"


def wrong_override(dashboard: Any) -> None:
    first(dashboard, "table")["fieldConfig"]["overrides"][1]["properties"].append(
        {"id": "custom.width", "value": "wide"}
    )


def wrong_variable(dashboard: Any) -> None:
    dashboard["templating"]["list"][1]["refresh"] = 7


def missing_place(dashboard: Any) -> None:
    del first(dashboard, "timeseries")["gridPos"]["x"]


WRONG = (wrong_field, wrong_panel, wrong_option, wrong_custom, wrong_override, wrong_variable, missing_place)


def test_what_is_wrong_is_seen(tmp_path: Path) -> None:
    dashboards: dict[str, Any] = {}
    for spoil in WRONG:
        dashboards[spoil.__name__] = json.loads(text_of("floor"))
        spoil(dashboards[spoil.__name__])
    said = complaints(tmp_path, dashboards)
    lines_with_errors = {int(line.split("(")[1].split(",")[0]) for line in said if line.startswith("dashboards.ts(")}
    assert lines_with_errors == set(range(2, 2 + len(WRONG)))
