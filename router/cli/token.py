"""`token`: who may call, and who may no longer."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from router.cli.options import Duration, run, store_options, workspace_at, workspace_option
from router.domain.states import Role
from router.domain.token import Token
from router.domain.wire.moment import moment
from router.kit.clock import SystemClock
from router.kit.errors import Refusal
from router.service.operations import current_operation
from router.service.tokens import Tokens

if TYPE_CHECKING:
    from router.domain.operation import Operation
    from router.engine.engine import Engine

ROLES = [role for role in get_args(Role) if role != "system"]


@click.group()
def token() -> None:
    """Make, list and revoke tokens."""


@token.command(
    epilog="""\b
Examples:
  contact-router token create --role adapter --channel phone
  contact-router token create --role agent --agent anna --expires 12h
  contact-router token create --all-agents --out tokens.csv

The token is all that is printed, and is kept nowhere: only its hash is."""
)
@workspace_option
@click.option("--role", type=click.Choice(ROLES), help="What it allows.")
@click.option("--agent", metavar="ID", help="Whose it is, for --role agent.")
@click.option("--channel", metavar="NAME", help="For which channel an adapter speaks; without it, for every one.")
@click.option("--account", metavar="A", help="For which account of the channel; without it, for every one.")
@click.option("--expires", metavar="AFTER", type=Duration(), help="Such as 12h or 30d; without it, never.")
@click.option("--all-agents", is_flag=True, help="One for every agent of the operation, as CSV: agent,name,token.")
@click.option("--out", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Where the CSV goes.")
@store_options
def create(
    workspace: str | None,
    role: Role | None,
    agent: str | None,
    channel: str | None,
    account: str | None,
    expires: int | None,
    all_agents: bool,
    out: Path | None,
    data: Path | None,
    redis: str | None,
) -> None:
    """Make a token and print it alone."""
    if all_agents and (agent or channel or account or role not in {None, "agent"}):
        raise click.UsageError("--all-agents takes no --agent, --channel, --account or other --role.")
    if out and not all_agents:
        raise click.UsageError("--out is for --all-agents.")
    if role is None and not all_agents:
        raise click.UsageError(f"--role says what the token allows: {', '.join(ROLES)}.")
    if (role == "agent" and not all_agents) != (agent is not None):
        raise click.UsageError("--role agent and --agent ID come together.")
    if role != "adapter" and (channel or account):
        raise click.UsageError("--channel and --account are for --role adapter.")
    if account and not channel:
        raise click.UsageError("--account is of a channel: say --channel too.")

    async def work() -> None:
        async with workspace_at(data, redis, workspace) as engine:
            tokens, operation = Tokens(engine, SystemClock()), await _operation(engine)
            now = await tokens.wall_ms()
            until = None if expires is None else now + expires
            if all_agents:
                made = [
                    (
                        one.id,
                        one.name,
                        await tokens.create(Token(role="agent", created_at=now, agent=one.id, expires_at=until)),
                    )
                    for one in operation.agents.values()
                ]
                _write(made, out)
                return
            _check(operation, agent, channel)
            assert role is not None
            one = Token(role=role, created_at=now, agent=agent, channel=channel, account=account, expires_at=until)
            click.echo(await tokens.create(one))

    run(work())


@token.command(name="list", epilog="\b\nExample:\n  contact-router token list --workspace krasnoyarsk")
@workspace_option
@store_options
def list_(workspace: str | None, data: Path | None, redis: str | None) -> None:
    """Show every token, the oldest first: its id, what it allows, its times."""

    async def work() -> None:
        async with workspace_at(data, redis, workspace) as engine:
            tokens = Tokens(engine, SystemClock())
            now = await tokens.wall_ms()
            click.echo(f"{'id':<14}{'role':<12}{'for':<24}{'created':<26}expires")
            for known in await tokens.all():
                one = known.token
                whom = one.agent or " ".join(part for part in (one.channel, one.account) if part) or "-"
                ends = "never" if one.expires_at is None else moment(one.expires_at)
                over = " (over)" if one.expires_at is not None and one.expires_at <= now else ""
                click.echo(f"{known.id:<14}{one.role:<12}{whom:<24}{moment(one.created_at):<26}{ends}{over}")

    run(work())


@token.command(epilog="\b\nExample:\n  contact-router token revoke 3f1c9a77d0e2")
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@workspace_option
@store_options
def revoke(ids: tuple[str, ...], workspace: str | None, data: Path | None, redis: str | None) -> None:
    """Let nobody in any more with these tokens; within a second, open sockets included."""

    async def work() -> None:
        async with workspace_at(data, redis, workspace) as engine:
            tokens = Tokens(engine, SystemClock())
            for token_id in ids:
                await tokens.revoke(token_id)

    run(work())


async def _operation(engine: Engine) -> Operation:
    current = await current_operation(engine)
    if current is None:
        raise Refusal("unknown_workspace", f"{engine.workspace} has no operation")
    return current.operation


def _check(operation: Operation, agent: str | None, channel: str | None) -> None:
    """Refuse a name that the operation does not know: most likely it is misspelt."""
    if agent is not None and agent not in operation.agents:
        raise Refusal("unknown_agent", f"{agent}; `contact-router check` counts those of the operation file")
    if channel is not None and channel not in operation.channels:
        raise Refusal("unknown_channel", f"{channel}; there are {', '.join(operation.channels)}")


def _write(made: list[tuple[str, str, str]], out: Path | None) -> None:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("agent", "name", "token"))
    rows.writerows(made)
    if out is None:
        click.echo(text.getvalue(), nl=False)
        return
    with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text.getvalue())
