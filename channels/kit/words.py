"""What the kit itself says to customers, in their language."""

from __future__ import annotations

from typing import Final

DEFAULT: Final = "ru"

WORDS: Final = {
    "rate": {
        "ru": "Как мы вам помогли? Оцените от 1 до 5.",
        "en": "How did we help you? Please rate us from 1 to 5.",
    },
    "rated": {"ru": "Спасибо за оценку!", "en": "Thank you for your rating!"},
    "rating_over": {"ru": "Оценить уже нельзя.", "en": "It is too late to rate."},
    "location": {"ru": "Местоположение", "en": "Location"},
}
"""By name and language. An adapter may add its own table beside this one."""


def say(word: str, language: str | None, words: dict[str, dict[str, str]] = WORDS) -> str:
    """A word in the customer's language, `de-AT` being `de`; in Russian where it has no other."""
    said = words[word]
    return said.get((language or DEFAULT).partition("-")[0].lower(), said[DEFAULT])
