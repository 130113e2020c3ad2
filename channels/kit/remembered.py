"""What a process remembers of the latest things, and no more of them than fit."""

from __future__ import annotations

from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Remembered(Generic[Key, Value]):
    """The latest `most` values by their keys. What was set or read last is forgotten last."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: dict[Key, Value] = {}

    def __contains__(self, key: Key) -> bool:
        return key in self._values

    def __setitem__(self, key: Key, value: Value) -> None:
        self._values.pop(key, None)
        self._values[key] = value
        if len(self._values) > self._most:
            del self._values[next(iter(self._values))]

    def get(self, key: Key) -> Value | None:
        """The value, or None."""
        if key not in self._values:
            return None
        value = self._values[key] = self._values.pop(key)
        return value

    def forget(self, key: Key) -> None:
        """Drop it, if it is there."""
        self._values.pop(key, None)
