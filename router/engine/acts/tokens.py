"""The acts on tokens."""

from __future__ import annotations

from router.domain.token import Token
from router.engine.acts.act import Act, QuietAct


class PutToken(QuietAct, frozen=True, kw_only=True):
    """A token is known by its digest, with what it is allowed as msgpack; None revokes it."""

    grows = True
    begins = True

    digest: str
    record: bytes | None


class GetToken(Act[Token | None], frozen=True, kw_only=True):
    """What a token is allowed, or None where there is no such token."""

    returns = "value"
    result = Token | None
    reads = True
    begins = True

    digest: str


class GetRevoked(Act[list[str]], frozen=True, kw_only=True):
    """Those of these tokens, by their digests, that are not known any more; at least one is asked about."""

    returns = "value"
    result = list[str]
    reads = True
    begins = True

    digests: tuple[str, ...]


class GetTokens(Act[list[tuple[str, Token]]], frozen=True, kw_only=True):
    """Every token: its digest and what it is allowed."""

    returns = "value"
    result = list[tuple[str, Token]]
    reads = True
    begins = True
