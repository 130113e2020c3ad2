"""Debian's Chromium, driven by Playwright: windows that note what their pages complain of, and axe-core's judgement."""

from __future__ import annotations

import contextlib
import os
import re
import signal
from collections.abc import Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import async_playwright

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request, ViewportSize, WebError

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
LIMIT_MS = 10_000

AXE = Path(__file__).parent.parent / "pages" / "node" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

LAPTOP: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
SCREEN: ViewportSize = {"width": 1920, "height": 1080}
SCREEN_4K: ViewportSize = {"width": 3840, "height": 2160}

needs_chromium = pytest.mark.skipif(
    not CHROMIUM.exists(), reason="chromium is not installed: nothing here was tested in a browser"
)


class Window:
    """One person's browser: what he opens shares its storage, nobody else's."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.complaints: list[str] = []
        """What the pages wrote to the console, in whatever level; what they threw; which requests failed."""
        self._expected: list[re.Pattern[str]] = []
        context.on("console", self._wrote)
        context.on("weberror", self._threw)
        context.on("requestfailed", self._failed)
        context.on("page", self._opened)

    async def open(self, url: str) -> Page:
        """A tab of the window, on this page."""
        page = await self.context.new_page()
        await page.goto(url)
        return page

    def expect(self, *patterns: str) -> None:
        """Complaints in which one of these patterns is found are meant to come."""
        self._expected += [re.compile(pattern) for pattern in patterns]

    def unexpected(self) -> list[str]:
        """What the pages complained of and nobody expected."""
        return [said for said in self.complaints if not any(pattern.search(said) for pattern in self._expected)]

    def _wrote(self, message: ConsoleMessage) -> None:
        self.complaints.append(f"console.{message.type}: {message.text} ({message.location['url']})")

    def _threw(self, error: WebError) -> None:
        self.complaints.append(f"thrown: {error.error}")

    def _failed(self, request: Request) -> None:
        self.complaints.append(f"failed: {request.method} {request.url}: {request.failure}")

    def _opened(self, page: Page) -> None:
        page.on("crash", lambda _: self.complaints.append("crashed"))


OpenWindow = Callable[..., Coroutine[Any, Any, Window]]
"""Opens a window, as `window_of` does; it closes with its test."""


@asynccontextmanager
async def chromium() -> AsyncGenerator[Browser]:
    """The browser with a profile of its own, which goes with it."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def window_of(
    browser: Browser,
    *,
    language: str = "ru-RU",
    size: ViewportSize = LAPTOP,
    scheme: Any = "light",
    permissions: tuple[str, ...] = (),
    **settings: Any,
) -> AsyncGenerator[Window]:
    """A window whose pages find nothing that others have left. `settings` are further ones of a Playwright context.

    Raises AssertionError in the end where a page has complained of what was not expected.
    """
    context = await browser.new_context(
        locale=language,
        viewport=size,
        color_scheme=scheme,
        reduced_motion="reduce",
        permissions=list(permissions),
        **({"has_touch": True, "is_mobile": True} if size == PHONE else {}),
        **settings,
    )
    context.set_default_timeout(LIMIT_MS)
    window = Window(context)
    try:
        yield window
        unexpected = window.unexpected()  # what is cut off when the window closes is nobody's complaint
        assert not unexpected, "\n".join(["the pages complained:", *unexpected])
    finally:
        await context.close()


async def axe(page: Page, **options: Any) -> list[str]:
    """What axe-core finds wrong with the page as it stands: each violation with the places where it is.

    `options` are those of `axe.run`. Skips the test, saying so, where axe-core is not installed.
    """
    if not AXE.exists():
        pytest.skip("axe-core is not there: `make node` installs it where node and npm are")
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(f"() => {{ {AXE.read_text(encoding='utf-8')} }}")
    asked = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"], **options}
    found = await page.evaluate("options => axe.run(document, options)", asked)
    assert found["passes"], "it judged nothing"
    return [
        f"{one['id']} ({one['impact']}): {one['help']}\n  "
        + "\n  ".join(f"{node['target']}: {node['html'][:200]}\n    {node['failureSummary']}" for node in one["nodes"])
        for one in found["violations"]
    ]


async def shot(page: Page, name: str, **options: Any) -> None:
    """Keep a picture of the page as `name`.png in the folder that the variable SHOTS names; without it, none."""
    folder = os.environ.get("SHOTS")
    if folder:
        await page.screenshot(path=Path(folder) / f"{name}.png", **options)


async def processes(browser: Browser, *kinds: str) -> list[int]:
    """The browser's processes, or those of these kinds: `browser`, `renderer`, `GPU` and others."""
    session: Any = await browser.new_browser_cdp_session()
    known: Any = (await session.send("SystemInfo.getProcessInfo"))["processInfo"]
    await session.detach()
    return [int(one["id"]) for one in known if not kinds or one["type"] in kinds]


@contextlib.contextmanager
def stopped(pids: list[int]) -> Generator[None]:
    """Processes that stand still while the context lasts.

    All of a browser: its laptop sleeps, and nobody answers pings. Its renderers alone: the pages hang, and the sockets
    answer pings as if nothing were.
    """
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
