"""Callers and telephones by the hundred, by sipp: no sound of their own, but every moment noted."""

from __future__ import annotations

import asyncio
import csv
import shutil
from collections import defaultdict
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.channels.asterisk.lab.asterisk import SIP_PORT, WITH_US
from tests.channels.asterisk.lab.configuration import LOAD_HOST
from tests.channels.asterisk.lab.phone import Phone
from tests.helpers.servers import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable, Sequence

    from tests.channels.asterisk.lab.asterisk import Asterisk

SCENARIOS = Path(__file__).parent / "sipp"
FOREVER_MS = 3_600_000


@dataclass(frozen=True)
class Caller:
    """One who calls once."""

    number: str
    """His own; nobody else of the load has it."""
    line: str
    """What he dials."""
    start_ms: int = 0
    """When, from the load's begin."""
    patience_ms: int = FOREVER_MS
    """How long he waits, from when he is answered by a line that answers at once, else from his call."""
    talk_ms: int = FOREVER_MS
    """After how long he hangs up himself, from when he is connected."""


@dataclass
class Story:
    """What became of a call, in its caller's eyes. Moments are in ms since 1970, 0 where it never came to that."""

    number: str
    invited_ms: float = 0
    up_ms: float = 0
    connected_ms: float = 0
    ended_ms: float = 0
    end: str = ""
    """`abandoned`, `hung_up`, `they_hung_up`, `refused`; nothing if it did not end."""


@dataclass
class Ring:
    """One call to a telephone, in its eyes."""

    user: str
    caller: str
    """The number that it was shown."""
    invited_ms: float
    up_ms: float = 0
    ended_ms: float = 0
    end: str = ""
    """`hung_up`, `they_hung_up`, `cancelled`; nothing while it goes on."""


async def started(asterisk: Asterisk, directory: Path, name: str, host: str, *more: str, **values: str) -> Sipp:
    """sipp with this scenario against this Asterisk. Skips the test, saying so, where it is not installed."""
    program = shutil.which("sipp")
    if program is None:
        pytest.skip("sipp is not installed (Debian's sip-tester): nothing here was tested under load")
    directory.mkdir(parents=True, exist_ok=True)
    text = (SCENARIOS / f"{name}.xml").read_text()
    for key, value in values.items():
        text = text.replace(f"@{key}@", value)
    scenario, log, port = directory / f"{name}.xml", directory / f"{name}.log", free_port()
    scenario.write_text(text)
    with (directory / f"{name}.out").open("w") as output:
        process = await asyncio.create_subprocess_exec(
            *WITH_US, program, f"{asterisk.address}:{SIP_PORT}", "-sf", str(scenario), "-nostdin",
            "-i", host, "-mi", host, "-p", str(port), "-mp", str(free_port()), "-buff_size", "200000",
            "-trace_logs", "-log_file", str(log), "-trace_err", "-error_file", str(directory / f"{name}.errors"), *more,
            stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output, cwd=directory,
        )  # fmt: skip
    return Sipp(process, port, log)


@dataclass
class Sipp:
    """A process of it."""

    process: asyncio.subprocess.Process
    port: int
    log: Path

    def lines(self) -> list[tuple[str, list[str], float]]:
        """What it noted, in order: what, of whom, and when in ms since 1970."""
        if not self.log.exists():
            return []
        noted = list[tuple[str, list[str], float]]()
        for line in self.log.read_text().splitlines():
            what, *whom, moment = line.split()
            seconds, _, micros = moment.partition("_")
            noted.append((what, whom, float(seconds) * 1000 + float(micros) / 1000))
        return noted

    def errors(self) -> str:
        """What it did not expect."""
        path = self.log.with_suffix(".errors")
        return path.read_text() if path.exists() else ""

    async def end(self) -> None:
        """End it, if it runs."""
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()


class Callers:
    """A crowd that calls."""

    def __init__(self, sipp: Sipp, count: int) -> None:
        self._sipp = sipp
        self._count = count

    async def done(self, within_s: float) -> list[Story]:
        """Wait until each call has ended; their stories, in the order of their calls."""
        async with asyncio.timeout(within_s):
            code = await self._sipp.process.wait()
        stories = self.stories()
        assert code == 0, f"sipp ended with {code}: {self._sipp.errors()[:2000]}"
        assert len(stories) == self._count
        assert all(story.end for story in stories), "a call has no end"
        return stories

    def stories(self) -> list[Story]:
        """What is known of them by now."""
        stories = dict[str, Story]()
        for what, (number,), at_ms in self._sipp.lines():
            story = stories.setdefault(number, Story(number))
            if what == "invite":
                story.invited_ms = at_ms
            elif what == "up":
                story.up_ms = story.up_ms or at_ms
            elif what == "connected":
                story.connected_ms = story.connected_ms or at_ms
            else:
                story.end, story.ended_ms = what, at_ms
        return list(stories.values())


class Phones:
    """Telephones of agents; they ring, answer and talk by themselves."""

    def __init__(self, sipp: Sipp) -> None:
        self._sipp = sipp

    def rings(self) -> list[Ring]:
        """Each call to one of them, in the order in which they came."""
        rings, open_now = list[Ring](), defaultdict[tuple[str, ...], list[Ring]](list)
        for what, (phone, caller), at_ms in self._sipp.lines():
            if what == "invite":
                ring = Ring(phone.removeprefix("sip:"), caller.removeprefix("sip:"), at_ms)
                rings.append(ring)
                open_now[phone, caller].append(ring)
            elif what == "up":
                open_now[phone, caller][0].up_ms = at_ms
            else:
                ring = open_now[phone, caller].pop(0)
                ring.end, ring.ended_ms = what, at_ms
        return rings

    def errors(self) -> str:
        """What they did not expect."""
        return self._sipp.errors()


@asynccontextmanager
async def callers(
    asterisk: Asterisk, directory: Path, crowd: Sequence[Caller], *, line_answers: bool = True
) -> AsyncGenerator[Callers]:
    """These call, each at its time. Where the line answers at once, being answered is not being connected."""
    directory.mkdir(parents=True, exist_ok=True)
    people = directory / "callers.csv"
    with people.open("w") as file:
        file.write("SEQUENTIAL\n")
        rows = ((one.number, one.line, one.start_ms, one.patience_ms, one.talk_ms) for one in crowd)
        csv.writer(file, delimiter=";", lineterminator="\n").writerows(rows)
    count = str(len(crowd))
    at_once = ("-inf", str(people), "-m", count, "-l", count, "-r", count, "-rp", "50")
    connected = "" if line_answers else 'next="connected"'
    sipp = await started(asterisk, directory, "caller", LOAD_HOST, *at_once, CONNECTED=connected)
    try:
        yield Callers(sipp, len(crowd))
    finally:
        await sipp.end()


@asynccontextmanager
async def phones(
    asterisk: Asterisk,
    directory: Path,
    users: Iterable[str],
    *,
    ring_ms: tuple[int, int] = (0, 1),
    talk_ms: tuple[int, int] = (FOREVER_MS, FOREVER_MS + 1),
) -> AsyncGenerator[Phones]:
    """The telephones of these users, registered; each rings and talks for a time between these two."""
    values = {"RING_LEAST_MS": ring_ms[0], "RING_MOST_MS": ring_ms[1]}
    values |= {"TALK_LEAST_MS": talk_ms[0], "TALK_MOST_MS": talk_ms[1]}
    sipp = await started(asterisk, directory, "phone", Phone.host, **{key: str(value) for key, value in values.items()})
    try:
        for user in users:
            phone = await Phone.open(asterisk, user)
            await phone.register(f"sip:{user}@{Phone.host}:{sipp.port}")
            phone.close()
        yield Phones(sipp)
    finally:
        await sipp.end()
