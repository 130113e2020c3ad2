"""An agent's leg is lost in the middle of a talk: his customer is asked to stay, and gets him back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from channels.asterisk.speech.phrases import SOUNDS
from tests.channels.asterisk.lab.configuration import MUSIC_HZ
from tests.channels.asterisk.lab.media import CLOCK, PACKET_MS, has, is_loud
from tests.channels.asterisk.recorded import hears_for, recorded
from tests.channels.asterisk.spoken import TONES, speak_tones
from tests.channels.asterisk.test_announcements import lose_leg
from tests.channels.asterisk.test_at_the_phone import signed_in
from tests.channels.asterisk.test_waiting import QUIET

if TYPE_CHECKING:
    from tests.channels.asterisk.lab.call import Call
    from tests.channels.asterisk.stage import Stage

STAY_HZ = TONES[SOUNDS["stay"]]
ANNA_HZ, BORIS_HZ = 3950, 3900
SETTINGS: dict[str, Any] = {"lines": {"611": QUIET}}


def music_before_ms(call: Call, hz: int, since_ms: int) -> int:
    """For how long the music was heard before this tone."""
    packets = [[packet] for packet in call.media.heard if packet.at_ms >= since_ms and is_loud([packet])]
    before = next(n for n, packet in enumerate(packets) if has(packet, hz))
    return sum(PACKET_MS for packet in packets[:before] if has(packet, MUSIC_HZ))


async def test_he_is_asked_to_stay_before_he_hears_music_and_gets_the_same_agent(stage: Stage) -> None:
    await speak_tones(stage.asterisk, "ru")
    async with stage.adapter(**SETTINGS):
        anna = await signed_in(stage)
        theirs = await (await stage.lab.caller(stage.asterisk)).call("611")
        ours = await anna.picks_up()
        contact = (await stage.event("contact.answered"))["contact"]
        boris = await signed_in(stage, "1002", "*11*4712")  # who has waited for longer than anna will
        ours.say(ANNA_HZ)
        await theirs.hears(ANNA_HZ)
        since_ms = CLOCK.monotonic_ms()
        await lose_leg(stage.asterisk, anna)
        assert await theirs.hears(STAY_HZ) - since_ms < 500
        assert music_before_ms(theirs, STAY_HZ, since_ms) <= PACKET_MS
        await theirs.hears(MUSIC_HZ)
        again = await anna.picks_up()
        again.say(ANNA_HZ)
        await theirs.hears(ANNA_HZ)
        assert (await stage.event("contact.answered"))["contact"] == contact
        assert boris.is_quiet()
        said = await stage.contact(contact)
    assert (said["agent"], said["state"]) == ("anna", "assigned")


async def test_another_agent_has_him_where_the_same_one_does_not_come_back(stage: Stage) -> None:
    async with stage.adapter(**SETTINGS):
        anna = await signed_in(stage)
        theirs = await (await stage.lab.caller(stage.asterisk)).call("611")
        ours = await anna.picks_up()
        boris = await signed_in(stage, "1002", "*11*4712")
        ours.say(ANNA_HZ)
        await theirs.hears(ANNA_HZ)
        await lose_leg(stage.asterisk, anna)
        (await anna.rung()).refuse(486)
        his = await boris.picks_up()
        his.say(BORIS_HZ)
        await theirs.hears(BORIS_HZ)


async def test_his_recording_goes_on_with_the_talk_and_nothing_between(stage: Stage) -> None:
    await speak_tones(stage.asterisk, "ru")
    queues = {"private": {"record": {"keep_days": 1, "announce": False}}}
    async with stage.adapter(**SETTINGS, queues=queues):
        anna = await signed_in(stage)
        theirs = await (await stage.lab.caller(stage.asterisk)).call("611")
        ours = await anna.picks_up()
        ours.say(880)
        await hears_for(theirs, 880, 300)
        await lose_leg(stage.asterisk, anna)
        await theirs.hears(MUSIC_HZ)
        again = await anna.picks_up()
        again.say(1200)
        await hears_for(theirs, 1200, 300)
        await theirs.hang_up()
        said = await recorded(stage.asterisk)
    assert said.ms_of(880) >= 240
    assert said.ms_of(1200) >= 240
    assert not said.has(MUSIC_HZ)
