"""Where the tests' Asterisk comes from: not from just anywhere, and not of just any age."""

from __future__ import annotations

import pytest

from tests.channels.asterisk.lab import unpack
from tests.helpers import debian


@pytest.mark.parametrize(
    ("version", "will_do"),
    [
        ("Asterisk 16.28.0~dfsg-0+deb11u4", False),
        ("Asterisk 18.26.2", False),
        ("Asterisk 20.12.0", False),
        ("Asterisk 20.13.0", True),
        ("Asterisk 21.7.9", False),
        ("Asterisk 21.8.0", True),
        ("Asterisk 22.2.0", False),
        ("Asterisk 22.10.1+dfsg+~cs6.17.60671434-1", True),
        ("Asterisk 23.0.0", True),
    ],
)
def test_transfers_by_a_telephones_own_keys_need_a_version(version: str, *, will_do: bool) -> None:
    assert unpack.is_new_enough(version) == will_do


def test_it_says_why_it_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(debian.CannotUnpack, match="no Debian"):
        unpack.unpack()


def test_the_mirror_is_the_one_that_apt_has() -> None:
    assert debian.mirror("Debian|Debian-Security|safe\nothers|Debian|theirs\nDebian|Debian|own\n") == "own"
    with pytest.raises(debian.CannotUnpack, match="no mirror"):
        debian.mirror("others|Debian|theirs\n")
