"""Commands: what is asked of a channel during a talk, and what came of it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

import msgspec

from router.domain.command import parse_command_id
from router.domain.wire import commands, queries, requests
from router.engine.acts.commands import GetCommand, Instruct, SetCommandState
from router.kit.errors import Refusal
from router.web.contacts import CHANGES
from router.web.operation import ADAPTERS, SERVERS, Call, Reply, Table

if TYPE_CHECKING:
    from router.domain.command import Do

TAKES: Final[dict[Do, tuple[str, ...]]] = {"digits": ("digits",), "transfer": ("to",), "consult": ("agent", "to")}
"""Command → the arguments of which it takes one; any other takes none."""

table = Table()


@table.add(
    "POST", "/contacts/{contact}/commands", SERVERS, body=requests.PostCommand, answer=commands.Command, status=201,
    repeated=200, refuses=(*CHANGES, "unsupported", "too_many"), do="command",
)  # fmt: skip
async def post_command(call: Call) -> Reply:
    """The channel is to do something in the talk. Whether it did is told on the sockets."""
    said: requests.PostCommand = call.body
    args = {name: value for name, value in msgspec.structs.asdict(said.args).items() if value is not None}
    takes = TAKES.get(said.command, ())
    fits = len(args) == bool(takes) and args.keys() <= set(takes) and all(map(str.isprintable, args.values()))
    if not fits:
        raise Refusal("malformed", f"args: {said.command} takes {' or '.join(takes) or 'none'}")
    await call.check_contact()
    act = Instruct(
        contact=call.path["contact"], version=call.version, word=said.command, args=msgspec.msgpack.encode(args)
    )
    answer = await call.served.engine.do(act, call.by, call.key)
    return Reply(call.served.views.command(answer.result), 200 if answer.repeated else 201)


@table.add(
    "GET", "/contacts/{contact}/commands", SERVERS, query=queries.ListCommands, answer=commands.Commands,
    refuses=("unknown_contact",),
)  # fmt: skip
async def list_commands(call: Call) -> Reply:
    """What was asked of the channel, in its order, and what came of it: a desk that comes back sees what is on hold."""
    asked: queries.ListCommands = call.query
    contact, found = await call.talk(), list[commands.Command]()
    with contextlib.suppress(Refusal):  # there is none of that number yet
        while len(found) < asked.limit:
            act = GetCommand(contact=contact.id, n=asked.after + len(found) + 1)
            found.append(call.served.views.command((await call.served.engine.do(act)).result))
    return Reply(commands.Commands(items=found, next=asked.after + asked.limit if len(found) == asked.limit else None))


@table.add(
    "POST", "/commands/{command}", ADAPTERS, body=requests.CommandStateSaid, answer=commands.Command,
    refuses=("unknown_command",),
)  # fmt: skip
async def command_state(call: Call) -> Reply:
    """What has become of a command; the first word counts."""
    said: requests.CommandStateSaid = call.body
    contact, n = await call.own("command", parse_command_id)
    act = SetCommandState(contact=contact, n=n, state=said.status, code=said.code, detail=said.detail)
    return Reply(call.served.views.command((await call.served.engine.do(act, call.by)).result))
