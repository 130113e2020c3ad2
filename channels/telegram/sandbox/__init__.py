"""The Bot API, played over real HTTP: to try the adapter without an account, and to test it."""

from channels.telegram.sandbox.sandbox import TelegramSandbox

__all__ = ["TelegramSandbox"]
