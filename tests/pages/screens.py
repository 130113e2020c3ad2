"""`python -m tests.pages.screens DIRECTORY`: the pictures of the README, of the branch in Krasnoyarsk."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.async_api import expect

from tests.helpers.browser import LAPTOP, PHONE, chromium, window_of
from tests.pages.desk import Desk, working
from tests.pages.house import program_house

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from tests.pages.house import House

SEED = Path(__file__).parents[2] / "seeds" / "krasnoyarsk" / "operation.toml"
ELENA = {"id": "tg:5551", "name": "Елена Кузнецова", "language": "ru", "type": "private"}
PAVEL = {"id": "vk:881", "name": "Павел Дорохов", "language": "ru", "type": "private"}
PETER = {"id": "tg:9004", "name": "Peter Novak", "language": "en", "type": "private"}
SIBLES = {"id": "+79135550101", "name": "ООО «Сиблес», Орлова Анна", "type": "corporate", "language": "ru"}
OLGA = {"id": "tg:77", "name": "Ольга Константинова", "language": "ru", "type": "private"}


class Screens:
    """Takes the pictures, one scene after the other."""

    def __init__(self, house: House, browser: Browser, directory: Path) -> None:
        self._house = house
        self._browser = browser
        self._directory = directory
        self._open = AsyncExitStack()

    async def desk(self, agent: str, **settings: Any) -> Desk:
        """The desk of an agent who is available, in a window of its own."""
        return await working(
            await self._open.enter_async_context(window_of(self._browser, **settings)), self._house, agent
        )

    async def take(self, desk: Desk, name: str) -> None:
        """Keep what is on the page now, when it has come to rest."""
        await desk.page.wait_for_timeout(400)
        await desk.page.screenshot(path=self._directory / f"{name}.png")

    async def all(self) -> None:
        """Every picture of the desk."""
        async with self._open:
            await self.conversations()
            await self.call()
            await self.narrow()

    async def conversations(self) -> None:
        """Nothing to do, an offer, three talks."""
        house = self._house
        sofia = await self.desk("sofia", size=LAPTOP)
        await self._before(sofia)
        await self.take(sofia, "desk-idle")
        refund = {"topic": "refund", "amount": 300}
        await house.write(
            "Здравствуйте! С меня списали 300 рублей за подписку, которую я не подключала. Верните, пожалуйста.",
            customer=ELENA, thread="1", attributes=refund,
        )  # fmt: skip
        await expect(sofia.offer).to_be_visible()
        await self.take(sofia, "desk-offer")
        await sofia.accept(ELENA["name"])
        await self._say(sofia, ELENA["name"], "Здравствуйте, Елена! Вижу подписку «Музыка» от 28 ноября. Проверяю.")
        await house.write("Спасибо! Номер +7 913 123-45-67", customer=ELENA, thread="1")
        await house.write("С утра не работает интернет, Академгородок", customer=PAVEL, thread="2", channel="vk")
        await sofia.accept(PAVEL["name"])
        await self._say(
            sofia, PAVEL["name"], "Павел, на вышке ремонт до 14:00. Прислать сообщение, когда закончат?", "vk"
        )
        await house.write("Да, пришлите", customer=PAVEL, thread="2", channel="vk")
        await house.write("Hi! How do I enable roaming in Turkey?", customer=PETER, thread="3")
        await sofia.accept(PETER["name"])
        await self._say(sofia, PETER["name"], "Hello Peter! Dial *111*5# and roaming is on within a minute.")
        note = sofia.pane(ELENA["name"])
        await note.get_by_role("button", name="Заметка").click()
        await sofia.write(ELENA["name"], "Возврат 300 ₽ одобрен, отключить «Музыку»")
        await sofia.writing(ELENA["name"]).fill("Елена, вернули 300 рублей на баланс и")
        await house.write("And how much is it a day?", customer=PETER, thread="3")
        await self.take(sofia, "desk-three")
        await sofia.page.emulate_media(color_scheme="dark")
        await sofia.writing(PAVEL["name"]).fill("/")
        await self.take(sofia, "desk-three-dark")

    async def call(self) -> None:
        """A call, and the wrap-up behind it."""
        house = self._house
        inna = await self.desk("kirill", size=LAPTOP, scheme="dark")
        call = await house.call(
            SIBLES["id"], customer=SIBLES, attributes={"dialled": "636", "topic": "refund", "amount": 3000}
        )
        await inna.accept(SIBLES["name"])
        await house.join(call)
        await inna.pane(SIBLES["name"]).get_by_role("button", name="Удержать", exact=True).click()
        command = (await house.wires["phone"].frame("command"))["command"]
        await house.post("phone", f"/commands/{command['id']}", {"status": "done"})
        await self.take(inna, "desk-call-dark")
        await house.hang_up(call)
        await self.take(inna, "desk-wrap-up-dark")

    async def narrow(self) -> None:
        """A phone's width."""
        house = self._house
        timur = await self.desk("timur", size=PHONE, device_scale_factor=2)
        await house.write("Добрый день! Как перейти на другой тариф?", customer=OLGA, thread="7")
        await expect(timur.offer).to_be_visible()
        await self.take(timur, "desk-phone-offer")
        await timur.offer.get_by_role("button", name="Принять").click()
        await self._say(timur, OLGA["name"], "Здравствуйте, Ольга! Подскажите, какой тариф вам понравился?")
        await house.write("«Сибирь 500», я видела на сайте", customer=OLGA, thread="7")
        await self.take(timur, "desk-phone-talk")

    async def _before(self, desk: Desk) -> None:
        """What Elena came with earlier."""
        await self._house.write("Какой у меня тариф?", customer=ELENA, thread="1")
        await desk.accept(ELENA["name"])
        await self._say(desk, ELENA["name"], "«Сибирь 300», 300 рублей в месяц.")
        await desk.complete(ELENA["name"])
        await desk.page.get_by_role("button", name="Готов к следующему").click()

    async def _say(self, desk: Desk, name: str, text: str, channel: str = "telegram") -> None:
        """Write, and let it be read; also what was said automatically."""
        await desk.write(name, text)
        message = await self._house.to_send(channel)
        while message["text"] != text:
            await self._house.deliver(message, channel)
            message = await self._house.to_send(channel)
        await self._house.deliver(message, channel)


async def take_all(directory: Path) -> None:
    """Take every picture."""
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        async with program_house(Path(folder), SEED) as (house, _program), chromium() as browser:
            await house.plug()
            await Screens(house, browser, directory).all()


if __name__ == "__main__":
    asyncio.run(take_all(Path(sys.argv[1])))
