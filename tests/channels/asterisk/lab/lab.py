"""What a test has of telephony: any number of Asterisks, and telephones at them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from tests.channels.asterisk.lab.asterisk import Asterisk
from tests.channels.asterisk.lab.configuration import is_here
from tests.channels.asterisk.lab.phone import Phone

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Collection, Mapping
    from pathlib import Path


class Lab:
    """Makes them, and ends them with the test."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._asterisks: list[Asterisk] = []
        self._phones: list[Phone] = []

    async def asterisk(
        self, languages: Collection[str] = ("en", "ru"), extra: Mapping[str, str] | None = None
    ) -> Asterisk:
        """An Asterisk that runs, with the core sounds of these languages and `extra` text at the end of its files, by
        their names without `.conf`.
        """
        home = self._directory / f"asterisk-{len(self._asterisks)}"
        asterisk = Asterisk(home, languages, extra)
        self._asterisks.append(asterisk)
        await asterisk.start()
        return asterisk

    async def phone(self, asterisk: Asterisk, user: str = "1001") -> Phone:
        """An agent's telephone, registered."""
        phone = await self.caller(asterisk, user)
        await phone.register()
        return phone

    async def outside(self, asterisk: Asterisk) -> Phone:
        """The world behind the trunk: it is rung for every number that is called there, `PJSIP/<number>@provider`."""
        return await self.phone(asterisk, "provider")

    async def caller(self, asterisk: Asterisk, user: str = "+73912000001") -> Phone:
        """A customer's telephone; its calls come in over the trunk."""
        phone = await Phone.open(asterisk, user)
        self._phones.append(phone)
        return phone

    async def close(self) -> None:
        """End them all."""
        for phone in self._phones:
            phone.close()
        for asterisk in self._asterisks:
            await asterisk.end()


@asynccontextmanager
async def lab_in(directory: Path) -> AsyncGenerator[Lab]:
    """A lab with its files in this folder. Skips the test, saying so, where there is no Asterisk."""
    if not is_here():
        pytest.skip("no Asterisk in .asterisk/, see `make asterisk`: nothing here was tested with one")
    lab = Lab(directory)
    try:
        yield lab
    finally:
        await lab.close()
