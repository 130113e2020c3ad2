"""What a caller hears, and when."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from channels.asterisk.speech.minutes import Minutes
from channels.asterisk.speech.news import News
from channels.asterisk.speech.phrases import LANGUAGES
from channels.asterisk.speech.settings import LineSpeech
from tests.channels.asterisk.speech.callers import contact, waiting

RUSSIAN = LANGUAGES["ru"]
LINE = LineSpeech(place_every_s=30, place_due_s=120)
GREETING = "sound:custom/welcome"
THIRD = RUSSIAN.news(News(3, None))
STAY = RUSSIAN.say("stay")
AWAY = RUSSIAN.say("away")


def told(*spoken: tuple[int, list[str]]) -> list[tuple[int, list[str]]]:
    """By the second at which it began."""
    return list(spoken)


async def test_he_is_greeted_and_hears_his_place_and_the_wait() -> None:
    line = msgspec.structs.replace(LINE, greeting=GREETING)
    async with waiting(line, contact(3, (70, 290))) as one:
        await one.pass_(29)
        assert one.caller.heard == told((0, [GREETING]), (2, RUSSIAN.news(News(3, Minutes(1, 5)))))


async def test_better_news_are_told_at_the_next_look_and_worse_never() -> None:
    async with waiting(LINE, contact(3)) as one:
        await one.pass_(10)
        one.caller.has = contact(2)
        await one.pass_(19)
        assert one.caller.heard == told((0, THIRD))
        await one.pass_(12)
        second = RUSSIAN.news(News(2, None))
        assert one.caller.heard == told((0, THIRD), (30, second))
        one.caller.has = contact(4)
        await one.pass_(100)
        assert one.caller.heard[2:] == []
        await one.pass_(30)
        assert one.caller.heard[2:] == told((150, RUSSIAN.say("thanks")))


async def test_the_same_is_told_again_when_it_is_due() -> None:
    async with waiting(LINE, contact(3)) as one:
        await one.pass_(119)
        assert one.caller.heard == told((0, THIRD))
        await one.pass_(20)
        assert one.caller.heard == told((0, THIRD), (120, THIRD))


async def test_a_shorter_wait_is_news() -> None:
    async with waiting(LINE, contact(3, (130, 290))) as one:
        await one.pass_(29)
        one.caller.has = contact(3, (120, 290))
        await one.pass_(30)
        assert len(one.caller.heard) == 1
        one.caller.has = contact(3, (70, 230))
        await one.pass_(30)
        assert one.caller.heard[1:] == told((60, RUSSIAN.news(News(3, Minutes(1, 4)))))


async def test_while_an_agent_is_rung_he_is_told_nothing() -> None:
    async with waiting(LINE, contact(None)) as one:
        await one.pass_(200)
        assert one.caller.heard == []
        assert one.caller.asked == 7


async def test_announcements_come_in_turn_beside_the_news() -> None:
    line = msgspec.structs.replace(LINE, announcements=("sound:custom/site", "sound:custom/app"), announce_every_s=50)
    async with waiting(line, contact(3)) as one:
        await one.pass_(160)
        assert one.caller.heard == told(
            (0, THIRD),
            (50, ["sound:custom/site"]),
            (100, ["sound:custom/app"]),
            (120, THIRD),
            (150, ["sound:custom/site"]),
        )


async def test_a_line_that_tells_no_place_tells_it_to_him_who_asks() -> None:
    line = msgspec.convert({"place_every_s": 0, "digits": {"2": {"say": "place"}}}, LineSpeech)
    async with waiting(line, contact(3)) as one:
        await one.pass_(300)
        assert (one.caller.heard, one.caller.asked) == ([], 6)
        await one.press("2")
        await one.pass_(10)
        assert one.caller.heard == told((300, THIRD))


async def test_he_who_asks_hears_it_at_once_even_if_it_is_worse_and_it_is_not_told_again_soon() -> None:
    line = msgspec.convert({"announcements": [GREETING], "digits": {"2": {"say": "place"}}}, LineSpeech)
    async with waiting(line, contact(3)) as one:
        await one.pass_(61)
        one.caller.has = contact(5)
        await one.press("2")
        assert one.caller.cut == [[GREETING]]
        await one.pass_(58)
        fifth = RUSSIAN.news(News(5, None))
        assert one.caller.heard == told((0, THIRD), (61, fifth))
        one.caller.has = contact(4)
        await one.pass_(40)
        assert one.caller.heard[2:] == told((120, [GREETING, *RUSSIAN.news(News(4, None))]))


async def test_a_key_that_means_nothing_interrupts_nothing() -> None:
    line = msgspec.convert({"greeting": GREETING, "digits": {"2": {"say": "place"}}}, LineSpeech)
    async with waiting(line, contact(None)) as one:
        await one.press("7")
        await one.pass_(5)
        assert (one.caller.heard, one.caller.cut) == (told((0, [GREETING])), [])
        await one.press("2")
        await one.pass_(5)
        assert one.caller.heard[1:] == told((5, STAY))


async def test_he_goes_to_another_line_and_hears_what_is_said_there() -> None:
    line = msgspec.convert({"greeting": GREETING, "digits": {"1": {"to_line": "636"}}}, LineSpeech)
    other = msgspec.convert({"greeting": "sound:custom/corporate", "digits": {"2": {"say": "place"}}}, LineSpeech)
    async with waiting(line, contact(3)) as one:
        one.caller.lines["636"] = other
        await one.pass_(20)
        one.caller.has = contact(7)
        await one.press("1")
        await one.pass_(20)
        seventh = RUSSIAN.news(News(7, None))
        assert one.caller.heard == told((0, [GREETING]), (2, THIRD), (20, ["sound:custom/corporate"]), (22, seventh))
        await one.press("1")
        await one.press("2")
        await one.pass_(10)
        assert one.caller.heard[4:] == told((40, seventh))


async def test_he_who_cannot_go_to_another_line_is_asked_to_stay_on_his() -> None:
    line = msgspec.convert({"digits": {"1": {"to_line": "636"}, "2": {"say": "place"}}}, LineSpeech)
    async with waiting(line, contact(3)) as one:
        await one.pass_(20)
        await one.press("1")
        await one.pass_(5)
        await one.press("2")
        await one.pass_(10)
        assert one.caller.heard == told((0, THIRD), (20, AWAY), (25, THIRD))


async def test_he_who_leaves_hears_nothing_more() -> None:
    line = msgspec.convert({"greeting": GREETING, "digits": {"0": {"leave": True}}}, LineSpeech)
    async with waiting(line, contact(3)) as one:
        await one.pass_(1)
        await one.press("0")
        assert one.caller.left
        assert one.running.done()
        assert one.running.result() is None
        await one.pass_(300)
        assert (one.caller.heard, one.caller.cut) == ([], [[GREETING]])


async def test_while_the_router_is_away_he_is_asked_to_stay_about_once_a_minute() -> None:
    async with waiting(LINE, None) as one:
        await one.pass_(124)
        assert one.caller.heard == told((5, AWAY), (65, AWAY))
        one.caller.has = contact(3)
        await one.pass_(10)
        assert one.caller.heard[2:] == told((125, THIRD))
        one.caller.has = None
        await one.pass_(30)
        assert one.caller.heard[3:] == told((160, AWAY))


async def test_a_router_that_is_slow_once_is_not_away() -> None:
    async with waiting(LINE, None) as one:
        await one.pass_(4)
        one.caller.has = contact(3)
        await one.pass_(10)
        one.caller.has = None
        await one.pass_(22)
        one.caller.has = contact(3)
        await one.pass_(30)
        assert one.caller.heard == told((5, THIRD))


async def test_when_his_agent_was_lost_he_is_asked_to_stay_and_not_greeted() -> None:
    line = msgspec.structs.replace(LINE, greeting=GREETING)
    async with waiting(line, contact(3)) as one:
        await one.pass_(10)
        one.running.cancel()
        one.caller.has = contact(4)
        one.running = asyncio.create_task(one.announcer.run(lost=True))
        await one.pass_(20)
        assert one.caller.heard == told((0, [GREETING]), (2, THIRD), (10, STAY), (12, RUSSIAN.news(News(4, None))))


async def test_he_who_waits_again_hears_his_new_place_and_no_greeting_but_one_that_was_cut_off() -> None:
    line = msgspec.structs.replace(LINE, greeting=GREETING)
    async with waiting(line, contact(3)) as one:
        await one.pass_(1)
        one.running.cancel()
        one.running = asyncio.create_task(one.announcer.run())
        await one.pass_(15)
        assert (one.caller.heard, one.caller.cut) == (told((1, [GREETING]), (3, THIRD)), [[GREETING]])
        one.running.cancel()
        one.caller.has = contact(5)
        one.running = asyncio.create_task(one.announcer.run())
        await one.pass_(10)
        assert one.caller.heard[2:] == told((16, RUSSIAN.news(News(5, None))))


async def test_what_is_being_played_stops_when_he_no_longer_waits() -> None:
    async with waiting(msgspec.structs.replace(LINE, greeting=GREETING), contact(3)) as one:
        one.running.cancel()
        await one.pass_(10)
        assert (one.caller.heard, one.caller.cut) == ([], [[GREETING]])


async def test_without_the_sounds_of_his_language_he_hears_the_operators_own_alone() -> None:
    line = msgspec.convert(
        {"greeting": GREETING, "announcements": ["sound:custom/site"], "digits": {"2": {"say": "place"}}}, LineSpeech
    )
    async with waiting(line, contact(3), language=None) as one:
        await one.pass_(50)
        await one.press("2")
        one.caller.has = None
        await one.pass_(40)
        assert one.caller.heard == told((0, [GREETING]), (60, ["sound:custom/site"]))


@pytest.mark.parametrize(
    "wrong",
    [
        {"digits": {"1": {}}},
        {"digits": {"1": {"say": "place", "leave": True}}},
        {"digits": {"12": {"leave": True}}},
        {"digits": {"1": {"to_line": ""}}},
        {"digits": {"1": {"say": "time"}}},
        {"greeting": "welcome.wav"},
        {"greeting": "sound:a,sound:b"},
        {"announce_every_s": 0},
        {"place_every_s": -1},
        {"places_every_s": 30},
    ],
)
def test_wrong_settings_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, LineSpeech)
