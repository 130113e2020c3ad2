"""A talk is recorded: what both said, from when they could hear each other, and nothing of what was not to be heard."""

from __future__ import annotations

import asyncio
import signal
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from channels.asterisk.channel import CHANNEL
from channels.asterisk.keeping import keep_no_longer
from channels.asterisk.server import Server
from channels.asterisk.wire import given
from channels.kit.configuration import settings_of
from channels.kit.port import Place
from tests.channels.asterisk.commanding import commands, does, outcome
from tests.channels.asterisk.lab.configuration import MUSIC_HZ
from tests.channels.asterisk.lab.media import CLOCK, WITHIN_S
from tests.channels.asterisk.recorded import hears_for, recorded, recordings
from tests.channels.asterisk.test_waiting import QUIET
from tests.helpers.desk import Desk, desk_at_work
from tests.helpers.given_time import GivenTime

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from datetime import date

    from channels.asterisk.recording import Recording
    from channels.asterisk.running import Phones
    from tests.channels.asterisk.lab.call import Call
    from tests.channels.asterisk.stage import Stage

ANNOUNCED_HZ = 1000
KEPT = {"private": {"record": {"keep_days": 30, "announce": "sound:tone-1000"}}}
SETTINGS: dict[str, Any] = {"lines": {"611": QUIET}, "queues": KEPT}


@asynccontextmanager
async def talking(stage: Stage) -> AsyncGenerator[tuple[Call, Call, Desk, str]]:
    """(customer's call, agent's call, the agent's desk, contact) of a talk that has been announced as recorded.

    The adapter is there. They say 440 and 880 Hz.
    """
    async with desk_at_work(stage.service, "anna") as desk:
        anna = await stage.lab.phone(stage.asterisk, "1001")
        theirs = await (await stage.lab.caller(stage.asterisk)).call("611")
        await desk.ask("accept", offer=(await desk.frame("offer"))["offer"]["id"])
        ours = await anna.picks_up()
        contact = (await stage.event("contact.answered"))["contact"]
        await ours.hears(ANNOUNCED_HZ)
        await theirs.hears(ANNOUNCED_HZ)
        theirs.say(440)
        ours.say(880)
        await hears_for(ours, 440, 1200)  # the announcement is over by then
        yield theirs, ours, desk, contact


def today() -> date:
    """The day of the recordings' names."""
    return given(CLOCK.wall_ms()).date()


def recording_of(adapter: Phones) -> Recording:
    """The recording of the only call."""
    (call,) = adapter.servers[0].calls.values()
    return call.recording


async def test_both_are_in_the_recording_from_the_announcement_to_the_end(stage: Stage) -> None:
    async with stage.adapter(**SETTINGS), talking(stage) as (theirs, ours, _desk, contact):
        await theirs.hang_up()
        talk_ms = theirs.at_ms["over"] - ours.at_ms["ack"]
        await stage.event("contact.closed")
        said = await recorded(stage.asterisk)
        assert talk_ms - 100 <= said.ms <= talk_ms + 100
        assert said.first_ms(ANNOUNCED_HZ) < 100
        assert said.ms_of(440) >= 1140
        assert said.ms_of(880) >= 1140
        assert not said.has(MUSIC_HZ)
        assert stage.asterisk.problems() == []
    (name,) = recordings(stage.asterisk)
    last_day = (today() + timedelta(days=30)).isoformat()
    assert name == f"contact-router.recording.{contact}.{last_day}"


async def test_the_contact_says_where_its_recording_is(stage: Stage) -> None:
    async with stage.adapter(**SETTINGS), talking(stage) as (theirs, _ours, _desk, contact):
        await theirs.hang_up()
        await recorded(stage.asterisk)
        (name,) = recordings(stage.asterisk)
        said = (await stage.contact(contact))["metadata"]["recording"]
    assert said == {"server": "main", "name": name, "format": "wav", "kept_until": name.rpartition(".")[2]}


async def test_what_the_metadata_said_before_is_kept(stage: Stage) -> None:
    async with stage.adapter(**SETTINGS), desk_at_work(stage.service, "anna") as desk:
        anna = await stage.lab.phone(stage.asterisk, "1001")
        theirs = await (await stage.lab.caller(stage.asterisk)).call("611")
        offer = (await desk.frame("offer"))["offer"]
        await stage.supervisor.patch(f"/contacts/{offer['contact']['id']}", {"metadata": {"ticket": 4711}})
        await desk.ask("accept", offer=offer["id"])
        await anna.picks_up()
        await theirs.hears(ANNOUNCED_HZ)
        patched = await stage.event("contact.patched")
        patched = await stage.event("contact.patched")
        metadata = (await stage.contact(patched["contact"]))["metadata"]
    assert metadata["ticket"] == 4711
    assert metadata["recording"]["server"] == "main"


async def test_a_queue_that_records_nothing_is_not_recorded(stage: Stage) -> None:
    async with (
        stage.adapter(lines={"611": QUIET}, queues={"corporate": KEPT["private"]}),
        desk_at_work(stage.service, "anna") as desk,
    ):
        anna = await stage.lab.phone(stage.asterisk, "1001")
        theirs = await (await stage.lab.caller(stage.asterisk)).call("611")
        await desk.ask("accept", offer=(await desk.frame("offer"))["offer"]["id"])
        ours = await anna.picks_up()
        theirs.say(440)
        await hears_for(ours, 440, 200)
        await theirs.hang_up()
        await ours.ended()
        assert not ours.media.has_heard(ANNOUNCED_HZ)
    assert recordings(stage.asterisk) == {}


async def test_a_pause_is_asked_for_by_commands(stage: Stage) -> None:
    async with stage.adapter(**SETTINGS), talking(stage) as (theirs, ours, desk, contact):
        assert await does(desk, contact, "pause_recording") == "done"
        theirs.say(1500)
        await hears_for(ours, 1500, 300)
        theirs.say(600)
        assert await does(desk, contact, "resume_recording") == "done"
        await hears_for(ours, 600, 300)
        await theirs.hang_up()
        said = await recorded(stage.asterisk)
    assert not said.has(1500)
    assert said.ms_of(600) >= 240


async def test_who_is_not_recorded_is_told_so(stage: Stage) -> None:
    async with stage.adapter(lines={"611": QUIET}), desk_at_work(stage.service, "anna") as desk:
        anna = await stage.lab.phone(stage.asterisk, "1001")
        await (await stage.lab.caller(stage.asterisk)).call("611")
        await desk.ask("accept", offer=(await desk.frame("offer"))["offer"]["id"])
        await anna.picks_up()
        contact = (await stage.event("contact.answered"))["contact"]
        assert await does(desk, contact, "pause_recording") == "not_recorded"
        assert await does(desk, contact, "resume_recording") == "not_recorded"


async def test_nothing_of_a_hold_is_recorded(stage: Stage) -> None:
    async with stage.adapter(**SETTINGS), talking(stage) as (theirs, ours, desk, contact):
        assert await does(desk, contact, "hold") == "done"
        ours.say(1500)
        await hears_for(theirs, MUSIC_HZ, 300)
        ours.say(600)
        assert await does(desk, contact, "resume") == "done"
        await hears_for(theirs, 600, 300)
        await theirs.hang_up()
        said = await recorded(stage.asterisk)
    assert not said.has(1500)
    assert not said.has(MUSIC_HZ)
    assert said.ms_of(600) >= 240


async def test_a_pause_that_was_asked_for_outlasts_a_hold(stage: Stage) -> None:
    async with stage.adapter(**SETTINGS), talking(stage) as (theirs, ours, desk, contact):
        assert await does(desk, contact, "pause_recording") == "done"
        assert await does(desk, contact, "hold") == "done"
        assert await does(desk, contact, "resume") == "done"
        theirs.say(1500)
        await hears_for(ours, 1500, 300)
        await theirs.hang_up()
        assert not (await recorded(stage.asterisk)).has(1500)


async def test_a_hold_whose_adapter_dies_is_followed_by_the_recording(stage: Stage) -> None:
    async with stage.process(**SETTINGS) as killed, talking(stage) as (theirs, ours, desk, contact):
        assert await does(desk, contact, "hold") == "done"
        await killed.end(signal.SIGKILL)
        ours.say(1500)
        async with stage.adapter(**SETTINGS):
            await hears_for(theirs, MUSIC_HZ, 300)
            ours.say(600)
            assert await does(desk, contact, "resume") == "done"
            await hears_for(theirs, 600, 300)
            await theirs.hang_up()
            said = await recorded(stage.asterisk)
    assert not said.has(1500)
    assert said.ms_of(600) >= 240


async def test_a_colleague_who_takes_over_is_recorded_and_the_consultation_is_not(stage: Stage) -> None:
    async with stage.adapter(**SETTINGS), talking(stage) as (theirs, ours, desk, contact):
        boris = await stage.lab.phone(stage.asterisk, "1002")
        async with desk_at_work(stage.service, "boris"):
            asked = await commands(desk, contact, "consult", agent="boris")
            his = await boris.picks_up()
            assert await outcome(desk, asked) == "done"
            his.say(1500)
            await hears_for(ours, 1500, 300)
            his.say(1200)
            assert await does(desk, contact, "complete_consult") == "done"
            await hears_for(theirs, 1200, 500)
            await theirs.hang_up()
            said = await recorded(stage.asterisk)
    assert not said.has(1500)
    assert not said.has(MUSIC_HZ)
    assert said.ms_of(1200) >= 300


async def test_two_reasons_for_a_pause_must_both_have_ended(stage: Stage) -> None:
    async with stage.adapter(**SETTINGS) as adapter, talking(stage) as (theirs, ours, _desk, _contact):
        await recording_of(adapter).pause()
        await recording_of(adapter).pause("held")
        await recording_of(adapter).resume("held")
        theirs.say(1500)
        await hears_for(ours, 1500, 300)
        await theirs.hang_up()
        assert not (await recorded(stage.asterisk)).has(1500)


async def test_the_wait_for_another_agent_is_not_recorded_and_his_talk_is_in_the_same_file(stage: Stage) -> None:
    queues = KEPT | {"corporate": KEPT["private"]}
    async with stage.adapter(lines={"611": QUIET}, queues=queues), talking(stage) as (theirs, ours, desk, contact):
        boris = await stage.lab.phone(stage.asterisk, "1002")
        await desk.ask("transfer", contact=contact, queue="corporate")
        assert await ours.ended() == "they hung up"
        await desk.ask("presence", presence="offline")
        await hears_for(theirs, MUSIC_HZ, 500)
        async with desk_at_work(stage.service, "boris") as other:
            await other.ask("accept", offer=(await other.frame("offer"))["offer"]["id"])
            his = await boris.picks_up()
            his.say(1200)
            await hears_for(theirs, 1200, 300)
            await theirs.hang_up()
            said = await recorded(stage.asterisk)
    assert said.has(880)
    assert said.ms_of(1200) >= 240
    assert not said.has(MUSIC_HZ)
    assert said.ms_of(ANNOUNCED_HZ) <= 1100  # he was told once


async def test_a_recording_outlives_its_adapter_and_its_successor_can_pause_it(stage: Stage) -> None:
    async with stage.process(**SETTINGS) as killed, talking(stage) as (theirs, ours, _desk, contact):
        await killed.end(signal.SIGKILL)
        theirs.say(600)
        await hears_for(ours, 600, 300)
        async with stage.adapter(**SETTINGS) as adapter:
            assert await recording_of(adapter).pause()
            theirs.say(1500)
            await hears_for(ours, 1500, 300)
            theirs.say(700)
            assert await recording_of(adapter).resume()
            await hears_for(ours, 700, 300)
            await theirs.hang_up()
            said = await recorded(stage.asterisk)
            assert (await stage.contact(contact))["metadata"]["recording"]["name"] in recordings(stage.asterisk)
    assert said.ms_of(600) >= 240
    assert said.ms_of(700) >= 240
    assert not said.has(1500)
    assert said.ms_of(ANNOUNCED_HZ) <= 1100


async def test_a_pause_that_was_asked_for_outlives_the_adapter(stage: Stage) -> None:
    async with talking_then_gone(stage) as (theirs, ours), stage.adapter(**SETTINGS) as adapter:
        recording = recording_of(adapter)
        await recording.pause("held")
        await recording.resume("held")
        theirs.say(1500)
        await hears_for(ours, 1500, 300)
        await theirs.hang_up()
        assert not (await recorded(stage.asterisk)).has(1500)


@asynccontextmanager
async def talking_then_gone(stage: Stage) -> AsyncGenerator[tuple[Call, Call]]:
    """A talk whose recording somebody has paused; its adapter is gone."""
    async with stage.adapter(**SETTINGS) as adapter:
        talk = talking(stage)
        theirs, ours, _desk, _contact = await talk.__aenter__()
        await recording_of(adapter).pause()
    yield theirs, ours
    await talk.__aexit__(None, None, None)


async def test_what_nobody_can_be_told_of_is_not_recorded(stage: Stage) -> None:
    unheard = {"private": {"record": {"keep_days": 30, "announce": "sound:there-is-no-such-sound"}}}
    async with stage.adapter(lines={"611": QUIET}, queues=unheard), desk_at_work(stage.service, "anna") as desk:
        anna = await stage.lab.phone(stage.asterisk, "1001")
        theirs = await (await stage.lab.caller(stage.asterisk)).call("611")
        await desk.ask("accept", offer=(await desk.frame("offer"))["offer"]["id"])
        ours = await anna.picks_up()
        theirs.say(440)
        since_ms = await ours.hears(440)
        await hears_for(ours, 440, 600)
        assert ours.media.longest_gap_ms(440, since_ms) < 200
        await theirs.hang_up()
        await ours.ended()
    assert recordings(stage.asterisk) == {}


async def test_each_day_what_is_too_old_is_deleted(stage: Stage) -> None:
    time = GivenTime(CLOCK.wall_ms())
    asked = settings_of(CHANNEL.manifest, {"servers": {"main": stage.server()}})
    server = Server("main", asked, stage.asterisk.password, Place(stage.service.url, ""), time, {})
    server.wire.held.set()
    folder = stage.asterisk.home / "spool" / "recording"
    names = [server.names.recording("abc", today() + timedelta(days=days)) for days in (0, 1, 2)]
    for name in names:
        (folder / f"{name}.wav").write_bytes(b"")
    keeping = asyncio.create_task(keep_no_longer(server))
    for name in names:
        async with asyncio.timeout(WITHIN_S):
            while name in recordings(stage.asterisk):
                await time.pass_(3600)
        assert given(time.wall_ms()).date().isoformat() > name.rpartition(".")[2]
    keeping.cancel()
    await server.ari.close()
    await server.router.close()


async def test_recordings_are_deleted_when_their_time_is_over_and_others_never(stage: Stage) -> None:
    yesterday = (today() - timedelta(days=1)).isoformat()
    old = f"contact-router.recording.abc.{yesterday}"
    others = (
        f"contact-router.recording.abc.{today().isoformat()}", f"another.recording.abc.{yesterday}",
        "contact-router.recording.abc", f"contact-router.recording.abc.{yesterday}.copy", "greeting",
    )  # fmt: skip
    folder = stage.asterisk.home / "spool" / "recording"
    for name in (old, *others):
        (folder / f"{name}.wav").write_bytes(b"")
    async with stage.adapter(**SETTINGS):
        pass
    assert sorted(recordings(stage.asterisk)) == sorted(others)
