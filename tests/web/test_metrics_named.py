"""The README's table of figures has every figure that there is, with its labels, and none that there is not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from tests.helpers.scraping import count_everything, scraped
from tests.helpers.service import service_on

if TYPE_CHECKING:
    from tests.helpers.servers import Server

README = Path(__file__).parents[2] / "README.md"
OPERATION = """
[queues.private]
target_s = 40
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private"], media = ["voice"] }
"""


def written() -> dict[str, set[str]]:
    """Figure → its labels, as the README says."""
    section = README.read_text(encoding="utf-8").partition("\n## Figures\n")[2].partition("\n## ")[0]
    found: dict[str, set[str]] = {}
    for row in re.findall(r"^\| (`.+)\|$", section, re.MULTILINE):
        names, labels, *_ = row.split("|")
        common = set(re.findall(r"`(\w+)`", labels))
        for name, more in re.findall(r"`(\w+)(?:\{([\w,]+)\})?`", names):
            assert name not in found, f"{name} stands twice"
            found[name] = common | set(more.split(",") if more else ())
    return found


async def test_the_readme_has_them_all_and_their_labels(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        await count_everything(service)
        found: dict[str, set[str]] = {}
        for family in await scraped(service):
            name = family.name.removeprefix("contact_router_")
            labels = {label for one in family.samples for label in one.labels} - {"workspace", "le"}
            found[name + ("_total" if family.type == "counter" else "")] = labels
        assert written() == found
