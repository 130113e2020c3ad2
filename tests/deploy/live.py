"""A real Prometheus that watches the demo: it asks each second, by the rules of `deploy/prometheus/`, and its alerts do
not wait.
"""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import aiohttp
import yaml
from aiohttp import web

from tests.helpers.commands import command, running
from tests.helpers.prometheus import program
from tests.helpers.servers import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

DEPLOYED: Final = Path(__file__).parents[2] / "deploy" / "prometheus"
EVERY: Final = "1s"
SPEED: Final = 30
LIMIT_S: Final = 60.0
LOCAL: Final = "127.0.0.1"


class Sample(NamedTuple):
    """One value of an answer; the labels without the metric's name."""

    labels: dict[str, str]
    value: float


class Beat:
    """A target that Prometheus asks like the router: each time is a moment for whoever waits for figures to change."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    async def next(self) -> None:
        """Wait until it is asked again."""
        await self._next.wait()

    @asynccontextmanager
    async def served(self) -> AsyncGenerator[str]:
        """Its address, while the context lasts."""
        application = web.Application()
        application.router.add_get("/metrics", self._asked)
        runner = web.AppRunner(application)
        await runner.setup()
        site = web.TCPSite(runner, LOCAL, 0)
        await site.start()
        try:
            yield f"{LOCAL}:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()

    async def _asked(self, _request: web.Request) -> web.Response:
        self._next.set()
        self._next = asyncio.Event()
        return web.Response(text="")


class Prometheus:
    """What it answers."""

    def __init__(self, session: aiohttp.ClientSession, url: str, beat: Beat) -> None:
        self._session = session
        self._url = url
        self.beat = beat

    async def query(self, expression: str) -> list[Sample]:
        """The value now of each series; those that are no number are left out."""
        found = (await self._get("query", query=expression))["result"]
        if not found or not isinstance(found[0], dict):
            return [Sample({}, float(found[1]))] if found else []
        samples = [
            Sample({k: v for k, v in one["metric"].items() if k != "__name__"}, float(one["value"][1])) for one in found
        ]
        return [sample for sample in samples if sample.value == sample.value]

    async def names(self) -> set[str]:
        """The names of all metrics and rules of which it has anything."""
        return set(await self._get("label/__name__/values"))

    async def firing(self) -> set[tuple[str, str]]:
        """Each alert that fires, by its name and what it is about: the queue, the channel, or nothing."""
        alerts = (await self._get("alerts"))["alerts"]
        return {
            (alert["labels"]["alertname"], alert["labels"].get("queue") or alert["labels"].get("channel") or "")
            for alert in alerts
            if alert["state"] == "firing"
        }

    async def wrong_rules(self) -> dict[str, str]:
        """What each rule says that it could not be worked out."""
        groups = (await self._get("rules"))["groups"]
        return {rule["name"]: rule["lastError"] for group in groups for rule in group["rules"] if rule.get("lastError")}

    async def until(self, what: str, so: Callable[[], Awaitable[bool]]) -> None:
        """Look at each beat until it is so."""
        try:
            async with asyncio.timeout(LIMIT_S):
                while not await so():
                    await self.beat.next()
        except TimeoutError:
            raise AssertionError(f"not within {LIMIT_S:g} s: {what}") from None

    async def beats(self, number: int) -> None:
        """Let it ask so many times more."""
        for _ in range(number):
            await self.beat.next()

    async def _get(self, path: str, **parameters: str) -> Any:
        async with self._session.get(f"{self._url}/api/v1/{path}", params=parameters) as response:
            said = await response.json()
        assert said["status"] == "success", said
        return said["data"]


class Demo:
    """The demo as its operator has it: the API with an admin's token, and the command line."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str, data: Path) -> None:
        self._session = session
        self._url = url
        self._token = token
        self.data = data
        self.events: list[dict[str, Any]] = []
        """All so far that `read_on` has read."""

    async def call(self, method: str, path: str, body: dict[str, Any] | None = None, token: str | None = None) -> Any:
        """Ask the API, as an admin or with another token; it must not refuse."""
        headers = {"Authorization": f"Bearer {token or self._token}"}
        async with self._session.request(method, self._url + path, json=body, headers=headers) as response:
            said = await response.json()
        assert response.status < 400, said
        return said

    async def read_on(self) -> int:
        """Read the stream to its end; the number of the last event."""
        while True:
            after = f"&after={self.events[-1]['seq']}" if self.events else ""
            page = await self.call("GET", f"/events?limit=1000{after}")
            self.events += page["items"]
            if page["next"] is None:
                return self.events[-1]["seq"]

    async def revoke(self, role: str, whose: str = "") -> None:
        """Let nobody in any more with a token of this role, of this agent or channel if it is said."""
        listed = await command("token", "list", "--data", self.data)
        ids = [line.split()[0] for line in listed.out.splitlines() if re.match(rf"\w+ +{role} +{whose}\b", line)]
        assert ids, listed
        done = await command("token", "revoke", *ids, "--data", self.data)
        assert done.code == 0, done


@asynccontextmanager
async def demo_in(directory: Path) -> AsyncGenerator[tuple[Demo, str]]:
    """The demo, quick enough for a test, and where it tells its figures."""
    data, metrics = directory / "data", f"{LOCAL}:{free_port()}"
    options = ("--data", data, "--port", str(free_port()), "--metrics", metrics, "--speed", str(SPEED))
    async with running("demo", *options) as it, aiohttp.ClientSession() as session:
        listens = re.search(r"http://\S+/v1/[\w-]+", await it.said("The router listens on"))
        assert listens
        yield Demo(session, listens[0], await token_for(data, "admin"), data), metrics


async def token_for(data: Path, role: str, *words: str) -> str:
    """A new token of this role."""
    made = await command("token", "create", "--role", role, *words, "--data", data)
    assert made.code == 0, made
    return made.out.strip()


@asynccontextmanager
async def prometheus_on(directory: Path, metrics: str) -> AsyncGenerator[Prometheus]:
    """A Prometheus that asks there, with folder and port of its own, once it has asked."""
    beat, port = Beat(), free_port()
    async with beat.served() as beats_at, aiohttp.ClientSession() as session:
        options = (
            f"--config.file={_configured(directory, metrics, beats_at)}",
            f"--storage.tsdb.path={directory / 'series'}",
            f"--web.listen-address={LOCAL}:{port}",
        )
        with (directory / "prometheus.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(program("prometheus"), *options, stdout=log, stderr=log)
            try:
                it = Prometheus(session, f"http://{LOCAL}:{port}", beat)
                async with asyncio.timeout(LIMIT_S):
                    await it.beats(2)
                yield it
            finally:
                process.terminate()
                await process.wait()


def _configured(directory: Path, metrics: str, beats_at: str) -> Path:
    """The deployed configuration, with these targets and a test's pace; every group is worked out each time."""
    configuration = yaml.safe_load((DEPLOYED / "prometheus.yml").read_text())
    configuration["global"] = {"scrape_interval": EVERY, "evaluation_interval": EVERY}
    del configuration["alerting"]
    (job,) = configuration["scrape_configs"]
    job["static_configs"] = [{"targets": [metrics]}]
    configuration["scrape_configs"].append({"job_name": "beat", "static_configs": [{"targets": [beats_at]}]})
    for name in configuration["rule_files"]:
        rules = yaml.safe_load((DEPLOYED / name).read_text())
        for group in rules["groups"]:
            group.pop("interval", None)
            for rule in group["rules"]:
                rule.pop("for", None)
                rule.pop("keep_firing_for", None)
        (directory / name).write_text(json.dumps(rules))
    file = directory / "prometheus.yml"
    file.write_text(json.dumps(configuration))
    return file
