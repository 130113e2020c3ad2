"""The acts on channels and on the workspace itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from router.domain.pools import pools_of
from router.domain.process import ProcessFigures
from router.domain.rules import rules_of
from router.engine.compile import Stored
from router.engine.limits import LIMITS
from router.kit.errors import Refusal
from tests.model import accounts, deadlines
from tests.model.things import Account
from tests.model.world import LONG_AGO

if TYPE_CHECKING:
    from router.engine.acts import agents as agent_acts
    from router.engine.acts import workspace as acts
    from tests.model.world import World


def renew(world: World, act: agent_acts.Renew) -> bool:
    """A router process is alive."""
    known = act.process in world.processes
    world.processes[act.process] = world.now + LIMITS["process_ms"]
    return known


def open_channel(world: World, act: acts.OpenChannel) -> bool:
    """A connection holds the account's lease."""
    if act.channel not in world.operation.channels:
        raise Refusal("unknown_channel")
    account = world.accounts.setdefault((act.channel, act.account), Account(act.channel, act.account))
    is_back = act.holder is not None and act.holder == account.owner and not act.again
    if account.holder not in {None, act.connection} and not is_back:
        raise Refusal("taken")
    world.processes.setdefault(act.process, world.now + LIMITS["process_ms"])
    account.owner = act.holder
    if account.holder == act.connection:
        account.process = act.process
        return True
    accounts.new_holder(world, account, act.connection, act.process)
    return False


def close_channel(world: World, act: acts.CloseChannel) -> bool:
    """The connection no longer holds the account's lease."""
    account = world.accounts.get((act.channel, act.account))
    if account is None or account.holder != act.connection or act.process not in {None, account.process}:
        return True
    accounts.holder_gone(world, account)
    return False


def channel_status(world: World, act: acts.SetChannelStatus) -> bool:
    """What an adapter says of its account."""
    if act.channel not in world.operation.channels:
        raise Refusal("unknown_channel")
    account = world.accounts.setdefault((act.channel, act.account), Account(act.channel, act.account))
    said = (act.status, act.detail, act.capabilities)
    if (account.status, account.retries) == (said, act.retries):
        return True
    account.retries = act.retries
    if account.status == said:
        return False
    was = account.status[0] if account.status else "up"
    if account.holder is not None and act.status != was:
        account.since = world.now
    account.status = said
    data = {"status": act.status, "detail": act.detail, "capabilities": list(act.capabilities)}
    world.say_account("channel.status", act.channel, act.account, **data)
    return False


def process_put(world: World, act: acts.PutProcess) -> None:
    """What a router process says of itself, and of the accounts."""
    for channel, name, at in act.heard:
        account = world.accounts.get((channel, name))
        if account is not None:
            account.heard_at = max(at, account.heard_at or 0)
    if act.record is None:
        world.told.pop(act.process, None)
    else:
        world.told[act.process] = msgspec.msgpack.decode(act.record, type=ProcessFigures)


def create(world: World, act: acts.Create) -> None:
    """The workspace exists from here, on the clock that it is asked for on."""
    if world.clock not in {None, act.clock}:
        raise Refusal("wrong_clock")
    world.clock = act.clock


def era(world: World, act: acts.BeginEra) -> bool:
    """The workspace is on this server from here."""
    before, world.server = world.server, act.server
    if before not in {None, act.server}:
        world.eras += 1
        world.say("operation.era", server=act.server, last=world.seq())
    return before == act.server


def stage(world: World, act: acts.StageOperation) -> bool:
    """Parts of an operation that the next `apply` will need."""
    if act.digest == world.digest:
        return True
    staged = world.staged.setdefault(act.digest, (None, []))
    source = staged[0] if act.source is None else msgspec.msgpack.decode(act.source, type=Stored)
    world.staged[act.digest] = (source, [*staged[1], *act.changed])
    return False


def apply(world: World, act: acts.ApplyOperation) -> int:
    """The staged operation is the workspace's from here."""
    stored, changed = world.staged.pop(act.digest, (None, []))
    if act.revision != world.revision or stored is None:
        raise Refusal("stale")
    operation = stored.operation
    world.stored, world.digest = stored, act.digest
    world.media = stored.retired | operation.media
    world.known_pools = pools_of(operation)
    world.revision += 1
    world.queues_known = dict.fromkeys(act.queues, world.now)
    world.to_profile |= set(changed)
    world.to_plan |= set(act.queues)
    world.reserves_changed = True
    rules = msgspec.to_builtins(rules_of(operation, world.media))
    world.say("operation.applied", revision=world.revision, digest=act.digest, rules=rules)
    return world.revision


def hours(world: World, act: acts.SetHours) -> None:
    """When one of the operation's hours opens and closes."""
    world.hours[act.hours] = [(at, opens) for at, opens in act.transitions]


def swept(world: World, act: acts.Swept) -> None:
    """Every waiting contact of the queue is planned by this revision."""
    if act.revision == world.revision:
        world.to_plan.discard(act.queue)
        world.maybe_empty[act.queue] = LONG_AGO


def customer_put(world: World, act: acts.PutCustomer) -> None:
    """What the directory says of a customer."""
    if act.record is None:
        for known in (world.customers, world.last_agents, world.asked):
            known.pop(act.customer, None)
    else:
        world.customers[act.customer] = act.record


def due(world: World, act: acts.Due) -> tuple[int, list[str]]:
    """What time has made due."""
    return deadlines.run(world, act.most), sorted(world.to_plan)
