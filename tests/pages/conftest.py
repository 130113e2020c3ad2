"""The browser, of which a worker has one; windows of it; and a house that the pages are of."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.helpers.browser import Window, chromium, needs_chromium, window_of
from tests.pages.house import House, house_on

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from playwright.async_api import Browser

    from tests.helpers.browser import OpenWindow
    from tests.helpers.servers import Server

FOLDER = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here runs in the loop of the session, where the browser lives; without a browser none does."""
    for item in items:
        if item.path.is_relative_to(FOLDER):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
            item.add_marker(needs_chromium)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def browser() -> AsyncGenerator[Browser]:
    """The worker's browser. It has no window yet."""
    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def window(browser: Browser) -> AsyncGenerator[OpenWindow]:
    """Opens windows: `await window(language="en-US", size=PHONE, scheme="dark")`, as `window_of` has it.

    The test fails in the end where one of their pages has complained of what was not expected.
    """
    async with AsyncExitStack() as stack:

        async def open_window(**settings: Any) -> Window:
            return await stack.enter_async_context(window_of(browser, **settings))

        yield open_window


@pytest_asyncio.fixture(loop_scope="session")
async def house(_servers: Callable[[str], Server]) -> AsyncGenerator[House]:
    """A house on Valkey, in a workspace of its own, with every adapter plugged and nobody signed in."""
    async with house_on(_servers("valkey")) as house:
        yield house
