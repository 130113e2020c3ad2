"""Whether a bot's calls are those of the Bot API: aiogram's types of its methods say so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aiogram import methods
from aiogram.types import BufferedInputFile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from channels.telegram.sandbox.requests import Call

STRUCTURES = frozenset({"reply_parameters", "reply_markup"})
"""Fields that are JSON in a form."""


def certify(calls: Iterable[Call]) -> None:
    """Each call is one that aiogram's type of the method takes, and has no field that the type does not know."""
    for call in calls:
        method: Any = getattr(methods, call.method[0].upper() + call.method[1:])
        said: dict[str, Any] = {
            name: json.loads(value) if call.files and name in STRUCTURES else value
            for name, value in call.fields.items()
        }
        said |= {name: BufferedInputFile(upload.data, upload.name) for name, upload in call.files.items()}
        assert not method.model_validate(said).model_extra, (call.method, sorted(said))
