"""What the router is told of a message."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from channels.kit.updates import Edited
from router.domain.wire import requests

if TYPE_CHECKING:
    from channels.kit.files import Links
    from channels.kit.updates import Attachment, Customer, Deleted, Incoming

TEXT_MAX: Final = 16_384
ATTACHMENTS_MAX: Final = 20
NAME_MAX: Final = 100
FILE_NAME_MAX: Final = 500
URL_MAX: Final = 2000
"""What the router takes at most; what is longer is cut."""


class Bodies:
    """Makes the requests of an account."""

    def __init__(self, account: str, links: Links) -> None:
        self._account = account
        self._links = links

    def came(self, said: Incoming) -> requests.PostMessage:
        """A message that came."""
        return requests.PostMessage(
            account=self._account,
            thread=said.thread,
            external_id=said.external_id,
            customer=_customer(said.customer),
            kind=said.kind,
            text=_cut(said.text, TEXT_MAX),
            attachments=self._attachments(said.attachments),
            sent_at=_moment(said.sent_at_ms),
            in_reply_to=said.in_reply_to,
            author=said.author,
            reply_until=_moment(said.reply_until_ms),
            attributes=said.attributes,
            metadata=said.metadata,
        )

    def changed(self, said: Edited | Incoming) -> requests.PostMessage:
        """A message that is another now."""
        return requests.PostMessage(
            account=self._account,
            thread=said.thread,
            external_id=said.external_id,
            edits=said.external_id,
            customer=_customer(said.customer),
            text=_cut(said.text, TEXT_MAX),
            attachments=self._attachments(said.attachments or ()),
            sent_at=_moment(said.at_ms if isinstance(said, Edited) else None),
            author=said.author,
        )

    def gone(self, said: Deleted, external_id: str) -> requests.PostMessage:
        """A message that is no more."""
        return requests.PostMessage(
            account=self._account,
            thread=said.thread,
            external_id=external_id,
            deletes=external_id,
            sent_at=_moment(said.at_ms),
        )

    def _attachments(self, given: tuple[Attachment, ...]) -> tuple[requests.Attachment, ...]:
        return tuple(self._attachment(one) for one in given[:ATTACHMENTS_MAX])

    def _attachment(self, given: Attachment) -> requests.Attachment:
        """With a link to it; without one where it cannot be had."""
        url, expires_ms, unavailable = None, None, given.unavailable
        if unavailable is None and given.bytes is not None and given.bytes > self._links.bytes_max:
            unavailable = "too_large"
        if unavailable is None and given.reference is not None:
            url, expires_ms = self._links.make(given)
        if url is None or len(url) > URL_MAX:
            url, expires_ms, unavailable = None, None, unavailable or "unfetchable"
        return requests.Attachment(
            kind=given.kind,
            name=_cut(given.name, FILE_NAME_MAX),
            mime=given.mime,
            bytes=given.bytes,
            url=url,
            expires_at=_moment(expires_ms),
            unavailable=unavailable,
        )


def _customer(said: Customer) -> requests.SaidOfCustomer:
    return requests.SaidOfCustomer(id=said.id, name=_cut(said.name, NAME_MAX) or None, language=said.language or None)


def _cut(text: str | None, longest: int) -> str | None:
    return None if text is None else text[:longest]


def _moment(wall_ms: int | None) -> datetime | None:
    return None if wall_ms is None else datetime.fromtimestamp(wall_ms / 1000, UTC)
