"""Recording a talk: announced to both, from when they can hear each other until the contact's end, one file a contact.

What is heard in the talk's bridge is recorded by Asterisk, which goes on when the adapter dies. The customer's channel
says what its recording is called and whether somebody has asked for a pause, so another adapter can go on. While the
customer waits, or is held, nothing is recorded.
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

import structlog

from channels.asterisk.ari import AriError, Gone, Refused
from channels.asterisk.wire import LiveRecording, Variable, given
from channels.kit import router
from router.domain.wire import requests
from router.domain.wire.answers import Contact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from channels.asterisk.call import Call
    from channels.asterisk.server import Server
    from channels.asterisk.settings import RecordSettings

Why = Literal["asked", "held"]
"""Why nothing is recorded: somebody asked for it, or the customer is held."""

FORMAT: Final = "wav"
NAME: Final = "CONTACT_ROUTER_RECORDING"
"""A variable of the customer's channel: what the recording is called of which both were told."""
ASKED: Final = "CONTACT_ROUTER_PAUSED"
"""Likewise: the recording's name again, while somebody wants it to pause."""
BEGUN_S: Final = 1.0
"""So long Asterisk's word is awaited that a recording has begun; it can neither be paused nor ended before."""
ON_ITS_WAY_S: Final = 0.1
"""So long a sound may be on its way through the bridge: what was said in a pause must not be recorded after it."""

_log: Any = structlog.get_logger()


class Recording:
    """The recording of one call's contact, if it has one."""

    def __init__(self, server: Server, call: Call) -> None:
        self._server = server
        self._call = call
        self._name: str | None = None
        """What is being recorded."""
        self._pauses: set[Why] = set()
        self._is_paused = self._is_asked = self._is_begun = False
        self._is_given_up = False
        """It could not be recorded, or nobody could be told so."""
        self._started = asyncio.Event()
        self._order = asyncio.Lock()

    def begin(self) -> None:
        """They can hear each other: it is recorded from now on, if the contact's queue says so."""
        record = self._settings()
        if record is not None and not (self._is_begun or self._is_given_up):
            self._is_begun = True
            self._server.spawn(self._begin(record))

    def started(self) -> None:
        """Asterisk says that it has begun."""
        self._started.set()

    async def pause(self, why: Why = "asked") -> bool:
        """Record nothing until that has ended; False where nothing is recorded anyway. Raises `AriError`."""
        async with self._order:
            self._pauses.add(why)
            return await self._follow()

    async def resume(self, why: Why = "asked") -> bool:
        """Record again, unless something else forbids it; False where nothing is recorded anyway. Raises `AriError`."""
        async with self._order:
            self._pauses.discard(why)
            return await self._follow()

    async def end(self) -> None:
        """They do not hear each other any more; what was recorded is stored. With another agent it goes on."""
        if self._is_begun:
            async with self._order:
                await self._end("POST", "/stop")

    # What is done.

    async def _begin(self, record: RecordSettings) -> None:
        contact = self._call.contact
        assert contact is not None
        media = self._announcement(record)
        try:
            async with self._order:
                if media is None:
                    await self._give_up("there are no sounds to announce it")
                    return
                told = await self._variable(NAME)
                said = None if told is None else self._server.names.read_recording(told)
                if told is None or said is None or said.contact != contact.id:
                    last_day = given(self._server.time.wall_ms()) + timedelta(days=record.keep_days)
                    name, told = self._server.names.recording(contact.id, last_day.date()), None
                else:
                    name = told
                await self._record(name)
            if name != told:
                await self._announce(name, media)
        except Gone:
            pass  # somebody has hung up just now
        except AriError as error:
            await self._give_up(str(error))

    async def _record(self, name: str) -> None:
        """Begin it, or go on where another adapter or an earlier talk has begun it. Raises `AriError`."""
        server = self._server
        self._name, self._is_paused = name, False
        self._started.clear()
        server.recordings[name] = self
        if self._call.talk.is_held:
            self._pauses.add("held")
        what = {"name": name, "format": FORMAT, "ifExists": "append"}
        try:
            await server.ari.do("POST", f"bridges/{self._call.talk.bridge}/record", **what)
        except Refused as refused:
            if refused.status != 409:
                raise
            await self._adopt(name)
        else:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(BEGUN_S):
                    await self._started.wait()
        await self._follow()
        server.lanes.add(self._call.id, lambda: self._refer(name))

    async def _adopt(self, name: str) -> None:
        """It is being recorded already."""
        live = await self._server.ari.get("recordings/live/" + name, LiveRecording)
        self._is_paused = live.state == "paused"
        self._is_asked = await self._variable(ASKED) == name
        if self._is_paused and self._is_asked:
            self._pauses.add("asked")

    async def _variable(self, variable: str) -> str | None:
        try:
            path = f"channels/{self._call.id}/variable?variable={variable}"
            return (await self._server.ari.get(path, Variable)).value
        except Gone:
            return None

    async def _announce(self, name: str, media: Sequence[str]) -> None:
        """What nobody was told of is not recorded. Raises `AriError`."""
        call, server = self._call, self._server
        bridge = call.talk.bridge
        if bridge is None:
            return
        is_heard = not media or await server.playing.play_to_all(bridge, media, call.language)
        if self._name != name:
            return  # the talk is over
        if is_heard:
            await server.ari.do("POST", f"channels/{call.id}/variable", variable=NAME, value=name)
            return
        self._is_given_up = True
        async with self._order:
            await self._end("DELETE", "")
        await server.ari.do("GET", "channels/" + call.id)  # or he has just hung up
        _log.error("not_announced", call=call.id, media=media)

    async def _end(self, method: str, what: str) -> None:
        name, self._name, self._is_begun = self._name, None, False
        self._pauses.clear()
        if name is not None:
            self._server.recordings.pop(name, None)
            with contextlib.suppress(AriError):  # it ends with its bridge, too
                await self._server.ari.do(method, f"recordings/live/{name}{what}")

    async def _give_up(self, why: str) -> None:
        """The talk goes on without."""
        self._is_given_up = True
        _log.error("not_recorded", call=self._call.id, why=why)
        await self._end("POST", "/stop")

    async def _follow(self) -> bool:
        """Do as the pauses say. Raises `AriError`."""
        name, ari = self._name, self._server.ari
        if name is None:
            return False
        if ("asked" in self._pauses) != self._is_asked:
            self._is_asked = not self._is_asked
            value = name if self._is_asked else ""
            await ari.do("POST", f"channels/{self._call.id}/variable", variable=ASKED, value=value)
        if bool(self._pauses) != self._is_paused:
            if self._is_paused:
                await self._server.time.sleep(ON_ITS_WAY_S)
            try:
                await ari.do("DELETE" if self._is_paused else "POST", f"recordings/live/{name}/pause")
            except Gone:
                return False  # it has failed, or its bridge is gone
            self._is_paused = not self._is_paused
        return self._settings() is not None

    async def _refer(self, name: str) -> None:
        """Let the contact's metadata say where its recording is, beside all else that they say."""
        call, server = self._call, self._server
        said = server.names.read_recording(name)
        assert said is not None
        reference = {"server": server.account, "name": name, "format": FORMAT, "kept_until": said.last_day}
        while (contact := call.contact) is not None and contact.metadata.get("recording") != reference:
            body = requests.PatchContact(metadata=contact.metadata | {"recording": reference})
            path = f"/contacts/{contact.id}"
            try:
                call.hear(await server.router.call("PATCH", path, body, Contact, version=contact.version))
            except router.Refused as refused:
                if refused.code != "stale":
                    _log.error("recording_not_referred_to", contact=contact.id, code=refused.code)
                    return
                call.hear(await server.router.call("GET", path, None, Contact))

    def _settings(self) -> RecordSettings | None:
        return self._server.settings.queue(self._call.contact).record

    def _announcement(self, record: RecordSettings) -> Sequence[str] | None:
        """What both are to hear; nothing where the greeting has said it, and None where it cannot be said."""
        if isinstance(record.announce, str):
            return [record.announce]
        if not record.announce:
            return []
        language = self._server.language(self._call.language)
        return None if language is None else language.say("recorded")
