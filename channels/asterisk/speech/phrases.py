"""What is said, as Asterisk's media: the sounds of one language after another."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from channels.asterisk.speech import english, russian
from channels.asterisk.speech.minutes import LONGEST, Minutes

if TYPE_CHECKING:
    from collections.abc import Callable

    from channels.asterisk.speech.news import News

LAST_PLACE: Final = 1000
"""Nobody is told of a place behind it."""

Phrase: TypeAlias = Literal["thanks", "stay", "away", "recorded", "rated", "again"]
SOUNDS: Final[dict[Phrase, str]] = {
    "thanks": "queue-thankyou",  # for his patience
    "stay": "followme/pls-hold-while-try",  # his agent was lost, or is being rung
    "away": "queue-periodic-announce",  # the router is away: all that is known is that he should stay on the line
    "recorded": "conf-now-recording",  # it speaks of a conference; an operator's own sound says it better
    "rated": "auth-thankyou",
    "again": "vm-pls-try-again",  # the digit was none of those that were asked for
}
"""The phrases that are one sound in every language. None asks for a rating: that is the operator's own."""


@dataclass(frozen=True)
class Language:
    """One language: its tag and its grammar. Each phrase is a list of media, to be played one after another."""

    tag: str
    _number: Callable[[int], list[str]]
    _wait: Callable[[Minutes], list[str]]

    def say(self, phrase: Phrase) -> list[str]:
        """One of the fixed phrases."""
        return _media(SOUNDS[phrase])

    def place(self, place: int) -> list[str]:
        """You are currently caller number three, waiting to speak with a representative; the first is told that he is.

        Nothing where it is behind the last that is told.
        """
        if place == 1:
            return _media("queue-youarenext")
        return _media("queue-thereare", *self._number(place), "queue-callswaiting") if place <= LAST_PLACE else []

    def wait(self, minutes: Minutes) -> list[str]:
        """The estimated hold time, as a range."""
        return _media(*self._wait(minutes))

    def news(self, news: News) -> list[str]:
        """What is known of his wait, and thanks for his patience."""
        place = self.place(news.place) if news.place else []
        return place + (self.wait(news.minutes) if news.minutes else []) + self.say("thanks")

    @cached_property
    def needed_sounds(self) -> tuple[str, ...]:
        """Every sound that may be said, by its name in Asterisk, sorted."""
        phrases = [self.say(phrase) for phrase in SOUNDS]
        phrases += [self.place(place) for place in range(1, LAST_PLACE + 1)]
        phrases += [self.wait(Minutes(least, most)) for most in range(1, LONGEST + 1) for least in range(most)]
        return tuple(sorted({media.removeprefix("sound:") for phrase in phrases for media in phrase}))


def _media(*sounds: str) -> list[str]:
    return [f"sound:{sound}" for sound in sounds]


LANGUAGES: Final = {
    "en": Language("en", english.number, english.wait),
    "ru": Language("ru", russian.number, russian.wait),
}
"""By tag."""
