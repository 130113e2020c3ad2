"""What a method was called with: text, as forms and queries carry it."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, cast

import msgspec

from channels.vk.sandbox.shapes import MethodError


class Parameters(dict[str, str]):
    """The parameters of one call. Whatever is missing or not of its type raises MethodError 100 with its name."""

    def integer(self, name: str) -> int:
        """A whole number that must be there."""
        try:
            return int(self[name])
        except (KeyError, ValueError):
            raise MethodError(100, f"{name} is not integer" if name in self else f"{name} is undefined") from None

    def integers(self, name: str) -> list[int]:
        """Whole numbers, separated by commas; none where it is missing."""
        try:
            return [int(part) for part in self.get(name, "").split(",") if part]
        except ValueError:
            raise MethodError(100, f"{name} is invalid") from None

    def text(self, name: str) -> str:
        """A text that must be there, and not empty."""
        if not self.get(name):
            raise MethodError(100, f"{name} is undefined")
        return self[name]

    def json(self, name: str, code: int = 100) -> dict[str, Any] | None:
        """A JSON object; None where it is missing. What is no JSON object raises this code."""
        if name not in self:
            return None
        try:
            value = json.loads(self[name])
        except ValueError:
            raise MethodError(code, f"{name} should be valid json") from None
        if not isinstance(value, dict):
            raise MethodError(code, f"{name} should be an object")
        return cast("dict[str, Any]", value)


class _Action(msgspec.Struct):
    type: Literal["text", "callback"]
    label: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    payload: dict[str, Any] | Annotated[str, msgspec.Meta(max_length=255)] = "{}"


class _Button(msgspec.Struct):
    action: _Action
    color: Literal["primary", "secondary", "positive", "negative"] = "secondary"


class _Keyboard(msgspec.Struct):
    buttons: Annotated[list[Annotated[list[_Button], msgspec.Meta(max_length=5)]], msgspec.Meta(max_length=10)]
    inline: bool = False
    one_time: bool = False


def checked_keyboard(keyboard: dict[str, Any]) -> dict[str, Any]:
    """The keyboard as VK keeps it, each payload as JSON, whichever way it came. Raises MethodError 911."""
    try:
        known = msgspec.convert(keyboard, _Keyboard)
        buttons = [button for row in known.buttons for button in row]
        for button in buttons:
            payload = button.action.payload
            button.action.payload = json.dumps(json.loads(payload) if isinstance(payload, str) else payload)
    except ValueError:
        raise MethodError(911, "a button is not right") from None
    if known.inline and (known.one_time or len(buttons) > 10):
        raise MethodError(911, "inline keyboard is one_time or has more than 10 buttons")
    return msgspec.to_builtins(known)
