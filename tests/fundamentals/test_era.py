"""Another server may lack the newest events, which somebody may have seen: no number ever stands for two events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.domain.audit.audit import Audit
from router.domain.events import ERA
from router.engine.acts.workspace import BeginEra
from router.engine.engine import attend
from tests.helpers.floor import floor_on

if TYPE_CHECKING:
    from router.domain.audit.promises import Breach
    from router.domain.events import Event
    from tests.helpers.servers import Server

OPERATION = """
[queues.private]
target_s = 40
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private"], media = ["voice"] }
"""


async def test_an_era_begins_where_the_server_is_another_one(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        for name in ("one", "one", "one"):
            assert (await floor.engine.do(BeginEra(server=name))).seq < ERA
        await floor.post()
        last = (await floor.engine.do(BeginEra(server="one"))).seq
        assert (await floor.engine.do(BeginEra(server="other"))).seq == last + 1 + ERA
        (era,) = await floor.events("operation.era")
        assert (era.seq, era.data) == (last + 1 + ERA, {"server": "other", "last": last})
        await floor.post()
        queued = await floor.events("contact.queued")
        assert queued[-1].seq == last + 2 + ERA
        assert (await floor.engine.do(BeginEra(server="one"))).seq == last + 3 + 2 * ERA


async def test_a_stream_of_several_eras_has_no_gap_and_one_that_lost_events_does(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.engine.do(BeginEra(server="one"))
        await floor.post()
        await floor.engine.do(BeginEra(server="other"))
        await floor.post()
        events = await floor.events()
        assert [breach.promise for breach in judged(events)] == []
        era = next(place for place, event in enumerate(events) if event.type == "operation.era")
        breaches = judged(events[: era - 1] + events[era:])
        assert {breach.promise for breach in breaches} >= {"stream"}


def judged(events: list[Event]) -> list[Breach]:
    audit = Audit(figures=None)
    for event in events:
        audit.read(event)
    return audit.found.breaches


async def test_a_server_says_which_it_is(server: Server) -> None:
    """By its replication id, which every restart and every election change."""
    async with floor_on(server, OPERATION) as floor:
        engine = floor.engine
        for _ in range(2):
            await attend(engine.connection, engine.workspace)
        assert await floor.events("operation.era") == []
        await floor.engine.do(BeginEra(server="before"))
        await attend(engine.connection, engine.workspace)
        assert len(await floor.events("operation.era")) == 2
        await attend(engine.connection, "no-such-workspace")
