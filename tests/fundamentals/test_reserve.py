"""A queue keeps some of its agents free of other queues' contacts, but from nobody who has waited too long."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from router.domain.requirement import Requirement
from router.engine.acts.reading import Explain, GetWork
from tests.helpers.floor import Floor, floor_on

if TYPE_CHECKING:
    from router.domain.contact import Contact
    from tests.helpers.servers import Server

OPERATION = """
[skills]
corporate = "serves business customers"
[queues.corporate]
target_s = 10
needs.skills.corporate = 1
reserve = { skill = "corporate", agents = 1 }
[queues.private]
target_s = 40
[[routes]]
when.attributes.dialled = "636"
queue = "corporate"
[[routes]]
queue = "private"
[groups]
corporate = { queues = ["corporate", "private"], media = ["voice"], skills.corporate = 5 }
[agents]
inna = { group = "corporate" }
kirill = { group = "corporate" }
lidia = { group = "corporate" }
anna = { queues = ["private"], media = ["voice"] }
[media.voice]
limits_s = { wrap_up = 0 }
"""


async def corporate(floor: Floor) -> Contact:
    return await floor.post(attributes={"dialled": "636"})


async def test_the_last_free_agent_of_the_skill_is_kept_free(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("inna", "kirill", "lidia")
        assert (await floor.post()).agent == "inna"
        assert (await floor.post()).agent == "kirill"
        private = await floor.post()
        assert private.state == "queued"
        assert (await corporate(floor)).agent == "lidia"


async def test_it_keeps_nobody_who_does_not_have_the_skill(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("inna", "kirill", "lidia", "anna")
        agents = [(await floor.post()).agent for _ in range(4)]
        assert agents == ["anna", "inna", "kirill", None]


async def test_when_another_is_free_again_the_kept_one_is_no_longer_the_last(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("inna", "kirill", "lidia")
        first = await floor.talk(await floor.post())
        await floor.post()
        private = await floor.post()
        assert private.state == "queued"
        await floor.complete(first)
        assert await floor.offered_to(private) is not None


async def test_who_was_kept_free_is_let_go_though_another_has_become_free(server: Server) -> None:
    """The one who became free can not serve the contact that waits, but he makes two of them."""
    english = OPERATION.replace('business customers"', 'business customers"\nenglish = "speaks English"')
    english = english.replace('lidia = { group = "corporate" }', 'lidia = { group = "corporate", skills.english = 1 }')
    async with floor_on(server, english) as floor:
        await floor.sign_in("inna", "kirill", "lidia")
        first = await floor.talk(await floor.post())
        await floor.talk(await floor.post())
        waiting = await floor.post(requirement=Requirement(skills={"english": 1}))
        assert waiting.state == "queued"
        await floor.complete(first)
        assert await floor.offered_to(waiting) == "lidia"


async def test_it_yields_after_three_of_the_waiting_queues_targets(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("inna", "kirill", "lidia")
        await floor.talk(await floor.post())
        await floor.talk(await floor.post())
        private = await floor.post()
        await floor.advance(119.999)
        assert (await floor.contact(private)).state == "queued"
        await floor.advance(0.001)
        assert await floor.offered_to(private) == "lidia"


async def test_it_yields_when_the_operation_says(server: Server) -> None:
    async with floor_on(server, OPERATION.replace("agents = 1", "agents = 1, yields_s = 25")) as floor:
        await floor.sign_in("inna", "kirill", "lidia")
        await floor.talk(await floor.post())
        await floor.talk(await floor.post())
        private = await floor.post()
        await floor.advance(24.999)
        assert (await floor.contact(private)).state == "queued"
        await floor.advance(0.001)
        assert await floor.offered_to(private) == "lidia"


async def test_it_sleeps_while_few_are_signed_in(server: Server) -> None:
    """At night one corporate agent must also answer private callers."""
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("inna", "kirill")
        assert (await floor.post()).agent == "inna"
        assert (await floor.post()).agent == "kirill"


async def test_who_is_on_a_break_is_signed_in(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("inna", "kirill", "lidia")
        await floor.choose("lidia", "break")
        assert (await floor.post()).agent == "inna"
        assert (await floor.post()).state == "queued"


async def test_it_falls_asleep_when_somebody_goes_home(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("inna", "kirill", "lidia")
        await floor.choose("lidia", "break")
        await floor.talk(await floor.post())
        private = await floor.post()
        assert private.state == "queued"
        await floor.choose("lidia", "offline")
        assert await floor.offered_to(private) == "kirill"


async def test_explain_names_the_reserve(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("inna", "kirill", "lidia")
        await floor.talk(await floor.post())
        await floor.talk(await floor.post())
        explained = await floor.do(Explain(contact=(await floor.post()).id))
        reasons = {agent.agent: (agent.reason, agent.reserve) for agent in explained.agents}
        assert reasons["lidia"] == ("reserved", "corporate")
        assert explained.following[0].offset == 120_000


async def test_an_offer_tells_what_the_reserve_looked_at(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("inna", "kirill", "lidia")
        await floor.post()
        await floor.post()
        reserves = [event.data["reserves"] for event in await floor.events("offer.made")]
        assert reserves == [[["corporate", 3, 3]], [["corporate", 2, 3]]]


TALK_S, STEP_S = 60, 2


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("yields_s", [25, None])
async def test_with_one_agent_left_nobody_waits_longer_than_it_yields_and_one_talk(
    server: Server, yields_s: int | None, seed: int
) -> None:
    """One agent works, two are on a break. A private and a corporate customer call again and again, at random."""
    chance = random.Random(seed)
    operation = OPERATION if yields_s is None else OPERATION.replace("agents = 1", f"agents = 1, yields_s = {yields_s}")
    async with floor_on(server, operation) as floor:
        await floor.sign_in("inna", "kirill", "lidia")
        await floor.choose("kirill", "break")
        await floor.choose("lidia", "break")
        calls: dict[str, str | None] = {"611": None, "636": None}
        next_call = {dialled: floor.now + chance.randrange(100_000) for dialled in calls}
        talk_ends, longest_s = 0, 0.0
        for _ in range(700):
            for dialled, call in calls.items():
                if call is None and floor.now >= next_call[dialled]:
                    calls[dialled] = (await floor.post(attributes={"dialled": dialled})).id
            _agent, work = await floor.do(GetWork(agent="inna"))
            if work and work[0].state == "offered":
                talk_ends = floor.now + TALK_S * 1000
                longest_s = max(longest_s, (await floor.talk(work[0])).waited / 1000)
            elif work and floor.now >= talk_ends:
                await floor.complete(work[0])
                ((dialled),) = (name for name, call in calls.items() if call == work[0].id)
                calls[dialled], next_call[dialled] = None, floor.now + chance.randrange(100_000)
            await floor.advance(STEP_S)
        assert (yields_s or 120) <= longest_s <= (yields_s or 120) + TALK_S + STEP_S
