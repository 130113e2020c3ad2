"""When a waiting caller is told what, and what his digits do."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Protocol

from channels.asterisk.speech.minutes import minutes_of
from channels.asterisk.speech.news import News, Told
from channels.kit.either import either
from channels.kit.timing import sleep_until

if TYPE_CHECKING:
    from collections.abc import Sequence

    from channels.asterisk.speech.phrases import Language, Phrase
    from channels.asterisk.speech.settings import LineSpeech
    from channels.kit.port import Time
    from router.domain.wire.answers import Contact

AWAY_EVERY_S: Final = 60
"""So often a caller is asked to stay while the router is away."""
AWAY_AGAIN_S: Final = 5
"""Before that it is asked once more: it may just be slow."""


class Caller(Protocol):
    """A waiting caller, as the announcer needs him. What it raises ends the announcer."""

    async def play(self, media: Sequence[str]) -> None:
        """Play it to him alone, in place of his music, which goes on afterwards. Cancelled, it is silent at once."""
        ...

    async def contact(self) -> Contact | None:
        """His contact as the router has it now. None while the router is away."""
        ...

    async def to_line(self, line: str) -> LineSpeech | None:
        """Let him wait on another line, whose speech is answered. None where the router is away, or refuses."""
        ...

    async def leave(self) -> None:
        """Let him leave the queue by his own will."""
        ...


class Announcer:
    """Speaks to one waiting caller, and obeys his digits.

    `language` is None where its sounds are missing: he hears nothing but the operator's own.
    """

    def __init__(self, caller: Caller, line: LineSpeech, language: Language | None, time: Time) -> None:
        self._caller = caller
        self._language = language
        self._time = time
        self._digit: str | None = None
        self._pressed = asyncio.Event()
        self._enter(line)

    async def run(self, *, lost: bool = False) -> None:
        """Speak until he leaves by a digit, or until cancelled; then it may run again, when he waits again.

        He is greeted once. Where his agent was `lost` he is asked to stay instead.
        """
        if lost:
            self._opening = self._words("stay")
        self._begin()
        media: list[str] | None = []
        while media is not None:
            if self._opening:
                await self._say(self._opening)
                self._opening = []  # unless he was cut off: then it is said when he waits again
            if media:
                await self._say(media)
            await either(sleep_until(self._time, min(self._look_at_ms, self._announce_at_ms)), self._pressed.wait())
            media = await (self._obey() if self._pressed.is_set() else self._next())

    def pressed(self, digit: str) -> None:
        """He has pressed a key; if it means something on his line, what is being played stops."""
        if digit in self._line.digits:
            self._digit = digit
            self._pressed.set()

    def _enter(self, line: LineSpeech) -> None:
        """He waits on this line from now on."""
        self._line = line
        self._opening = [line.greeting] if line.greeting else []
        self._announced = 0
        self._begin()

    def _begin(self) -> None:
        """A wait begins, in which he was told nothing yet."""
        self._told = Told(self._line.place_due_s * 1000)
        self._away: Told | None = None
        self._look_at_ms = self._time.monotonic_ms()
        self._announce_at_ms = self._look_at_ms + self._line.announce_every_s * 1000

    async def _say(self, media: list[str]) -> None:
        """Until it was heard out, or he has pressed a key."""
        await either(self._caller.play(media), self._pressed.wait())

    async def _next(self) -> list[str]:
        """What it is time for."""
        media: list[str] = []
        now_ms = self._time.monotonic_ms()
        if now_ms >= self._announce_at_ms:
            self._announce_at_ms = now_ms + self._line.announce_every_s * 1000
            media += self._line.announcements[self._announced :][:1]
            self._announced = (self._announced + 1) % max(len(self._line.announcements), 1)
        if now_ms >= self._look_at_ms:
            self._look_at_ms = now_ms + (self._line.place_every_s or AWAY_EVERY_S) * 1000
            media += self._news(await self._caller.contact(), now_ms)
        return media

    async def _obey(self) -> list[str] | None:
        """What the digit lets him hear; None where he has left."""
        assert self._digit is not None
        meant = self._line.digits[self._digit]
        self._pressed.clear()
        if meant.leave:
            await self._caller.leave()
            return None
        if meant.to_line is None:
            return self._all(await self._caller.contact())
        line = await self._caller.to_line(meant.to_line)
        if line is None:
            return self._words("away")
        self._enter(line)
        return []

    def _news(self, contact: Contact | None, now_ms: int) -> list[str]:
        """What he is told of his own accord: what is better, or due."""
        if contact is None:
            return self._still_away(now_ms)
        self._away = None
        news = _news_of(contact)
        if news.place is None or not self._line.place_every_s:  # without a place an agent is just being rung
            return []
        return self._tell(self._told.worth(news, now_ms))

    def _all(self, contact: Contact | None) -> list[str]:
        """What he is told because he asks."""
        if contact is None:
            return self._words("away")
        news = _news_of(contact)
        return self._words("stay") if news.place is None else self._tell(news)

    def _tell(self, news: News | None) -> list[str]:
        if news is None or self._language is None:
            return []
        self._told.note(news, self._time.monotonic_ms())
        return self._language.news(news)

    def _still_away(self, now_ms: int) -> list[str]:
        """The router is away: that he should stay, once a minute."""
        if self._away is None:
            self._away = Told(AWAY_EVERY_S * 1000)
            self._look_at_ms = now_ms + AWAY_AGAIN_S * 1000
            return []
        if not self._away.due(now_ms):
            return []
        self._away.note(News(), now_ms)
        return self._words("away")

    def _words(self, phrase: Phrase) -> list[str]:
        return self._language.say(phrase) if self._language else []


def _news_of(contact: Contact) -> News:
    """Where he stands."""
    return News(contact.position, minutes_of(contact.estimated_wait_s))
