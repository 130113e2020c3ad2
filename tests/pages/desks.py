"""An agent at his desk, as he sees it: by the words that stand there."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from playwright.async_api import expect

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playwright.async_api import Locator, Page

    from tests.helpers.browser import Window
    from tests.helpers.service import Caller
    from tests.pages.house import House

LIMIT_S = 40


@dataclass
class Seat:
    """A tab of anna's, in English."""

    page: Page
    agent: Caller
    """Her token."""

    def pane(self, name: str) -> Locator:
        """The conversation with a customer."""
        return self.page.get_by_role("article", name=name)

    def write_in(self, name: str) -> Locator:
        """Where she writes to him."""
        return self.pane(name).get_by_role("textbox", name="Message")

    def offer(self, name: str) -> Locator:
        """What is offered to her of this customer."""
        return self.page.get_by_role("region", name="New conversation").filter(has_text=name)

    def notice(self, words: str) -> Locator:
        """What she is told in passing."""
        return self.page.get_by_role("log", name="Notices").get_by_text(words)

    @property
    def state(self) -> Locator:
        """What the router makes of her, or that it is away."""
        return self.page.get_by_role("status")

    async def accept(self, name: str) -> None:
        """Take what is offered of this customer."""
        await self.offer(name).get_by_role("button", name="Accept").click()
        await expect(self.pane(name)).to_be_visible()

    async def say(self, name: str, *texts: str) -> None:
        """Write to him, line after line."""
        for text in texts:
            await self.write_in(name).fill(text)
            await self.write_in(name).press("Enter")


async def seat(house: House, window: Window, base: str | None = None, **token: Any) -> Seat:
    """anna comes, and is available."""
    agent = await house.caller("agent", agent="anna", **token)
    taken = Seat(await window.open(f"{base or house.base}/desk#token={agent.secret}"), agent)
    await taken.page.evaluate("window.stayed = true")
    await taken.page.get_by_role("button", name="Be available").click()
    await expect(taken.state).to_contain_text("Ready")
    return taken


async def talk(house: House, at: Seat, name: str = "Olga", thread: str = "42") -> Any:
    """A customer writes, and she takes it; the contact."""
    written = await house.write("Hello", thread, customer={"name": name})
    await at.accept(name)
    return written["contact"]


async def until(read: Callable[[], Awaitable[Any]], wanted: Any) -> None:
    """Read until it is so."""
    async with asyncio.timeout(LIMIT_S):
        while await read() != wanted:
            pass


async def said_in(house: House, contact: Any) -> list[str]:
    """Every text of a conversation, in its order, as the router has it."""
    found = await house.supervisor.get(f"/contacts/{contact['id']}/messages?limit=200")
    return [message["text"] for message in found.body["items"] if message["author"]["role"] != "system"]
