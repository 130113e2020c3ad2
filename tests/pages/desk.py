"""An agent's desk in the browser, as his eyes and hands find it: by what things are called."""

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
class Desk:
    """One tab with the desk, in Russian."""

    page: Page

    @property
    def offer(self) -> Locator:
        """What is offered."""
        return self.page.locator(".offer")

    def pane(self, name: str) -> Locator:
        """The contact of the customer whom one calls so."""
        return self.page.get_by_role("article", name=name)

    def writing(self, name: str) -> Locator:
        """Where one writes to that customer."""
        return self.pane(name).get_by_role("textbox")

    def entry(self, name: str) -> Locator:
        """That customer's line in the list."""
        return self.page.get_by_role("navigation", name="Ваши обращения").get_by_role("button").filter(has_text=name)

    def said(self, name: str, text: str) -> Locator:
        """A message in that customer's conversation."""
        return self.pane(name).get_by_role("log").get_by_role("listitem").filter(has_text=text)

    async def choose_presence(self, choice: str, place: int = 0) -> None:
        """Take one of the choices of the menu of presence; of several with that name, the one at `place`."""
        await self.page.get_by_role("button", name="изменить присутствие").click()
        await self.page.get_by_role("menu").get_by_text(choice, exact=True).nth(place).click()

    async def be_available(self) -> None:
        """Begin to work."""
        await self.page.get_by_role("button", name="Выйти на линию").click()
        await expect(self.page.get_by_text("Готовы к следующему обращению")).to_be_visible()

    async def accept(self, name: str) -> None:
        """Take what is offered by its key, and see it."""
        await expect(self.offer.get_by_role("heading", name=name)).to_be_visible()
        await self.page.keyboard.press("F2")
        await expect(self.pane(name)).to_be_visible()

    async def write(self, name: str, text: str) -> None:
        """Say something to that customer."""
        await self.writing(name).fill(text)
        await self.writing(name).press("Enter")

    async def complete(self, name: str, how: str = "Решено") -> None:
        """End that contact."""
        await self.pane(name).get_by_role("button", name="Завершить").click()
        dialog = self.page.get_by_role("dialog")
        await dialog.get_by_label(how).check()
        await dialog.get_by_role("button", name="Завершить").click()
        await expect(self.pane(name)).to_have_count(0)


async def desk_of(window: Window, house: House, agent: str = "anna", base: str | None = None) -> Desk:
    """The agent's desk in a new tab, signed in by a link."""
    page = await window.open(await house.link("desk", "agent", base, agent=agent))
    await expect(page.get_by_role("banner").get_by_role("button", name="изменить присутствие")).to_be_visible()
    return Desk(page)


async def working(window: Window, house: House, agent: str = "anna") -> Desk:
    """The desk of an agent who is available."""
    desk = await desk_of(window, house, agent)
    await desk.be_available()
    return desk


@dataclass
class Seat(Desk):
    """A tab of anna's, in English."""

    agent: Caller
    """Her token."""

    def write_in(self, name: str) -> Locator:
        """Where she writes to him."""
        return self.pane(name).get_by_role("textbox", name="Message")

    def offer_of(self, name: str) -> Locator:
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
        await self.offer_of(name).get_by_role("button", name="Accept").click()
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
