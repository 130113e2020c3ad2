"""As time passes, what a process knows stays true: openings far ahead, and counts after it fell behind."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

from router.domain.overlay import Overlays, QueueOverlay
from router.engine.acts.reading import GetQueue
from router.engine.engine import SYSTEM
from router.service import upkeep
from router.service.feed import BEHIND, Feed, Listener
from router.service.operations import change_overlays
from router.service.recent import RecentWaits
from router.service.upkeep import keep_current
from tests.helpers.floor import START_MS, floor_on
from tests.helpers.turns import turn

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine, Generator

    import pytest

    from router.domain.events import Event
    from tests.helpers.servers import Server

DAY_MS = 86_400_000

OPERATION = """
[hours]
office = { mon-fri = ["09:00-18:00"] }
[queues]
private = { target_s = 40, hours = "office" }
night = { target_s = 40 }
[[routes]]
queue = "night"
[agents]
anna = { queues = ["private", "night"], media = ["voice"] }
"""


@asynccontextmanager
async def running(work: Coroutine[Any, Any, None]) -> AsyncGenerator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_a_router_that_runs_for_months_knows_when_to_open(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        feed = Feed(floor.engine, floor.engine.connection)
        # The story begins on a Sunday, 10:26; 141 weeks of days later it is a Monday, 12:26.
        floor.engine.given_ms = START_MS + 141 * 7 * DAY_MS + DAY_MS + 2 * 3_600_000
        assert (await floor.do(GetQueue(queue="private")))[3], "nobody has told it of that day"
        async with running(keep_current(floor.engine, floor.current, feed)), asyncio.timeout(10):
            while (await floor.do(GetQueue(queue="private")))[3]:
                await turn()


async def test_an_overlay_ends_when_the_wall_has_jumped_past_its_end(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "LOOKED_EVERY_S", 0.05)
    async with floor_on(server, OPERATION) as floor:
        feed = Feed(floor.engine, floor.engine.connection)
        shut = QueueOverlay(role="admin", author="a", at=floor.now, until=floor.now + DAY_MS // 2, open=False)
        overlays = Overlays(queues={"night": shut})
        await change_overlays(floor.engine, floor.current, SYSTEM, lambda _base, _overlays, _wall: overlays)
        looked = asyncio.Event()
        floor.engine.on_answer = lambda _: looked.set()
        async with running(keep_current(floor.engine, floor.current, feed)), asyncio.timeout(10):
            await looked.wait()  # it has seen how far the end is
            floor.jump(DAY_MS / 1000)
            while floor.current.overlays.queues:
                await turn()


class Watched(Feed):
    """A feed that lets a test tell its listener something."""

    listener: Listener

    @contextmanager
    def listen(self, wanted: Callable[[Event], bool], first: int = 0, agent: str | None = None) -> Generator[Listener]:
        with super().listen(wanted, first, agent) as self.listener:
            yield self.listener


async def test_a_process_that_fell_behind_counts_anew(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        feed, recent = Watched(floor.engine, floor.engine.connection), RecentWaits(floor.engine)
        await floor.leave(await floor.post())
        (left,) = await floor.events("contact.abandoned")
        async with running(recent.follow(feed, 0)), asyncio.timeout(10):
            await turn()
            feed.listener.hear([left] * 7)
            await turn()
            assert recent.of("night", floor.now).abandoned == 7
            feed.listener.hear([left] * (BEHIND + 1))
            feed.seq = left.seq
            while recent.of("night", floor.now).abandoned != 1:
                await floor.events()
