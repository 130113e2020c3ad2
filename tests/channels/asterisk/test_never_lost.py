"""Whatever dies or is cut off, a call that talks goes on talking, and one that waits goes on waiting."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

from tests.channels.asterisk.lab.configuration import MUSIC_HZ
from tests.channels.asterisk.lab.media import CLOCK
from tests.channels.asterisk.test_hangups import nothing_is_left, talking
from tests.channels.asterisk.test_waiting import QUIET
from tests.helpers.desk import desk_at_work

if TYPE_CHECKING:
    from tests.channels.asterisk.stage import Stage

QUIET_LINES = {"611": QUIET}


async def given_up(stage: Stage) -> None:
    """The router has given up all calls, as it does where no adapter is there for long."""
    body: dict[str, Any] = {"account": "main", "as_of": 10**9, "external_ids": [], "lost": True}
    assert (await stage.adapter_caller.put("/channels/phone/sessions", body)).status == 200


async def reopened(stage: Stage) -> None:
    """The way to Asterisk is cut and open again, and the adapter has noticed both."""
    stage.ari.shut()
    while (await stage.event("channel.status"))["data"]["status"] != "degraded":
        pass
    stage.ari.open()
    while (await stage.event("channel.status"))["data"]["status"] != "up":
        pass


async def test_the_socket_breaks_and_the_waiting_caller_hears_nothing_of_it(stage: Stage) -> None:
    async with stage.adapter(lines=QUIET_LINES):
        theirs = await (await stage.lab.caller(stage.asterisk)).call("611")
        await theirs.hears(MUSIC_HZ)
        contact = (await stage.event("contact.queued"))["contact"]
        since_ms = CLOCK.monotonic_ms()
        await reopened(stage)
        assert theirs.media.longest_gap_ms(MUSIC_HZ, since_ms) < 200
        assert (await stage.contact(contact))["state"] == "queued"
        async with desk_at_work(stage.service, "anna") as desk:
            anna = await stage.lab.phone(stage.asterisk, "1001")
            await desk.ask("accept", offer=(await desk.frame("offer"))["offer"]["id"])
            ours = await anna.picks_up()
            ours.say(880)
            await theirs.hears(880)
            await stage.event("contact.answered")


async def test_who_hung_up_while_the_socket_was_broken_has_left(stage: Stage) -> None:
    async with stage.adapter(lines=QUIET_LINES):
        theirs = await (await stage.lab.caller(stage.asterisk)).call("611")
        await theirs.hears(MUSIC_HZ)
        stage.ari.shut()
        await stage.event("channel.status")
        await theirs.hang_up()
        stage.ari.open()
        await stage.event("contact.abandoned")


async def test_a_talk_goes_on_while_the_socket_is_broken(stage: Stage) -> None:
    async with talking(stage) as (theirs, ours, _desk, contact):
        since_ms = CLOCK.monotonic_ms()
        await reopened(stage)
        assert ours.media.longest_gap_ms(440, since_ms) < 200
        await theirs.hang_up()
        assert await ours.ended() == "they hung up"
        assert (await stage.event("contact.closed"))["contact"] == contact


async def test_a_killed_adapter_is_followed_by_one_that_knows_everything(stage: Stage) -> None:
    async with desk_at_work(stage.service, "anna") as desk:
        anna = await stage.lab.phone(stage.asterisk, "1001")
        async with stage.process(lines=QUIET_LINES) as killed:
            talks = await (await stage.lab.caller(stage.asterisk)).call("611")
            await desk.ask("accept", offer=(await desk.frame("offer"))["offer"]["id"])
            ours = await anna.picks_up()
            await stage.event("contact.answered")
            waits = await (await stage.lab.caller(stage.asterisk, "+73912000002")).call("611")
            await waits.hears(MUSIC_HZ)
            waiting = (await stage.event("contact.queued"))["contact"]
            since_ms = CLOCK.monotonic_ms()
            await killed.end(signal.SIGKILL)
            async with stage.process(lines=QUIET_LINES):
                talks.say(440)
                await ours.hears(440)
                assert waits.media.longest_gap_ms(MUSIC_HZ, since_ms) < 200
                assert (await stage.contact(waiting))["state"] == "queued"
                await talks.hang_up()
                assert await ours.ended() == "they hung up"
                await stage.event("contact.closed")
                await desk.ask("accept", offer=(await desk.frame("offer"))["offer"]["id"])
                again = await anna.picks_up()
                again.say(880)
                await waits.hears(880)
                assert (await stage.event("contact.answered"))["contact"] == waiting


async def test_who_hung_up_while_no_adapter_was_there_has_left(stage: Stage) -> None:
    async with stage.process(lines=QUIET_LINES) as killed:
        theirs = await (await stage.lab.caller(stage.asterisk)).call("611")
        await theirs.hears(MUSIC_HZ)
        await killed.end(signal.SIGKILL)
        await theirs.hang_up()
        async with stage.process(lines=QUIET_LINES, stands_by=True):
            await stage.event("contact.abandoned")
            await nothing_is_left(stage)


async def test_an_agent_who_hung_up_while_no_adapter_was_there_gets_his_customer_back(stage: Stage) -> None:
    async with desk_at_work(stage.service, "anna") as desk:
        anna = await stage.lab.phone(stage.asterisk, "1001")
        async with stage.process(lines=QUIET_LINES) as killed:
            theirs = await (await stage.lab.caller(stage.asterisk)).call("611")
            first = again = (await desk.frame("offer"))["offer"]["id"]
            await desk.ask("accept", offer=first)
            ours = await anna.picks_up()
            await stage.event("contact.answered")
            await killed.end(signal.SIGKILL)
            await ours.hang_up()  # nobody hears why
            async with stage.process(lines=QUIET_LINES, stands_by=True):
                await stage.event("contact.interrupted")
                while again == first:
                    again = (await desk.frame("offer"))["offer"]["id"]
                await desk.ask("accept", offer=again)
                (await anna.picks_up()).say(880)
                await theirs.hears(880)


async def test_a_ringing_phone_of_a_killed_adapter_is_not_rung_twice(stage: Stage) -> None:
    async with desk_at_work(stage.service, "anna") as desk:
        anna = await stage.lab.phone(stage.asterisk, "1001")
        async with stage.process(lines=QUIET_LINES) as killed:
            theirs = await (await stage.lab.caller(stage.asterisk)).call("611")
            await desk.ask("accept", offer=(await desk.frame("offer"))["offer"]["id"])
            ours = await anna.rung()
            ours.ring()
            await killed.end(signal.SIGKILL)
        async with stage.process(lines=QUIET_LINES):
            await ours.answer()
            ours.say(880)
            await theirs.hears(880)
            await stage.event("contact.answered")
            assert anna.is_quiet()


async def test_a_standby_takes_over_from_a_frozen_adapter(stage: Stage) -> None:
    async with stage.process(lines=QUIET_LINES) as leader, stage.process(lines=QUIET_LINES, stands_by=True):
        theirs = await (await stage.lab.caller(stage.asterisk)).call("611")
        await theirs.hears(MUSIC_HZ)
        leader.process.send_signal(signal.SIGSTOP)
        frozen_ms = CLOCK.monotonic_ms()
        await stage.event("channel.up")
        assert CLOCK.monotonic_ms() - frozen_ms < 5000
        async with desk_at_work(stage.service, "anna") as desk:
            anna = await stage.lab.phone(stage.asterisk, "1001")
            await desk.ask("accept", offer=(await desk.frame("offer"))["offer"]["id"])
            ours = await anna.picks_up()
            leader.process.send_signal(signal.SIGCONT)
            ours.say(880)
            await theirs.hears(880)
            await stage.event("contact.answered")
            assert anna.is_quiet()


async def test_while_the_router_is_away_callers_wait_and_keep_their_arrival(stage: Stage) -> None:
    async with stage.adapter(lines={"611": {"music": "contact-router"}}):
        waits = await (await stage.lab.caller(stage.asterisk)).call("611")
        await waits.answered()
        first = await stage.contact((await stage.event("contact.queued"))["contact"])
        stage.router.shut()
        comes = await (await stage.lab.caller(stage.asterisk, "+73912000002")).call("611")
        await comes.answered()
        await comes.media.hears_other_than(MUSIC_HZ, 12)  # he is told to stay
        hangs_up = await (await stage.lab.caller(stage.asterisk, "+73912000003")).call("611")
        await hangs_up.answered()
        await hangs_up.hang_up()
        arrived_ms, opened_ms = comes.at_ms["invite"], CLOCK.monotonic_ms()
        stage.router.open()
        events = [await stage.event("contact.queued", "contact.abandoned") for _ in range(3)]
        late = [await stage.contact(event["contact"]) for event in events]
        second = next(contact for contact in late if contact["customer"]["id"] == "+73912000002")
        assert second["state"] == "queued"
        assert second["waited_s"] * 1000 > opened_ms - arrived_ms
        abandoned = next(event for event in events if event["type"] == "contact.abandoned")
        assert abs(abandoned["data"]["waited"] - (hangs_up.at_ms["over"] - hangs_up.at_ms["invite"])) < 100
        assert (await stage.contact(first["id"]))["state"] == "queued"
        assert not waits.over


async def test_when_asterisk_starts_anew_its_calls_are_lost(stage: Stage) -> None:
    async with stage.adapter(lines=QUIET_LINES):
        theirs = await (await stage.lab.caller(stage.asterisk)).call("611")
        await theirs.hears(MUSIC_HZ)
        contact = (await stage.event("contact.queued"))["contact"]
        await stage.asterisk.kill()
        await stage.asterisk.start()
        closed = await stage.event("contact.closed")
        assert (closed["contact"], closed["data"]["outcome"]) == (contact, "lost")
        again = await (await stage.lab.caller(stage.asterisk)).call("611")
        await again.hears(MUSIC_HZ)


async def test_when_asterisk_is_stopped_its_calls_are_lost(stage: Stage) -> None:
    async with talking(stage) as (_theirs, _ours, _desk, contact):
        await stage.asterisk.stop()
        closed = await stage.event("contact.closed")
        assert (closed["contact"], closed["data"]["outcome"]) == (contact, "lost")


async def test_an_adapter_without_its_asterisk_gives_the_account_up(stage: Stage) -> None:
    async with stage.adapter(lines=QUIET_LINES):
        stage.ari.shut()
        while (await stage.event("channel.status", "channel.silent"))["type"] != "channel.silent":
            pass
        stage.ari.open()
        await stage.event("channel.up")


async def test_without_an_adapter_the_dialplan_goes_on(stage: Stage) -> None:
    theirs = await (await stage.lab.caller(stage.asterisk)).call("611")
    await theirs.answered()
    await stage.asterisk.logs("contact-router-fallback,611")


async def test_who_talks_goes_on_though_the_router_has_given_the_call_up(stage: Stage) -> None:
    async with desk_at_work(stage.service, "anna") as desk:
        anna = await stage.lab.phone(stage.asterisk, "1001")
        async with stage.process(lines=QUIET_LINES) as killed:
            theirs = await (await stage.lab.caller(stage.asterisk)).call("611")
            await desk.ask("accept", offer=(await desk.frame("offer"))["offer"]["id"])
            ours = await anna.picks_up()
            await stage.event("contact.answered")
            await killed.end(signal.SIGKILL)
        await given_up(stage)
        assert (await stage.event("contact.closed"))["data"]["outcome"] == "lost"
        async with stage.adapter(lines=QUIET_LINES):
            theirs.say(440)
            ours.say(880)
            await ours.hears(440)
            await theirs.hears(880)
            await theirs.hang_up()
            assert await ours.ended() == "they hung up"
        await nothing_is_left(stage)


async def test_a_waiting_caller_whom_the_router_has_given_up_waits_on_as_another_contact(stage: Stage) -> None:
    async with stage.process(lines=QUIET_LINES) as killed:
        theirs = await (await stage.lab.caller(stage.asterisk)).call("611")
        await theirs.hears(MUSIC_HZ)
        contact = await stage.contact((await stage.event("contact.queued"))["contact"])
        await killed.end(signal.SIGKILL)
    await given_up(stage)
    async with stage.adapter(lines=QUIET_LINES):
        again = await stage.contact((await stage.event("contact.queued"))["contact"])
        assert again["external_id"] == contact["external_id"] + "~2"
        assert again["state"] == "queued"
        await theirs.hears(MUSIC_HZ)
