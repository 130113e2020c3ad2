"""The desk comes back by itself and loses nothing, whatever is taken from it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from playwright.async_api import expect

from router.kit.clock import SystemClock
from tests.helpers.browser import processes, stopped
from tests.helpers.service import Service
from tests.pages.cable import cable_to
from tests.pages.desk import Seat, said_in, seat, talk, until
from tests.pages.house import house_on, program_house

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from playwright.async_api import Browser, Page

    from tests.helpers.browser import OpenWindow, Window
    from tests.helpers.servers import Server
    from tests.pages.house import House, Program

PACE = 5
AWAY = ("WebSocket", "ERR_", "Failed to fetch")
"""What a browser itself says of a router that is away."""

pytestmark = pytest.mark.timeout(120)


@pytest_asyncio.fixture(loop_scope="session")
async def hurried(_servers: Callable[[str], Server]) -> AsyncGenerator[House]:
    """A house whose clock runs so fast that an agent is lost after three seconds."""
    async with house_on(_servers("valkey"), pace=PACE) as house:
        yield house


@pytest_asyncio.fixture(loop_scope="session")
async def tab(window: OpenWindow) -> Window:
    """anna's browser, in English."""
    return await window(language="en-US")


def port_of(house: House) -> int:
    return int(house.base.rpartition(":")[2])


def store_of(router: Program) -> list[int]:
    """The processes of the store that a router has started."""
    folder = str(router.folder / "data")
    found = [int(one.parent.name) for one in Path("/proc").glob("[0-9]*/cmdline") if folder in one.read_text()]
    found.remove(router.process.pid)
    return found


async def lines(at: Seat, name: str) -> list[str]:
    """What the conversation shows, in its order."""
    return await at.pane(name).locator(".message .text").all_inner_texts()


async def stayed(page: Page) -> bool:
    return await page.evaluate("window.stayed === true")


async def test_a_router_is_killed(tmp_path: Path, tab: Window) -> None:
    async with program_house(tmp_path) as (house, router):
        at = await seat(house, tab)
        contact = await talk(house, at)
        await at.say("Olga", "One moment")
        await until(lambda: said_in(house, contact), ["Hello", "One moment"])
        await house.write("I am here too", "43", customer={"name": "Pavel"})
        await expect(at.offer_of("Pavel")).to_be_visible()
        tab.expect(*AWAY)
        await router.kill()
        await expect(at.state).to_contain_text("Connecting")
        await at.say("Olga", "First", "Second")
        await at.write_in("Olga").fill("not sent yet")
        await router.start()
        await house.write("Are you there?", "42")
        await expect(at.state).not_to_contain_text("Connecting", timeout=20_000)
        await until(lambda: count_of(house, contact), 5)
        said = await said_in(house, contact)
        assert [text for text in said if text in {"First", "Second"}] == ["First", "Second"]
        await expect(at.pane("Olga").locator(".unsent")).to_have_count(0)
        await expect(at.pane("Olga").locator(".message .text")).to_have_text(said)
        await expect(at.write_in("Olga")).to_have_value("not sent yet")
        await at.accept("Pavel")
        assert (await house.agent("anna"))["presence"] == "available"
        assert await stayed(at.page)


async def count_of(house: House, contact: Any) -> int:
    return len(await said_in(house, contact))


async def test_an_offer_is_over_when_the_router_is_back(tmp_path: Path, tab: Window) -> None:
    async with program_house(tmp_path) as (house, router), cable_to(router.port) as cable:
        at = await seat(house, tab, cable.base)
        offered = await house.write("Hello", customer={"name": "Olga"})
        await expect(at.offer_of("Olga")).to_be_visible()
        tab.expect(*AWAY)
        cable.pull()
        await router.kill()
        await router.start()
        cancelled = await house.supervisor.post(f"/contacts/{offered['contact']['id']}/cancel")
        assert cancelled.status == 200, cancelled.body
        cable.mend()
        await expect(at.notice("Olga")).to_be_visible(timeout=20_000)
        await expect(at.offer_of("Olga")).to_have_count(0)
        assert await stayed(at.page)


async def test_a_cable_is_pulled_for_a_moment(house: House, tab: Window) -> None:
    async with cable_to(port_of(house)) as cable:
        at = await seat(house, tab, cable.base)
        contact = await talk(house, at)
        tab.expect(*AWAY)
        cable.pull()
        await expect(at.state).to_contain_text("Connecting")
        await at.say("Olga", "First", "Second")
        await house.write("Are you there?")
        cable.mend()
        await expect(at.pane("Olga").locator(".message .text")).to_have_text(
            ["Hello", "Are you there?", "First", "Second"]
        )
        assert await said_in(house, contact) == ["Hello", "Are you there?", "First", "Second"]
        assert (await house.agent("anna"))["presence"] == "available"
        assert await stayed(at.page)


@pytest.mark.parametrize("how", ["pull", "fall_silent"])
async def test_a_cable_is_gone_until_she_is_lost(hurried: House, tab: Window, how: str) -> None:
    async with cable_to(port_of(hurried)) as cable:
        at = await seat(hurried, tab, cable.base)
        contact = await talk(hurried, at)
        tab.expect(*AWAY)
        getattr(cable, how)()
        await at.say("Olga", "Nobody has had this")
        await at.write_in("Olga").fill("nor this")
        await until(lambda: connections(hurried), 0)
        await until(lambda: state_of(hurried, contact), "queued")
        await hurried.write("Are you there?")
        cable.mend()
        await expect(at.notice("Olga")).to_be_visible(timeout=20_000)
        await expect(at.pane("Olga")).to_have_count(0)
        await at.accept("Olga")
        await expect(at.pane("Olga").locator(".message .text")).to_have_text(["Hello", "Are you there?"])
        await expect(at.write_in("Olga")).to_have_value("Nobody has had this\nnor this")
        assert await said_in(hurried, contact) == ["Hello", "Are you there?"]
        assert await stayed(at.page)


async def connections(house: House) -> int:
    return (await house.agent("anna"))["connections"]


async def state_of(house: House, contact: Any) -> str:
    return (await house.contact(contact))["state"]


async def test_a_browser_is_offline(house: House, tab: Window) -> None:
    at = await seat(house, tab)
    contact = await talk(house, at)
    tab.expect(*AWAY)
    await tab.context.set_offline(True)
    await expect(at.state).to_contain_text("Connecting")
    await at.say("Olga", "First")
    await house.write("Are you there?")
    await tab.context.set_offline(False)
    await expect(at.pane("Olga").locator(".message .text")).to_have_text(["Hello", "Are you there?", "First"])
    assert await said_in(house, contact) == ["Hello", "Are you there?", "First"]


async def test_a_laptop_sleeps(browser: Browser, hurried: House, tab: Window) -> None:
    at = await seat(hurried, tab)
    contact = await talk(hurried, at)
    await at.write_in("Olga").fill("not sent yet")
    tab.expect(*AWAY)
    with stopped(await processes(browser)):
        await until(lambda: state_of(hurried, contact), "queued")
        await hurried.write("Are you there?")
    await expect(at.notice("Olga")).to_be_visible(timeout=20_000)
    await at.accept("Olga")
    await expect(at.pane("Olga").locator(".message .text")).to_have_text(["Hello", "Are you there?"])
    await expect(at.write_in("Olga")).to_have_value("not sent yet")
    assert await stayed(at.page)


async def test_a_page_hangs(browser: Browser, hurried: House, tab: Window) -> None:
    at = await seat(hurried, tab)
    await talk(hurried, at)
    with stopped(await processes(browser, "renderer")):
        await hurried.write("Are you there?")
        offered = await hurried.write("I am here too", "43", customer={"name": "Pavel"})
        await until(lambda: state_of(hurried, offered["contact"]), "queued")
    await expect(at.pane("Olga").locator(".message .text")).to_have_text(["Hello", "Are you there?"])
    await at.accept("Pavel")
    assert await stayed(at.page)


async def second(house: House, tab: Window, first: Seat) -> Seat:
    """Another tab of hers, by an address without a token."""
    at = Seat(await tab.open(f"{house.base}/desk"), first.agent)
    await expect(at.state).not_to_contain_text("Connecting")
    return at


async def test_a_second_tab(house: House, tab: Window) -> None:
    at = await seat(house, tab)
    await talk(house, at)
    other = await second(house, tab, at)
    await expect(other.pane("Olga").locator(".message .text")).to_have_text(["Hello"])
    await house.write("Me too", "43", customer={"name": "Pavel"})
    await expect(at.offer_of("Pavel")).to_be_visible()
    await other.accept("Pavel")
    await expect(at.offer_of("Pavel")).to_have_count(0)
    await expect(at.pane("Pavel")).to_be_visible()
    await other.page.close()
    await until(lambda: connections(house), 1)
    assert (await house.agent("anna"))["presence"] == "available"
    third = await second(house, tab, at)
    await third.page.get_by_role("button", name="Settings").click()
    await third.page.get_by_role("menuitem", name="Sign out").click()
    for page in (at.page, third.page):
        await expect(page.get_by_label("Your token")).to_be_visible()
        assert await page.evaluate("sessionStorage.length") == 0
    assert (await house.agent("anna"))["presence"] == "available"


async def test_a_token_is_revoked(house: House, tab: Window) -> None:
    at = await seat(house, tab)
    await talk(house, at)
    await at.write_in("Olga").fill("not sent yet")
    tab.expect(*AWAY, "401")
    assert isinstance(house.place, Service)
    tokens = house.place.served.tokens
    await tokens.revoke((await tokens.who(str(at.agent.secret))).id)
    await gone(at.page)


async def test_a_token_expires(house: House, tab: Window) -> None:
    tab.expect(*AWAY, "401")
    now = SystemClock().wall_ms()
    at = await seat(house, tab, expires_at=now + 5_000)
    await gone(at.page)
    late = await tab.open(await house.link("desk", "agent", agent="anna", expires_at=now))
    await gone(late)


async def gone(page: Page) -> None:
    """Whoever was here must sign in again, and nothing of his is left."""
    await expect(page.get_by_role("alert")).to_contain_text("no longer valid", timeout=20_000)
    assert await page.evaluate("sessionStorage.length") == 0


async def test_the_store_is_away_while_she_accepts(tmp_path: Path, tab: Window) -> None:
    async with program_house(tmp_path) as (house, router):
        at = await seat(house, tab)
        contact = await talk(house, at)
        await house.write("Me too", "43", customer={"name": "Pavel"})
        await expect(at.offer_of("Pavel")).to_be_visible()
        tab.expect(*AWAY, "503")
        with stopped(store_of(router)):
            await at.say("Olga", "First", "Second")
            await at.offer_of("Pavel").get_by_role("button", name="Accept").click()
            await until(lambda: health(house), 503)
            await expect(at.pane("Olga").locator(".unsent")).to_have_count(2)
        await expect(at.pane("Pavel")).to_be_visible(timeout=20_000)
        await until(lambda: said_in(house, contact), ["Hello", "First", "Second"])
        assert await stayed(at.page)


async def health(house: House) -> int:
    return (await house.supervisor.get("/queues")).status


async def test_the_page_is_loaded_again(tmp_path: Path, tab: Window) -> None:
    async with program_house(tmp_path) as (house, router):
        await house.plug("telegram")
        at = await seat(house, tab)
        contact = await talk(house, at)
        over = await talk(house, at, "Pavel", "43")
        await at.say("Pavel", "Goodbye")
        await until(lambda: count_of(house, over), 2)
        await house.post("telegram", f"/contacts/{over['id']}/left", {})
        await expect(at.pane("Pavel")).to_contain_text("The customer has ended it.")
        tab.expect(*AWAY, "503")
        with stopped(store_of(router)):
            await at.say("Olga", "First", "Second")
            await at.write_in("Olga").fill("not sent yet")
            await at.page.reload()
        await expect(at.write_in("Olga")).to_have_value("not sent yet", timeout=20_000)
        await expect(at.pane("Olga").locator(".unsent")).to_have_count(0, timeout=20_000)
        assert await said_in(house, contact) == ["Hello", "First", "Second"]
        await expect(at.pane("Pavel").get_by_role("button", name="Resolved")).to_be_visible()


async def test_the_token_is_nowhere_to_be_read(tmp_path: Path, tab: Window) -> None:
    async with program_house(tmp_path) as (house, router):
        referers: list[str] = []
        tab.expect("ERR_ABORTED")  # a link that is followed cuts off what was loading
        tab.context.on("request", lambda request: referers.append(request.headers.get("referer", "")))
        at = await seat(house, tab)
        secret = str(at.agent.secret)
        assert at.page.url == f"{house.base}/desk"
        follow = await house.caller("agent", agent="boris")
        await at.page.evaluate("secret => { location.hash = `token=${secret}` }", follow.secret)
        await expect(at.page.get_by_role("button", name="Борис")).to_be_visible()
        seen = [at.page.url]
        while await at.page.evaluate("navigation.canGoBack"):
            await at.page.go_back()
            seen.append(at.page.url)
        await at.page.goto(f"{house.base}/docs")
        said = [*seen, *referers, *router.log]
        assert any("/v1/" in line for line in router.log), "it says nothing"
        for token in (secret, str(follow.secret)):
            assert not [line for line in said if token in line]
