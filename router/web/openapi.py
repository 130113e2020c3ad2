"""The OpenAPI document, made of the table of operations and the structs of the wire."""

from __future__ import annotations

import inspect
import json
import re
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import msgspec

from router.domain.refusals import REFUSALS
from router.domain.wire.answers import Problem
from router.web.operation import EVERYBODY
from router.web.problems import COME_AGAIN, PROBLEM

if TYPE_CHECKING:
    from collections.abc import Iterable

    from router.web.operation import Operation

ALWAYS: Final = (
    "malformed",
    "unauthorized",
    "wrong_role",
    "unknown_workspace",
    "too_slow",
    "too_large",
    "store_away",
    "not_replicated",
)
"""What every operation may refuse."""

NAME_MAX: Final = 200
"""Characters of a name in an address."""

_REF: Final = "#/components/schemas/"

Json = dict[str, Any]


def refusals_of(operation: Operation) -> tuple[str, ...]:
    """The codes that an operation may answer, in the order of the table."""
    codes = {*ALWAYS, *operation.refuses}
    if operation.own_agent:
        codes.add("unknown_agent")
    if operation.socket is not None:
        codes.add("foreign_origin")
    return tuple(code for code in REFUSALS if code in codes)


def openapi_document(operations: Iterable[Operation], workspace: str) -> Json:
    """The whole document, for one workspace's server."""
    operations = tuple(operations)
    used = (struct for each in operations for struct in (each.body, each.answer, *each.frames))
    structs = {struct: None for struct in used if struct is not None}
    schemas, components = _components((*structs, Problem))
    shown = dict(zip((*structs, Problem), schemas, strict=True))
    paths: dict[str, Json] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, shown)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Contact router",
            "version": version("contact-router"),
            "description": "Routes customers' contacts to agents. Answers have every field, unknown is null; requests "
            "with unknown fields are refused. Times are RFC 3339 in UTC with milliseconds, durations seconds.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/v1/{workspace}", "variables": {"workspace": {"default": workspace}}}],
        "security": [{"bearer": []}],
        "tags": [{"name": name} for name in dict.fromkeys(_part(each) for each in operations)],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token of `contact-router token create`; from a browser's socket the subprotocols "
                    "`contact-router.v1` and `bearer.TOKEN`.",
                }
            },
        },
        "x-roles": sorted(EVERYBODY),
        "x-refusals": [
            {"code": kind.code, "status": kind.status, "meaning": kind.meaning} for kind in REFUSALS.values()
        ],
    }


def _components(structs: tuple[type[msgspec.Struct], ...]) -> tuple[tuple[Json, ...], Json]:
    """The schemas of structs. Of two structs of one name, that of another module than the answers' bears its name."""
    schemas, components = msgspec.json.schema_components(structs, ref_template=_REF + "{name}")
    names = {name: _short(name) for name in components}
    text = json.dumps([schemas, components])
    for name, short in names.items():
        text = text.replace(f'"{_REF}{name}"', f'"{_REF}{short}"')
    schemas, components = json.loads(text)
    named: Json = {}
    for name, schema in sorted(components.items()):
        if "description" in schema:
            schema["description"] = inspect.cleandoc(schema["description"])
        named[names[name]] = schema
    return tuple(schemas), named


def _short(name: str) -> str:
    module, _, struct = name.rpartition(".")
    origin = module.rpartition(".")[2]
    return struct if origin in {"", "answers"} else f"{origin.removesuffix('s').capitalize()}{struct}"


def _operation(operation: Operation, shown: dict[type[msgspec.Struct], Json]) -> Json:
    said: Json = {
        "operationId": operation.name,
        "tags": [_part(operation)],
        "summary": operation.summary,
        "description": _description(operation),
        "x-roles": sorted(operation.roles),
        "parameters": [*_of_path(operation), *_of_query(operation), *_of_headers(operation)],
        "responses": _responses(operation, shown),
    }
    if operation.body is not None:
        required = any(field.required for field in msgspec.structs.fields(operation.body))
        said["requestBody"] = {
            "required": required,
            "content": {"application/json": {"schema": shown[operation.body]}},
        }
    if operation.raw is not None:
        said["requestBody"] = {"required": True, "content": {operation.raw: {"schema": {"type": "string"}}}}
    if operation.do is not None:
        said["x-do"] = operation.do
    if operation.socket is not None:
        said["x-websocket"] = {"tells": [shown[frame] for frame in operation.frames]}
    return said


def _part(operation: Operation) -> str:
    return operation.path.split("/")[1]


def _description(operation: Operation) -> str:
    lines = [
        inspect.getdoc(operation.handler or operation.socket) or operation.summary,
        f"Roles: {', '.join(sorted(operation.roles))}.",
    ]
    if operation.own_agent and "agent" in operation.roles:
        lines.append("An agent's token may name only its own agent.")
    if operation.do is not None:
        lines.append(f"On the agent's socket: `do` = `{operation.do}`.")
    if operation.socket is not None:
        lines.append("A websocket.")
    return "\n\n".join(lines)


def _of_path(operation: Operation) -> list[Json]:
    schema = {"type": "string", "minLength": 1, "maxLength": NAME_MAX}
    names = re.findall(r"\{(\w+)\}", operation.path)
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name in names]


def _of_query(operation: Operation) -> list[Json]:
    if operation.query is None:
        return []
    (schema,), components = msgspec.json.schema_components((operation.query,))
    fields: Json = components[schema["$ref"].rpartition("/")[2]]["properties"]
    said: list[Json] = []
    for field in msgspec.structs.fields(operation.query):
        parameter: Json = {"name": field.encode_name, "in": "query", "required": field.required}
        schema = _without_null(fields[field.encode_name])
        meaning = schema.pop("description", None)
        if meaning:
            parameter["description"] = meaning
        said.append(parameter | {"schema": schema})
    return said


def _without_null(schema: Json) -> Json:
    """A query's parameter is given or left out, never null."""
    if "anyOf" not in schema:
        return schema
    rest = {name: value for name, value in schema.items() if name not in {"anyOf", "default"}}
    kinds = [kind for kind in schema["anyOf"] if kind != {"type": "null"}]
    return {**rest, **kinds[0]} if len(kinds) == 1 else {**rest, "anyOf": kinds}


def _of_headers(operation: Operation) -> list[Json]:
    headers: list[Json] = []
    if operation.method == "POST":
        headers.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "description": "The same key and body again is answered as the first time.",
                "schema": {"type": "string", "minLength": 1, "maxLength": NAME_MAX, "pattern": "^[!-~]+$"},
            }
        )
    if "stale" in operation.refuses:
        headers.append(
            {
                "name": "If-Match",
                "in": "header",
                "description": "The contact's version that the caller has seen.",
                "schema": {"type": "string", "pattern": '^("[0-9]{1,15}"|[0-9]{1,15})$'},
            }
        )
    return headers


def _responses(operation: Operation, shown: dict[type[msgspec.Struct], Json]) -> Json:
    responses: Json = {}
    if operation.socket is not None:
        responses["101"] = {"description": "The socket is open."}
    else:
        done: Json = {"description": "Done."}
        if operation.answer is not None:
            done["content"] = {"application/json": {"schema": shown[operation.answer]}}
        responses[str(operation.status)] = done
        if operation.repeated is not None:
            responses[str(operation.repeated)] = done | {"description": "Had been done before."}
    by_status: dict[int, list[str]] = {}
    for code in refusals_of(operation):
        by_status.setdefault(REFUSALS[code].status, []).append(code)
    for status, codes in sorted(by_status.items()):
        responses[str(status)] = _refused(status, codes, shown[Problem])
    return responses


def _refused(status: int, codes: list[str], problem: Json) -> Json:
    properties = {"status": {"const": status}, "code": {"enum": codes}}
    said: Json = {
        "description": "\n".join(f"`{code}`: {REFUSALS[code].meaning}" for code in codes),
        "content": {PROBLEM: {"schema": {"allOf": [problem, {"properties": properties}]}}},
    }
    if status in COME_AGAIN:
        said["headers"] = {"Retry-After": {"schema": {"type": "integer", "minimum": 1}, "description": "Seconds."}}
    return said
