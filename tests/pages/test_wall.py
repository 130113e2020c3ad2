"""The wall, sentence by sentence: every queue, every agent, channels and alarms, as they stand and as they change."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from router.domain.token import digest_of, id_of
from tests.helpers.browser import PHONE, SCREEN, SCREEN_4K, axe, shot, window_of
from tests.helpers.service import Service
from tests.pages.cable import cable_to
from tests.pages.house import program_house
from tests.pages.wall import ago, staff, take, wall_of

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser, Page, ViewportSize

    from router.domain.states import Role
    from tests.helpers.browser import OpenWindow
    from tests.pages.house import House

PRIVATE, CORPORATE, MESSAGES = "611 · частная", "636 · корпоративная", "Сообщения"
OVERFLOW = "[document.documentElement.scrollWidth - innerWidth, document.documentElement.scrollHeight - innerHeight]"


@pytest.mark.parametrize("role", ["supervisor", "observer", "admin"])
async def test_its_link_shows_the_floor(house: House, window: OpenWindow, role: Role) -> None:
    wall = await wall_of(await window(), house, role)
    assert wall.page.url == f"{house.base}/wall"
    await expect(wall.page.get_by_role("article")).to_have_count(3)
    await expect(wall.page.get_by_role("banner").get_by_role("heading")).to_contain_text("pages")
    await expect(wall.page.locator("[data-test=link]")).to_have_text("На связи")
    # The time of day is Krasnoyarsk's, seven hours ahead of UTC.
    there = await wall.page.evaluate(
        "new Intl.DateTimeFormat('ru', {timeZone: 'Asia/Krasnoyarsk', hour: '2-digit'}).format(new Date())"
    )
    await expect(wall.page.locator("cr-wall-time")).to_contain_text(re.compile(rf"^{there}:\d\d"))


async def test_an_agent_is_told_that_it_is_not_his(house: House, window: OpenWindow) -> None:
    page = await (await window()).open(await house.link("wall", "agent", agent="anna"))
    await expect(page.get_by_role("alert")).to_contain_text("agent")
    await expect(page.get_by_role("button", name="Войти")).to_be_visible()


async def test_a_queue_says_who_waits_how_long_and_what_is_promised(house: House, window: OpenWindow) -> None:
    wall = await wall_of(await window(), house, "observer")
    await expect(wall.part(PRIVATE, "waiting")).to_have_text("0")
    await expect(wall.part(PRIVATE, "level")).to_have_text("В норме")
    await expect(wall.part(PRIVATE, "estimate")).to_contain_text("никого нет")
    await expect(wall.queue(PRIVATE)).to_contain_text("Никого нет на месте")
    await house.call(arrived_at=ago(50))
    await house.call()
    await expect(wall.part(PRIVATE, "waiting")).to_have_text("2")
    await expect(wall.part(PRIVATE, "longest")).to_contain_text(re.compile(r"0:5\d|1:0\d"))
    await expect(wall.part(PRIVATE, "longest")).to_contain_text("норма 40 с")
    await expect(wall.part(PRIVATE, "longest")).to_have_class(re.compile("fair"))
    await house.call(arrived_at=ago(100))
    await expect(wall.part(PRIVATE, "longest")).to_have_class(re.compile("bad"))
    await expect(wall.part(PRIVATE, "level")).to_have_text("Горит")
    await expect(wall.part(CORPORATE, "waiting")).to_have_text("0")


async def test_a_queue_says_how_well_it_keeps_its_promise_now_and_today(house: House, window: OpenWindow) -> None:
    wall = await wall_of(await window(), house, "observer")
    lost = await house.call(arrived_at=ago(90))
    await house.hang_up(lost)
    async with staff(house, "boris") as agents:
        for _ in range(3):
            call = await house.call(attributes={"dialled": "636"})
            await take(house, call, agents["boris"])
            await house.hang_up(call)
            await agents["boris"].post("/agents/boris/ready", {})
        figures = wall.queue(CORPORATE).get_by_role("table")
        await expect(figures.get_by_role("row", name="В срок")).to_contain_text("цель 90")
        await expect(figures.get_by_role("row", name="В срок").get_by_role("cell").first).to_contain_text("100")
        await expect(figures.get_by_role("row", name="Ответ за").get_by_role("cell").first).to_have_text("0 с")
    # A page that is opened later has the day's figures at once.
    wall = await wall_of(await window(), house, "observer")
    figures = wall.queue(CORPORATE).get_by_role("table")
    await expect(figures.get_by_role("row", name="В срок").get_by_role("cell").nth(1)).to_contain_text("100")
    await expect(figures.get_by_role("row", name="Ответ за").get_by_role("cell").nth(1)).to_have_text("0 с")
    lost_row = wall.queue(PRIVATE).get_by_role("row", name="Потеряно")
    for column in range(2):
        await expect(lost_row.get_by_role("cell").nth(column)).to_contain_text(re.compile(r"1\s*100"))
    await expect(wall.queue(CORPORATE).get_by_role("img", name="В срок")).to_have_attribute(
        "aria-label", re.compile(r"цель 90.*\d\d:[03]0 100")
    )
    await expect(wall.queue(CORPORATE).get_by_role("img", name="Ожидание")).to_have_attribute(
        "aria-label", re.compile(r"норма 10 с.*\d\d:[03]0 0 с")
    )


async def test_agents_are_shown_with_their_state_since_when_and_on_what(house: House, window: OpenWindow) -> None:
    wall = await wall_of(await window(), house, "observer")
    await expect(wall.agent("Анна Белова")).to_contain_text("Не в сети")
    await expect(wall.page.get_by_role("region", name="Сотрудники")).to_contain_text(re.compile("Отделение\\s*0 из 3"))
    async with staff(house, "anna", "vera") as agents:
        await expect(wall.agent("Анна Белова")).to_contain_text("Свободен")
        await expect(wall.agent("Анна Белова")).to_contain_text(re.compile(r"0:\d\d"))
        await expect(wall.queue(PRIVATE).locator(".staff-legend")).to_contain_text("Свободен2")
        call = await house.call()
        takes = (await house.contact(call))["agent"]
        name = {"anna": "Анна Белова", "vera": "Вера Громова"}[takes]
        await expect(wall.agent(name)).to_contain_text("Предложено · 611 · частная")
        await take(house, call, agents[takes])
        await expect(wall.agent(name)).to_contain_text("Занят · 611 · частная (Телефон)")
        await expect(wall.queue(PRIVATE).locator(".staff-legend")).to_contain_text("Занят1")
        later = await wall_of(await window(), house, "observer")
        await expect(later.agent(name)).to_contain_text("Занят · 611 · частная (Телефон)")
        other = "vera" if takes == "anna" else "anna"
        await agents[other].put(f"/agents/{other}/presence", {"presence": "break", "reason": "lunch"})
        await expect(wall.page.locator(f"[data-test=agent-{other}]")).to_contain_text("Обед")


async def test_channels_are_up_degraded_or_down(house: House, window: OpenWindow) -> None:
    wall = await wall_of(await window(), house, "observer")
    channels = wall.page.get_by_role("list", name="Каналы").get_by_role("listitem")
    await expect(channels.filter(has_text="Телеграм")).to_contain_text("работает")
    await house.adapters["telegram"].put("/channels/telegram", {"status": "degraded", "detail": "503"})
    await expect(channels.filter(has_text="Телеграм")).to_contain_text("с перебоями")
    await house.unplug()
    await expect(channels.filter(has_text="Телефон")).to_contain_text("не работает")


async def test_alarms_that_are_firing_are_not_overlooked(house: House, window: OpenWindow) -> None:
    wall = await wall_of(await window(), house, "observer")
    alarms = wall.page.get_by_role("region", name="Тревоги").get_by_role("listitem")
    await expect(alarms.filter(has_text=PRIVATE)).to_have_count(0)
    for _ in range(12):
        await house.hang_up(await house.call(arrived_at=ago(90)))
    await house.call(arrived_at=ago(400))
    await expect(alarms.filter(has_text=PRIVATE)).to_have_count(3)
    await expect(alarms.filter(has_text="ждёт 1, и никого нет на месте")).to_have_count(1)
    await expect(alarms.filter(has_text="быстро теряет цель: 100")).to_have_count(1)
    # What is critical stands first.
    await expect(alarms.last).to_contain_text("больше двух норм")


async def test_all_green_and_burning_differ_at_one_glance(tmp_path: Path, browser: Browser) -> None:
    async with (
        program_house(tmp_path) as (house, _router),
        window_of(browser, size=SCREEN) as tab,
        staff(house, "anna", "boris", "vera"),
    ):
        await house.plug()
        wall = await wall_of(tab, house, "observer")
        await expect(wall.page.get_by_role("region", name="Тревоги")).to_have_text("Тревог нет")
        await expect(wall.page.get_by_role("banner")).to_contain_text("Тревог нет")
        await expect(wall.page.locator("[data-test=level]")).to_have_text(["В норме"] * 3)
        await shot(wall.page, "wall-green")
        for _ in range(12):
            await house.hang_up(await house.call(arrived_at=ago(90)))
        await expect(wall.page.locator("cr-wall")).to_have_attribute("data-level", "bad")
        await expect(wall.part(PRIVATE, "level")).to_have_text("Горит")
        await expect(wall.page.get_by_role("banner")).not_to_contain_text("Тревог нет")


async def test_a_queue_that_is_closed_or_has_a_notice_says_so(house: House, window: OpenWindow) -> None:
    wall = await wall_of(await window(), house, "observer")
    await house.supervisor.patch("/queues/messages", {"open": False, "notice": "Сбой", "until": ago(-3600)})
    await expect(wall.part(MESSAGES, "closed")).to_have_text("Закрыта")
    await expect(wall.part(MESSAGES, "notice")).to_contain_text(re.compile(r"Сбой · до .*\d\d:\d\d"))
    await expect(wall.part(MESSAGES, "estimate")).to_contain_text("закрыто")


async def test_it_says_how_old_it_is_and_comes_back_by_itself(house: House, window: OpenWindow) -> None:
    tab = await window()
    tab.expect("ERR_", "Failed to fetch", "WebSocket")
    async with cable_to(int(house.base.rpartition(":")[2])) as cable:
        wall = await wall_of(tab, house, "observer", cable.base)
        cable.pull()
        link = wall.page.locator("[data-test=link]")
        await expect(link).to_have_text("Соединяемся", timeout=15_000)
        await expect(link).to_contain_text(re.compile(r"Нет ответа: картине \d+ с"), timeout=20_000)
        await house.call()
        cable.mend()
        await expect(link).to_have_text("На связи", timeout=15_000)
        await expect(wall.part(PRIVATE, "waiting")).to_have_text("1")


async def test_a_revoked_token_shows_the_form(house: House, window: OpenWindow) -> None:
    tab = await window()
    tab.expect("401", "WebSocket")
    observer = await house.caller("observer")
    page = await tab.open(f"{house.base}/wall#token={observer.secret}")
    await expect(page.get_by_role("article")).to_have_count(3)
    assert isinstance(house.place, Service)
    assert observer.secret is not None
    await house.place.served.tokens.revoke(id_of(digest_of(observer.secret)))
    await expect(page.get_by_role("alert")).to_contain_text("больше не действует")
    await expect(page.get_by_role("article")).to_have_count(0)


async def test_all_of_it_is_seen_at_once(house: House, window: OpenWindow) -> None:
    await house.call(arrived_at=ago(100))
    for size, name in ((SCREEN, "wall-1080"), (SCREEN_4K, "wall-4k")):
        wall = await wall_of(await window(size=size), house, "observer")
        await expect(wall.part(PRIVATE, "level")).to_have_text("Горит")
        assert await wall.page.evaluate(OVERFLOW) == [0, 0]
        await shot(wall.page, name)
    sizes = await wall.page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)")
    assert sizes == 32, "on 4K all is twice as large as on 1080p, where it is 16"


async def test_a_phone_scrolls_one_way_only(house: House, window: OpenWindow) -> None:
    wall = await wall_of(await window(size=PHONE), house)
    assert (await wall.page.evaluate(OVERFLOW))[0] == 0
    await wall.open_queue(PRIVATE)
    await expect(wall.queue(PRIVATE)).to_be_hidden()
    assert (await wall.page.evaluate(OVERFLOW))[0] == 0
    await wall.page.keyboard.press("Escape")
    await expect(wall.queue(PRIVATE)).to_be_visible()
    await expect(wall.queue(PRIVATE).get_by_role("button", name=PRIVATE)).to_be_focused()


async def test_language_and_colours_are_chosen(house: House, window: OpenWindow) -> None:
    wall = await wall_of(await window(scheme="dark"), house, "observer")
    await expect(wall.page).to_have_title("Табло")
    await wall.page.get_by_role("button", name="Настройки").click()
    for choice in ("English", "Light"):
        await wall.page.get_by_role("menuitemradio", name=choice).click()
    await expect(wall.page.get_by_role("article", name="611 · private")).to_contain_text("wait")
    await expect(wall.page).to_have_title("Wallboard")
    assert await wall.page.evaluate("getComputedStyle(document.body.parentElement).colorScheme") == "light"


@pytest.mark.parametrize(("scheme", "size"), [("light", SCREEN), ("dark", SCREEN), ("light", PHONE)])
async def test_it_keeps_nobody_out(house: House, window: OpenWindow, scheme: str, size: ViewportSize) -> None:
    wall = await wall_of(await window(scheme=scheme, size=size), house)
    assert await axe(wall.page) == []
    async with staff(house, "anna"):
        await house.call(arrived_at=ago(400))
        await house.supervisor.patch("/queues/messages", {"open": False, "notice": "Сбой"})
        await expect(wall.part(PRIVATE, "level")).to_have_text("Горит")
        await expect(wall.part(MESSAGES, "closed")).to_be_visible()
        assert await axe(wall.page) == []


async def test_motion_and_memory_stay_low(house: House, window: OpenWindow) -> None:
    wall = await wall_of(await window(), house, "observer")

    async def nodes(page: Page) -> int:
        return await page.evaluate("document.querySelectorAll('*').length")

    before = await nodes(wall.page)
    for _ in range(10):
        await house.hang_up(await house.call())
        await expect(wall.part(PRIVATE, "waiting")).to_have_text("0")
    await expect(wall.queue(PRIVATE).get_by_role("row", name="Потеряно")).to_contain_text("10")
    assert await nodes(wall.page) < before + 10
