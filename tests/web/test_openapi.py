"""The OpenAPI document: valid 3.1, one with the addresses that are served, with the doors' own types, and readable."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import jsonschema_rs
import msgspec
import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from schemathesis.specs.openapi.definitions import OPENAPI_31

from lienthong.config.front import PROTOCOLS
from lienthong.web.api import eligibility_schema, fhir_capability, openapi
from lienthong.web.api.eligibility_schema import Answer, Question, Status

_MACHINES = ("api/", "fhir/", "dci/", "health/", "metrics")
DOCUMENT = openapi.document()
OPERATIONS = [
    (path, method, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]


def _addresses(resolver: Any, before: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        address = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _addresses(entry, address)
        elif isinstance(entry, URLPattern) and address.startswith(_MACHINES):
            yield "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", address)


def test_the_document_fits_the_official_schema_of_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    assert [
        error.message for error in jsonschema_rs.validator_for(OPENAPI_31).iter_errors(DOCUMENT)
    ] == []


def test_every_schema_is_a_json_schema() -> None:
    for shape in _shapes():
        assert jsonschema_rs.meta.is_valid(
            {**shape, "$schema": "https://json-schema.org/draft/2020-12/schema"}
        )


def test_document_and_served_addresses_are_the_same() -> None:
    routes = [route.path for module in PROTOCOLS for route in module.ROUTES]
    whole = {path for path in routes if not path.endswith("*")} | set(_addresses(get_resolver()))
    beginnings = [path[:-1] for path in routes if path.endswith("*")]
    told = set(DOCUMENT["paths"])
    below = {path for path in told if path.startswith(tuple(beginnings))}
    assert told - below == whole
    assert [start for start in beginnings if not any(it.startswith(start) for it in below)] == []


def test_methods_are_those_of_the_routes() -> None:
    methods = {route.path: route.methods for module in PROTOCOLS for route in module.ROUTES}
    for path, method, _ in OPERATIONS:
        if path in methods:
            assert method.upper() in methods[path]


def test_fhir_addresses_are_those_of_its_own_statement() -> None:
    said = set()
    for entry in fhir_capability.capability_statement()["rest"][0]["resource"]:
        kind = entry["type"]
        codes = {it["code"] for it in entry.get("interaction", ())}
        said |= {f"/fhir/{kind}/_search"} if "search-type" in codes else set()
        said |= {f"/fhir/{kind}", f"/fhir/{kind}/{{id}}"} if "read" in codes else set()
        said |= {f"/fhir/{kind}/${it['name']}" for it in entry.get("operation", ())}
    told = {path for path, _, _ in OPERATIONS if path.startswith("/fhir/")}
    assert told - {"/fhir/metadata"} == said


def test_the_schemas_are_the_types_that_the_door_reads_and_writes() -> None:
    _, components = msgspec.json.schema_components(
        [Question, Answer, eligibility_schema.Refusal], ref_template="#/components/schemas/{name}"
    )
    for name, schema in components.items():
        assert DOCUMENT["components"]["schemas"][name] == schema
    statuses = DOCUMENT["components"]["schemas"]["Status"]["enum"]
    assert sorted(statuses) == sorted(Status)
    assert not {"name", "dob", "code"} & set(
        DOCUMENT["components"]["schemas"]["Answer"]["properties"]
    )


def test_operations_are_named_once_and_each_has_its_scheme() -> None:
    names = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(names) == len(set(names))
    schemes = set(DOCUMENT["components"]["securitySchemes"])
    used = {name for _, _, it in OPERATIONS for need in it["security"] for name in need}
    assert used == schemes
    tags = {tag["name"] for tag in DOCUMENT["tags"]}
    assert {tag for _, _, it in OPERATIONS for tag in it["tags"]} == tags


@pytest.mark.parametrize(
    "place", [f"{method} {path}" for path, method, it in OPERATIONS if "requestBody" in it]
)
def test_every_example_fits_its_schema(place: str) -> None:
    method, _, path = place.partition(" ")
    for content in DOCUMENT["paths"][path][method]["requestBody"]["content"].values():
        if "example" in content:
            _validator(content["schema"]).validate(content["example"])


def test_the_question_has_an_example_in_every_field() -> None:
    given = {
        name: (it.get("examples") or it["anyOf"][0]["examples"])[0]
        for name, it in DOCUMENT["components"]["schemas"]["Question"]["properties"].items()
    }
    assert msgspec.convert(given, Question).visit_ref == "KB-2026-000123"


def test_no_personal_parameter_stands_in_an_address_but_in_the_old_protocol() -> None:
    personal = {"name", "birthdate", "code", "dob", "maThe", "hoTen", "ngaySinh"}
    bad = [
        path
        for path, _, operation in OPERATIONS
        if not path.startswith(("/fhir/Location", "/fhir/Organization"))
        and personal & {it["name"] for it in operation.get("parameters", ())}
    ]
    assert bad == []


def test_the_document_is_served_as_it_is() -> None:
    response = Client().get("/api/openapi.json")
    assert response["Content-Type"] == "application/json"
    assert json.loads(response.content) == json.loads(json.dumps(DOCUMENT))
    assert Client().post("/api/openapi.json").status_code == 405


def test_the_page_shows_every_operation_and_needs_no_script() -> None:
    response = Client().get("/api/docs")
    page = response.content.decode()
    for path, _, operation in OPERATIONS:
        assert f'id="{operation["operationId"]}"' in page
        assert path in page
    assert "<script" not in page
    assert " style=" not in page
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)
    assert "Mã số BHXH (10 số)" in page


def _shapes() -> Iterator[dict[str, Any]]:
    yield from DOCUMENT["components"]["schemas"].values()
    for _, _, operation in OPERATIONS:
        for holder in (operation.get("requestBody", {}), *operation["responses"].values()):
            for content in holder.get("content", {}).values():
                yield content["schema"]


def _validator(schema: dict[str, Any]) -> Any:
    return jsonschema_rs.validator_for({**schema, "components": DOCUMENT["components"]})


def test_urls_of_examples_are_forms() -> None:
    """A form's example is a flat object: it can be sent as it stands."""
    for _, _, operation in OPERATIONS:
        content = operation.get("requestBody", {}).get("content", {})
        example = content.get("application/x-www-form-urlencoded", {}).get("example")
        assert example is None or urlencode(example)
