"""The directory below `/fhir/`, and what the server says of itself: open to all, page by page, in HL7's models."""

import re

import pytest
from django.db import connection

from lienthong.catalogues import directory
from lienthong.web.api import fhir_directory
from lienthong.web.api.door import Reply
from tests.births import ON, UNDECLARED, declare, small_country
from tests.officers import become
from tests.officers import run as run_sql
from tests.web import eligibility as client
from tests.web.eligibility import FORM
from tests.web.fhir import resource

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _country(db: None) -> None:
    small_country()


def test_the_statement_names_every_interaction_and_no_other() -> None:
    told = resource(client.send("/fhir/metadata", method="GET"))
    assert (told["fhirVersion"], told["kind"]) == ("4.0.1", "instance")
    listed = {it["type"]: it for it in told["rest"][0]["resource"]}
    said = {
        kind: {each["code"] for each in it.get("interaction", [])}
        | {f"${each['name']}" for each in it.get("operation", [])}
        for kind, it in listed.items()
    }
    assert said == {
        "Patient": {"search-type"},
        "Coverage": {"search-type"},
        "Location": {"read", "search-type"},
        "Organization": {"read", "search-type"},
        "CoverageEligibilityRequest": {"$submit"},
        "CoverageEligibilityResponse": set(),
    }


def get(path: str, query: str = "", **headers: str) -> Reply:
    named = {"host": "127.0.0.1:8000"} | {k.replace("_", "-"): v for k, v in headers.items()}
    return client.send(f"/fhir/{path}", b"", named, method="GET", query=query)


def test_a_facility_is_an_organization_and_a_location() -> None:
    place = resource(get("Location/facility-01013"))
    assert (place["status"], place["name"]) == ("active", "Cơ sở 01013")
    assert place["address"]["country"] == "VN"
    who = resource(get(place["managingOrganization"]["reference"]))
    assert who["identifier"] == [{"system": "urn:lienthong:facility-code", "value": "01013"}]
    unit = resource(get("Organization/unit-TE01001"))
    assert unit["type"][0]["coding"][0]["code"] == "pay"


def test_a_version_that_is_known_is_not_sent_again() -> None:
    reply = get("Location/facility-01013")
    assert reply.headers["ETag"] == f'W/"{resource(reply)["meta"]["versionId"]}"'
    again = get("Location/facility-01013", if_none_match=reply.headers["ETag"])
    assert (again.status, again.body) == (304, b"")


def test_the_directory_is_leafed_through_page_by_page() -> None:
    declare("00DV1", UNDECLARED)
    seen: list[str] = []
    query = "_count=1"
    for _ in range(10):
        bundle = resource(get("Organization", query))
        seen += [it["resource"]["id"] for it in bundle["entry"]]
        links = {it["relation"]: it["url"] for it in bundle["link"]}
        if "next" not in links:
            break
        query = links["next"].partition("?")[2]
    assert seen == [
        "facility-01013",
        "facility-01A08",
        "unit-00DV1",
        "unit-TE01001",
        "unit-TE01002",
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("identifier=01013", ["facility-01013"]),
        ("identifier=urn:lienthong:unit-code|TE01001", ["unit-TE01001"]),
        ("identifier=urn:lienthong:facility-code|TE01001", []),
        ("identifier=urn:x|01013", []),
        ("_id=facility-01A08", ["facility-01A08"]),
        ("_id=facility-01A08&identifier=01013", []),
        ("name=c%C6%A1+s%E1%BB%9F+01a", ["facility-01A08"]),
        ("name=01013", []),
        ("name:contains=01013", ["facility-01013"]),
        ("name=%25", []),
        ("type=prov", ["facility-01013", "facility-01A08"]),
        ("type=pay", ["unit-TE01001", "unit-TE01002"]),
        ("type=other", []),
        ("_count=0", []),
    ],
)
def test_the_directory_is_searched(query: str, found: list[str]) -> None:
    by_get = resource(get("Organization", query))
    assert [it["resource"]["id"] for it in by_get.get("entry", [])] == found
    by_post = client.send("/fhir/Organization/_search", query.encode(), {"content-type": FORM})
    assert [it["resource"]["id"] for it in resource(by_post).get("entry", [])] == found


def test_no_more_than_a_page_is_given_at_once() -> None:
    run_sql(
        "INSERT INTO catalogues_facility (code, name, province_code, commune_code, level, registers_children,"
        " contract, declared_on) SELECT '01' || to_char(n, 'FM000'), 'Trạm ' || n, '01', '', '', false, daterange('2020-01-01', NULL), '2026-01-01'"
        " FROM generate_series(100, 299) AS n"
    )
    assert len(resource(get("Location", "_count=5000"))["entry"]) == directory.MOST - 1
    become("lienthong_gateway")
    with connection.cursor() as cursor:
        everything = directory.Asked("facility", most=5000)
        assert len(directory.entries(cursor, everything, on=ON)) == directory.MOST
    become("lienthong_worker")
    assert len(resource(get("Location"))["entry"]) == 20


@pytest.mark.parametrize("code", ["TE01001", "TE-01.001", "Đơn vị 5", "a.2e.b", "unit-"])
def test_ids_take_every_code_and_lead_back(code: str) -> None:
    made = fhir_directory.id_of("unit", code)
    assert re.fullmatch(r"[A-Za-z0-9\-.]{1,64}", made)
    assert fhir_directory.key_of_id(made) == ("unit", code)
