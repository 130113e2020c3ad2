"""Who is calling."""

from __future__ import annotations

from router.domain.wire import answers
from router.web.operation import EVERYBODY, Call, Reply, Table

table = Table()


@table.add("GET", "/me", EVERYBODY, answer=answers.Me)
async def me(call: Call) -> Reply:
    """Whose token this is."""
    token = call.known.token
    return Reply(
        answers.Me(
            role=token.role,
            workspace=call.served.engine.workspace,
            channel=token.channel,
            account=token.account,
            agent=token.agent,
        )
    )
