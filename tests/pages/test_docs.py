"""The API's documentation in a browser: it shows every operation, calls one, and keeps nobody out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from router.web.table import OPERATIONS
from tests.helpers.browser import LAPTOP, PHONE, axe

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page, ViewportSize

    from tests.helpers.browser import OpenWindow
    from tests.pages.house import House


FEWER = """() => {
  const [, ...rest] = document.querySelectorAll("#operations > details:not([open])");
  for (const box of rest) box.remove();
}"""
"""Of the closed operations, which are all made alike, one is enough to be judged: it would take too long."""


async def docs(house: House, window: OpenWindow, **settings: Any) -> Page:
    """The page, once it has read the description."""
    page = await (await window(**settings)).open(f"{house.base}/docs")
    await expect(page.locator("#operations details").first).to_be_visible()
    return page


async def opened(page: Page, operation: str) -> Locator:
    """An operation of which everything is shown."""
    box = page.locator(f"#{operation}")
    await box.locator("summary").first.click()
    return box


async def test_it_shows_every_operation(house: House, window: OpenWindow) -> None:
    page = await docs(house, window)
    assert await page.locator("#operations > details").count() == len(OPERATIONS)
    assert await page.locator("#rights tbody tr").count() == len(OPERATIONS)


async def test_an_operation_can_be_tried(house: House, window: OpenWindow) -> None:
    page = await docs(house, window)
    await page.get_by_label("Token").fill(str(house.supervisor.secret))
    box = await opened(page, "get_queues")
    await box.get_by_role("button", name="Send").click()
    await expect(box.locator("form pre")).to_contain_text('"corporate"')


@pytest.mark.parametrize(("scheme", "size"), [("light", LAPTOP), ("dark", PHONE)])
async def test_it_keeps_nobody_out(house: House, window: OpenWindow, scheme: str, size: ViewportSize) -> None:
    page = await docs(house, window, scheme=scheme, size=size)
    await opened(page, "post_contact")
    await page.evaluate(FEWER)
    assert await axe(page) == []
