"""`queues`: how the floor stands, drawn anew each second."""

from __future__ import annotations

import asyncio
import sys
from typing import Any, Final

import click

from router.cli.options import run
from router.cli.remote import remote, remote_options

DRAWN_EVERY_S: Final = 1.0
HEAD: Final = (
    f"{'queue':<16}{'open':>5}{'waiting':>9}{'longest':>9}{'in target':>11}{'answered':>10}{'abandoned':>11}  agents"
)


@click.command(
    epilog="""\b
Examples:
  contact-router queues
  contact-router queues --once

In target, answered and abandoned are of the last 30 minutes. Into a file or a pipe it is drawn once."""
)
@remote_options
@click.option("--once", is_flag=True, help="Draw it once.")
def queues(url: str, token: str, once: bool) -> None:
    """Show all queues, and go on showing them."""
    in_place = sys.stdout.isatty() and not once

    async def work() -> None:
        async with remote(url, token) as router:
            while True:
                picture = table((await router.get("/queues"))["items"])
                click.echo(f"\x1b[H\x1b[J{picture}" if in_place else picture)
                if not in_place:
                    return
                await asyncio.sleep(DRAWN_EVERY_S)

    run(work(), endless=True)


def table(queues: list[dict[str, Any]]) -> str:
    """The queues as lines of text."""
    return "\n".join([HEAD, *(_line(queue) for queue in queues)])


def _line(queue: dict[str, Any]) -> str:
    longest, level, recent = queue["longest_wait_s"], queue["service_level"], queue["recent"]
    agents = ", ".join(f"{number} {state}" for state, number in queue["agents"].items() if number)
    notice = f"  ! {queue['notice']}" if queue["notice"] else ""
    return (
        f"{queue['id']:<16}{'yes' if queue['open'] else 'no':>5}{queue['waiting']:>9}"
        f"{'-' if longest is None else f'{longest:.0f} s':>9}{'-' if level is None else f'{level:.0%}':>11}"
        f"{recent['answered']:>10}{recent['abandoned']:>11}  {agents}{notice}"
    )
