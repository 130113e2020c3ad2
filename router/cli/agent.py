"""`agent`: an agent at a terminal."""

from __future__ import annotations

import asyncio
import contextlib
from itertools import count
from typing import TYPE_CHECKING, Final

import aiohttp
import click
import msgspec

from router.cli.desk import HELP, SHORT, Desk, Unclear
from router.cli.keyboard import typed
from router.cli.options import run
from router.cli.remote import PASSES, away, raise_ended, remote, remote_options
from router.kit.errors import Refusal

if TYPE_CHECKING:
    from router.cli.desk import Json
    from router.cli.remote import Remote

PAUSE_S: Final = 1.0
"""Between attempts to connect anew."""
GOODBYE_S: Final = 2.0


@click.command(
    epilog=f"""\b
Example:
  contact-router agent anna --token "$(contact-router token create --role agent --agent anna)"

\b
Then type, each on a line:
{HELP}"""
)
@click.argument("agent_id", metavar="ID")
@remote_options
def agent(agent_id: str, url: str, token: str) -> None:
    """Work as the agent ID at this terminal.

    Offers are shown as they come, and what is typed answers them.
    """

    async def work() -> None:
        async with remote(url, token) as router:
            await _Terminal(router, agent_id).run()

    run(work(), endless=True)


class _Terminal:
    """The desk, the socket and the keyboard."""

    def __init__(self, router: Remote, agent: str) -> None:
        self._router = router
        self._agent = agent
        self._desk = Desk()
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._numbers = count(1)
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._begun = asyncio.Event()
        """The desk has been told how things stand."""

    async def run(self) -> None:
        self._lines = typed()
        listening = asyncio.create_task(self._listen())
        talking = asyncio.create_task(self._talk())
        try:
            done, _ = await asyncio.wait({listening, talking}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (listening, talking):
                task.cancel()
            await asyncio.wait({listening, talking})

    async def _listen(self) -> None:
        """Tell what the router says, over one socket after the other."""
        while True:
            try:
                after = "" if self._desk.seq is None else f"?after={self._desk.seq}"
                path = f"{self._router.url}/agents/{self._agent}/live{after}"
                async with self._router.session.ws_connect(path, heartbeat=15) as socket:
                    self._socket = socket
                    await self._hear(socket)
            except aiohttp.WSServerHandshakeError as error:
                if error.status == 410:
                    self._desk.seq = None
                    continue
                if error.status not in PASSES:
                    # A request for the same says why, in words.
                    await self._router.get(f"/agents/{self._agent}/live")
                    raise Refusal("ended", f"{error.status} {error.message}") from None
                click.echo("The router is not ready; trying again.")
            except aiohttp.ClientError as error:
                if self._desk.seq is None:
                    raise away(self._router.url, error) from None
                click.echo("The router is away; trying again.")
            finally:
                self._socket = None
            await asyncio.sleep(PAUSE_S)

    async def _hear(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        while True:
            message = await socket.receive()
            raise_ended(message)
            if message.type is not aiohttp.WSMsgType.TEXT:
                return
            frame = msgspec.json.decode(message.data)
            for line in self._desk.hear(frame):
                click.echo(line)
            await self._read()
            self._begun.set()
            if frame["type"] == "offer" or frame.get("offers"):
                await socket.send_json({"id": f"ack-{next(self._numbers)}", "do": "ack", "seq": frame["seq"]})

    async def _read(self) -> None:
        """Tell what was said in conversations that he has just got."""
        for contact, after in self._desk.unread():
            path = f"/contacts/{contact}/messages?after={after}"
            with contextlib.suppress(Refusal):  # it is his no more
                for message in (await self._router.get(path))["items"]:
                    for line in self._desk.message(message):
                        click.echo(line)

    async def _talk(self) -> None:
        """Do what is typed, until quit or the end of the input."""
        await self._begun.wait()
        while (line := await self._lines.get()) is not None:
            if SHORT.get(line, line) == "quit":
                break
            if SHORT.get(line, line) == "status":
                for said in self._desk.status():
                    click.echo(said)
                continue
            try:
                asked = self._desk.ask(line)
            except Unclear as unclear:
                click.echo(str(unclear))
                continue
            await self._send(asked)
        with contextlib.suppress(TimeoutError, Refusal):
            async with asyncio.timeout(GOODBYE_S):
                when = "after_contact" if self._desk.agent.get("contacts") else "now"
                body = {"presence": "offline", "when": when}
                await self._router.call("PUT", f"/agents/{self._agent}/presence", body)

    async def _send(self, asked: Json) -> None:
        if self._socket is None:
            click.echo("Not connected; say it again in a moment.")
            return
        try:
            await self._socket.send_json({"id": str(next(self._numbers)), **asked})
        except ConnectionError:
            click.echo("The connection broke; say it again in a moment.")
