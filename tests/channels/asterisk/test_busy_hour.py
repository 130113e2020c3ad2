"""The branch's busiest hour on real telephony, compressed: of each call everybody tells the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from router.demo.demand import read_demand
from tests.channels.asterisk.load.agreement import agreed
from tests.channels.asterisk.load.centre import DIALLED, SEED, branch, centre_of, sign_in_all
from tests.channels.asterisk.load.people import People, customers_of
from tests.helpers.commands import command

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.figures import Figure


async def busy_hour(directory: Path, calls: int, speed: float, figure: Figure, *, apart: int = 0) -> None:
    """So many calls, so many times faster than in life; the waits of so many may differ by more than 100 ms."""
    async with centre_of(directory, branch(speed)) as centre, People.at(centre.asterisk) as people:
        await sign_in_all(people)
        people.pick_up_s = (1 / speed, 3 / speed)
        customers = customers_of(read_demand(SEED / "demand.toml"), DIALLED, speed, calls)
        await people.calls(customers)
        found = await agreed(centre, customers)
        data = centre.serving.place["data"]
        audit = await command("audit", "--keys", "--data", str(data))
    figure(
        f"busy hour on the phone, {speed:.0f} times as fast",
        "every call answered or abandoned; router, adapter and Asterisk agree on each, its wait to 100 ms; audit clean",
        f"{calls:,} calls on {len(centre.serving.agents)} phones: {found}",
    )
    assert not found.wrong, "\n".join(found.wrong[:5])
    assert len(found.apart) <= apart, "\n".join(found.apart[:5])
    assert audit.code == 0, audit.out
    assert not people.doubled()
    assert not centre.adapters.complaints()
    assert found.joined > calls / 2
    assert found.gave_up > calls / 50, "the hour was not busy"


@pytest.mark.timeout(180)
async def test_everybody_tells_the_same_of_each_call(tmp_path: Path, figure: Figure) -> None:
    # The drills beside it may stop Asterisk for a second between a call's answer and its bridge.
    await busy_hour(tmp_path, 120, 40, figure, apart=4)


@pytest.mark.soak
@pytest.mark.timeout(1800)
async def test_everybody_tells_the_same_of_a_thousand_calls(tmp_path: Path, figure: Figure) -> None:
    await busy_hour(tmp_path, 1_000, 60, figure)
