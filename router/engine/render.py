"""Rendering the Lua library: tables of Python as literals, shared pieces, acts, and the check of each act's header.

The library is named by its content, so two releases run side by side on one server; what becomes of the older one is
said in `libraries.py`. Nothing rendered is kept in a file.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, cast

from router.domain.events import EVENTS, HEAD, EventType
from router.domain.figures import EDGES_S, FIGURES, Figure
from router.domain.message import ORDER, UNSENT
from router.domain.refusals import REFUSALS
from router.domain.states import ENDED, MOVES
from router.engine import records
from router.engine.acts.table import ACTS
from router.engine.acts.workspace import Create
from router.engine.keys import KEYS, lua_expression, parameters
from router.engine.limits import LIMITS, REMEMBERED

if TYPE_CHECKING:
    from router.engine.acts.act import Act

SHARED = (
    "record", "call", "memory", "event", "contact", "agent", "rest", "ready", "lane", "queue", "reserve", "place",
    "match", "offer", "hold", "refresh", "message", "command", "visit", "leave", "say", "enter", "talk", "park",
    "lease", "presence", "phone", "channel", "arrive", "settle", "janitor", "profile", "due", "explain", "run",
)  # fmt: skip
"""The files of `lua/shared/` in the order in which they need each other."""

NAMED = "cr_" + 12 * "[0-9a-f]"
"""What the name of every release's library looks like to the server."""

OFFER_ENDS = {"a": "accepted", "d": "declined", "m": "missed", "u": "undelivered", "w": "withdrawn"}

# In a shared file, what is not local belongs to all: the library declares it before the first file. Lua takes 200 such
# names, so a file may keep its own in a table, `function phone.leave()`, which is one.
_SHARED_NAME = re.compile(r"^(?:function (\w+)\(|([A-Z_]+) =)", re.MULTILINE)
_SHARED_TABLE = re.compile(r"^function (\w+)\.", re.MULTILINE)
_LIMIT = re.compile(r"\bLIMIT\.(\w+)")
_REFUSE = re.compile(r"\brefuse\('(\w+)'")
_HEADER = re.compile(r"^-- (KEYS|ARGV|RETURNS|REFUSES)( .*)?$|^--          (.*)$")
_PARAMETERS = re.compile(r"^local function act\(([^)]*)\)", re.MULTILINE)


class LibraryInvalid(AssertionError):
    """An act whose Lua and Python do not say the same: a bug of ours."""


@dataclass(frozen=True, slots=True)
class Library:
    """The rendered library. A function is called `<name>_<act>`."""

    name: str
    source: str


@cache
def library() -> Library:
    """The library of this release."""
    shared = [_read(f"shared/{name}.lua") for name in SHARED]
    names = [function or table for source in shared for function, table in _SHARED_NAME.findall(source)]
    spaces = dict.fromkeys(space for source in shared for space in _SHARED_TABLE.findall(source))
    tables = _tables()
    # Lua has room for 200 locals: the tables are fields of one. Their names stand for nothing else.
    table = re.compile(rf"\b(?:{'|'.join(tables)})\b")
    pieces = [*(f"local {space} = {{}}" for space in spaces), *(f"do\n{source}end" for source in shared)]
    pieces += [_act(name, stub, _read(f"acts/{name}.lua")) for name, stub in ACTS.items()]
    pieces = [table.sub(r"TABLE.\g<0>", piece) for piece in pieces]
    pieces = [f"local TABLE = {literal(tables)}", _keys(), f"local call, {', '.join(names)}", *pieces]
    pieces.append(_read("confirm.lua"))
    text = _LIMIT.sub(lambda match: str(LIMITS[match[1]]), "\n".join(pieces))
    name = "cr_" + hashlib.blake2b(text.encode(), digest_size=6).hexdigest()
    return Library(name=name, source=f"#!lua name={name}\n" + text.replace("@LIBRARY@", name))


def _read(path: str) -> str:
    return (files("router.engine") / "lua" / path).read_text(encoding="utf-8")


class Code(str):
    """A Lua expression."""

    __slots__ = ()


def literal(value: Any) -> str:
    """`value` as a Lua literal: None, booleans, numbers, texts, code, lists and string-keyed dicts."""
    if isinstance(value, Code):
        return value
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    if isinstance(value, dict):
        table = cast("dict[str, Any]", value)
        return "{" + ",".join(f"[{literal(key)}]={literal(item)}" for key, item in table.items()) + "}"
    return "{" + ",".join(literal(item) for item in value) + "}"


def _tables() -> dict[str, Any]:
    return {
        "REMEMBERED": REMEMBERED,
        "EVENT": {name.replace(".", "_"): _event(event) for name, event in EVENTS.items()},
        "FIGURE_EDGES": [edge * 1000 for edge in EDGES_S],
        "FIGURES": _figures(),
        "MOVES": {state: dict.fromkeys(moves, True) for state, moves in MOVES.items()},
        "IS_ENDED": dict.fromkeys(sorted(ENDED), True),
        "OFFER_END": OFFER_ENDS,
        "CONTACT": _schema(records.CONTACT, records.CONTACT_GROUPS),
        "MESSAGE_HEAD": records.MESSAGE_HEAD,
        "MESSAGE_ORDER": ORDER,
        "COMMAND_ROW": records.COMMAND_ROW,
        "IS_UNSENT": dict.fromkeys(sorted(UNSENT), True),
        "AGENT": _schema(records.AGENT, records.AGENT_GROUPS),
        "CHANNEL": _schema(records.CHANNEL, ()),
        "META": _schema(records.META, ()),
    }


def _keys() -> str:
    lines = [f"  {name} = function({', '.join(parameters(name))}) return {lua_expression(name)} end," for name in KEYS]
    return "\n".join(["local tag", "local key = {", *lines, "}"])


def _schema(fields: tuple[str, ...], groups: tuple[str, ...]) -> dict[str, Any]:
    """What `lua/shared/record.lua` knows of a kind of record."""
    known = ["id=id", "packed=packed", "beyond=after>0 and string.sub(packed,after+1) or ''", "groups=groups"]
    known += [f"{name}=groups.{name} or {{}}" for name in groups] + [f"{name}={name}" for name in fields]
    taken = ",".join(("id", "packed", "after", "groups", *fields))
    return {
        "groups": groups,
        "place": {name: place for place, name in enumerate(fields, 2)},
        "size": 1 + len(fields),
        "kept": _array(1 + len(fields)),
        "answered": _array(1 + len(fields) + 1),
        "record": Code(f"function({taken}) groups=groups or {{}} return " + "{" + ",".join(known) + "} end"),
        "row": Code("function(r) return cmsgpack.pack(" + ",".join(f"r.{name}" for name in fields) + ") end"),
    }


def _event(event: EventType) -> dict[str, Any]:
    """Its code, how many values its entry has, and how msgpack begins an array of so many."""
    size = 1 + len(HEAD) + len(event.data)
    return {"code": event.code, "size": size, "array": _array(size)}


def _array(size: int) -> Code:
    return Code(f"'\\220\\0\\{size}'")


def _figures() -> dict[int, list[dict[str, Any]]]:
    """By its event's code each row of `FIGURES`; what it looks at is a place in the event's entry, counted from 1."""
    by_code: dict[int, list[dict[str, Any]]] = {}
    for figure in FIGURES:
        event = EVENTS[figure.event]
        place = {name: index for index, name in enumerate(("code", *HEAD, *event.data), 1)}
        row: dict[str, Any] = {
            "field": _field(figure, place),
            "kind": figure.kind,
        }
        row["value"] = figure.value and place[figure.value]
        row["when"] = figure.when and (place[figure.when[0]], figure.when[1])
        row["each"] = figure.each and place[figure.each]
        by_code.setdefault(event.code, []).append(row)
    return by_code


def _field(figure: Figure, place: dict[str, int]) -> Code:
    """A function that gives the name of the figure's field for an event, of its name and labels."""
    values = [f"v[{place[label]}]" for label in figure.labels]
    # What is neither a text nor a number is said in a word.
    words = [f"({v}==nil and '' or {v}==true and 'true' or {v}==false and 'false' or {v})" for v in values]
    return Code("function(v) return " + "..'|'..".join((literal(figure.name), *words)) + " end")


def _act(name: str, stub: type[Act[Any]], source: str) -> str:
    check_header(name, stub, source)
    wrap = "reading" if stub.reads else "writing"
    options = literal(
        {
            "returns": stub.returns,
            "arity": len(stub.__struct_fields__),
            "keep_ms": stub.keep_ms,
            "begins": stub.begins,
            "creates": stub is Create,
        }
    )
    flags = ["no-writes", "allow-oom"] if stub.reads else [] if stub.grows else ["allow-oom"]
    return (
        f"do\n{source}redis.register_function{{function_name='@LIBRARY@_{name}', "
        f"callback={wrap}(act, {options}), flags={literal(flags)}}}\nend"
    )


def check_header(name: str, stub: type[Act[Any]], source: str) -> None:
    """Compare an act's header with its function and with its stub. Raises `LibraryInvalid` naming what differs."""
    header = _header(source)
    found = _PARAMETERS.search(source)
    compared = {
        "KEYS": (header.get("KEYS"), ["absent"]),
        "ARGV": (header.get("ARGV"), list(stub.__struct_fields__)),
        "RETURNS": (header.get("RETURNS"), [stub.returns]),
        "REFUSES": (sorted(header.get("REFUSES") or []), sorted(stub.refuses)),
        "parameters": (re.findall(r"\w+", found[1]) if found else None, list(stub.__struct_fields__)),
    }
    for part, (says, should) in compared.items():
        if says != should:
            raise LibraryInvalid(f"{name}.lua: {part} are {says}, its stub says {should}")
    codes = set(_REFUSE.findall(source))
    if not codes <= set(stub.refuses) or not codes <= REFUSALS.keys():
        raise LibraryInvalid(f"{name}.lua refuses {sorted(codes - set(stub.refuses))}, which its stub does not say")


def _header(source: str) -> dict[str, list[str]]:
    header: dict[str, list[str]] = {}
    part = ""
    for line in source.splitlines():
        match = _HEADER.match(line)
        if not line.startswith("--"):
            break
        if match:
            part = match[1] or part
            header.setdefault(part, []).extend((match[2] or match[3] or "").split())
    return header
