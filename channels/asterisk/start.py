"""What is looked at when an Asterisk is first reached: whether it can do what we need of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import structlog

from channels.asterisk.ari import Gone, Refused
from channels.asterisk.speech.phrases import LANGUAGES
from channels.asterisk.speech.stored import Sound, spoken
from channels.asterisk.wire import Info, Module, StoredRecording, wall_ms
from channels.kit.failures import Misconfigured

if TYPE_CHECKING:
    from channels.asterisk.ari import Ari
    from channels.asterisk.settings import AsteriskSettings
    from channels.asterisk.speech.phrases import Language

OLDEST: Final = {20: 13, 21: 8, 22: 3}
"""A major version → its first minor one that gives transfers by a phone's own keys to ARI. Later majors all do."""
MODULES: Final = (
    "app_stasis", "bridge_holding", "bridge_simple", "chan_bridge_media", "chan_pjsip", "func_channel",
    "res_ari_applications", "res_ari_asterisk", "res_ari_bridges", "res_ari_channels", "res_ari_device_states",
    "res_ari_endpoints", "res_ari_playbacks", "res_ari_recordings", "res_ari_sounds", "res_musiconhold",
    "res_pjsip_header_funcs", "res_pjsip_refer", "res_stasis_answer", "res_stasis_device_state", "res_stasis_playback",
    "res_stasis_recording",
)  # fmt: skip
RECORDING: Final = ("bridge_softmix", "format_wav")
"""What is needed where a queue records."""
CODECS: Final = frozenset({"codec_alaw", "codec_ulaw"})

_log: Any = structlog.get_logger()


async def check_version(ari: Ari, account: str) -> int:
    """When it was started, as milliseconds since 1970. Raises `Misconfigured` where it is too old, and `AriError`."""
    info = await ari.get("asterisk/info", Info)
    version = info.system.version
    numbers = re.search(r"(\d+)\.(\d+)", version)
    major, minor = (int(numbers[1]), int(numbers[2])) if numbers else (0, 0)
    if not (minor >= OLDEST[major] if major in OLDEST else major > max(OLDEST)):
        raise Misconfigured(f"server {account} runs Asterisk {version}; it must be 20.13, 21.8, 22.3 or later")
    return wall_ms(info.status.startup_time)


async def check_modules(ari: Ari, account: str, *, records: bool = False) -> None:
    """Raises `Misconfigured`, which names every module that is missing, and `AriError`."""
    there = {one.name.removesuffix(".so") for one in await ari.get("asterisk/modules", list[Module]) if one.is_running}
    missing = [f"load = {name}.so" for name in MODULES + (RECORDING if records else ()) if name not in there]
    if not CODECS & there:
        missing.append("load = codec_alaw.so")
    if missing:
        raise Misconfigured(f"server {account} lacks modules; its modules.conf needs: {', '.join(missing)}")


async def check_recording(ari: Ari, account: str) -> None:
    """Whether it can record. Raises `Misconfigured` and `AriError`."""
    try:
        await ari.get("recordings/stored", list[StoredRecording])
    except Refused:
        why = "has no folder recording/ in its spool directory (astspooldir), or may not read it"
        raise Misconfigured(f"server {account} {why}; calls are recorded there") from None


async def languages_of(ari: Ari, account: str, settings: AsteriskSettings) -> dict[str, Language]:
    """The languages that it can speak, of those that the lines name, or of all. Raises `AriError`."""
    named = {line.language for line in settings.lines.values() if line.language in LANGUAGES}
    try:
        sounds = await ari.get("sounds", list[Sound])
    except Gone:  # it has none at all
        sounds = []
    return spoken(named or set(LANGUAGES), sounds, account)
