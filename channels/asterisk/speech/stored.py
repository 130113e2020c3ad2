"""Which languages an Asterisk can speak: those of which it has every sound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import structlog

from channels.asterisk.speech.phrases import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from channels.asterisk.speech.phrases import Language

_log: Any = structlog.get_logger()


class Format(msgspec.Struct, frozen=True):
    """A sound in one language."""

    language: str


class Sound(msgspec.Struct, frozen=True):
    """A sound of `GET /ari/sounds`: its name, and in which languages and formats Asterisk has it."""

    id: str
    formats: tuple[Format, ...]


def spoken(wanted: Iterable[str], sounds: Iterable[Sound], server: str) -> dict[str, Language]:
    """The languages of these that can be spoken, by their tags; for each other one warning names what is missing."""
    stored = {(form.language, sound.id) for sound in sounds for form in sound.formats}
    languages: dict[str, Language] = {}
    for tag in sorted(set(wanted)):
        language = LANGUAGES[tag]
        missing = [name for name in language.needed_sounds if (tag, name) not in stored]
        if missing:
            _log.warning("asterisk_sounds_missing", server=server, language=tag, sounds=missing, announced=False)
        else:
            languages[tag] = language
    return languages
