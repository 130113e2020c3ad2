"""`customers`: the directory of what is known before they call."""

from __future__ import annotations

from pathlib import Path

import click

from router.cli.options import run
from router.cli.remote import remote, remote_options


@click.group()
def customers() -> None:
    """What the router knows of customers before they call."""


@customers.command(
    name="import",
    epilog="""\b
Example:
  contact-router customers import customers.csv

The first line names the columns: id, and any of type, name, language, segment, blocked. Where any line is wrong, all
wrong lines are named and nothing is stored. Importing again does no harm.""",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@remote_options
def import_(file: Path, url: str, token: str) -> None:
    """Put the customers of a CSV FILE into the directory."""
    content = file.read_bytes()

    async def work() -> None:
        async with remote(url, token) as router:
            done = await router.call("POST", "/customers/import", content, content_type="text/csv")
            click.echo(f"{done['stored']} customers are known now.")

    run(work())
