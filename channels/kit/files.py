"""Files of customers, by links that are signed and end; and files of agents, fetched from where the settings allow.

Nothing is stored: a link says which file of the platform it is, and the platform is asked when somebody follows it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import aiohttp
import msgspec

from channels.kit.failures import Rejected
from channels.kit.port import File

if TYPE_CHECKING:
    from channels.kit.updates import Attachment
    from router.domain.wire.conversations import Attachment as Given
    from router.kit.clock import Clock

LINK_S: Final = 7 * 86_400
PATH: Final = "/files/"
FETCHED_S: Final = 60.0
CHUNK_BYTES: Final = 65_536


class Linked(msgspec.Struct, frozen=True, array_like=True):
    """What a link says."""

    reference: str
    expires_ms: int
    name: str | None
    mime: str | None


class Links:
    """Makes and reads the links of an account. They stand a restart: the key comes from the account's own secret."""

    def __init__(self, public_url: str, secret: str, clock: Clock, bytes_max: int) -> None:
        self.bytes_max = bytes_max
        self._base = public_url + PATH
        self._key = hmac.digest(secret.encode(), b"contact-router files", hashlib.sha256)
        self._clock = clock

    def make(self, file: Attachment) -> tuple[str, int]:
        """(the link, when it ends)."""
        assert file.reference is not None
        expires_ms = self._clock.wall_ms() + LINK_S * 1000
        said = msgspec.msgpack.encode(Linked(file.reference, expires_ms, file.name, file.mime))
        return self._base + _text(said) + "." + _text(self._signature(said)), expires_ms

    def read(self, token: str) -> Linked | None:
        """What a link of ours says; None where it is not ours, or over."""
        said, _, signature = token.partition(".")
        try:
            raw, signed = _raw(said), _raw(signature)
        except ValueError:
            return None
        if not hmac.compare_digest(signed, self._signature(raw)):
            return None
        linked = msgspec.msgpack.decode(raw, type=Linked)
        return linked if linked.expires_ms > self._clock.wall_ms() else None

    def _signature(self, said: bytes) -> bytes:
        return hmac.digest(self._key, said, hashlib.sha256)


class Fetcher:
    """Fetches what agents attach, whole into memory."""

    def __init__(self, session: aiohttp.ClientSession, hosts: tuple[str, ...], bytes_max: int) -> None:
        self._session = session
        self._hosts = frozenset(hosts)
        self._bytes_max = bytes_max

    async def fetch(self, given: Given) -> File:
        """The file. Raises `Rejected`: `not_allowed`, `too_large`, `unfetchable`, `bad_attachment`."""
        if given.url is None:
            raise Rejected("bad_attachment")
        address = urlsplit(given.url)
        # Where it leads is not asked: what one host may give, it may not send elsewhere for.
        if address.scheme not in {"http", "https"} or not {address.netloc, address.hostname} & self._hosts:
            raise Rejected("not_allowed")
        try:
            async with self._session.get(
                given.url, allow_redirects=False, timeout=aiohttp.ClientTimeout(FETCHED_S)
            ) as response:
                if response.status != 200:
                    raise Rejected("unfetchable")
                data = await self._read(response)
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise Rejected("unfetchable") from None
        return File(
            kind=given.kind,  # pyright: ignore[reportArgumentType] - the router takes no other kinds
            name=given.name or address.path.rpartition("/")[2] or given.kind,
            mime=given.mime or response.content_type,
            data=data,
        )

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        data = bytearray()
        async for chunk in response.content.iter_chunked(CHUNK_BYTES):
            data += chunk
            if len(data) > self._bytes_max:
                raise Rejected("too_large")
        return bytes(data)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _raw(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
