"""The demo's demand: what the seed says, drawn the same each time."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from router.demo.demand import DemandUnreadable, drawn_by, read_demand, story, talk_s
from router.demo.seeds import seed_of
from router.domain.operation_file import read_operation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILE = seed_of("krasnoyarsk").with_name("demand.toml")
DEMAND = read_demand(FILE)


def mean(draw: Callable[[random.Random], float], times: int = 40_000) -> float:
    dice = random.Random(1)
    return sum(draw(dice) for _ in range(times)) / times


def test_the_busiest_hour_brings_what_was_counted() -> None:
    busiest = {
        name: sum(DEMAND.per_second(line, channel, 11.5) for channel in line.by) * 3600
        for name, line in DEMAND.lines.items()
    }
    assert busiest == pytest.approx({"private": 318, "corporate": 40, "messages": 60})
    assert max(range(24), key=lambda hour: DEMAND.hours[hour]) == 11


def test_talks_and_patience_have_their_means() -> None:
    assert mean(DEMAND.patience.seconds) == pytest.approx(390, rel=0.05)
    assert {name: mean(line.talk.seconds) for name, line in DEMAND.lines.items()} == pytest.approx(
        {"private": 180, "corporate": 240, "messages": 300}, rel=0.05
    )


def test_whoever_has_waited_long_is_less_likely_to_give_up_next() -> None:
    dice = random.Random(1)
    lives = [DEMAND.patience.seconds(dice) for _ in range(40_000)]

    def gives_up_within_a_minute_of(waited_s: float) -> float:
        still_there = [life for life in lives if life > waited_s]
        return sum(life <= waited_s + 60 for life in still_there) / len(still_there)

    assert (
        gives_up_within_a_minute_of(0) > 1.3 * gives_up_within_a_minute_of(120) > 1.3 * gives_up_within_a_minute_of(900)
    )


def test_a_seed_brings_the_same_customers_whatever_happens_meanwhile() -> None:
    def told(seed: int) -> list[object]:
        return [story(DEMAND, "private", seed, f"private-phone-{number}", number) for number in range(50)]

    assert told(1) == told(1)
    assert told(1) != told(2)
    assert talk_s(DEMAND, "private", 1, "a") == talk_s(DEMAND, "private", 1, "a") != talk_s(DEMAND, "private", 2, "a")
    assert drawn_by(1, "agent", "anna").random() != drawn_by(1, "agent", "boris").random()


def test_every_line_is_a_queue_and_comes_by_a_channel_of_the_seed() -> None:
    operation = read_operation(seed_of("krasnoyarsk")).operation
    assert set(DEMAND.lines) == set(operation.queues)
    assert {channel for line in DEMAND.lines.values() for channel in line.by} == set(operation.channels)
    assert all(sum(line.by.values()) == pytest.approx(1) for line in DEMAND.lines.values())


def test_what_is_wrong_with_a_demand_is_said_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(DemandUnreadable, match="not found"):
        read_demand(tmp_path / "demand.toml")
    wrong = tmp_path / "demand.toml"
    wrong.write_text(FILE.read_text().replace("mean_s = 390", "mean_s = -1"))
    with pytest.raises(DemandUnreadable, match=r"patience"):
        read_demand(wrong)
