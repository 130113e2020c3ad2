"""A text in pieces that a platform takes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.kit.splitting import split, units

FAMILY = "👩‍👩‍👧‍👦"


def bare(text: str) -> str:
    return re.sub(r"\s+", "", text)


@given(st.text(alphabet=st.sampled_from("aбש 😀\n.é\u0301👍🏽🇷🇺\u200d"), max_size=300), st.integers(12, 60))
def test_nothing_is_lost_and_every_piece_fits(text: str, longest: int) -> None:
    pieces = split(text, longest)
    assert all(0 < units(piece) <= longest for piece in pieces)
    assert bare("".join(pieces)) == bare(text)


def test_a_text_that_fits_is_one_piece_as_it_is() -> None:
    text = "Строка\n\n  с отступом"
    assert split(text, 100) == [text]
    assert split("", 100) == []
    assert split("  \n ", 100) == []


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("one two\nthree\n\nfour five six", ["one two\nthree", "four five six"]),
        ("one two three\nfour five six", ["one two three", "four five six"]),
        ("one two. three four five six", ["one two.", "three four five", "six"]),
        ("one two three four five six", ["one two three", "four five six"]),
        ("a" * 20, ["a" * 16, "a" * 4]),
    ],
)
def test_it_is_cut_at_paragraphs_before_lines_before_sentences_before_words(text: str, pieces: list[str]) -> None:
    assert split(text, 16) == pieces


@pytest.mark.parametrize("letter", [FAMILY, "👍🏽", "🇷🇺", "e\u0301"])
def test_no_emoji_and_no_letter_is_cut(letter: str) -> None:
    text = letter * 40
    pieces = split(text, 23)
    assert len(pieces) > 1
    assert all(len(piece) % len(letter) == 0 for piece in pieces)
    assert "".join(pieces) == text


def test_units_are_counted_as_platforms_do() -> None:
    assert [units(text) for text in ("я", "😀", "שלום", FAMILY)] == [1, 2, 4, 11]
