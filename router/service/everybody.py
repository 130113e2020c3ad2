"""All agents of the operation as they stand."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from router.engine.acts.reading import GetAgent
from router.kit.errors import Refusal

if TYPE_CHECKING:
    from router.domain.contact import AgentStatus
    from router.engine.engine import Answer, Engine
    from router.service.operations import Current


async def everybody(engine: Engine, current: Current) -> list[Answer[AgentStatus]]:
    """Every agent of the operation, in its order, each read for himself: nobody waits for all of them at once."""
    asked = (engine.do(GetAgent(agent=name)) for name in current.operation.agents)
    found = await asyncio.gather(*asked, return_exceptions=True)
    answers: list[Answer[AgentStatus]] = []
    for answer in found:
        if not isinstance(answer, BaseException):
            answers.append(answer)
        elif not isinstance(answer, Refusal):  # one who is just leaving the operation
            raise answer
    return answers
