"""Agents: what they choose, what their phones do, and how their desks hear of work."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from router.domain.wire import answers, frames, queries, requests
from router.domain.wire.desk import Colleague, Colleagues
from router.engine.acts import agents as acts
from router.engine.acts.reading import GetAgent
from router.service import polled
from router.service.everybody import everybody
from router.web.desk import Desk
from router.web.live import poll, serve_live
from router.web.operation import AGENTS, CHANNELS, READERS, SERVERS, Call, Reply, Table

if TYPE_CHECKING:
    from aiohttp import web

    from router.domain.contact import AgentStatus
    from router.engine.acts.act import Act

table = Table()


@table.add("GET", "/agents", READERS, answer=answers.Agents)
async def list_agents(call: Call) -> Reply:
    """Every agent of the operation, in its order."""
    found = await everybody(call.served.engine, call.served.current)
    items = [call.served.views.agent(answer, answer.result) for answer in found]
    return Reply(answers.Agents(items=items, next=None))


@table.add("GET", "/colleagues", SERVERS | READERS, answer=Colleagues)
async def list_colleagues(call: Call) -> Reply:
    """Whom a contact can be sent to or who can be asked: every agent, in the operation's order."""
    found = await everybody(call.served.engine, call.served.current)
    agents = [call.served.views.agent(answer, answer.result) for answer in found]
    items = [Colleague(**{name: getattr(one, name) for name in Colleague.__struct_fields__}) for one in agents]
    return Reply(Colleagues(items=items, next=None))


@table.add("GET", "/agents/{agent}", READERS | AGENTS, answer=answers.Agent, refuses=("unknown_agent",), own_agent=True)
async def get_agent(call: Call) -> Reply:
    """One agent as he stands."""
    return await _do(call, GetAgent(agent=call.path["agent"]))


@table.add(
    "PUT", "/agents/{agent}/presence", SERVERS, body=requests.SetPresence, answer=answers.Agent,
    refuses=("unknown_agent",), own_agent=True, do="presence",
)  # fmt: skip
async def set_presence(call: Call) -> Reply:
    """What an agent chooses, now or after his present contact; he may choose his phone with it."""
    said: requests.SetPresence = call.body
    act = acts.SetPresence(
        agent=call.path["agent"],
        presence=said.presence,
        reason=said.reason,
        after_contact=said.when == "after_contact",
        device=said.device,
    )
    return await _do(call, act)


@table.add(
    "PUT", "/agents/{agent}/device", CHANNELS, body=requests.SetDevice, answer=answers.Agent,
    refuses=("unknown_agent",),
)  # fmt: skip
async def set_device(call: Call) -> Reply:
    """What an agent's phone does, as its channel sees it; another phone than the one he chose says nothing."""
    said: requests.SetDevice = call.body
    return await _do(call, acts.SetDevice(agent=call.path["agent"], address=said.address, state=said.state))


@table.add(
    "POST", "/agents/{agent}/ready", SERVERS, body=requests.Nothing, answer=answers.Agent,
    refuses=("unknown_agent", "idempotency_key_reused"), own_agent=True, do="ready",
)  # fmt: skip
async def ready(call: Call) -> Reply:
    """The agent is ready for the next contact; ends his wrap-up."""
    return await _do(call, acts.Ready(agent=call.path["agent"]))


@table.add(
    "GET", "/agents/{agent}/work", AGENTS, answer=frames.Work, query=queries.Work,
    refuses=("unknown_agent", "events_trimmed"), own_agent=True,
)  # fmt: skip
async def work(call: Call) -> Reply:
    """What the agent's socket would have told since event `after`; without it, the snapshot.

    The agent is there until 75 s after the poll's own wait. A poll whose `after` is not before an offer's event
    acknowledges the offer.
    """
    asked: queries.Work = call.query
    served, agent = call.served, call.path["agent"]
    hold_ms = round((asked.wait_s * 1000 + polled.BEYOND_MS) * served.pace)
    desk = Desk(served, call.known, agent, f"poll-{call.known.id}", {}, hold_ms)
    if asked.after is not None:
        await desk.acknowledge(asked.after)
    found, seq = await poll(served, desk, asked.after, asked.wait_s)
    await served.tokens.still(call.known.digest)
    return Reply(frames.Work(frames=found, seq=seq))


@table.add_socket(
    "/agents/{agent}/live", AGENTS, query=queries.Live, refuses=("unknown_agent", "events_trimmed"),
    own_agent=True, frames=frames.OF_AGENT,
)  # fmt: skip
async def live(call: Call, request: web.Request) -> web.StreamResponse:
    """The agent's socket: a snapshot, then his offers, contacts and himself as they change; he answers on it."""
    from router.web.table import DO  # noqa: PLC0415 - the table of all operations holds this part too

    asked: queries.Live = call.query
    desk = Desk(call.served, call.known, call.path["agent"], secrets.token_hex(6), DO)
    return await serve_live(call.served, call.known, request, desk, asked.after)


async def _do(call: Call, act: Act[AgentStatus]) -> Reply:
    answer = await call.served.engine.do(act, call.by, call.key)
    return Reply(call.served.views.agent(answer, answer.result))
