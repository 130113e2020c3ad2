"""What waiting callers hear, on a real Asterisk: each sound is a tone, so that it is known which was played to whom."""

from __future__ import annotations

import io
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from channels.asterisk.ari import Ari
from channels.asterisk.settings import ServerSettings
from channels.asterisk.speech.minutes import Minutes
from channels.asterisk.speech.phrases import LANGUAGES
from channels.asterisk.speech.stored import Sound, spoken
from channels.asterisk.wire import Channel
from tests.channels.asterisk.lab.configuration import MUSIC_HZ
from tests.channels.asterisk.lab.media import CLOCK
from tests.channels.asterisk.spoken import LONG, LONG_S, TONES, heard, hears, sounds_of, speak_tones
from tests.helpers.desk import desk_at_work
from tests.helpers.logs import logged_to

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.channels.asterisk.lab.asterisk import Asterisk
    from tests.channels.asterisk.lab.call import Call
    from tests.channels.asterisk.lab.phone import Phone
    from tests.channels.asterisk.stage import Stage

RUSSIAN = LANGUAGES["ru"]
ENGLISH = LANGUAGES["en"]
WELCOME = "custom/welcome"
LINE: dict[str, Any] = {"music": "contact-router", "place_every_s": 1, "place_due_s": 3600}
GAP_MS = 500
"""A pause that a busy machine makes is shorter, one that is made for an announcement longer."""
THANKS = sounds_of(RUSSIAN.say("thanks"))
FIRST = (*sounds_of(RUSSIAN.place(1)), *THANKS)
SECOND = (*sounds_of(RUSSIAN.place(2)), *THANKS)


async def calls(stage: Stage, line: str = "611", number: str = "+73912000001") -> Call:
    """A customer who calls, and waits."""
    call = await (await stage.lab.caller(stage.asterisk, number)).call(line)
    await call.answered()
    return call


@asynccontextmanager
async def anna_at_work(stage: Stage) -> AsyncGenerator[Any]:
    """Anna's phone; whatever she is offered she accepts at her desk."""
    phone = await stage.lab.phone(stage.asterisk, "1001")
    async with desk_at_work(stage.service, "anna") as desk:
        yield phone, desk


async def accepts(desk: Any) -> str:
    """She accepts the next offer; the contact."""
    offer = (await desk.frame("offer"))["offer"]
    answer = await desk.ask("accept", offer=offer["id"])
    assert answer["status"] == 200, answer
    return offer["contact"]["id"]


async def talk(stage: Stage, desk: Any, number: int) -> str:
    """She talks with somebody of whom nobody's phone knows; the contact."""
    body = {"channel": "phone", "account": "old", "external_id": f"{number}"}
    contact = (await stage.adapter_caller.post("/contacts", body)).body["id"]
    assert await accepts(desk) == contact
    assert (await stage.adapter_caller.post(f"/contacts/{contact}/connected")).status == 200
    return contact


@asynccontextmanager
async def ari_of(asterisk: Asterisk) -> AsyncGenerator[Ari]:
    """Its ARI."""
    ari = Ari(ServerSettings(url=asterisk.url), asterisk.password)
    yield ari
    await ari.close()


async def lose_leg(asterisk: Asterisk, phone: Phone) -> None:
    """The network between Asterisk and a phone that talks is lost."""
    async with ari_of(asterisk) as ari:
        channels = await ari.get("channels", list[Channel])
        [leg] = [one.id for one in channels if one.device == phone.device]
        await ari.do("DELETE", f"channels/{leg}", reason_code="38")


async def test_he_is_greeted_hears_his_place_and_then_his_music_goes_on(stage: Stage) -> None:
    await speak_tones(stage.asterisk, "ru")
    async with stage.adapter(lines={"611": LINE | {"greeting": f"sound:{WELCOME}", "language": "ru-RU"}}):
        call = await calls(stage)
        await hears(call, WELCOME, *FIRST)
        since_ms = await call.hears(MUSIC_HZ)
        await call.hears(MUSIC_HZ)
        assert heard(call) == [WELCOME, *FIRST]
        assert call.media.longest_gap_ms(MUSIC_HZ, since_ms) < GAP_MS
    assert stage.asterisk.problems() == []


async def test_each_of_two_hears_his_own_place_and_nothing_of_the_other(stage: Stage) -> None:
    await speak_tones(stage.asterisk, "ru")
    async with anna_at_work(stage) as (phone, desk), stage.adapter(lines={"611": LINE}):
        await desk.ask("presence", presence="break")
        first = await calls(stage)
        await hears(first, *FIRST)
        since_ms = await first.hears(MUSIC_HZ)
        second = await calls(stage, number="+73912000002")
        await hears(second, *SECOND)
        assert first.media.longest_gap_ms(MUSIC_HZ, since_ms) < GAP_MS
        assert heard(first) == [*FIRST]
        # The first is answered, and for the second that is better news.
        await desk.ask("presence", presence="available")
        await accepts(desk)
        with_anna = await phone.picks_up()
        with_anna.say(3950)
        await first.hears(3950)
        await hears(second, *SECOND, *FIRST)
        await second.hears(MUSIC_HZ)
        assert heard(first) == [*FIRST]


async def test_what_is_being_said_ends_when_an_agent_picks_up(stage: Stage) -> None:
    await speak_tones(stage.asterisk, "ru")
    line = LINE | {"announcements": [f"sound:{LONG}"], "announce_every_s": 1}
    async with anna_at_work(stage) as (phone, desk), stage.adapter(lines={"611": line}):
        await desk.ask("presence", presence="break")
        call = await calls(stage)
        await hears(call, *FIRST)
        await desk.ask("presence", presence="available")
        await accepts(desk)
        ringing = await phone.rung()
        ringing.ring()
        await call.hears(TONES[LONG])
        ringing.say(3950)
        begun_ms = CLOCK.monotonic_ms()
        await ringing.answer()
        # Asterisk moves nobody to another bridge before he has heard out what is played to him.
        assert await call.hears(3950) - begun_ms < (LONG_S - 1) * 1000
        assert heard(call)[len(FIRST) :] == [LONG]


async def test_the_wait_is_said_once_it_can_be_estimated_in_the_callers_language(stage: Stage) -> None:
    await speak_tones(stage.asterisk, "en")
    async with anna_at_work(stage) as (_phone, desk):
        for number in range(10):  # so that it is known how long a talk is
            await desk.ask("complete", contact=await talk(stage, desk, number), disposition="resolved")
        await talk(stage, desk, 10)
        async with stage.adapter(lines={"611": LINE | {"language": "en"}}):
            call = await calls(stage)
            await hears(call, *sounds_of([*ENGLISH.place(1), *ENGLISH.wait(Minutes(0, 1)), *ENGLISH.say("thanks")]))


async def test_digits_say_the_place_again_lead_to_another_line_and_out(stage: Stage) -> None:
    await speak_tones(stage.asterisk, "ru")
    line = LINE | {"greeting": f"sound:{LONG}", "digits": {"1": {"to_line": "636"}, "2": {"say": "place"}}}
    corporate = LINE | {"greeting": "sound:custom/corporate", "digits": {"0": {"leave": True}}}
    async with stage.adapter(lines={"611": line, "636": corporate}):
        call = await calls(stage)
        contact = await stage.contact((await stage.event("contact.queued"))["contact"])
        await call.hears(TONES[LONG])
        call.press("2")
        await hears(call, LONG, *FIRST, within_s=LONG_S - 1)
        await call.hears(MUSIC_HZ)
        call.press("71")  # the first means nothing
        await hears(call, LONG, *FIRST, "custom/corporate", *FIRST)
        moved = await stage.contact(contact["id"])
        assert (moved["state"], moved["queue"], moved["attributes"]["dialled"]) == ("queued", "corporate", "636")
        assert (contact["queue"], moved["arrived_at"]) == ("private", contact["arrived_at"])
        await call.hears(MUSIC_HZ)
        call.press("0")
        await hears(call, "one-moment-please")  # the dialplan says that, by the status
        assert (await stage.event("contact.abandoned", "contact.cancelled"))["contact"] == moved["id"]


async def test_while_the_router_is_away_callers_hear_music_and_are_asked_to_stay(stage: Stage) -> None:
    await speak_tones(stage.asterisk, "ru")
    async with stage.adapter(lines={"611": LINE}):
        call = await calls(stage)
        await hears(call, *FIRST)
        stage.router.shut()
        await hears(call, *FIRST, *sounds_of(RUSSIAN.say("away")), within_s=15)
        await call.hears(MUSIC_HZ)
        stage.router.open()


async def test_he_is_told_on_when_the_socket_was_lost_while_he_was_told_something(stage: Stage) -> None:
    await speak_tones(stage.asterisk, "ru")
    async with stage.adapter(lines={"611": LINE | {"greeting": f"sound:{LONG}"}}):
        call = await calls(stage)
        await call.hears(TONES[LONG])
        stage.ari.shut()
        await call.hears(MUSIC_HZ)  # it was heard out, and nobody was told
        stage.ari.open()
        await hears(call, LONG, *FIRST, within_s=15)


async def test_when_the_adapter_ends_the_music_goes_on_and_nothing_more_is_said(stage: Stage) -> None:
    await speak_tones(stage.asterisk, "ru")
    out = io.StringIO()
    with logged_to(out):
        async with stage.adapter(lines={"611": LINE | {"greeting": f"sound:{LONG}"}}):
            call = await calls(stage)
            await call.hears(TONES[LONG])
        ended_ms, before = CLOCK.monotonic_ms(), len(call.media.heard)
        assert await call.hears(MUSIC_HZ) - ended_ms < (LONG_S - 1) * 1000
        await call.media.until(lambda: len(call.media.heard) > 2 * 50 + before, lambda: "no music")
        assert heard(call) == [LONG]
    assert "broke" not in out.getvalue()


async def test_a_language_that_lacks_a_sound_is_not_spoken_and_one_warning_names_it(stage: Stage) -> None:
    await speak_tones(stage.asterisk, "ru", without=["queue-thankyou", "digits/7"])
    out = io.StringIO()
    with logged_to(out):
        async with stage.adapter(lines={"611": LINE | {"language": "ru", "greeting": f"sound:{WELCOME}"}}):
            call = await calls(stage)
            await hears(call, WELCOME)
            await call.hears(MUSIC_HZ)
            assert heard(call) == [WELCOME]
    warnings = [json.loads(line) for line in out.getvalue().splitlines() if "asterisk_sounds_missing" in line]
    assert [(one["language"], one["sounds"]) for one in warnings] == [("ru", ["digits/7", "queue-thankyou"])]


async def test_debians_core_sounds_are_enough_for_both_languages(asterisk: Asterisk) -> None:
    async with ari_of(asterisk) as ari:
        assert spoken(LANGUAGES, await ari.get("sounds", list[Sound]), "main") == LANGUAGES


async def test_he_whose_agent_was_lost_is_asked_to_stay_and_hears_that_he_is_the_next(stage: Stage) -> None:
    await speak_tones(stage.asterisk, "ru")
    async with anna_at_work(stage) as (phone, desk), stage.adapter(lines={"611": LINE | {"greeting": f"sound:{LONG}"}}):
        call = await calls(stage)
        await accepts(desk)
        with_anna = await phone.picks_up()
        with_anna.say(3950)
        await call.hears(3950)
        await desk.ask("presence", presence="break")
        since_ms = CLOCK.monotonic_ms()
        await lose_leg(stage.asterisk, phone)
        await hears(call, *sounds_of(RUSSIAN.say("stay")), *FIRST, since_ms=since_ms)
        await call.hears(MUSIC_HZ)
