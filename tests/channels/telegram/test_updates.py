"""The sandbox keeps, numbers and forgets updates as the platform does. aiogram asks; it is not what is tested here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from channels.telegram.sandbox.updates import HASTY_MS
from tests.channels.telegram.platforms import aiogram_on, sandbox_of

if TYPE_CHECKING:
    from aiogram.types import Update


def texts(updates: list[Update]) -> list[str | None]:
    """What customers wrote."""
    return [update.message.text for update in updates if update.message is not None]


async def test_an_update_is_confirmed_by_an_offset_above_it() -> None:
    async with sandbox_of(to="bot") as (sandbox, time), aiogram_on(sandbox) as bot:
        offset = sandbox.world.updates.next_id
        customer = sandbox.customer("5551")
        for text in ("один", "два", "три"):
            customer.write(text)
        assert texts(await bot.get_updates(offset=offset)) == ["один", "два", "три"]
        time.pass_s(1)
        assert texts(await bot.get_updates(offset=offset)) == ["один", "два", "три"]
        assert texts(await bot.get_updates(offset=offset + 2)) == ["три"]
        time.pass_s(1)
        assert texts(await bot.get_updates(offset=0)) == ["три"]
        assert sandbox.unconfirmed() == 1


async def test_a_negative_offset_forgets_what_is_before() -> None:
    async with sandbox_of(to="bot") as (sandbox, _), aiogram_on(sandbox) as bot:
        customer = sandbox.customer("5551")
        for text in ("один", "два", "три"):
            customer.write(text)
        assert texts(await bot.get_updates(offset=-2)) == ["два", "три"]
        assert texts(await bot.get_updates(offset=0)) == ["два", "три"]


async def test_after_an_idle_week_numbers_may_begin_anywhere() -> None:
    async with sandbox_of(to="bot") as (sandbox, _), aiogram_on(sandbox) as bot:
        offset = sandbox.world.updates.next_id
        await bot.get_updates(offset=offset)
        sandbox.world.updates.idle_week()
        sandbox.customer("5551").write("Я снова здесь")
        [update] = await bot.get_updates(offset=offset + 1)
        assert update.update_id < offset
        assert await bot.get_updates(offset=update.update_id + 1) == []


async def test_after_a_week_on_the_clock_as_well() -> None:
    async with sandbox_of(to="bot") as (sandbox, time), aiogram_on(sandbox) as bot:
        offset = sandbox.world.updates.next_id
        await bot.get_updates(offset=offset)
        time.pass_s(8 * 86_400)
        sandbox.customer("5551").write("Я снова здесь")
        [update] = await bot.get_updates(offset=0)
        assert update.update_id != offset


async def test_updates_are_kept_for_a_day_and_presses_for_minutes() -> None:
    async with sandbox_of(to="bot") as (sandbox, time), aiogram_on(sandbox) as bot:
        offset = sandbox.world.updates.next_id
        customer = sandbox.customer("5551")
        customer.write("Есть кто?")
        await bot.send_message(
            5551,
            "Оцените",
            reply_markup={"inline_keyboard": [[{"text": "5", "callback_data": "x"}]]},  # pyright: ignore[reportArgumentType]
        )
        customer.press(5)
        assert len(await bot.get_updates(offset=offset)) == 2
        time.pass_s(151)
        assert texts(await bot.get_updates(offset=offset)) == ["Есть кто?"]
        time.pass_s(86_400 - 151)
        assert await bot.get_updates(offset=offset) == []


async def test_who_asks_for_the_same_again_at_once_gets_one() -> None:
    async with sandbox_of(to="bot") as (sandbox, time), aiogram_on(sandbox) as bot:
        offset = sandbox.world.updates.next_id
        customer = sandbox.customer("5551")
        customer.write("один")
        customer.write("два")
        assert texts(await bot.get_updates(offset=offset)) == ["один", "два"]
        assert texts(await bot.get_updates(offset=offset)) == ["один"]
        time.pass_s(HASTY_MS / 1000)
        assert texts(await bot.get_updates(offset=offset)) == ["один", "два"]


async def test_kinds_that_are_not_wanted_leave_no_trace_and_the_wish_lasts() -> None:
    async with sandbox_of() as (sandbox, _), aiogram_on(sandbox) as bot:
        offset = sandbox.world.updates.next_id
        await bot.get_updates(offset=offset, allowed_updates=["message"])
        sandbox.customer_of("account", "5551").write("Мимо")
        sandbox.customer_of("bot", "5551").write("Сюда")
        [update] = await bot.get_updates()
        assert texts([update]) == ["Сюда"]


async def test_faults_are_played() -> None:
    async with sandbox_of(to="bot") as (sandbox, time), aiogram_on(sandbox) as bot:
        offset = sandbox.world.updates.next_id
        sandbox.repeat_next(2)
        sandbox.customer("5551").write("трижды")
        sandbox.reorder_next()
        sandbox.customer("5551").write("второе")
        sandbox.customer("5552").write("первое")
        assert texts(await bot.get_updates(offset=offset)) == ["трижды", "трижды", "трижды", "первое", "второе"]
        time.pass_s(1)
        assert sandbox.unconfirmed() == 5
