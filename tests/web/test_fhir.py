"""`/fhir/`: each answer fits the models of HL7; nobody is found by less than number, name and birth date; misses alike."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pytest

from lienthong.cards import actions as card_actions
from lienthong.web.api import fhir
from lienthong.web.api.door import Reply, Trouble
from tests import cards, gateway, hospitals
from tests.births import AT, column, message, rows, run, send, small_country, system
from tests.officers import run as run_sql
from tests.web import eligibility as client
from tests.web.eligibility import FORM
from tests.web.fhir import resource

pytestmark = pytest.mark.django_db

NAME, BORN = "NGUYỄN MINH AN", "2026-11-12"
_VERSION = re.compile(r"[0-9a-f]{16}")


@pytest.fixture(autouse=True)
def _country(db: None) -> None:
    small_country()
    hospitals.hospital()


def _code(card_id: int) -> str:
    return str(column("SELECT code FROM cards_card WHERE id = %s", card_id)[0])


def search(kind: str, headers: Mapping[str, str] | None = None, **parameters: str) -> Reply:
    """A search by POST of a client that is signed in."""
    body = urlencode({name.replace("__", ":"): value for name, value in parameters.items()})
    return client.send(f"/fhir/{kind}/_search", body.encode(), headers or client.headers(FORM))


def holder(code: str, name: str = NAME, born: str = BORN) -> dict[str, str]:
    return {"identifier": code, "name": name, "birthdate": born}


def request(code: str, name: str = NAME, born: str = BORN, **changes: Any) -> dict[str, Any]:
    """A CoverageEligibilityRequest with its Patient inside."""
    return {
        "resourceType": "CoverageEligibilityRequest",
        "status": "active",
        "purpose": ["validation", "benefits"],
        "identifier": [{"value": "KB-7"}],
        "patient": {"reference": "#p"},
        "created": "2026-11-20",
        "insurer": {"display": "BHXH"},
        "contained": [
            {
                "resourceType": "Patient",
                "id": "p",
                "identifier": [{"value": code}],
                "name": [{"text": name}],
                "birthDate": born,
            }
        ],
        **changes,
    }


def submit(content: object) -> Reply:
    path = "/fhir/CoverageEligibilityRequest/$submit"
    return client.send(path, json.dumps(content).encode(), client.headers("application/fhir+json"))


# ---------------------------------------------------------------- who is found


def test_a_patient_is_found_by_number_name_and_birth_date() -> None:
    code = _code(cards.active())
    for key in (code, code[5:], f"urn:lienthong:insurance-number|{code[5:]}", "003226000001"):
        bundle = resource(search("Patient", **holder(key, "nguyen minh an")))
        assert (bundle["total"], len(bundle["entry"])) == (1, 1)
        found = bundle["entry"][0]["resource"]
        resource(Reply(200, json.dumps(found).encode(), fhir.MEDIA_TYPE))
        assert found["name"][0]["text"] == NAME
        assert (found["name"][0]["family"], found["name"][0]["given"]) == ("NGUYỄN", ["MINH", "AN"])
        assert found["birthDate"] == BORN
        assert _VERSION.fullmatch(found["meta"]["versionId"])
        assert "address" not in found
        systems = {it["system"] for it in found["identifier"]}
        asked_by_id = key == "003226000001"
        assert ("urn:lienthong:personal-id" in systems) == asked_by_id


def test_a_coverage_is_found_by_its_holder() -> None:
    code = _code(cards.active())
    parameters = {f"beneficiary.{name}": value for name, value in holder(code).items()}
    bundle = resource(search("Coverage", **parameters))
    found = bundle["entry"][0]["resource"]
    resource(Reply(200, json.dumps(found).encode(), fhir.MEDIA_TYPE))
    assert found["identifier"] == [{"system": "urn:lienthong:card-code", "value": code}]
    assert found["status"] == "active"
    assert found["period"] == {"start": "2026-11-12", "end": "2032-11-30"}
    assert found["extension"][0]["valueReference"] == {
        "reference": "Organization/facility-01013",
        "display": "Cơ sở 01013",
    }
    assert NAME not in json.dumps(bundle, ensure_ascii=False)
    again = resource(search("Coverage", **parameters))["entry"][0]["resource"]
    assert (again["id"], again["meta"]) == (found["id"], found["meta"])


def test_a_card_taken_away_is_a_cancelled_coverage_and_a_withdrawn_registration_is_nobody() -> None:
    card_id = cards.active()
    (dossier_id,) = column("SELECT dossier_id FROM cards_card WHERE id = %s", card_id)
    card_actions.revoke([dossier_id], by=system(), at=AT, reason="REDUCED")
    parameters = {f"patient.{name}": value for name, value in holder(_code(card_id)).items()}
    found = resource(search("Coverage", **parameters))["entry"][0]["resource"]
    assert (found["status"], found["period"]["end"]) == ("cancelled", "2026-11-20")
    other = cards.active(2, nksHoTen="LÊ VĂN HAI")
    (dossier_id,) = column("SELECT dossier_id FROM cards_card WHERE id = %s", other)
    card_actions.revoke([dossier_id], by=system(), at=AT, reason="CANCELLED_BY_SENDER")
    gone = resource(search("Patient", **holder(_code(other), "LÊ VĂN HAI")))
    assert gone["total"] == 0


def test_a_child_without_a_card_is_a_patient_without_coverage() -> None:
    send(message(1))
    run()
    assert resource(search("Patient", **holder("003226000001")))["total"] == 1
    parameters = {f"beneficiary.{name}": value for name, value in holder("003226000001").items()}
    assert resource(search("Coverage", **parameters))["total"] == 0


@pytest.mark.rule("INV-30")
@pytest.mark.parametrize("kind", ["Patient", "Coverage"])
def test_every_miss_is_the_same_bytes(kind: str) -> None:
    code = _code(cards.active())
    before = "" if kind == "Patient" else "beneficiary."
    misses = [
        search(kind, **{before + name: value for name, value in asked.items()})
        for asked in (
            holder("0000000000"),
            holder("không phải mã"),
            holder(f"urn:oid:2.16.840|{code[5:]}"),
            holder(code, "TRẦN VĂN BA"),
            holder(code, NAME, "2026-11-13"),
        )
    ]
    assert len({(it.status, it.body, tuple(it.headers.items())) for it in misses}) == 1
    assert resource(misses[0]) == {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": 0,
        "link": [{"relation": "self", "url": f"{kind}/_search"}],
    }


@pytest.mark.rule("INV-28")
def test_each_search_is_logged_with_what_it_showed() -> None:
    card_id = cards.active()
    search("Patient", **holder(_code(card_id)))
    search("Patient", **holder("0000000000"))
    assert rows(
        "SELECT action, subject_id, fields, detail ->> 'name' FROM audit_entry"
        " WHERE by = 'machine:01929_BV' ORDER BY id"
    ) == [
        ("viewed", card_id, ["full_name", "birth_date", "sex"], "fhir.Patient"),
        ("lookup.missed", None, [], "fhir.Patient"),
    ]
    assert rows("SELECT hit_count, miss_count FROM cards_lookupday") == [(1, 1)]


# ---------------------------------------------------------------- eligibility


def test_eligibility_in_force_says_until_when_and_at_which_level() -> None:
    code = _code(cards.active())
    told = resource(submit(request(code)))
    assert (told["outcome"], told["purpose"]) == ("complete", ["validation", "benefits"])
    (cover,) = told["insurance"]
    assert (cover["inforce"], cover["benefitPeriod"]) == (True, {"end": "2032-11-30"})
    assert cover["item"][0]["category"]["coding"][0]["code"] == "1"
    assert NAME not in json.dumps(told, ensure_ascii=False)
    ((visit,),) = rows("SELECT length(detail ->> 'visit') FROM audit_entry WHERE action = 'viewed'")
    assert visit == 64


def test_eligibility_on_a_day_without_cover() -> None:
    code = _code(cards.active())
    told = resource(submit(request(code, servicedDate="2026-11-11")))
    (cover,) = told["insurance"]
    assert (told["outcome"], cover["inforce"]) == ("complete", False)
    assert "benefitPeriod" not in cover


@pytest.mark.rule("INV-33")
def test_eligibility_of_nobody_says_nothing_about_cover() -> None:
    code = _code(cards.active())
    said = []
    for asked in (
        request("0000000000"),
        request(code, "TRẦN VĂN BA"),
        request(code, born="2026-11-13"),
    ):
        told = resource(submit(asked))
        assert told["outcome"] == "error"
        assert told["error"][0]["code"]["coding"][0]["code"] == "NO_MATCH"
        assert "insurance" not in told
        told["patient"]["identifier"]["value"] = ""
        said.append(told)
    assert said[0] == said[1] == said[2]


def test_a_request_may_come_in_a_bundle_with_its_patient() -> None:
    code = _code(cards.active())
    asked = request(code, patient={"reference": "urn:uuid:1"})
    (child,) = asked.pop("contained")
    child["name"] = [{"family": "Nguyễn", "given": ["Minh", "An"]}]
    entries = [{"resource": asked}, {"fullUrl": "urn:uuid:1", "resource": child}]
    told = resource(submit({"resourceType": "Bundle", "type": "collection", "entry": entries}))
    assert told["insurance"][0]["inforce"] is True


@pytest.mark.parametrize(
    "content",
    [
        {},
        [],
        "x",
        {"resourceType": "Bundle"},
        {"resourceType": "Bundle", "entry": [{"resource": 5}]},
        {"resourceType": "Bundle", "entry": [5]},
        {"resourceType": "Patient"},
        request("0000000000", purpose=[]),
        request("0000000000", purpose=["discovery"]),
        request("0000000000", patient={"reference": "#q"}),
        request("0000000000", patient={"reference": "Patient/1"}),
        request("0000000000", patient={}),
        request("0000000000", patient=5),
        request("0000000000", name=""),
        request("0000000000", born="2026"),
        request("A\x00B"),
        request("0000000000", servicedDate="20/11/2026"),
        request("0000000000", servicedDate="2020-01-01"),
        request("0000000000", contained=[{"resourceType": "Patient", "id": "p", "name": "x"}]),
    ],
)
def test_what_is_no_request_is_refused_before_anybody_is_looked_for(content: object) -> None:
    reply = submit(content)
    assert 400 <= reply.status < 500
    assert resource(reply)["resourceType"] == "OperationOutcome"
    assert rows("SELECT count(*) FROM audit_entry WHERE by = 'machine:01929_BV'") == [(0,)]


@pytest.mark.parametrize("body", [b"", b"\xff", b"[" * 50_000, b'{"a":' * 10_000])
def test_bodies_that_are_no_json(body: bytes) -> None:
    path = "/fhir/CoverageEligibilityRequest/$submit"
    reply = client.send(path, body, client.headers("application/json"))
    assert (reply.status, resource(reply)["issue"][0]["code"]) == (400, "structure")


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("method", "path", "query", "status"),
    [
        ("GET", "Patient", "identifier=0123456789&name=A&birthdate=2026-11-12", 405),
        ("GET", "Patient/_search", "identifier=0123456789", 405),
        ("GET", "Patient/0123456789", "", 405),
        ("GET", "Coverage", "", 405),
        ("GET", "Coverage/1", "", 405),
        ("POST", "Patient", "", 405),
        ("GET", "CoverageEligibilityRequest/1", "", 405),
        ("POST", "Patient/_search", "identifier=0123456789", 400),
        ("POST", "metadata", "", 405),
        ("GET", "Observation", "", 404),
        ("GET", "", "", 404),
        ("GET", "CoverageEligibilityResponse/1", "", 404),
        ("GET", "Location/facility-99999", "", 404),
        ("GET", "Location/unit-TE01001", "", 404),
        ("GET", "Location/x%00y", "", 404),
        ("GET", "Location/a/b", "", 404),
        ("GET", "Location", "near=1", 400),
        ("GET", "Location", "name=a%00b", 400),
        ("GET", "Location", "name=%ff", 400),
        ("GET", "Location", "_count=-1", 400),
        ("GET", "Location", "name=a&name=b", 400),
        ("GET", "metadata", "_format=xml", 406),
        ("POST", "Location/_search", "", 415),
    ],
)
def test_every_refusal_is_an_operation_outcome(
    method: str, path: str, query: str, status: int
) -> None:
    reply = client.send(f"/fhir/{path}", b"", {}, method=method, query=query)
    assert reply.status == status
    told = resource(reply)
    assert told["resourceType"] == "OperationOutcome"
    assert told["issue"][0]["diagnostics"]


@pytest.mark.parametrize(
    "parameters",
    [
        {"identifier": "0123456789"},
        {"identifier": "0123456789", "name": NAME},
        {"identifier": "0123456789", "birthdate": BORN},
        {"name": NAME, "birthdate": BORN},
        holder("0123456789", born="2026-11"),
        holder("0123456789", born="gt2026-11-12"),
        holder("0123456789,0123456790"),
        holder("0123456789", "AN,BA"),
        holder("0123456789", "A\x00B"),
        holder("0123456789", "A" * 300),
        holder("0123456789") | {"gender": "male"},
        holder("0123456789") | {"name:exact": "A"},
    ],
)
def test_nobody_is_searched_for_by_less(parameters: dict[str, str]) -> None:
    body = urlencode(parameters).encode()
    reply = client.send("/fhir/Patient/_search", body, client.headers(FORM))
    assert reply.status == 400
    assert resource(reply)["resourceType"] == "OperationOutcome"


def test_without_a_token_or_beyond_a_limit_nothing_is_told() -> None:
    for path in ("Patient/_search", "Coverage/_search", "CoverageEligibilityRequest/$submit"):
        reply = client.send(f"/fhir/{path}", b"", {"content-type": FORM})
        assert (reply.status, resource(reply)["issue"][0]["code"]) == (401, "login")
    hospitals.hospital(minute_limit=1)
    search("Patient", **holder("0000000000"))
    reply = search("Patient", **holder("0000000000"))
    assert (reply.status, resource(reply)["issue"][0]["code"]) == (429, "throttled")
    assert int(reply.headers["Retry-After"]) >= 1


@pytest.mark.rule("INV-33")
def test_trouble_is_transient_and_never_an_empty_bundle() -> None:
    for why in Trouble:
        reply = fhir.trouble(gateway.request("/fhir/Patient/_search"), why)
        assert reply.status >= 400
        assert resource(reply)["resourceType"] == "OperationOutcome"
    run_sql("UPDATE cards_lookupsetting SET value = 0 WHERE name = 'is_open'")
    reply = search("Patient", **holder("0000000000"))
    assert (reply.status, resource(reply)["issue"][0]["code"]) == (503, "transient")
