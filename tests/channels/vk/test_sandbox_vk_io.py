"""The sandbox, driven by vk-io as it is: a bot in a process of its own, by polls and by webhook."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.channels.vk.steps import polled

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from channels.vk.sandbox import VkSandbox

NODE = Path(__file__).parent / "node"
NODE_PROGRAM = shutil.which("node")
PHOTO = b"\xff\xd8\xff\xe0\x01\x02\x03"

pytestmark = pytest.mark.skipif(
    NODE_PROGRAM is None or not (NODE / "node_modules" / "vk-io").is_dir(),
    reason="vk-io is not there: `make node` installs it where node and npm are",
)


class Bot:
    """The bot's process, and what it says."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def says(self, *fields: str, **wanted: Any) -> Any:
        """The next line that has these fields and values; what comes before it is passed over."""
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            said = json.loads(line)
            if said.keys() >= set(fields) and all(said.get(field) == value for field, value in wanted.items()):
                return said
        raise AssertionError(f"the bot has ended: {await self._process.wait()}")


@contextlib.asynccontextmanager
async def bot(sandbox: VkSandbox, transport: str, *more: str) -> AsyncGenerator[Bot]:
    """A bot of this community, ready; it ends with the context."""
    arguments = ["client.mjs", transport, sandbox.url, sandbox.token, str(sandbox.community.group_id), *more]
    assert NODE_PROGRAM is not None
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(NODE_PROGRAM, *arguments, cwd=NODE, stdin=pipe, stdout=pipe)
    try:
        bot = Bot(process)
        await bot.says(type="ready")
        yield bot
    finally:
        process.kill()
        await process.communicate()


async def test_polling_and_answering(sandbox: VkSandbox) -> None:
    olga = sandbox.customer("5551", name="Ольга Петрова")
    async with bot(sandbox, "polling") as vk_io:
        olga.write("Где мой баланс? 😀")
        await vk_io.says(type="message_new", text="Где мой баланс? 😀", sender=5551)
        await vk_io.says(type="message_reply", text="Ольга: Где мой баланс? 😀")
        await olga.until(lambda olga: olga.typing_seen == 1 and len(olga.heard) == 1)
        number = olga.write("reply")
        await olga.until(lambda olga: len(olga.heard) == 2)
        assert olga.heard[1].in_reply_to == number
        olga.edit(number, "edited")
        await vk_io.says(type="message_edit", text="edited")
        olga.begin_writing()
        await vk_io.says(type="message_typing_state")
        olga.block()
        await vk_io.says(type="message_deny")
        olga.unblock()
        await vk_io.says(type="message_allow")


async def test_attachments_both_ways(sandbox: VkSandbox) -> None:
    olga = sandbox.customer("5551")
    async with bot(sandbox, "polling") as vk_io:
        photos = olga.write_album([PHOTO, PHOTO])
        stored = sandbox.community.message(5551, cmid=int(photos[0]))["attachments"][0]["photo"]
        said = await vk_io.says(type="message_new")
        assert said["attachments"][0] == f"photo5551_{stored['id']}_{stored['access_key']}"
        assert len(said["attachments"]) == 2
        olga.location(56.01, 92.85)
        await vk_io.says(type="message_new", geo=True)
        deeds: list[Callable[[], str]] = [
            olga.sticker,
            lambda: olga.voice(b"OggS"),
            lambda: olga.document("счёт.pdf", b"%PDF"),
        ]
        for send in deeds:
            send()
            assert len((await vk_io.says(type="message_new"))["attachments"]) == 1
        olga.write("photo")
        await olga.until(lambda olga: any(heard.files for heard in olga.heard))
        olga.write("document")
        await olga.until(lambda olga: sum(len(heard.files) for heard in olga.heard) == 2)
    files = [file for heard in olga.heard for file in heard.files]
    assert [(file.kind, file.data) for file in files] == [("image", PHOTO), ("document", b"%PDF")]
    assert files[1].name == "bill.pdf"


async def test_buttons(sandbox: VkSandbox) -> None:
    olga = sandbox.customer("5551")
    async with bot(sandbox, "polling") as vk_io:
        olga.write("keyboard")
        await olga.until(lambda olga: bool(olga.heard))
        assert olga.heard[0].buttons == ("1", "2", "3", "4", "5")
        olga.press(5)
        await vk_io.says(type="message_event", payload={"score": 5})
        await olga.until(lambda olga: olga.person.snackbars == ["thanks"])


async def test_refusals_and_several_at_once(sandbox: VkSandbox) -> None:
    olga = sandbox.customer("5551")
    async with bot(sandbox, "polling") as vk_io:
        olga.write("error")
        await vk_io.says(code=100, peer="8")
        olga.write("many")
        sent = (await vk_io.says("sent"))["sent"]
    assert [item["peer_id"] for item in sent] == [5551, 7]
    assert sent[0]["conversation_message_id"] == int(olga.heard[0].external_id)
    assert sent[1]["error"]["code"] == 100


async def test_polling_goes_on_with_another_key(sandbox: VkSandbox) -> None:
    olga = sandbox.customer("5551")
    async with bot(sandbox, "polling") as vk_io:
        sandbox.long_poll.expire()
        sandbox.community.feed.add("message_deny", {"user_id": 5551}, 5551)  # wakes the poll of the old key
        await polled(sandbox, 1)
        olga.write("still here?")
        await vk_io.says(type="message_new", text="still here?")


async def test_its_webhook(sandbox: VkSandbox) -> None:
    olga = sandbox.customer("5551")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with bot(sandbox, "webhook", str(port), sandbox.secret, sandbox.callbacks.code) as vk_io:
        server = sandbox.callbacks.add(f"http://127.0.0.1:{port}/vk", sandbox.secret)
        feed = sandbox.community.feed
        await feed.changes.until(lambda: server.status == "ok")
        assert await sandbox.forge() == 403
        olga.write("by webhook")
        await vk_io.says(type="message_new", text="by webhook")
        await olga.until(lambda olga: len(olga.heard) == 1)
        await feed.changes.until(lambda: feed.unconfirmed() == 0)
