"""Commands: what the channel is asked to do in a talk, while it lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from router.domain import command as wire
from router.engine.acts import commands as acts
from router.engine.limits import LIMITS
from router.kit.errors import Refusal
from tests.model.acts_of_contacts import his
from tests.model.answers import Later
from tests.model.leaving import end_command
from tests.model.things import Command

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.model.things import Contact
    from tests.model.world import World


def instruct(world: World, act: acts.Instruct) -> Later:
    """The channel is to do something in a talk."""
    contact = his(world, act.contact, act.version)
    if contact.state != "assigned" or contact.answered_at is None:
        raise Refusal("wrong_state")
    account = world.accounts.get((contact.channel, contact.account))
    if account is None or account.status is None or act.word not in account.status[2]:
        raise Refusal("unsupported")
    if sum(one.state == "open" for one in contact.commands) >= LIMITS["open_commands"]:
        raise Refusal("too_many")
    command = Command(
        n=len(contact.commands) + 1,
        event=world.seq() + 1,
        do=act.word,
        args=msgspec.msgpack.decode(act.args, type=dict[str, str]),
        role=world.by.role,
        author=world.by.id,
        at=world.now,
    )
    contact.commands.append(command)
    world.say_message("command.made", contact, n=command.n, do=command.do)
    return Later(lambda: _shown(contact, command))


def _shown(contact: Contact, command: Command) -> wire.Command:
    own: dict[str, Any] = {"contact": contact.id, "channel": contact.channel, "account": contact.account}
    names = [name for name in wire.Command.__struct_fields__ if name not in own]
    return wire.Command(**own, **{name: getattr(command, name) for name in names})


def _command(world: World, act: acts.SetCommandState | acts.GetCommand) -> tuple[Contact, Command]:
    contact = world.contacts.get(act.contact)
    if contact is None or not 0 < act.n <= len(contact.commands):
        raise Refusal("unknown_command")
    return contact, contact.commands[act.n - 1]


def command_state(world: World, act: acts.SetCommandState) -> Later:
    """What has become of a command; the first word counts."""
    contact, command = _command(world, act)
    was_open = command.state == "open"
    if was_open:
        end_command(world, contact, command, act.state, act.code)
        command.detail = act.detail
    return Later(lambda: _shown(contact, command), repeated=not was_open)


def one(world: World, act: acts.GetCommand) -> wire.Command:
    """One command."""
    return _shown(*_command(world, act))


def of_account(world: World, act: acts.GetCommands) -> tuple[list[wire.Command], int | None]:
    """What an account has still to do, in the order in which it was asked."""
    still_open = [
        (command.event, _shown(contact, command))
        for contact in world.contacts.values()
        if (contact.channel, contact.account) == (act.channel, act.account)
        for command in contact.commands
        if command.state == "open" and command.event > act.after
    ]
    found = sorted(still_open, key=lambda entry: entry[0])[: act.most]
    return [shown for _, shown in found], found[-1][0] if len(found) == act.most else None


RULES: dict[type[Any], Callable[[World, Any], Any]] = {
    acts.Instruct: instruct,
    acts.SetCommandState: command_state,
    acts.GetCommand: one,
    acts.GetCommands: of_account,
}
