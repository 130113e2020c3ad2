"""SIP messages (RFC 3261): read, written, and signed with a password."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, field

AGENT = "a phone of the tests"
REASONS = {
    100: "Trying", 180: "Ringing", 183: "Session Progress", 200: "OK", 403: "Forbidden", 404: "Not Found",
    408: "Request Timeout", 480: "Temporarily Unavailable", 481: "Call Does Not Exist", 486: "Busy Here",
    487: "Request Terminated", 488: "Not Acceptable Here", 600: "Busy Everywhere", 603: "Decline",
}  # fmt: skip


@dataclass
class Message:
    """A request or an answer: its first line, its headers in their order, its body."""

    first: str
    headers: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    body: str = ""

    @property
    def status(self) -> int:
        """The code of an answer; 0 of a request."""
        return int(self.first.split()[1]) if self.first.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        """What is asked, or what an answer is to."""
        return self.header("CSeq").split()[1]

    @property
    def number(self) -> int:
        """Its place in the dialog's order."""
        return int(self.header("CSeq").split()[0])

    @property
    def uri(self) -> str:
        """Whom a request is sent to."""
        return self.first.split()[1]

    def header(self, name: str) -> str:
        """The first header of this name, or nothing."""
        return next(iter(self.every(name)), "")

    def every(self, name: str) -> list[str]:
        """All headers of this name."""
        return [value for known, value in self.headers if known.lower() == name.lower()]

    def encoded(self) -> bytes:
        """As it goes over the wire."""
        body = self.body.encode()
        headers = [*self.headers, ("Content-Length", str(len(body)))]
        return "\r\n".join([self.first, *(f"{name}: {value}" for name, value in headers), "", ""]).encode() + body


def read(data: bytes) -> Message:
    """The message of a datagram."""
    head, _, body = data.decode().partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    pairs = (line.partition(":") for line in lines)
    headers = [(name.strip(), value.strip()) for name, _, value in pairs]
    return Message(first, [pair for pair in headers if pair[0].lower() != "content-length"], body)


def answer(request: Message, status: int, tag: str, *headers: tuple[str, str], body: str = "") -> Message:
    """The answer to a request; `tag` is ours, and is added where the request opens a dialog."""
    kept = [(name, value) for name, value in request.headers if name.lower() in {"via", "from", "call-id", "cseq"}]
    to = request.header("To")
    if status != 100 and "tag=" not in to:
        to = f"{to};tag={tag}"
    return Message(f"SIP/2.0 {status} {REASONS[status]}", [*kept, ("To", to), ("Server", AGENT), *headers], body)


def branch() -> str:
    """A new transaction's name."""
    return f"z9hG4bK{secrets.token_hex(8)}"


def tag_of(value: str) -> str:
    """The tag of a From or To header."""
    found = re.search(r";tag=([^;>\s]+)", value)
    return found[1] if found else ""


def uri_of(value: str) -> str:
    """The address in a From, To, Contact or Refer-To header."""
    found = re.search(r"<([^>]*)>", value)
    return found[1] if found else value.partition(";")[0].strip()


def user_of(value: str) -> str:
    """The number or name before the `@` of an address."""
    found = re.search(r"sips?:([^@;>]*)@", value)
    return found[1].replace("%2B", "+").replace("%2A", "*") if found else ""


def name_of(value: str) -> str:
    """The name that is shown beside an address, or nothing."""
    return value.partition("<")[0].strip().strip('"')


def proof(challenge: str, method: str, uri: str, user: str, password: str) -> str:
    """The Authorization header that a digest challenge asks for (RFC 2617, MD5, with and without `qop=auth`)."""
    asked = dict(re.findall(r'(\w+)="?([^",]*)"?', challenge))
    ours = secrets.token_hex(8)
    secret = md5(f"{user}:{asked['realm']}:{password}")
    wanted = md5(f"{method}:{uri}")
    proofs = {"username": user, "realm": asked["realm"], "nonce": asked["nonce"], "uri": uri, "algorithm": "MD5"}
    if "opaque" in asked:
        proofs["opaque"] = asked["opaque"]
    if "qop" in asked:
        proofs["cnonce"] = ours
        proofs["response"] = md5(f"{secret}:{asked['nonce']}:00000001:{ours}:auth:{wanted}")
        return "Digest " + ", ".join(
            [*(f'{name}="{value}"' for name, value in proofs.items()), "qop=auth, nc=00000001"]
        )
    proofs["response"] = md5(f"{secret}:{asked['nonce']}:{wanted}")
    return "Digest " + ", ".join(f'{name}="{value}"' for name, value in proofs.items())


def md5(text: str) -> str:
    """Its hexadecimal digest; the protocol knows no better one that every server speaks."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
