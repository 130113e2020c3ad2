"""What a supervisor does from the wall: each confirmed, and in the event stream with who did it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.helpers.browser import axe
from tests.pages.wall import ago, events_by_supervisors, staff, take, wall_of

if TYPE_CHECKING:
    from tests.helpers.browser import OpenWindow
    from tests.pages.house import House

PRIVATE, MESSAGES = "611 · частная", "Сообщения"


async def test_an_observer_sees_the_same_without_actions(house: House, window: OpenWindow) -> None:
    wall = await wall_of(await window(), house, "observer")
    call = await house.call()
    await wall.open_queue(PRIVATE)
    await expect(wall.row(call)).to_be_visible()
    await expect(wall.panel.get_by_role("button", name="Что сделать")).to_have_count(0)
    await expect(wall.panel.get_by_role("button", name="Закрыть очередь")).to_have_count(0)
    await wall.agent("Анна Белова").click()
    await expect(wall.panel.get_by_role("heading", name="Анна Белова")).to_be_visible()
    await expect(wall.panel).to_contain_text("Возврат, ₽: 500")
    await expect(wall.panel.get_by_role("button")).to_have_count(1)  # the one that closes it


async def test_waiting_contacts_are_listed_in_their_order(house: House, window: OpenWindow) -> None:
    wall = await wall_of(await window(), house)
    await house.call(customer={"name": "Второй"})
    await house.call(customer={"name": "Первый"}, arrived_at=ago(60))
    await house.supervisor.post(f"/contacts/{(await house.call())['id']}/cancel", {})
    await wall.open_queue(PRIVATE)
    rows = wall.panel.get_by_role("listitem")
    await expect(rows).to_have_count(2)
    await expect(rows.nth(0)).to_contain_text(re.compile(r"Первый.*1:0\d.*Телефон", re.DOTALL))
    await expect(rows.nth(1)).to_contain_text("Второй")
    later = await house.call(not_before=ago(-3600), customer={"name": "Позже"})
    await wall.panel.get_by_role("radio", name="Запланировано").check()
    await expect(wall.row(later)).to_contain_text("Позже")
    await expect(rows).to_have_count(1)


async def test_a_contact_is_moved_reprioritised_and_cancelled(house: House, window: OpenWindow) -> None:
    wall = await wall_of(await window(), house)
    call = await house.call(customer={"name": "Пётр Ильин"})
    await wall.open_queue(PRIVATE)
    await wall.act(call, "Изменить приоритет")
    await expect(wall.dialog).to_contain_text("Пётр Ильин: Телефон, «611 · частная», ждёт")
    assert await axe(wall.page) == []
    await wall.dialog.get_by_label("Приоритет").select_option("7")
    await wall.confirm("Изменить")
    await expect(wall.row(call)).to_contain_text("приоритет +7")
    assert (await house.contact(call))["priority"] == 7

    await wall.act(call, "Перевести")
    await wall.dialog.get_by_role("button", name="Отмена").click()
    assert (await house.contact(call))["queue"] == "private"
    await wall.act(call, "Перевести")
    await wall.dialog.get_by_label("В какую очередь").select_option(label="636 · корпоративная")
    await wall.confirm("Перевести")
    await expect(wall.row(call)).to_have_count(0)
    assert (await house.contact(call))["queue"] == "corporate"

    await wall.open_queue("636 · корпоративная")
    await wall.act(call, "Отменить обращение")
    await expect(wall.dialog).to_contain_text("Вернуть нельзя")
    await wall.confirm("Отменить обращение")
    await expect(wall.page.get_by_role("log", name="Уведомления")).to_contain_text("Обращение отменено")
    await expect(wall.row(call)).to_have_count(0)
    assert (await house.contact(call))["state"] == "cancelled"
    assert await events_by_supervisors(house) == [
        ("contact.reprioritised", call["id"]),
        ("contact.transferred", call["id"]),
        ("contact.cancelled", call["id"]),
    ]


async def test_a_contact_is_given_to_an_agent(house: House, window: OpenWindow) -> None:
    wall = await wall_of(await window(), house)
    call = await house.call()
    await wall.open_queue(PRIVATE)
    async with staff(house, "vera") as agents:
        await wall.panel.get_by_role("radio", name="Предложено").check()
        await expect(wall.row(call)).to_contain_text("Вера Громова")
        await take(house, call, agents["vera"])
        await wall.panel.get_by_role("radio", name="Разговор").check()
        async with staff(house, "anna"):
            await expect(wall.agent("Анна Белова")).to_contain_text("Свободен")
            await wall.act(call, "Отдать сотруднику")
            await expect(wall.dialog).to_contain_text("Вера Громова его потеряет")
            await wall.dialog.get_by_label("Кому").select_option(label="Анна Белова · Свободен")
            await wall.confirm("Отдать")
            await expect(wall.agent("Анна Белова")).to_contain_text("Предложено")
    assert ("contact.transferred", call["id"]) in await events_by_supervisors(house)


async def test_presence_is_set_and_an_agent_signed_out(house: House, window: OpenWindow) -> None:
    wall = await wall_of(await window(), house)
    async with staff(house, "anna"):
        await expect(wall.agent("Анна Белова")).to_contain_text("Свободен")
        await wall.agent("Анна Белова").click()
        await wall.panel.get_by_role("button", name="Отправить на перерыв").click()
        await wall.dialog.get_by_label("Причина").select_option(label="Обучение")
        await wall.confirm("Отправить на перерыв")
        await expect(wall.agent("Анна Белова")).to_contain_text("Обучение")
        assert (await house.agent("anna"))["reason"] == "training"
        await wall.panel.get_by_role("button", name="Сделать доступным").click()
        await wall.confirm("Сделать доступным")
        await expect(wall.agent("Анна Белова")).to_contain_text("Свободен")
        await wall.panel.get_by_role("button", name="Вывести из системы").click()
        await wall.dialog.get_by_label("После текущего обращения").check()
        await wall.confirm("Вывести из системы")
        await expect(wall.agent("Анна Белова")).to_contain_text("Не в сети")
    done = await events_by_supervisors(house)
    assert [event for event in done if event[0] == "agent.presence"] == [("agent.presence", "anna")] * 3


async def test_a_queue_is_closed_opened_and_given_a_notice(house: House, window: OpenWindow) -> None:
    wall = await wall_of(await window(), house)
    await wall.open_queue(MESSAGES)
    await wall.panel.get_by_role("button", name="Закрыть очередь").click()
    await expect(wall.dialog).to_contain_text("Кто уже ждёт, будет обслужен")
    await wall.dialog.get_by_label("На сколько").select_option(label="1 ч")
    await wall.confirm("Закрыть очередь")
    await expect(wall.part(MESSAGES, "closed")).to_be_visible()
    await expect(wall.panel).to_contain_text("изменил супервизор")
    await wall.panel.get_by_role("button", name="Объявление").click()
    await wall.dialog.get_by_label("Объявление").fill("Сбой в районе Мира")
    await wall.confirm("Повесить")
    await expect(wall.part(MESSAGES, "notice")).to_contain_text("Сбой в районе Мира")
    await wall.panel.get_by_role("button", name="Как в файле").click()
    await wall.confirm("Вернуть")
    await expect(wall.part(MESSAGES, "closed")).to_have_count(0)
    await expect(wall.part(MESSAGES, "notice")).to_have_count(0)


@pytest.mark.parametrize(
    ("meanwhile", "words"),
    [("reprioritise", "Кто-то это уже изменил"), ("cancel", "уже невозможно|уже изменил")],
)
async def test_who_was_quicker_is_said_in_words(house: House, window: OpenWindow, meanwhile: str, words: str) -> None:
    tab = await window()
    tab.expect("status of 4")
    wall = await wall_of(tab, house)
    call = await house.call()
    await wall.open_queue(PRIVATE)
    await wall.act(call, "Перевести")
    await house.supervisor.post(
        f"/contacts/{call['id']}/{meanwhile}", {"priority": 1} if meanwhile == "reprioritise" else {}
    )
    await wall.confirm("Перевести")
    await expect(wall.page.get_by_role("log", name="Уведомления")).to_contain_text(re.compile(words))
    assert (await house.contact(call))["queue"] == "private"
