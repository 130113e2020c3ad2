"""A real Asterisk for a test, on an address of its own on the loopback, so that several stand side by side."""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import re
import shutil
import signal
import socket
from typing import TYPE_CHECKING

from tests.channels.asterisk.lab.configuration import PASSWORD, PHONES, configure
from tests.channels.asterisk.lab.unpack import HOME, program

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

LIMIT_S = 20.0
SIP_PORT = 5060
ARI_PORT = 8088
WITH_US = ("setpriv", "--pdeathsig", "KILL")
"""Before a command: it dies with the tests, however they end."""


def free_address() -> str:
    """An address of the loopback's sixteen million on which nobody has these two ports."""
    while True:
        address = f"127.{random.randint(1, 254)}.{random.randint(0, 255)}.{random.randint(1, 254)}"
        with socket.socket() as ari, socket.socket(type=socket.SOCK_DGRAM) as sip:
            try:
                ari.bind((address, ARI_PORT))
                sip.bind((address, SIP_PORT))
            except OSError:
                continue
            return address


class Asterisk:
    """One Asterisk with its configuration in `home`; it runs from `start` to `stop` or `kill`."""

    user = "contact-router"
    """The router's user at ARI."""
    password = PASSWORD
    devices = tuple(f"PJSIP/{user}" for user in PHONES)
    """The devices of the agents' phones."""

    def __init__(
        self, home: Path, languages: Collection[str] = ("en", "ru"), extra: Mapping[str, str] | None = None
    ) -> None:
        self.home = home
        self.address = free_address()
        self.url = f"http://{self.address}:{ARI_PORT}"
        """Where ARI is, without `/ari`."""
        self._program = [*program(HOME), "-C", str(home / "etc" / "asterisk.conf")]
        self._process: asyncio.subprocess.Process | None = None
        self._begun = 0
        configure(home, self.address, languages, extra or {})

    @property
    def pid(self) -> int:
        """The number of its process."""
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Return once it serves calls and ARI."""
        assert self._process is None, "it runs already"
        # The path of a socket is short, and a test's folder may be deep.
        told = f"\0contact-router-lab-{os.getpid()}-{next(_numbers)}"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready:
            ready.setblocking(False)
            ready.bind(told)
            with (self.home / "log" / "console.log").open("ab") as console:
                self._process = await asyncio.create_subprocess_exec(
                    *WITH_US, *self._program, "-f", stdin=asyncio.subprocess.DEVNULL, stdout=console, stderr=console,
                    env=os.environ | {"NOTIFY_SOCKET": told.replace("\0", "@")},
                )  # fmt: skip
            ended = asyncio.create_task(self._process.wait())
            said = asyncio.create_task(asyncio.get_running_loop().sock_recv(ready, 4096))
            done, _ = await asyncio.wait((ended, said), timeout=LIMIT_S, return_when=asyncio.FIRST_COMPLETED)
            assert said in done, f"Asterisk did not start:\n{self.log()}"
            ended.cancel()

    async def stop(self) -> None:
        """Let it hang up its calls and end, as a service manager does."""
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """As `kill -9`, or the loss of its power."""
        await self._end(signal.SIGKILL)

    async def restart(self) -> None:
        """Stop and start it on the same address."""
        await self.stop()
        await self.start()

    async def cli(self, command: str) -> str:
        """What its console answers."""
        asking = await asyncio.create_subprocess_exec(
            *self._program, "-rx", command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        async with asyncio.timeout(LIMIT_S):
            said, _ = await asking.communicate()
        return said.decode()

    def log(self) -> str:
        """All that it has logged, over every start."""
        paths = [self.home / "log" / name for name in ("messages.log", "console.log")]
        return "".join(path.read_text(errors="replace") for path in paths if path.exists())

    async def logs(self, text: str) -> None:
        """Return when it has logged this; it writes a moment after what it tells of. Raises TimeoutError."""
        async with asyncio.timeout(LIMIT_S):
            while text not in self.log():
                await self.cli("core show uptime")

    def problems(self) -> list[str]:
        """The warnings and errors of its log."""
        lines = (self.home / "log" / "messages.log").read_text(errors="replace").splitlines()
        return [line for line in lines if re.search(r"\] (WARNING|ERROR)\[", line)]

    async def end(self) -> None:
        """End it, if it runs, and remove its files."""
        if self._process is not None:
            await self.kill()
        shutil.rmtree(self.home)

    async def _end(self, how: signal.Signals) -> None:
        assert self._process is not None, "it does not run"
        self._process.send_signal(how)
        async with asyncio.timeout(LIMIT_S):
            await self._process.wait()
        self._process = None


_numbers = itertools.count()
