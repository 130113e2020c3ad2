"""A contact centre of processes: an Asterisk, routers that serve, and adapters between them, all to be killed."""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from channels.kit.conformance.gate import Gate
from tests.channels.asterisk.lab.asterisk import ARI_PORT
from tests.channels.asterisk.lab.lab import lab_in
from tests.channels.asterisk.load.records import CEL
from tests.chaos.adapters import AdapterProcesses
from tests.chaos.clients import Clients
from tests.chaos.history import History
from tests.chaos.served import served
from tests.helpers.embedded import pid_of
from tests.helpers.process import used_s

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from tests.channels.asterisk.lab.asterisk import Asterisk
    from tests.channels.asterisk.load.people import People
    from tests.chaos.served import Serving

SEED = Path(__file__).parents[4] / "seeds" / "krasnoyarsk"
DIALLED = {"corporate": "636", "private": "611"}
CODE = "4711"
"""Of the agent who sits anywhere."""
ANYWHERE = "1009"
"""The phone that is nobody's own."""
PHONES = tuple(str(number) for number in range(1001, 1021))
WRAP_UP_S = 7.5
"""So long agents take after a call, on average."""
LEAST_S = 1.0
"""The shortest times that an operation may have."""
LEADS = '"side":"platform","event":"channel_up"'
"""What the adapter logs that has Asterisk in its hands."""
LEADS_WITHIN_S = 30.0

SETTINGS = """
[phone.servers.main]
url = "{url}"
""" + "".join(
    f"""
[phone.lines.{line}]
music = "contact-router"
place_every_s = 0
"""
    for line in ("611", "636", "644")
)


@dataclass
class Centre:
    """All of it, at work."""

    asterisk: Asterisk
    serving: Serving
    adapters: AdapterProcesses
    router: Gate
    """Through which the adapters reach the router."""
    ari: Gate
    """Through which they reach Asterisk."""
    store_pid: int

    async def contacts(self) -> list[Any]:
        """All that there were, as the router has them, once they have ended."""
        async with self.serving.store() as connection, self.serving.session(self.serving.adapter) as session:
            history, clients = History(connection, self.serving.workspace), Clients(self.serving.url)
            await history.read()
            await history.until_ended(len(history.known))
            return [await clients.ask(session, "GET", f"/contacts/{contact}") for contact in sorted(history.known)]

    def used_s(self) -> dict[str, float]:
        """The processor time that each part has used so far."""
        return {
            "asterisk": used_s([self.asterisk.pid]),
            "adapter": used_s(self.adapters.pids),
            "router": used_s(self.serving.routers()),
            "store": used_s([self.store_pid]),
        }


@asynccontextmanager
async def centre_of(
    directory: Path, operation: str, *, routers: int = 2, adapters: int = 2, extra: Mapping[str, str] | None = None
) -> AsyncGenerator[Centre]:
    """An operation at work. `extra` is for the files of its Asterisk."""
    async with (
        lab_in(directory) as lab,
        served(directory / "service", processes=routers, operation=operation) as serving,
    ):
        asterisk = await lab.asterisk(extra=merged(CEL, extra or {}))
        router, ari = Gate(serving.port), Gate(ARI_PORT, asterisk.address)
        router.open()
        ari.open()
        settings = directory / "adapter.toml"
        settings.write_text(SETTINGS.format(url=f"http://127.0.0.1:{ari.port}"))
        url = f"http://127.0.0.1:{router.port}{urlsplit(serving.url).path}"
        secrets = {"password": asterisk.password}
        processes = AdapterProcesses(serving, directory, "phone", settings, secrets, adapters, url=url)
        try:
            async with processes.running():
                async with asyncio.timeout(LEADS_WITHIN_S):
                    while LEADS not in processes.log():
                        await asyncio.sleep(0.05)
                async with serving.store() as connection:
                    store_pid = await pid_of(connection)
                yield Centre(asterisk, serving, processes, router, ari, store_pid)
        finally:
            await router.close()
            await ari.close()


async def sign_in_all(people: People) -> None:
    """The branch's twenty agents sit down at their phones and sign in; Inna, who has none of her own, by her code."""
    await people.add(*PHONES)
    await asyncio.gather(*(people.sign_in(user, CODE if user == ANYWHERE else "") for user in PHONES))


def branch(speed: float) -> str:
    """The operation of the branch, whose times are so many times shorter; whoever would write dials 644 instead.

    What an agent gets next depends on how targets are to each other; where one would be shorter than can be, all are
    as much longer. Nobody says at his phone that he is ready: the wrap-up is as long as agents take on average.
    """
    text = (SEED / "operation.toml").read_text()
    first = text.index("[[routes]]")
    text = f'{text[:first]}[[routes]]\nwhen.attributes.dialled = "644"\nqueue = "messages"\n\n{text[first:]}'
    text = text.replace('agents = 1, medium = "chat"', 'agents = 1, medium = "voice"')
    text = text.replace("wrap_up = 15", f"wrap_up = {WRAP_UP_S / speed:.3f}")
    targets = min(speed, min(float(seconds) for seconds in re.findall(r"target_s = (\d+)", text)) / LEAST_S)

    def shorter(found: re.Match[str]) -> str:
        key, seconds = found[1], float(found[2])
        return f"{key} = {max(LEAST_S, seconds / (targets if key == 'target_s' else speed)):.3f}"

    return re.sub(r"\b(target_s|yields_s|after_s|last_agent_s|wait_s) = (\d+)", shorter, text)


def one_line(wrap_up_s: int = 0) -> str:
    """An operation of one line and twenty agents, each with a phone."""
    own = {user: f', code = "{CODE}"' if user == ANYWHERE else "" for user in PHONES}
    people = "\n".join(
        f'a{user} = {{ name = "{user}", group = "all", phone = "PJSIP/{user}"{code} }}' for user, code in own.items()
    )
    return f"""
workspace = "one-line"
timezone = "UTC"
languages = ["en"]
dispositions = ["resolved"]
[media.voice]
limits_s = {{ offer = 15, connect = 20, wrap_up = {wrap_up_s} }}
[channels]
phone = {{ medium = "voice", session = true }}
[queues.private]
target_s = 40
[[routes]]
queue = "private"
[groups]
all = {{ queues = ["private"], media = ["voice"] }}
[agents]
{people}
"""


def merged(*texts: Mapping[str, str]) -> dict[str, str]:
    """What is to stand at the ends of files, of several."""
    names = {name for text in texts for name in text}
    return {name: "".join(text.get(name, "") for text in texts) for name in names}
