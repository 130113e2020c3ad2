"""`make bench`, last table: what 200 desks cost one router, and how soon an offer is on the screen of one in Chromium.

The router is `serve` as users run it, on its embedded server with fsync always. All desks are available and have
nothing to do; one more is a page in a browser, and every contact is for its agent. Desks, browser and poster are on
this machine, which has the work of all.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.chaos.served import served
from tests.helpers.browser import chromium, window_of
from tests.helpers.process import used_s

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    import aiohttp
    from playwright.async_api import Page

    from tests.chaos.served import Serving

DESKS = 200
REST_S = 30.0
OFFERS = 200
SETTLED_S = 2.0

WATCH = """() => {
  const seen = new Set();
  const drawn = [];
  let tell = null;
  const after = new MessageChannel();
  after.port1.onmessage = () => {
    if (tell) tell(Date.now());
    else drawn.push(Date.now());
    tell = null;
  };
  window.nextDrawn = () => new Promise((resolve) => {
    if (drawn.length) resolve(drawn.shift());
    else tell = resolve;
  });
  new MutationObserver(() => {
    for (const { dataset } of document.querySelectorAll("[data-offer]")) {
      if (seen.has(dataset.offer)) continue;
      seen.add(dataset.offer);
      after.port2.postMessage(null);
    }
  }).observe(document.body, { childList: true, subtree: true });
}"""
"""Notes when each new offer is drawn: the page changes in its animation frames, and the next task comes behind that."""


@dataclass
class Crowd:
    """Desks that are connected to one router, and the place of one agent more, whose desk is in the browser."""

    serving: Serving
    phone: aiohttp.ClientSession
    desks: int
    alone_kib: int
    """The router's memory before anybody came."""

    @property
    def desk_kib(self) -> float:
        """The router's memory for a desk."""
        return (self.serving.resident_kib() - self.alone_kib) / self.desks

    async def busy_at_rest(self, seconds: float) -> float:
        """The share of one core that the router has of so many seconds."""
        routers = self.serving.routers()
        before, started = used_s(routers), time.monotonic()
        await asyncio.sleep(seconds)
        return (used_s(routers) - before) / (time.monotonic() - started)

    async def desk_in(self, page: Page) -> None:
        """Open the desk, available, and watch it."""
        url = self.serving.url.partition("/v1/")[0]
        await page.goto(f"{url}/desk#token={self.serving.agents['agent0']}")
        await page.wait_for_selector("cr-offers", state="attached")
        await page.evaluate(WATCH)
        async with (
            self.serving.session(self.serving.agents["agent0"]) as session,
            session.put(f"{self.serving.url}/agents/agent0/presence", json={"presence": "available"}) as response,
        ):
            assert response.status == 200

    async def offer_times(self, page: Page, offers: int) -> list[float]:
        """Milliseconds from each POST of a contact to its offer's being on the page."""
        times: list[float] = []
        for number in range(offers):
            body = {"channel": "phone", "external_id": f"shown-{number}", "requirement": {"agents": ["agent0"]}}
            sent = time.time() * 1000
            contact = await self._post("/contacts", body)
            times.append(await page.evaluate("nextDrawn()") - sent)
            await self._post(f"/contacts/{contact['id']}/left", {})
            await page.wait_for_selector("[data-offer]", state="detached")
        return sorted(times)

    async def _post(self, path: str, body: Any) -> Any:
        async with self.phone.post(self.serving.url + path, json=body) as response:
            assert response.status in {200, 201}, await response.text()
            return await response.json()


@asynccontextmanager
async def crowd(directory: Path, desks: int = DESKS) -> AsyncGenerator[Crowd]:
    """So many desks, each read all the time, available and idle."""
    async with AsyncExitStack() as stack:
        serving = await stack.enter_async_context(served(directory, agents=desks + 1, processes=1))
        phone = await stack.enter_async_context(serving.session(serving.adapter))
        alone_kib = serving.resident_kib()
        agents = [agent for agent in serving.agents if agent != "agent0"]
        ready = [asyncio.get_running_loop().create_future() for _ in agents]
        tasks = [
            asyncio.create_task(_be_there(serving, agent, future)) for agent, future in zip(agents, ready, strict=True)
        ]
        try:
            await asyncio.gather(*ready)
            await asyncio.sleep(SETTLED_S)
            yield Crowd(serving, phone, desks, alone_kib)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)


async def _be_there(serving: Serving, agent: str, ready: asyncio.Future[None]) -> None:
    """A desk until cancelled; `ready` once it is available."""
    url = f"{serving.url}/agents/{agent}/live"
    async with serving.session(serving.agents[agent]) as session, session.ws_connect(url) as socket:
        await socket.send_json({"id": "1", "do": "presence", "presence": "available"})
        async for message in socket:
            if not ready.done() and message.json()["type"] == "answer":
                ready.set_result(None)


async def measure() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as directory:
        async with crowd(Path(directory)) as floor:
            memory, desk_kib, busy = floor.serving.resident_kib(), floor.desk_kib, await floor.busy_at_rest(REST_S)
            async with chromium() as browser, window_of(browser) as window:
                page = await window.context.new_page()
                await floor.desk_in(page)
                times = await floor.offer_times(page, OFFERS)
    at = statistics.quantiles(times, n=100)
    print("\n| one router process, desks idle | |\n|---|---|")
    print(f"| desks | {DESKS} |")
    print(f"| resident memory alone | {floor.alone_kib / 1024:.0f} MiB |")
    print(f"| with all desks | {memory / 1024:.0f} MiB, {desk_kib:.0f} KiB a desk |")
    print(f"| processor at rest, of one core | {busy:.1%} |")
    latency = f"p50 {at[49]:.0f} ms, p95 {at[94]:.0f} ms, worst {times[-1]:.0f} ms"
    print(f"| POST → offer drawn, {len(times)} offers | {latency} |")


if __name__ == "__main__":
    asyncio.run(measure())
