"""`events`: everything that happens, as JSON lines."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import click
import msgspec

from router.cli.options import run
from router.cli.remote import PASSES, away, raise_ended, remote, remote_options
from router.kit.errors import Refusal

if TYPE_CHECKING:
    from router.cli.remote import Remote

PAUSE_S: Final = 1.0
"""Between attempts to connect anew."""
TRIMMED: Final = 410


@click.command(
    epilog="""\b
Examples:
  contact-router events --follow >> archive.jsonl
  contact-router events --follow --after $(tail -n 1 archive.jsonl | jq .seq) >> archive.jsonl
  contact-router events | jq -r .type | sort | uniq -c

Each line is one event. Following goes on where it was when the router is back from a restart."""
)
@remote_options
@click.option("--follow", is_flag=True, help="Go on with what happens from now on.")
@click.option("--after", metavar="SEQ", type=click.IntRange(0), help="Only events after this number.")
def events(url: str, token: str, follow: bool, after: int | None) -> None:
    """Write events as JSON lines.

    Those that are kept, and with --follow those that happen.
    """

    async def work() -> None:
        async with remote(url, token) as router:
            seq = await _kept(router, after)
            while follow:
                seq = await _happening(router, seq)
                await asyncio.sleep(PAUSE_S)

    run(work(), endless=True)


async def _kept(router: Remote, after: int | None) -> int:
    """Write what is kept after a number; gives the number of the last."""
    seq = after or 0
    while True:
        page = await router.get("/events", after=after, limit=1000)
        for event in page["items"]:
            _write(event)
            seq = event["seq"]
        if page["next"] is None:
            return seq
        after = page["next"]


async def _happening(router: Remote, seq: int) -> int:
    """Write what happens after a number until the socket ends; gives the number of the last."""
    try:
        async with router.session.ws_connect(f"{router.url}/events/live?after={seq}") as socket:
            while (message := await socket.receive()).type is aiohttp.WSMsgType.TEXT:
                event = msgspec.json.decode(message.data)["event"]
                _write(event)
                seq = event["seq"]
            raise_ended(message)
    except aiohttp.WSServerHandshakeError as error:
        if error.status == TRIMMED:
            return await _kept(router, seq)  # a page goes from one era to the next, or says what is missing
        await _refuse(router, error)
    except aiohttp.ClientError as error:
        click.echo(f"{away(router.url, error)}; trying again", err=True)
    return seq


async def _refuse(router: Remote, error: aiohttp.WSServerHandshakeError) -> None:
    """Raise what stands in the way, as a request says it, unless it passes."""
    if error.status not in PASSES:
        await router.get("/events/live")
        raise Refusal("ended", f"{error.status} {error.message}")


def _write(event: Any) -> None:
    click.echo(json.dumps(event, ensure_ascii=False, separators=(",", ":")))
