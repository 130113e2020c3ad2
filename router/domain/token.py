"""Tokens: who is calling. Only their hashes are kept."""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

import msgspec

from router.domain.states import Role

PREFIX: Final = "crt_"
"""What every token begins with, so that a scanner of repositories can find one."""


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a token. An adapter's without a channel is for every channel, without account for all of it."""

    role: Role
    created_at: int
    agent: str | None = None
    channel: str | None = None
    account: str | None = None
    expires_at: int | None = None
    """Wall milliseconds."""

    def speaks_for(self, channel: str, account: str | None = None) -> bool:
        """Whether its bearer may speak for this account of a channel; without an account, for any of the channel's."""
        foreign = self.channel not in {None, channel} or (account is not None and self.account not in {None, account})
        return self.role != "adapter" or not foreign

    @property
    def speaks_for_all(self) -> bool:
        """Whether its bearer may speak for every account of every channel."""
        return self.role != "adapter" or (self.channel is None and self.account is None)


def new_secret() -> str:
    """A token that nobody has (256 bits)."""
    return PREFIX + secrets.token_urlsafe(32)


def digest_of(secret: str) -> str:
    """What a token is kept under. It is too long to be guessed, so a plain hash protects it."""
    return hashlib.sha256(secret.encode()).hexdigest()[:32]


def id_of(digest: str) -> str:
    """What a token is called in lists and logs."""
    return digest[:12]
