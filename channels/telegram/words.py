"""What the bot itself says to customers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from channels.kit.words import say

if TYPE_CHECKING:
    from router.domain.wire.answers import Contact

LANGUAGES: Final = {"ru": "Русский", "en": "English"}
"""Those that a customer can choose, each by its own name."""

WORDS: Final = {
    "start": {
        "ru": "Здравствуйте! Напишите ваш вопрос, и вам ответит сотрудник.",
        "en": "Hello! Write your question, and one of us will answer.",
    },
    "language": {"ru": "На каком языке вам отвечать?", "en": "Which language shall we use?"},
    "language_set": {"ru": "Будем отвечать по-русски.", "en": "We will use English."},
    "nothing_open": {
        "ru": "Сейчас у нас нет вашего вопроса. Напишите его, и вам ответит сотрудник.",
        "en": "We have no question of yours at the moment. Write it, and one of us will answer.",
    },
    "talking": {"ru": "Вам уже отвечает сотрудник.", "en": "One of us is already answering you."},
    "parked": {"ru": "Мы ждём вашего ответа.", "en": "We are waiting for your answer."},
    "waiting": {"ru": "Ваш вопрос у нас, скоро ответим.", "en": "We have your question and will answer soon."},
    "place": {"ru": "Вы {place}-й в очереди.", "en": "You are number {place} in line."},
    "soon": {"ru": "Ответим в течение минуты.", "en": "We will answer within a minute."},
    "range": {"ru": "Ответим через {least}–{most} мин.", "en": "We will answer in {least}–{most} min."},
    "up_to": {"ru": "Ответим в течение {most} мин.", "en": "We will answer within {most} min."},
    "command_place": {"ru": "Моё место в очереди", "en": "My place in line"},
    "command_language": {"ru": "Язык", "en": "Language"},
}


def word(name: str, language: str | None) -> str:
    """A word in the customer's language."""
    return say(name, language, WORDS)


def place_of(contact: Contact | None, language: str | None) -> str:
    """How it stands with a customer's contact, None where he has none that is open."""
    if contact is None:
        return word("nothing_open", language)
    if contact.state in {"assigned", "parked"}:
        return word("parked" if contact.state == "parked" else "talking", language)
    if contact.position is None:
        return word("waiting", language)
    place = word("place", language).format(place=contact.position)
    if contact.estimated_wait_s is None:
        return place
    least, most = int(contact.estimated_wait_s[0] // 60), int(-(-contact.estimated_wait_s[1] // 60))
    name = "soon" if most <= 1 else "range" if least > 0 else "up_to"
    return f"{place} {word(name, language).format(least=least, most=most)}"
