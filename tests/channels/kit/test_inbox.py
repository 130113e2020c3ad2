"""What comes in when it does not come as it should."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from channels.kit.conformance.example import CHANNEL
from channels.kit.conformance.example.adapter import ExampleAdapter
from channels.kit.conformance.example.customer import ExampleCustomer
from channels.kit.updates import Own

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from channels.kit.conformance.stage import Stage
    from channels.kit.port import Channel, Context
    from channels.kit.updates import Incoming, Update
    from tests.channels.kit.conftest import Play


def with_adapter(adapter: type[ExampleAdapter]) -> Channel:
    return dataclasses.replace(CHANNEL, create=adapter)


def sends(it: Stage, text: str | None, album: str, data: bytes) -> str:
    """One photo of an album, by itself."""
    customer = it.customer()
    assert isinstance(customer, ExampleCustomer)
    return customer.write_one(text, album, data)


async def attachments(it: Stage) -> int:
    (contact,) = await it.desk.contacts(it.thread())
    return sum(len(one.attachments) for one in await it.desk.messages(contact.id))


async def until_attached(it: Stage, number: int) -> None:
    async def attached() -> bool:
        return await attachments(it) == number

    await it.desk.until(attached)


async def test_a_photo_that_comes_too_late_is_added_to_its_album(play: Play) -> None:
    async with play() as it, it.adapter():
        sends(it, "Альбом", "1", b"a")
        contact = await it.desk.until_written(it.thread(), "Альбом")
        late = sends(it, None, "1", b"b")
        await until_attached(it, 2)
        it.customer().write("Следующее")
        await it.desk.until_written(it.thread(), "Альбом", "Следующее")
        it.customer().delete(late)
        await until_attached(it, 1)
        assert [one.text for one in await it.desk.messages(contact.id)] == ["Альбом", "Следующее"]


async def test_an_album_that_was_told_in_part_before_a_restart_is_whole_after_it(play: Play) -> None:
    async with play() as it:
        async with it.adapter():
            sends(it, "Альбом", "1", b"a")
            await it.desk.until_written(it.thread(), "Альбом")
            await it.until(lambda: it.sandbox.unconfirmed() == 0)
        customer = it.customer()
        assert isinstance(customer, ExampleCustomer)
        customer.write_again()
        sends(it, None, "1", b"b")
        async with it.adapter():
            await until_attached(it, 2)
            assert len(await it.desk.texts(it.thread())) == 1


async def test_an_edit_of_a_photo_in_an_album_keeps_the_others(play: Play) -> None:
    async with play() as it, it.adapter():
        first, *_ = it.customer().write_album([b"a", b"b"], caption="Было")
        await it.desk.until_written(it.thread(), "Было")
        await until_attached(it, 2)
        it.customer().edit(first, "Стало")
        await it.desk.until_written(it.thread(), "Стало")
        await until_attached(it, 2)


async def test_what_the_router_will_never_take_is_a_dead_letter_and_the_rest_goes_on(
    play: Play, tmp_path: Path
) -> None:
    class Odd(ExampleAdapter):
        def parse(self, update: bytes) -> Sequence[Update]:
            said = super().parse(update)
            return [msgspec.structs.replace(one, thread="x" * 300) if "плохой" in repr(one) else one for one in said]

    async with play(with_adapter(Odd)) as it, it.adapter() as adapter:
        it.customer(1).write("плохой")
        it.customer(2).write("хороший")
        await it.desk.until_written(it.thread(2), "хороший")
        await it.until(lambda: it.sandbox.unconfirmed() == 0)
        assert adapter.report().dead_letters == 1
        (letter,) = (tmp_path / "example-main.jsonl").read_text().splitlines()
        assert json.loads(letter)["why"] == "malformed"
        assert "плохой" in json.loads(json.loads(letter)["text"])["message"]["text"]


async def test_a_message_whose_customer_cannot_be_looked_up_comes_all_the_same(play: Play) -> None:
    class Nameless(ExampleAdapter):
        async def enrich(self, incoming: Incoming) -> Incoming:
            raise TimeoutError(incoming.external_id)

    async with play(with_adapter(Nameless)) as it, it.adapter():
        it.customer().write("Без имени")
        await it.desk.until_written(it.thread(), "Без имени")


async def test_what_an_adapter_adds_is_told(play: Play) -> None:
    class Asking(ExampleAdapter):
        async def enrich(self, incoming: Incoming) -> Incoming:
            customer = msgspec.structs.replace(incoming.customer, name="Имя из справочника")
            return msgspec.structs.replace(incoming, customer=customer)

    async with play(with_adapter(Asking)) as it, it.adapter():
        it.customer().write("Кто я?")
        assert (await it.desk.until_written(it.thread(), "Кто я?")).customer.name == "Имя из справочника"


async def test_a_command_is_done_in_its_turn_and_may_ask_for_the_contact(play: Play) -> None:
    done: list[Any] = []

    class Commanded(ExampleAdapter):
        def __init__(self, settings: Any, secrets: Any, context: Context) -> None:
            super().__init__(settings, secrets, context)
            self._conversations = context.conversations

        def parse(self, update: bytes) -> Sequence[Update]:
            (said,) = super().parse(update)
            return [Own(thread=said.thread, do=self._do)] if "/english" in repr(said) else [said]

        async def _do(self) -> None:
            contact = await self._conversations.contact(thread)
            await self._conversations.speak(thread, "en")
            done.append(contact.id if contact else None)

    async with play(with_adapter(Commanded)) as it, it.adapter():
        thread = it.thread()
        it.customer().write("Здравствуйте")
        it.customer().write("/english")
        it.customer().write("Hello")
        contact = await it.desk.until_written(thread, "Здравствуйте", "Hello")
        assert done == [contact.id]
        assert contact.customer.language == "en"


async def test_an_adapter_whose_token_is_no_good_confirms_nothing_until_it_is(play: Play) -> None:
    async with play() as it, it.adapter() as adapter:
        await it.until(adapter.wire.held.is_set)
        good = adapter.router.headers["Authorization"]
        adapter.router.headers["Authorization"] = "Bearer none"
        it.customer().write("Ждёт")
        await it.until(lambda: adapter.report().detail == "router: unauthorized")
        assert it.sandbox.unconfirmed() == 1
        adapter.router.headers["Authorization"] = good
        await it.desk.until_written(it.thread(), "Ждёт")
        assert adapter.report().dead_letters == 0


async def test_the_same_update_twice_at_once_is_told_once(play: Play) -> None:
    async with play() as it, it.adapter() as adapter:
        await it.until(adapter.wire.held.is_set)
        it.router.shut()
        raw = b'{"number":1,"chat":"5001","what":"message","message":{"id":"1","at_ms":1795343165000,"text":"x"}}'
        puts = [asyncio.create_task(adapter.inbox.put(raw)) for _ in range(50)]
        await it.until(lambda: len(adapter.inbox) == 1)
        puts[0].cancel()
        it.router.open()
        await asyncio.gather(*puts[1:])
        await it.desk.until_written(it.thread(), "x")


async def test_a_platform_that_goes_away_for_ever_is_asked_again_and_said_to_be_away(play: Play) -> None:
    async with play(pace=20) as it:
        it.sandbox.away(gone=True)
        async with it.adapter() as adapter:
            await it.until(lambda: str(adapter.report().detail).startswith("platform: Client"))
            it.sandbox.away(gone=False)
            await it.until(lambda: adapter.report().status == "up")
            it.customer().write("Снова тут")
            await it.desk.until_written(it.thread(), "Снова тут")


@pytest.mark.parametrize("secret", [None, "wrong", "what-the-webhook-is-known-bу"])
async def test_a_webhook_without_the_secret_is_refused(play: Play, secret: str | None) -> None:
    async with play() as it, it.adapter(webhook=True) as adapter:
        headers = {"X-Example-Secret": secret.encode().decode("latin-1")} if secret else {}
        async with it.session.post(f"{adapter.local_url}/example", data=b"{}", headers=headers) as response:
            assert response.status == 403
        assert adapter.report().dead_letters == 0
