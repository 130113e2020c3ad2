"""Every change of an agent's state is told once, with how long he was in the one that he leaves."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from router.domain.stretches import Stretch, Stretches
from router.engine.acts.agents import Disconnect, Ready
from router.engine.acts.contacts import ConnectFailed
from router.kit.errors import Refusal
from tests.helpers.floor import ADAPTER, as_agent, floor_on
from tests.helpers.workload import play

if TYPE_CHECKING:
    from tests.helpers.floor import Floor
    from tests.helpers.servers import Server

OPERATION = """
[queues.private]
target_s = 40
[[routes]]
queue = "private"
[media.voice]
limits_s = { wrap_up = 10 }
rests_s = { busy = 60 }
[agents]
anna = { queues = ["private"], media = ["voice", "chat"] }
boris = { queues = ["private"], media = ["voice"] }
"""
WITHOUT_ANNA = OPERATION.replace("anna =", "vera =")
WITH_ROBOT = OPERATION + 'robot = { queues = ["private"], media = ["chat"], automatic = true }'


async def told(floor: Floor, agent: str) -> list[tuple[str, float | None, str]]:
    """(the state that was left, seconds in it, the new one) of each change."""
    return [
        (event.data["was"], event.data["took"] and event.data["took"] / 1000, event.data["state"])
        for event in await floor.events("agent.state")
        if event.agent == agent
    ]


async def seconds(floor: Floor) -> dict[str, float]:
    """The seconds that the figures have, by state."""
    figures = await floor.figures()
    return {name.split("|")[1]: ms / 1000 for name, ms in figures.items() if name.startswith("state_seconds|")}


async def test_a_day_of_an_agent_is_told_state_by_state(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.advance(100)
        await floor.sign_in("anna")
        await floor.advance(20)
        contact = await floor.post()
        await floor.acknowledge(contact)
        await floor.advance(3)
        await floor.talk(contact)
        await floor.advance(60)
        await floor.choose("anna", "break", after_contact=True)
        await floor.advance(30)
        await floor.complete(contact)
        await floor.advance(25)
        await floor.choose("anna", "offline")
        assert await told(floor, "anna") == [
            ("offline", 100, "idle"), ("idle", 20, "reserved"), ("reserved", 3, "busy"), ("busy", 60, "draining"),
            ("draining", 30, "wrap_up"), ("wrap_up", 10, "break"), ("break", 15, "offline"),
        ]  # fmt: skip
        assert await seconds(floor) == {
            "offline": 100, "idle": 20, "reserved": 3, "busy": 60, "draining": 30, "wrap_up": 10, "break": 15,
        }  # fmt: skip


async def test_what_one_is_for_no_time_is_not_told(server: Server) -> None:
    """A wrap-up ends, and the next contact has waited for it: he was never idle."""
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        first, _second = await floor.post(), await floor.post()
        await floor.complete(await floor.talk(first))
        await floor.do(Ready(agent="anna"), as_agent("anna"))
        assert [state for *_, state in await told(floor, "anna")][-3:] == ["busy", "wrap_up", "reserved"]


async def test_what_has_no_event_of_its_own_is_told_too(server: Server) -> None:
    """The rest of a busy phone ends by time alone, and so does the grace of a desk that is lost."""
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.accept(await floor.post())
        await floor.do(ConnectFailed(contact=contact.id, reason="busy"), ADAPTER)
        await floor.leave(contact)
        await floor.advance(61)
        await floor.do(Disconnect(agent="anna", connection="desk"))
        await floor.advance(20)
        assert (await told(floor, "anna"))[-2:] == [("wrap_up", 60, "idle"), ("idle", 16, "offline")]


async def test_a_program_s_time_is_not_counted(server: Server) -> None:
    async with floor_on(server, WITH_ROBOT) as floor:
        await floor.sign_in("robot")
        await floor.advance(50)
        await floor.accept(await floor.post(channel="telegram"))
        assert [state for *_, state in await told(floor, "robot")] == ["idle", "reserved", "busy"]
        assert {took for _, took, _ in await told(floor, "robot")} == {None}
        await floor.apply(OPERATION)
        assert await seconds(floor) == {}


async def test_one_who_is_removed_is_counted_until_then_and_anew_when_he_returns(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.talk(await floor.post())
        await floor.advance(30)
        await floor.apply(WITHOUT_ANNA)
        (removed,) = await floor.events("agent.removed")
        assert (removed.data["was"], removed.data["took"]) == ("busy", 30_000)
        await floor.advance(40)  # her talk goes on, and is nobody's time
        await floor.apply(OPERATION)
        await floor.advance(5)
        await floor.complete(contact)
        assert (await told(floor, "anna"))[3:] == [("offline", 0, "draining"), ("draining", 5, "offline")]
        assert (await seconds(floor))["busy"] == 30
        assert (await seconds(floor))["draining"] == 5


@pytest.mark.parametrize("seed", [11, 12])
async def test_by_his_events_everybody_is_what_he_is(server: Server, seed: int) -> None:
    """After each move of a lively floor: the state and its beginning, as the engine has them, and no moment twice."""
    async with floor_on(server, OPERATION) as floor:
        states, seq, stretches = Stretches(), 0, list[Stretch]()

        async def check() -> None:
            nonlocal seq
            for event in await floor.events_after(seq):
                seq = event.seq
                stretches.extend(filter(None, [states.read(event)]))
            for name, told in states.now.items():
                agent = await floor.agent(name)
                assert told == (agent.state, agent.since)
            assert states.now.keys() == set(floor.current.operation.agents)

        born = floor.now
        await play(floor, random.Random(seed), 150, check)
        for operation in (WITHOUT_ANNA, OPERATION):
            await floor.apply(operation)
            await check()
        his = [one for one in stretches if one.agent == "boris"]
        assert [one.from_ms for one in his] == [born, *(one.until_ms for one in his)][:-1]
        with pytest.raises(Refusal):
            await floor.agent("vera")
        assert await floor.figures() == await floor.figures() | {
            f"state_seconds|{state}": sum(one.until_ms - one.from_ms for one in stretches if one.state == state)
            for state in {one.state for one in stretches}
        }
