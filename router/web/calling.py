"""From a request, by HTTP or on a socket, to the operation's handler: who calls, may he, what does he say."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

from router.domain.wire import answers
from router.engine.acts.reading import GetEarlier
from router.engine.engine import Key
from router.kit.errors import Refusal
from router.web.operation import Call, Operation, Reply
from router.web.problems import malformed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import web

    from router.service.served import Served
    from router.service.tokens import Known

KEY_MAX: Final = 200
DEPTH_MAX: Final = 100
"""Levels of nested values; Python has an end to them, and not everywhere the same."""
EMPTY: Final = b"{}"
_BEARER: Final = "bearer."

_decoders: dict[type[msgspec.Struct], msgspec.json.Decoder[Any]] = {}


async def authenticate(served: Served, request: web.Request) -> Known:
    """Whose token comes with the request: in its header, or from a browser's socket in a subprotocol."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and secret.isascii():
        return await served.tokens.who(secret.strip())
    for protocol in request.headers.get("Sec-WebSocket-Protocol", "").split(","):
        if protocol.isascii() and protocol.strip().startswith(_BEARER):
            return await served.tokens.who(protocol.strip().removeprefix(_BEARER))
    raise Refusal("unauthorized", "send Authorization: Bearer TOKEN")


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
    assert operation.handler is not None
    asked = _admit(operation, known, path, query)
    call = Call(
        served=served,
        known=known,
        path=path,
        query=asked,
        body=_body(operation, raw),
        key=_key(operation, known, key, path, raw),
        version=_version(version),
    )
    earlier = None if call.key is None else await _repeated(call, call.key, operation)
    return earlier or await operation.handler(call)


async def open_socket(
    served: Served, operation: Operation, known: Known, path: Mapping[str, str], request: web.Request
) -> web.StreamResponse:
    """Serve the operation's websocket to a token's bearer until it closes. Before it opens, raises as a call does."""
    assert operation.socket is not None
    asked = _admit(operation, known, path, request.query)
    call = Call(served=served, known=known, path=path, query=asked)
    return await operation.socket(call, request)


async def _repeated(call: Call, key: Key, operation: Operation) -> Reply | None:
    """What the same call with the same key has answered before.

    It comes before everything that the handler looks at, for by now the contact may have another version, or be
    somebody else's.
    """
    if operation.answer is not answers.Contact:
        return None
    answer = await call.served.engine.do(GetEarlier(), call.by, key)
    if answer.result is None:
        return None
    if operation.repeated is not None:  # it would have made one
        call.served.own.duplicates[answer.result.channel] += 1
    return Reply(await call.served.views.contact(answer, answer.result), 200)


def _admit(operation: Operation, known: Known, path: Mapping[str, str], query: Mapping[str, str]) -> Any:
    """Let a token's bearer in. Gives the query as the operation's struct."""
    token = known.token
    if token.role not in operation.roles:
        raise Refusal("wrong_role", f"{token.role} may not {operation.method} {operation.path}")
    if operation.own_agent and token.role == "agent" and path["agent"] != token.agent:
        raise Refusal("unknown_agent", path["agent"])
    return _query(operation, query)


def _query(operation: Operation, given: Mapping[str, str]) -> Any:
    """The query as the operation's struct. A name that stands twice is refused."""
    if not given and operation.query is None:
        return None
    if len(set(given)) != len(given):
        raise Refusal("malformed", "a query parameter is given twice")
    if operation.query is None:
        raise Refusal("malformed", "there are no query parameters")
    try:
        asked = msgspec.convert(dict(given), operation.query, strict=False)
    except msgspec.ValidationError as error:
        raise malformed(error) from None
    for name in given:
        if getattr(asked, name) is None:  # the word "null": who means nothing leaves it out
            raise Refusal("malformed", f"{name} is left out or has a value")
    return asked


def _body(operation: Operation, raw: bytes) -> Any:
    if operation.raw is not None:
        return raw
    if operation.body is None:
        return None
    decoder = _decoders.get(operation.body)
    if decoder is None:
        decoder = _decoders[operation.body] = msgspec.json.Decoder(operation.body)
    try:
        said = decoder.decode(raw or EMPTY)
        msgspec.msgpack.encode(said)  # what will be kept must have a form to be kept in
        if raw.count(b"[") + raw.count(b"{") > DEPTH_MAX and _deeper(msgspec.json.decode(raw), DEPTH_MAX):
            raise Refusal("malformed", f"values nest at most {DEPTH_MAX} deep")
    except OverflowError:
        raise Refusal("malformed", "a whole number has at most 64 bits, a time a year of our age") from None
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise malformed(error) from None
    return said


def _deeper(value: Any, levels: int) -> bool:
    """Whether a JSON value nests deeper than so many levels."""
    if isinstance(value, dict):
        inner = list(cast("dict[str, Any]", value).values())
    elif isinstance(value, list):
        inner = cast("list[Any]", value)
    else:
        return False
    return levels == 0 or any(_deeper(one, levels - 1) for one in inner)


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
