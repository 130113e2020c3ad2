"""How fast an account and its threads may send."""

from __future__ import annotations

import asyncio

from channels.kit.limits import Bucket, Limits
from tests.helpers.given_time import GivenTime, settle


async def taken_at(time: GivenTime, bucket: Bucket, number: int) -> list[int]:
    """When each of so many tokens is had that are asked for at once, in the order in which they are."""
    at: list[int] = []

    async def take() -> None:
        await bucket.take()
        at.append(time.monotonic_ms())

    tasks = [asyncio.create_task(take()) for _ in range(number)]
    await time.pass_(60)
    await asyncio.gather(*tasks)
    return at


async def test_a_second_has_its_tokens_at_once_and_then_they_come_evenly() -> None:
    time = GivenTime()
    assert await taken_at(time, Bucket(time, per_s=4), 8) == [0, 0, 0, 0, 250, 500, 750, 1000]


async def test_one_a_second_is_one_a_second() -> None:
    time = GivenTime()
    assert await taken_at(time, Bucket(time, per_s=1), 4) == [0, 1000, 2000, 3000]


async def test_less_than_one_a_second() -> None:
    time = GivenTime()
    assert await taken_at(time, Bucket(time, per_s=0.5), 3) == [0, 2000, 4000]


async def test_what_was_not_taken_is_kept_for_a_second_only() -> None:
    time = GivenTime()
    bucket = Bucket(time, per_s=2)
    await time.pass_(100)
    assert await taken_at(time, bucket, 4) == [100_000, 100_000, 100_500, 101_000]


async def test_a_closed_bucket_gives_nothing_before_its_time_not_even_to_who_waited() -> None:
    time = GivenTime()
    bucket = Bucket(time, per_s=1)
    await bucket.take()
    at: list[int] = []

    async def take() -> None:
        await bucket.take()
        at.append(time.monotonic_ms())

    waiting = asyncio.create_task(take())
    await settle()
    bucket.close(17.0005)
    await time.pass_(30)
    await waiting
    assert at == [17_001]


async def test_a_thread_that_is_limited_holds_up_no_other() -> None:
    time = GivenTime()
    limits = Limits(time, account_per_s=10, thread_per_s=1)
    obeying = asyncio.create_task(limits.obey("a", 30, account=False))
    await settle()
    await limits.take("b")
    assert not obeying.done()
    await time.pass_(29.999)
    await settle()
    assert not obeying.done()
    await time.pass_(0.001)
    await asyncio.wait_for(obeying, 1)


async def test_an_account_that_is_limited_holds_up_every_thread() -> None:
    time = GivenTime()
    limits = Limits(time, account_per_s=10, thread_per_s=1)
    obeying = asyncio.create_task(limits.obey("a", 5, account=True))
    await settle()
    other = asyncio.create_task(limits.take("b"))
    await time.pass_(4.9)
    assert not other.done()
    await time.pass_(1)
    await asyncio.gather(obeying, other)


async def test_threads_that_are_at_rest_are_forgotten() -> None:
    time = GivenTime()
    limits = Limits(time, account_per_s=100_000, thread_per_s=10)
    for number in range(5000):
        await limits.take(str(number))
        if number % 500 == 0:
            await time.pass_(1)
    assert len(limits) <= 1500
