"""What the adapter does on either path, seen from both ends."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from channels.kit.failures import Ambiguous, Misconfigured, NotSent, Rejected, RetryAfter
from channels.kit.port import Place
from channels.kit.running import running
from channels.kit.timing import PacedTime
from channels.telegram import CHANNEL
from channels.telegram.refusals import PlatformRefusal, send_error
from channels.telegram.settings import TelegramSettings
from channels.telegram.wire import DOWNLOAD_BYTES_MAX
from tests.channels.telegram.platforms import aiogram_on
from tests.channels.telegram.stages import confirmed, one_picture, person, read, telegram_on

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.servers import Server

PHOTO = b"\x89PNG a map"

WAITING = """
languages = ["ru", "en"]
[queues.messages]
target_s = 60
[[routes]]
queue = "messages"
[agents]
anna = { queues = [], media = ["chat"] }
"""
"""Nobody answers."""


async def test_every_kind_arrives_with_its_file(server: Server, tmp_path: Path) -> None:
    async with telegram_on(server, tmp_path) as (it, _), it.adapter():
        he = person(it)
        he.file("voice", b"OggS")
        he.file("document", b"%PDF", file_name="договор.pdf", mime_type="application/pdf", caption="вот")
        he.file("video", b"mp4", mime_type="video/mp4")
        he.file("video_note", b"mp4")
        he.file("animation", b"gif", mime_type="video/mp4")
        he.file("audio", b"ID3", mime_type="audio/mpeg")
        he.file("sticker", b"webp", emoji="👍")
        he.location(56.01, 92.85)
        he.share_contact("+79131234567", "Иван")
        he.dice()
        he.file("document", b"", file_size=DOWNLOAD_BYTES_MAX + 1)
        texts = [None, "вот", None, None, None, None, "👍", "56.01, 92.85", "Иван\n+79131234567", None, None]
        contact = await it.desk.until_written(it.thread(), *texts)
        messages = await it.desk.messages(contact.id)
        assert [message.kind for message in messages] == [
            "voice", "document", "video", "video", "animation", "audio", "sticker", "location", "contact", "other",
            "document",
        ]  # fmt: skip
        files = [message.attachments[0] for message in messages[:7]]
        assert [await read(it, file.url) for file in files] == [
            b"OggS", b"%PDF", b"mp4", b"mp4", b"gif", b"ID3", b"webp",
        ]  # fmt: skip
        assert (files[1].name, files[1].mime) == ("договор.pdf", "application/pdf")
        [too_large] = messages[-1].attachments
        assert (too_large.unavailable, too_large.url) == ("too_large", None)


async def test_files_of_agents_go_out_as_what_they_are(server: Server, tmp_path: Path) -> None:
    async with telegram_on(server, tmp_path) as (it, _), it.adapter():
        person(it).write("Пришлите")
        contact = await it.desk.until_written(it.thread(), "Пришлите")
        for kind, mime in (
            ("image", "image/png"), ("image", "image/bmp"), ("voice", "audio/ogg"), ("voice", "audio/wav"),
            ("audio", "audio/mpeg"), ("video", "video/mp4"), ("animation", "video/mp4"), ("document", "text/plain"),
        ):  # fmt: skip
            await it.desk.send(contact.id, None, attachments=[one_picture(it, PHOTO, kind=kind, mime=mime)])
        await person(it).until(lambda he: len(he.heard) == 8)
        files = [file for heard in person(it).heard for file in heard.files]
        assert [file.kind for file in files] == [
            "image", "document", "voice", "audio", "audio", "video", "animation", "document",
        ]  # fmt: skip
        assert {file.data for file in files} == {PHOTO}
        assert files[-1].name == "карта.png"


async def test_a_customer_asks_for_his_place_and_chooses_a_language(server: Server, tmp_path: Path) -> None:
    async with telegram_on(server, tmp_path, to="bot", operation=WAITING) as (it, sandbox), it.adapter():
        he = person(it)

        async def answered(command: str) -> str | None:
            known = len(he.heard)
            he.write(command)
            await he.until(lambda he: len(he.heard) > known)
            return he.heard[-1].text

        assert await answered("/start") == "Здравствуйте! Напишите ваш вопрос, и вам ответит сотрудник."
        assert await answered("/place") == ("Сейчас у нас нет вашего вопроса. Напишите его, и вам ответит сотрудник.")
        assert not await it.desk.contacts(it.thread()), "a command is nobody's contact"
        it.customer(2).write("Раньше")
        await it.until(lambda: sandbox.unconfirmed() == 0)
        he.write("Вопрос")

        async def waits() -> bool:
            return bool(await it.desk.contacts(it.thread()))

        await it.desk.until(waits)
        assert await answered("/place@sandbox_bot") == "Вы 2-й в очереди."
        assert await answered("/language") == "На каком языке вам отвечать?"
        assert he.heard[-1].buttons == ("Русский", "English")
        message = sandbox.world.talks[5001, False].messages[int(he.heard[-1].external_id)]
        he.call_back(message, "speak:en")
        await he.until(lambda he: he.heard[-1].text == "We will use English.")
        assert he.heard[-2].buttons == ()
        [contact] = await it.desk.contacts(it.thread())
        assert contact.customer.language == "en"
        assert await answered("/PLACE") == "You are number 2 in line."
        assert await answered("/ru") == "Будем отвечать по-русски."
        assert await it.desk.texts(it.thread()) == ["Вопрос"]


async def test_a_chosen_language_is_the_next_contacts_too(server: Server, tmp_path: Path) -> None:
    async with telegram_on(server, tmp_path) as (it, _), it.adapter():
        person(it).write("/en")
        await person(it).until(lambda he: bool(he.heard))
        person(it).write("My SIM is broken")
        contact = await it.desk.until_written(it.thread(), "My SIM is broken")
        assert contact.customer.language == "en"


async def test_a_rating_is_thanked_for_and_its_buttons_are_taken_away(server: Server, tmp_path: Path) -> None:
    async with telegram_on(server, tmp_path) as (it, sandbox), it.adapter():
        person(it).write("Вопрос")
        contact = await it.desk.until_written(it.thread(), "Вопрос")
        await it.desk.send(contact.id, "Ответ")
        await person(it).until(lambda he: len(he.heard) == 1)
        await it.desk.post(f"/contacts/{contact.id}/complete")
        await person(it).until(lambda he: len(he.heard) == 2)
        assert person(it).heard[1].buttons == ("1", "2", "3", "4", "5")
        question = sandbox.world.talks[5001, True].messages[int(person(it).heard[1].external_id)]
        person(it).press(5)
        await person(it).until(lambda he: he.heard[1].buttons == ())
        person(it).call_back(question, f"rate:{contact.id}:1")
        await it.until(lambda: not sandbox.world.presses)
        [rated] = await it.desk.contacts(it.thread())
        assert rated.rating == 5
        answers = [call.fields["text"] for call in sandbox.calls if call.method == "answerCallbackQuery"]
        assert answers[0] == "Спасибо за оценку!"
        assert len(answers) == 2


async def test_numbers_that_begin_anew_after_an_idle_week_lose_nothing(server: Server, tmp_path: Path) -> None:
    async with telegram_on(server, tmp_path) as (it, sandbox), it.adapter():
        person(it).write("До")
        await it.desk.until_written(it.thread(), "До")
        await confirmed(it)
        sandbox.world.updates.idle_week()
        person(it).write("После")
        await it.desk.until_written(it.thread(), "До", "После")
        await confirmed(it)
        person(it).write("И ещё")
        await it.desk.until_written(it.thread(), "До", "После", "И ещё")
        await confirmed(it)


async def test_another_poller_degrades_the_channel_until_it_is_gone(server: Server, tmp_path: Path) -> None:
    async with telegram_on(server, tmp_path) as (it, sandbox), aiogram_on(sandbox) as bot, it.adapter() as adapter:
        await it.until(lambda: sandbox.world.updates.is_polled)
        other = asyncio.create_task(bot.get_updates(offset=sandbox.world.updates.next_id, timeout=30))
        await it.until(lambda: "channel_degraded" in it.log.getvalue())
        assert "terminated by other getUpdates" in it.log.getvalue()
        other.cancel()
        person(it).write("Кто слышит?")
        await it.desk.until_written(it.thread(), "Кто слышит?")
        assert adapter.report().status == "up"


async def test_a_forgotten_webhook_is_taken_away(server: Server, tmp_path: Path) -> None:
    async with telegram_on(server, tmp_path) as (it, sandbox), aiogram_on(sandbox) as bot:
        await bot.set_webhook("http://127.0.0.1:9/old")
        person(it).write("Есть кто?")
        async with it.adapter():
            await it.desk.until_written(it.thread(), "Есть кто?")
        assert (await bot.get_webhook_info()).url == ""


async def test_a_webhook_that_is_not_reached_degrades_the_channel(server: Server, tmp_path: Path) -> None:
    async with telegram_on(server, tmp_path, webhook=True, pace=50.0) as (it, _):
        async with it.adapter(public_url="http://127.0.0.1:9"):
            person(it).write("Есть кто?")
            await it.until(lambda: "our webhook is not reached" in it.log.getvalue())
        async with it.adapter():
            await it.desk.until_written(it.thread(), "Есть кто?")


async def test_a_limit_on_polls_is_waited_for(server: Server, tmp_path: Path) -> None:
    async with telegram_on(server, tmp_path) as (it, sandbox):
        sandbox.limit_polls_next(8)
        async with it.adapter():
            await it.until(lambda: "rate limit" in it.log.getvalue())
            person(it).write("Подожду")
            await it.desk.until_written(it.thread(), "Подожду")
        assert sandbox.server.limited_polls.too_early == 0


async def test_a_chat_gets_one_message_a_second(server: Server, tmp_path: Path) -> None:
    async with telegram_on(server, tmp_path) as (it, sandbox), it.adapter():
        person(it).write("Вопрос")
        contact = await it.desk.until_written(it.thread(), "Вопрос")
        for number in range(6):
            await it.desk.send(contact.id, str(number))
        await person(it).until(lambda he: len(he.heard) == 6)
        times = [call.at_ms for call in sandbox.calls if call.method == "sendMessage"]
        assert times[-1] - times[0] >= 4_500
        assert [heard.text for heard in person(it).heard] == list("012345")


async def test_groups_concern_nobody_here(server: Server, tmp_path: Path) -> None:
    async with telegram_on(server, tmp_path, to="bot") as (it, sandbox), it.adapter():
        person(it).write("Лично")
        message = next(iter(sandbox.world.talks[5001, False].messages.values()))
        group = type(message.chat)(id=-100_500, type="supergroup", title="Соседи")
        sandbox.world.updates.add("message", type(message)(message_id=1, date=1, chat=group, text="Всем"), "group")
        await it.desk.until_written(it.thread(), "Лично")
        await confirmed(it)
        assert not await it.desk.contacts("-100500")


@pytest.mark.parametrize(
    ("settings", "secrets", "why"),
    [
        ({}, {"token": "no-token"}, "looks like"),
        ({"updates": "webhook"}, {"token": "42:AAA"}, "webhook_secret"),
        ({"updates": "webhook"}, {"token": "42:AAA", "webhook_secret": ""}, "webhook_secret"),
        ({"updates": "webhook"}, {"token": "42:AAA", "webhook_secret": "s"}, "https"),
    ],
)
async def test_it_does_not_start_without_what_it_needs(settings: Any, secrets: Any, why: str, tmp_path: Path) -> None:
    given = TelegramSettings(**settings, dead_letters=str(tmp_path))
    with pytest.raises(Misconfigured, match=why) as refused:
        async with running(CHANNEL, given, secrets, Place("http://127.0.0.1:9/v1/x", "t"), PacedTime()):
            pass
    assert secrets["token"] not in str(refused.value)


async def test_a_token_that_the_platform_refuses_ends_it(server: Server, tmp_path: Path) -> None:
    async with telegram_on(server, tmp_path) as (it, sandbox):
        sandbox.server.token = "42:another"
        with pytest.raises(Misconfigured, match="Unauthorized"):
            async with it.adapter() as adapter:
                await adapter.ended()


@pytest.mark.parametrize(
    ("status", "description", "code"),
    [
        (403, "Forbidden: bot was blocked by the user", "blocked"),
        (403, "Forbidden: user is deactivated", "gone"),
        (403, "Forbidden: bot can't initiate conversation with a user", "not_allowed"),
        (400, "Bad Request: chat not found", "gone"),
        (400, "Bad Request: PEER_ID_INVALID", "gone"),
        (400, "Bad Request: BUSINESS_CONNECTION_INVALID", "not_allowed"),
        (400, "Bad Request: business connection not found", "not_allowed"),
        (400, "Bad Request: BUSINESS_PEER_USAGE_MISSING", "window_closed"),
        (400, "Bad Request: BUSINESS_PEER_INVALID", "not_allowed"),
        (400, "Bad Request: BOT_ACCESS_FORBIDDEN", "not_allowed"),
        (400, "Bad Request: message is too long", "too_long"),
        (400, "Bad Request: message caption is too long", "too_long"),
        (400, "Bad Request: group chat was upgraded to a supergroup chat", "gone"),
        (400, "Bad Request: PHOTO_INVALID_DIMENSIONS", "bad_attachment"),
        (400, "Bad Request: file of size 10485761 bytes is too big for a photo", "too_large"),
        (413, "Request Entity Too Large", "too_large"),
        (400, "Bad Request: something new", "refused"),
    ],
)
def test_a_final_refusal_has_a_code(status: int, description: str, code: str) -> None:
    error = send_error(PlatformRefusal(status, description))
    assert isinstance(error, Rejected)
    assert error.code == code


def test_other_refusals_wait_or_are_ambiguous() -> None:
    limited = send_error(PlatformRefusal(429, "Too Many Requests: retry after 37", 37))
    assert isinstance(limited, RetryAfter)
    assert limited.seconds == 37
    assert isinstance(send_error(PlatformRefusal(401, "Unauthorized")), NotSent)
    assert isinstance(send_error(PlatformRefusal(503, "Service Unavailable")), NotSent)
    for status in (500, 502, 504):
        assert isinstance(send_error(PlatformRefusal(status, "Bad Gateway")), Ambiguous)
