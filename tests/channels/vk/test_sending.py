"""What becomes of an agent's message: VK's refusals, its numbers against repetition, files, buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from channels.kit.conformance.checks.files import PHOTO
from channels.kit.failures import Rejected
from channels.kit.port import File, Outgoing
from channels.vk.adapter import random_ids
from tests.channels.vk.steps import confirmed, polled
from tests.channels.vk.types import check_call

if TYPE_CHECKING:
    from channels.kit.conformance.stage import Stage
    from channels.vk.sandbox import VkSandbox
    from router.domain.wire.answers import Contact

FINAL = {
    9: "flood", 15: "not_allowed", 100: "refused", 900: "blacklisted", 901: "blocked", 902: "privacy",
    912: "not_allowed", 914: "too_long", 950: "window_closed",
}  # fmt: skip


async def talk(it: Stage) -> Contact:
    it.customer().write("Здравствуйте")
    return await it.desk.until_written(it.thread(), "Здравствуйте")


def outgoing(it: Stage, contact: Contact, text: str, dedupe_id: int, number: int = 1) -> Outgoing:
    return Outgoing(
        thread=it.thread(number), contact=contact, message="m", part=1, parts=1, dedupe_id=dedupe_id, text=text
    )


async def test_a_refusal_is_a_code_and_the_next_message_is_sent(it: Stage, vk: VkSandbox) -> None:
    async with it.adapter():
        contact = await talk(it)
        for code, name in FINAL.items():
            vk.refuse_next("messages.send", code)
            failed = await it.desk.send(contact.id, f"код {code}")
            assert (await it.desk.until_state(failed, "failed")).code == name
            await it.desk.until_state(await it.desk.send(contact.id, f"после {code}"), "sent")
        assert [heard.text for heard in it.customer().heard] == [f"после {code}" for code in FINAL]


async def test_whom_the_community_may_not_write_to(it: Stage, vk: VkSandbox) -> None:
    async with it.adapter():
        contact = await talk(it)
        person = vk.customer("5001").person
        person.private = True
        assert (await it.desk.until_state(await it.desk.send(contact.id, "раз"), "failed")).code == "privacy"
        person.blacklisted = True
        assert (await it.desk.until_state(await it.desk.send(contact.id, "два"), "failed")).code == "blacklisted"
        person.blacklisted = person.private = False
        await it.desk.until_state(await it.desk.send(contact.id, "три"), "sent")
        assert [heard.text for heard in it.customer().heard] == ["три"]


async def test_what_vk_fails_at_itself_is_sent_again_under_the_same_number(it: Stage, vk: VkSandbox) -> None:
    async with it.adapter():
        contact = await talk(it)
        for code in (10, 1):
            vk.refuse_next("messages.send", code, times=2)
        vk.drop_answer_next()
        await it.desk.until_state(await it.desk.send(contact.id, "один раз"), "sent")
        numbers = [call.parameters["random_id"] for call in vk.calls if call.method == "messages.send"]
        assert len(numbers) == 6
        assert len(set(numbers)) == 1
        assert [heard.text for heard in it.customer().heard] == ["один раз"]


async def test_messages_wait_for_a_token_that_is_valid(it: Stage, vk: VkSandbox) -> None:
    async with it.adapter() as adapter:
        contact = await talk(it)
        token, vk.token = vk.token, "revoked"
        message = await it.desk.send(contact.id, "подождёт")
        await it.until(lambda: adapter.report().status == "degraded")
        assert (await it.desk.until_state(message, "sending")).state == "sending"
        vk.token = token
        await it.desk.until_state(message, "sent")


async def test_each_part_has_a_number_of_its_own(it: Stage, vk: VkSandbox) -> None:
    async with it.adapter():
        contact = await talk(it)
        await it.desk.until_state(await it.desk.send(contact.id, "слово " * 2000), "sent")
        numbers = [int(call.parameters["random_id"]) for call in vk.calls if call.method == "messages.send"]
        assert len(numbers) == len(set(numbers)) == len(it.customer().heard) == 3
        assert all(0 < number < 2**31 for number in numbers)


async def test_two_messages_that_share_a_number_are_both_sent(it: Stage, vk: VkSandbox) -> None:
    one, other = 5, 5 + 7 * 2**31
    assert next(random_ids(one)) == next(random_ids(other)) == 5
    async with it.adapter() as running:
        contact = await talk(it)
        it.customer(2).write("И я")
        await it.desk.until_written(it.thread(2), "И я")
        first = await running.adapter.send(outgoing(it, contact, "первому", one))
        again = await running.adapter.send(outgoing(it, contact, "первому", one))
        second = await running.adapter.send(outgoing(it, contact, "второму", other, number=2))
        assert first == again
        assert [heard.text for heard in it.customer(1).heard] == ["первому"]
        assert [(heard.text, heard.external_id) for heard in it.customer(2).heard] == [("второму", second.external_id)]
        await it.until(lambda: vk.unconfirmed() == 0)
        assert await it.desk.texts(it.thread(1), "out") == []  # both are known as our own, and no agent's message


@pytest.mark.parametrize(
    ("kind", "mime", "heard"),
    [
        ("image", "image/png", "image"),
        ("image", "image/webp", "document"),
        ("document", "application/pdf", "document"),
        ("voice", "audio/ogg", "voice"),
        ("video", "video/mp4", "document"),
    ],
)
async def test_files_go_where_vk_takes_them(it: Stage, vk: VkSandbox, kind: str, mime: str, heard: str) -> None:
    async with it.adapter():
        contact = await talk(it)
        attachment = {"kind": kind, "name": "счёт.bin", "mime": mime, "url": it.files.put("file", PHOTO)}
        await it.desk.until_state(await it.desk.send(contact.id, "Вот", attachments=[attachment]), "sent")
        (message,) = it.customer().heard
        assert (message.text, message.files[0].kind, message.files[0].data) == ("Вот", heard, PHOTO)
        for call in vk.calls:
            check_call(call.method, call.parameters)


async def test_a_photo_that_is_none_fails(it: Stage) -> None:
    async with it.adapter() as running:
        contact = await talk(it)
        file = File(kind="image", name="photo.png", mime="image/png", data=b"no photo")
        out = Outgoing(
            thread=it.thread(), contact=contact, message="m", part=1, parts=1, dedupe_id=1, text=None, file=file
        )
        with pytest.raises(Rejected, match="bad_attachment"):
            await running.adapter.send(out)


@pytest.mark.parametrize("callbacks", [True, False])
async def test_the_question_has_buttons_that_the_customer_can_press(it: Stage, vk: VkSandbox, callbacks: bool) -> None:
    person = vk.customer("5001", language="en").person
    if not callbacks:
        person.actions = ("text", "open_link")
    async with it.adapter():
        await polled(vk)
        contact = await talk(it)
        assert contact.customer.language == "en"
        await it.desk.until_state(await it.desk.send(contact.id, "Готово"), "sent")
        await it.desk.post(f"/contacts/{contact.id}/complete")
        await it.customer().until(lambda he: bool(he.heard[-1:]) and bool(he.heard[-1].buttons))
        assert it.customer().heard[-1].buttons == ("1", "2", "3", "4", "5")
        it.customer().press(4)

        async def rated() -> bool:
            return [one.rating for one in await it.desk.contacts(it.thread())] == [4]

        await it.desk.until(rated)
        if callbacks:
            await vk.customer("5001").until(lambda he: he.person.snackbars == ["Thank you for your rating!"])
        for call in vk.calls:
            check_call(call.method, call.parameters)


async def test_what_one_process_sends_is_no_message_of_the_owners_to_another(it: Stage, vk: VkSandbox) -> None:
    async with it.adapter(transport="callback"):
        await confirmed(vk)
        contact = await talk(it)
        async with it.adapter(transport="callback"):
            await vk.community.feed.changes.until(
                lambda: [server.status for server in vk.callbacks.servers.values()] == ["ok", "ok"]
            )
            vk.drop_answer_next()
            await it.desk.until_state(await it.desk.send(contact.id, "Сейчас посмотрю"), "sent")
            await it.until(lambda: vk.unconfirmed() == 0)
            assert await it.desk.texts(it.thread(), "out") == ["Сейчас посмотрю"]
            it.customer().owner_writes("Я тоже")
            await it.until(lambda: vk.unconfirmed() == 0)
            assert await it.desk.texts(it.thread(), "out") == ["Сейчас посмотрю", "Я тоже"]
