"""`/api/v1/temporary-codes`: a hospital's program gets a newborn's code, once, and learns what became of it."""

import json
from typing import Any

import pytest

from lienthong.cards import temporary_links
from lienthong.web.api import temporary
from lienthong.web.api.door import Reply, Trouble
from tests import cards, gateway, hospitals
from tests.births import small_country, system
from tests.officers import run as run_sql
from tests.web.eligibility import NOON, headers

pytestmark = pytest.mark.django_db
_GIVE, _STATE = temporary.ROUTES
_CHILD = {
    "born_on": "2026-11-12",
    "sex": "male",
    "carer_relation": "mother",
    "carer_name": "Trần Thị Bình",
    "mother_personal_id": "003196000456",
    "province_code": "01",
    "admitted_on": "2026-11-12",
}


@pytest.fixture(autouse=True)
def _country(db: None) -> None:
    small_country()
    hospitals.hospital()


def _post(body: Any, **more: str) -> Reply:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    asked = gateway.request("/api/v1/temporary-codes", text, headers=headers() | more)
    return gateway.answer(_GIVE, asked, at=NOON)


def _get(code: str) -> Reply:
    asked = gateway.request(f"/api/v1/temporary-codes/{code}", method="GET", headers=headers())
    return gateway.answer(_STATE, asked, at=NOON)


def _said(reply: Reply) -> dict[str, Any]:
    return json.loads(reply.body)  # type: ignore[no-any-return]


def test_a_code_is_new_once_and_leads_to_the_card_in_the_end() -> None:
    first, again = _post(_CHILD), _post(_CHILD)
    assert (first.status, again.status) == (201, 200)
    code = _said(first)["code"]
    assert (
        _said(first)
        == _said(again)
        == {
            "code": code,
            "state": "waiting",
            "valid_from": "2026-11-12",
            "valid_to": "2027-01-11",
            "facility_code": "01000",
            "card_code": None,
            "card_valid_from": None,
            "card_valid_to": None,
            "request_id": "yc-1",
        }
    )
    cards.active()
    temporary_links.link_codes(by=system(), at=NOON)
    said = _said(_get(code))
    assert said["state"] == "card"
    assert said["card_code"].startswith("TE101")
    assert said["card_valid_to"] == "2032-11-30"


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        (b"{", 400, "E-JSON", None),
        (b"\xff", 400, "E-JSON", None),
        ({**_CHILD, "sex": "x"}, 422, "E-FIELD", "sex"),
        ({**_CHILD, "other": 1}, 422, "E-FIELD", None),
        ({"sex": "male"}, 422, "E-FIELD", "born_on"),
        ({**_CHILD, "born_on": "2027-01-01"}, 422, "E-FIELD", "born_on"),
        ({**_CHILD, "carer_name": ""}, 422, "E-FIELD", "carer_name"),
        ({**_CHILD, "province_code": "99"}, 422, "E-FIELD", "province_code"),
        ({**_CHILD, "carer_name": "A\x00"}, 422, "E-FIELD", "carer_name"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_given(
    body: Any, status: int, code: str, field: str | None
) -> None:
    reply = _post(body)
    said = _said(reply)
    assert (reply.status, said["code"], said["field"]) == (status, code, field)
    assert run_sql("SELECT count(*) FROM cards_temporarycode") == [(0,)]


def test_without_a_token_or_another_type_nothing_is_read() -> None:
    reply = _post(_CHILD, authorization="Bearer x")
    assert (reply.status, "WWW-Authenticate" in reply.headers) == (401, True)
    assert _post(_CHILD, **{"content-type": "text/plain"}).status == 415


def test_over_the_days_number_of_codes_says_when_to_come_back() -> None:
    run_sql("UPDATE cards_lookupsetting SET value = 0 WHERE name = 'temporary_codes_a_day'")
    reply = _post(_CHILD)
    assert (reply.status, _said(reply)["code"]) == (429, "E-LIMIT")
    assert int(reply.headers["Retry-After"]) > 0


@pytest.mark.parametrize("code", ["TE1019900000999", "", "%00", "x"])
def test_a_code_that_is_not_ones_own_is_not_found(code: str) -> None:
    reply = _get(code)
    assert (reply.status, _said(reply)["code"]) == (404, "E-NOT-FOUND")


@pytest.mark.parametrize("why", list(Trouble))
def test_no_trouble_reads_as_an_answer(why: Trouble) -> None:
    reply = _GIVE.trouble(gateway.request("/api/v1/temporary-codes"), why)
    assert reply.status in {405, 408, 413, 503}
    assert "state" not in _said(reply)
