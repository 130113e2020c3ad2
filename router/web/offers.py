"""Offers: the agent's answer."""

from __future__ import annotations

from router.domain.wire import answers, requests
from router.engine.acts import agents as acts
from router.web.operation import AGENTS, Call, Reply, Table

ANSWERS = ("unknown_offer", "offer_gone", "taken", "idempotency_key_reused")

table = Table()


@table.add(
    "POST", "/offers/{offer}/accept", AGENTS, body=requests.Nothing, answer=answers.Contact,
    refuses=(*ANSWERS, "stale", "not_capable"), do="accept",
)  # fmt: skip
async def accept(call: Call) -> Reply:
    """The agent takes the contact that he was offered."""
    act = acts.Accept(offer=call.path["offer"], version=call.version)
    answer = await call.served.engine.do(act, call.by, call.key)
    return Reply(await call.served.views.contact(answer, answer.result))


@table.add(
    "POST", "/offers/{offer}/decline", AGENTS, body=requests.Decline, answer=answers.Contact, refuses=ANSWERS,
    do="decline",
)  # fmt: skip
async def decline(call: Call) -> Reply:
    """The agent does not take it; it goes on to the next."""
    act = acts.Decline(offer=call.path["offer"], reason=call.body.reason)
    answer = await call.served.engine.do(act, call.by, call.key)
    return Reply(await call.served.views.contact(answer, answer.result))
