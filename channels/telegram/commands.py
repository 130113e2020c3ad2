"""Commands: what a customer asks of the bot itself. No agent sees them, and no contact comes of them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from channels.kit.remembered import Remembered
from channels.kit.updates import Own
from channels.telegram.reading import Press
from channels.telegram.wire import BotCommand, Button, Keyboard, Message
from channels.telegram.words import LANGUAGES, place_of, word

if TYPE_CHECKING:
    from channels.kit.port import Conversations
    from channels.kit.updates import Incoming
    from channels.telegram.api import Api
    from channels.telegram.wire import CallbackQuery

SPEAK: Final = "speak"
KEPT: Final = 100_000
SHOWN: Final = ("place", "language")
"""Commands in the bot's menu; a language's own name is one, too."""


class Commands:
    """Does what customers command, and remembers which language each has chosen, until this process ends."""

    def __init__(self, api: Api, conversations: Conversations) -> None:
        self._api = api
        self._conversations = conversations
        self._chosen: Remembered[str, str] = Remembered(KEPT)

    async def show(self) -> None:
        """Put them into the bot's menu: for everybody, and for each language by itself. Raises as `Api.ask` does."""
        for code in (None, *LANGUAGES):
            menu = [BotCommand(command=name, description=word(f"command_{name}", code)) for name in SHOWN]
            menu += [BotCommand(command=name, description=own) for name, own in LANGUAGES.items()]
            await self._api.ask("setMyCommands", bool, commands=menu, language_code=code)

    def language(self, customer_id: str, otherwise: str | None) -> str | None:
        """The one that the customer has chosen, or that his own program is in."""
        return self._chosen.get(customer_id) or otherwise

    def of(self, said: Incoming, message: Message) -> Own | None:
        """What the message commands; None where it is nothing but a message."""
        if said.author != "customer" or said.kind != "text" or not (said.text or "").startswith("/"):
            return None
        # A bot's name may follow, and words after a blank, as in `/start@Tele2_bot from-site`.
        name = (said.text or "").split(maxsplit=1)[0][1:].partition("@")[0].lower()
        language = self.language(said.customer.id, said.customer.language)
        match name:
            case "start":
                do = partial(self._say, message, word("start", language))
            case "place":
                do = partial(self._place, said.thread, message, language)
            case "language":
                rows = [[Button(text=own, callback_data=f"{SPEAK}:{code}")] for code, own in LANGUAGES.items()]
                do = partial(self._say, message, word("language", language), Keyboard(inline_keyboard=rows))
            case name if name in LANGUAGES:
                do = partial(self._speak, said.thread, said.customer.id, name, message)
            case _:
                return None
        return Own(thread=said.thread, do=do)

    def of_press(self, press: CallbackQuery, message: Message, thread: str) -> Own:
        """What another button than a rating's does: choose a language. One that we do not know just stops turning."""
        name, _, code = (press.data or "").partition(":")
        chosen = code if name == SPEAK and code in LANGUAGES else None
        return Own(thread=thread, do=partial(self._pressed, Press.of(press, message), thread, chosen, message))

    async def take_away(self, press: Press) -> None:
        """Take the buttons away. Raises `SendError`s."""
        await self._api.send(
            "editMessageReplyMarkup",
            Message,
            business_connection_id=press.connection,
            chat_id=press.chat,
            message_id=press.message,
            reply_markup=Keyboard(inline_keyboard=[]),
        )

    async def answer(self, press: Press, text: str | None) -> None:
        """Show a text for a moment. Raises `SendError`s."""
        await self._api.send("answerCallbackQuery", bool, callback_query_id=press.query, text=text)

    async def _pressed(self, press: Press, thread: str, chosen: str | None, message: Message) -> None:
        await self.answer(press, None)
        if chosen is not None:
            await self.take_away(press)
            await self._speak(thread, f"tg:{press.chat}", chosen, message)

    async def _speak(self, thread: str, customer_id: str, language: str, message: Message) -> None:
        self._chosen[customer_id] = language
        await self._conversations.speak(thread, language)
        await self._say(message, word("language_set", language))

    async def _place(self, thread: str, message: Message, language: str | None) -> None:
        await self._say(message, place_of(await self._conversations.contact(thread), language))

    async def _say(self, message: Message, text: str, keyboard: Keyboard | None = None) -> None:
        fields: dict[str, Any] = {"business_connection_id": message.business_connection_id, "chat_id": message.chat.id}
        await self._api.send("sendMessage", Message, **fields, text=text, reply_markup=keyboard)
