"""Calls of the Bot API. The token stands in every address, so no exception of the HTTP client gets out of here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import aiohttp
import msgspec

from channels.kit.failures import Ambiguous, NotSent, RetryAfter, sending
from channels.telegram.refusals import PlatformRefusal, send_error
from channels.telegram.wire import Answer

if TYPE_CHECKING:
    from channels.kit.port import File

T = TypeVar("T")

ANSWER_S: Final = 15.0
UPLOAD_S: Final = 120.0


class Api:
    """One bot's way to the platform."""

    def __init__(self, http: aiohttp.ClientSession, url: str, token: str) -> None:
        self._http = http
        self._methods = f"{url.rstrip('/')}/bot{token}/"
        self._files = f"{url.rstrip('/')}/file/bot{token}/"

    async def ask(self, method: str, shape: type[T], *, answer_s: float = ANSWER_S, **fields: Any) -> T:
        """Call what may be called again. Fields that are None are left out.

        Raises `RetryAfter`, `NotSent`, and `PlatformRefusal` where it was refused for another reason.
        """
        try:
            return await self._call(method, shape, fields, None, answer_s)
        except Ambiguous as error:
            raise NotSent(str(error)) from None
        except PlatformRefusal as refusal:
            if refusal.retry_after is not None:
                raise RetryAfter(refusal.retry_after, account=True) from None
            if refusal.status >= 500:
                raise NotSent(str(refusal.status)) from None
            raise

    async def send(self, method: str, shape: type[T], file: tuple[str, File] | None = None, **fields: Any) -> T:
        """Call what changes something for the customer, with a file in the field that is named. Raises `SendError`s."""
        try:
            return await self._call(method, shape, fields, file, UPLOAD_S if file else ANSWER_S)
        except PlatformRefusal as refusal:
            raise send_error(refusal) from None

    async def open(self, path: str) -> aiohttp.ClientResponse:
        """A file of the platform; to be closed. Raises `NotSent`."""
        try:
            return await self._http.get(self._files + path, allow_redirects=False)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise NotSent(type(error).__name__) from None

    async def _call(
        self, method: str, shape: type[T], fields: dict[str, Any], file: tuple[str, File] | None, answer_s: float
    ) -> T:
        said = {name: value for name, value in fields.items() if value is not None}
        headers = {} if file else {"Content-Type": "application/json"}
        data = msgspec.json.encode(said) if file is None else _form(said, *file)
        timeout = aiohttp.ClientTimeout(total=answer_s)
        async with (
            sending(),
            self._http.post(
                self._methods + method, data=data, headers=headers, timeout=timeout, allow_redirects=False
            ) as response,
        ):
            raw = await response.read()
        try:
            answer = msgspec.json.decode(raw, type=Answer)
        except msgspec.MsgspecError:  # what stands before the platform answers in words of its own
            raise PlatformRefusal(response.status, "no answer of the Bot API") from None
        if not answer.ok:
            raise PlatformRefusal(
                answer.error_code or response.status,
                answer.description or "",
                None if answer.parameters is None else answer.parameters.retry_after,
            )
        try:
            return msgspec.json.decode(answer.result, type=shape)
        except msgspec.MsgspecError:
            raise Ambiguous("an answer of another shape") from None


def _form(fields: dict[str, Any], name: str, file: File) -> aiohttp.FormData:
    # The platform takes names as they are; a quote or a line break would end the header that they stand in.
    form = aiohttp.FormData(quote_fields=False)
    for field, value in fields.items():
        form.add_field(field, value if isinstance(value, str) else msgspec.json.encode(value).decode())
    form.add_field(name, file.data, filename="".join(_plain(sign) for sign in file.name), content_type=file.mime)
    return form


def _plain(sign: str) -> str:
    return "_" if sign in '"\\/' or not sign.isprintable() else sign
