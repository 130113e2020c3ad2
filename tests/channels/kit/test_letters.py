"""Dead letters: kept on disk, bounded, read by their owner only, and nothing of them in the log."""

from __future__ import annotations

import base64
import io
import json
from typing import TYPE_CHECKING

import pytest

from channels.kit import letters
from channels.kit.letters import DeadLetters
from router.kit.log import log_to
from tests.helpers.given_time import GivenTime

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_letter_says_when_and_why_and_what(tmp_path: Path) -> None:
    file = tmp_path / "new" / "telegram-main.jsonl"
    kept = DeadLetters(file, GivenTime())
    await kept.add('{"text": "Привет'.encode(), "DecodeError")
    await kept.add(b"\xff\xfe", "malformed")
    first, second = [json.loads(line) for line in file.read_text().splitlines()]
    assert first == {"at": "2026-11-22T10:26:05.000Z", "why": "DecodeError", "text": '{"text": "Привет'}
    assert base64.b64decode(second["base64"]) == b"\xff\xfe"
    assert kept.count == 2
    assert file.stat().st_mode & 0o777 == 0o600


async def test_the_log_has_nothing_of_it(tmp_path: Path) -> None:
    log = io.StringIO()
    log_to(log)
    try:
        await DeadLetters(tmp_path / "a.jsonl", GivenTime()).add("Пароль 1234".encode(), "KeyError")
    finally:
        log_to()
    assert "dead_letter" in log.getvalue()
    assert "1234" not in log.getvalue()


async def test_the_oldest_go_when_there_is_no_more_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letters, "BYTES_MAX", 1000)
    kept = DeadLetters(tmp_path / "a.jsonl", GivenTime())
    for number in range(60):
        await kept.add(f"update {number}".encode(), "malformed")
    assert {file.name for file in tmp_path.iterdir()} == {"a.jsonl", "a.jsonl.1"}
    assert all(file.stat().st_size <= 1000 for file in tmp_path.iterdir())
    assert json.loads((tmp_path / "a.jsonl").read_text().splitlines()[-1])["text"] == "update 59"


async def test_one_that_cannot_be_kept_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where the directory should be")
    with pytest.raises(OSError, match="taken"):
        await DeadLetters(tmp_path / "taken" / "a.jsonl", GivenTime()).add(b"update", "malformed")
