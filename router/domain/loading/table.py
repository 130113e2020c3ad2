"""One table of an operation file, read key by key.

Every reading method checks one value. What is wrong becomes a `Problem` in a list that all tables of a file share, and
a stand-in of the right type comes back, so that reading goes on and all problems are found at once. A file with a
problem never becomes an operation, so a stand-in is never used.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, TypeVar, cast

from router.kit.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from router.domain.requirement import Amount

NUMBER_MAX: Final = 2**53
"""Above this a floating-point number skips whole numbers."""

NAME: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,47}")
"""What queues, agents, groups, skills, powers, media and channels may be called."""

NAME_RULE: Final = "a name is 1 to 48 of a-z 0-9 _ . - and starts with a letter or digit"
PASSAGE_MAX: Final = 1000
"""How many characters a text for customers may have."""

_TEXT_RULE: Final = "must be text of 1 to 200 printable characters"
_PASSAGE_RULE: Final = (
    "must be text of 1 to 1000 characters that is not blank and has no control characters but line breaks"
)
_BRACE: Final = re.compile(r"\{([^{}]*)\}|[{}]")
_SECRET: Final = re.compile("secret|password|token|credential")

Word = TypeVar("Word", bound=str)


class Table:
    """A table at its place: `name` is the table of the file, `prefix` leads from there to a table inside it.

    Iterating gives its keys, in their order.
    """

    def __init__(
        self, problems: list[Problem], file: str, name: str, values: Mapping[str, object], prefix: str = ""
    ) -> None:
        self._problems = problems
        self._file = file
        self._name = name
        self._values = values
        self._prefix = prefix
        self._asked: list[str] = []

    def at(self, key: str, value: object, message: str) -> Problem:
        """A problem, or a warning, that is not reported yet. No key means the whole table."""
        field = self._prefix + key if key else self._prefix.removesuffix(".")
        return Problem(self._file, self._name, field, value, message)

    def wrong(self, key: str, message: str) -> None:
        """Reports what stands at `key`."""
        self.report(key, self._values.get(key), message)

    def report(self, key: str, value: object, message: str) -> None:
        """Reports `value`, which stands somewhere within `key`."""
        self._problems.append(self.at(key, value, message))

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def value(self, key: str) -> object:
        """What stands at `key`, unchecked."""
        self._asked.append(key)
        return self._values.get(key)

    def has(self, key: str) -> bool:
        """Whether the table has `key`, which is one that it may have."""
        self._asked.append(key)
        return key in self._values

    def done(self) -> None:
        """Reports every key that nothing has asked for. A value that may be a secret is not repeated."""
        for key in self._values:
            if key in self._asked:
                continue
            if _SECRET.search(key):
                self.report(key, "…", "secrets never stand in this file")
            else:
                self.wrong(key, unknown("key", key, self._asked))

    def text(self, key: str, default: str | None = None) -> str:
        """A text for people."""
        if self._left_out(key, required=default is None):
            return default or ""
        return self._text(key, self._values[key])

    def passage(self, key: str, placeholders: tuple[str, ...]) -> str:
        """A text for customers, which may have several lines; `{…}` in it is one of `placeholders`."""
        value = self.value(key)
        if not isinstance(value, str) or not _is_passage(value):
            self.wrong(key, _PASSAGE_RULE)
            return ""
        for found in _BRACE.finditer(value):
            if found[1] is None:
                self.report(key, found[0], "is a brace that belongs to no placeholder")
            elif found[1] not in placeholders:
                self.report(key, found[0], unknown("placeholder", found[1], placeholders))
        return value

    def whole(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number."""
        if self._left_out(key, required=default is None):
            return low if default is None else default
        value = self._values[key]
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        self.wrong(key, f"must be a whole number from {low} to {high}")
        return low

    def number(self, key: str, low: int, high: int) -> Amount:
        """A number that must be there."""
        if self._left_out(key, required=True):
            return low
        found = plain_number(self._values[key])
        if found is not None and low <= found <= high:
            return found
        self.wrong(key, f"must be a number from {low} to {high}")
        return low

    def share(self, key: str, default: float) -> float:
        """A part of a whole."""
        if self._left_out(key, required=False):
            return default
        value = self._values[key]
        if isinstance(value, float) and 0 < value < 1:
            return value
        self.wrong(key, f"must be a share above 0 and below 1, such as {default}")
        return default

    def duration_ms(self, key: str, low_s: int, high_s: int, default_s: int | None = None) -> int:
        """A number of seconds, as milliseconds."""
        if default_s is not None and not self.has(key):
            return default_s * 1000
        return round(self.number(key, low_s, high_s) * 1000)

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        if self._left_out(key, required=False):
            return default
        value = self._values[key]
        if isinstance(value, bool):
            return value
        self.wrong(key, "must be true or false")
        return default

    def choice(self, key: str, words: tuple[Word, ...], default: Word | None = None) -> Word:
        """One of a closed list of words."""
        if self._left_out(key, required=default is None):
            return default or words[0]
        value = self._values[key]
        for word in words:
            if value == word:
                return word
        self.wrong(key, f"must be one of {', '.join(words)}")
        return words[0]

    def reference(self, kind: str, key: str, known: Iterable[str]) -> str:
        """The name of something that the file defines."""
        name = self.text(key)
        if name and name not in known:
            self.wrong(key, unknown(kind, name, known))
        return name

    def references(self, kind: str, key: str, known: Iterable[str]) -> tuple[str, ...]:
        """A list of names of things that the file defines, each at most once; empty where there is none."""
        names = self.texts(key)
        for name in names:
            if name not in known:
                self.report(key, name, unknown(kind, name, known))
        return names

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, each at most once; empty where there is none."""
        texts = [self._text(key, value) for value in self.values(key, "must be a list of texts")]
        for twice in dict.fromkeys(text for text in texts if text and texts.count(text) > 1):
            self.report(key, twice, "stands twice in the list")
        return tuple(text for text in texts if text)

    def values(self, key: str, rule: str) -> list[object]:
        """A list of anything; empty where there is none. `rule` is what to say of something else."""
        value = self.value(key)
        if isinstance(value, list):
            return cast("list[object]", value)
        if key in self._values:
            self.wrong(key, rule)
        return []

    def table(self, key: str) -> Table | None:
        """A table inside this one, or None where there is none."""
        value = self.value(key)
        if key not in self._values:
            return None
        if isinstance(value, Mapping):
            return self._inside(f"{key}.", cast("Mapping[str, object]", value))
        self.wrong(key, "must be a table")
        return None

    def part(self, key: str) -> Table:
        """A table inside this one, empty where there is none."""
        return self.table(key) or self._inside(f"{key}.", {})

    def rows(self, key: str) -> Iterator[Table]:
        """The tables of a list inside this one, with their place counted from 1; none where there is no list."""
        for place, value in enumerate(self.values(key, "must be a list of tables"), start=1):
            if isinstance(value, Mapping):
                yield self._inside(f"{key}[{place}].", cast("Mapping[str, object]", value))
            else:
                self.report(f"{key}[{place}]", value, "must be a table")

    def named(self, kind: str, key: str) -> Iterator[tuple[str, Table]]:
        """The tables of a table whose keys are the names of things, as in `[queues.private]`."""
        section = self.part(key)
        for name in section:
            section.check_name(kind, name)
            value = section.value(name)
            if isinstance(value, Mapping):
                yield name, Table(self._problems, self._file, f"{key}.{name}", cast("Mapping[str, object]", value))
            else:
                section.wrong(name, "must be a table")

    def check_name(self, kind: str, key: str) -> None:
        """Reports a key that cannot be the name of something."""
        if not NAME.fullmatch(key):
            self.report(key, key, f"no {kind} may be called that: {NAME_RULE}")

    def known_keys(self, kind: str, known: Iterable[str]) -> Iterator[str]:
        """The keys of a table whose keys are names of things that the file defines elsewhere."""
        for name in self._values:
            if name in known:
                yield name
            else:
                self.wrong(name, unknown(kind, name, known))

    def _inside(self, step: str, values: Mapping[str, object]) -> Table:
        if self._name:
            return Table(self._problems, self._file, self._name, values, self._prefix + step)
        return Table(self._problems, self._file, step.removesuffix("."), values)

    def _left_out(self, key: str, *, required: bool) -> bool:
        if self.has(key):
            return False
        if required:
            self.wrong(key, "is missing")
        return True

    def _text(self, key: str, value: object) -> str:
        if isinstance(value, str) and is_text(value):
            return value
        self.report(key, value, _TEXT_RULE)
        return ""


def is_text(value: str) -> bool:
    """Whether people and logs can show it: 1 to 200 characters, none of which controls anything."""
    return 0 < len(value) <= 200 and value.isprintable()


def _is_passage(value: str) -> bool:
    """Whether customers can be sent it. Non-breaking spaces and joined signs are no control characters."""
    unfit = any(unicodedata.category(character) in {"Cc", "Cs"} for character in value.replace("\n", ""))
    return bool(value.strip()) and len(value) <= PASSAGE_MAX and not unfit


def plain_number(value: object) -> Amount | None:
    """`value` if it is a number between ±2^53, whole where it can be; true and false are no numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not -NUMBER_MAX <= value <= NUMBER_MAX:
        return None
    return int(value) if value == int(value) else value


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """What to say of a name that nothing has, with the nearest one that something has."""
    known = list(known)
    near = get_close_matches(name, known, n=1)
    if near:
        return f'unknown {kind}; did you mean "{near[0]}"?'
    if not known:
        return f"unknown {kind}; there is none"
    return f"unknown {kind}; there are {', '.join(known[:10])}{' …' if len(known) > 10 else ''}"
