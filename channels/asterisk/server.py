"""One Asterisk at work: an account of the router's channel, with its calls.

Whoever has the account's lease opens the app's socket, and Asterisk then tells everything to him alone; so the lease
decides which of several adapters leads. While the router is away the leader goes on, until another one has replaced
him. He then forgets everything and hangs up nothing: what he had is the other's now.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import structlog

from channels.asterisk.ari import Ari, AriError, AsteriskAway, Refused
from channels.asterisk.call import Call
from channels.asterisk.commands import CAPABILITIES, OpenCommands
from channels.asterisk.devices import Devices
from channels.asterisk.entry import Entry
from channels.asterisk.keeping import keep_no_longer
from channels.asterisk.legs import Leaving
from channels.asterisk.names import Names, channel_of
from channels.asterisk.playing import Playing
from channels.asterisk.reconciling import reconcile
from channels.asterisk.settings import PHONE
from channels.asterisk.signing import SAID, sign
from channels.asterisk.start import check_modules, check_recording, check_version, languages_of
from channels.asterisk.transfers import hear_of_transfer
from channels.asterisk.waiting import Waiting
from channels.asterisk.wire import wall_ms
from channels.kit.backoff import Backoff
from channels.kit.either import either
from channels.kit.failures import Misconfigured
from channels.kit.health import Health
from channels.kit.lanes import Lanes
from channels.kit.router import RouterClient
from channels.kit.status import tell_status
from channels.kit.wire import Wire
from router.domain.states import ENDED
from router.domain.wire.frames import ChannelSnapshot, CommandFrame, ContactFrame, PhoneFrame

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from channels.asterisk.devices import Seen
    from channels.asterisk.recording import Recording
    from channels.asterisk.settings import AsteriskSettings
    from channels.asterisk.speech.phrases import Language
    from channels.asterisk.wire import Event
    from channels.kit.port import Place, Time
    from channels.kit.wire import Frame
    from router.domain.wire.answers import Contact

LEASE_S = 4
"""A standby takes over from an adapter that is silent for so long."""
REVIVED_AFTER_S = 0.1
AWAY_S = 5.0
"""Whose Asterisk does not answer for so long lets another one try, and lets the router know that nobody is there."""
SHUTDOWN = 4
"""The cause of a hang-up because Asterisk ends."""

_log: Any = structlog.get_logger()


class Replaced(Exception):
    """Another one has the app now."""


class Server:
    """One Asterisk. `run` works until it is cancelled."""

    def __init__(
        self, account: str, settings: AsteriskSettings, password: str, place: Place, time: Time, seen: Seen
    ) -> None:
        server = settings.servers[account]
        self.account = account
        self.settings = settings
        self.time = time
        self.health = Health()
        self.router = RouterClient(place.url, place.token, time, self.health)
        self.ari = Ari(server, password)
        self.names = Names(server.app)
        self.waiting = Waiting(self.ari, self.names)
        self.lanes = Lanes()
        self.calls: dict[str, Call] = {}
        """By channel."""
        self.legs: dict[str, Call] = {}
        """By leg."""
        self.leaving = Leaving(self)
        self.recordings: dict[str, Recording] = {}
        """By their names."""
        self.playing = Playing(self.ari, self.names)
        self.devices = Devices(self, seen)
        self.commands = OpenCommands(self)
        self.languages: dict[str, Language] = {}
        """Those that it can speak."""
        self.open: dict[str, Contact] = {}
        """The account's open contacts, as last heard."""
        self.started_ms = 0
        """When this Asterisk was started; what was there before is lost."""
        self.seq = 0
        """The last event that was heard of."""
        self._by_contact: dict[str, Call] = {}
        self.wire = Wire(self.router, PHONE, account, time, self.health, LEASE_S)
        self._leads = False
        self._was_up = False
        self._connected = asyncio.Event()
        self._cut = asyncio.Event()
        self._cut.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._backlog: list[Event] | None = None
        """Events that wait for the end of a reconciliation."""
        self.unreconciled = asyncio.Event()

    async def run(self) -> None:
        """Lead whenever the account is ours. Raises `Misconfigured`."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._compete())
                group.create_task(self._lead())
                group.create_task(keep_no_longer(self))
                telling = (self.router, self.wire, self.health, self.time, PHONE, self.account, CAPABILITIES)
                group.create_task(tell_status(*telling))
        finally:
            await self._forget_all()
            await self.ari.close()
            await self.router.close()

    # The calls.

    def know(self, call: Call, contact: str) -> None:
        """The contact is the call's from now on."""
        self._by_contact[contact] = call

    def forget(self, call: Call) -> None:
        """The call is over."""
        self.calls.pop(call.id, None)
        if call.contact is not None and self._by_contact.get(call.contact.id) is call:
            del self._by_contact[call.contact.id]

    def add(self, call: Call, first: asyncio.Task[None] | None = None) -> None:
        """Render a call from now on, if possible when the router has been told or asked `first`."""
        self.calls[call.id] = call
        self.spawn(call.run(first))

    def call_of(self, contact: str) -> Call | None:
        """The call that is this contact."""
        return self._by_contact.get(contact)

    async def _revive(self, bridge: str) -> None:
        """The music of a bridge has ended with the last who left it; someone may have entered just then."""
        if self.names.music_of(bridge) is None:
            return
        await self.time.sleep(REVIVED_AFTER_S)
        if any(call.bridge == bridge and not call.is_gone for call in self.calls.values()):
            with contextlib.suppress(AriError):
                await self.waiting.play(bridge)

    def language(self, tag: str) -> Language | None:
        """The language of this tag, such as `ru` or `ru_RU`, if it can be spoken."""
        return self.languages.get(tag.lower().replace("-", "_").split("_")[0])

    def spawn(self, work: Any) -> None:
        """Do it beside everything else. A bug in it ends nothing else."""

        async def guarded() -> None:
            try:
                await work
            except Exception as broken:  # noqa: BLE001 - one bad call must not end the others
                _log.error("call_broke", exc_info=broken)

        task = asyncio.create_task(guarded())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def end_bridge(self, bridge: str) -> None:
        """Destroy a bridge in which nobody is, if Asterisk can be reached; else it is found later."""
        with contextlib.suppress(AriError):
            await self.ari.do("DELETE", "bridges/" + bridge)

    # The router.

    def _hear(self, frame: Frame) -> None:
        match frame:
            case ChannelSnapshot():
                self.seq = frame.seq
                self.open = {contact.id: contact for contact in frame.contacts}
                self.devices.hear_all(frame.phones)
                self.commands.hear_all(frame.commands)
                self.unreconciled.set()
            case CommandFrame():
                self.commands.hear(frame.command)
            case PhoneFrame():
                self.devices.hear(frame.phone)
            case ContactFrame():
                self.seq = frame.seq
                contact = frame.contact
                if contact.state in ENDED:
                    self.open.pop(contact.id, None)
                else:
                    self.open[contact.id] = contact
                call = self._by_contact.get(contact.id) or self.calls.get(channel_of(contact.external_id)[0])
                if call is not None:
                    call.hear(contact)
            case _:
                pass

    # Asterisk.

    async def _compete(self) -> None:
        """Be a candidate for the account, but not while Asterisk cannot be reached. Raises `Misconfigured`."""
        while True:
            await self._reach()
            await either(self.wire.run(self._hear, lambda: None), self._away())
            _log.error("asterisk_away", account=self.account)

    async def _reach(self) -> None:
        """Return when Asterisk answers and is fit. Raises `Misconfigured` where it never was."""
        backoff = Backoff()
        while True:
            try:
                return await self._check()
            except AriError as error:
                self.health.away("platform", str(error))
            except Misconfigured as wrong:
                if not self._was_up:
                    raise
                self.health.away("platform", str(wrong))
            await self.time.sleep(backoff.next_s())

    async def _away(self) -> None:
        """Return when we have the account and no Asterisk."""
        while True:
            await self.wire.held.wait()
            await self._cut.wait()
            if not await either(self._connected.wait(), self.time.sleep(AWAY_S)):
                return

    async def _lead(self) -> None:
        backoff = Backoff()
        while True:
            # Who led goes on without the router, for nobody else can have become leader through it.
            if not (self._leads and self.health.of("router")):
                await self.wire.held.wait()
            try:
                await self._serve(backoff)
            except AriError as error:
                self.health.away("platform", str(error))
            except Replaced:
                _log.warning("replaced", account=self.account)
                self.health.away("platform", "another program has the app")
                self._leads = False
                await self._forget_all()
            await self.time.sleep(backoff.next_s())

    async def _serve(self, backoff: Backoff) -> None:
        """Follow the socket until it ends. Raises `AriError` and `Replaced`."""
        self.started_ms = await check_version(self.ari, self.account)
        async with self.ari.events() as events:
            self._leads = True
            self._cut.clear()
            self._connected.set()
            self.unreconciled.set()
            self._backlog = []
            self.playing.lose()
            reading = asyncio.ensure_future(self._read(events))
            reconciling = asyncio.ensure_future(self._reconcile(backoff))
            try:
                await asyncio.wait({reading, reconciling}, return_when=asyncio.FIRST_COMPLETED)
                for task in (reading, reconciling):
                    if task.done():
                        task.result()
            finally:
                for task in (reading, reconciling):
                    task.cancel()
                await asyncio.wait({reading, reconciling})
                self._connected.clear()
                self._cut.set()
        raise AsteriskAway("the socket of events has ended")

    async def _check(self) -> None:
        """Whether this Asterisk is fit; and what it can say. Raises `Misconfigured` and `AriError`."""
        try:
            await check_version(self.ari, self.account)
        except Refused as refused:
            if refused.status not in {401, 403}:
                raise
            why = "does not know the user or the password; they are those of its ari.conf"
            raise Misconfigured(f"server {self.account} {why}") from None
        records = any(queue.record is not None for queue in self.settings.queues.values())
        await check_modules(self.ari, self.account, records=records)
        if records:
            await check_recording(self.ari, self.account)
        self.languages = await languages_of(self.ari, self.account, self.settings)

    async def _read(self, events: AsyncIterator[Event]) -> None:
        async for event in events:
            if self._backlog is not None and event.type != "ApplicationReplaced":
                self._backlog.append(event)
            else:
                self._take(event)

    async def _reconcile(self, backoff: Backoff) -> None:
        """Bring our calls, Asterisk's and the router's together; at first, and whenever the router sends all it has."""
        await self.ari.do("PUT", f"applications/{self.ari.app}/eventFilter", disallowed=[{"type": "ChannelVarset"}])
        self.devices.look(anew=True)
        while True:
            await self.unreconciled.wait()
            self.unreconciled.clear()
            self._backlog = []
            await reconcile(self)
            backlog, self._backlog = self._backlog, None
            for event in backlog:
                self._take(event)
            self.commands.give()
            for call in list(self.calls.values()):
                call.look()
            backoff.reset()
            self._was_up = True
            self.health.up("platform")

    def _take(self, event: Event) -> None:
        """An event, in its turn."""
        if event.type == "ApplicationReplaced":
            raise Replaced
        self._hear_of_media(event)
        if event.device_state is not None:
            self.devices.moved(event.device_state.name, event.device_state.state)
        if event.bridge is not None and event.type == "ChannelLeftBridge" and not event.bridge.channels:
            self.spawn(self._revive(event.bridge.id))
        if event.type == "ChannelTransfer" and event.state is None:  # with one it says what we have said ourselves
            hear_of_transfer(self, event)
        if event.channel is None:
            return
        if (call := self.legs.get(event.channel.id)) is not None:
            call.hear_of_leg(event)
        elif event.type == "StasisStart":
            self._enter(event)
        elif (call := self.calls.get(event.channel.id)) is not None:
            _hear_of_customer(call, event)
        if event.type == "ChannelDestroyed":
            self.leaving.gone(event.channel.id)

    def _hear_of_media(self, event: Event) -> None:
        live = event.recording
        if event.playback is not None and event.type == "PlaybackFinished":
            self.playing.hear(event.playback)
        elif live is not None and event.type == "RecordingStarted" and live.name in self.recordings:
            self.recordings[live.name].started()
        elif live is not None and event.type == "RecordingFailed":
            _log.error("recording_failed", recording=live.name, why=live.cause)

    def _enter(self, event: Event) -> None:
        channel = event.channel
        assert channel is not None
        if self.names.is_ours(channel.id):
            # It was given up while it came up, and what gave it up may have come too early for it.
            self.leaving.end(channel.id, channel.device)
        elif channel.id not in self.calls:
            entry = Entry.of(channel, event.args, wall_ms(event.timestamp))
            if entry.arguments.get("do") in SAID:
                self.spawn(sign(self, channel, entry))
                return
            call = Call(self, channel.id, entry, is_up=channel.state == "Up")
            self.add(call, call.post())

    async def _forget_all(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self.lanes.end()
        self.calls.clear()
        self.legs.clear()
        self.leaving.clear()
        self.recordings.clear()
        self._by_contact.clear()


def _hear_of_customer(call: Call, event: Event) -> None:
    match event.type:
        case "ChannelHangupRequest" if event.soft and event.cause == SHUTDOWN:
            call.hear_of_shutdown()
        case "StasisEnd":
            call.left(wall_ms(event.timestamp))
        case "ChannelDtmfReceived":
            call.pressed(event.digit)
        case _:
            pass
