"""From a request, by HTTP or on a socket, to the operation's handler: who calls, may he, what does he say."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

import msgspec

from router.engine.engine import Key
from router.kit.errors import Refusal
from router.web.operation import Call, Operation, Reply
from router.web.problems import malformed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from router.service.served import Served
    from router.service.tokens import Known

KEY_MAX: Final = 200
EMPTY: Final = b"{}"

_decoders: dict[type[msgspec.Struct], msgspec.json.Decoder[Any]] = {}


async def call_operation(
    served: Served,
    operation: Operation,
    known: Known,
    *,
    path: Mapping[str, str],
    query: Mapping[str, str],
    raw: bytes,
    key: str | None,
    version: str | None,
) -> Reply:
    """Call the operation for a token's bearer. Raises `Refusal` and `Fault`."""
    token = known.token
    if token.role not in operation.roles:
        raise Refusal("wrong_role", f"{token.role} may not {operation.method} {operation.path}")
    if operation.own_agent and token.role == "agent" and path["agent"] != token.agent:
        raise Refusal("unknown_agent", path["agent"])
    for name in query:
        if name not in dict(operation.query):
            raise Refusal("malformed", f"unknown query parameter {name}")
    return await operation.handler(
        Call(
            served=served,
            known=known,
            path=path,
            query=query,
            body=_body(operation, raw),
            key=_key(operation, known, key, path, raw),
            version=_version(version),
        )
    )


def _body(operation: Operation, raw: bytes) -> Any:
    if operation.body is None:
        return None
    decoder = _decoders.get(operation.body)
    if decoder is None:
        decoder = _decoders[operation.body] = msgspec.json.Decoder(operation.body)
    try:
        return decoder.decode(raw or EMPTY)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise malformed(error) from None


def _key(operation: Operation, known: Known, key: str | None, path: Mapping[str, str], raw: bytes) -> Key | None:
    """The idempotency key of this token for this operation, with what makes requests equal."""
    if key is None:
        return None
    if not 0 < len(key) <= KEY_MAX or not key.isprintable():
        raise Refusal("malformed", f"an idempotency key has 1 to {KEY_MAX} printable characters")
    said = msgspec.json.decode(raw or EMPTY) if operation.body else None
    content = msgspec.msgpack.encode((sorted(path.items()), said), order="deterministic")
    return Key(f"{known.id}:{operation.name}:{key}", hashlib.blake2b(content, digest_size=9).hexdigest())


def _version(version: str | None) -> int | None:
    if version is None:
        return None
    text = version.strip('"')
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise Refusal("malformed", "If-Match is the contact's version")
    return int(text)
