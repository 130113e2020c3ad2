"""Agents' phones, as the adapters that ring them are told of them."""

from __future__ import annotations

import msgspec


class Phone(msgspec.Struct, frozen=True, kw_only=True):
    """An agent as whoever rings him knows him. `address` is the phone that he has chosen, else his own."""

    agent: str
    address: str | None
    at_phone: bool
    signed_in: bool
