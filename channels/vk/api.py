"""VK's API: methods by POST, the token in the body; and what its refusals mean for a message.

| code | means | so |
|---|---|---|
| 6 | too many requests this second | again after a second, the whole account |
| 29 | the day's limit of a method | again after a minute, the whole account |
| 1, 10 | VK's own failure | nobody knows; repeated under the same `random_id` |
| 5, 27, 28 | the token is not valid any more | messages wait for one that is |
| 9 | flood: over 1,000 messages an hour to one person | failed, `flood` |
| 900 | the customer is on the community's blacklist | failed, `blacklisted`: an administrator's to undo |
| 901 | he has not allowed messages, or denies them | failed, `blocked`: his to undo, by writing |
| 902 | his privacy settings | failed, `privacy` |
| 910, 914 | too long | failed, `too_long` |
| 950 | too late to answer | failed, `window_closed` |
| 18, 113, 927, 936 | there is no such person or chat | failed, `gone` |
| 7, 15, 912, 917, 925, 945, 946, 985 | the community may not | failed, `not_allowed` |
| any other | | failed, `refused` |
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import aiohttp
import msgspec

from channels.kit.failures import Ambiguous, NotSent, Rejected, RetryAfter, SendError, sending
from channels.vk import wire

if TYPE_CHECKING:
    from channels.kit.port import File

Answer = TypeVar("Answer")

ANSWERED_S: Final = 15.0
UPLOADED_S: Final = 120.0
SECOND_S: Final = 1.0
DAY_LIMIT_S: Final = 60.0
PHOTOS: Final = frozenset({"image/jpeg", "image/png", "image/gif"})
"""What VK takes as a photo; other images are sent as files."""

_CODES: Final = {
    "flood": (9,),
    "blacklisted": (900,),
    "blocked": (901,),
    "privacy": (902,),
    "too_long": (910, 914),
    "window_closed": (950,),
    "gone": (18, 113, 927, 936),
    "not_allowed": (7, 15, 912, 917, 925, 945, 946, 985),
}
_REJECTED: Final = {code: name for name, codes in _CODES.items() for code in codes}
_UNKNOWN: Final = frozenset({1, 10})
_UNAUTHORISED: Final = frozenset({5, 27, 28})


class Refused(Exception):
    """A method was refused with one of VK's codes."""

    def __init__(self, code: int) -> None:
        super().__init__(f"VK's code {code}")
        self.code = code

    @property
    def unauthorised(self) -> bool:
        """The token is not valid, or no more."""
        return self.code in _UNAUTHORISED

    @property
    def outcome(self) -> SendError:
        """What that means for what was to be sent."""
        if self.code == 6:
            return RetryAfter(SECOND_S, account=True)
        if self.code == 29:
            return RetryAfter(DAY_LIMIT_S, account=True)
        if self.code in _UNKNOWN:
            return Ambiguous(str(self))
        if self.unauthorised:
            return NotSent(str(self))
        return Rejected(_REJECTED.get(self.code, "refused"))


class Api:
    """The API as one community may use it."""

    def __init__(self, http: aiohttp.ClientSession, url: str, token: str) -> None:
        self._http = http
        self._url = url.rstrip("/") + "/method/"
        self._token = token

    async def call(self, method: str, answer: type[Answer], **parameters: str | int) -> Answer:
        """The method's response. Raises `Refused`, `NotSent` where it surely was not called, and `Ambiguous`."""
        form = {"access_token": self._token, "v": wire.VERSION, **{key: str(told) for key, told in parameters.items()}}
        reply = await self._post(self._url + method, form, wire.Reply, ANSWERED_S)
        if reply.error is not None:
            raise Refused(reply.error.error_code)
        return _read(reply.response, answer)

    async def ask(self, method: str, answer: type[Answer], **parameters: str | int) -> Answer:
        """The response of a method that may as well be called twice.

        Raises `RetryAfter`, `Rejected`, and `NotSent` where asking again may help.
        """
        try:
            return await self.call(method, answer, **parameters)
        except Refused as refused:
            outcome = refused.outcome
            raise NotSent(str(outcome)) if isinstance(outcome, Ambiguous) else outcome from None
        except Ambiguous as error:
            raise NotSent(str(error)) from None

    async def upload(self, file: File, peer_id: int) -> str:
        """A file as what `attachment` names it. Raises as `ask` does; `bad_attachment` where VK does not want it."""
        try:
            if file.kind == "image" and file.mime in PHOTOS:
                return await self._upload_photo(file, peer_id)
            return await self._upload_doc(file, peer_id)
        except Rejected as rejected:
            raise Rejected("bad_attachment" if rejected.code == "refused" else rejected.code) from None

    async def _upload_photo(self, file: File, peer_id: int) -> str:
        server = await self.ask("photos.getMessagesUploadServer", wire.UploadServer, peer_id=peer_id)
        taken = await self._put(server, "photo", file, wire.UploadedPhoto)
        saved = await self.ask(
            "photos.saveMessagesPhoto", tuple[wire.Photo, ...], server=taken.server, photo=taken.photo, hash=taken.hash
        )
        if not saved:
            raise Rejected("bad_attachment")
        return _named("photo", saved[0])

    async def _upload_doc(self, file: File, peer_id: int) -> str:
        kind = "audio_message" if file.kind == "voice" else "doc"
        server = await self.ask("docs.getMessagesUploadServer", wire.UploadServer, peer_id=peer_id, type=kind)
        taken = await self._put(server, "file", file, wire.UploadedDoc)
        if taken.file is None:
            raise Rejected("bad_attachment")
        saved = await self.ask("docs.save", wire.SavedDoc, file=taken.file, title=file.name)
        what = saved.audio_message or saved.doc
        if what is None:
            raise Rejected("bad_attachment")
        return _named(saved.type, what)

    async def _put(self, server: wire.UploadServer, field: str, file: File, answer: type[Answer]) -> Answer:
        form = aiohttp.FormData()
        form.add_field(field, file.data, filename=file.name, content_type=file.mime)
        try:
            return await self._post(server.upload_url, form, answer, UPLOADED_S)
        except Ambiguous as error:  # whatever became of it, no message was sent
            raise NotSent(str(error)) from None

    async def _post(self, url: str, form: Any, answer: type[Answer], answered_s: float) -> Answer:
        async with sending(), self._http.post(url, data=form, timeout=aiohttp.ClientTimeout(answered_s)) as response:
            body = await response.read()
        if response.status != 200:
            raise Ambiguous(f"status {response.status}")
        return _read(body, answer)


def _read(body: bytes | msgspec.Raw, answer: type[Answer]) -> Answer:
    try:
        return msgspec.json.decode(body, type=answer)
    except msgspec.DecodeError:
        raise Ambiguous("an answer that nobody can read") from None


def _named(kind: str, what: wire.Photo | wire.Doc | wire.AudioMessage) -> str:
    key = f"_{what.access_key}" if what.access_key else ""
    return f"{kind}{what.owner_id}_{what.id}{key}"
