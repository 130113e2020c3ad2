"""Telephones: calls on an Asterisk, by its ARI."""

from channels.asterisk.channel import CHANNEL

__all__ = ["CHANNEL"]
