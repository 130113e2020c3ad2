"""Russian numbers and ranges, from the sounds that Asterisk brings.

They have «один», «два», «минута» and «минут», but neither «одна», «две» nor «минуты», no numeral in the genitive,
no «до» and no hundreds but the first. So three phrases are used, each of them right as it is spoken:

- «Прогнозируемое время ожидания составляет пять, десять минут», where the numbers have one form for all genders and
  the last of them takes «минут»;
- «Время ожидания, минут: два, четыре» elsewhere, as a table has it: what is counted stands before the numbers, and
  they are masculine as in counting;
- «Время ожидания: минута» for less than one.

A place from two hundred on is said digit by digit, as telephone numbers are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from channels.asterisk.speech.numerals import below_hundred

if TYPE_CHECKING:
    from channels.asterisk.speech.minutes import Minutes


def number(value: int) -> list[str]:
    """The sounds of a number from 0 on, masculine."""
    if value < 100:
        return below_hundred(value)
    if value < 200:
        return ["digits/hundred", *(below_hundred(value - 100) if value > 100 else [])]
    return [f"digits/{digit}" for digit in str(value)]


def wait(minutes: Minutes) -> list[str]:
    """The wait, in one of the three phrases."""
    if minutes.at_most == 1:
        return ["queue-reporthold", "queue-minute"]
    # «Ноль, три минуты» is said by nobody: who is answered within the first minute will not complain.
    at_least = max(minutes.at_least, 1)
    spoken = [*number(at_least), *number(minutes.at_most)]
    if _last_word(at_least) not in {1, 2} and _last_word(minutes.at_most) not in {1, 2, 3, 4}:
        return ["queue-holdtime", *spoken, "queue-minutes"]
    return ["queue-reporthold", "queue-minutes", *spoken]


def _last_word(value: int) -> int:
    """The number that its last word is, which decides on gender and case: 4 of 24, but 14 of 114."""
    return value % 100 if value % 100 <= 20 else value % 10
