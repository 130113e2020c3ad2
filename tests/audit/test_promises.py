"""Each promise is broken on purpose in a true history, and the checker says which, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from router.domain.audit.audit import Audit
from router.domain.audit.promises import OF_KEYS, PROMISES
from router.domain.replay import replay
from router.service.audit import Auditor
from tests.audit.broken import BROKEN
from tests.helpers.floor import floor_on
from tests.helpers.histories import OPERATION, lived, renumbered

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.domain.audit.promises import Breach, Promise
    from tests.helpers.histories import History
    from tests.helpers.servers import Server


def breaches(events: History) -> list[Breach]:
    """What the checker says of a whole history."""
    audit = Audit(figures={})
    for event in events:
        audit.read(event)
    audit.finish(events[-1].at_ms)
    return audit.found.breaches


@pytest.mark.parametrize(("promise", "broken"), BROKEN, ids=[f"{promise}-{how.__name__}" for promise, how in BROKEN])
async def test_a_broken_promise_is_named(
    server: Server, promise: Promise, broken: Callable[[History, dict[str, str]], History]
) -> None:
    async with floor_on(server, OPERATION) as floor:
        names = await lived(floor)
        events = await floor.events()
    assert not breaches(events), "it had not been broken before"
    if promise != "states":  # what is broken of the others would often be seen by the states first
        events = renumbered([event for event in events if event.type != "agent.state"])
    first = breaches(broken(events, names))[0]
    assert first.promise == promise, first
    assert first.seqs, "the events that show it"


async def test_figures_may_be_those_after_an_event_that_came_while_they_were_read(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await lived(floor)
        events = await floor.events()
    half = len(events) // 2
    audit = Audit(figures={})
    for event in events[:half]:
        audit.read(event)
    for counted in range(half, len(events)):
        audit.check_figures(replay(events[:counted]), events[half:])
    assert not audit.found.breaches
    counted_twice = next(event for event in events if event.type == "offer.made")
    audit.check_figures(replay([*events, counted_twice]), events[half:])
    assert {breach.promise for breach in audit.found.breaches} == {"figures"}


async def test_a_true_history_keeps_every_promise_and_each_was_looked_at(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await lived(floor)
        auditor = await Auditor.open(floor.engine)
        _ = [breach async for breach in auditor.read()]
        assert set(auditor.found.checked) - OF_KEYS == {name for name, n in auditor.found.checked.items() if n}
        await auditor.check_keys()
        assert not auditor.found.breaches
        assert all(auditor.found.checked[promise] for promise in PROMISES)


def test_every_promise_is_broken_by_a_test() -> None:
    by_keys = {"figures", "indexes", "retention"}
    assert {promise for promise, _ in BROKEN} | by_keys == set(PROMISES)
