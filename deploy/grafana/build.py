"""Writes the dashboards as Grafana reads them: `python -m deploy.grafana.build`, in the project's folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from deploy.grafana.floor import FLOOR
from deploy.grafana.history import HISTORY
from deploy.grafana.internals import INTERNALS
from deploy.grafana.waits import WAITS

DASHBOARDS: Final = {"floor": FLOOR, "waits": WAITS, "history": HISTORY, "internals": INTERNALS}
"""Each by the name of its file."""

FOLDER: Final = Path(__file__).parent / "dashboards"


def text_of(name: str) -> str:
    """The file of a dashboard."""
    return json.dumps(DASHBOARDS[name], ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    for chosen in DASHBOARDS:
        (FOLDER / f"{chosen}.json").write_text(text_of(chosen))
