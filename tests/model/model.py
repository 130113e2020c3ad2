"""The front of the model: an act comes in, its answer goes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import msgspec

from router.engine.acts import agents, contacts, messages, workspace
from router.kit.errors import Refusal
from tests.model import (
    acts_of_agents,
    acts_of_calls,
    acts_of_contacts,
    acts_of_conversations,
    acts_of_workspace,
    answers,
    commands,
    reading,
)
from tests.model.matching import settle
from tests.model.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.engine.acts.act import Act
    from router.engine.engine import Actor, Key
    from tests.model.things import Agent, Contact

RULES: dict[type[Act[Any]], Callable[[World, Any], Any]] = {
    contacts.Intake: acts_of_contacts.intake,
    contacts.Patch: acts_of_contacts.patch,
    contacts.Left: acts_of_contacts.left,
    contacts.Cancel: acts_of_contacts.cancel,
    contacts.Requeue: acts_of_contacts.requeue,
    contacts.Reprioritise: acts_of_contacts.reprioritise,
    contacts.Transfer: acts_of_contacts.transfer,
    contacts.Connected: acts_of_calls.connected,
    contacts.Reply: acts_of_calls.reply,
    contacts.ConnectFailed: acts_of_calls.connect_failed,
    contacts.Interrupted: acts_of_calls.interrupted,
    contacts.HandOver: acts_of_calls.handover,
    contacts.Complete: acts_of_contacts.complete,
    contacts.Rate: acts_of_contacts.rate,
    messages.Receive: acts_of_conversations.receive,
    messages.Send: acts_of_conversations.send,
    messages.Revise: acts_of_conversations.revise,
    messages.SetMessageState: acts_of_conversations.message_state,
    messages.Park: acts_of_conversations.park,
    messages.Resume: acts_of_conversations.resume,
    messages.Greet: acts_of_conversations.greet,
    messages.SayTyping: acts_of_conversations.typing,
    messages.Erase: acts_of_conversations.erase,
    agents.Acknowledge: acts_of_agents.acknowledge,
    agents.Accept: acts_of_agents.accept,
    agents.Decline: acts_of_agents.decline,
    agents.SetPresence: acts_of_agents.presence,
    agents.Connect: acts_of_agents.connect,
    agents.Disconnect: acts_of_agents.disconnect,
    agents.SetDevice: acts_of_agents.device,
    agents.SignIn: acts_of_agents.sign_in,
    agents.SignOut: acts_of_agents.sign_out,
    agents.Ready: acts_of_agents.ready,
    agents.Renew: acts_of_workspace.renew,
    workspace.OpenChannel: acts_of_workspace.open_channel,
    workspace.CloseChannel: acts_of_workspace.close_channel,
    workspace.SetChannelStatus: acts_of_workspace.channel_status,
    workspace.PutProcess: acts_of_workspace.process_put,
    workspace.Create: acts_of_workspace.create,
    workspace.BeginEra: acts_of_workspace.era,
    workspace.StageOperation: acts_of_workspace.stage,
    workspace.ApplyOperation: acts_of_workspace.apply,
    workspace.SetHours: acts_of_workspace.hours,
    workspace.Swept: acts_of_workspace.swept,
    workspace.PutCustomer: acts_of_workspace.customer_put,
    workspace.Due: acts_of_workspace.due,
    **commands.RULES,
    **reading.RULES,
}


class Outcome(msgspec.Struct, frozen=True):
    """What an act answered."""

    result: Any
    repeated: bool = False


class Model:
    """One workspace, in memory."""

    def __init__(self) -> None:
        self.world = World()

    def do(self, act: Act[Any], by: Actor, now: int | None, idempotency: Key | None = None) -> Outcome:
        """Do what the act says, at the caller's `now` if he gives the time. Raises `Refusal` where that cannot be."""
        world = self.world
        if now is None:
            raise Refusal("wrong_clock")
        world.now = max(world.now, now)
        world.by = by
        if not act.begins:
            assert world.operation
        if idempotency is not None and idempotency.key in world.remembered:
            fingerprint, until, result = world.remembered[idempotency.key]
            if until > world.now:
                if fingerprint != idempotency.fingerprint:
                    raise Refusal("idempotency_key_reused")
                return Outcome(result, repeated=True)
        outcome = self._outcome(act, RULES[type(act)](world, act))
        if idempotency is not None:
            world.remembered[idempotency.key] = (idempotency.fingerprint, world.now + act.keep_ms, outcome.result)
        return outcome

    def _outcome(self, act: Act[Any], done: Any) -> Outcome:
        """The answer, after all that follows from the act has happened."""
        world = self.world
        settle(world)
        if act.returns == "contact":
            contact, repeated = cast("tuple[Contact, bool]", done)
            return Outcome(answers.of_contact(contact), repeated)
        if act.returns == "agent" and not act.reads:
            agent, repeated = cast("tuple[Agent, bool]", done)
            return Outcome(answers.of_agent(world, agent), repeated)
        if act.returns == "nothing":
            return Outcome(None, bool(done))
        if isinstance(done, answers.Later):
            return Outcome(done.shown(), done.repeated)
        return Outcome(done)
