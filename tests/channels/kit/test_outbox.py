"""The states of what is sent, through restarts, hand-overs and bugs."""

from __future__ import annotations

import asyncio
import dataclasses
import re
from typing import TYPE_CHECKING, Any

import msgspec

from channels.kit.conformance.example import CHANNEL
from channels.kit.conformance.example.adapter import ExampleAdapter
from channels.kit.conformance.gate import Gate
from tests.helpers.given_time import settle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from channels.kit.conformance.stage import Stage
    from channels.kit.port import Channel, Outgoing, Sent
    from channels.kit.updates import Update
    from router.domain.wire.answers import Contact
    from tests.channels.kit.conftest import Play

DEDUPES = dataclasses.replace(CHANNEL, manifest=msgspec.structs.replace(CHANNEL.manifest, dedupes=True))


def with_adapter(adapter: type[ExampleAdapter], **manifest: Any) -> Channel:
    """The example with another adapter."""
    return dataclasses.replace(CHANNEL, create=adapter, manifest=msgspec.structs.replace(CHANNEL.manifest, **manifest))


async def talk(it: Stage, number: int = 1) -> Contact:
    it.customer(number).write("Здравствуйте")
    return await it.desk.until_written(it.thread(number), "Здравствуйте")


async def test_what_is_found_sending_after_a_process_died_may_have_been_sent_and_fails(play: Play) -> None:
    async with play() as it:
        async with it.adapter():
            contact = await talk(it)
        message = await it.desk.send(contact.id, "Не знаю")
        # As a process says it that dies in the next moment.
        url, token = f"{it.floor.url}/messages/{message.id}/state", it.floor.adapter_token
        headers = {"Authorization": f"Bearer {token}"}
        async with it.session.post(url, json={"state": "sending"}, headers=headers) as answer:
            assert answer.status == 200
        async with it.adapter():
            assert (await it.desk.until_state(message, "failed")).code == "outcome_unknown"
        assert not it.customer().heard


async def test_what_surely_was_not_sent_before_a_restart_is_sent_after_it(play: Play) -> None:
    async with play() as it:
        async with it.adapter():
            contact = await talk(it)
            it.sandbox.limit_next(30)
            message = await it.desk.send(contact.id, "Чуть позже")
            await it.desk.until_state(message, "sending")
            behind = await it.desk.send(contact.id, "Дальше")
        assert (await it.desk.until_state(message, "queued")).code is None
        async with it.adapter():
            await it.desk.until_state(behind, "sent")
        assert [one.text for one in it.customer().heard] == ["Чуть позже", "Дальше"]


async def test_where_the_platform_knows_a_repetition_it_is_sent_again(play: Play) -> None:
    async with play(DEDUPES) as it:
        async with it.adapter():
            contact = await talk(it)
            it.sandbox.limit_next(20)
            message = await it.desk.send(contact.id, "Точно дойдёт")
            await it.desk.until_state(message, "sending")
        async with it.adapter():
            await it.desk.until_state(message, "sent")
        assert [one.text for one in it.customer().heard] == ["Точно дойдёт"]


async def test_what_is_queued_while_nobody_is_there_is_sent_by_whoever_comes(play: Play) -> None:
    async with play() as it:
        async with it.adapter():
            contact = await talk(it)
        messages = [await it.desk.send(contact.id, text) for text in ("раз", "два", "три")]
        async with it.adapter():
            for message in messages:
                await it.desk.until_state(message, "sent")
        assert [one.text for one in it.customer().heard] == ["раз", "два", "три"]


async def test_what_was_begun_is_not_sent_when_another_has_the_account(play: Play) -> None:
    async with play() as it:
        door, other = it.router, Gate(it.router.port)
        other.open()
        it.router = other
        async with it.adapter():
            contact = await talk(it)
            it.sandbox.limit_next(20)
            message = await it.desk.send(contact.id, "Лучше нет")
            await it.desk.until_state(message, "sending")
            it.router = door
            async with it.adapter():
                other.shut()
                assert (await it.desk.until_state(message, "failed")).code == "outcome_unknown"

                async def heard() -> bool:
                    return bool(it.customer().heard)

                await it.never(heard, 25)
        await other.close()


async def test_what_was_surely_not_sent_is_sent_when_the_account_comes_back(play: Play) -> None:
    async with play() as it, it.adapter():
        contact = await talk(it)
        it.sandbox.limit_next(30)
        message = await it.desk.send(contact.id, "Лучше поздно")
        await it.desk.until_state(message, "sending")
        it.router.shut()
        it.router.open()
        await it.desk.until_state(message, "sent")
        assert [one.text for one in it.customer().heard] == ["Лучше поздно"]


async def test_what_is_being_sent_when_the_process_ends_is_told(play: Play) -> None:
    begun, going_on = asyncio.Event(), asyncio.Event()

    class Slow(ExampleAdapter):
        async def send(self, out: Outgoing) -> Sent:
            begun.set()
            await going_on.wait()
            return await super().send(out)

    async with play(with_adapter(Slow)) as it:
        async with it.adapter():
            contact = await talk(it)
            message = await it.desk.send(contact.id, "Ещё успеет")
            await begun.wait()
            asyncio.get_running_loop().call_later(0.1, going_on.set)
        assert (await it.desk.until_state(message, "sent")).external_id == it.customer().heard[0].external_id


async def test_what_was_not_begun_is_sent_by_whoever_has_the_account_and_by_nobody_else(play: Play) -> None:
    async with play() as it:
        gate = it.another_gate()
        async with it.adapter(gate=gate) as cut_off:
            contact = await talk(it)
            it.sandbox.limit_next(10)
            begun = await it.desk.send(contact.id, "раз")
            await it.desk.until_state(begun, "sending")
            behind = await it.desk.send(contact.id, "два")
            await it.until(lambda: len(cut_off.outbox) == 2)
            async with it.adapter() as other:
                gate.shut()
                await it.until(other.wire.held.is_set)
                await it.until(cut_off.wire.lost.is_set)
                # Who was cut off cannot say that it was not sent, so nobody may send it.
                assert (await it.desk.until_state(begun, "failed")).code == "outcome_unknown"
                await it.desk.until_state(behind, "sent")
                gate.open()
                await it.until(lambda: len(cut_off.outbox) == 0)
                assert [one.text for one in it.customer().heard] == ["два"]
        await gate.close()


async def test_an_echo_that_comes_before_the_answer_waits_for_it(play: Play) -> None:
    echoed = asyncio.Event()

    class LateAnswer(ExampleAdapter):
        def parse(self, update: bytes) -> Sequence[Update]:
            if b'"ours":true' in update:
                echoed.set()
            return super().parse(update)

        async def send(self, out: Outgoing) -> Sent:
            sent = await super().send(out)
            await echoed.wait()
            await settle()
            return sent

    async with play(with_adapter(LateAnswer)) as it, it.adapter():
        contact = await talk(it)
        message = await it.desk.send(contact.id, "Добрый день!")
        await it.desk.until_state(message, "sent")
        await it.until(lambda: it.sandbox.unconfirmed() == 0)
        assert await it.desk.texts(it.thread(), "out") == ["Добрый день!"]


async def test_a_bug_of_the_adapter_fails_the_message_and_not_the_next_one(play: Play) -> None:
    class Broken(ExampleAdapter):
        async def send(self, out: Outgoing) -> Sent:
            if out.text == "сломайся":
                raise KeyError(out.text)
            return await super().send(out)

    async with play(with_adapter(Broken)) as it, it.adapter():
        contact = await talk(it)
        broken = await it.desk.send(contact.id, "сломайся")
        fine = await it.desk.send(contact.id, "цело")
        assert (await it.desk.until_state(broken, "failed")).code == "outcome_unknown"
        await it.desk.until_state(fine, "sent")
        assert "send_broke" in it.log.getvalue()
        assert "сломайся" not in it.log.getvalue()


async def test_threads_do_not_wait_for_each_other_and_each_keeps_its_order(play: Play) -> None:
    most = now = 0

    class Counting(ExampleAdapter):
        async def send(self, out: Outgoing) -> Sent:
            nonlocal most, now
            now += 1
            most = max(most, now)
            try:
                return await super().send(out)
            finally:
                now -= 1

    async with play(with_adapter(Counting, account_per_s=1000, thread_per_s=1000)) as it, it.adapter():
        people = range(1, 13)
        contacts = [await talk(it, person) for person in people]
        for number in range(5):
            await asyncio.gather(*(it.desk.send(contact.id, str(number)) for contact in contacts))
        for person in people:
            await it.customer(person).until(lambda he: len(he.heard) == 5)
            assert [one.text for one in it.customer(person).heard] == ["0", "1", "2", "3", "4"]
    assert most > 1


async def test_a_text_and_its_photos_are_one_message_in_parts(play: Play) -> None:
    async with play() as it, it.adapter():
        contact = await talk(it)
        photos = [{"kind": "image", "url": it.files.put(f"{n}.png", bytes([n]))} for n in range(3)]
        long = "слово " * 50
        short = await it.desk.send(contact.id, "подпись", attachments=photos[:2])
        await it.desk.until_state(short, "sent")
        longer = await it.desk.send(contact.id, long, attachments=photos[2:])
        await it.desk.until_state(longer, "sent")
        assert [(one.text, [file.data for file in one.files]) for one in it.customer().heard] == [
            ("подпись", [b"\x00"]), (None, [b"\x01"]), (long.strip(), []), (None, [b"\x02"]),
        ]  # fmt: skip
        assert (await it.desk.until_state(short, "sent")).external_id == it.customer().heard[0].external_id


async def test_where_there_are_no_buttons_a_digit_is_the_answer(play: Play) -> None:
    capabilities = CHANNEL.manifest.capabilities - {"buttons"}
    plain = dataclasses.replace(CHANNEL, manifest=msgspec.structs.replace(CHANNEL.manifest, capabilities=capabilities))
    async with play(plain) as it, it.adapter():
        contact = await talk(it)
        await it.desk.until_state(await it.desk.send(contact.id, "Готово"), "sent")
        await it.desk.post(f"/contacts/{contact.id}/complete")
        await it.customer().until(lambda he: len(he.heard) == 2)
        it.customer().write(" 4 ")

        async def rated() -> bool:
            return (await it.desk.contacts(it.thread()))[-1].rating == 4

        await it.desk.until(rated)
        it.customer().write("5")
        again = await it.desk.until_written(it.thread(), "5")
        assert again.id != contact.id, "a digit that nobody asked for is a message"


async def test_what_had_to_be_repeated_is_counted_and_told(play: Play) -> None:
    """Sends to the platform, and calls to the router."""
    async with play(pace=20.0) as it, it.adapter() as adapter:
        contact = await talk(it)
        assert adapter.health.retries == 0
        it.sandbox.limit_next(1)
        message = await it.desk.send(contact.id, "Ещё раз")
        await it.desk.until_state(message, "sent")
        assert adapter.health.retries == 1
        it.router.shut()
        it.customer().write("Вы тут?")
        await it.until(lambda: adapter.health.retries > 2)
        it.router.open()
        await it.desk.until_written(it.thread(), "Здравствуйте", "Вы тут?")
        told = 0
        while told < adapter.health.retries:
            told = await retries_told(it)
        assert adapter.health.detail is None


async def retries_told(it: Stage) -> int:
    """What the router has been told of the account."""
    headers = {"Authorization": f"Bearer {it.floor.supervisor_token}"}
    async with it.session.get(it.floor.url.partition("/v1/")[0] + "/metrics", headers=headers) as answer:
        text = await answer.text()
    found = re.search(r"^contact_router_channel_retries_total\{.*\} (\d+)", text, re.MULTILINE)
    return int(found[1]) if found else 0
