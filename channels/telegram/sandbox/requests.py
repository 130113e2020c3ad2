"""What a bot asks of the platform: one call with its fields and files, and the refusals."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast

import msgspec

if TYPE_CHECKING:
    from aiohttp import web
    from aiohttp.multipart import BodyPartReader

T = TypeVar("T")


class Refusal(Exception):
    """The platform says no, in its own words."""

    def __init__(
        self, status: int, description: str, *, retry_after: int | None = None, migrate_to_chat_id: int | None = None
    ) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.retry_after = retry_after
        self.migrate_to_chat_id = migrate_to_chat_id


def bad_request(description: str) -> Refusal:
    """400, with the platform's usual beginning."""
    return Refusal(400, f"Bad Request: {description}")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a call."""

    name: str
    mime: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a method. A form's fields are text, its structures JSON; a JSON body has them as they are."""

    method: str
    fields: dict[str, Any]
    files: dict[str, Upload] = field(default_factory=dict[str, Upload])
    at_ms: int = 0

    def text(self, name: str) -> str | None:
        """A field as text; None where it is absent or empty."""
        value = self.fields.get(name)
        return None if value is None or value == "" else str(value)

    def integer(self, name: str, otherwise: int = 0) -> int:
        """A field as a number."""
        try:
            return int(self.fields.get(name, otherwise))
        except (TypeError, ValueError):
            return otherwise

    def decoded(self, name: str, shape: type[T]) -> T | None:
        """A structure; None where it is absent."""
        value = self.fields.get(name)
        if value is None:
            return None
        try:
            if isinstance(value, str):
                return msgspec.json.decode(value, type=shape)
            return msgspec.convert(value, shape)
        except msgspec.MsgspecError:
            raise bad_request(f"can't parse {name} JSON object") from None


async def read_call(request: web.Request, at_ms: int) -> Call:
    """A call as it came: in the query, as JSON, or as a form with or without files."""
    fields: dict[str, Any] = dict(request.query)
    files: dict[str, Upload] = {}
    if request.content_type == "application/json":
        fields |= await request.json()
    elif request.content_type.startswith("multipart/"):
        async for read in await request.multipart():
            part = cast("BodyPartReader", read)
            name, data = part.name or "", bytes(await part.read())
            if part.filename is None:
                fields[name] = data.decode()
            else:
                files[name] = Upload(part.filename, part.headers.get("Content-Type", ""), data)
    else:
        fields |= dict(await request.post())
    return Call(request.match_info["method"], fields, files, at_ms)
