"""What customers send besides text, how they are called, and what else of theirs the router hears."""

from __future__ import annotations

from typing import TYPE_CHECKING

from channels.kit.conformance.checks.files import PHOTO
from tests.channels.vk.steps import polled
from tests.channels.vk.types import check_call, check_event

if TYPE_CHECKING:
    from channels.kit.conformance.stage import Stage
    from channels.vk.sandbox import VkCustomer, VkSandbox
    from router.domain.wire.conversations import Message


def olga(vk: VkSandbox) -> VkCustomer:
    return vk.customer("5001")


async def messages(it: Stage, number: int) -> list[Message]:
    """The thread's messages once there are so many."""

    async def there() -> bool:
        found = await it.desk.contacts(it.thread())
        return bool(found) and found[-1].messages >= number

    await it.desk.until(there)
    return await it.desk.messages((await it.desk.contacts(it.thread()))[-1].id)


async def read(it: Stage, url: str | None) -> bytes:
    assert url is not None
    async with it.session.get(url) as response:
        assert response.status == 200
        return await response.read()


async def test_files_are_references_that_are_read_by_their_links(it: Stage, vk: VkSandbox) -> None:
    async with it.adapter():
        await polled(vk)
        olga(vk).document("счёт.pdf", b"%PDF")
        olga(vk).voice(b"OggS")
        document, voice = await messages(it, 2)
        assert (document.kind, voice.kind) == ("document", "voice")
        (file,), (sound,) = document.attachments, voice.attachments
        assert (file.name, file.mime, file.bytes) == ("счёт.pdf", "application/pdf", 4)
        assert (sound.mime, sound.bytes) == ("audio/ogg", 4)
        assert (await read(it, file.url), await read(it, sound.url)) == (b"%PDF", b"OggS")


async def test_a_link_still_leads_somewhere_when_vk_has_moved_the_file(it: Stage, vk: VkSandbox) -> None:
    async with it.adapter():
        await polled(vk)
        olga(vk).document("счёт.pdf", b"%PDF")
        (message,) = await messages(it, 1)
        (stored,) = vk.community.dialogues[5001][0]["attachments"]
        vk.community.files["doc_elsewhere"] = vk.community.files.pop(f"doc5001_{stored['doc']['id']}")
        stored["doc"]["url"] = vk.community.files_url + "doc_elsewhere"
        assert await read(it, message.attachments[0].url) == b"%PDF"
        vk.community.dialogues[5001][0]["attachments"] = []
        async with it.session.get(message.attachments[0].url or "") as response:
            assert response.status == 404


async def test_what_vk_only_shows_itself_is_a_placeholder(it: Stage, vk: VkSandbox) -> None:
    async with it.adapter():
        await polled(vk)
        olga(vk).video("Котик")
        olga(vk).sticker()
        video, sticker = await messages(it, 2)
        assert [(one.kind, one.name, one.unavailable) for one in video.attachments] == [
            ("video", "Котик", "unsupported")
        ]
        assert (sticker.kind, sticker.attachments[0].unavailable) == ("sticker", None)


async def test_places_and_what_is_passed_on(it: Stage, vk: VkSandbox) -> None:
    async with it.adapter():
        await polled(vk)
        olga(vk).location(56.01, 92.85)
        passed = [olga(vk).write("мой тариф\nдороже"), olga(vk).photo(PHOTO, caption="вот")]
        olga(vk).pass_on("смотрите", passed)
        olga(vk).pass_on("и целиком", passed, cropped=True)
        place, _, _, shown, whole = await messages(it, 5)
        assert (place.kind, place.text) == ("location", "56.01, 92.85")
        assert shown.text == "смотрите\n> мой тариф\n> дороже\n> вот"
        assert whole.text == "и целиком\n> мой тариф\n> дороже\n> вот"
        assert await read(it, shown.attachments[0].url) == await read(it, whole.attachments[0].url) == PHOTO


async def test_names_are_asked_for_in_batches_and_once(it: Stage, vk: VkSandbox) -> None:
    async with it.adapter():
        await polled(vk)
        people = range(1, 101)
        for number in people:
            it.customer(number, name=f"Иван {number}-й").write("Здравствуйте")
        for number in people:
            contact = await it.desk.until_written(it.thread(number), "Здравствуйте")
            assert contact.customer.name == f"Иван {number}-й"
        for number in people:
            it.customer(number).write("Ещё")
        for number in people:
            await it.desk.until_written(it.thread(number), "Здравствуйте", "Ещё")
    asked = [call.parameters["user_ids"].split(",") for call in vk.calls if call.method == "users.get"]
    assert sum(map(len, asked)) == 100
    assert len(asked) < 20


async def test_a_customer_whose_name_vk_does_not_say(it: Stage, vk: VkSandbox) -> None:
    async with it.adapter():
        await polled(vk)
        vk.refuse_next("users.get", 10)
        it.customer().write("Здравствуйте")
        contact = await it.desk.until_written(it.thread(), "Здравствуйте")
        assert (contact.customer.id, contact.customer.name) == ("vk:5001", None)


async def test_only_dialogues_with_one_person_are_heard(it: Stage, vk: VkSandbox) -> None:
    async with it.adapter():
        await polled(vk)
        message = vk.community.said(olga(vk).person, "в беседе", out=False)
        chat = message | {"peer_id": 2_000_000_001}
        vk.community.feed.add("message_new", {"message": chat}, 2_000_000_001)
        vk.community.feed.add("message_typing_state", {"state": "typing", "from_id": -611, "to_id": 5001}, 5001)
        it.customer(2).write("Здравствуйте")
        await it.desk.until_written(it.thread(2), "Здравствуйте")
        await it.until(lambda: vk.unconfirmed() == 0)
        assert not await it.desk.contacts("2000000001")
        assert not await it.desk.contacts(it.thread(1))


async def test_a_whole_story_in_words_that_an_independent_package_knows(it: Stage, vk: VkSandbox) -> None:
    async with it.adapter(transport="both"):
        await polled(vk)
        olga(vk).begin_writing()
        question = olga(vk).write("Где мой баланс?")
        contact = await it.desk.until_written(it.thread(), "Где мой баланс?")
        assert contact.customer.name == "Ольга"
        olga(vk).photo(PHOTO, caption="Мой чек")
        olga(vk).edit(question, "Где мой баланс")
        await it.desk.until_written(it.thread(), "Где мой баланс", "Мой чек")
        await it.desk.post(f"/contacts/{contact.id}/typing")
        await olga(vk).until(lambda he: he.typing_seen == 1)
        chart = {"kind": "image", "name": "график.png", "mime": "image/png", "url": it.files.put("1", PHOTO)}
        answer = await it.desk.send(contact.id, "Вот он", attachments=[chart])
        await it.desk.until_state(answer, "sent")
        olga(vk).read()
        await it.desk.until_state(answer, "read")
        olga(vk).owner_writes("И от меня привет")
        await messages(it, 4)
        await it.desk.post(f"/contacts/{contact.id}/complete")
        await olga(vk).until(lambda he: bool(he.heard[-1].buttons))
        olga(vk).press(5)
        await olga(vk).until(lambda he: bool(he.person.snackbars))
        await it.until(lambda: vk.unconfirmed() == 0)
        (ended,) = await it.desk.contacts(it.thread())
        assert (ended.rating, ended.outcome) == (5, "answered")
        told = [(one.direction, one.text) for one in await it.desk.messages(contact.id) if one.kind != "rating"]
        assert told == [
            ("in", "Где мой баланс"),
            ("in", "Мой чек"),
            ("out", "Вот он"),
            ("out", "И от меня привет"),
        ]
        assert vk.customer("5001").person.snackbars == ["Спасибо за оценку!"]
    for entry in vk.community.feed.entries:
        check_event(entry.event)
    assert {call.method for call in vk.calls} >= {
        "messages.send",
        "messages.setActivity",
        "users.get",
        "photos.saveMessagesPhoto",
    }
    for call in vk.calls:
        check_call(call.method, call.parameters)
