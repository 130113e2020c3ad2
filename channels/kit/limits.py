"""How fast an account and each of its threads may send: token buckets, and what the platform says beside them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from channels.kit.timing import sleep_until

if TYPE_CHECKING:
    from channels.kit.port import Time

IDLE_MAX: Final = 1000
"""Beyond so many threads, those whose bucket is full are forgotten."""


class Bucket:
    """A token bucket: `per_s` tokens a second, at most one second's worth of them and at least one kept.

    It is kept as the moment at which it would be full again (the generic cell rate algorithm, ITU-T I.371).
    """

    def __init__(self, time: Time, per_s: float) -> None:
        self._time = time
        self._token_ms = 1000 / per_s
        self._kept_ms = max(0.0, 1000 - self._token_ms)
        self._full_at_ms = 0.0
        self._closed_until_ms = 0

    @property
    def full(self) -> bool:
        """Nothing of it is taken, and nothing closes it."""
        now_ms = self._time.monotonic_ms()
        return self._full_at_ms <= now_ms and self._closed_until_ms <= now_ms

    def close(self, seconds: float) -> None:
        """Give nothing before so much time has passed, not even to those who wait already."""
        self._closed_until_ms = max(self._closed_until_ms, self._time.monotonic_ms() + math.ceil(seconds * 1000))

    async def take(self) -> None:
        """Take a token, waiting for it. Whoever asks first gets it first."""
        now_ms = self._time.monotonic_ms()
        self._full_at_ms = max(self._full_at_ms, now_ms) + self._token_ms
        at_ms = math.ceil(self._full_at_ms - self._token_ms - self._kept_ms)
        while (until_ms := max(at_ms, self._closed_until_ms)) > self._time.monotonic_ms():
            await sleep_until(self._time, until_ms)


class Limits:
    """The buckets of an account."""

    def __init__(self, time: Time, account_per_s: float, thread_per_s: float) -> None:
        self._time = time
        self._thread_per_s = thread_per_s
        self._account = Bucket(time, account_per_s)
        self._threads: dict[str, Bucket] = {}

    def __len__(self) -> int:
        """How many threads have a bucket."""
        return len(self._threads)

    async def take(self, thread: str) -> None:
        """Wait until one message may be sent in the thread."""
        await self._bucket(thread).take()
        await self._account.take()

    async def obey(self, thread: str, seconds: float, *, account: bool) -> None:
        """The platform wants nothing for so long, from the thread or from the whole account. Wait for that."""
        bucket = self._account if account else self._bucket(thread)
        bucket.close(seconds)
        await bucket.take()

    def _bucket(self, thread: str) -> Bucket:
        if thread not in self._threads and len(self._threads) >= IDLE_MAX:
            self._threads = {name: bucket for name, bucket in self._threads.items() if not bucket.full}
        return self._threads.setdefault(thread, Bucket(self._time, self._thread_per_s))
