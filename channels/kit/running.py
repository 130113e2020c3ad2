"""An adapter at work: everything of the kit joined around it, for one account."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import structlog

from channels.kit.backoff import Backoff
from channels.kit.bodies import Bodies
from channels.kit.conversations import Conversations
from channels.kit.either import either
from channels.kit.failures import Misconfigured, NotSent, RetryAfter
from channels.kit.files import Fetcher, Links
from channels.kit.health import Health, Report
from channels.kit.inbox import KitInbox
from channels.kit.letters import DeadLetters
from channels.kit.limits import Limits
from channels.kit.listener import application, bind, listening
from channels.kit.outbox import Outbox
from channels.kit.port import Channel, Context, SelfRun
from channels.kit.router import RouterClient
from channels.kit.status import tell_status
from channels.kit.timing import sleep_until
from channels.kit.wire import Wire
from router.kit.errors import Died

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
    from contextlib import AbstractAsyncContextManager

    from channels.kit.port import Adapter, Place, Settings, Time, Work

AWAY: Final = (aiohttp.ClientError, TimeoutError, OSError, NotSent)
"""What `start` and `receive` may raise because the platform does not answer."""

_log: Any = structlog.get_logger()


class Running:
    """An adapter that works until its context ends."""

    def __init__(
        self,
        adapter: Adapter,
        channel: Channel,
        settings: Settings,
        router: RouterClient,
        time: Time,
        health: Health,
        inbox: KitInbox,
        outbox: Outbox,
        letters: DeadLetters,
        local_url: str,
    ) -> None:
        self.adapter = adapter
        self.local_url = local_url
        """Where this machine reaches its listener."""
        self.inbox = inbox
        self.outbox = outbox
        self.letters = letters
        self.health = health
        self.wire = Wire(router, channel.manifest.name, settings.account, time, health)
        self._channel = channel
        self._account = settings.account
        self.router = router
        self._time = time
        self._started = asyncio.Event()
        self._work = asyncio.create_task(self._run())

    def report(self) -> Report:
        """How it is."""
        detail = self.health.detail
        return Report(
            status="degraded" if detail else "up",
            detail=detail,
            holds_account=self.wire.held.is_set(),
            updates_waiting=len(self.inbox),
            messages_waiting=len(self.outbox),
            dead_letters=self.letters.count,
        )

    async def ended(self) -> None:
        """Wait for what ends it by itself. Raises `Misconfigured`, and `Died` for a bug."""
        await asyncio.shield(self._work)

    async def stop(self) -> None:
        """Send what is being sent, then ask nobody any more and let another one have the account.

        Raises what it had ended with.
        """
        await self.outbox.end()
        self._work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._work

    async def _run(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.wire.run(self.outbox.hear, self.outbox.lose))
                group.create_task(self._start())
                group.create_task(self._receive())
                manifest = self._channel.manifest
                group.create_task(
                    tell_status(
                        self.router,
                        self.wire,
                        self.health,
                        self._time,
                        manifest.name,
                        self._account,
                        manifest.capabilities,
                    )
                )
        except* Misconfigured as wrong:
            raise wrong.exceptions[0] from None
        except* Exception as broken:  # noqa: BLE001 - a bug ends it with a word that has nothing of a customer
            _log.error("adapter_died", exc_info=broken)
            raise Died("the adapter has died; the log says where. Start it again") from None

    async def _start(self) -> None:
        await self._insist(self.adapter.start)
        self._started.set()
        self.health.up("platform")

    async def _receive(self) -> None:
        """Ask the platform as long as the account is ours, and never without."""
        await self._started.wait()
        while True:
            await self.wire.held.wait()
            await either(self._insist(lambda: self.adapter.receive(self.inbox)), self.wire.lost.wait())

    async def _insist(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do it again and again until the platform lets it be done."""
        backoff = Backoff()
        while True:
            try:
                return await work()
            except RetryAfter as limited:
                self.health.away("platform", "rate limit")
                await sleep_until(self._time, self._time.monotonic_ms() + round(limited.seconds * 1000))
            except AWAY as error:
                self.health.away("platform", str(error) if isinstance(error, NotSent) else type(error).__name__)
                await self._time.sleep(backoff.next_s())


def at_work(
    channel: Channel | SelfRun, settings: Any, secrets: Mapping[str, str], place: Place, time: Time
) -> AbstractAsyncContextManager[Work]:
    """A channel's adapter at work while the context lasts. Raises as `Running` says."""
    if isinstance(channel, SelfRun):
        return channel.running(settings, secrets, place, time)
    return running(channel, settings, secrets, place, time)


@asynccontextmanager
async def running(
    channel: Channel, settings: Settings, secrets: Mapping[str, str], place: Place, time: Time
) -> AsyncGenerator[Running]:
    """An adapter at work while the context lasts. In the end what is being sent is sent.

    Raises `Misconfigured`, and OSError where it cannot listen.
    """
    manifest = channel.manifest
    async with AsyncExitStack() as stack:
        listener = stack.enter_context(bind(settings.host, settings.port))
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        local_url = f"http://{host}:{listener.getsockname()[1]}"
        public_url = settings.public_url.rstrip("/") or local_url
        session = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()))
        health = Health()
        router = RouterClient(place.url, place.token, time, health)
        stack.push_async_callback(router.close)
        conversations = Conversations(router)
        context = Context(session, time, settings.account, public_url, conversations)
        adapter = channel.create(settings, secrets, context)
        stack.push_async_callback(adapter.close)
        links = Links(public_url, secrets[manifest.secrets[0]], time, settings.file_bytes_max)
        fetcher = Fetcher(session, settings.attachment_hosts, settings.file_bytes_max)
        limits = Limits(time, manifest.account_per_s, manifest.thread_per_s)
        outbox = Outbox(adapter, manifest, router, conversations, limits, fetcher, health, time)
        letters = DeadLetters(Path(settings.dead_letters) / f"{manifest.name}-{settings.account}.jsonl", time)
        bodies = Bodies(settings.account, links)
        inbox = KitInbox(adapter, manifest.name, router, conversations, outbox, bodies, letters, health, time)
        it = Running(adapter, channel, settings, router, time, health, inbox, outbox, letters, local_url)
        stack.push_async_callback(inbox.end)
        await stack.enter_async_context(listening(application(adapter, inbox, links, it.report), listener))
        stack.push_async_callback(it.stop)
        yield it
