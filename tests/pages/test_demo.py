"""The demo's links: whoever follows one is the agent, or sees the floor, and his token is nowhere to be read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.helpers.browser import window_of
from tests.helpers.commands import running

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser


@pytest.mark.timeout(90)
async def test_its_links_sign_one_in(tmp_path: Path, browser: Browser) -> None:
    demo_command = ("demo", "--data", tmp_path / "data", "--port", "0", "--metrics", "off")
    async with running(*demo_command) as demo, window_of(browser) as visitor:
        for page, shown in (("desk", "Рабочее место"), ("wall", "Табло")):
            link = (await demo.said(f"/{page}#token=")).strip()
            base, _, token = link.partition("#token=")
            opened = await visitor.open(link)
            await expect(opened).to_have_title(re.compile(shown))
            await expect(opened.get_by_role("button", name="Войти")).to_have_count(0)
            assert opened.url == base
            assert token not in await opened.content()
