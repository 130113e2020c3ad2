"""Which languages are spoken."""

from __future__ import annotations

import io
import json
from typing import Any

import msgspec

from channels.asterisk.speech.phrases import LANGUAGES
from channels.asterisk.speech.stored import Sound, spoken
from tests.helpers.logs import logged_to

NEEDED = {tag: set(language.needed_sounds) for tag, language in LANGUAGES.items()}


def stored(**languages: set[str]) -> list[Sound]:
    """The answer of an Asterisk that has these sounds."""

    def formats(name: str) -> list[dict[str, str]]:
        return [{"language": tag, "format": "gsm"} for tag in languages if name in languages[tag]]

    names = sorted(set[str]().union(*languages.values()))
    answer = [{"id": name, "text": None, "formats": formats(name)} for name in names]
    return msgspec.json.decode(msgspec.json.encode(answer), type=list[Sound])


def warnings_of(out: io.StringIO) -> list[dict[str, Any]]:
    """What was logged."""
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_language_with_every_sound_is_spoken() -> None:
    out = io.StringIO()
    with logged_to(out):
        assert spoken(["ru", "en", "ru"], stored(**NEEDED), "main") == LANGUAGES
        assert spoken(["en"], stored(en=NEEDED["en"]), "main") == {"en": LANGUAGES["en"]}
    assert warnings_of(out) == []


def test_one_that_lacks_a_sound_is_not_and_one_warning_names_what_is_missing() -> None:
    out = io.StringIO()
    with logged_to(out):
        sounds = stored(en=NEEDED["en"] | NEEDED["ru"], ru=NEEDED["ru"] - {"digits/7", "queue-reporthold"})
        assert spoken(["ru", "en"], sounds, "main") == {"en": LANGUAGES["en"]}
    [warning] = warnings_of(out)
    assert (warning["event"], warning["level"]) == ("asterisk_sounds_missing", "warning")
    assert (warning["server"], warning["language"]) == ("main", "ru")
    assert warning["sounds"] == ["digits/7", "queue-reporthold"]
