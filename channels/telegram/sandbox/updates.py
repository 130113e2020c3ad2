"""What has happened and the bot has not confirmed yet: numbered, kept for a day, read by long polls or webhooks."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from channels.telegram.sandbox.requests import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from channels.telegram.wire import Shape
    from router.kit.clock import Clock

KEPT_S: Final = 86_400
WEEK_MS: Final = 7 * 86_400_000
LARGEST_ID: Final = 2**31 - 1
FUTURE: Final = 10
"""An offset so far beyond the newest update is none: what is there is given."""
HASTY_MS: Final = 500
"""Who asks for the same again so soon gets one update only."""

NOT_BY_DEFAULT: Final = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
OTHER_GETS_UPDATES: Final = "terminated by other getUpdates request; make sure that only one bot instance is running"


def conflict(why: str) -> Refusal:
    """409."""
    return Refusal(409, f"Conflict: {why}")


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One update. Those of one chain reach a webhook one after the other."""

    update_id: int
    chain: str
    raw: bytes
    until_ms: int


class Updates:
    """The queue of one bot."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: list[Entry] = []
        self.next_id = random.randint(100_000_000, 900_000_000)
        """What the next update will be called."""
        self._newest_at_ms = clock.wall_ms()
        self._wanted: frozenset[str] | None = None
        self._waiting: asyncio.Future[None] | None = None
        self._asked: tuple[int, int] | None = None
        self._repeats = 0
        self._held: list[tuple[str, bytes, int]] | None = None
        self.url = ""
        """Of the webhook."""
        self.told: Callable[[str], None] = lambda _chain: None
        """Is called with the chain of each new update while there is a webhook."""
        self.conflicts = 0

    def __len__(self) -> int:
        self._forget_old()
        return len(self._entries)

    # What happens.

    def add(self, kind: str, body: Shape, chain: str, kept_s: int = KEPT_S) -> None:
        """Something has happened. What the bot does not want to know of leaves no trace."""
        if (kind in NOT_BY_DEFAULT) if self._wanted is None else (kind not in self._wanted):
            return
        raw = msgspec.json.encode({kind: body})
        if self._held is None:
            self._push(chain, raw, kept_s)
        elif not self._held or self._held[0][0] == chain:
            self._held.append((chain, raw, kept_s))
        else:
            held, self._held = self._held, None
            self._push(chain, raw, kept_s)
            for one in held:
                self._push(*one)

    def poison(self) -> None:
        """An update that nobody can read."""
        self._push("poison", b'{"message":{"message_id":"one","date":"today"}}', KEPT_S)

    def repeat_next(self, times: int) -> None:
        """The next update comes so many times more."""
        self._repeats = times

    def reorder_next(self) -> None:
        """The next update waits until one of another chain has come."""
        self._held = []

    def idle_week(self) -> None:
        """There was nothing for a week: the next number is a random one, here one that is smaller."""
        assert not self._entries, "what nobody has confirmed is not idle"
        self.next_id = random.randint(1, self.next_id - 1_000)

    def _push(self, chain: str, raw: bytes, kept_s: int) -> None:
        now = self._clock.wall_ms()
        if now - self._newest_at_ms > WEEK_MS and not self._entries:
            self.next_id = random.randint(1, LARGEST_ID)
        self._newest_at_ms = now
        numbered = b'{"update_id":%d,' % self.next_id + raw[1:]
        times, self._repeats = 1 + self._repeats, 0
        self._entries += [Entry(self.next_id, chain, numbered, now + kept_s * 1000) for _ in range(times)]
        self.next_id += 1
        self._wake()
        if self.url:
            self.told(chain)

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def _forget_old(self) -> None:
        now = self._clock.wall_ms()
        self._entries = [entry for entry in self._entries if entry.until_ms > now]

    # How the bot hears of it.

    def want(self, kinds: Sequence[str] | None) -> None:
        """What the bot wants from here on; an empty list is the default, None is as before."""
        if kinds is not None:
            self._wanted = frozenset(kinds) or None

    @property
    def wanted(self) -> list[str] | None:
        """What the bot asked for."""
        return None if self._wanted is None else sorted(self._wanted)

    @property
    def is_polled(self) -> bool:
        """Somebody waits in `poll`."""
        return self._waiting is not None

    async def poll(self, offset: int, limit: int, timeout_s: float) -> list[bytes]:
        """The updates from `offset` on; those before are confirmed. A negative one counts from the end, and forgets.

        With nothing to give it waits. Raises `Refusal` where there is a webhook, or somebody else polls meanwhile.
        """
        if self.url:
            why = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
            raise conflict(why)
        asked, self._asked = self._asked, (offset, self._clock.monotonic_ms())
        if asked is not None and asked[0] == offset and self._asked[1] - asked[1] < HASTY_MS:
            limit = 1
        self._confirm(offset)
        found = self._entries[:limit]
        if not found and timeout_s > 0:
            if self.interrupt(OTHER_GETS_UPDATES):
                self.conflicts += 1
            waiting = self._waiting = asyncio.get_running_loop().create_future()
            try:
                async with asyncio.timeout(timeout_s):
                    await waiting
            except TimeoutError:
                pass
            finally:
                if self._waiting is waiting:
                    self._waiting = None
            found = self._entries[:limit]
        return [entry.raw for entry in found]

    def interrupt(self, why: str) -> bool:
        """Whoever waits in `poll` gets 409; whether there was one."""
        waiting = self._waiting
        if waiting is None or waiting.done():
            return False
        waiting.set_exception(conflict(why))
        return True

    def _confirm(self, offset: int) -> None:
        self._forget_old()
        if offset < 0:
            self._entries = self._entries[offset:]
        elif offset <= self.next_id + FUTURE:
            self._entries = [entry for entry in self._entries if entry.update_id >= offset]

    def clear(self) -> None:
        """The bot does not want to know of anything up to now."""
        self._entries = []

    def chains(self) -> Iterator[str]:
        """Chains that have updates."""
        self._forget_old()
        yield from dict.fromkeys(entry.chain for entry in self._entries)

    def first(self, chain: str) -> Entry | None:
        """What is next in a chain."""
        self._forget_old()
        return next((entry for entry in self._entries if entry.chain == chain), None)

    def done(self, entry: Entry) -> None:
        """The webhook has taken it."""
        self._entries = [other for other in self._entries if other is not entry]
