"""What an operator says of his Asterisk servers, lines and phones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from channels.asterisk.speech.settings import LineSpeech, Media

if TYPE_CHECKING:
    from router.domain.wire.answers import Contact

PHONE: Final = "phone"
"""The router's channel, and what the adapter is called."""

Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,60}$")]


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every table has in common."""


class ServerSettings(_Table, frozen=True, kw_only=True):
    """One Asterisk: an account of the router's channel."""

    url: str
    """Of its HTTP server, such as `http://127.0.0.1:8088`, with the prefix of `http.conf` if it has one."""
    user: str = "contact-router"
    """Of `ari.conf`."""
    app: Name = "contact-router"
    """The name that the dialplan's `Stasis()` calls. Whatever we make on the server is named after it."""


class LineSettings(LineSpeech, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A dialled number: what its callers hear while they wait, and what their digits do."""

    answer: bool = True
    """Answer at once, and play music; otherwise it rings until an agent answers."""
    language: str | None = None
    """Of announcements, such as `ru`, where the dialplan and the router know no other; else the channel's own."""
    music: Name = "contact-router"
    """A class of `musiconhold.conf`."""
    queue: str | None = None
    """The queue to which an agent's phone transfers a customer by its key and this number."""


class RecordSettings(_Table, frozen=True, kw_only=True):
    """That the talks of a queue are recorded."""

    keep_days: Annotated[int, msgspec.Meta(ge=1, le=3650)]
    """So long a recording is kept; then it is deleted."""
    announce: Media | bool = True
    """What both hear as it begins; true is a phrase of Asterisk's own. False where the line's greeting has said it."""


class QueueSettings(_Table, frozen=True, kw_only=True):
    """A queue of the router's operation, as far as telephones are concerned."""

    music: Name | None = None
    """A class of `musiconhold.conf` for those who wait in it, instead of their line's."""
    record: RecordSettings | None = None
    survey: Media | None = None
    """The question for a rating from 1 to 5, put to a customer whom the operation asks for one."""


class PhonesSettings(_Table, frozen=True, kw_only=True):
    """The agents' phones."""

    auto_answer: str | None = None
    """A header that lets a phone answer by itself, such as `Call-Info: <sip:router>;answer-after=0`. It goes with the
    calls that the agent has accepted at his desk, and never with those that picking up accepts."""


class TalkSettings(_Table, frozen=True, kw_only=True):
    """Whom agents may fetch into a talk, or give it to."""

    outside: Annotated[str, msgspec.Meta(pattern=r"^[^{}]*\{number\}[^{}]*$")] | None = None
    """How a number outside is dialled, such as `PJSIP/{number}@trunk` or `Local/{number}@outgoing`; None: it is not."""
    ring_s: Annotated[int, msgspec.Meta(ge=1, le=300)] = 30
    """So long whoever is asked for during a talk may take to answer."""


class AsteriskSettings(_Table, frozen=True, kw_only=True):
    """The table `[phone]`. Nothing in it is secret; each server is an account of the router's channel."""

    servers: Annotated[dict[Name, ServerSettings], msgspec.Meta(min_length=1)]
    lines: dict[str, LineSettings] = {}
    """By dialled number; a line without a table has the defaults."""
    queues: dict[Name, QueueSettings] = {}
    """By their names in the operation; a queue without a table has the defaults."""
    phones: PhonesSettings = PhonesSettings()
    talks: TalkSettings = TalkSettings()
    host: str = "127.0.0.1"
    port: int = 0
    """Where `/healthz` is served; port 0 takes a free one."""

    def queue(self, contact: Contact | None) -> QueueSettings:
        """Those of a contact's queue."""
        return DEFAULT_QUEUE if contact is None else self.queues.get(contact.queue, DEFAULT_QUEUE)


DEFAULT_LINE: Final = LineSettings()
DEFAULT_QUEUE: Final = QueueSettings()
