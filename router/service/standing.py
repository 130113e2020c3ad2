"""How agents and contacts stand, read for all who ask in one turn of the event loop at once.

A batch of events concerns many desks of a process. Each asks for its agent and the contacts of its events, and what
they ask for together is one act, not one each.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from router.engine.acts.reading import GetMany

if TYPE_CHECKING:
    from collections.abc import Collection

    from router.domain.contact import AgentStatus, Contact
    from router.engine.engine import Answer, Engine

AT_ONCE: Final = 50
"""Agents and contacts of one act, beside those of whoever asks last: it takes the server 1 to 2 ms."""


@dataclass(frozen=True, slots=True)
class Stand:
    """How things stood when `answer` was given; one that is not known is not in here."""

    answer: Answer[Any]
    agents: dict[str, AgentStatus]
    contacts: dict[str, Contact]


@dataclass(slots=True)
class _Asked:
    """What is asked for together, and who waits for it."""

    agents: dict[str, None] = field(default_factory=dict[str, None])
    contacts: dict[str, None] = field(default_factory=dict[str, None])
    waiting: list[asyncio.Future[Stand]] = field(default_factory=list["asyncio.Future[Stand]"])


class Standing:
    """Reads agents and contacts for the readers of this process."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._asked: _Asked | None = None
        """What the act at the end of this turn will ask for."""
        self._reads: set[asyncio.Task[None]] = set()

    def of(self, agents: Collection[str] = (), contacts: Collection[str] = ()) -> asyncio.Future[Stand]:
        """How they stand now or later, maybe with what others have asked for. Its errors: `Fault`."""
        loop, asked = asyncio.get_running_loop(), self._asked
        if asked is None:
            asked = self._asked = _Asked()
            loop.call_soon(self._begin, asked)
        asked.agents.update(dict.fromkeys(agents))
        asked.contacts.update(dict.fromkeys(contacts))
        future: asyncio.Future[Stand] = loop.create_future()
        asked.waiting.append(future)
        if len(asked.agents) + len(asked.contacts) >= AT_ONCE:
            self._asked = None
        return future

    def _begin(self, asked: _Asked) -> None:
        if self._asked is asked:
            self._asked = None
        task = asyncio.create_task(self._read(asked))
        self._reads.add(task)
        task.add_done_callback(self._reads.discard)

    async def _read(self, asked: _Asked) -> None:
        try:
            answer = await self._engine.do(GetMany(agents=tuple(asked.agents), contacts=tuple(asked.contacts)))
        except Exception as error:  # noqa: BLE001 - it is theirs who have asked
            for future in asked.waiting:
                if not future.done():
                    future.set_exception(error)
            return
        agents, contacts = answer.result
        stand = Stand(
            answer,
            {one.id: one for one in agents if one is not None},
            {one.id: one for one in contacts if one is not None},
        )
        for future in asked.waiting:
            if not future.done():
                future.set_result(stand)
