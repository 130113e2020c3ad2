"""A Telegram to test on, and aiogram on it: a client that others wrote, and that knows every shape of the platform."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from channels.telegram.sandbox import TelegramSandbox
from tests.helpers.floor import START_MS

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

LIMIT_S = 10.0


class GivenTime:
    """Time that passes only when it is told to."""

    def __init__(self) -> None:
        self.now_ms = START_MS
        self._passed = asyncio.Event()

    def wall_ms(self) -> int:
        return self.now_ms

    def monotonic_ms(self) -> int:
        return self.now_ms

    def pass_s(self, seconds: float) -> None:
        """So much time passes."""
        self.now_ms += round(seconds * 1000)
        self._passed.set()

    async def sleep(self, seconds: float) -> None:
        until_ms = self.now_ms + round(seconds * 1000)
        while self.now_ms < until_ms:
            self._passed.clear()
            await self._passed.wait()


@asynccontextmanager
async def sandbox_of(**options: Any) -> AsyncGenerator[tuple[TelegramSandbox, GivenTime]]:
    """The platform, played, with a time of its own."""
    time = GivenTime()
    sandbox = TelegramSandbox(time, **options)
    await sandbox.start()
    try:
        yield sandbox, time
    finally:
        await sandbox.stop()


@asynccontextmanager
async def aiogram_on(sandbox: TelegramSandbox, token: str | None = None) -> AsyncGenerator[Bot]:
    """An unmodified bot of aiogram that takes the sandbox for the platform."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(sandbox.server.url))
    bot = Bot(token or sandbox.secrets()["token"], session=session)
    try:
        yield bot
    finally:
        await bot.session.close()


@asynccontextmanager
async def polling(dispatcher: Dispatcher, bot: Bot) -> AsyncGenerator[None]:
    """aiogram's own poller, while the test runs."""
    running = asyncio.create_task(
        dispatcher.start_polling(bot, handle_signals=False, close_bot_session=False)  # pyright: ignore[reportUnknownMemberType]
    )
    try:
        yield
    finally:
        with contextlib.suppress(RuntimeError):  # it has ended by itself
            await dispatcher.stop_polling()
        await running


class Heap:
    """What handlers were given, in order."""

    def __init__(self) -> None:
        self._come: asyncio.Queue[Any] = asyncio.Queue()

    async def take(self, event: Any) -> None:
        """A handler that keeps what it is given."""
        self._come.put_nowait(event)

    async def next(self) -> Any:
        """The next one."""
        async with asyncio.timeout(LIMIT_S):
            return await self._come.get()
