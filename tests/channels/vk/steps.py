"""What several tests of VK wait for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from channels.vk.sandbox import VkSandbox
    from channels.vk.sandbox.delivery import Server


async def polled(sandbox: VkSandbox, number: int = 0) -> None:
    """Return once somebody polls for what comes after this event, or a later one."""
    await sandbox.community.feed.changes.until(lambda: sandbox.long_poll.polled >= number)


async def confirmed(sandbox: VkSandbox) -> Server:
    """The first callback server, once its address is confirmed."""
    servers = sandbox.callbacks.servers
    await sandbox.community.feed.changes.until(lambda: bool(servers) and next(iter(servers.values())).status == "ok")
    return next(iter(servers.values()))
