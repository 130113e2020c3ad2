"""What agents write reaches customers: once, in order, and its state is told truly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from channels.kit.conformance.check import Checks
from channels.kit.splitting import units

if TYPE_CHECKING:
    from channels.kit.conformance.stage import Stage
    from router.domain.wire.answers import Contact

checks = Checks()


async def _talk(it: Stage, number: int = 1) -> Contact:
    it.customer(number).write("Здравствуйте")
    return await it.desk.until_written(it.thread(number), "Здравствуйте")


@checks.add()
async def sent_has_the_platforms_id(it: Stage) -> None:
    """A message that was taken is `sent`, with the platform's id."""
    async with it.adapter():
        contact = await _talk(it)
        message = await it.desk.until_state(await it.desk.send(contact.id, "Добрый день!"), "sent", "delivered", "read")
        assert message.external_id == it.customer().heard[0].external_id


@checks.add()
async def long_texts_are_split(it: Stage) -> None:
    """A text of three messages' length arrives in pieces that the platform takes, none of its words lost or moved."""
    async with it.adapter():
        contact = await _talk(it)
        longest = it.channel.manifest.text_max
        text = " ".join(f"слово{number}😀" for number in range(longest * 3 // 12))
        message = await it.desk.send(contact.id, text)
        await it.desk.until_state(message, "sent", "delivered", "read")
        pieces = [one.text or "" for one in it.customer().heard]
        assert len(pieces) >= 3
        assert max(units(piece) for piece in pieces) <= longest
        assert " ".join(pieces).split() == text.split()
        await it.until(lambda: it.sandbox.unconfirmed() == 0)
        assert await it.desk.texts(it.thread(), "out") == [text], "no piece comes back as a message of its own"


@checks.add()
async def rate_limits_are_obeyed_exactly(it: Stage) -> None:
    """A message that is limited is sent when its time is over, not before, and the next one after it."""
    async with it.adapter():
        contact = await _talk(it)
        it.sandbox.limit_next(7.0)
        begun_ms = it.time.monotonic_ms()
        await it.desk.send(contact.id, "раз")
        await it.desk.send(contact.id, "два")
        await it.customer().until(lambda he: len(he.heard) == 2)
        if "thread_limits" in it.channel.manifest.capabilities:
            assert it.time.monotonic_ms() - begun_ms >= 7000
        assert [one.text for one in it.customer().heard] == ["раз", "два"]
        assert it.sandbox.too_early() == 0


@checks.add("thread_limits")
async def a_limit_holds_up_nobody_else(it: Stage) -> None:
    """While one customer's chat is limited, another one is answered."""
    async with it.adapter():
        one, two = await _talk(it, 1), await _talk(it, 2)
        it.sandbox.limit_next(60.0)
        waiting = await it.desk.send(one.id, "подождёт")
        await it.desk.until_state(waiting, "sending")
        answered = await it.desk.send(two.id, "сразу")
        await it.desk.until_state(answered, "sent", "delivered", "read")
        assert (await it.desk.until_state(waiting, "sending")).state == "sending"


@checks.add()
async def platform_away(it: Stage) -> None:
    """What is written while no connection to the platform is made is sent once when it is back."""
    async with it.adapter() as adapter:
        contact = await _talk(it)
        it.sandbox.away(gone=True)
        message = await it.desk.send(contact.id, "Вы ещё тут?")
        await it.until(lambda: adapter.report().status == "degraded")
        await it.time.sleep(5.0)
        it.sandbox.away(gone=False)
        await it.desk.until_state(message, "sent", "delivered", "read")
        assert [one.text for one in it.customer().heard] == ["Вы ещё тут?"]
        await it.until(lambda: adapter.report().status == "up")


@checks.add()
async def lost_answers_double_nothing(it: Stage) -> None:
    """Where the platform took a message and the connection broke, the customer has it once, and the state is no lie."""
    async with it.adapter():
        contact = await _talk(it)
        it.sandbox.drop_answer_next()
        message = await it.desk.send(contact.id, "Ровно один раз")
        message = await it.desk.until_state(message, "sent", "delivered", "read", "failed")
        expected = (message.state, message.code)
        assert expected[0] != "failed" if it.channel.manifest.dedupes else expected == ("failed", "outcome_unknown")
        await it.desk.send(contact.id, "Дальше")
        await it.customer().until(lambda he: he.heard[-1].text == "Дальше")
        assert [one.text for one in it.customer().heard] == ["Ровно один раз", "Дальше"]
        assert not it.sandbox.sent_twice()


@checks.add("leaves")
async def blocked_is_said(it: Stage) -> None:
    """A message to somebody who has blocked us fails with `blocked`."""
    async with it.adapter() as adapter:
        contact = await _talk(it)
        it.sandbox.away(gone=True)
        message = await it.desk.send(contact.id, "Ответ")
        await it.until(lambda: adapter.report().status == "degraded")
        it.customer().block()
        it.sandbox.away(gone=False)
        message = await it.desk.until_state(message, "failed")
        assert message.code == "blocked"
        assert not it.customer().heard


@checks.add("echoes")
async def echoes_are_ours(it: Stage) -> None:
    """What we sent is not brought in again by the platform; what the owner wrote by hand is an agent's message."""
    async with it.adapter():
        ended, contact = await _talk(it, 2), await _talk(it)
        await it.desk.post(f"/contacts/{ended.id}/complete")
        await it.desk.send(contact.id, "От агента")
        await it.customer().until(lambda he: len(he.heard) == 1)
        it.customer().owner_writes("От хозяина")
        it.customer(2).owner_writes("После конца")

        async def told() -> bool:
            return len(await it.desk.messages(contact.id)) >= 3

        await it.desk.until(told)
        await it.until(lambda: it.sandbox.unconfirmed() == 0)
        messages = await it.desk.messages(contact.id)
        assert [(one.direction, one.text) for one in messages] == [
            ("in", "Здравствуйте"), ("out", "От агента"), ("out", "От хозяина"),
        ]  # fmt: skip
        assert [one.id for one in await it.desk.contacts(it.thread(2))] == [ended.id]


@checks.add("typing")
async def typing_is_shown(it: Stage) -> None:
    """The customer sees that the agent is writing."""
    async with it.adapter() as adapter:
        contact = await _talk(it)
        await it.until(lambda: adapter.wire.held.is_set() and adapter.report().status == "up")
        await it.desk.post(f"/contacts/{contact.id}/typing")
        await it.customer().until(lambda he: he.typing_seen > 0)


@checks.add("read")
async def reading_is_told(it: Stage) -> None:
    """What the customer has read is `read`."""
    async with it.adapter():
        contact = await _talk(it)
        messages = [await it.desk.send(contact.id, text) for text in ("раз", "два")]
        for message in messages:
            await it.desk.until_state(message, "sent", "delivered")
        it.customer().read()
        for message in messages:
            await it.desk.until_state(message, "read")


@checks.add()
async def replies_are_tied(it: Stage) -> None:
    """A reply names the message that it answers, on both sides."""
    async with it.adapter():
        written = it.customer().write("Вопрос первый")
        it.customer().write("Вопрос второй")
        contact = await it.desk.until_written(it.thread(), "Вопрос первый", "Вопрос второй")
        first = (await it.desk.messages(contact.id))[0]
        await it.desk.send(contact.id, "Ответ на первый", in_reply_to=first.id)
        await it.customer().until(lambda he: bool(he.heard))
        assert it.customer().heard[0].in_reply_to == written
        it.customer().write("Спасибо", in_reply_to=it.customer().heard[0].external_id)
        await it.desk.until_written(it.thread(), "Вопрос первый", "Вопрос второй", "Спасибо")
        assert (await it.desk.messages(contact.id))[-1].in_reply_to == it.customer().heard[0].external_id


@checks.add()
async def ratings_are_asked_for(it: Stage) -> None:
    """After the end the customer is asked for 1 to 5 once, and what he says is the contact's rating."""
    async with it.adapter():
        contact = await _talk(it)
        message = await it.desk.send(contact.id, "Готово")
        await it.desk.until_state(message, "sent", "delivered", "read")
        await it.desk.post(f"/contacts/{contact.id}/complete")
        await it.customer().until(lambda he: len(he.heard) >= 2)
        question = it.customer().heard[1]
        assert question.text
        if "buttons" in it.channel.manifest.capabilities:
            assert {"1", "2", "3", "4", "5"} <= {button[-1:] for button in question.buttons} | set(question.buttons)
            it.customer().press(5)
        else:
            it.customer().write("5")

        async def rated() -> bool:
            return (await it.desk.contacts(it.thread()))[0].rating == 5

        await it.desk.until(rated)
        assert len(await it.desk.contacts(it.thread())) == 1
