"""Photos and albums, both ways, and what cannot be had."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

from channels.kit.conformance.check import Checks
from channels.kit.conformance.stage import BYTES_MAX

if TYPE_CHECKING:
    from channels.kit.conformance.stage import Stage

PHOTO: Final = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""One pixel, as PNG."""

checks = Checks()


@checks.add("attachments")
async def photos_come_by_signed_links(it: Stage) -> None:
    """A customer's photo is a link; who follows it gets the same bytes, and who changes it gets nothing."""
    async with it.adapter():
        it.customer().photo(PHOTO, caption="Мой чек")
        contact = await it.desk.until_written(it.thread(), "Мой чек")
        (message,) = await it.desk.messages(contact.id)
        (attachment,) = message.attachments
        assert (attachment.kind, attachment.unavailable) == ("image", None)
        assert attachment.url is not None
        assert attachment.expires_at is not None
        async with it.session.get(attachment.url) as response:
            assert (response.status, await response.read()) == (200, PHOTO)
        changed = attachment.url[:-6] + "AAAAAA"
        async with it.session.get(changed) as response:
            assert response.status == 404


@checks.add("attachments")
async def oversize_is_a_placeholder(it: Stage) -> None:
    """A photo that is too large is a message that says so; or where only its link can find out, that gives nothing."""
    async with it.adapter(file_bytes_max=50):
        it.customer().photo(PHOTO, caption="Большое")
        contact = await it.desk.until_written(it.thread(), "Большое")
        (message,) = await it.desk.messages(contact.id)
        (attachment,) = message.attachments
        if attachment.url is None:
            assert attachment.unavailable == "too_large"
        else:
            async with it.session.get(attachment.url) as response:
                assert response.status == 404


@checks.add("attachments")
async def agents_photos_are_uploaded(it: Stage) -> None:
    """An agent's photo arrives as the same bytes, with its text."""
    async with it.adapter():
        it.customer().write("Где офис?")
        contact = await it.desk.until_written(it.thread(), "Где офис?")
        url = it.files.put("map.png", PHOTO)
        photo = {"kind": "image", "name": "map.png", "mime": "image/png", "url": url}
        message = await it.desk.send(contact.id, "Вот карта", attachments=[photo])
        await it.desk.until_state(message, "sent", "delivered", "read")
        heard = it.customer().heard
        assert [file.data for one in heard for file in one.files] == [PHOTO]
        assert [one.text for one in heard if one.text] == ["Вот карта"]


@checks.add("attachments")
async def what_cannot_be_fetched_fails(it: Stage) -> None:
    """What lies elsewhere, or nowhere, or is too large fails with a code, and the next message is sent."""
    async with it.adapter():
        it.customer().write("Пришлите")
        contact = await it.desk.until_written(it.thread(), "Пришлите")
        large = it.files.put("large.png", PHOTO + bytes(BYTES_MAX))
        missing = f"http://{it.files.host}/missing.png"
        for url, code in (
            ("http://127.0.0.1:9/secret.png", "not_allowed"), (missing, "unfetchable"), (large, "too_large"),
        ):  # fmt: skip
            message = await it.desk.send(contact.id, None, attachments=[{"kind": "image", "url": url}])
            assert (await it.desk.until_state(message, "failed")).code == code
        message = await it.desk.send(contact.id, "Словами")
        await it.desk.until_state(message, "sent", "delivered", "read")
        assert [one.text for one in it.customer().heard] == ["Словами"]


@checks.add("albums", pace=2.0)
async def albums_are_one_message(it: Stage) -> None:
    """Three photos of one album are one message with three attachments, and what is written next is the next one."""
    async with it.adapter():
        it.customer().write_album([PHOTO, PHOTO + b"2", PHOTO + b"3"], caption="Три фото")
        it.customer().write("Видно?")
        contact = await it.desk.until_written(it.thread(), "Три фото", "Видно?")

        async def whole() -> bool:
            return len((await it.desk.messages(contact.id))[0].attachments) == 3

        await it.desk.until(whole)
        found: list[bytes] = []
        for one in (await it.desk.messages(contact.id))[0].attachments:
            assert one.url is not None
            async with it.session.get(one.url) as response:
                found.append(await response.read())
        assert found == [PHOTO, PHOTO + b"2", PHOTO + b"3"]
        assert len(await it.desk.messages(contact.id)) == 2
