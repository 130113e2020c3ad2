"""Rolled to another release and back under load: for a while two releases of the Lua library work on one workspace."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.chaos.clients import Clients
from tests.chaos.served import Serving, complaints, copied, served
from tests.mutations.defects import LUA

if TYPE_CHECKING:
    from pathlib import Path

    from router.engine.link import Caller
    from tests.helpers.figures import Figure

AGENTS = 20
RATE = 30
LINE = "-- Another release says the same in another way.\n"
ROLLED_WITHIN_S = 60.0


def release(sources: Path, *, other: bool) -> None:
    """Make the sources those of the other release, or of this one."""
    file = sources / LUA / "shared" / "offer.lua"
    text = file.read_text(encoding="utf-8").removesuffix(LINE)
    file.write_text(text + (LINE if other else ""), encoding="utf-8")


async def libraries_of_acts(store: Caller) -> list[str]:
    """The library of each act since the last time, in their order."""
    entries = await store.call("SLOWLOG", "GET", -1)
    await store.call("SLOWLOG", "RESET")
    calls = [entry[3] for entry in reversed(entries)]
    return ["_".join(call[1].decode().split("_")[:2]) for call in calls if call[0].upper().startswith(b"FCALL")]


async def roll(directory: Path, serving: Serving, store: Caller) -> tuple[int, list[str]]:
    """Replace the processes one after the other; how many libraries the server had at once, and each act's library."""
    log, most, used = directory / "serve.log", 0, list[str]()
    before = log.read_text().count('"rolled"')
    await libraries_of_acts(store)
    serving.process.send_signal(signal.SIGHUP)
    async with asyncio.timeout(ROLLED_WITHIN_S):
        while log.read_text().count('"rolled"') == before:
            most = max(most, len(await store.call("FUNCTION", "LIST", "LIBRARYNAME", "cr_*")))
            used += await libraries_of_acts(store)
            await asyncio.sleep(0.1)
    return most, used


async def roll_and_back(directory: Path, times: int, figure: Figure) -> None:
    """The service is rolled to another release and back so many times, while contacts arrive."""
    sources, acts, libraries = copied(directory / "sources"), Counter[bool](), list[int]()
    async with served(directory, agents=AGENTS, processes=2, sources=sources) as serving:
        clients = Clients(serving.url)
        async with serving.desks(clients) as phone, serving.store() as store:
            for setting, value in (("slowlog-max-len", 10_000), ("slowlog-log-slower-than", 0)):
                await store.call("CONFIG", "SET", setting, value)  # from now on it notes every call
            async with clients.arriving(phone, RATE):
                for number in range(2 * times):
                    release(sources, other=number % 2 == 0)
                    most, used = await roll(directory, serving, store)
                    libraries.append(most)
                    old = used[0]
                    (new,) = set(used) - {old}
                    assert used.index(new) < len(used) - 1 - used[::-1].index(old), "they worked side by side"
                    acts.update(library == new for library in used)
            history = await serving.judged(len(clients.acked))
    bugs = complaints(directory)
    figure(
        "rolled to another release and back under load",
        "no request lost, 0 breaches, both releases at work side by side",
        f"{times} times, {len(clients.acked):,} contacts: {clients.unanswered} requests unanswered, 0 breaches;"
        f" while it rolled, {acts[False]:,} acts of the old release and {acts[True]:,} of the new",
    )
    assert min(libraries) >= 2, "the server knew both"
    assert not clients.unanswered
    assert clients.reconnects, "the desks were sent to the other process"
    assert set(history.ended) == clients.acked
    assert set(history.ended.values()) == {"contact.closed"}
    assert not clients.complaints, clients.complaints[:3]
    assert not bugs, bugs[:3]


@pytest.mark.timeout(180)
async def test_a_roll_to_another_release_and_back_loses_nothing(tmp_path: Path, figure: Figure) -> None:
    await roll_and_back(tmp_path, 1, figure)


@pytest.mark.soak
@pytest.mark.timeout(900)
async def test_ten_rolls_and_back_lose_nothing(tmp_path: Path, figure: Figure) -> None:
    await roll_and_back(tmp_path, 10, figure)
