"""Where the server is, as one URL.

    redis://[[user]:password@]host[:port][/database]
    rediss://…                        the same over TLS; ?ca_file= &cert_file= &key_file=
    unix://[[user]:password@]/path[?database=]

With ?replicas=N nothing is answered before N replicas have it. Special characters in user, password and path are
percent-encoded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

from router.engine.place import Place
from router.kit.errors import ServerUnfit

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_PORT = 6379
_QUERY_OPTIONS: Mapping[str, frozenset[str]] = {
    "redis": frozenset({"replicas"}),
    "rediss": frozenset({"replicas", "ca_file", "cert_file", "key_file"}),
    "unix": frozenset({"replicas", "database"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Address(Place):
    """A server's place and how to be let in. Either `path` (a unix socket) or `host` and `port` are given.

    Its text is for logs and errors: it never shows the password.
    """

    path: str | None = None
    host: str = ""
    port: int = DEFAULT_PORT
    tls: bool = False
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    database: int = 0
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    replicas: int = 0
    """So many replicas must have what is answered."""

    @classmethod
    def parse(cls, url: str) -> Address:
        """The address that `url` says. Raises `ServerUnfit` naming the part that is wrong; never shows the password."""
        if any(character.isspace() or not character.isprintable() for character in url):
            raise wrong("url", "contains a blank or a control character; percent-encode it")
        try:
            parts = urlsplit(url)
        except ValueError as error:
            raise wrong("host", str(error)) from None
        if parts.scheme not in _QUERY_OPTIONS:
            raise wrong("scheme", f"{parts.scheme!r} is none of {', '.join(_QUERY_OPTIONS)}")
        if parts.fragment:
            raise wrong("fragment", "a # begins one, and an address has none; percent-encode it as %23")
        options = _options(parts)
        user, password = _credentials(parts)
        replicas = _number("option", options.get("replicas", ""))
        if parts.scheme == "unix":
            path, database = _socket_path(parts), _number("database", options.get("database", ""))
            return cls(path=path, user=user, password=password, database=database, replicas=replicas)
        return cls(
            host=_host(parts),
            port=_port(parts),
            tls=parts.scheme == "rediss",
            user=user,
            password=password,
            database=_number("database", parts.path.removeprefix("/")),
            replicas=replicas,
            ca_file=options.get("ca_file"),
            cert_file=options.get("cert_file"),
            key_file=options.get("key_file"),
        )

    async def locate(self) -> Address:
        """Itself."""
        return self

    def __str__(self) -> str:
        if self.path is not None:
            return f"unix://{quote(self.path)}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'rediss' if self.tls else 'redis'}://{host}:{self.port}/{self.database}"


def wrong(part: str, reason: str) -> ServerUnfit:
    """What is said of an address one part of which is wrong."""
    return ServerUnfit(f"server address: {part}: {reason}")


def _options(parts: SplitResult) -> dict[str, str]:
    known = _QUERY_OPTIONS[parts.scheme]
    options: dict[str, str] = {}
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name not in known:
            raise wrong(
                "option", f"{name!r} means nothing here; {parts.scheme}:// knows {', '.join(sorted(known)) or 'none'}"
            )
        if name in options or not value:
            raise wrong("option", f"{name!r} must be given once, with a value")
        options[name] = value
    if ("cert_file" in options) != ("key_file" in options):
        raise wrong("option", "cert_file and key_file come together")
    return options


def _credentials(parts: SplitResult) -> tuple[str | None, str | None]:
    if parts.username is None:
        return None, None
    if not parts.password:
        raise wrong("password", "missing; a password without a user is written :password@")
    return unquote(parts.username) or None, unquote(parts.password)


def _host(parts: SplitResult) -> str:
    if not parts.hostname:
        raise wrong("host", "missing")
    return parts.hostname


def _port(parts: SplitResult) -> int:
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise wrong("port", "must be a number from 1 to 65535")
    return DEFAULT_PORT if port is None else port


def _number(part: str, text: str) -> int:
    if text and not (text.isascii() and text.isdigit()):
        raise wrong(part, f"{text!r} is not a whole number")
    return int(text or 0)


def _socket_path(parts: SplitResult) -> str:
    if parts.hostname or not parts.path.startswith("/"):
        raise wrong("path", "a socket's path begins with a slash: unix:///run/server.sock")
    return unquote(parts.path)
