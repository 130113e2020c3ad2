"""What numbers have in common in every language here."""

from __future__ import annotations


def below_hundred(number: int) -> list[str]:
    """The sounds of a number from 0 to 99: up to twenty each has its own."""
    tens, ones = divmod(number, 10)
    if number < 20 or not ones:
        return [f"digits/{number}"]
    return [f"digits/{tens}0", f"digits/{ones}"]
