"""The handle of the sandbox: what tests, the demo and `--sandbox` drive the platform by."""

from __future__ import annotations

import zlib
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, Literal

from channels.telegram.sandbox.customers import Customer
from channels.telegram.sandbox.server import Server
from channels.telegram.sandbox.world import BOT_ID, OWNER_ID, Person, Talk, World
from channels.telegram.wire import User

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from channels.kit.port import Time
    from channels.telegram.sandbox.requests import Call

TOKEN: Final = f"{BOT_ID}:sandbox-AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
WEBHOOK_SECRET: Final = "sandbox-webhook-secret"  # noqa: S105 - of a platform that is played


class TelegramSandbox:
    """The Bot API with one bot, which is the secretary of one business account.

    Customers write to the `account`, or to the `bot` itself. With `webhook` the adapter is told to have one.
    """

    def __init__(self, time: Time, *, to: Literal["account", "bot"] = "account", webhook: bool = False) -> None:
        self.world = World(time)
        self.server = Server(self.world, time, TOKEN)
        self._to: Literal["account", "bot"] = to
        self._webhook = webhook
        self.world.connect(long_ago=True)

    async def start(self) -> None:
        """Serve on a free port of this machine."""
        await self.server.start()

    async def stop(self) -> None:
        """Serve no more."""
        await self.server.stop()

    def settings(self) -> Mapping[str, Any]:
        """What an adapter's settings must say to use this platform."""
        return {"api_url": self.server.url, "updates": "webhook" if self._webhook else "polls"}

    def secrets(self) -> Mapping[str, str]:
        """The bot's token, and the secret of its webhook."""
        return {"token": TOKEN, "webhook_secret": WEBHOOK_SECRET}

    def customer(self, customer_id: str, *, name: str = "Ольга", language: str = "ru") -> Customer:
        """The person with this id; the same one each time. An id that is no number stands for one."""
        return self.customer_of(self._to, customer_id, name=name, language=language)

    def customer_of(
        self, to: Literal["account", "bot"], customer_id: str, *, name: str = "Ольга", language: str = "ru"
    ) -> Customer:
        """The person, in his chat with the account or the bot."""
        number, business = _number(customer_id), to == "account"
        person = self.world.people.get(number)
        if person is None:
            user = User(id=number, is_bot=False, first_name=name, language_code=language)
            person = self.world.people[number] = Person(user)
        talk = self.world.talks.setdefault((number, business), Talk(person, business))
        return Customer(self.world, talk)

    def thread_of(self, customer_id: str) -> str:
        """What the adapter calls the conversation with this person."""
        number = _number(customer_id)
        return f"{OWNER_ID}:{number}" if self._to == "account" else str(number)

    # Faults.

    def repeat_next(self, times: int) -> None:
        """The next update comes so many times more."""
        self.world.updates.repeat_next(times)

    def reorder_next(self) -> None:
        """The next two updates, of different customers, come in the other order."""
        self.world.updates.reorder_next()

    def away(self, gone: bool) -> None:
        """While it is gone no connection to it is made."""
        if gone:
            self.server.away()
        else:
            self.server.back()

    def limit_next(self, seconds: float) -> None:
        """The next send is refused with 429, its chat for so many seconds; earlier sends into it are refused anew."""
        self.server.limited.next(seconds)

    def limit_polls_next(self, seconds: float) -> None:
        """The same for the next poll."""
        self.server.limited_polls.next(seconds)

    def poison(self) -> None:
        """The next update is one that nobody can read."""
        self.world.updates.poison()

    def drop_answer_next(self) -> None:
        """The next send is taken, and the connection cut instead of answering."""
        self.server.drop_answer = True

    async def forge(self) -> int | None:
        """Send a webhook with a wrong secret, and give the status that it got; None where there is no webhook."""
        return await self.server.webhook.forge(b'{"update_id":1}')

    # What the platform has seen.

    @property
    def calls(self) -> Sequence[Call]:
        """What the bot has called lately, in order."""
        return self.server.calls

    def unconfirmed(self) -> int:
        """Updates that the adapter has not confirmed yet, whether or not it has seen them."""
        return len(self.world.updates)

    def too_early(self) -> int:
        """Sends that came before the time said to an earlier one was over."""
        return self.server.limited.too_early

    def conflicts(self) -> int:
        """How often two pollers were there at once."""
        return self.world.updates.conflicts

    def sent_twice(self) -> Sequence[str]:
        """Texts that a customer received more than once."""
        twice: list[str] = []
        for talk in self.world.talks.values():
            texts = Counter(heard.text for heard in Customer(self.world, talk).heard if heard.text)
            twice += [text for text, times in texts.items() if times > 1]
        return twice


def _number(customer_id: str) -> int:
    return int(customer_id) if customer_id.isdigit() else 1_000_000_000 + zlib.crc32(customer_id.encode())
