"""`channel`: an adapter at work, with its platform or a sandbox of it; and the checks that it must pass."""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args

import click

from channels.kit.configuration import read_secrets, read_settings, variable
from channels.kit.conformance.suite import CHECKS, run_checks
from channels.kit.port import Place
from channels.kit.running import at_work, running
from channels.kit.timing import PacedTime
from channels.registry import CHANNELS, channel_of, conversations_of
from router.cli.adapters import SETTINGS
from router.cli.keyboard import typed
from router.cli.options import run
from router.cli.processes import READY, end_with_parent
from router.cli.remote import remote_options
from router.cli.trial import trial
from router.kit.log import Level, Unblocked, log_to

if TYPE_CHECKING:
    from channels.kit.port import Channel, SelfRun
    from channels.kit.sandbox import SandboxCustomer

VISITOR: Final = "1000"
"""The customer whom a sandbox lets you be."""


class Channels(click.Group):
    """A command for every channel, beside `check`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The channels by their names, then the other commands."""
        return [*CHANNELS, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a channel, which may be a package of the caller's own."""
        return super().get_command(ctx, cmd_name) or _command(cmd_name)


@click.group(
    cls=Channels,
    epilog="""\b
Examples:
  contact-router channel telegram --url http://127.0.0.1:8080 --settings channels.toml
  contact-router channel telegram --sandbox
  contact-router channel check telegram
  contact-router channel my_company.sms

What is secret comes from the environment, such as CONTACT_ROUTER_TELEGRAM_TOKEN; so may settings. Any number of
processes may run for one account: one of them has it, the others stand by.""",
)
def channel() -> None:
    """Join a channel to the router: run its adapter."""


@channel.command(
    epilog="""\b
Examples:
  contact-router channel check telegram
  contact-router channel check my_company.sms text_stays_intact long_texts_are_split

It runs a router of its own and needs none of yours."""
)
@click.argument("name")
@click.argument("promises", nargs=-1)
def check(name: str, promises: tuple[str, ...]) -> None:
    """Try the channel's adapter on its sandbox, and say which promises it keeps; PROMISES are some of them by name."""
    if unknown := set(promises) - {one.name for one in CHECKS}:
        raise click.UsageError(
            f"no promise {', '.join(sorted(unknown))}; there are {', '.join(c.name for c in CHECKS)}."
        )
    if not run(_check(conversations_of(name), promises)):
        raise click.exceptions.Exit(1)


async def _check(chosen: Channel, promises: tuple[str, ...]) -> bool:
    broken = total = 0
    async for one, wrong in run_checks(chosen, lambda: trial(chosen.manifest.name), promises):
        total += 1
        broken += wrong is not None
        click.echo(f"{'kept  ' if wrong is None else 'BROKEN'}  {one.name}: {one.promise}")
        if wrong is not None:
            click.echo(f"        {wrong}")
    click.echo(f"{total - broken} of {total} promises kept")
    return broken == 0


def _command(name: str) -> click.Command:
    """The command that runs a channel's adapter."""
    chosen = channel_of(name)
    manifest = chosen.manifest
    secrets = ", ".join(variable(manifest, name) for name in (*manifest.secrets, *manifest.optional_secrets))

    @click.command(manifest.name, help=f"Run the adapter of {manifest.title}. Its secrets: {secrets}.")
    @remote_options
    @click.option(
        "--settings", "file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path),
        envvar=SETTINGS, show_envvar=True, help=f"TOML; the table [{manifest.name}] is read.",
    )  # fmt: skip
    @click.option("--sandbox", is_flag=True, help="Play the platform here: what you type, a customer writes.")
    @click.option(
        "--log", default="info", show_default=True, type=click.Choice(get_args(Level)), help="From which level."
    )
    @click.option("--child", is_flag=True, hidden=True, help="End with the parent, and say when ready.")
    def work(url: str, token: str, file: Path | None, sandbox: bool, log: Level, child: bool) -> None:
        log_to(Unblocked(sys.stderr), log)
        place = Place(url if "/v1/" in url else url.rstrip("/") + "/v1/-", token)
        if sandbox:
            run(_play(conversations_of(name), file, place), endless=True)
            return
        settings, known = read_settings(manifest, file, os.environ), read_secrets(manifest, os.environ)
        run(_work(chosen, settings, known, place, child=child), endless=True)

    return work


async def _work(
    chosen: Channel | SelfRun, settings: Any, secrets: dict[str, str], place: Place, *, child: bool
) -> None:
    if child:
        end_with_parent()
    async with at_work(chosen, settings, secrets, place, PacedTime()) as adapter:
        click.echo(READY if child else f"{chosen.manifest.title}: {adapter.local_url}/healthz says how it is")
        await adapter.ended()


async def _play(chosen: Channel, file: Path | None, place: Place) -> None:
    """The adapter on a sandbox, and whoever sits at the terminal as its customer."""
    sandbox = chosen.sandbox(PacedTime())
    await sandbox.start()
    try:
        settings = read_settings(chosen.manifest, file, os.environ, **sandbox.settings())
        async with running(chosen, settings, sandbox.secrets(), place, PacedTime()) as adapter:
            click.echo(f"You are a customer in {chosen.manifest.title}, and what you type he writes; 1 to 5 rates.")
            visitor = sandbox.customer(VISITOR)
            works = [asyncio.create_task(work) for work in (_hear(visitor), _type(visitor), adapter.ended())]
            try:
                done, _ = await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
                done.pop().result()
            finally:
                for task in works:
                    task.cancel()
                await asyncio.wait(works)
    finally:
        await sandbox.stop()


async def _hear(visitor: SandboxCustomer) -> None:
    for number in itertools.count():
        await visitor.until(lambda he, number=number: len(he.heard) > number)
        heard = visitor.heard[number]
        beside = [*(file.name or file.kind for file in heard.files), *heard.buttons]
        click.echo("< " + " ".join([heard.text or "", *(f"[{name}]" for name in beside)]).strip())


async def _type(visitor: SandboxCustomer) -> None:
    lines = typed()
    while (line := await lines.get()) is not None:
        asked = any(heard.buttons for heard in visitor.heard[-1:])
        if asked and line in {"1", "2", "3", "4", "5"}:
            visitor.press(int(line))
        elif line:
            visitor.write(line)
