"""The desk, sentence by sentence: signing in, presence, offers, and what an agent sees of himself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.async_api import expect

from tests.helpers.browser import axe
from tests.pages.desk import Desk, desk_of, working

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.helpers.browser import OpenWindow
    from tests.pages.house import House

RECORDER = """
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...when) {
    const noted = document.documentElement.dataset;
    noted.sounded = Number(noted.sounded ?? 0) + 1;
    return start.apply(this, when);
  };
  window.notified = [];
  const Real = window.Notification;
  window.Notification = class extends Real {
    constructor(title, options) { super(title, options); window.notified.push(`${title}: ${options.body}`); }
  };
  window.looksAway = false;
  const focused = Document.prototype.hasFocus;
  Document.prototype.hasFocus = function () { return !window.looksAway && focused.call(this); };
"""
"""Notes what sounds and what notifies, and lets a test look away from the window."""


async def test_one_signs_in_by_a_link_or_by_pasting(house: House, window: OpenWindow) -> None:
    anna = await house.caller("agent", agent="anna")
    by_link = await (await window()).open(f"{house.base}/desk#token={anna.secret}")
    await expect(by_link.get_by_role("button", name="Анна Белова")).to_be_visible()
    assert by_link.url == f"{house.base}/desk"
    assert anna.secret
    assert anna.secret not in await by_link.content()

    tab = await window()
    tab.expect("401")
    page = await tab.open(f"{house.base}/desk")
    await page.get_by_label("Ваш токен").fill("crt_nobody")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("неизвестен")
    await page.get_by_label("Ваш токен").fill("кириллица")
    await page.get_by_role("button", name="Войти").click()
    await expect(page.get_by_role("alert")).to_contain_text("неизвестен")
    assert await axe(page) == []
    await page.get_by_label("Ваш токен").fill(f"  {anna.secret}\n")
    await page.get_by_role("button", name="Войти").click()
    await expect(page.get_by_role("button", name="Анна Белова")).to_be_visible()
    assert page.url == f"{house.base}/desk"


async def test_a_token_of_another_role_is_told_so(house: House, window: OpenWindow) -> None:
    page = await (await window()).open(await house.link("desk", "observer"))
    await expect(page.get_by_role("alert")).to_contain_text("observer")
    await expect(page.get_by_role("button", name="Войти")).to_be_visible()


async def test_presence_is_chosen_with_its_reason(house: House, window: OpenWindow) -> None:
    desk = await desk_of(await window(), house)
    await expect(desk.page.get_by_role("heading", name="Вы не на линии")).to_be_visible()
    await desk.be_available()
    assert (await house.agent("anna"))["presence"] == "available"
    await desk.choose_presence("Обед")
    await expect(desk.page.get_by_role("heading", name="Вы на перерыве")).to_be_visible()
    await expect(desk.page.get_by_role("button", name="Анна Белова Обед")).to_be_visible()
    agent = await house.agent("anna")
    assert (agent["presence"], agent["reason"]) == ("break", "lunch")
    await desk.be_available()
    await house.write("Здравствуйте", customer={"name": "Елена Кузнецова"})
    await desk.accept("Елена Кузнецова")
    await desk.choose_presence("Обучение", 1)
    await expect(desk.page.get_by_role("button", name="Анна Белова На линии")).to_contain_text("потом Обучение")
    await desk.write("Елена Кузнецова", "До свидания!")
    await desk.complete("Елена Кузнецова")
    await desk.page.get_by_role("button", name="Готов к следующему").click()
    await expect(desk.page.get_by_role("button", name="Анна Белова Обучение")).to_be_visible()
    await desk.choose_presence("Не на линии")
    await expect(desk.page.get_by_role("heading", name="Вы не на линии")).to_be_visible()
    assert (await house.agent("anna"))["presence"] == "offline"


async def test_the_phone_is_chosen_and_its_state_is_shown(house: House, window: OpenWindow) -> None:
    desk = await working(await window(), house)
    phone = desk.page.get_by_role("button", name="Ваш телефон")
    await expect(phone).to_contain_text("PJSIP/1001")
    await phone.click()
    await desk.page.get_by_label("Адрес телефона").fill("PJSIP/2002")
    await desk.page.get_by_role("button", name="Сохранить").click()
    await expect(phone).to_contain_text("PJSIP/2002")
    agent = await house.agent("anna")
    assert (agent["device"]["address"], agent["presence"]) == ("PJSIP/2002", "available")
    said = await house.adapters["phone"].put("/agents/anna/device", {"address": "PJSIP/2002", "state": "unreachable"})
    assert said.status == 200
    await expect(phone).to_contain_text("недоступен")


async def test_an_offer_says_who_and_why_and_is_seen_and_heard(house: House, window: OpenWindow) -> None:
    tab = await window(permissions=("notifications",))
    await tab.context.add_init_script(RECORDER)
    desk = await working(tab, house)
    page = desk.page
    await page.evaluate("window.looksAway = true")
    customer = {"name": "Игорь Савельев", "type": "corporate"}
    await house.write("Верните деньги", customer=customer, attributes={"topic": "refund", "amount": 300})
    await expect(desk.offer.get_by_role("heading", name="Игорь Савельев")).to_be_visible()
    for words in ("Новая беседа", "Телеграм", "Корпоративный", "Сообщения", "Ждёт 0:0", "Возврат, ₽: 300", "refund"):
        await expect(desk.offer).to_contain_text(words)
    await expect(desk.offer).to_contain_text("свободны только вы")
    assert await axe(page) == []
    left = desk.offer.get_by_role("timer")
    await expect(left).to_have_text(re.compile("^(20|19) с$"))
    await expect(left).to_have_text(re.compile("^1[5-8] с$"))
    await expect(page).to_have_title("● Предложение: Игорь Савельев")
    await expect(page).to_have_title("Рабочее место")
    assert await page.evaluate("window.notified") == ["Новая беседа: Игорь Савельев"]
    root = page.locator("html")
    rings = await root.get_attribute("data-sounded")
    assert rings
    await expect(root).not_to_have_attribute("data-sounded", rings)
    await page.evaluate("window.looksAway = false")
    await page.keyboard.press("F2")
    await expect(desk.pane("Игорь Савельев")).to_be_visible()
    await expect(desk.offer).to_have_count(0)
    await expect(page).to_have_title("Рабочее место")
    await expect(desk.writing("Игорь Савельев")).to_be_focused()


async def test_an_offer_is_declined_by_one_key_and_missed_with_a_word(house: House, window: OpenWindow) -> None:
    desk = await working(await window(), house)
    contact = (await house.write("Здравствуйте", customer={"name": "Елена Кузнецова"}))["contact"]
    await expect(desk.offer).to_be_visible()
    await desk.page.keyboard.press("F4")
    await expect(desk.offer).to_have_count(0)
    assert (await house.contact(contact))["state"] == "queued"
    called = await house.call(attributes={"dialled": "611"}, customer={"name": "Павел Дорохов"})
    await expect(desk.offer.get_by_role("heading", name="Павел Дорохов")).to_be_visible()
    await expect(desk.offer).to_contain_text("Входящий звонок")
    await house.hang_up(called)
    await expect(desk.offer).to_have_count(0)
    await expect(desk.page.get_by_role("log", name="Уведомления")).to_contain_text("Клиент ушёл: Павел Дорохов")


async def test_who_does_not_answer_says_that_he_is_here_again(house: House, window: OpenWindow) -> None:
    desk = await working(await window(), house)
    await house.write("Здравствуйте", customer={"name": "Елена Кузнецова"})
    await desk.accept("Елена Кузнецова")
    for number in range(8):  # so many rests an agent has at most
        await house.write("Здравствуйте", thread=str(number))
        await expect(desk.offer).to_be_visible()
        await desk.page.keyboard.press("F4")
        await expect(desk.offer).to_have_count(0)
    again = desk.page.get_by_role("button", name="Я снова здесь")
    await expect(again).to_be_visible()
    await again.click()
    await expect(again).to_have_count(0)
    agent = await house.agent("anna")
    assert (agent["state"], agent["unresponsive"]) == ("busy", False)


async def test_what_he_may_decide_and_his_day_are_shown(house: House, window: OpenWindow) -> None:
    desk = await working(await window(), house)
    details = desk.page.get_by_role("complementary", name="Подробности")
    await expect(details).to_contain_text(re.compile("Возврат, ₽.*до 500"))
    await expect(details).to_contain_text("611 · частная")
    customer = {"id": "tg:7", "name": "Елена Кузнецова", "language": "ru"}
    await house.write("Верните 900", customer=customer, attributes={"topic": "refund", "amount": 400})
    await desk.accept("Елена Кузнецова")
    await expect(details).to_contain_text(re.compile("до 500.*просят 400"))
    for words in ("Елена Кузнецова", "tg:7", "Русский", "Сообщения", "Телеграм", "topic", "refund"):
        await expect(details).to_contain_text(words)
    day = desk.page.get_by_label("Ваша смена")
    await expect(day).to_contain_text("Разговоры0")
    await desk.write("Елена Кузнецова", "Вернул, проверьте баланс.")
    await desk.complete("Елена Кузнецова")
    await expect(day).to_contain_text("Разговоры1")


async def test_it_speaks_english_and_is_dark_where_one_wants_it(house: House, window: OpenWindow) -> None:
    page = await (await window(language="en-US", scheme="dark")).open(await house.link("desk", "agent", agent="vera"))
    await expect(page.get_by_role("heading", name="You are offline")).to_be_visible()
    assert await page.get_attribute("html", "lang") == "en"
    assert await background(page) == "rgb(12, 17, 24)"
    assert await axe(page) == []
    await chosen(page, "Settings", "Light")
    assert await background(page) == "rgb(238, 241, 245)"
    await chosen(page, "Settings", "Русский")
    await expect(page.get_by_role("heading", name="Вы не на линии")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("heading", name="Вы не на линии")).to_be_visible()
    assert await background(page) == "rgb(238, 241, 245)"


async def test_the_keyboard_is_enough(house: House, window: OpenWindow) -> None:
    page = (await desk_of(await window(), house)).page
    await focus(page, "Выйти на линию")
    await page.keyboard.press("Enter")
    await house.write("Здравствуйте", customer={"name": "Елена Кузнецова"})
    desk = Desk(page)
    await desk.accept("Елена Кузнецова")
    await expect(desk.writing("Елена Кузнецова")).to_be_focused()
    await page.keyboard.type("/при")
    await expect(page.get_by_role("listbox")).to_have_count(0)  # nothing is called so
    await page.keyboard.press("Control+a")
    await page.keyboard.type("/gre")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await expect(desk.said("Елена Кузнецова", "Здравствуйте, Елена! Меня зовут Анна Белова.")).to_be_visible()
    await page.keyboard.press("F9")
    await expect(page.get_by_role("dialog", name="Передать: Елена Кузнецова")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(desk.writing("Елена Кузнецова")).to_be_focused()
    await page.keyboard.press("F8")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(desk.pane("Елена Кузнецова")).to_have_count(0)
    await focus(page, "Настройки")
    await page.keyboard.press("Enter")
    await focus(page, "Клавиши", "ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog", name="Клавиши")).to_contain_text("F2")
    assert await axe(page) == []


async def test_a_phone_is_wide_enough(house: House, window: OpenWindow) -> None:
    tab = await window(size={"width": 390, "height": 844})
    desk = await working(tab, house)
    page = desk.page
    for thread, name in (("1", "Ольга Константинопольская"), ("2", "Пётр")):
        await house.write("Как перейти на другой тариф?", thread=thread, customer={"name": name})
        await desk.offer.get_by_role("button", name="Принять").click()
        await expect(desk.pane(name)).to_be_visible()
        assert await axe(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth") == 390
        await desk.pane(name).get_by_role("button", name="К списку").click()
        await expect(desk.entry(name)).to_be_visible()
        await expect(desk.pane(name)).not_to_be_visible()
    await desk.entry("Ольга").click()
    await desk.pane("Ольга").get_by_role("button", name="Подробности").click()
    await expect(page.get_by_role("complementary", name="Подробности")).to_contain_text("Вы вправе решать")
    assert await axe(page) == []


async def background(page: Page) -> str:
    """The page's colour."""
    return await page.evaluate("getComputedStyle(document.documentElement).backgroundColor")


async def chosen(page: Page, menu: str, choice: str) -> None:
    """Choose something in a menu."""
    await page.get_by_role("button", name=menu).click()
    await page.get_by_role("menu", name=menu).get_by_text(choice, exact=True).click()
    await page.keyboard.press("Escape")


async def focus(page: Page, name: str, key: str = "Tab", most: int = 40) -> None:
    """Go on by a key until what is called so has the focus."""
    for _ in range(most):
        text = "(document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent).trim()"
        if (await page.evaluate(text)).startswith(name):
            return
        await page.keyboard.press(key)
    raise AssertionError(f"{name} is not reached by {key}")
