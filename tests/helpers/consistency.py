"""Asserting that a workspace's keys say what its contacts and agents say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.engine.consistency import problems_of
from router.engine.snapshot import take_snapshot

if TYPE_CHECKING:
    from router.engine.link import Caller


async def check(caller: Caller, workspace: str) -> None:
    """Raise AssertionError with all that is wrong with the workspace."""
    problems = problems_of(await take_snapshot(caller, workspace))
    assert not problems, "\n".join(problems)
