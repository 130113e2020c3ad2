"""The documentation says what the table says, validly."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, cast

import jsonschema_rs
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31

from router.domain.refusals import REFUSALS
from router.web.openapi import openapi_document, refusals_of
from router.web.table import OPERATIONS
from tests.helpers.service import service_on
from tests.web.test_contacts import OPERATION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from router.web.operation import Operation
    from tests.helpers.servers import Server

DOCUMENT = openapi_document(OPERATIONS, "main")


def schemas_in(node: Any) -> Iterator[Any]:
    """Every schema of the document, wherever it stands."""
    inner: list[Any] = []
    if isinstance(node, dict):
        tree = cast("dict[str, Any]", node)
        inner = list(tree.values())
        if "schema" in tree:
            yield tree["schema"]
    elif isinstance(node, list):
        inner = cast("list[Any]", node)
    for value in inner:
        yield from schemas_in(value)


def test_the_document_is_openapi_3_1() -> None:
    errors = [(list(error.instance_path), error.message) for error in jsonschema_rs.iter_errors(OPENAPI_31, DOCUMENT)]
    assert not errors


def test_every_schema_is_one_and_every_reference_leads_somewhere() -> None:
    for schema in [*schemas_in(DOCUMENT["paths"]), *DOCUMENT["components"]["schemas"].values()]:
        jsonschema_rs.meta.validate(schema)
    for name in re.findall(r'"\$ref": "([^"]*)"', json.dumps(DOCUMENT)):
        assert name.removeprefix("#/components/schemas/") in DOCUMENT["components"]["schemas"]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_an_operation_is_documented_whole(operation: Operation) -> None:
    said = DOCUMENT["paths"][operation.path][operation.method.lower()]
    assert said["operationId"] == operation.name
    assert said["x-roles"] == sorted(operation.roles)
    assert all(role in said["description"] for role in operation.roles)
    assert {p["name"] for p in said["parameters"] if p["in"] == "path"} == set(re.findall(r"{(\w+)}", operation.path))
    assert ("requestBody" in said) == (operation.body is not None or operation.raw is not None)
    if operation.socket is not None:
        assert [frame["$ref"].rpartition("/")[2] for frame in said["x-websocket"]["tells"]] == [
            frame.__name__ for frame in operation.frames
        ]
        assert operation.frames
        assert "101" in said["responses"]
    for code in refusals_of(operation):
        answer = said["responses"][str(REFUSALS[code].status)]
        assert code in answer["description"]
        assert code in answer["content"]["application/problem+json"]["schema"]["allOf"][1]["properties"]["code"]["enum"]


def test_names_are_unique() -> None:
    names = [operation.name for operation in OPERATIONS]
    assert sorted(set(names)) == sorted(names)
    rows = [(operation.method, operation.path) for operation in OPERATIONS]
    assert len(set(rows)) == len(rows)


async def test_it_is_served_to_everybody(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        root = service.url.partition("/v1/")[0]
        async with service.session.get(f"{root}/openapi.json") as said:
            document = await said.json()
        assert said.status == 200
        workspace = service.served.engine.workspace
        assert document == json.loads(json.dumps(openapi_document(OPERATIONS, workspace)))
        assert document["servers"][0]["variables"]["workspace"]["default"] == workspace
