"""ARI's events and objects, as far as we read them. What else they have is skipped."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec


class Party(msgspec.Struct, frozen=True):
    """A caller."""

    name: str = ""
    number: str = ""


class Place(msgspec.Struct, frozen=True):
    """Where a channel is in the dialplan."""

    context: str = ""
    exten: str = ""
    app_name: str = ""
    app_data: str = ""


class Channel(msgspec.Struct, frozen=True):
    """A channel."""

    id: str
    name: str
    state: str
    creationtime: str
    caller: Party = Party()
    dialplan: Place = Place()
    language: str = ""

    @property
    def device(self) -> str:
        """The device that it is of, such as `PJSIP/1001`."""
        return self.name.rsplit("-", 1)[0]

    def is_in(self, app: str) -> bool:
        """Whether the dialplan has it in this app's `Stasis()`."""
        return self.dialplan.app_name == "Stasis" and self.dialplan.app_data.split(",", 1)[0] == app


class Bridge(msgspec.Struct, frozen=True):
    """A bridge."""

    id: str
    bridge_type: str = ""
    channels: tuple[str, ...] = ()


class Destination(msgspec.Struct, frozen=True):
    """Whom a phone's transfer key names: a number, or one of its other calls."""

    destination: str | None = None


class ReferTo(msgspec.Struct, frozen=True):
    """To whom a phone transfers; the channels are those of its other call."""

    requested_destination: Destination = Destination()
    destination_channel: Channel | None = None
    connected_channel: Channel | None = None


class ReferredBy(msgspec.Struct, frozen=True):
    """The channel of the phone that transfers."""

    source_channel: Channel


class Playback(msgspec.Struct, frozen=True):
    """Something that is played."""

    id: str
    state: str = ""


class LiveRecording(msgspec.Struct, frozen=True):
    """Something that is recorded: `queued`, `recording`, `paused`, `done`, `failed` or `canceled`."""

    name: str
    state: str
    cause: str = ""


class StoredRecording(msgspec.Struct, frozen=True):
    """Something that was recorded."""

    name: str


class Variable(msgspec.Struct, frozen=True):
    """A variable of a channel."""

    value: str


class DeviceState(msgspec.Struct, frozen=True):
    """What a device does, in Asterisk's words: `NOT_INUSE`, `BUSY` and more."""

    name: str
    state: str


class Endpoint(msgspec.Struct, frozen=True):
    """A phone, with its channels."""

    technology: str
    resource: str
    state: str | None = None
    channel_ids: tuple[str, ...] = ()


class Event(msgspec.Struct, frozen=True):
    """An event of any type; each has some of these fields."""

    type: str
    timestamp: str = ""
    channel: Channel | None = None
    peer: Channel | None = None
    args: tuple[str, ...] = ()
    bridge: Bridge | None = None
    playback: Playback | None = None
    device_state: DeviceState | None = None
    endpoint: Endpoint | None = None
    dialstatus: str = ""
    digit: str = ""
    cause: int = 0
    tech_cause: int = 0
    soft: bool = False
    recording: LiveRecording | None = None
    refer_to: ReferTo | None = None
    referred_by: ReferredBy | None = None
    state: str | None = None


class System(msgspec.Struct, frozen=True):
    """Which Asterisk it is."""

    version: str = ""


class Status(msgspec.Struct, frozen=True):
    """Since when it runs."""

    startup_time: str = ""


class Info(msgspec.Struct, frozen=True):
    """What an Asterisk says of itself."""

    system: System = System()
    status: Status = Status()


class Module(msgspec.Struct, frozen=True):
    """A module that is loaded."""

    name: str
    status: str = ""

    @property
    def is_running(self) -> bool:
        """Whether it does its work."""
        return self.status == "Running"


decode_event = msgspec.json.Decoder(Event).decode


def wall_ms(timestamp: str) -> int:
    """A time of Asterisk's, such as `2026-11-22T10:26:05.329+0000`, as milliseconds since 1970."""
    return round(datetime.strptime(timestamp, "%Y-%m-%dT%H:%M:%S.%f%z").timestamp() * 1000)


def given(wall_ms: int) -> datetime:
    """Milliseconds since 1970 as a request has them."""
    return datetime.fromtimestamp(wall_ms / 1000, UTC)
