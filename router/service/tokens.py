"""Who is calling: making, reading and revoking tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from router.domain.token import Token, digest_of, id_of, new_secret
from router.engine.acts.tokens import GetRevoked, GetToken, GetTokens, PutToken
from router.engine.engine import Actor
from router.kit.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Collection

    from router.engine.engine import Engine
    from router.kit.clock import Clock

REMEMBERED_MS: Final = 500
"""How long a token is believed without looking: a revoked one is dead within a second."""
AT_ONCE: Final = 500
"""Tokens that are looked up by one act."""
UNKNOWN: Final = "the token is unknown or was revoked"
EXPIRED: Final = "the token has expired"


class Known(msgspec.Struct, frozen=True):
    """A token that may call, by its digest."""

    digest: str
    token: Token

    @property
    def id(self) -> str:
        """What it is called in lists and logs."""
        return id_of(self.digest)

    @property
    def actor(self) -> Actor:
        """Its bearer as the engine notes him."""
        return Actor(self.token.role, self.token.agent or self.token.channel or self.id)


class Tokens:
    """The tokens of a workspace, as one process sees them."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._remembered: dict[str, tuple[int, int, Token]] = {}
        """Digest → when it was read, by the monotonic clock and by the workspace's wall, and what was read."""

    async def create(self, token: Token) -> str:
        """Let a new token do what `token` says. Gives the secret, which is kept nowhere."""
        secret = new_secret()
        await self._engine.do(PutToken(digest=digest_of(secret), record=msgspec.msgpack.encode(token)))
        return secret

    async def wall_ms(self) -> int:
        """The wall by which tokens end: the workspace's."""
        return (await self._engine.do(GetTokens())).wall

    async def all(self) -> list[Known]:
        """Every token, the oldest first."""
        found = (await self._engine.do(GetTokens())).result
        return sorted((Known(digest, token) for digest, token in found), key=lambda known: known.token.created_at)

    async def revoke(self, token_id: str) -> None:
        """Nobody gets in with it any more. Refuses `unknown_token`."""
        for known in await self.all():
            if known.id == token_id:
                await self._engine.do(PutToken(digest=known.digest, record=None))
                self._remembered.pop(known.digest, None)
                return
        raise Refusal("unknown_token", token_id)

    async def who(self, secret: str) -> Known:
        """Whose secret this is. Refuses `unauthorized`."""
        return await self.still(digest_of(secret))

    async def still(self, digest: str) -> Known:
        """Whether the token of this digest may call. Refuses `unauthorized`."""
        now = self._clock.monotonic_ms()
        read_at, wall, token = self._remembered.get(digest, (0, 0, None))
        if token is None or now - read_at > REMEMBERED_MS:
            answer = await self._engine.do(GetToken(digest=digest))
            read_at, wall, token = now, answer.wall, answer.result
            if token is None:
                self._remembered.pop(digest, None)
                raise Refusal("unauthorized", UNKNOWN)
            if len(self._remembered) > 10_000:
                self._remembered.clear()
            self._remembered[digest] = (read_at, wall, token)
        if _is_over(token, wall + now - read_at):
            raise Refusal("unauthorized", EXPIRED)
        return Known(digest, token)

    async def refused(self, those: Collection[Known]) -> dict[str, Refusal]:
        """Which of those may call no longer, by digest, and why: all looked up together, and now. Raises `Fault`."""
        found: dict[str, Refusal] = {}
        left = list(those)
        while left:
            asked, left = left[:AT_ONCE], left[AT_ONCE:]
            answer = await self._engine.do(GetRevoked(digests=tuple(known.digest for known in asked)))
            found |= {
                known.digest: Refusal("unauthorized", EXPIRED) for known in asked if _is_over(known.token, answer.wall)
            }
            for digest in answer.result:
                self._remembered.pop(digest, None)
                found[digest] = Refusal("unauthorized", UNKNOWN)
        return found


def _is_over(token: Token, wall: int) -> bool:
    """By the wall that all processes share: this one's own may be an hour off."""
    return token.expires_at is not None and token.expires_at <= wall
