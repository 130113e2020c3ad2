"""English numbers and ranges, from the sounds that Asterisk brings.

There is no sound for the word "to", so "two" is played in its place, which sounds like it. A noun stands before it,
or "from twenty to thirty" would be heard as twenty-two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from channels.asterisk.speech.numerals import below_hundred

if TYPE_CHECKING:
    from channels.asterisk.speech.minutes import Minutes


def number(value: int) -> list[str]:
    """The sounds of a number from 1 to 1,000."""
    if value == 1000:
        return ["digits/1", "digits/thousand"]
    hundreds, rest = divmod(value, 100)
    spoken = [f"digits/{hundreds}", "digits/hundred"] if hundreds else []
    return spoken + below_hundred(rest) if rest else spoken


def wait(minutes: Minutes) -> list[str]:
    """The estimated hold time is currently less than five minutes; … from one minute to two minutes."""
    if not minutes.at_least:
        return ["queue-holdtime", "queue-less-than", *_counted(minutes.at_most)]
    return ["queue-holdtime", "vm-from", *_counted(minutes.at_least), "digits/2", *_counted(minutes.at_most)]


def _counted(minutes: int) -> list[str]:
    return [*number(minutes), "queue-minute" if minutes == 1 else "queue-minutes"]
