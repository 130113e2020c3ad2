"""`channel`, and `serve --channels`: adapters as processes, checked, at work, replaced, ended."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp

from channels.kit.conformance.example.sandbox import ExampleSandbox
from channels.kit.timing import PacedTime
from tests.helpers.commands import Running, children, command, running

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

EXAMPLE = "channels.kit.conformance.example"
OPERATION = """
workspace = "shop"
timezone = "UTC"
languages = ["ru"]
[channels]
example = { medium = "chat" }
[queues.messages]
target_s = 60
[[routes]]
queue = "messages"
[agents]
anna = { queues = ["messages"], media = ["chat"] }
"""


@asynccontextmanager
async def platform() -> AsyncGenerator[tuple[ExampleSandbox, dict[str, str]]]:
    """The example's platform, and the environment that an adapter needs for it."""
    sandbox = ExampleSandbox(PacedTime())
    await sandbox.start()
    secrets = sandbox.secrets()
    environment = {
        "CONTACT_ROUTER_EXAMPLE_API_URL": str(sandbox.settings()["api_url"]),
        "CONTACT_ROUTER_EXAMPLE_KEY": secrets["key"],
    }
    try:
        yield sandbox, environment
    finally:
        await sandbox.stop()


@asynccontextmanager
async def shop(tmp_path: Path, *words: str, **environment: str) -> AsyncGenerator[tuple[Running, str]]:
    """`serve` with the channel in its operation, and the workspace's address."""
    file = tmp_path / "operation.toml"
    file.write_text(OPERATION)
    data = tmp_path / "data"
    async with running(
        "serve", "--operation", file, "--data", data, "--port", "0", *words,
        **{"CONTACT_ROUTER_EXAMPLE_DEAD_LETTERS": str(tmp_path), **environment},
    ) as serving:  # fmt: skip
        line = await serving.said("Serving ")
        found = re.search(r"http://\S+/v1/[^;\s]+", line)
        assert found, line
        yield serving, found[0]


async def token(tmp_path: Path, *words: str) -> str:
    done = await command("token", "create", "--data", tmp_path / "data", "--role", *words)
    assert done.code == 0, done.err
    return done.out.strip()


async def until_texts(url: str, secret: str, *texts: str) -> None:
    """Wait until the router has contacts with these messages and no others."""
    headers = {"Authorization": f"Bearer {secret}"}
    async with asyncio.timeout(20), aiohttp.ClientSession(headers=headers) as session:
        found: list[Any] = []
        while found != list(texts):
            found = []
            async with session.get(f"{url}/contacts") as response:
                contacts = (await response.json())["items"]
            for contact in contacts:
                async with session.get(f"{url}/contacts/{contact['id']}/messages") as response:
                    found += [message["text"] for message in (await response.json())["items"]]


async def test_serve_runs_adapters_beside_it_and_takes_them_down_with_their_tokens(tmp_path: Path) -> None:
    async with (
        platform() as (sandbox, environment),
        shop(tmp_path, "--channels", EXAMPLE, **environment) as (serving, url),
    ):
        supervisor = await token(tmp_path, "supervisor")
        sandbox.customer("1").write("раз")
        await until_texts(url, supervisor, "раз")
        assert "example" in (await command("token", "list", "--data", tmp_path / "data")).out
        (adapter,) = [pid for pid in children(serving.process) if "channel" in words_of(pid)]
        assert not [word for word in words_of(adapter) if word.startswith("crt_")], "no token among the words"
        assert await serving.end() == 0
        assert not os.path.exists(f"/proc/{adapter}")  # noqa: PTH110 - a process
        assert sandbox.conflicts() == 0
        said = "\n".join([*serving.out, *serving.err])
        assert "раз" not in said
        assert environment["CONTACT_ROUTER_EXAMPLE_KEY"] not in said
    listed = await command("token", "list", "--data", tmp_path / "data")
    assert "example" not in listed.out
    assert "supervisor" in listed.out


async def test_an_adapter_that_dies_is_started_again_and_several_processes_are_replaced_with_it(tmp_path: Path) -> None:
    async with (
        platform() as (sandbox, environment),
        shop(tmp_path, "--channels", EXAMPLE, "--processes", "2", **environment) as (serving, url),
    ):
        supervisor = await token(tmp_path, "supervisor")
        (adapter,) = [pid for pid in children(serving.process) if "channel" in words_of(pid)]
        os.kill(adapter, signal.SIGKILL)
        await serving.said("process_died", err=True)
        sandbox.customer("1").write("раз")
        await until_texts(url, supervisor, "раз")
        serving.process.send_signal(signal.SIGHUP)
        await serving.said("rolled", err=True)
        sandbox.customer("1").write("два")
        await until_texts(url, supervisor, "раз", "два")
        assert sandbox.conflicts() == 0


async def test_serve_refuses_channels_that_could_not_start(tmp_path: Path) -> None:
    file = tmp_path / "operation.toml"
    file.write_text(OPERATION)
    serve = ("serve", "--operation", file, "--data", tmp_path / "data", "--port", "0")
    url = {"CONTACT_ROUTER_EXAMPLE_API_URL": "http://127.0.0.1:1"}
    for name, environment, said in (
        (EXAMPLE, url, "CONTACT_ROUTER_EXAMPLE_KEY"), (EXAMPLE, {}, "api_url"), ("fax", {}, "no channel fax"),
        ("router.kit", {}, "has no CHANNEL"), ("no.such", {}, "no.such"),
    ):  # fmt: skip
        done = await command(*serve, "--channels", name, **environment)
        assert done.code == 1
        assert said in done.err


async def test_an_adapter_of_its_own_stands_by_for_the_one_that_serves(tmp_path: Path) -> None:
    async with platform() as (sandbox, environment), shop(tmp_path) as (_serving, url):
        supervisor = await token(tmp_path, "supervisor")
        place = {
            "CONTACT_ROUTER_URL": url,
            "CONTACT_ROUTER_TOKEN": await token(tmp_path, "adapter", "--channel", "example"),
        }
        letters = {"CONTACT_ROUTER_EXAMPLE_DEAD_LETTERS": str(tmp_path)}
        async with running("channel", EXAMPLE, **environment, **place, **letters) as first:
            await first.said("says how it is")
            sandbox.customer("1").write("раз")
            await until_texts(url, supervisor, "раз")
            async with running("channel", EXAMPLE, **environment, **place, **letters) as second:
                await second.said("says how it is")
                assert await first.end() == 0
                sandbox.customer("1").write("два")
                await until_texts(url, supervisor, "раз", "два")
        assert sandbox.conflicts() == 0


async def test_with_a_sandbox_one_is_the_customer(tmp_path: Path) -> None:
    async with shop(tmp_path) as (_serving, url):
        secret = await token(tmp_path, "adapter", "--channel", "example")
        place = {"CONTACT_ROUTER_URL": url, "CONTACT_ROUTER_TOKEN": secret}
        async with (
            running(
                "channel", EXAMPLE, "--sandbox", CONTACT_ROUTER_EXAMPLE_DEAD_LETTERS=str(tmp_path), **place
            ) as playing,
            running(
                "agent", "anna", "--url", url, "--token", await token(tmp_path, "agent", "--agent", "anna")
            ) as agent,
        ):
            await playing.said("You are a customer")
            await playing.type("Здравствуйте, я с терминала")
            await agent.type("available")
            await agent.said("accept", after=len(agent.out))
            await agent.type("accept")
            await agent.said("Здравствуйте, я с терминала")
            await agent.type("reply Добрый день!")
            await playing.said("< Добрый день!")


async def test_check_says_which_promises_are_kept() -> None:
    done = await command("channel", "check", EXAMPLE, "text_stays_intact", "customer_is_known")
    assert (done.code, done.out.splitlines()[-1]) == (0, "2 of 2 promises kept")


async def test_check_finds_a_broken_adapter() -> None:
    done = await command("channel", "check", "tests.helpers.broken_channel", "text_stays_intact", "customer_is_known")
    assert done.code == 1
    assert "BROKEN  text_stays_intact" in done.out
    assert "of text_stays_intact" in done.out, "it says where"
    assert done.out.splitlines()[-1] == "1 of 2 promises kept"
    assert (await command("channel", "check", EXAMPLE, "tidiness")).code == 2


async def test_help_names_the_secrets() -> None:
    done = await command("channel", EXAMPLE, "--help")
    assert "CONTACT_ROUTER_EXAMPLE_KEY, CONTACT_ROUTER_EXAMPLE_WEBHOOK_SECRET" in " ".join(done.out.split())


def words_of(pid: int) -> list[str]:
    """The command line of a process."""
    with open(f"/proc/{pid}/cmdline", encoding="utf-8") as file:  # noqa: PTH123 - a process
        return file.read().split("\0")
