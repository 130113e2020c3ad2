"""An agent's desk in the browser, as his eyes and hands find it: by what things are called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from playwright.async_api import expect

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

    from tests.helpers.browser import Window
    from tests.pages.house import House


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
