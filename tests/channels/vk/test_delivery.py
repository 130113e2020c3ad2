"""How events get in: by polls, by posts, by both, and after a time in which neither brought them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from channels.kit.configuration import settings_of
from channels.kit.conformance.checks.files import PHOTO
from channels.kit.failures import Misconfigured
from channels.vk import CHANNEL
from tests.channels.vk.steps import confirmed, polled

if TYPE_CHECKING:
    from pathlib import Path

    from channels.kit.conformance.stage import Stage
    from channels.vk.sandbox import VkSandbox


async def open_contacts(it: Stage) -> int:
    return sum(contact.state == "assigned" for contact in await it.desk.contacts(it.thread()))


async def all_had(it: Stage, vk: VkSandbox) -> None:
    await it.until(lambda: vk.unconfirmed() == 0)


async def test_an_old_event_that_comes_again_does_nothing(it: Stage, vk: VkSandbox) -> None:
    async with it.adapter():
        server = await confirmed(vk)
        await polled(vk)
        it.customer().write("раз")
        await it.desk.until_written(it.thread(), "раз")
        it.customer().block()

        async def ended() -> bool:
            return not await open_contacts(it)

        await it.desk.until(ended)
        await all_had(it, vk)
        it.customer().unblock()
        it.customer().write("два")
        await it.desk.until_written(it.thread(), "два")
        deny = next(one.event for one in vk.community.feed.entries if one.event["type"] == "message_deny")
        assert await vk.callbacks.post(server, deny, attempt=3) == (200, "ok", None)
        assert await open_contacts(it) == 1


@pytest.mark.parametrize("transport", ["long_poll", "both"])
async def test_nothing_is_lost_when_the_long_poll_fails(it: Stage, vk: VkSandbox, transport: str) -> None:
    feed = vk.community.feed
    async with it.adapter(transport=transport):
        await polled(vk)
        it.customer().write("раз")
        await it.desk.until_written(it.thread(), "раз")
        vk.long_poll.expire()  # 2: an old key
        it.customer().write("два")
        await it.desk.until_written(it.thread(), "раз", "два")
        await all_had(it, vk)
        feed.forgotten = feed.last + 1  # 1: an old number; what follows it is not told of any more
        it.customer().write("три")
        await it.desk.until_written(it.thread(), "раз", "два", "три")
        await polled(vk, feed.last)
        vk.long_poll.lose()  # 3: VK has lost count
        it.customer().write("четыре")
        contact = await it.desk.until_written(it.thread(), "раз", "два", "три", "четыре")
        await it.desk.until_state(await it.desk.send(contact.id, "Слышим"), "sent")
        it.customer().write("пять")
        await it.desk.until_written(it.thread(), "раз", "два", "три", "четыре", "пять")


async def test_what_was_written_while_nobody_was_there(it: Stage, vk: VkSandbox) -> None:
    it.customer(1).write("первое")
    it.customer(1).photo(PHOTO, caption="второе")
    it.customer(2).write("тоже")
    vk.community.read_by_us(vk.customer("5002").person)  # by somebody who had no time to answer
    vk.community.said(vk.customer("5003").person, "давно", out=False, date=1_600_000_000)
    async with it.adapter(transport="long_poll"):
        await it.desk.until_written(it.thread(1), "первое", "второе")
        await it.desk.until_written(it.thread(2), "тоже")
        await polled(vk, vk.community.feed.last)
        it.customer(1).write("третье")
        await it.desk.until_written(it.thread(1), "первое", "второе", "третье")
        assert not await it.desk.contacts(it.thread(3))


async def test_what_was_missed_is_found_though_an_answer_reads_the_dialogue(it: Stage, vk: VkSandbox) -> None:
    async with it.adapter(transport="long_poll"):
        it.customer().write("раз")
        contact = await it.desk.until_written(it.thread(), "раз")
    long_ago_s = vk.community.now_s() - 600
    vk.community.said(vk.customer("5001").person, "два", out=False, date=long_ago_s)
    answer = await it.desk.send(contact.id, "На первый вопрос")
    vk.refuse_next("messages.getConversations", 10, 3)
    async with it.adapter(transport="long_poll"):
        await it.desk.until_state(answer, "sent")
        await it.desk.until_written(it.thread(), "раз", "два")


async def test_what_was_changed_while_nobody_was_there(it: Stage, vk: VkSandbox) -> None:
    async with it.adapter(transport="long_poll"):
        first = it.customer().write("раз")
        it.customer().write("два")
        await it.desk.until_written(it.thread(), "раз", "два")
        await all_had(it, vk)
    it.customer().edit(first, "нет, не раз")
    async with it.adapter(transport="long_poll"):
        await it.desk.until_written(it.thread(), "нет, не раз", "два")


async def test_a_message_in_the_history_that_nobody_can_read(it: Stage, vk: VkSandbox) -> None:
    it.customer().write("первое")
    vk.community.said(vk.customer("5001").person, "", out=False, attachments=7)
    it.customer().write("третье")
    async with it.adapter(transport="long_poll") as adapter:
        await it.desk.until_written(it.thread(), "первое", "третье")
        assert adapter.report().dead_letters == 1


async def test_the_address_is_confirmed_with_whatever_code_is_in_force(it: Stage, vk: VkSandbox) -> None:
    async with it.adapter(transport="callback"):
        server = await confirmed(vk)
        changed = vk.callbacks.code
        vk.callbacks.edit(server, server.url, vk.secret)
        await vk.community.feed.changes.until(lambda: vk.callbacks.code != changed)
        assert server.status == "ok"
        event: dict[str, Any] = {"type": "confirmation", "group_id": 7, "event_id": "1", "v": "5.199"}
        server.secret = ""
        assert (await vk.callbacks.post(server, event))[0] == 403  # another community's


async def test_a_code_may_be_given_where_the_token_may_not_ask(it: Stage, vk: VkSandbox) -> None:
    for method in ("groups.getCallbackServers", "groups.getCallbackConfirmationCode", "groups.setLongPollSettings"):
        vk.refuse_next(method, 15, times=100)
    async with it.adapter(transport="callback", confirmation=vk.callbacks.code) as adapter:
        await it.until(lambda: any(call.method == "messages.getConversations" for call in vk.calls))
        vk.callbacks.add(f"{adapter.local_url}/vk", vk.secret)  # by hand
        await confirmed(vk)
        it.customer().write("Здравствуйте")
        await it.desk.until_written(it.thread(), "Здравствуйте")
        await all_had(it, vk)


async def test_the_address_is_registered_once(it: Stage, vk: VkSandbox) -> None:
    async with it.adapter(transport="both") as adapter:
        await confirmed(vk)
        port = adapter.local_url.rpartition(":")[2]
    async with it.adapter(transport="both", port=port):
        it.customer().write("Здравствуйте")
        await it.desk.until_written(it.thread(), "Здравствуйте")
        await all_had(it, vk)
    assert len(vk.callbacks.servers) == 1


async def test_what_was_written_first_is_told_first(it: Stage, vk: VkSandbox) -> None:
    async with it.adapter(transport="callback"):
        server = await confirmed(vk)
        it.customer().write("раз")
        await it.desk.until_written(it.thread(), "раз")
        wanted, server.events = server.events, set()  # VK is still repeating these, or has given up
        it.customer().write("два")
        it.customer().write("три")
        await vk.community.feed.changes.until(lambda: vk.callbacks.posted == vk.community.feed.last)
        server.events = wanted
        it.customer().write("четыре")
        await it.desk.until_written(it.thread(), "раз", "два", "три", "четыре")
        late = vk.community.feed.entries[1].event
        assert await vk.callbacks.post(server, late, attempt=9) == (200, "ok", None)
        await it.desk.until_written(it.thread(), "раз", "два", "три", "четыре")


async def test_an_edit_may_come_before_its_message(it: Stage, vk: VkSandbox) -> None:
    async with it.adapter(transport="callback"):
        server = await confirmed(vk)
        server.events = {"message_edit"}
        written = it.customer().write("Добрый ден")
        it.customer().edit(written, "Добрый день")
        await it.desk.until_written(it.thread(), "Добрый день")
        new = vk.community.feed.entries[0].event
        assert await vk.callbacks.post(server, new, attempt=2) == (200, "ok", None)
        await it.desk.until_written(it.thread(), "Добрый день")


async def test_an_old_edit_brings_nothing_old_with_it(it: Stage, vk: VkSandbox) -> None:
    person = vk.customer("5001").person
    for number in range(3):
        vk.community.said(person, f"давно {number}", out=False, date=1_600_000_000)
    async with it.adapter(transport="callback"):
        await confirmed(vk)
        it.customer().edit("1", "давным-давно")
        it.customer().begin_writing()
        it.customer().write("Здравствуйте")
        await it.desk.until_written(it.thread(), "Здравствуйте")
        await all_had(it, vk)
        assert await it.desk.texts(it.thread()) == ["Здравствуйте"]


async def test_posts_are_put_off_while_the_router_is_away(it: Stage, vk: VkSandbox) -> None:
    async with it.adapter(transport="callback") as adapter:
        server = await confirmed(vk)
        await it.until(adapter.wire.held.is_set)
        it.router.shut()
        it.customer().write("раз")
        (entry,) = vk.community.feed.entries
        status, body, retry_after_s = await vk.callbacks.post(server, entry.event)
        assert (status, body) == (503, "")
        assert retry_after_s is not None
        assert vk.unconfirmed() == 1
        it.router.open()
        await all_had(it, vk)
        await it.desk.until_written(it.thread(), "раз")


async def test_the_secret_is_in_no_dead_letter(it: Stage, vk: VkSandbox, tmp_path: Path) -> None:
    async with it.adapter(transport="callback"):
        await confirmed(vk)
        vk.poison()
        it.customer().write("раз")
        await all_had(it, vk)
    letters = (tmp_path / "vk-main.jsonl").read_text()
    assert "message_new" in letters
    assert vk.secret not in letters


async def test_no_start_without_what_it_needs(it: Stage, vk: VkSandbox) -> None:
    settings = settings_of(CHANNEL.manifest, {**vk.settings(), "transport": "callback"})
    with pytest.raises(Misconfigured, match="CONTACT_ROUTER_VK_SECRET"):
        CHANNEL.create(settings, {"token": vk.token}, None)  # pyright: ignore[reportArgumentType]
    vk.refuse_next("groups.getById", 5)  # it does not know the token
    with pytest.raises(Misconfigured, match="CONTACT_ROUTER_VK_TOKEN"):
        await ended(it)


async def ended(it: Stage) -> None:
    async with it.adapter() as adapter:
        await adapter.ended()
