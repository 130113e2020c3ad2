"""aiogram, unmodified, takes the sandbox for Telegram: it parses all that comes and gets what it asks for."""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING, Any

import pytest
from aiogram import Bot, Dispatcher, types
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web

from channels.telegram.sandbox.world import OWNER_ID
from channels.telegram.wire import DOWNLOAD_BYTES_MAX
from tests.channels.telegram.platforms import Heap, aiogram_on, polling, sandbox_of

if TYPE_CHECKING:
    from channels.telegram.sandbox.customers import Customer

PHOTO = b"\xff\xd8\xff\xe0 a photo"
KINDS = (
    "message", "edited_message", "callback_query", "my_chat_member", "business_connection", "business_message",
    "edited_business_message", "deleted_business_messages",
)  # fmt: skip


def hearing(*kinds: str) -> tuple[Dispatcher, Heap]:
    """A dispatcher that hears these kinds of update, or all that we use."""
    dispatcher, heap = Dispatcher(), Heap()
    for kind in kinds or KINDS:
        getattr(dispatcher, kind).register(heap.take)
    return dispatcher, heap


def everything(customer: Customer) -> list[str]:
    """A customer sends one of each, and what they are called."""
    customer.write("Где мой баланс? 🧐")
    customer.photo(PHOTO, caption="чек")
    customer.file("voice", b"OggS", file_size=None)
    customer.file("audio", b"ID3", file_name="песня.mp3", mime_type="audio/mpeg")
    customer.file("document", b"%PDF", file_name="договор.pdf", mime_type="application/pdf", caption="вот")
    customer.file("video", b"mp4", file_name="кино.mp4", mime_type="video/mp4")
    customer.file("video_note", b"mp4")
    customer.file("animation", b"gif", file_name="кот.mp4", mime_type="video/mp4")
    customer.file("sticker", b"webp", emoji="👍")
    customer.location(56.01, 92.85)
    customer.share_contact("+79131234567", "Иван")
    customer.dice()
    return [
        "text", "photo", "voice", "audio", "document", "video", "video_note", "animation", "sticker", "location",
        "contact", "dice",
    ]  # fmt: skip


@pytest.mark.parametrize("to", ["account", "bot"])
async def test_every_kind_of_message_is_parsed(to: Any) -> None:
    async with sandbox_of(to=to) as (sandbox, _), aiogram_on(sandbox) as bot:
        dispatcher, heap = hearing("message", "business_message")
        kinds = everything(sandbox.customer("5551", name="Ольга"))
        async with polling(dispatcher, bot):
            messages: list[types.Message] = [await heap.next() for _ in kinds]
    assert [message.content_type for message in messages] == kinds
    assert {(message.chat.id, message.chat.type) for message in messages} == {(5551, "private")}
    assert {message.from_user.full_name for message in messages if message.from_user} == {"Ольга"}
    assert {message.business_connection_id is not None for message in messages} == {to == "account"}
    assert messages[0].text == "Где мой баланс? 🧐"
    assert (messages[1].photo or [])[-1].file_size == len(PHOTO)
    assert messages[7].document is not None, "an animation is a document, too"


async def test_an_album_is_so_many_updates_with_one_name() -> None:
    async with sandbox_of() as (sandbox, _), aiogram_on(sandbox) as bot:
        dispatcher, heap = hearing("business_message")
        ids = sandbox.customer("5551").write_album([PHOTO, PHOTO, PHOTO], caption="три чека")
        async with polling(dispatcher, bot):
            messages: list[types.Message] = [await heap.next() for _ in ids]
    assert len({message.media_group_id for message in messages}) == 1
    assert messages[0].media_group_id is not None
    assert [message.caption for message in messages] == ["три чека", None, None]


async def test_what_happens_to_a_business_account_is_parsed() -> None:
    async with sandbox_of() as (sandbox, _), aiogram_on(sandbox) as bot:
        dispatcher, heap = hearing()
        customer = sandbox.customer("5551")
        sandbox.world.connect()
        async with polling(dispatcher, bot):
            before: types.BusinessConnection = await heap.next()
            connected: types.BusinessConnection = await heap.next()
            first = customer.write("Здравствуйте")
            await heap.next()
            customer.edit(first, "Здравствуйте!")
            edited: types.Message = await heap.next()
            customer.owner_writes("Слушаю вас")
            owners: types.Message = await heap.next()
            customer.owner_writes("Мы скоро ответим", from_offline=True)
            greeting: types.Message = await heap.next()
            customer.delete(first)
            deleted: types.BusinessMessagesDeleted = await heap.next()
            sandbox.world.disconnect()
            ended: types.BusinessConnection = await heap.next()
    assert (before.is_enabled, connected.is_enabled) == (False, True)
    assert connected.rights is not None
    assert connected.rights.can_reply
    assert (edited.text, edited.message_id, edited.edit_date is not None) == ("Здравствуйте!", int(first), True)
    assert owners.from_user is not None
    assert (owners.from_user.id, owners.chat.id) == (OWNER_ID, 5551)
    assert greeting.is_from_offline
    assert (deleted.message_ids, deleted.business_connection_id) == ([int(first)], connected.id)
    assert (ended.id, ended.is_enabled, ended.rights) == (connected.id, False, None)


async def test_a_bot_is_told_that_it_is_blocked_and_unblocked() -> None:
    async with sandbox_of(to="bot") as (sandbox, _), aiogram_on(sandbox) as bot:
        dispatcher, heap = hearing("my_chat_member")
        customer = sandbox.customer("5551")
        customer.block()
        async with polling(dispatcher, bot):
            blocked: types.ChatMemberUpdated = await heap.next()
            with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
                await bot.send_message(5551, "Вы здесь?")
            customer.unblock()
            unblocked: types.ChatMemberUpdated = await heap.next()
        assert (await bot.send_message(5551, "Вы здесь?")).text == "Вы здесь?"
    assert isinstance(blocked.new_chat_member, types.ChatMemberBanned)
    assert isinstance(unblocked.new_chat_member, types.ChatMemberMember)


async def test_an_answer_in_a_business_chat_goes_over_its_connection_and_is_echoed() -> None:
    async with sandbox_of() as (sandbox, _), aiogram_on(sandbox) as bot:
        dispatcher, heap = hearing("business_message")
        customer = sandbox.customer("5551")
        asked = customer.write("Где мой баланс?")
        async with polling(dispatcher, bot):
            message: types.Message = await heap.next()
            sent = await message.reply("Сейчас посмотрю")
            echo: types.Message = await heap.next()
    [heard] = customer.heard
    assert (heard.text, heard.external_id, heard.in_reply_to) == ("Сейчас посмотрю", str(sent.message_id), asked)
    assert echo.message_id == sent.message_id
    assert echo.sender_business_bot is not None
    assert echo.sender_business_bot.id == bot.id


async def test_everything_can_be_sent_and_is_received_as_it_was() -> None:
    async with sandbox_of(to="bot") as (sandbox, _), aiogram_on(sandbox) as bot:
        customer = sandbox.customer("5551")
        file = types.BufferedInputFile(b"data", "чек.jpg")
        await bot.send_photo(5551, file, caption="чек")
        await bot.send_document(5551, file)
        await bot.send_voice(5551, file)
        await bot.send_audio(5551, file)
        await bot.send_video(5551, file)
        await bot.send_animation(5551, file)
        await bot.send_video_note(5551, file)
        await bot.send_sticker(5551, file)
        await bot.send_location(5551, 56.01, 92.85)
        await bot.send_contact(5551, "+79131234567", "Иван")
        await bot.send_media_group(5551, [types.InputMediaPhoto(media=file), types.InputMediaPhoto(media=file)])
        assert await bot.send_chat_action(5551, "typing")
        assert customer.typing_seen == 1
        heard = customer.heard
    assert [file.kind for one in heard for file in one.files] == [
        "image", "document", "voice", "audio", "video", "animation", "video", "sticker", "image", "image",
    ]  # fmt: skip
    assert {file.data for one in heard for file in one.files} == {b"data"}
    assert heard[1].files[0].name == "чек.jpg"
    assert heard[0].text == "чек"


async def test_a_button_is_pressed_answered_and_taken_away() -> None:
    async with sandbox_of() as (sandbox, _), aiogram_on(sandbox) as bot:
        dispatcher, heap = hearing("callback_query", "business_message")
        customer = sandbox.customer("5551")
        customer.write("Спасибо")
        button = types.InlineKeyboardButton(text="5", callback_data="rate:0197:5")
        async with polling(dispatcher, bot):
            message: types.Message = await heap.next()
            await message.answer("Оцените", reply_markup=types.InlineKeyboardMarkup(inline_keyboard=[[button]]))
            assert customer.heard[-1].buttons == ("5",)
            await heap.next()
            customer.press(5)
            press: types.CallbackQuery = await heap.next()
            assert (press.data, press.from_user.id) == ("rate:0197:5", 5551)
            assert isinstance(press.message, types.Message)
            await press.answer("Спасибо!")
            await press.message.edit_reply_markup(reply_markup=None)
        assert customer.heard[-1].buttons == ()
        with pytest.raises(TelegramBadRequest, match="query is too old"):
            await bot.answer_callback_query(press.id)


async def test_a_file_is_fetched_unless_it_is_too_large() -> None:
    async with sandbox_of(to="bot") as (sandbox, _), aiogram_on(sandbox) as bot:
        customer = sandbox.customer("5551")
        customer.photo(PHOTO)
        customer.file("document", b"", file_size=DOWNLOAD_BYTES_MAX + 1)
        small, large = await bot.get_updates()
        fetched = io.BytesIO()
        assert small.message is not None
        assert small.message.photo is not None
        await bot.download(small.message.photo[-1], fetched)
        assert fetched.getvalue() == PHOTO
        assert large.message is not None
        assert large.message.document is not None
        with pytest.raises(TelegramBadRequest, match="file is too big"):
            await bot.get_file(large.message.document.file_id)
        with pytest.raises(TelegramBadRequest, match="wrong file_id"):
            await bot.get_file("AgAC-unknown")


async def test_refusals_are_those_that_aiogram_knows() -> None:
    async with sandbox_of(to="bot") as (sandbox, time), aiogram_on(sandbox) as bot:
        sandbox.customer("5551")
        with pytest.raises(TelegramBadRequest, match="chat not found"):
            await bot.send_message(5552, "?")
        with pytest.raises(TelegramBadRequest, match="message is too long"):
            await bot.send_message(5551, "🧐" * 2049)
        with pytest.raises(TelegramBadRequest, match="message text is empty"):
            await bot.send_message(5551, " ")
        with pytest.raises(TelegramBadRequest, match="message to be replied not found"):
            await bot.send_message(5551, "?", reply_parameters=types.ReplyParameters(message_id=99))
        with pytest.raises(TelegramBadRequest, match="failed to get HTTP URL content"):
            await bot.send_photo(5551, "https://desk.example.org/check.jpg")
        sandbox.limit_next(7)
        for seconds in (7, 6):
            with pytest.raises(TelegramRetryAfter) as limited:
                await bot.send_message(5551, "?")
            assert limited.value.retry_after == seconds
            time.pass_s(1)
        assert sandbox.too_early() == 1
        time.pass_s(5)
        sandbox.world.moved[-100] = -100_200
        with pytest.raises(TelegramMigrateToChat) as moved:
            await bot.send_message(-100, "?")
        assert moved.value.migrate_to_chat_id == -100_200
        sandbox.drop_answer_next()
        with pytest.raises(TelegramNetworkError):
            await bot.send_message(5551, "Уже там")
        assert [heard.text for heard in sandbox.customer("5551").heard] == ["Уже там"]


async def test_a_strange_token_is_refused() -> None:
    async with sandbox_of() as (sandbox, _), aiogram_on(sandbox, token="42:strange") as bot:
        with pytest.raises(TelegramUnauthorizedError):
            await bot.get_me()


async def test_business_chats_are_closed_without_right_connection_or_recent_message() -> None:
    async with sandbox_of() as (sandbox, time), aiogram_on(sandbox) as bot:
        customer = sandbox.customer("5551")
        connection = sandbox.world.connection
        assert connection is not None

        async def refused(code: str, name: str = connection.id) -> None:
            with pytest.raises(TelegramBadRequest, match=code):
                await bot.send_message(5551, "Вы здесь?", business_connection_id=name)

        await refused("BUSINESS_PEER_USAGE_MISSING")
        customer.write("Здравствуйте")
        await bot.send_message(5551, "Здравствуйте", business_connection_id=connection.id)
        customer.owner_writes("Это я сам")
        time.pass_s(86_400)
        await refused("BUSINESS_PEER_USAGE_MISSING")
        customer.write("Ещё вопрос")
        await bot.send_message(5551, "Слушаю", business_connection_id=connection.id)
        await refused("business connection not found", "unknown")
        sandbox.world.connect(can_reply=False)
        await refused("BUSINESS_CONNECTION_INVALID")
        renewed = sandbox.world.connection
        assert renewed is not None
        assert renewed.id != connection.id
        assert (await bot.get_business_connection(renewed.id)).user.id == OWNER_ID
        await refused("BOT_ACCESS_FORBIDDEN", renewed.id)


async def test_one_poller_at_a_time_and_none_beside_a_webhook() -> None:
    async with sandbox_of() as (sandbox, _), aiogram_on(sandbox) as bot:
        await bot.get_updates(offset=-1)
        first = asyncio.create_task(bot.get_updates(offset=sandbox.world.updates.next_id, timeout=30))
        while not sandbox.world.updates.is_polled:
            await asyncio.wait([first], timeout=0.01)
        second = asyncio.create_task(bot.get_updates(offset=sandbox.world.updates.next_id, timeout=30))
        with pytest.raises(TelegramConflictError, match="terminated by other getUpdates request"):
            await first
        assert sandbox.conflicts() == 1
        await bot.set_webhook("http://127.0.0.1:1/telegram")
        with pytest.raises(TelegramConflictError, match="terminated by setWebhook"):
            await second
        with pytest.raises(TelegramConflictError, match="webhook is active"):
            await bot.get_updates()
        await bot.delete_webhook()
        await bot.get_updates()


async def test_a_poll_can_be_limited() -> None:
    async with sandbox_of() as (sandbox, time), aiogram_on(sandbox) as bot:
        sandbox.limit_polls_next(3)
        with pytest.raises(TelegramRetryAfter):
            await bot.get_updates()
        time.pass_s(3)
        assert await bot.get_updates() == []


async def serving(dispatcher: Dispatcher, bot: Bot, secret: str) -> tuple[web.AppRunner, str]:
    """aiogram's webhook on a free port."""
    application = web.Application()
    SimpleRequestHandler(dispatcher, bot, handle_in_background=False, secret_token=secret).register(application, "/tg")
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}/tg"


async def test_a_webhook_gets_each_update_once_it_has_taken_the_one_before() -> None:
    async with sandbox_of() as (sandbox, time), aiogram_on(sandbox) as bot:
        dispatcher, heap, failing = Dispatcher(), Heap(), asyncio.Event()

        async def fails_once(message: types.Message) -> None:
            await heap.take(message)
            if not failing.is_set():
                failing.set()
                raise RuntimeError

        dispatcher.business_message.register(fails_once)
        customer, other = sandbox.customer("5551"), sandbox.customer("5552")
        customer.write("один")
        customer.write("два")
        runner, url = await serving(dispatcher, bot, "s-e_c")
        await bot.set_webhook(url, secret_token="s-e_c", allowed_updates=["business_message"])
        assert [(await heap.next()).text for _ in range(3)] == ["один", "один", "два"]
        other.write("три")
        assert (await heap.next()).text == "три"
        assert await sandbox.forge() == 401
        info = await bot.get_webhook_info()
        assert (info.url, info.allowed_updates) == (url, ["business_message"])
        assert info.last_error_message == "Wrong response from the webhook: 500"
        time.pass_s(1)
        await runner.cleanup()
