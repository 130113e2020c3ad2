"""VK, played over real HTTP: one community, its people, its API, both ways that events get out."""

from __future__ import annotations

from channels.vk.sandbox.customer import VkCustomer
from channels.vk.sandbox.server import VkSandbox

__all__ = ["VkCustomer", "VkSandbox"]
