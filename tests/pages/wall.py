"""A wall in the browser, as who looks at it finds things: by what they are called; and the floor behind it."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from playwright.async_api import expect

from router.domain.wire.moment import moment
from router.kit.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from playwright.async_api import Locator, Page

    from router.domain.states import Role
    from tests.helpers.browser import Window
    from tests.helpers.service import Caller
    from tests.pages.house import House


@dataclass
class Wall:
    """One tab with the wall, in Russian."""

    page: Page

    @property
    def panel(self) -> Locator:
        """What is open beside it."""
        return self.page.get_by_role("complementary")

    @property
    def dialog(self) -> Locator:
        """What is asked before something is done."""
        return self.page.get_by_role("dialog")

    def queue(self, name: str) -> Locator:
        """The card of a queue."""
        return self.page.get_by_role("article", name=name)

    def part(self, name: str, what: str) -> Locator:
        """A part of the card of a queue: `waiting`, `longest`, `estimate`, `level`, `closed`, `notice`."""
        return self.queue(name).locator(f"[data-test={what}]")

    def agent(self, name: str) -> Locator:
        """The field of an agent."""
        return self.page.get_by_role("region", name="Сотрудники").get_by_role("button", name=name)

    def row(self, contact: Any) -> Locator:
        """A contact in a list beside the wall."""
        return self.panel.get_by_role("listitem").filter(has=self.page.locator(f"[data-test=contact-{contact['id']}]"))

    async def open_queue(self, name: str, state: str = "Ждёт") -> None:
        """Open a queue, and its contacts in this state."""
        await self.queue(name).get_by_role("button", name=name).click()
        await self.panel.get_by_role("radio", name=state).check()

    async def act(self, contact: Any, what: str) -> None:
        """Choose what is to be done to a contact of the list."""
        await self.row(contact).get_by_role("button", name="Что сделать").click()
        await self.page.get_by_role("menuitem", name=what).click()

    async def confirm(self, action: str) -> None:
        """Say yes to what is asked, and see that it is done."""
        await self.dialog.get_by_role("button", name=action).click()
        await expect(self.dialog).to_have_count(0)

    async def find(self, wanted: str) -> None:
        """Look for a contact or a customer, by the keyboard alone."""
        await self.page.keyboard.press("Control+k")
        await self.page.keyboard.type(wanted)
        await self.page.keyboard.press("Enter")


async def wall_of(window: Window, house: House, role: Role = "supervisor", base: str | None = None) -> Wall:
    """The wall in a new tab, signed in by a link."""
    page = await window.open(await house.link("wall", role, base))
    await expect(page.get_by_role("article").first).to_be_visible()
    return Wall(page)


@asynccontextmanager
async def staff(house: House, *agents: str) -> AsyncGenerator[dict[str, Caller]]:
    """These agents at their desks, available."""
    async with AsyncExitStack() as stack:
        found: dict[str, Caller] = {}
        for agent in agents:
            caller = await house.caller("agent", agent=agent)
            socket = await stack.enter_async_context(caller.socket(f"/agents/{agent}/live"))
            await socket.receive()  # the snapshot
            said = await caller.put(f"/agents/{agent}/presence", {"presence": "available"})
            assert said.status == 200, said.body
            found[agent] = caller
        yield found


async def take(house: House, contact: Any, agent: Caller) -> Any:
    """The agent accepts what he is offered; a call is joined."""
    offer = (await house.contact(contact))["offer"]
    said = await agent.post(f"/offers/{offer}/accept", {})
    assert said.status == 200, said.body
    return await house.join(contact) if contact["medium"] == "voice" else said.body


def ago(seconds: float) -> str:
    """That moment."""
    return moment(SystemClock().wall_ms() - 1000 * seconds)


async def events_by_supervisors(house: House) -> list[tuple[str, str | None]]:
    """(type, contact or agent) of what supervisors have done, by the event stream."""
    events = (await house.supervisor.get("/events?limit=1000")).body["items"]
    return [
        (event["type"], event["contact"] or event["agent"]) for event in events if event["by"]["role"] == "supervisor"
    ]
