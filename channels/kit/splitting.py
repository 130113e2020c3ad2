"""A text in pieces that a platform takes."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_JOINER: Final = "\u200d"
_SKIN: Final = range(0x1F3FB, 0x1F400)
_FLAGS: Final = range(0x1F1E6, 0x1F200)
_BREAKS: Final = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?…])\s+"), re.compile(r"\s+"))
"""Where a text is cut best, worse, worst: between paragraphs, lines, sentences, words."""


def split(text: str, longest: int) -> list[str]:
    """The text in pieces of at most `longest` UTF-16 units, which is how platforms count.

    It is cut as late as it can be at the best kind of place that leaves no piece under half full; only a word that is
    longer than a piece is cut inside, and never an emoji or a letter with its accents. What white space it is cut at
    belongs to no piece. An empty text is no piece.
    """
    pieces: list[str] = []
    text = text.strip()
    while units(text) > longest:
        room = _fitting(text, longest)
        end, following = _cut(text, room)
        pieces.append(text[:end].rstrip())
        text = text[following:].lstrip()
    return [*pieces, text] if text else pieces


def units(text: str) -> int:
    """The UTF-16 units of a text."""
    return len(text) + sum(letter > "\uffff" for letter in text)


def _fitting(text: str, longest: int) -> int:
    """How many characters of the text fit."""
    taken = 0
    for index, letter in enumerate(text):
        taken += 2 if letter > "\uffff" else 1
        if taken > longest:
            return index
    return len(text)


def _cut(text: str, room: int) -> tuple[int, int]:
    """Where the first piece of at most `room` characters ends, and where the rest begins."""
    for place in _BREAKS:
        found = [match for match in place.finditer(text, 0, room + 1) if room // 2 <= match.start() <= room]
        if found:
            return found[-1].start(), found[-1].end()
    end = room
    while end > 1 and not _parts(text, end):
        end -= 1
    # A cluster that is longer than a piece is nobody's letter: it is cut anywhere.
    return (end, end) if _parts(text, end) else (room, room)


def _parts(text: str, at: int) -> bool:
    """Whether a character ends there for who reads it."""
    before, after = text[at - 1], text[at]
    if unicodedata.combining(after) or unicodedata.category(after) in {"Mn", "Me", "Mc"} or ord(after) in _SKIN:
        return False
    if _JOINER in {before, after}:
        return False
    if ord(before) in _FLAGS and ord(after) in _FLAGS:
        start = at
        while start > 0 and ord(text[start - 1]) in _FLAGS:
            start -= 1
        return (at - start) % 2 == 0
    return True
