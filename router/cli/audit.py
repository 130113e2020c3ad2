"""`audit`: whether the workspace's history keeps the router's promises."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import click

from router.cli.options import run, store_options, workspace_at, workspace_option
from router.domain.audit.promises import OF_KEYS, PROMISES
from router.domain.events import ERA
from router.service.audit import Auditor

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from router.domain.audit.promises import Breach


@click.command(
    epilog="""\b
Examples:
  contact-router audit
  contact-router audit --keys
  contact-router audit --after 120000 --follow

Each broken promise is a line, with the numbers of the events that show it: `contact-router events --after N` writes
them. At the end each promise stands with how often it was looked at. Ends with 1 where one is broken. Where the first
events are no longer kept, or with --after, what began before is judged by what came after it only."""
)
@store_options
@workspace_option
@click.option("--after", metavar="SEQ", type=click.IntRange(0), help="Only events after this number.")
@click.option("--follow", is_flag=True, help="Go on with what happens from now on, until Ctrl-C.")
@click.option("--keys", is_flag=True, help="Compare all keys with each other and with the events, too.")
def audit(
    data: Path | None, redis: str | None, workspace: str | None, after: int | None, follow: bool, keys: bool
) -> None:
    """Check the workspace's history.

    Reads its events, also while routers serve it, and says which of the router's promises they break.
    """

    async def work() -> int:
        async with workspace_at(data, redis, workspace) as engine:
            auditor = await Auditor.open(engine, after)
            await _tell(auditor.read())
            if keys:
                for breach in await auditor.check_keys():
                    click.echo(breach)
            if follow:
                click.echo(f"Read up to {auditor.seq:,}; following until Ctrl-C.", err=True)
                with contextlib.suppress(asyncio.CancelledError):  # told to stop, it says what it has seen
                    await _tell(auditor.follow())
            _sum_up(auditor, keys=keys)
            return len(auditor.found.breaches)

    if run(work()):
        raise click.exceptions.Exit(1)


async def _tell(breaches: AsyncGenerator[Breach]) -> None:
    async for breach in breaches:
        click.echo(breach)


def _sum_up(auditor: Auditor, *, keys: bool) -> None:
    found = auditor.found
    for promise, says in PROMISES.items():
        broken = sum(breach.promise == promise for breach in found.breaches)
        looked = "not looked at" if promise in OF_KEYS and not keys else f"{found.checked[promise]:,} looked at"
        verdict = f"{broken:,} BROKEN" if broken else "kept" if found.checked[promise] else "-"
        click.echo(f"{promise:<10} {looked:>20}  {verdict:<12} {says}")
    if found.late_ms:
        half, most, last = (found.lateness_ms(share) for share in (0.5, 0.99, 1.0))
        click.echo(
            f"{found.late_ms.total():,} timers, late by at most {half} ms (50 %), {most} ms (99 %), {last} ms (all)"
        )
    click.echo(f"{(auditor.seq - auditor.first + 1) % ERA:,} events, {auditor.first:,} to {auditor.seq:,}")
