"""The demo's table: what it reads from the API, and what it makes of it."""

from __future__ import annotations

import random
from collections import Counter

from router.demo.board import table
from router.demo.demand import read_demand, story
from router.demo.readings import Counted, QueueNow, Reading, counted
from router.demo.seeds import seed_of
from router.domain.operation_file import read_operation

FILE = seed_of("krasnoyarsk")
OPERATION, DEMAND = read_operation(FILE).operation, read_demand(FILE.with_name("demand.toml"))

EXPOSED = """\
# TYPE contact_router_answered counter
contact_router_answered_total{workspace="k",queue="private",customer_type="private",in_target="true"} 3.0
contact_router_answered_total{workspace="k",queue="private",customer_type="corporate",in_target="true"} 1.0
contact_router_answered_total{workspace="k",queue="private",customer_type="private",in_target="false"} 4.0
# TYPE contact_router_abandoned counter
contact_router_abandoned_total{workspace="k",queue="private",in_target="true",short="true"} 5.0
contact_router_abandoned_total{workspace="k",queue="private",in_target="false",short="false"} 2.0
# TYPE contact_router_wait_answered_seconds histogram
contact_router_wait_answered_seconds_bucket{workspace="k",queue="private",le="1.0"} 0.0
contact_router_wait_answered_seconds_bucket{workspace="k",queue="private",le="+Inf"} 8.0
contact_router_wait_answered_seconds_count{workspace="k",queue="private"} 8.0
contact_router_wait_answered_seconds_sum{workspace="k",queue="private"} 320.0
# TYPE contact_router_ratings counter
contact_router_ratings_total{workspace="k",queue="private"} 4.0
# TYPE contact_router_ratings_five counter
contact_router_ratings_five_total{workspace="k",queue="private"} 3.0
"""


def test_the_counters_are_summed_up_by_queue() -> None:
    assert counted(EXPOSED) == {
        "private": Counted(answered=8, in_target=4, waited_s=320, abandoned=7, early=5, ratings=4, top=3)
    }


def test_the_table_shows_what_came_since_the_demo_began() -> None:
    reading = Reading({"private": QueueNow(9, 81.4)}, Counter(busy=16, idle=3), counted(EXPOSED))
    before = {"private": Counted(answered=2, in_target=2, waited_s=20)}
    lines = table(reading, before, OPERATION, DEMAND)
    private = next(line for line in lines if line.startswith("private"))
    # 2 of the 6 answered since were in target, 2 were abandoned after it: 2 of 8.
    assert private.split() == ["private", "9", "81s", "6", "7", "50.0s", "25%", "in", "40s", "33%", "in", "40s"]
    assert lines[-2:] == ["agents: 16 busy, 3 idle", "top score: 75.0% of 4 ratings; published: 93.8%"]
    assert max(map(len, lines)) <= 80, "it fits a terminal"


def test_before_anything_has_happened_there_is_no_share() -> None:
    lines = table(Reading({}, Counter(), {}), {}, OPERATION, DEMAND)
    assert lines[1].split() == ["corporate", "0", "0s", "0", "0", "–", "–", "avg", "10.35s"]


def test_those_who_rate_give_the_top_score_as_often_as_was_published() -> None:
    numbers = random.Random(1).sample(range(10**6), 20_000)
    ratings = [story(DEMAND, "private", 1, f"private-phone-{number}", number).rating for number in numbers]
    given = [rating for rating in ratings if rating is not None]
    assert abs(given.count(5) / len(given) - 0.938) < 0.02
    assert abs(len(given) / len(ratings) - 0.3) < 0.02
