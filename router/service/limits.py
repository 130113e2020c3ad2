"""How much one account, and one customer, may send: a full bucket of so many, refilled steadily."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.kit.errors import Refusal

if TYPE_CHECKING:
    from router.kit.clock import Clock

ACCOUNT_RATE: Final = 5_000.0
ACCOUNT_BURST: Final = 10_000.0
CUSTOMER_RATE: Final = 0.5
CUSTOMER_BURST: Final = 30.0
"""Contacts a second, and at once; in one router process."""

TYPING_RATE: Final = 1 / 3

_KEPT = 100_000


class Limits:
    """The buckets of one process. A bucket that nobody drew from for long is full, and forgotten."""

    def __init__(self, clock: Clock, pace: float = 1.0) -> None:
        self._clock = clock
        self._pace = pace
        self._buckets: dict[tuple[str, ...], tuple[float, int]] = {}
        """Key → (what was left, when), by the monotonic clock."""

    def take(self, channel: str, account: str, customer: str | None) -> None:
        """One more contact of this account and customer. Refuses `too_many`."""
        self._draw(("account", channel, account), ACCOUNT_RATE, ACCOUNT_BURST)
        if customer is not None:
            self._draw(("customer", channel, customer), CUSTOMER_RATE, CUSTOMER_BURST)

    def may_say_typing(self, contact: str, side: str) -> bool:
        """Whether it is time to tell once more that this side of a contact is writing."""
        try:
            self._draw(("typing", contact, side), TYPING_RATE, 1.0)
        except Refusal:
            return False
        return True

    def _draw(self, key: tuple[str, ...], rate: float, burst: float) -> None:
        now = self._clock.monotonic_ms()
        left, at = self._buckets.pop(key, (burst, now))
        left = min(burst, left + (now - at) / 1000 * rate * self._pace)
        if left < 1:
            self._buckets[key] = (left, now)
            raise Refusal("too_many", f"more than {burst:g} contacts at once of one {key[0]}")
        self._buckets[key] = (left - 1, now)
        while len(self._buckets) > _KEPT:
            del self._buckets[next(iter(self._buckets))]
