"""A stage for calls: a real router, a real Asterisk, and as many adapters between them as a test wants."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from channels.asterisk.channel import CHANNEL
from channels.asterisk.running import running
from channels.kit.configuration import settings_of
from channels.kit.conformance.gate import Gate
from channels.kit.port import Place
from channels.kit.timing import PacedTime
from tests.channels.asterisk.lab.asterisk import ARI_PORT
from tests.helpers.adapter import events_of
from tests.helpers.commands import running as command_running
from tests.helpers.service import service_on

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from channels.asterisk.running import Phones
    from channels.kit.port import Time
    from tests.channels.asterisk.lab.asterisk import Asterisk
    from tests.channels.asterisk.lab.lab import Lab
    from tests.helpers.adapter import Wire
    from tests.helpers.commands import Running
    from tests.helpers.servers import Server
    from tests.helpers.service import Caller, Service

OPERATION = """
languages = ["en", "ru"]
dispositions = ["resolved"]

[media.voice]
limits_s = { offer = 5, connect = 9, rest = 1, wrap_up = 0 }

[channels.phone]
medium = "voice"
session = true

[queues.private]
target_s = 40
[queues.corporate]
target_s = 10

[[routes]]
when = { attributes.dialled = "636" }
queue = "corporate"
[[routes]]
queue = "private"

[agents]
anna = { queues = ["private", "corporate"], media = ["voice"], phone = "PJSIP/1001", code = "4711" }
boris = { queues = ["private", "corporate"], media = ["voice"], phone = "PJSIP/1002", code = "4712" }
"""

SOUNDLESS = """
[1001](+)
rtp_timeout = 3
"""
"""A leg of this phone that brings no sound for three seconds is lost; for one a test may be too busy to speak."""


@dataclass
class Stage:
    """What a test of calls has at hand."""

    lab: Lab
    asterisk: Asterisk
    service: Service
    adapter_caller: Caller
    supervisor: Caller
    events: Wire
    """All events of the workspace, in their order."""
    router: Gate
    """Through which the adapters reach the router."""
    ari: Gate
    """Through which they reach Asterisk."""

    def server(self, asterisk: Asterisk | None = None) -> dict[str, str]:
        """The settings of a server: this Asterisk, or the stage's own through its gate."""
        return {"url": f"http://127.0.0.1:{self.ari.port}" if asterisk is None else asterisk.url}

    @asynccontextmanager
    async def adapter(
        self, *, stands_by: bool = False, time: Time | None = None, **settings: Any
    ) -> AsyncGenerator[Phones]:
        """An adapter at work, or one that waits for the account; with these settings beside its server."""
        given = {"servers": {"main": self.server()}, **settings}
        url = f"http://127.0.0.1:{self.router.port}{urlsplit(self.service.url).path}"
        assert self.adapter_caller.secret is not None
        place = Place(url, self.adapter_caller.secret)
        secrets = {"password": self.asterisk.password}
        async with running(settings_of(CHANNEL.manifest, given), secrets, place, time or PacedTime()) as adapter:
            while not stands_by and (await self.event("channel.status"))["data"]["status"] != "up":
                pass
            yield adapter

    @asynccontextmanager
    async def process(self, *, stands_by: bool = False, **settings: Any) -> AsyncGenerator[Running]:
        """An adapter in a process of its own, which can be killed."""
        path = self.asterisk.home / "settings.toml"
        path.write_text(toml_of({"phone": {"servers": {"main": self.server()}, **settings}}))
        url = f"http://127.0.0.1:{self.router.port}{urlsplit(self.service.url).path}"
        environment = {
            "CONTACT_ROUTER_URL": url,
            "CONTACT_ROUTER_TOKEN": self.adapter_caller.secret or "",
            "CONTACT_ROUTER_PHONE_PASSWORD": self.asterisk.password,
        }
        async with command_running("channel", "phone", "--settings", path, **environment) as process:
            await process.said("healthz")
            while not stands_by and (await self.event("channel.status"))["data"]["status"] != "up":
                pass
            yield process

    async def event(self, *types: str) -> Any:
        """The next event of one of these types; what comes before it is passed over."""
        while True:
            event = (await self.events.frame("event"))["event"]
            if event["type"] in types:
                return event

    async def contact(self, contact: str) -> Any:
        """A contact as the router has it."""
        return (await self.supervisor.get(f"/contacts/{contact}")).body

    async def agent(self, agent: str) -> Any:
        """An agent as the router has him."""
        return (await self.supervisor.get(f"/agents/{agent}")).body


def toml_of(table: dict[str, Any], name: str = "") -> str:
    """A table as TOML, with the tables in it."""
    values = {key: value for key, value in table.items() if not isinstance(value, dict)}
    lines = [f"[{name}]"] if name else []
    lines += [f"{json.dumps(key)} = {json.dumps(value)}" for key, value in values.items()]
    inner = [f"{name}.{json.dumps(key)}".lstrip(".") for key in table if key not in values]
    tables = [toml_of(table[json.loads(key.removeprefix(name).lstrip("."))], key) for key in inner]
    return "\n".join([*lines, *tables]) + "\n"


@asynccontextmanager
async def stage_on(lab: Lab, server: Server, operation: str = OPERATION) -> AsyncGenerator[Stage]:
    """Everything but the adapter."""
    asterisk = await lab.asterisk(extra={"pjsip": SOUNDLESS})
    async with service_on(server, operation) as service:
        router, ari = Gate(urlsplit(service.url).port or 0), Gate(ARI_PORT, asterisk.address)
        router.open()
        ari.open()
        supervisor = await service.caller("supervisor")
        adapter_caller = await service.caller("adapter", channel="phone")
        try:
            async with events_of(await service.caller("observer")) as events:
                yield Stage(lab, asterisk, service, adapter_caller, supervisor, events, router, ari)
        finally:
            await router.close()
            await ari.close()
