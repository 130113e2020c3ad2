"""The whole story on an emulator of the Bot API that others wrote, the adapter as it is. No business accounts there."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any, cast

from aiohttp import web
from lo_bot_api_emulator import LoBotApiEmulator  # pyright: ignore[reportMissingTypeStubs] - it has none

from channels.kit.conformance.stage import stage
from channels.telegram import CHANNEL
from router.kit.clock import SystemClock
from tests.channels.telegram.floors import floor_on
from tests.channels.telegram.stages import one_picture, read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from aiohttp.typedefs import Handler

    from channels.kit.port import Time
    from tests.helpers.servers import Server

TOKEN = "7:synthetic"
PHOTO, MAP = b"\xff\xd8\xff a receipt", b"\x89PNG a map"
ENOUGH = 10
"""After so many talks the router says how long a wait will be."""

BUSY = """
[media.chat]
most = 1
limits_s = { offer = 20, wrap_up = 0 }
[queues.messages]
target_s = 60
ask_rating = true
[queues.messages.says.ru]
received = "Вы {place}-й в очереди. {wait}"
wait = "Ответим через {from}–{to} мин."
rate = "Оцените нас"
[[routes]]
queue = "messages"
[agents]
anna = { queues = ["messages"], media = ["chat"] }
"""
"""One agent who talks to one customer at a time."""


class Emulated:
    """The emulator behind a listener of ours, which sees what it answers, and people who write to the bot."""

    def __init__(self) -> None:
        self.emulator: Any = LoBotApiEmulator()
        self.calls: list[tuple[str, Any]] = []
        """(method, result) of every call that was taken."""
        self.refused: list[Any] = []
        self._changed = asyncio.Event()
        self._numbers = count(1000)
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        application = self.emulator.app()
        application.middlewares.append(self._watch)
        self._runner = web.AppRunner(application, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()

    async def stop(self) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    def settings(self) -> Mapping[str, Any]:
        assert self._runner is not None
        return {"api_url": f"http://127.0.0.1:{self._runner.addresses[0][1]}"}

    def secrets(self) -> Mapping[str, str]:
        return {"token": TOKEN}

    async def write(self, customer: int, **content: Any) -> None:
        """Somebody writes to the bot."""
        user = {"id": customer, "is_bot": False, "first_name": f"Иван {customer}", "language_code": "ru"}
        chat = {"id": customer, "type": "private", "first_name": user["first_name"]}
        message = {
            "message_id": next(self._numbers),
            "date": SystemClock().wall_ms() // 1000,
            "from": user,
            "chat": chat,
            **content,
        }
        await self.emulator.enqueue_update({"message": message}, token=TOKEN)

    async def press(self, customer: int, message: Any, text: str) -> None:
        """He presses a button below a message."""
        [data] = [
            button["callback_data"]
            for row in message["reply_markup"]["inline_keyboard"]
            for button in row
            if button["text"] == text
        ]
        user = {"id": customer, "is_bot": False, "first_name": "Иван", "language_code": "ru"}
        press = {"id": "4242", "from": user, "chat_instance": "1", "message": message, "data": data}
        await self.emulator.enqueue_update({"callback_query": press}, token=TOKEN)

    def heard(self, customer: int) -> list[Any]:
        """The messages that he received."""
        return [
            result
            for method, result in self.calls
            if method in {"sendMessage", "sendPhoto"} and result["chat"]["id"] == customer
        ]

    async def until(self, true: Callable[[], bool]) -> None:
        """Return when it is true. It is looked at with each call."""
        while not true():
            self._changed.clear()
            await self._changed.wait()

    @web.middleware
    async def _watch(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        if request.path.startswith("/bot"):
            said = json.loads(cast("web.Response", response).text or "")
            if said["ok"]:
                self.calls.append((request.match_info["method"], said["result"]))
            else:
                self.refused.append(said)
            self._changed.set()
        return response


async def test_a_customer_waits_talks_with_photos_and_rates(server: Server, tmp_path: Path) -> None:
    emulated = Emulated()

    def sandbox(_time: Time) -> Any:
        return emulated

    channel = replace(CHANNEL, sandbox=sandbox)
    async with floor_on(server, BUSY) as floor, stage(channel, floor, tmp_path, 5.0) as it, it.adapter():
        for customer in range(1, ENOUGH + 1):  # talks that tell the router how long one takes
            await emulated.write(customer, text="Вопрос")
            contact = await it.desk.until_written(str(customer), "Вопрос")
            await it.desk.send(contact.id, "Ответ")
            await it.desk.post(f"/contacts/{contact.id}/complete")
        await emulated.write(900, text="Надолго")
        long = await it.desk.until_written("900", "Надолго")

        await emulated.write(5551, text="Не проходит оплата")
        await emulated.until(lambda: bool(emulated.heard(5551)))
        assert emulated.heard(5551)[0]["text"] == "Вы 1-й в очереди. Ответим через 1–2 мин."
        await emulated.write(5551, text="/place")
        await emulated.until(lambda: len(emulated.heard(5551)) == 2)
        assert emulated.heard(5551)[1]["text"] == "Вы 1-й в очереди. Ответим в течение минуты."

        await it.desk.send(long.id, "Готово")
        await it.desk.post(f"/contacts/{long.id}/complete")
        contact = await it.desk.until_written("5551", "Не проходит оплата")
        assert contact.assigned_at is not None
        await it.desk.send(contact.id, "Пришлите чек. Наш офис — на карте", attachments=[one_picture(it, MAP)])
        await emulated.until(lambda: len(emulated.heard(5551)) == 3)
        [picture] = emulated.heard(5551)[2]["photo"]
        assert emulated.emulator.assets[picture["file_id"]]["data"] == MAP
        assert emulated.heard(5551)[2]["caption"] == "Пришлите чек. Наш офис — на карте"

        emulated.emulator.assets["receipt"] = {"data": PHOTO, "size": len(PHOTO), "filename": "receipt.jpg"}
        photo = [{"file_id": "receipt", "file_unique_id": "r", "width": 640, "height": 480}]
        await emulated.write(5551, photo=photo, caption="Вот чек")
        await it.desk.until_written("5551", "Не проходит оплата", "Вот чек")
        came = (await it.desk.messages(contact.id))[-1]
        assert await read(it, came.attachments[0].url) == PHOTO

        await it.desk.send(contact.id, "Деньги вернули")
        await it.desk.post(f"/contacts/{contact.id}/complete")
        await emulated.until(lambda: len(emulated.heard(5551)) == 5)
        question = emulated.heard(5551)[4]
        assert question["text"] == "Оцените нас"
        await emulated.press(5551, question, "5")
        await emulated.until(lambda: emulated.calls[-1][0] == "editMessageReplyMarkup")
        assert emulated.calls[-1][1]["message_id"] == question["message_id"]
        [rated] = await it.desk.contacts("5551")
        assert (rated.rating, rated.ended_by) == (5, "agent")
        assert emulated.refused == []
