"""The first path: a support account whose secretary is the bot."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from channels.telegram.sandbox.world import OWNER_ID
from tests.channels.telegram.stages import confirmed, person, telegram_on

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.servers import Server

DAY_S = 86_400


async def test_the_owners_own_messages_are_the_agents_and_no_greeting_is(server: Server, tmp_path: Path) -> None:
    async with telegram_on(server, tmp_path) as (it, _), it.adapter():
        person(it).write("Здравствуйте")
        person(it).owner_writes("Мы скоро ответим", from_offline=True)
        person(it).owner_writes("Слушаю вас")
        contact = await it.desk.until_written(it.thread(), "Здравствуйте")
        await confirmed(it)
        [asked, answered] = await it.desk.messages(contact.id)
        assert (asked.author.role, answered.author.role, answered.direction) == ("customer", "agent", "out")
        assert answered.text == "Слушаю вас"
        assert answered.state == "sent"


async def test_what_the_bot_says_itself_is_nobodys_answer(server: Server, tmp_path: Path) -> None:
    async with telegram_on(server, tmp_path) as (it, _), it.adapter():
        person(it).write("Здравствуйте")
        contact = await it.desk.until_written(it.thread(), "Здравствуйте")
        person(it).write("/place")
        await person(it).until(lambda he: bool(he.heard))
        assert person(it).heard[0].text == "Вам уже отвечает сотрудник."
        await confirmed(it)  # the platform's echo of it among the rest
        assert [message.text for message in await it.desk.messages(contact.id)] == ["Здравствуйте"]


async def test_a_contact_says_until_when_it_may_be_answered(server: Server, tmp_path: Path) -> None:
    async with telegram_on(server, tmp_path) as (it, _), it.adapter():
        number = person(it).write("Здравствуйте")
        contact = await it.desk.until_written(it.thread(), "Здравствуйте")
        [message] = await it.desk.messages(contact.id)
        assert message.external_id == number
        assert message.sent_at is not None
        assert contact.reply_until is not None
        written, until = (datetime.fromisoformat(one) for one in (message.sent_at, contact.reply_until))
        assert (until - written).total_seconds() == DAY_S


async def test_what_the_platform_closes_fails_with_its_reason(server: Server, tmp_path: Path) -> None:
    async with telegram_on(server, tmp_path) as (it, sandbox), it.adapter():
        person(it).write("Здравствуйте")
        contact = await it.desk.until_written(it.thread(), "Здравствуйте")
        talk = sandbox.world.talks[5001, True]
        talk.heard_at_ms = it.time.wall_ms() - DAY_S * 1000
        message = await it.desk.until_state(await it.desk.send(contact.id, "Поздно"), "failed")
        assert message.code == "window_closed"
        talk.heard_at_ms = it.time.wall_ms()
        sandbox.world.connect(can_reply=False)
        message = await it.desk.until_state(await it.desk.send(contact.id, "Нельзя"), "failed")
        assert message.code == "not_allowed"
        assert person(it).heard == []


@pytest.mark.parametrize("meanwhile", [False, True], ids=["at work", "away"])
async def test_a_conversation_goes_on_over_a_new_connection(server: Server, tmp_path: Path, meanwhile: bool) -> None:
    async with telegram_on(server, tmp_path) as (it, sandbox), AsyncExitStack() as stack:
        await stack.enter_async_context(it.adapter())
        person(it).write("Раз")
        contact = await it.desk.until_written(it.thread(), "Раз")
        await confirmed(it)
        old = sandbox.world.connection
        if meanwhile:
            await stack.aclose()
        sandbox.world.connect()
        if meanwhile:
            await stack.enter_async_context(it.adapter())
        await confirmed(it)
        await it.desk.send(contact.id, "Ответ")
        await person(it).until(lambda he: bool(he.heard))
        person(it).write("Два")
        again = await it.desk.until_written(it.thread(), "Раз", "Два")
        assert again.id == contact.id
        assert old is not None
        sends = [call for call in sandbox.calls if call.method == "sendMessage"]
        assert [call.fields["business_connection_id"] != old.id for call in sends] == [True]


async def test_after_a_restart_an_answer_finds_its_way_by_what_the_contact_remembers(
    server: Server, tmp_path: Path
) -> None:
    async with telegram_on(server, tmp_path) as (it, sandbox):
        async with it.adapter():
            person(it).write("Раз")
            contact = await it.desk.until_written(it.thread(), "Раз")
            await confirmed(it)
        async with it.adapter():
            message = await it.desk.send(contact.id, "Ответ")
            assert (await it.desk.until_state(message, "sent")).external_id == person(it).heard[0].external_id
            methods = [call.method for call in sandbox.calls]
            assert methods[: methods.index("sendMessage")].count("getBusinessConnection") == 1, (
                "the first process asked"
            )


async def test_who_has_two_chats_with_us_has_two_conversations(server: Server, tmp_path: Path) -> None:
    async with telegram_on(server, tmp_path) as (it, sandbox), it.adapter():
        sandbox.customer_of("account", "5001").write("Счёту")
        sandbox.customer_of("bot", "5001").write("Боту")
        first = await it.desk.until_written(f"{OWNER_ID}:5001", "Счёту")
        second = await it.desk.until_written("5001", "Боту")
        assert first.customer.id == second.customer.id == "tg:5001"
        assert (first.reply_until is None, second.reply_until is None) == (False, True)
        await it.desk.send(second.id, "От бота")
        await sandbox.customer_of("bot", "5001").until(lambda he: bool(he.heard))
        assert not sandbox.customer_of("account", "5001").heard


async def test_deletions_and_edits_of_a_photo_reach_its_message(server: Server, tmp_path: Path) -> None:
    async with telegram_on(server, tmp_path) as (it, _), it.adapter():
        number = person(it).photo(b"\xff\xd8 photo", caption="чек")
        contact = await it.desk.until_written(it.thread(), "чек")
        person(it).edit(number, "чек за май")
        await it.desk.until_written(it.thread(), "чек за май")
        [message] = await it.desk.messages(contact.id)
        assert [one.kind for one in message.attachments] == ["image"]
        person(it).delete(number)
        await it.desk.until_written(it.thread(), None)
        [message] = await it.desk.messages(contact.id)
        assert message.attachments == ()


async def test_the_caption_of_an_album_is_changed_and_its_photos_stay(server: Server, tmp_path: Path) -> None:
    async with telegram_on(server, tmp_path, pace=2.0) as (it, _), it.adapter():
        first, *_ = person(it).write_album([b"\xff\xd8 1", b"\xff\xd8 2"], caption="два чека")
        contact = await it.desk.until_written(it.thread(), "два чека")
        person(it).edit(first, "оба чека")
        await it.desk.until_written(it.thread(), "оба чека")
        [message] = await it.desk.messages(contact.id)
        assert len(message.attachments) == 2


async def test_a_link_has_no_token_and_ends_with_its_file(server: Server, tmp_path: Path) -> None:
    async with telegram_on(server, tmp_path) as (it, sandbox), it.adapter():
        person(it).photo(b"\xff\xd8 photo", caption="чек")
        contact = await it.desk.until_written(it.thread(), "чек")
        [message] = await it.desk.messages(contact.id)
        [attachment] = message.attachments
        assert attachment.url is not None
        assert sandbox.secrets()["token"] not in attachment.url
        sandbox.world.files.clear()
        async with it.session.get(attachment.url) as response:
            assert response.status == 404
