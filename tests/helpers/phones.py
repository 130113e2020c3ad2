"""Agents at their phones, on a floor: who holds the account, who signs in, what the adapter says of a call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from router.engine.acts.agents import SignIn, SignOut
from router.engine.acts.contacts import Connected, ConnectFailed
from router.engine.acts.workspace import CloseChannel, OpenChannel
from tests.helpers.floor import ADAPTER, ROUTER

if TYPE_CHECKING:
    from router.domain.contact import AgentStatus, Contact
    from tests.helpers.floor import Floor

OPERATION = """
[queues.private]
target_s = 40
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private"], media = ["voice", "chat"] }
boris = { queues = ["private"], media = ["voice", "chat"] }
"""
"""Two agents of one line, who may also chat."""


async def hold(floor: Floor, account: str = "main") -> None:
    """The adapter of the telephone holds the account."""
    await floor.do(OpenChannel(channel="pbx", account=account, connection="adapter", process=ROUTER), ADAPTER)
    await floor.run_due()


async def let_go(floor: Floor, account: str = "main") -> None:
    """It does so no more."""
    await floor.do(CloseChannel(channel="pbx", account=account, connection="adapter"), ADAPTER)


async def sign_in(floor: Floor, agent: str, device: str | None = None, account: str = "main") -> AgentStatus:
    """The agent signs in at a phone, one of his own unless `device` says otherwise."""
    device = device or f"PJSIP/{agent}"
    return await floor.do(SignIn(agent=agent, channel="pbx", account=account, device=device), ADAPTER)


async def sign_out(floor: Floor, agent: str) -> AgentStatus:
    """The agent signs out at his phone."""
    return await floor.do(SignOut(agent=agent), ADAPTER)


async def call(floor: Floor, **fields: Any) -> Contact:
    """A customer calls."""
    return await floor.post(channel="pbx", **fields)


async def pick_up(floor: Floor, contact: Contact, **fields: Any) -> Contact:
    """The agent picks up, or was joined with the customer."""
    return await floor.do(Connected(contact=contact.id, **fields), ADAPTER)


async def fail(floor: Floor, contact: Contact, reason: Any, **fields: Any) -> Contact:
    """He could not be joined with the customer."""
    return await floor.do(ConnectFailed(contact=contact.id, reason=reason, **fields), ADAPTER)


async def phases(floor: Floor, agent: str) -> list[str]:
    """What occupies an agent, in letters."""
    return [work.phase for work in (await floor.agent(agent)).burden.work]
