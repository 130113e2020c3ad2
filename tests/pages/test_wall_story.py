"""A contact's whole story on the wall: found, explained, told event by event, and all of it by the keyboard alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, get_args, get_type_hints

from playwright.async_api import expect

from router.domain.alarms import RULES
from router.domain.events import EVENTS
from router.domain.wire.answers import Coming, Explanation
from router.service.explain import Remedy
from tests.helpers.browser import axe
from tests.pages.wall import staff, take, wall_of

if TYPE_CHECKING:
    from tests.helpers.browser import OpenWindow
    from tests.pages.house import House

PRIVATE = "611 · частная"
WORDS = Path(__file__).parents[2] / "router" / "web" / "pages" / "wall"


async def test_a_contact_s_story_is_found_by_its_id(house: House, window: OpenWindow) -> None:
    wall = await wall_of(await window(), house, "observer")
    async with staff(house, "anna") as agents:
        call = await house.call("+79131112233", customer={"name": "Пётр Ильин", "type": "private"})
        await take(house, call, agents["anna"])
        await house.hang_up(call)
        await wall.find(call["id"])
        events = wall.panel.locator("[data-test=timeline]").get_by_role("listitem")
        told = await house.supervisor.get(f"/contacts/{call['id']}/events")
        await expect(events).to_have_count(len(told.body["items"]))
        await expect(events.first).to_contain_text("Встало в очередь «611 · частная»")
        await expect(events.first).to_contain_text(re.compile(r"\d\d:\d\d:\d\d"))
        await expect(events.filter(has_text="Предложено: Анна Белова")).to_have_count(1)
        taken = events.filter(has_text="Взял сотрудник: Анна Белова")
        await expect(taken).to_contain_text(re.compile(r"ожидание \d+ с.*Анна Белова", re.DOTALL))
        await expect(events.last).to_contain_text(re.compile(r"Закончено.*отвечено.*клиент.*канал", re.DOTALL))
        await expect(wall.panel).to_contain_text("Пётр Ильин")
        assert await axe(wall.page) == []


async def test_it_goes_on_while_one_looks(house: House, window: OpenWindow) -> None:
    wall = await wall_of(await window(), house)
    call = await house.call()
    await wall.find(call["id"])
    events = wall.panel.locator("[data-test=timeline]").get_by_role("listitem")
    await expect(events).to_have_count(1)
    await house.supervisor.post(f"/contacts/{call['id']}/reprioritise", {"priority": 3})
    await expect(events.last).to_contain_text(re.compile(r"Приоритет теперь \+3.*супервизор", re.DOTALL))
    await house.supervisor.post(f"/contacts/{call['id']}/cancel", {})
    await expect(events.last).to_contain_text("Отменено")


async def test_explain_says_what_it_waits_for(house: House, window: OpenWindow) -> None:
    wall = await wall_of(await window(), house)
    async with staff(house, "anna") as agents:
        await agents["anna"].put("/agents/anna/presence", {"presence": "break"})
        call = await house.call(customer={"language": "en"})
        await wall.find(call["id"])
        await expect(wall.panel.locator("[data-test=waits-for]")).to_contain_text("Ждёт сотрудника. Впереди 0.")
        await expect(wall.panel.locator("[data-test=waits-for]")).to_contain_text("Нужно: Английский от")
        vera = wall.panel.locator("[data-test=obstacles]").get_by_role("listitem").filter(has_text="Вера Громова")
        await expect(vera).to_contain_text(re.compile(r"не в сети.*Пусть", re.DOTALL))
        await expect(wall.panel.locator("[data-test=coming]")).to_contain_text("будет нужно только: ничего особенного")
        await vera.get_by_role("button").click()
        await expect(wall.panel.get_by_role("heading", name="Вера Громова")).to_be_focused()
        await wall.panel.get_by_role("button", name="Назад").click()
        await expect(wall.panel.get_by_role("heading", name=call["id"])).to_be_focused()


async def test_a_conversation_is_shown_with_its_messages(house: House, window: OpenWindow) -> None:
    wall = await wall_of(await window(), house)
    async with staff(house, "anna") as agents:
        contact = (await house.write("Где мой баланс?", customer={"name": "Елена Кузнецова"}))["contact"]
        await take(house, contact, agents["anna"])
        await agents["anna"].post(f"/contacts/{contact['id']}/messages", {"text": "Сейчас посмотрю."})
        await wall.find("telegram:42")
        await wall.row(contact).get_by_role("button").first.click()
        messages = wall.panel.locator("[data-test=messages]").get_by_role("listitem")
        await expect(messages.filter(has_text="Елена Кузнецова")).to_contain_text("Где мой баланс?")
        answer = messages.filter(has_text="Анна Белова")
        await expect(answer).to_contain_text("Сейчас посмотрю.")
        await house.deliver(await house.to_send())
        await expect(answer).to_contain_text("прочитано")


async def test_what_is_not_there_is_said(house: House, window: OpenWindow) -> None:
    tab = await window()
    tab.expect("404")
    wall = await wall_of(tab, house)
    await wall.find("nobody")
    await expect(wall.page.get_by_role("log", name="Уведомления")).to_contain_text("«nobody»")
    await expect(wall.panel).to_have_count(0)


async def test_all_of_it_is_done_by_the_keyboard(house: House, window: OpenWindow) -> None:
    wall = await wall_of(await window(), house)
    call = await house.call()
    opener = wall.queue(PRIVATE).get_by_role("button", name=PRIVATE)
    await expect(wall.part(PRIVATE, "waiting")).to_have_text("1")
    await opener.focus()
    keys = wall.page.keyboard
    await keys.press("Enter")
    await expect(wall.panel.get_by_role("heading", name=PRIVATE)).to_be_focused()
    await expect(wall.row(call)).to_be_visible()
    menu = wall.row(call).get_by_role("button", name="Что сделать")
    for _ in range(20):
        await keys.press("Tab")
        if await menu.evaluate("node => node === document.activeElement"):
            break
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert await wall.page.evaluate(outline) == "solid", "whoever goes by the keyboard sees where he is"
    await keys.press("Enter")
    await expect(wall.page.get_by_role("menuitem").first).to_be_focused()
    await keys.press("ArrowUp")
    await keys.press("Enter")
    await expect(wall.dialog).to_contain_text("Вернуть нельзя")
    await keys.press("Escape")
    await expect(wall.dialog).to_have_count(0)
    await expect(wall.panel).to_be_visible()
    await keys.press("Escape")
    await expect(wall.panel).to_have_count(0)
    await expect(opener).to_be_focused()
    assert (await house.contact(call))["state"] == "queued"


async def test_a_type_without_words_is_shown_by_its_name(house: House, window: OpenWindow) -> None:
    wall = await wall_of(await window(), house)
    told = await wall.page.evaluate(
        "import('/pages/wall/timeline.js').then(({eventWords}) => eventWords({type: 'contact.cloned', data: {}}, {}))"
    )
    assert told == "contact.cloned"


def keys_of(file: str) -> set[str]:
    """The names of the words of a dictionary, which must be the same in both languages."""
    english, russian = re.split(r"^  ru: {$", (WORDS / file).read_text(encoding="utf-8"), flags=re.MULTILINE)
    found = [set(re.findall(r"^    (\w+):", words, re.MULTILINE)) for words in (english, russian)]
    assert found[0] == found[1]
    return found[0]


async def test_there_are_words_for_all_that_can_happen() -> None:
    story, board, acts = keys_of("story_words.js"), keys_of("words.js"), keys_of("acts_words.js")
    of_contacts = {name for name in EVENTS if name.split(".")[0] in {"contact", "offer", "message", "command"}}
    assert {f"event_{name.replace('.', '_')}" for name in of_contacts} <= story
    assert {f"alarm_{name}" for name in RULES} <= board
    assert {f"remedy_{name}" for name in get_args(Remedy)} - {"remedy_none"} <= story
    assert {f"waits_for_{name}" for name in get_args(get_type_hints(Explanation)["waits_for"])} <= story
    assert {f"coming_{name}" for name in get_args(get_type_hints(Coming)["what"])} <= story
    lua = WORDS.parents[2] / "engine" / "lua" / "shared" / "agent.lua"
    reasons = re.search(r"function obstacle.*?^end", lua.read_text(), re.DOTALL | re.MULTILINE)
    assert reasons
    assert {f"obstacle_{name}" for name in re.findall(r"return '(\w+)'", reasons[0])} <= story
    assert {"role_system", "role_adapter", "role_agent"} <= acts
