"""`contact`: post one, as an adapter does."""

from __future__ import annotations

import json
import secrets
from typing import Any

import click
import msgspec

from router.cli.options import run
from router.cli.remote import remote, remote_options


class Fact(click.ParamType[tuple[str, Any]]):
    """NAME=VALUE; a value that is JSON is taken as such, anything else as text."""

    name = "fact"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Any]:
        """The name and the value."""
        name, equals, text = str(value).partition("=")
        if not name or not equals:
            self.fail(f"{value!r} is not NAME=VALUE", param, ctx)
        try:
            return name, msgspec.json.decode(text)
        except msgspec.DecodeError:
            return name, text


@click.command(
    epilog="""\b
Examples:
  contact-router contact --channel phone --customer +79131234567 --attribute dialled=611
  contact-router contact --channel telegram --thread 42 --attribute topic=refund --attribute amount=300

Prints the contact as the router answers it."""
)
@remote_options
@click.option("--channel", required=True, help="Where it comes from.")
@click.option("--external-id", help="The channel's own id; the same again is the same contact. Random without it.")
@click.option("--account", help="The channel's account; main without it.")
@click.option("--thread", help="The channel's conversation.")
@click.option("--medium", help="How it occupies an agent; the channel's own without it.")
@click.option("--customer", metavar="ID", help="Who it is: a number, an id.")
@click.option("--attribute", "attributes", metavar="NAME=VALUE", type=Fact(), multiple=True, help="To route on.")
@click.option("--metadata", metavar="NAME=VALUE", type=Fact(), multiple=True, help="To keep with it.")
@click.option("--tag", "tags", multiple=True)
@click.option("--queue", help="In place of the one that the routes say.")
@click.option("--priority", type=click.IntRange(-10, 10), help="In place of the one that the routes say.")
def contact(url: str, token: str, customer: str | None, external_id: str | None, **fields: Any) -> None:
    """Post one contact."""
    body = {name: value for name, value in fields.items() if value not in (None, ())}
    body |= {name: dict(body[name]) for name in ("attributes", "metadata") if name in body}
    body["external_id"] = external_id or f"cli-{secrets.token_hex(8)}"
    if customer is not None:
        body["customer"] = {"id": customer}

    async def work() -> None:
        async with remote(url, token) as router:
            click.echo(json.dumps(await router.call("POST", "/contacts", body), ensure_ascii=False, indent=2))

    run(work())
