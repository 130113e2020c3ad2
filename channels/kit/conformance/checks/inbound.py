"""What customers write reaches the router: all of it, once, in order, unharmed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from channels.kit.conformance.check import Checks

if TYPE_CHECKING:
    from channels.kit.conformance.stage import Stage

INTACT: Final = "Привет 👩‍👩‍👧‍👦 🇷🇺 👍🏽 — שלום עולם, مرحبا! \u202babc\u202c <b>&amp;</b> *_`[x](y) ё й"
ROUTER_AWAY_S: Final = 60.0

checks = Checks()


@checks.add()
async def text_stays_intact(it: Stage) -> None:
    """Emoji, text from right to left, and what looks like markup arrive as they were written, both ways."""
    async with it.adapter():
        customer = it.customer()
        customer.write(INTACT)
        contact = await it.desk.until_written(it.thread(), INTACT)
        await it.desk.send(contact.id, INTACT)
        await customer.until(lambda he: bool(he.heard))
        assert customer.heard[0].text == INTACT


@checks.add()
async def customer_is_known(it: Stage) -> None:
    """A contact has its customer's id, name and language."""
    async with it.adapter():
        it.customer(1, name="Иван Ёжиков", language="ru").write("Здравствуйте")
        contact = await it.desk.until_written(it.thread(), "Здравствуйте")
        assert contact.customer.id is not None
        assert (contact.customer.name, contact.customer.language) == ("Иван Ёжиков", "ru")


@checks.add()
async def first_messages_open_one_contact(it: Stage) -> None:
    """Ten messages written at once are one contact with ten messages, in their order."""
    async with it.adapter():
        texts = [f"строка {number}" for number in range(10)]
        for text in texts:
            it.customer().write(text)
        await it.desk.until_written(it.thread(), *texts)
        assert len(await it.desk.contacts(it.thread())) == 1


@checks.add()
async def duplicates_change_nothing(it: Stage) -> None:
    """An update that the platform brings four times is one message."""
    async with it.adapter():
        it.sandbox.repeat_next(3)
        it.customer().write("один раз")
        await it.desk.until_written(it.thread(), "один раз")
        await it.until(lambda: it.sandbox.unconfirmed() == 0)
        it.customer().write("и ещё один")
        await it.desk.until_written(it.thread(), "один раз", "и ещё один")
        assert len(await it.desk.contacts(it.thread())) == 1


@checks.add()
async def order_between_threads_is_free(it: Stage) -> None:
    """Updates of two customers in the wrong order are both taken."""
    async with it.adapter():
        it.sandbox.reorder_next()
        it.customer(1).write("от первого")
        it.customer(2).write("от второго")
        await it.desk.until_written(it.thread(1), "от первого")
        await it.desk.until_written(it.thread(2), "от второго")


@checks.add()
async def threads_keep_their_order(it: Stage) -> None:
    """Of six customers who write at once, each is read in the order in which he wrote, and so are the answers."""
    async with it.adapter():
        people = range(1, 7)
        for number in range(5):
            for person in people:
                it.customer(person).write(f"{person}: {number}")
        for person in people:
            contact = await it.desk.until_written(it.thread(person), *(f"{person}: {number}" for number in range(5)))
            for number in range(3):
                await it.desk.send(contact.id, f"ответ {number}")
        for person in people:
            await it.customer(person).until(lambda he: len(he.heard) >= 3)
            assert [one.text for one in it.customer(person).heard] == ["ответ 0", "ответ 1", "ответ 2"]


@checks.add()
async def poison_stops_nothing(it: Stage) -> None:
    """An update that nobody can read becomes a dead letter, and the next one is read."""
    async with it.adapter() as adapter:
        it.customer().write("до яда")
        await it.desk.until_written(it.thread(), "до яда")
        it.sandbox.poison()
        it.customer().write("после яда")
        await it.desk.until_written(it.thread(), "до яда", "после яда")
        await it.until(lambda: it.sandbox.unconfirmed() == 0)
        assert adapter.report().dead_letters >= 1


@checks.add(pace=15.0)
async def router_away_for_a_minute(it: Stage) -> None:
    """While the router is away nothing is confirmed; after a minute all of it arrives, once and in order."""
    async with it.adapter() as adapter:
        await it.until(lambda: adapter.wire.held.is_set() and adapter.report().status == "up")
        it.router.shut()
        for text in ("раз", "два", "три"):
            it.customer().write(text)
        await it.time.sleep(ROUTER_AWAY_S)
        assert it.sandbox.unconfirmed() == 3
        assert adapter.report().status == "degraded"
        it.router.open()
        await it.desk.until_written(it.thread(), "раз", "два", "три")
        await it.until(lambda: it.sandbox.unconfirmed() == 0)
        assert len(await it.desk.contacts(it.thread())) == 1


@checks.add()
async def restart_before_confirming(it: Stage) -> None:
    """An adapter that dies between receiving and confirming has lost nothing and doubled nothing."""
    async with it.adapter() as adapter:
        it.customer().write("первое")
        await it.desk.until_written(it.thread(), "первое")
        await it.until(lambda: it.sandbox.unconfirmed() == 0)
        await it.until(lambda: adapter.wire.held.is_set() and adapter.report().status == "up")
        it.router.shut()
        it.customer().write("второе")
        await it.until(lambda: it.sandbox.unconfirmed() == 1)
    it.router.open()
    async with it.adapter():
        await it.desk.until_written(it.thread(), "первое", "второе")
        await it.until(lambda: it.sandbox.unconfirmed() == 0)


@checks.add("edits")
async def edits_change_the_message(it: Stage) -> None:
    """A message that is edited is the same message with another text."""
    async with it.adapter():
        written = it.customer().write("Добрый ден")
        await it.desk.until_written(it.thread(), "Добрый ден")
        it.customer().edit(written, "Добрый день")
        contact = await it.desk.until_written(it.thread(), "Добрый день")
        (message,) = await it.desk.messages(contact.id)
        assert message.edited_at is not None


@checks.add("edits")
async def edits_open_nothing(it: Stage) -> None:
    """An edit after the contact's end opens no other one."""
    async with it.adapter():
        written = it.customer().write("Вопрос")
        contact = await it.desk.until_written(it.thread(), "Вопрос")
        await it.desk.post(f"/contacts/{contact.id}/complete")
        it.customer().edit(written, "Вопрос!")
        await it.until(lambda: it.sandbox.unconfirmed() == 0)
        assert [one.id for one in await it.desk.contacts(it.thread())] == [contact.id]


@checks.add("deletes")
async def deletions_empty_the_message(it: Stage) -> None:
    """A message that is deleted has no text any more."""
    async with it.adapter():
        written = it.customer().write("Мой пароль 123")
        contact = await it.desk.until_written(it.thread(), "Мой пароль 123")
        it.customer().delete(written)
        await it.desk.until_written(it.thread(), None)
        (message,) = await it.desk.messages(contact.id)
        assert message.deleted_at is not None


@checks.add("leaves")
async def blocking_ends_the_contact(it: Stage) -> None:
    """Who blocks us has left; when he writes again, another contact begins."""
    async with it.adapter():
        it.customer().write("Сколько ждать?")
        contact = await it.desk.until_written(it.thread(), "Сколько ждать?")
        it.customer().block()

        async def ended() -> bool:
            return (await it.desk.contacts(it.thread()))[-1].ended_by == "customer"

        await it.desk.until(ended)
        it.customer().unblock()
        it.customer().write("Я снова тут")
        again = await it.desk.until_written(it.thread(), "Я снова тут")
        assert again.id != contact.id


@checks.add("hears_typing")
async def typing_is_told(it: Stage) -> None:
    """The agent sees that the customer is writing."""
    async with it.adapter():
        it.customer().write("Сейчас напишу")
        contact = await it.desk.until_written(it.thread(), "Сейчас напишу")
        it.customer().begin_writing()
        await it.until(lambda: contact.id in it.desk.typing)
