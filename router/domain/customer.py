"""What is known of a customer: the directory's record under what the channel's adapter said."""

from __future__ import annotations

import msgspec


class Customer(msgspec.Struct, frozen=True, omit_defaults=True):
    """A person who contacts the operation. None is unknown.

    `type` is the operation's own word, such as `private` or `corporate`; `language` a language tag; `segment` a finer
    word than `type`. Contacts of a `blocked` customer are refused.
    """

    id: str | None = None
    type: str | None = None
    name: str | None = None
    language: str | None = None
    segment: str | None = None
    blocked: bool = False


def merge(said: Customer, record: Customer | None, language: str) -> Customer:
    """What routing knows of the customer: field by field what the adapter `said`, else what the directory has.

    An empty text is as unknown as None. A type that nobody knows is `private`, a language the operation's first, here
    `language`. Only the directory blocks.
    """
    record = record or Customer()
    return Customer(
        id=said.id or record.id,
        type=said.type or record.type or "private",
        name=said.name or record.name,
        language=said.language or record.language or language,
        segment=said.segment or record.segment,
        blocked=record.blocked,
    )
