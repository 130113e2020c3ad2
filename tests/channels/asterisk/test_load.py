"""Crowds: sipp's callers and telephones at a real Asterisk, with its own queue in the router's place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.channels.asterisk.lab.app import app_of
from tests.channels.asterisk.lab.configuration import PHONES
from tests.channels.asterisk.lab.sipp import Caller, callers, phones

if TYPE_CHECKING:
    from pathlib import Path

    from tests.channels.asterisk.lab.asterisk import Asterisk
    from tests.channels.asterisk.lab.lab import Lab

USERS = PHONES[:20]
QUEUE = "\n[crowd]\nmusicclass = contact-router\nstrategy = leastrecent\nretry = 1\nautofill = yes\nringinuse = no\n"
DIALPLAN = "\n[from-provider]\nexten => 700,1,Answer(,i)\nexten => 700,n,Queue(crowd)\n"


@pytest.fixture
async def queue(lab: Lab) -> Asterisk:
    """An Asterisk whose number 700 is its own queue of twenty telephones."""
    members = "".join(f"member => PJSIP/{user}\n" for user in USERS)
    return await lab.asterisk(extra={"queues": QUEUE + members, "extensions": DIALPLAN})


async def test_a_crowd_is_answered_or_gives_up(queue: Asterisk, tmp_path: Path) -> None:
    patient = [Caller(f"+7391200{n:04}", "700", start_ms=n * 20) for n in range(10)]
    brief = [Caller(f"+7391300{n:04}", "700", start_ms=n * 20, talk_ms=200) for n in range(10)]
    hasty = [Caller(f"+7391400{n:04}", "700", start_ms=300 + n * 20, patience_ms=100) for n in range(10)]
    async with phones(queue, tmp_path, USERS[:5], ring_ms=(50, 100), talk_ms=(400, 500)) as agents:
        async with callers(queue, tmp_path, [*patient, *brief, *hasty]) as crowd:
            stories = {story.number: story for story in await crowd.done(within_s=30)}
        rings = agents.rings()
        assert agents.errors() == ""
    assert {stories[one.number].end for one in patient} == {"they_hung_up"}
    assert {stories[one.number].end for one in brief} == {"hung_up"}
    assert "abandoned" in {stories[one.number].end for one in hasty}
    talks = {ring.caller: ring for ring in rings if ring.up_ms}
    for one in [*patient, *brief]:
        story, talk = stories[one.number], talks[one.number]
        assert story.invited_ms < story.up_ms <= story.connected_ms < story.ended_ms
        assert story.invited_ms < talk.invited_ms < talk.up_ms < story.ended_ms
        assert abs(story.ended_ms - talk.ended_ms) < 1000
        assert talk.end == ("hung_up" if one in patient else "they_hung_up")
        assert talk.up_ms - talk.invited_ms >= 50
    for story in stories.values():
        assert (story.end == "abandoned") == (story.connected_ms == 0)
        if story.end == "abandoned":
            assert story.ended_ms - story.up_ms >= 100
            assert story.number not in talks
    assert {ring.user for ring in rings} == set(USERS[:5])


async def test_a_line_that_rings_is_cancelled_answered_or_refused(queue: Asterisk, tmp_path: Path) -> None:
    crowd = [
        Caller("+73912000001", "1001", patience_ms=100),
        Caller("+73912000002", "1002", start_ms=20, talk_ms=200),
        Caller("+73912000003", "1003", start_ms=20),
        Caller("+73912000004", "1004", start_ms=20),
    ]
    async with phones(queue, tmp_path, USERS[:3], ring_ms=(300, 301), talk_ms=(500, 501)) as agents:
        async with callers(queue, tmp_path, crowd, line_answers=False) as calling:
            stories = await calling.done(within_s=20)
        rings = sorted(agents.rings(), key=lambda ring: ring.user)
        assert agents.errors() == ""
    assert [story.end for story in sorted(stories, key=lambda story: story.number)] == [
        "abandoned", "hung_up", "they_hung_up", "refused",
    ]  # fmt: skip
    assert [ring.end for ring in rings] == ["cancelled", "they_hung_up", "hung_up"]


async def test_a_caller_is_told_when_an_app_connects_him(asterisk: Asterisk, tmp_path: Path) -> None:
    alone = [Caller("+73912000001", "611", talk_ms=100)]
    async with (
        app_of(asterisk) as app,
        phones(asterisk, tmp_path, USERS[:1], ring_ms=(300, 301)) as agents,
        callers(asterisk, tmp_path, alone) as calling,
    ):
        channel = await app.entered()
        await app.ask("POST", f"/channels/{channel}/answer")
        await app.ask("POST", "/bridges", type="holding", bridgeId="waiting")
        await app.ask("POST", "/bridges/waiting/addChannel", channel=channel)
        await app.ask("POST", "/bridges/waiting/moh")
        await app.ask("POST", "/channels", endpoint="PJSIP/1001", app="contact-router", originator=channel)
        leg = await app.entered()
        await app.ask("POST", "/bridges", type="mixing", bridgeId="talk")
        await app.ask("POST", "/bridges/talk/addChannel", channel=f"{channel},{leg}")
        (story,) = await calling.done(within_s=10)
        (ring,) = agents.rings()
    assert (story.end, ring.user) == ("hung_up", "1001")
    assert story.invited_ms + 300 <= ring.up_ms
    assert story.up_ms <= story.connected_ms <= story.ended_ms - 100
    assert ring.invited_ms + 300 <= story.connected_ms


@pytest.mark.soak
@pytest.mark.timeout(300)
async def test_five_hundred_wait_and_a_thousand_have_called(queue: Asterisk, tmp_path: Path) -> None:
    crowd = [Caller(f"+739{n:08}", "700", start_ms=n * 20, patience_ms=20_000 + n % 20 * 1_000) for n in range(1000)]
    async with phones(queue, tmp_path, USERS, ring_ms=(20, 200), talk_ms=(500, 2000)) as agents:
        async with callers(queue, tmp_path, crowd) as calling:
            stories = await calling.done(within_s=200)
        talks = [ring for ring in agents.rings() if ring.up_ms]
        assert "unexpected" not in agents.errors()
    edges = sorted([(s.up_ms, 1) for s in stories] + [(s.connected_ms or s.ended_ms, -1) for s in stories])
    waiting = most = 0
    for _, step in edges:
        waiting += step
        most = max(most, waiting)
    assert most >= 500
    served = {story.number for story in stories if story.connected_ms}
    assert len(served) + sum(story.end == "abandoned" for story in stories) == 1000
    # Asterisk's own queue tells a caller that he is connected when it begins to ring.
    assert {ring.caller for ring in talks} <= served
    assert len(talks) > 100
