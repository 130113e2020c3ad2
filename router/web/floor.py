"""The floor as a whole, as a wall shows it."""

from __future__ import annotations

from router.domain.wire import floor
from router.service.accounts import channels_now
from router.service.alarms import alarms_now
from router.web.operation import AGENTS, READERS, SERVERS, Call, Reply, Table

table = Table()


@table.add("GET", "/channels", READERS | SERVERS, answer=floor.Channels)
async def get_channels(call: Call) -> Reply:
    """Every account of which an adapter has said something, as it stands.

    `down` where nobody has it. Its live contacts are held 15 s after that, and lost after 120 s.
    """
    return Reply(floor.Channels(items=await channels_now(call.served), next=None))


@table.add("GET", "/alarms", READERS, answer=floor.Alarms)
async def get_alarms(call: Call) -> Reply:
    """What is wrong now: the alerts of `deploy/prometheus/alerts.yml`, as far as one look at the floor can tell.

    A queue burns when more of the last 30 minutes' contacts missed its target than its objective can bear. A channel is
    told of when it has been down or degraded for a minute, a wait when it has been too long for three. What is unusual
    only beside other days, and that a router or the store is gone, Prometheus alone can tell.
    """
    return Reply(floor.Alarms(items=await alarms_now(call.served), next=None))


@table.add("GET", "/today", READERS, answer=floor.Today)
async def get_today(call: Call) -> Reply:
    """What became of the waits in each queue today, in all and by half-hour; what is not over is not counted.

    The day is that of the operation's time zone. A wait, a talk, a wrap-up and a rating count in the half-hour in which
    they ended. `contact-router report` says the same. The first question takes the longer the more has happened.
    """
    return Reply(await call.served.today.queues())


@table.add(
    "GET", "/agents/{agent}/today", READERS | AGENTS, answer=floor.AgentToday, refuses=("unknown_agent",),
    own_agent=True,
)  # fmt: skip
async def get_agent_today(call: Call) -> Reply:
    """What an agent has done today, with what he does at this moment."""
    return Reply(await call.served.today.agent(call.path["agent"]))
