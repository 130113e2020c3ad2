"""A waiting contact is told how long it will wait, or why nobody can say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from router.domain.estimate import Estimate, expected_wait_s
from router.domain.requirement import Requirement
from router.engine.acts.reading import GetContact, GetQueue
from router.service.estimate import ENOUGH, Estimates
from tests.helpers.floor import Floor, floor_on

if TYPE_CHECKING:
    from tests.helpers.servers import Server

OPERATION = """
[skills]
english = "speaks English"
[hours]
office = { sun = ["10:00-11:00"] }
[queues.private]
target_s = 40
[queues.office]
target_s = 40
hours = "office"
closed = { then = "wait" }
[[routes]]
queue = "private"
[media]
voice = { limits_s = { wrap_up = 10 } }
chat = { limits_s = { wrap_up = 0, reply = 3600 } }
[agents]
anna = { queues = ["private", "office"], media = ["voice"] }
boris = { queues = ["private", "office"], media = ["voice"], skills.english = 5 }
roman = { queues = ["private"], media = ["chat"] }
"""


async def serve_some(floor: Floor, talks: int = ENOUGH, channel: str = "phone") -> None:
    """So many talks of 50 s, each with its wrap-up."""
    for _ in range(talks):
        contact = await floor.talk(await floor.post(channel=channel))
        await floor.advance(50)
        await floor.complete(contact)
        await floor.advance(10)


async def wait_of(floor: Floor, contact: str, estimates: Estimates) -> Estimate | None:
    return await estimates.of(await floor.engine.do(GetContact(contact=contact)))


def around(wait_s: float) -> Any:
    approximately: Any = pytest.approx
    return Estimate(from_s=approximately(0.8 * wait_s), to_s=approximately(2.2 * wait_s))


async def test_it_counts_those_ahead_the_talks_going_on_and_how_long_they_last(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna", "boris")
        await serve_some(floor)
        for _ in range(2):
            await floor.talk(await floor.post())
        first, second = await floor.post(), await floor.post()
        estimates = Estimates(floor.engine, floor.current)
        # Two talks of 60 s with their wrap-up: one ends every 30 s.
        assert await wait_of(floor, first.id, estimates) == around(30)
        assert await wait_of(floor, second.id, estimates) == around(60)


async def test_who_gives_up_makes_it_shorter_for_those_behind(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        await serve_some(floor)
        await floor.talk(await floor.post())
        for _ in range(3):
            impatient = await floor.post()
            await floor.advance(20)
            await floor.leave(impatient)
        await floor.post()
        second = await floor.post()
        estimate = await wait_of(floor, second.id, Estimates(floor.engine, floor.current))
        assert estimate == around(expected_wait_s(1, 1 / 60, 3 / 60))


async def test_of_many_agents_some_stand_for_all(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("router.service.estimate.LOOKED_AT", 1)
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna", "boris")
        await serve_some(floor)
        for _ in range(2):
            await floor.talk(await floor.post())
        waiting = await floor.post()
        assert await wait_of(floor, waiting.id, Estimates(floor.engine, floor.current)) == around(30)


async def test_only_agents_who_could_serve_it_count(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna", "boris")
        await serve_some(floor)
        for _ in range(2):
            await floor.talk(await floor.post())
        english = await floor.post(requirement=Requirement(skills={"english": 3}))
        assert await wait_of(floor, english.id, Estimates(floor.engine, floor.current)) == around(60)


async def test_who_chats_with_three_at_once_ends_three_in_the_time_of_one(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("roman")
        await serve_some(floor, channel="telegram")
        for _ in range(3):
            await floor.talk(await floor.post(channel="telegram"))
        waiting = await floor.post(channel="telegram")
        assert await wait_of(floor, waiting.id, Estimates(floor.engine, floor.current)) == around(50 / 3)


async def test_how_long_chats_take_says_nothing_of_calls(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna", "roman")
        await serve_some(floor)
        for _ in range(20):
            await floor.complete(await floor.talk(await floor.post(channel="telegram")))
        await floor.talk(await floor.post())
        waiting = await floor.post()
        assert await wait_of(floor, waiting.id, Estimates(floor.engine, floor.current)) == around(60)


async def test_where_nobody_can_say_there_is_a_reason(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        estimates = Estimates(floor.engine, floor.current)
        contact = await floor.post()
        assert await wait_of(floor, contact.id, estimates) == Estimate(reason="nobody_signed_in")
        await floor.connect("anna")
        await floor.choose("anna", "break")
        await floor.advance(1.001)
        assert await wait_of(floor, contact.id, estimates) == Estimate(reason="too_little_data")


async def test_a_few_talks_say_too_little(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        await serve_some(floor, talks=ENOUGH - 1)
        talking = await floor.talk(await floor.post())
        contact = await floor.post()
        assert await wait_of(floor, contact.id, Estimates(floor.engine, floor.current)) == Estimate(
            reason="too_little_data"
        )
        await floor.complete(talking)
        assert await wait_of(floor, contact.id, Estimates(floor.engine, floor.current)) != Estimate(
            reason="too_little_data"
        )


async def test_who_waits_for_the_opening_is_told_that_it_is_closed(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        estimates = Estimates(floor.engine, floor.current)
        inside = await floor.post(queue="office")
        later = await floor.post(queue="office", not_before=floor.now + 60_000)
        assert await wait_of(floor, later.id, estimates) is None
        await floor.advance(3600)
        outside = await floor.post(queue="office")
        assert outside.state == "scheduled"
        assert await wait_of(floor, outside.id, estimates) == Estimate(reason="closed")
        assert await wait_of(floor, inside.id, estimates) == Estimate(reason="closed"), "everybody has gone home"
        await floor.connect("anna")
        await floor.choose("anna", "break")
        await floor.advance(1.001)
        assert await wait_of(floor, inside.id, estimates) == Estimate(reason="too_little_data"), (
            "somebody may still serve it"
        )


async def newcomer(floor: Floor, queue: str = "private") -> Estimate:
    """The wait of somebody who came now."""
    answer = await floor.engine.do(GetQueue(queue=queue))
    return await Estimates(floor.engine, floor.current).of_newcomer(queue, answer)


async def test_who_came_now_would_wait_behind_all_who_wait(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        assert await newcomer(floor) == Estimate(reason="nobody_signed_in")
        await floor.sign_in("anna", "boris", "roman")
        assert await newcomer(floor) == Estimate(from_s=0, to_s=0), "somebody is free"
        await serve_some(floor)
        await floor.talk(await floor.post())
        assert await newcomer(floor) == Estimate(from_s=0, to_s=0), "one of two is free"
        await floor.talk(await floor.post())
        assert await newcomer(floor) == around(30), "Roman is free, and takes no calls"
        await floor.post()
        estimate = await newcomer(floor)
        assert estimate == around(60)
        last = await floor.post()
        assert await wait_of(floor, last.id, Estimates(floor.engine, floor.current)) == estimate, "as it then is said"


async def test_who_writes_now_is_taken_by_one_who_has_room(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("roman")
        await serve_some(floor, channel="telegram")
        for number in range(3):
            assert await newcomer(floor) == Estimate(from_s=0, to_s=0), number
            await floor.talk(await floor.post(channel="telegram"))
        assert await newcomer(floor) == around(50 / 3)
        await floor.choose("roman", "break", after_contact=True)
        assert await newcomer(floor) == around(50 / 3)


async def test_where_nobody_can_say_how_long_a_newcomer_waits_there_is_a_reason(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.connect("anna")
        await floor.choose("anna", "break")
        assert await newcomer(floor) == Estimate(reason="too_little_data")
        await floor.choose("anna", "available")
        assert await newcomer(floor, "office") == Estimate(from_s=0, to_s=0)
        await floor.advance(3600)
        assert await newcomer(floor, "office") == Estimate(reason="closed"), "nobody is let in, whoever is there"


async def test_who_does_not_wait_has_no_estimate(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        estimates = Estimates(floor.engine, floor.current)
        await floor.sign_in("anna")
        contact = await floor.post()
        assert await wait_of(floor, contact.id, estimates) is None
        await floor.talk(contact)
        assert await wait_of(floor, contact.id, estimates) is None


async def test_the_floor_is_looked_at_once_a_second_and_the_line_each_time(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna", "boris")
        await serve_some(floor)
        await floor.talk(await floor.post(requirement=Requirement(agents=("anna",))))
        await floor.choose("boris", "break")
        ahead, contact = await floor.post(), await floor.post()
        estimates = Estimates(floor.engine, floor.current)
        assert await wait_of(floor, contact.id, estimates) == around(120)
        await floor.choose("boris", "available")
        await floor.talk(ahead)
        await floor.advance(1)
        assert await wait_of(floor, contact.id, estimates) == around(60), (
            "one fewer is ahead, and one talk goes on as far as is known"
        )
        await floor.advance(0.001)
        assert await wait_of(floor, contact.id, estimates) == around(30)
