"""The adapter of the README works as it is written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from channels.kit.conformance.suite import CHECKS
from channels.kit.port import Channel

if TYPE_CHECKING:
    from tests.channels.kit.conftest import Play

README = (Path(__file__).parents[3] / "channels" / "README.md").read_text(encoding="utf-8")
UNSAID = {"rate_limits_are_obeyed_exactly", "replies_are_tied"}
"""What it says nothing of."""


def channel() -> Channel:
    (code,) = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {"__name__": "readme"}
    exec(compile(code, "README.md", "exec"), names)  # noqa: S102 - it is ours
    found = names["CHANNEL"]
    assert isinstance(found, Channel)
    return found


MY = channel()
CASES = [check for check in CHECKS if check.concerns(MY.manifest) and check.name not in UNSAID]


@pytest.mark.parametrize("check", CASES, ids=lambda check: check.name)
async def test_the_readmes_adapter_keeps_what_it_can(play: Play, check: Any) -> None:
    async with play(MY, pace=check.pace) as it:
        await check.work(it)
