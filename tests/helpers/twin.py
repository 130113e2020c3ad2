"""An engine and the model of it, taking the same acts: the first thing in which they differ is an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import msgspec

from router.domain.contact import AgentStatus, Contact, Explanation, Stage
from router.domain.stretches import Stretches
from router.engine.acts import commands, messages, reading
from router.engine.acts.workspace import Due
from router.engine.engine import SYSTEM, Answer, Engine
from router.engine.stream import read_events, read_figures
from router.kit.errors import Refusal, StoreAway
from tests.model import deadlines
from tests.model.figures import figures_of
from tests.model.model import Model, Outcome

if TYPE_CHECKING:
    from router.engine.acts.act import Act
    from router.engine.connection import Connection
    from router.engine.engine import Actor, Key
    from router.kit.clock import Clock


class Difference(AssertionError):
    """The engine and the model do not agree."""


class Twin(Engine):
    """An engine whose every answer is compared with the model's, with the events that came of it."""

    def __init__(self, connection: Connection, workspace: str, clock: Clock, *, given_ms: int) -> None:
        super().__init__(connection, workspace, clock, given_ms=given_ms)
        self.model = Model()
        self.states = Stretches()
        """What agents do, as the engine's events have told it."""
        self.heard_due: int | None = None
        """When the engine has last said that it is to be run."""
        self.due_fails = False
        """Whoever runs `Due` now is gone."""
        self.acts = 0
        """How many acts were compared."""

    @property
    def now(self) -> int:
        """The workspace's clock."""
        assert self.given_ms is not None
        return self.given_ms

    async def do(self, act: Act[Any], by: Actor = SYSTEM, idempotency: Key | None = None) -> Answer[Any]:
        """Call the act on both. Raises what both refuse, and `Difference` where they do not agree."""
        self.acts += 1
        if isinstance(act, Due):
            if self.due_fails:
                raise StoreAway("the process is gone")
            return await self._run_due()
        before = self.model.world.seq()
        refused: Refusal | None = None
        answer: Answer[Any] | None = None
        expected: Outcome | Refusal
        try:
            answer = await super().do(act, by, idempotency)
        except Refusal as refusal:
            refused = refusal
        try:
            expected = self.model.do(act, by, self.given_ms, idempotency)
        except Refusal as refusal:
            expected = refusal
        await self._compare_events(act, before)
        if isinstance(expected, Refusal) or refused is not None:
            codes = (refused and refused.code, expected.code if isinstance(expected, Refusal) else None)
            differ(f"the refusal of {act}", *codes)
            assert refused is not None
            raise refused
        assert answer is not None
        differ(f"the answer to {act}", _shown(_in_order(act, answer.result)), _shown(expected.result))
        differ(f"whether {act} had been done before", answer.repeated, expected.repeated)
        differ(f"the last event's number after {act}", answer.seq, self.model.world.seq())
        self._compare_next_due(act, answer)
        return answer

    async def _run_due(self) -> Answer[tuple[int, list[str]]]:
        """All that is due on one, then all that is due on the other: stale deadlines are the engine's own business."""
        before = self.model.world.seq()
        answer = await super().do(Due())
        fired = 0
        while answer.result[0] > 0:
            fired += answer.result[0]
            if fired > 10_000:
                raise Difference("the engine always has something more to do")
            answer = await super().do(Due())
        expected = self.model.do(Due(most=10_000), SYSTEM, self.now)
        await self._compare_events("Due", before)
        differ("the queues to plan anew", sorted(answer.result[1]), expected.result[1])
        if answer.next_due is not None and answer.next_due <= self.now:
            raise Difference(f"a deadline of {self.now - answer.next_due} ms ago does not go away")
        self._compare_next_due("Due", answer)
        return answer

    def _compare_next_due(self, act: object, answer: Answer[Any]) -> None:
        """The engine may look too early, never too late."""
        self.heard_due = answer.next_due
        expected = deadlines.next_due(self.model.world)
        if expected is not None and (answer.next_due is None or answer.next_due > max(expected, self.now)):
            raise Difference(
                f"after {act} something is due at {expected}, and the engine waits until {answer.next_due}"
            )

    async def _compare_events(self, act: object, before: int) -> None:
        found = await read_events(self.connection, self.workspace, before)
        expected = [event for event in self.model.world.events if event.seq > before]
        for one, other in zip(found, expected, strict=False):
            differ(f"event {one.seq} after {act}", one, other)
            self.states.read(one)
        differ(f"the number of events after {act}", found[len(expected) :], expected[len(found) :])
        told = {
            name: (agent.state, agent.since) for name, agent in self.model.world.agents.items() if not agent.removed
        }
        differ(f"what agents do by their events after {act}", self.states.now, told)

    async def compare_all(self) -> None:
        """Every contact with its position and messages, every agent, every queue, what is listed, and the figures."""
        world = self.model.world
        for name in world.contacts:
            await self.do(reading.GetContact(contact=name))
            await self.do(reading.Explain(contact=name))
            await self.do(messages.GetMessages(contact=name))
        for name in world.agents:
            await self.do(reading.GetWork(agent=name))
        await self.do(reading.GetMany(agents=("nobody", *world.agents), contacts=(*world.contacts, "nothing")))
        for name in world.operation.queues:
            await self.do(reading.GetQueue(queue=name))
            await self.do(reading.ListContacts(which="waiting", queue=name))
        for which in ("talks", "scheduled", "parked", "ended"):
            await self.do(reading.ListContacts(which=which))
        for channel, account in sorted({(one.channel, one.account) for one in world.contacts.values()}):
            await self.do(messages.GetOutbox(channel=channel, account=account))
            await self.do(commands.GetCommands(channel=channel, account=account))
        for customer in sorted({one.customer for one in world.contacts.values() if one.customer}):
            await self.do(messages.GetContactsOf(customer=customer))
        await self.do(reading.GetStates())
        await self.do(reading.GetChannels())
        await self.do(reading.GetProcesses())
        figures = await read_figures(self.connection, self.workspace)
        differ("the figures", figures, dict(figures_of(world.events)))


def _in_order(act: Act[Any], result: Any) -> Any:
    """The answer with what has no order by its names."""
    if isinstance(act, reading.GetStates):
        return sorted(result[0]), result[1]
    return sorted(result, key=lambda row: row[0]) if isinstance(act, reading.GetProcesses) else result


def _shown(result: Any) -> Any:
    """The answer without what is the engine's own bookkeeping."""
    if isinstance(result, AgentStatus):
        held = None if result.holding is None else ""
        return msgspec.structs.replace(result, present=None, recheck=None, due=None, holding=held)
    if isinstance(result, Explanation):
        following = [Stage(stage.offset, _needs(stage.requirement)) for stage in result.following]
        return msgspec.structs.replace(result, requirement=_needs(result.requirement), following=following)
    if isinstance(result, tuple):
        return tuple(_shown(part) for part in cast("tuple[Any, ...]", result))
    if isinstance(result, list):
        return [_shown(part) for part in cast("list[Any]", result)]
    return result


def _needs(requirement: list[Any]) -> list[Any]:
    """Lua cannot tell an empty map from an empty list."""
    return [part or None for part in requirement]


def differ(what: str, engine: object, model: object) -> None:
    """Raise `Difference` where what the engine says is not what the model says."""
    if engine == model:
        return
    if isinstance(engine, Contact | AgentStatus) and type(engine) is type(model):
        names = [name for name in engine.__struct_fields__ if getattr(engine, name) != getattr(model, name)]
        engine, model = ({name: getattr(one, name) for name in names} for one in (engine, model))
    raise Difference(f"{what}\n  engine: {engine}\n  model:  {model}")
