"""What whoever runs the server may decide about its HTTP side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multidict import MultiMapping


@dataclass(frozen=True)
class WebOptions:
    """Limits in seconds and bytes, and who may come."""

    allow_origins: frozenset[str] = frozenset()
    """Origins such as `https://desk.example.org` whose pages may open sockets here, beside the server's own."""
    behind_proxy: bool = False
    """One proxy stands before the server: its last word in X-Forwarded-For and -Proto is believed."""
    header_limit_s: float = 10.0
    """From the first byte of a request, or from connecting, to the end of its headers."""
    body_limit_s: float = 30.0
    idle_limit_s: float = 75.0
    """A connection without a request is closed; longer than the minute that proxies usually keep theirs."""
    body_max: int = 256 * 1024
    line_max: int = 8 * 1024
    """The first line of a request, and each of its headers."""
    headers_max: int = 64

    def forwarded(self, headers: MultiMapping[str], name: str) -> str:
        """The proxy's own word, which is the last of the last such header; empty where no proxy is believed."""
        return headers.getall(name, [""])[-1].rpartition(",")[2].strip() if self.behind_proxy else ""
