"""How updates reach a bot that has a webhook: the next of a chain only when the one before was taken."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import aiohttp

from channels.telegram.wire import SECRET_HEADER, WebhookInfo

if TYPE_CHECKING:
    from channels.kit.port import Time
    from channels.telegram.sandbox.updates import Entry, Updates

ANSWER_S: Final = 60.0
AGAIN_MAX_S: Final = 60.0


class Webhook:
    """Calls the bot, several chains at once. What is refused comes again, at once first and then ever more slowly."""

    def __init__(self, updates: Updates, time: Time) -> None:
        self._updates = updates
        self._time = time
        self._session: aiohttp.ClientSession | None = None
        self._chains: dict[str, asyncio.Task[None]] = {}
        self._secret: str | None = None
        self._connections = 40
        self._room = asyncio.Semaphore(self._connections)
        self._error: tuple[int, str] | None = None

    async def open(self, url: str, secret: str | None, connections: int) -> None:
        """Bring updates to this address from here on."""
        await self.close()
        self._updates.interrupt("terminated by setWebhook request")
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_S))
        self._secret, self._connections, self._room = secret, connections, asyncio.Semaphore(connections)
        self._updates.url, self._updates.told = url, self._tell
        for chain in self._updates.chains():
            self._tell(chain)

    async def close(self) -> None:
        """There is no webhook any more."""
        self._updates.url, self._error = "", None
        chains = list(self._chains.values())
        for chain in chains:
            chain.cancel()
        await asyncio.gather(*chains, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    def info(self) -> WebhookInfo:
        """What `getWebhookInfo` says."""
        at_s, said = self._error or (None, None)
        return WebhookInfo(
            url=self._updates.url,
            has_custom_certificate=False,
            pending_update_count=len(self._updates),
            last_error_date=at_s,
            last_error_message=said,
            max_connections=self._connections if self._updates.url else None,
            allowed_updates=self._updates.wanted,
        )

    async def forge(self, body: bytes) -> int | None:
        """Somebody who does not know the secret calls it; the status he gets."""
        return None if self._session is None else (await self._post(body, "not-the-secret"))[0]

    def _tell(self, chain: str) -> None:
        if chain not in self._chains:
            task = self._chains[chain] = asyncio.create_task(self._work_off(chain))
            task.add_done_callback(lambda _task: self._chains.pop(chain, None))

    async def _work_off(self, chain: str) -> None:
        fails = 0
        while (entry := self._updates.first(chain)) is not None:
            async with self._room:
                again_s = await self._bring(entry)
            if again_s is None:
                fails = 0
            else:
                await self._time.sleep(again_s or (min(AGAIN_MAX_S, 2.0**fails) if fails else 0.0))
                fails += 1

    async def _bring(self, entry: Entry) -> float | None:
        """None if it was taken; otherwise after how many seconds the bot wants it again, 0 where it did not say."""
        try:
            status, retry_after_s = await self._post(entry.raw, self._secret)
        except (aiohttp.ClientError, TimeoutError):
            self._note("Webhook connection closed")
            return 0.0
        if 200 <= status < 300:
            self._updates.done(entry)
            return None
        self._note(f"Wrong response from the webhook: {status}")
        return retry_after_s

    async def _post(self, body: bytes, secret: str | None) -> tuple[int, float]:
        assert self._session is not None
        headers = {"Content-Type": "application/json"} | ({} if secret is None else {SECRET_HEADER: secret})
        async with self._session.post(self._updates.url, data=body, headers=headers, allow_redirects=False) as answer:
            await answer.read()
            said = answer.headers.get("Retry-After", "")
            return answer.status, float(said) if said.isdigit() else 0.0

    def _note(self, said: str) -> None:
        self._error = (self._time.wall_ms() // 1000, said)
