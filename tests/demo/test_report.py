"""The report of the demo: what its contacts say one by one, through the API, is what the report says of all of them."""

from __future__ import annotations

import csv
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from router.engine.embedded import EmbeddedServer
from tests.helpers.commands import command, running
from tests.helpers.service import process_on

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from tests.helpers.service import Caller

WORKSPACE = "krasnoyarsk"
AHEAD = timedelta(hours=7)
"""Of Krasnoyarsk's clocks, all year."""
ANSWERED = 60
STANDS = 1e-6
"""So slow is the clock while the contacts are read."""


async def pages(caller: Caller, path: str) -> AsyncGenerator[Any]:
    """Every item of a list."""
    after = ""
    while True:
        body = (await caller.get(f"{path}?limit=200{after}")).body
        for item in body["items"]:
            yield item
        if body["next"] is None:
            return
        after = f"&after={body['next']}"


def day_of(moment: str) -> str:
    """The day of a moment in Krasnoyarsk."""
    return f"{datetime.fromisoformat(moment).astimezone(UTC) + AHEAD:%Y-%m-%d}"


async def played(data: Path) -> None:
    """The demo runs until many are answered."""
    async with running("demo", "--speed", "60", "--data", data, "--port", "0") as demo:
        looked = answered = 0
        while answered < ANSWERED:
            line = await demo.said("private ", after=looked)
            looked = demo.out.index(line, looked) + 1
            found = re.match(r"private +\d+ +\d+s +(\d+)", line)
            answered = int(found[1]) if found else 0


@pytest.mark.timeout(120)
async def test_it_equals_what_the_demo_s_contacts_say(tmp_path: Path) -> None:
    data = tmp_path / "data"
    await played(data)
    server = await EmbeddedServer.start(data)
    try:
        async with process_on(server, WORKSPACE, pace=STANDS) as service:
            supervisor = await service.caller("supervisor")
            contacts = [one async for one in pages(supervisor, "/contacts")]
            answers = [one async for one in pages(supervisor, "/events") if one["type"] == "contact.answered"]
            now = datetime.fromtimestamp(service.served.wall_ms() / 1000, UTC)
            days = sorted({day_of(one["arrived_at"]) for one in contacts})
            said: Counter[tuple[str, str]] = Counter()
            for day in days:
                done = await command("report", "--data", data, "--day", day, "--by", "day", "--csv", tmp_path / day)
                assert done.code == 0, done.err
                with (tmp_path / day / "queues.csv").open(encoding="utf-8", newline="") as file:
                    for row in csv.DictReader(file):
                        said.update(
                            {(row["queue"], name): int(value) for name, value in row.items() if value.isdigit()}
                        )
                with (tmp_path / day / "agents.csv").open(encoding="utf-8", newline="") as file:
                    people = list(csv.DictReader(file))
                assert len(people) > 10
                assert max(float(one["signed_in_s"]) for one in people) <= 86_400
    finally:
        await server.stop()
    assert days[-1] <= f"{now + AHEAD:%Y-%m-%d}"
    for queue in {one["queue"] for one in contacts}:
        his = [one for one in contacts if one["queue"] == queue]
        for state in ("abandoned", "expired", "rejected"):
            assert said[queue, state] == sum(one["state"] == state for one in his), (queue, state)
        assert said[queue, "ratings"] == sum(one["rating"] is not None for one in his)
        assert said[queue, "ratings_five"] == sum(one["rating"] == 5 for one in his)
        assert said[queue, "answered"] == sum(one["queue"] == queue for one in answers)
        once = [one for one in his if one["answered_at"] is not None]
        assert said[queue, "answered"] >= len(once)
    assert said["private", "answered"] >= ANSWERED
