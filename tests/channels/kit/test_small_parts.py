"""Back-off, memory, lanes, words: the small parts."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from channels.kit.backoff import LONGEST_S, Backoff
from channels.kit.lanes import Lanes
from channels.kit.outbox import dedupe_id
from channels.kit.remembered import Remembered
from channels.kit.router import NOT_OURS, is_final, retry_after_s
from channels.kit.words import WORDS, say
from router.domain.refusals import REFUSALS
from tests.helpers.given_time import settle


def test_pauses_double_up_to_a_limit_and_begin_anew() -> None:
    backoff = Backoff(draw=lambda: 0.0)
    assert [backoff.next_s() for _ in range(5)] == [0.2, 0.4, 0.8, 1.6, 3.2]
    assert [backoff.next_s() for _ in range(5)][-1] == LONGEST_S
    backoff.reset()
    assert backoff.next_s() == 0.2


def test_pauses_are_shortened_by_up_to_a_half() -> None:
    assert Backoff(draw=lambda: 1.0).next_s() == 0.1


@pytest.mark.parametrize("code", REFUSALS)
def test_a_refusal_is_final_unless_it_is_of_the_moment_or_of_the_adapter(code: str) -> None:
    status = REFUSALS[code].status
    assert is_final(status, code) == (status < 500 and status != 429 and code not in NOT_OURS)
    assert not is_final(429, "too_many")
    assert not is_final(503, "store_away")
    assert not is_final(401, "unauthorized")
    assert is_final(400, "malformed")
    assert is_final(410, "too_late")


def test_the_refusals_that_last_until_somebody_acts_are_the_routers() -> None:
    assert set(REFUSALS) >= NOT_OURS


def test_retry_after_is_read_in_seconds() -> None:
    assert retry_after_s({"Retry-After": "7"}) == 7
    assert retry_after_s({"Retry-After": "0.5"}) == 0.5
    assert retry_after_s({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}) is None
    assert retry_after_s({}) is None


def test_the_latest_are_remembered() -> None:
    memory: Remembered[str, int] = Remembered(3)
    for number, name in enumerate("abc"):
        memory[name] = number
    assert memory.get("a") == 0
    memory["d"] = 3
    assert [memory.get(name) for name in "abcd"] == [0, None, 2, 3]
    memory.forget("c")
    memory.forget("c")
    assert "c" not in memory


async def test_a_lane_does_one_thing_after_the_other_and_lanes_do_not_wait_for_each_other() -> None:
    lanes, done, gate = Lanes(), list[str](), asyncio.Event()

    async def work(name: str, *, waits: bool = False) -> None:
        if waits:
            await gate.wait()
        done.append(name)

    tasks = [lanes.add("a", partial(work, "a1", waits=True)), lanes.add("a", partial(work, "a2"))]
    tasks.append(lanes.add("b", partial(work, "b1")))
    await settle()
    assert done == ["b1"]
    assert len(lanes) == 2
    gate.set()
    await asyncio.gather(*tasks)
    assert done == ["b1", "a1", "a2"]
    await settle()
    assert len(lanes) == 0


async def test_what_breaks_in_a_lane_breaks_nothing_behind_it() -> None:
    lanes = Lanes()

    async def breaks() -> None:
        raise ValueError

    async def goes_on() -> str:
        return "on"

    broken, next_one = lanes.add("a", breaks), lanes.add("a", goes_on)
    assert await next_one == "on"
    with pytest.raises(ValueError):  # noqa: PT011 - it is the one of above
        await broken


async def test_lanes_end_with_what_is_left() -> None:
    lanes = Lanes()
    task = lanes.add("a", asyncio.Event().wait)
    behind = lanes.add("a", asyncio.Event().wait)
    await lanes.end()
    assert task.cancelled()
    assert behind.cancelled()


def test_every_word_is_there_in_both_languages() -> None:
    assert all(set(said) == {"ru", "en"} and all(said.values()) for said in WORDS.values())
    assert say("rate", "en-GB") == WORDS["rate"]["en"]
    assert say("rate", None) == say("rate", "fi") == WORDS["rate"]["ru"]


def test_the_same_part_has_the_same_number_and_no_other_has_it() -> None:
    numbers = {dedupe_id(f"0197c5.m{message}", part) for message in range(100) for part in (1, 2)}
    assert len(numbers) == 200
    assert all(0 < number < 2**63 for number in numbers)
    assert dedupe_id("0197c5.m3", 1) == dedupe_id("0197c5.m3", 1)
