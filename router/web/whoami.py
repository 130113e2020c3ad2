"""Who is calling."""

from __future__ import annotations

from router.domain.wire.moment import moment
from router.domain.wire.whoami import Me
from router.web.operation import EVERYBODY, Call, Reply, Table

table = Table()


@table.add("GET", "/me", EVERYBODY, answer=Me)
async def me(call: Call) -> Reply:
    """Whose token this is, and what time it is there."""
    token = call.known.token
    return Reply(
        Me(
            role=token.role,
            workspace=call.served.engine.workspace,
            channel=token.channel,
            account=token.account,
            agent=token.agent,
            now=moment(call.served.wall_ms()),
            pace=call.served.pace,
        )
    )
