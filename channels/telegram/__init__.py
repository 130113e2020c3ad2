"""Telegram: business accounts whose secretary is our bot, and the bot itself."""

from channels.telegram.channel import CHANNEL

__all__ = ["CHANNEL"]
