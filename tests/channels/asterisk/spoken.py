"""Sounds that can be read: in an Asterisk of these tests each sound of a language is a tone of its own.

So what a caller hears says which sounds were played to him, in which order. The grammar of real sounds is the matter of
`speech/test_grammar.py`.
"""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING

from channels.asterisk.speech.phrases import LANGUAGES
from tests.channels.asterisk.lab.configuration import MUSIC_HZ
from tests.channels.asterisk.lab.media import WITHIN_S
from tests.channels.asterisk.lab.sound import FRAME, LOUD, loudness, share, tone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.channels.asterisk.lab.asterisk import Asterisk
    from tests.channels.asterisk.lab.call import Call

STEP_HZ = 50
"""Tones so far apart are told from each other in one packet of 20 ms."""
PURE = 0.8
"""With so much of the energy in one tone there is no other."""
OTHER = "other"
"""Music, whoever speaks, and the moment between two sounds."""
PACKETS = 12
"""So many of them a sound has."""
LONG = "custom/long"
LONG_S = 4
OWN = ("custom/welcome", "custom/corporate", LONG, "one-moment-please")
"""Sounds beside those that are needed: the operator's, and one of the dialplan's."""
NAMES = (*OWN, *sorted({sound for language in LANGUAGES.values() for sound in language.needed_sounds}))
TONES = dict(zip(NAMES, (hz for hz in range(300, 3900, STEP_HZ) if abs(hz - MUSIC_HZ) >= STEP_HZ), strict=False))


async def speak_tones(asterisk: Asterisk, language: str, *, without: Sequence[str] = ()) -> None:
    """Let this Asterisk, which nobody uses yet, speak this language in tones; it lacks some of its sounds."""
    assert len(TONES) == len(NAMES), "more sounds than tones"
    await asterisk.stop()
    folder = asterisk.home / "share" / "sounds" / language
    folder.unlink(missing_ok=True)
    for name, hz in TONES.items():
        if name not in without:
            path = folder / f"{name}.ulaw"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(tone(hz) * LONG_S if name == LONG else tone(hz)[: PACKETS * FRAME])
    await asterisk.start()


def heard(call: Call, since_ms: int = 0) -> list[str]:
    """The sounds that a phone has heard since then, but for the last where it goes on. All else is passed over."""
    names = [_name(packet.sound) for packet in call.media.heard if packet.at_ms >= since_ms]
    runs = [name for name, _ in itertools.groupby(name for name in names if name is not None)]
    return [name for name in runs[:-1] if name != OTHER]


async def hears(call: Call, *sounds: str, since_ms: int = 0, within_s: float = WITHIN_S) -> None:
    """Wait until these sounds were heard one after the other, and nothing else among them."""

    def said() -> bool:
        names = heard(call, since_ms)
        return any(tuple(names[n : n + len(sounds)]) == sounds for n in range(len(names)))

    await call.media.until(said, lambda: f"{sounds} were not heard, but {heard(call, since_ms)}", within_s)


def sounds_of(media: Sequence[str]) -> tuple[str, ...]:
    """The names of what is played."""
    return tuple(one.removeprefix("sound:") for one in media)


@functools.lru_cache(maxsize=10_000)
def _name(sound: bytes) -> str | None:
    """What a packet is part of; None where it is silence."""
    if loudness(sound) <= LOUD:
        return None
    return next((name for name, hz in TONES.items() if share(sound, hz) > PURE), OTHER)
