"""The survey after a talk: the customer who is still there rates it from 1 to 5 by his keys.

He is asked where the router asks for a rating and his queue has a question. He stays alone in the bridge of his talk,
so another adapter finds him there and asks him again. His agent is free meanwhile.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import structlog

from channels.asterisk.ari import AriError
from channels.kit.either import either
from router.domain.wire import requests

if TYPE_CHECKING:
    from collections.abc import Sequence

    from channels.asterisk.call import Call
    from channels.asterisk.server import Server
    from channels.asterisk.speech.phrases import Phrase
    from router.domain.wire.answers import Contact

SCORES: Final = "12345"
SILENCES: Final = 2
"""So often he may say nothing: he is asked once more."""
MISTAKES: Final = 3
"""So often he may press another key."""
ANSWER_S: Final = 5.0
"""So long an answer is awaited when the question was heard."""

_log: Any = structlog.get_logger()


class Survey:
    """The question to one call's customer."""

    def __init__(self, server: Server, call: Call) -> None:
        self._server = server
        self._call = call
        self._task: asyncio.Task[None] | None = None
        self._is_over = False
        self._digit: str | None = None
        self._pressed = asyncio.Event()

    def asks(self, contact: Contact) -> bool:
        """Whether he is being asked; that begins with this, where he is to be asked."""
        if self._task is None and contact.rating_until is not None and contact.rating is None:
            question = self._server.settings.queue(contact).survey
            if question is not None:
                self._task = asyncio.create_task(self._run(contact, question))
        return self._task is not None and not self._is_over

    def pressed(self, digit: str) -> None:
        """He has pressed a key."""
        self._digit = digit
        self._pressed.set()

    async def end(self) -> None:
        """Ask no more: he is gone. What he has answered counts."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self, contact: Contact, question: str) -> None:
        try:
            await self._call.talk.open(contact)
            await self._call.talk.resume()
            await self._ask(question)
        except AriError as error:
            _log.info("not_asked", why=str(error))  # he is gone, or Asterisk is
        except Exception as broken:  # noqa: BLE001 - who cannot be asked is let go
            _log.error("survey_broke", exc_info=broken)
        finally:
            self._is_over = True
            self._call.look()

    async def _ask(self, question: str) -> None:
        silences = mistakes = 0
        media = [question]
        while silences < SILENCES and mistakes < MISTAKES:
            digit = await self._answer(media)
            if digit is None:
                silences += 1
                media = [question]
            elif digit in SCORES:
                self._call.tell("rating", requests.Rating(score=int(digit)))
                break
            else:
                mistakes += 1
                media = [*self._words("again"), question]
        await self._play(self._words("rated"))

    async def _answer(self, media: Sequence[str]) -> str | None:
        """What he presses while he hears it, or soon after; None for nothing."""
        self._digit = None
        self._pressed.clear()
        await either(self._play(media), self._pressed.wait())
        await either(self._server.time.sleep(ANSWER_S), self._pressed.wait())
        return self._digit

    async def _play(self, media: Sequence[str]) -> None:
        if media:
            await self._server.playing.play(self._call.id, media, self._call.language)

    def _words(self, phrase: Phrase) -> list[str]:
        language = self._server.language(self._call.language)
        return language.say(phrase) if language else []
