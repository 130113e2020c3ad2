"""The laboratory itself: a page that complains fails its test, and what harms a desk harms it really."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.helpers.adapter import events_of
from tests.helpers.browser import axe, processes, stopped, window_of
from tests.pages.cable import cable_to
from tests.pages.house import program_house

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser, Page

    from tests.helpers.browser import OpenWindow
    from tests.pages.house import House

COMPLAINTS = {
    "it writes to the console": "console.log('Где мой баланс?')",
    "it throws": "setTimeout(() => { throw new Error('lost') })",
    "it asks for what is not there": "fetch('/docs/nothing').then((said) => said.text())",
    "it asks nobody": "fetch('http://127.0.0.1:9/').catch(() => {})",
}
OPENED = """([url, secret]) => new Promise((done) => {
  window.ended = new Promise((over) => {
    const socket = new WebSocket(url, ["contact-router.v1", "bearer." + secret]);
    socket.onclose = over;
    socket.onmessage = done;
  });
})"""


@pytest.mark.parametrize("script", COMPLAINTS.values(), ids=list(COMPLAINTS))
async def test_a_page_s_complaint_fails_its_test(browser: Browser, house: House, script: str) -> None:
    async def complaining(*expected: str) -> None:
        async with window_of(browser) as window:
            page = await window.open(f"{house.base}/docs")
            window.expect(*expected)
            async with window.context.expect_event("console" if "throw" not in script else "weberror"):
                await page.evaluate(script)

    with pytest.raises(AssertionError, match="the pages complained"):
        await complaining("nothing of the kind")
    await complaining("баланс", "lost", "/docs/nothing", "127.0.0.1:9")


async def opened(page: Page, house: House, base: str) -> None:
    """anna's socket, in a page without a desk; it has its snapshot. `ended` is its end."""
    anna = await house.caller("agent", agent="anna")
    url = base.replace("http:", "ws:") + house.place.url.removeprefix(house.base) + "/agents/anna/live"
    await page.evaluate(OPENED, [url, anna.secret])


async def connections(house: House, number: int) -> None:
    """Wait until anna has so many desks."""
    async with asyncio.timeout(30), events_of(await house.caller("observer"), after=0) as wire:
        while (await house.agent("anna"))["connections"] != number:
            with contextlib.suppress(TimeoutError):  # it may take longer than a frame should
                await wire.frame("event")


async def test_axe_finds_what_keeps_people_out(house: House, window: OpenWindow) -> None:
    page = await (await window()).open(f"{house.base}/docs")
    await expect(page.locator("#codes tbody")).to_be_attached()  # the page has written all that it writes
    await page.evaluate("document.querySelector('main').replaceChildren(document.createElement('input'))")
    assert [found.partition(" ")[0] for found in await axe(page)] == ["label"]


async def test_a_cable_is_pulled_and_mended(house: House, window: OpenWindow) -> None:
    tab = await window()
    async with cable_to(int(house.base.rpartition(":")[2])) as cable:
        page = await tab.open(f"{cable.base}/docs")
        await opened(page, house, cable.base)
        await connections(house, 1)
        cable.pull()
        tab.expect("ERR_", "Failed to fetch")
        assert await page.evaluate("ended.then((event) => event.code)") == 1006
        await connections(house, 0)
        assert not await page.evaluate("fetch('/openapi.json').then(() => true, () => false)")
        cable.mend()
        await opened(page, house, cable.base)
        await connections(house, 1)


async def test_a_laptop_sleeps(browser: Browser, house: House, window: OpenWindow) -> None:
    page = await (await window()).open(f"{house.base}/docs")
    await opened(page, house, house.base)
    with stopped(await processes(browser)):
        await connections(house, 0)
    assert await page.evaluate("ended.then((event) => event.code)") == 1006


async def test_a_router_is_killed_and_starts_again_on_its_port(tmp_path: Path, window: OpenWindow) -> None:
    tab = await window()
    async with program_house(tmp_path) as (house, router):
        page = await tab.open(f"{house.base}/docs")
        await opened(page, house, house.base)
        call = await house.call()
        tab.expect("ERR_", "Failed to fetch")
        await router.kill()
        assert await page.evaluate("ended.then((event) => event.code)") == 1006
        await router.start()
        assert (await house.contact(call))["state"] == "queued"
        await opened(page, house, house.base)
