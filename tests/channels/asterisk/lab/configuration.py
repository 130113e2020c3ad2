"""What an Asterisk of the tests is told: the files of `deploy/asterisk/`, and around them what a PBX has already."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tests.channels.asterisk.lab.sound import tone
from tests.channels.asterisk.lab.unpack import HOME

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

DEPLOY = Path(__file__).parents[4] / "deploy" / "asterisk"
DEPLOYED = ("ari", "extensions", "http", "modules", "musiconhold", "pjsip", "queues", "rtp")
"""The files that a PBX's owner includes at the end of his own."""
SOUNDS = {"en": "en_US_f_Allison", "ru": "ru_RU_f_IvrvoiceRU"}
"""A language → Debian's folder of it."""
PHONES = tuple(str(number) for number in range(1001, 1041))
"""The agents' phones; their devices are `PJSIP/1001` and so on."""
PASSWORD = "a-password-of-the-tests"
"""Of each phone, and of the router's user at ARI."""
LOAD_HOST = "127.0.0.2"
"""Whence a crowd of callers comes."""
MUSIC_HZ = 620
"""What the music on hold sounds like."""
TONES_HZ = tuple(range(300, 3400, 100))
"""`sound:tone-700` plays a second of 700 Hz, and so on, in every language."""

MODULES = """\
[modules]
autoload = no
load = res_sorcery_config.so
load = res_sorcery_memory.so
load = res_sorcery_astdb.so
load = res_geolocation.so
load = res_pjproject.so
load = res_pjsip.so
load = res_pjsip_session.so
load = res_pjsip_pubsub.so
load = res_pjsip_sdp_rtp.so
load = res_pjsip_nat.so
load = res_pjsip_acl.so
load = res_pjsip_rfc3326.so
load = res_pjsip_diversion.so
load = res_pjsip_path.so
load = res_pjsip_registrar.so
load = res_pjsip_authenticator_digest.so
load = res_pjsip_endpoint_identifier_user.so
load = res_pjsip_endpoint_identifier_ip.so
load = res_pjsip_logger.so
load = chan_pjsip.so
load = res_rtp_asterisk.so
load = codec_alaw.so
load = codec_ulaw.so
load = codec_gsm.so
load = codec_resample.so
load = format_gsm.so
load = format_pcm.so
load = format_wav.so
load = bridge_builtin_features.so
load = pbx_config.so
load = app_echo.so
load = app_stack.so
load = app_verbose.so
load = func_global.so
load = func_timeout.so
"""

INDICATIONS = """\
[general]
country = ru
[ru]
description = Russia
ringcadence = 1000,4000
dial = 425
busy = 425/350,0/350
ring = 425/1000,0/4000
congestion = 425/175,0/175
"""

LOGGER = """\
[general]
dateformat = %F %T.%3q
[logfiles]
messages.log => notice,warning,error,verbose(3)
"""

PJSIP = """\
[global]
type = global
endpoint_identifier_order = username,ip

[transport]
type = transport
protocol = udp
bind = {address}:5060

; The world outside, with a phone of its own where a test wants one: PJSIP/<number>@provider.
[provider]
type = endpoint
context = from-provider
disallow = all
allow = ulaw
direct_media = no
aors = provider

[provider]
type = aor
max_contacts = 1
remove_existing = yes

[provider]
type = identify
endpoint = provider
match = 127.0.0.1

; A crowd that comes over another trunk, which tells each caller by UPDATE when he is connected, and with whom.
[crowd]
type = endpoint
context = from-provider
disallow = all
allow = ulaw
direct_media = no
trust_id_outbound = yes
send_pai = yes
connected_line_method = update

[crowd]
type = identify
endpoint = crowd
match = {load_host}
"""

PHONE = """
[{user}](contact-router-phone)
auth = {user}-auth
aors = {user}
callerid = Agent {user} <{user}>

[{user}](contact-router-aor)

[{user}-auth]
type = auth
auth_type = userpass
username = {user}
password = {password}
"""

EXTENSIONS = """\
[from-provider]
include => contact-router
include => inside

[inside]
exten => _1XXX,1,Dial(PJSIP/${EXTEN},30)
exten => _1XXX,n,Hangup()
exten => _9X.,1,Dial(PJSIP/${EXTEN:1}@provider,30)
exten => _9X.,n,Hangup()
exten => 600,1,Answer(,i)
exten => 600,n,Echo()
exten => 601,1,Answer(,i)
exten => 601,n,MusicOnHold(contact-router)
"""

INSIDE = """
[contact-router-phones]
include => inside
"""

EMPTY = ("acl", "ccss", "cdr", "cel", "codecs", "extconfig", "features", "geolocation", "manager")
EMPTY_TOO = ("pjproject", "queuerules", "res_parking", "sorcery", "stasis", "udptl", "websocket_client")


def configure(home: Path, address: str, languages: Collection[str], extra: Mapping[str, str]) -> None:
    """Write all that an Asterisk reads into `home`, with folders for what it writes.

    `languages` have their core sounds. `extra` is text at the end of a file, by its name without `.conf`.
    """
    for folder in ("etc", "lib", "cache", "spool/recording", "run", "log/cel-custom"):
        (home / folder).mkdir(parents=True)
    lay_data(home / "share", languages)
    etc = home / "etc"
    (etc / "contact-router").symlink_to(DEPLOY)
    texts = dict.fromkeys((*EMPTY, *EMPTY_TOO), "") | own_files(address)
    for name in DEPLOYED:
        texts[name] = texts.get(name, "[general]\n") + f"#include contact-router/{name}.conf\n" + after(name, address)
    texts["asterisk"] = directories(home)
    for name in {*texts, *extra}:
        (etc / f"{name}.conf").write_text(texts.get(name, "") + extra.get(name, ""))


def own_files(address: str) -> dict[str, str]:
    """What stands in a PBX's files before the includes."""
    return {
        "extensions": EXTENSIONS,
        "indications": INDICATIONS,
        "logger": LOGGER,
        "modules": MODULES,
        "pjsip": PJSIP.format(address=address, load_host=LOAD_HOST),
    }


def after(name: str, address: str) -> str:
    """What stands in a PBX's files after the includes: the passwords and the address that each owner fills in."""
    if name == "ari":
        return f"[contact-router](+)\npassword = {PASSWORD}\n"
    if name == "http":
        return f"[general](+)\nbindaddr = {address}\n"
    if name == "extensions":
        return INSIDE
    if name == "pjsip":
        others = (PHONE.format(user=user, password=PASSWORD) for user in PHONES[1:])
        return f"[{PHONES[0]}-auth](+)\npassword = {PASSWORD}\n" + "".join(others)
    return ""


def directories(home: Path) -> str:
    """Where Asterisk finds its own and leaves what it writes."""
    (modules,) = HOME.glob("usr/lib/*/asterisk/modules")
    written = {"etc": "etc", "cache": "cache", "varlib": "lib", "db": "lib", "key": "lib", "agi": "lib"}
    written |= {"data": "share", "spool": "spool", "run": "run", "log": "log"}
    lines = [f"ast{name}dir => {home / folder}" for name, folder in written.items()]
    lines += [f"astmoddir => {modules}", f"astsbindir => {HOME / 'usr/sbin'}"]
    return "\n".join(["[directories]", *lines, "[options]", "verbose = 3", "nocolor = yes", "maxfiles = 20000", ""])


def lay_data(share: Path, languages: Collection[str]) -> None:
    """The data of the package, with the core sounds of these languages, tones, and a tone for music."""
    share.mkdir()
    packaged = HOME / "usr/share/asterisk"
    for path in packaged.iterdir():
        if path.name != "sounds":
            (share / path.name).symlink_to(path)
    (share / "sounds").mkdir()
    for language in languages:
        (share / "sounds" / language).symlink_to(packaged / "sounds" / SOUNDS[language])
    for hz in TONES_HZ:
        # What is in no language's folder is the same in all.
        (share / "sounds" / f"tone-{hz}.ulaw").write_bytes(tone(hz))
    (share / "moh").mkdir()
    (share / "moh" / "tone.ulaw").write_bytes(tone(MUSIC_HZ) * 10)


def is_here() -> bool:
    """Whether Asterisk has been unpacked."""
    return (HOME / "VERSION").is_file() and os.access(HOME / "usr/sbin/asterisk", os.X_OK)
