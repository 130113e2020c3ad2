"""What happens in a story's calls: phones ring, are picked up or not, and talks are torn apart or handed over."""

from __future__ import annotations

from typing import Any

from router.engine.acts import agents, contacts
from tests.helpers.floor import ADAPTER
from tests.helpers.talking import Conversing


class Calling(Conversing):
    """A stage on which people use telephones."""

    async def phone_in(self, agent: str, device: str, channel: str = "pbx", *, account: str = "main") -> None:
        """An agent signs in at a phone."""
        await self._do(agents.SignIn(agent=agent, channel=channel, account=account, device=device), ADAPTER)

    async def phone_out(self, agent: str) -> None:
        """An agent signs out at a phone."""
        await self._do(agents.SignOut(agent=agent), ADAPTER)

    async def connected(
        self, contact: str, ago_ms: int | None = None, *, attempt: int | None = None, behind: int | None = None
    ) -> None:
        """Both can hear each other, since then."""
        at = None if ago_ms is None else self.twin.now - ago_ms
        version = self._version(contact, behind)
        act = contacts.Connected(contact=self._id(contact), version=version, attempt=attempt, at=at)
        await self._do(act, ADAPTER)

    async def connect_failed(
        self, contact: str, reason: Any, *, attempt: int | None = None, behind: int | None = None
    ) -> None:
        """Customer and agent cannot be joined."""
        version = self._version(contact, behind)
        act = contacts.ConnectFailed(contact=self._id(contact), version=version, attempt=attempt, reason=reason)
        await self._do(act, ADAPTER)

    async def interrupted(self, contact: str, ago_ms: int | None = None, *, behind: int | None = None) -> None:
        """An agent is not to be heard any more, since then."""
        at = None if ago_ms is None else self.twin.now - ago_ms
        service = await self._router("router-1")
        version = self._version(contact, behind)
        await self._try("interrupted", service.interrupt(self._id(contact), ADAPTER, at=at, version=version))

    async def handover(self, contact: str, agent: str, *, behind: int | None = None) -> None:
        """A colleague goes on with a talk."""
        version = self._version(contact, behind)
        await self._do(contacts.HandOver(contact=self._id(contact), version=version, agent=agent), ADAPTER)
