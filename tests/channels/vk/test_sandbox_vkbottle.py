"""The sandbox, driven by vkbottle as it is: its bot, its polling, its uploaders, its webhook."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web
from vkbottle import (
    API,
    AiohttpClient,
    Bot,
    Callback,
    DocMessagesUploader,
    GroupEventType,
    GroupTypes,
    Keyboard,
    PhotoMessageUploader,
    Text,
    VKAPIError,
    VoiceMessageUploader,
)
from vkbottle.callback import BotCallback
from vkbottle.exception_factory import ErrorHandler

from tests.channels.vk.steps import polled

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator
    from pathlib import Path

    from channels.vk.sandbox import VkSandbox

JPEG = b"\xff\xd8\xff\xe0 a photo"


@pytest.fixture
async def api(sandbox: VkSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[API]:
    """Its client, told where VK is and nothing else."""
    monkeypatch.chdir(tmp_path)  # where it writes down how far it has polled
    async with aiohttp.ClientSession() as session:
        api = API(sandbox.token, http_client=AiohttpClient(session=session))
        api.API_URL = sandbox.url + "/method/"  # pyright: ignore[reportAttributeAccessIssue]
        yield api


@contextlib.asynccontextmanager
async def polling(bot: Bot) -> AsyncGenerator[None]:
    """The bot polls while the context lasts; what it stumbles over comes out."""
    task = asyncio.ensure_future(bot.run_polling())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def bot_of(api: API) -> Bot:
    return Bot(api=api, error_handler=ErrorHandler(raise_exceptions=True))


async def test_its_bot_answers_a_customer(sandbox: VkSandbox, api: API) -> None:
    bot = bot_of(api)

    @bot.on.message()
    async def _(message: Any) -> None:
        user = await message.get_user()
        await message.answer(f"{user.first_name} {user.last_name}: {message.text}")
        await message.reply("и ответ на него")

    async with polling(bot):
        await polled(sandbox)
        olga = sandbox.customer("5551", name="Ольга Петрова")
        number = olga.write("Где мой баланс? 😀")
        await olga.until(lambda olga: len(olga.heard) == 2)
    assert [heard.text for heard in olga.heard] == ["Ольга Петрова: Где мой баланс? 😀", "и ответ на него"]
    assert olga.heard[1].in_reply_to == number


async def test_its_keyboards_and_their_presses(sandbox: VkSandbox, api: API) -> None:
    bot = bot_of(api)
    presses: list[Any] = []

    @bot.on.raw_event(GroupEventType.MESSAGE_EVENT, dataclass=GroupTypes.MessageEvent)
    async def _(event: GroupTypes.MessageEvent) -> None:
        what = event.object
        presses.append(what.payload)
        await api.messages.send_message_event_answer(
            event_id=what.event_id,
            user_id=what.user_id,
            peer_id=what.peer_id,
            event_data='{"type": "show_snackbar", "text": "Спасибо"}',
        )

    @bot.on.message(payload={"score": 4})
    async def _(message: Any) -> None:
        presses.append(message.get_payload_json())

    olga = sandbox.customer("5551")
    olga.write("Здравствуйте")
    for button in (Callback("5", payload={"score": 5}), Text("4", payload={"score": 4})):
        keyboard = Keyboard(inline=True).add(button).get_json()
        await api.messages.send(peer_id=5551, random_id=0, message="Оцените", keyboard=keyboard)
    async with polling(bot):
        await polled(sandbox)
        olga.press(4)
        sandbox.community.press(sandbox.community.dialogues[5551][1], "5")
        await olga.until(lambda olga: olga.person.snackbars == ["Спасибо"] and len(presses) == 2)
    assert sorted(press["score"] for press in presses) == [4, 5]


async def test_its_uploaders(sandbox: VkSandbox, api: API) -> None:
    olga = sandbox.customer("5551")
    olga.write("Пришлите")
    photos: Any = PhotoMessageUploader(api)
    documents: Any = DocMessagesUploader(api)
    voices: Any = VoiceMessageUploader(api)
    attachments = [
        await photos.upload(JPEG, peer_id=5551),
        await documents.upload(b"%PDF", peer_id=5551, title="счёт.pdf"),
        await voices.upload(b"OggS", peer_id=5551, title="voice.ogg"),
    ]
    await api.messages.send(peer_id=5551, random_id=0, attachment=",".join(attachments))
    files = olga.heard[0].files
    assert [(file.kind, file.data) for file in files] == [("image", JPEG), ("document", b"%PDF"), ("voice", b"OggS")]
    assert files[1].name == "счёт.pdf"
    with pytest.raises(VKAPIError[100], match="photos_list is invalid"):
        await photos.upload(b"no photo", peer_id=5551)


async def test_the_same_random_id_sends_once(sandbox: VkSandbox, api: API) -> None:
    olga = sandbox.customer("5551")
    olga.write("Здравствуйте")
    first = await api.messages.send(peer_ids=[5551], random_id=77, message="Да")
    again = await api.messages.send(peer_ids=[5551], random_id=77, message="Да")
    wrapped = await api.messages.send(peer_ids=[5551], random_id=77 + 2**32, message="VK keeps 32 bits")
    assert first == again == wrapped
    assert len(olga.heard) == 1
    await api.messages.send(peer_ids=[5551], random_id=0, message="Да")
    await api.messages.send(peer_ids=[5551], random_id=0, message="Да")
    assert len(olga.heard) == 3


async def test_it_knows_every_refusal(sandbox: VkSandbox, api: API) -> None:
    olga = sandbox.customer("5551")
    with pytest.raises(VKAPIError[901]):
        await api.messages.send(peer_id=5551, random_id=0, message="Ещё не писала")
    olga.write("Здравствуйте")
    with pytest.raises(VKAPIError[914]):
        await api.messages.send(peer_id=5551, random_id=0, message="а" * 4097)
    with pytest.raises(VKAPIError[911]):
        await api.messages.send(peer_id=5551, random_id=0, message="Да", keyboard='{"buttons": [[{}]]}')
    with pytest.raises(VKAPIError[100]) as failure:
        await api.messages.send(peer_id=5551, random_id=0, message=" ")
    assert failure.value.request_params["peer_id"] == "5551"
    olga.person.private = True
    with pytest.raises(VKAPIError[902]):
        await api.messages.send(peer_id=5551, random_id=0, message="Да")
    olga.person.blacklisted = True
    with pytest.raises(VKAPIError[900]):
        await api.messages.send(peer_id=5551, random_id=0, message="Да")
    for code in (5, 6, 9, 10, 15):
        sandbox.refuse_next("messages.send", code)
        with pytest.raises(VKAPIError[code]):
            await api.messages.send(peer_id=5551, random_id=0, message="Да")
    with pytest.raises(VKAPIError[3]):
        await api.request("messages.nothing", {})
    assert not olga.heard


async def test_its_polling_survives_an_old_history_and_an_old_key(sandbox: VkSandbox, api: API) -> None:
    bot = bot_of(api)
    texts: list[str] = []

    @bot.on.message()
    async def _(message: Any) -> None:
        texts.append(message.text)
        sandbox.community.feed.changes.happen()

    olga = sandbox.customer("5551")

    async def told(text: str) -> None:
        olga.write(text)
        await olga.until(lambda _: texts[-1:] == [text])

    async with polling(bot):
        await polled(sandbox)
        await told("first")
        sandbox.long_poll.expire()  # failed 2: a new key, and on from the same number
        await told("with another key")
        sandbox.community.feed.forgotten = sandbox.community.feed.last + 1  # failed 1: on from where VK says
        olga.write("forgotten by VK")
        await polled(sandbox, sandbox.community.feed.last)
        await told("after the gap")
    assert texts == ["first", "with another key", "after the gap"]


async def test_its_webhook(sandbox: VkSandbox, api: API) -> None:
    texts: list[str] = []

    async def hook(request: web.Request) -> web.Response:
        event = await request.json()
        assert event.get("secret") == secret
        if event["type"] == "confirmation":
            return web.Response(text=code)
        await bot.process_event(event)
        return web.Response(text="ok")

    application = web.Application()
    application.router.add_post("/vk", hook)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    callback = BotCallback(url=f"http://127.0.0.1:{runner.addresses[0][1]}/vk", title="vkbottle")
    bot = Bot(api=api, callback=callback, error_handler=ErrorHandler(raise_exceptions=True), dual_mode=True)

    @bot.on.message()
    async def _(message: Any) -> None:
        texts.append(message.text)

    secret, code = callback.get_secret_key(), sandbox.callbacks.code
    assert await bot.setup_webhook() == (code, secret)
    feed = sandbox.community.feed
    await feed.changes.until(lambda: sandbox.callbacks.servers[1].status == "ok")
    assert sandbox.callbacks.code != code
    sandbox.repeat_next(2)
    sandbox.customer("5551").write("Здравствуйте")
    await feed.changes.until(lambda: feed.unconfirmed() == 0)
    await runner.cleanup()
    assert texts == ["Здравствуйте"]  # its own deduplication knows that they are one
