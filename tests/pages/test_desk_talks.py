"""The desk, sentence by sentence: conversations side by side, calls, and how a contact goes on or ends."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from playwright.async_api import expect

from tests.helpers.browser import axe
from tests.pages.desk import desk_of, working

if TYPE_CHECKING:
    from tests.helpers.browser import OpenWindow
    from tests.pages.house import House

ELENA = {"name": "Елена Кузнецова", "language": "ru"}


async def test_three_conversations_stand_side_by_side(house: House, window: OpenWindow) -> None:
    desk = await working(await window(), house)
    names = ("Елена Кузнецова", "Павел Дорохов", "Пётр Новак")
    for thread, name in enumerate(names):
        await house.write("Здравствуйте", thread=str(thread), channel="vk", customer={"name": name})
        await desk.accept(name)
    boxes = [await desk.pane(name).bounding_box() for name in names]
    for left, right in itertools.pairwise(boxes):
        assert left
        assert right
        assert left["x"] + left["width"] <= right["x"]
        assert left["width"] > 250
    await expect(desk.page.get_by_label("Вы заняты на 75 процентов")).to_be_visible()
    await house.write("Вы здесь?", thread="0", channel="vk", customer={"name": names[0]})
    await house.write("Алло", thread="0", channel="vk", customer={"name": names[0]})
    await expect(desk.entry(names[0])).to_contain_text("2 непрочитанных сообщения")
    await expect(desk.entry(names[0])).to_contain_text("Алло")
    await expect(desk.page).to_have_title("(2) Рабочее место")
    assert await axe(desk.page) == []
    await desk.page.keyboard.press("Alt+1")
    await expect(desk.writing(names[0])).to_be_focused()
    await expect(desk.entry(names[0])).not_to_contain_text("непрочитанн")
    await expect(desk.page).to_have_title("Рабочее место")


async def test_a_message_shows_how_far_it_has_come(house: House, window: OpenWindow) -> None:
    desk = await working(await window(), house)
    name = ELENA["name"]
    await house.write("Где мой баланс?", customer=ELENA)
    await desk.accept(name)
    await expect(desk.pane(name)).to_contain_text("Ждёт ответа")
    await desk.write(name, "Сейчас посмотрю.\nМинуту.")
    answer = desk.said(name, "Сейчас посмотрю.")
    await expect(answer.get_by_role("img", name="Ждёт отправки")).to_be_visible()
    message = await house.to_send()
    for state, shown in (("sending", "Отправляется"), ("sent", "Отправлено"), ("delivered", "Доставлено")):
        sent = {"external_id": "77"} if state == "sent" else {}
        await house.message_state(message, state, **sent)
        await expect(answer.get_by_role("img", name=shown)).to_be_visible()
    await house.message_state(message, "read")
    await expect(answer.get_by_role("img", name="Прочитано")).to_be_visible()
    await expect(desk.pane(name)).not_to_contain_text("Ждёт ответа")
    await desk.write(name, "Ещё одно")
    failed = await house.to_send()
    await house.message_state(failed, "failed", code="blocked")
    await expect(desk.said(name, "Ещё одно")).to_contain_text("клиент нас заблокировал")
    assert await axe(desk.page) == []


async def test_what_customers_send_is_shown_and_what_they_do(house: House, window: OpenWindow) -> None:
    desk = await working(await window(), house)
    name = ELENA["name"]
    received = await house.write("Вот чек", customer=ELENA)
    await desk.accept(name)
    picture = {"kind": "image", "name": "чек.svg", "url": f"{house.base}/pages/shared/icon.svg"}
    paper = {"kind": "document", "name": "договор.pdf", "bytes": 81_234, "url": f"{house.base}/docs"}
    lost = {"kind": "video", "name": "запись.mp4", "unavailable": "too_large"}
    script = {"kind": "document", "name": "вред", "url": "javascript:alert(1)"}
    await house.write(None, customer=ELENA, kind="image", attachments=[picture, paper, lost, script])
    pane = desk.pane(name)
    await expect(pane.get_by_role("img", name="чек.svg")).to_be_visible()
    await expect(pane.get_by_role("link", name=re.compile("договор.pdf.*81 КБ"))).to_be_visible()
    await expect(pane).to_contain_text("запись.mp4 слишком велик")
    await expect(pane.get_by_text("вред")).to_be_visible()
    await expect(pane.get_by_role("link", name="вред")).to_have_count(0)
    await house.adapters["telegram"].post(f"/contacts/{received['contact']['id']}/typing", {})
    await expect(desk.entry(name)).to_contain_text("пишет…")
    edited = {"edits": received["message"]["external_id"]}
    await house.write("Вот чек, за ноябрь", customer=ELENA, **edited)
    await expect(desk.said(name, "Вот чек, за ноябрь")).to_contain_text("изменено")
    await house.write(None, customer=ELENA, deletes=received["message"]["external_id"])
    await expect(desk.said(name, "Удалено")).to_be_visible()
    assert await axe(desk.page) == []


async def test_the_customer_sees_that_one_writes_and_gets_what_is_attached(house: House, window: OpenWindow) -> None:
    desk = await working(await window(), house)
    name = ELENA["name"]
    await house.write("Пришлите тариф", customer=ELENA)
    await desk.accept(name)
    await desk.writing(name).press_sequentially("Се")
    await house.wires["telegram"].frame("typing")
    await desk.writing(name).fill("")
    await desk.pane(name).get_by_role("button", name="Отправить файл по адресу").click()
    dialog = desk.page.get_by_role("dialog")
    await dialog.get_by_label("Адрес файла").fill("https://example.org/files/tariff%20plan.pdf")
    await dialog.get_by_role("button", name="Отправить").click()
    sent = await house.to_send()
    assert [(one["kind"], one["name"], one["url"]) for one in sent["attachments"]] == [
        ("document", "tariff plan.pdf", "https://example.org/files/tariff%20plan.pdf")
    ]
    await expect(desk.pane(name).get_by_role("link", name="tariff plan.pdf")).to_be_visible()


async def test_quick_replies_are_filled_in_in_the_customer_s_language(house: House, window: OpenWindow) -> None:
    desk = await working(await window(), house, "vera")
    await house.write("Hello", customer={"name": "Peter Novak", "language": "en"})
    await desk.accept("Peter Novak")
    await desk.pane("Peter Novak").get_by_role("button", name="Быстрые ответы").click()
    replies = desk.page.get_by_role("listbox", name="Быстрые ответы").get_by_role("option")
    await expect(replies).to_have_count(2)
    assert await axe(desk.page) == []
    await replies.filter(has_text="/greeting").click()
    await expect(desk.writing("Peter Novak")).to_have_value("Hello Peter, I am Вера Громова. How can I help?")
    await desk.writing("Peter Novak").press("Enter")
    assert (await house.to_send())["text"] == "Hello Peter, I am Вера Громова. How can I help?"
    await house.write("Здравствуйте", thread="43", customer={"id": "tg:9"})
    await desk.accept("tg:9")
    await desk.writing("tg:9").fill("/gre")
    await desk.writing("tg:9").press("Enter")
    await expect(desk.writing("tg:9")).to_have_value("Здравствуйте! Меня зовут Вера Громова. Чем помочь?")


async def test_a_note_is_for_colleagues_alone(house: House, window: OpenWindow) -> None:
    desk = await working(await window(), house)
    name = ELENA["name"]
    await house.write("Здравствуйте", customer=ELENA)
    await desk.accept(name)
    await desk.pane(name).get_by_role("button", name="Заметка").click()
    await desk.write(name, "Просила перезвонить после шести")
    note = desk.said(name, "Просила перезвонить после шести")
    await expect(note).to_contain_text("Заметка, Анна Белова: клиент её не видит")
    await desk.write(name, "Здравствуйте, Елена!")
    assert (await house.to_send())["text"] == "Здравствуйте, Елена!"
    assert await axe(desk.page) == []


async def test_what_was_before_is_there_to_be_read(house: House, window: OpenWindow) -> None:
    tab = await window()
    vera = await working(tab, house, "vera")
    name = ELENA["name"]
    await house.write("Интернет не работает", customer=ELENA)
    await vera.accept(name)
    await vera.write(name, "Перезагрузите роутер.")
    await vera.complete(name)
    await vera.choose_presence("Не на линии")
    anna = await working(await window(), house)
    await house.write("Опять не работает", customer=ELENA)
    await anna.accept(name)
    past = anna.page.get_by_role("complementary").get_by_role(
        "button", name=re.compile("Сообщения.*Вера Громова.*Решено")
    )
    await past.click()
    dialog = anna.page.get_by_role("dialog", name="Прежнее: Сообщения")
    await expect(dialog).to_contain_text("Интернет не работает")
    await expect(dialog).to_contain_text("Перезагрузите роутер.")
    assert await axe(anna.page) == []


async def test_a_call_is_answered_at_the_phone(house: House, window: OpenWindow) -> None:
    desk = await working(await window(), house)
    name = "Игорь Савельев"
    call = await house.call(attributes={"dialled": "611"}, customer={"name": name, "type": "private"})
    await desk.accept(name)
    pane = desk.pane(name)
    await expect(pane.get_by_role("status")).to_contain_text("Соединяем")
    await expect(pane.get_by_role("status")).to_contain_text("Ответьте на PJSIP/1001")
    await house.join(call)
    await expect(pane.get_by_role("status")).to_contain_text("Идёт разговор")
    await expect(pane.get_by_role("region", name="Звонок")).to_contain_text("0:02")
    assert await axe(desk.page) == []
    for word, button, after in (
        ("hold", "Удержать", "На удержании"), ("resume", "Снять", "Идёт разговор"),
        ("mute", "Микрофон", "Без звука"), ("pause_recording", "Пауза записи", "Запись на паузе"),
    ):  # fmt: skip
        await pane.get_by_role("button", name=button, exact=True).click()
        command = (await house.wires["phone"].frame("command"))["command"]
        assert command["do"] == word
        await house.post("phone", f"/commands/{command['id']}", {"status": "done"})
        await expect(pane.get_by_role("status")).to_contain_text(after)
    await desk.page.reload()
    await expect(pane.get_by_role("status")).to_contain_text("Без звука")
    await pane.get_by_role("button", name="Цифры").click()
    await desk.page.get_by_role("dialog").get_by_role("button", name="5", exact=True).click()
    command = (await house.wires["phone"].frame("command"))["command"]
    assert (command["do"], command["args"]) == ("digits", {"digits": "5"})
    await desk.page.keyboard.press("Escape")
    await pane.get_by_role("button", name="Совет").click()
    await desk.page.get_by_role("dialog").get_by_label("Борис Глухов").check()
    await desk.page.get_by_role("dialog").get_by_role("button", name="Позвонить").click()
    command = (await house.wires["phone"].frame("command"))["command"]
    assert (command["do"], command["args"]) == ("consult", {"agent": "boris"})
    await house.post("phone", f"/commands/{command['id']}", {"status": "failed", "code": "busy"})
    await expect(desk.page.get_by_role("log", name="Уведомления")).to_contain_text("Не получилось: Совет")
    await pane.get_by_label("Заметка о звонке").fill("Просит другой тариф")
    await desk.page.keyboard.press("Enter")
    await expect(desk.said(name, "Просит другой тариф")).to_be_visible()


async def test_wrap_up_counts_down_and_ends_by_a_word(house: House, window: OpenWindow) -> None:
    desk = await working(await window(), house)
    call = await house.call(attributes={"dialled": "611"}, customer={"name": "Игорь Савельев"})
    await desk.accept("Игорь Савельев")
    await house.join(call)
    await expect(desk.pane("Игорь Савельев").get_by_role("status")).to_contain_text("Идёт разговор")
    await house.hang_up(call)
    pane = desk.pane("Игорь Савельев")
    await expect(pane).to_contain_text("Клиент завершил.")
    await expect(pane).to_contain_text(re.compile("Обработка: 0:(20|19|18)"))
    await expect(pane).to_contain_text("Обработка: 0:17")
    assert await axe(desk.page) == []
    await pane.get_by_role("button", name="Перезвонить").click()
    await expect(desk.page.get_by_role("heading", name="Обработка")).to_be_visible()
    assert (await house.contact(call))["disposition"] == "call_back"
    assert await axe(desk.page) == []
    await desk.page.get_by_role("button", name="Готов к следующему").click()
    await expect(desk.page.get_by_role("heading", name="Готовы к следующему обращению")).to_be_visible()
    assert (await house.agent("anna"))["state"] == "idle"


async def test_a_contact_is_transferred_with_a_note(house: House, window: OpenWindow) -> None:
    anna = await working(await window(), house)
    vera = await desk_of(await window(), house, "vera")
    name = ELENA["name"]
    received = (await house.write("Верните 300", customer=ELENA))["contact"]
    await anna.accept(name)
    await anna.write(name, "Передаю коллеге.")
    await vera.be_available()
    await anna.pane(name).get_by_role("button", name="Передать").click()
    dialog = anna.page.get_by_role("dialog", name=f"Передать: {name}")
    await expect(dialog.get_by_label("Вера Громова")).to_be_visible()
    await expect(dialog).to_contain_text("ждут 0")
    assert await axe(anna.page) == []
    await dialog.get_by_label("Найти").fill("вера")
    await expect(dialog.get_by_label("Борис Глухов")).to_have_count(0)
    await dialog.get_by_label("Вера Громова").check()
    await dialog.get_by_label("Записка").fill("Клиентка вежливая, просит возврат")
    await dialog.get_by_label("вправе решать").select_option(label="Возврат, ₽")
    await dialog.get_by_role("spinbutton", name="До").fill("300")
    await dialog.get_by_role("button", name="Передать").click()
    await expect(anna.pane(name)).to_have_count(0)
    await vera.accept(name)
    await expect(vera.pane(name)).to_contain_text("Клиентка вежливая, просит возврат")
    contact = await house.contact(received)
    assert (contact["agent"], contact["requirement"]["powers"]) == ("vera", {"refund": 300})
    await vera.pane(name).get_by_role("button", name="Передать").click()
    dialog = vera.page.get_by_role("dialog")
    await dialog.get_by_label("611 · частная").check()
    await dialog.get_by_role("button", name="Передать").click()
    await expect(vera.pane(name)).to_have_count(0)
    assert (await house.contact(received))["queue"] == "private"


async def test_a_conversation_is_parked_and_comes_back(house: House, window: OpenWindow) -> None:
    desk = await working(await window(), house)
    name = ELENA["name"]
    received = (await house.write("Я перешлю чек завтра", customer=ELENA))["contact"]
    await desk.accept(name)
    await desk.write(name, "Хорошо, жду.")
    await desk.pane(name).get_by_role("button", name="Отложить").click()
    await expect(desk.page.get_by_role("heading", name="Отложено")).to_be_visible()
    assert (await house.contact(received))["state"] == "parked"
    await desk.page.reload()
    await desk.entry(name).click()
    await expect(desk.said(name, "Хорошо, жду.")).to_be_visible()
    await expect(desk.writing(name)).to_have_count(0)
    assert await axe(desk.page) == []
    await house.write("Вот он", customer=ELENA)
    await desk.accept(name)
    await expect(desk.said(name, "Вот он")).to_be_visible()
    await expect(desk.pane(name).get_by_role("button", name="Отложить")).to_be_disabled()
    await desk.write(name, "Спасибо!")
    await desk.pane(name).get_by_role("button", name="Отложить").click()
    await desk.entry(name).click()
    await expect(desk.pane(name).get_by_role("button", name="Вернуть")).to_be_visible()
    await desk.pane(name).get_by_role("button", name="Вернуть").click()
    await desk.accept(name)


async def test_what_was_said_last_is_read_before_the_end(house: House, window: OpenWindow) -> None:
    tab = await window()
    desk = await working(tab, house)
    for thread, name in (("1", "Елена"), ("2", "Павел")):
        await house.write("Здравствуйте", thread=thread, customer={"name": name})
        await desk.accept(name)
        await desk.write(name, "Здравствуйте!")
    await house.write("И ещё вопрос", thread="1", customer={"name": "Елена"})
    await expect(desk.entry("Елена")).to_contain_text("1 непрочитанное сообщение")
    await desk.complete("Павел")
    await expect(desk.page.get_by_role("button", name="Анна Белова")).to_be_visible()
    await desk.complete("Елена")
    ended = (await house.supervisor.get("/contacts?state=closed")).body["items"]
    assert {contact["disposition"] for contact in ended} == {"resolved"}
