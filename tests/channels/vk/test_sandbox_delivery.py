"""What no client library shows: how the long poll fails, and how stubborn the Callback API is."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web

from channels.kit.timing import PacedTime
from channels.vk.sandbox import VkSandbox

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


async def poll(sandbox: VkSandbox, key: str, ts: str | int, wait: int = 0) -> Any:
    query = {"act": "a_check", "key": key, "ts": str(ts), "wait": str(wait)}
    async with aiohttp.ClientSession() as http, http.get(sandbox.url + "/poll", params=query) as response:
        return await response.json()


async def server_of(sandbox: VkSandbox) -> Any:
    form = {"access_token": sandbox.token, "v": "5.199", "group_id": "611"}
    url = sandbox.url + "/method/groups.getLongPollServer"
    async with aiohttp.ClientSession() as http, http.post(url, data=form) as response:
        return (await response.json())["response"]


async def test_the_long_poll_fails_in_three_ways(sandbox: VkSandbox) -> None:
    olga = sandbox.customer("5551")
    server = await server_of(sandbox)
    assert await poll(sandbox, server["key"], server["ts"]) == {"ts": "0", "updates": []}
    olga.write("раз")
    olga.write("два")
    answer = await poll(sandbox, server["key"], "1")
    assert answer["ts"] == "2"
    assert [update["object"]["message"]["text"] for update in answer["updates"]] == ["два"]
    assert sandbox.unconfirmed() == 1
    sandbox.community.feed.forgotten = 2
    assert await poll(sandbox, server["key"], 1) == {"failed": 1, "ts": 2}
    assert await poll(sandbox, "another", 2) == {"failed": 2}
    assert await poll(sandbox, server["key"], 3) == {"failed": 3}


class Hook:
    """An address that answers what it is told to, one request after the other, and the last of it for ever."""

    def __init__(self) -> None:
        self.url = ""
        self.answers: list[web.Response | str] = []
        self.got: list[tuple[dict[str, Any], str | None]] = []
        """The events, each with its X-Retry-Counter."""

    async def handle(self, request: web.Request) -> web.Response:
        event = await request.json()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        self.got.append((event, request.headers.get("X-Retry-Counter")))
        return web.Response(text=answer) if isinstance(answer, str) else answer


@contextlib.asynccontextmanager
async def hook() -> AsyncGenerator[Hook]:
    hook = Hook()
    application = web.Application()
    application.router.add_post("/", hook.handle)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    yield hook
    await runner.cleanup()


async def test_an_event_comes_until_it_is_answered_with_ok(sandbox: VkSandbox) -> None:
    feed = sandbox.community.feed
    async with hook() as address:
        wrong = ["OK", "ok\n", web.Response(status=500, text="ok")]
        address.answers = [sandbox.callbacks.code, *wrong, "ok"]
        server = sandbox.callbacks.add(address.url, sandbox.secret)
        await feed.changes.until(lambda: server.status == "ok")
        sandbox.customer("5551").write("Здравствуйте")
        await feed.changes.until(lambda: feed.unconfirmed() == 0)
    confirmation, *events = address.got
    assert confirmation[0]["type"] == "confirmation"
    assert [counter for _event, counter in events] == [None, "1", "2", "3"]
    assert {event["event_id"] for event, _counter in events} == {feed.entries[0].event["event_id"]}
    assert {event["secret"] for event, _counter in events} == {sandbox.secret}


@pytest.mark.parametrize("status", [410, 429, 503])
async def test_retry_after_is_obeyed_with_three_statuses(status: int) -> None:
    time = PacedTime(100)
    sandbox = VkSandbox(time, retry_s=0.01)
    await sandbox.start()
    feed = sandbox.community.feed
    async with hook() as address:
        later = web.Response(status=status, headers={"Retry-After": "20"})
        address.answers = [sandbox.callbacks.code, later, "ok"]
        server = sandbox.callbacks.add(address.url, sandbox.secret)
        await feed.changes.until(lambda: server.status == "ok")
        before_ms = time.monotonic_ms()
        sandbox.customer("5551").write("Здравствуйте")
        await feed.changes.until(lambda: feed.unconfirmed() == 0)
        assert time.monotonic_ms() - before_ms >= 20_000
    await sandbox.stop()


async def test_an_address_may_take_itself_off(sandbox: VkSandbox) -> None:
    feed = sandbox.community.feed
    async with hook() as address:
        address.answers = [sandbox.callbacks.code, "remove"]
        server = sandbox.callbacks.add(address.url, sandbox.secret)
        await feed.changes.until(lambda: server.status == "ok")
        sandbox.customer("5551").write("Здравствуйте")
        await feed.changes.until(lambda: not sandbox.callbacks.servers)


async def test_an_address_that_does_not_know_the_code_gets_nothing(sandbox: VkSandbox) -> None:
    feed = sandbox.community.feed
    async with hook() as address:
        address.answers = ["something"]
        server = sandbox.callbacks.add(address.url, sandbox.secret)
        await feed.changes.until(lambda: server.status == "failed")
        sandbox.customer("5551").write("Здравствуйте")
        assert len(address.got) == 1
