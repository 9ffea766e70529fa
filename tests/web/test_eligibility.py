"""`/api/v1`: four answers of one shape and length, never a name; every miss alike; nothing that reads as "not insured"."""

import base64
import json
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection

from lienthong.cards import actions as card_actions
from lienthong.cards.lookup import CardAnswer, Verdict
from lienthong.web.api import eligibility as door
from lienthong.web.api.door import Trouble
from lienthong.web.api.eligibility_schema import PADDED_BYTES, Status
from tests import cards, gateway, hospitals
from tests.births import AT, ON, column, message, rows, run, send, small_country, system
from tests.officers import run as run_sql
from tests.web import eligibility as client
from tests.web.eligibility import ask, document

pytestmark = pytest.mark.django_db

NAME, BORN = "NGUYỄN MINH AN", "2026-11-12"
_CHANGING = re.compile(rb'"(checked_at|request_id)":"[^"]*"')


@pytest.fixture(autouse=True)
def _country(db: None) -> None:
    small_country()
    hospitals.hospital()


def _code(card_id: int) -> str:
    return str(column("SELECT code FROM cards_card WHERE id = %s", card_id)[0])


def test_a_card_in_force_is_valid_until_its_last_day() -> None:
    code = _code(cards.active())
    for key in (code, code[5:], "003226000001"):
        reply = ask(key, "nguyen minh an", BORN)
        assert reply.status == 200
        assert document(reply) == {
            "status": "VALID",
            "valid_to": "2032-11-30",
            "benefit_level": 1,
            "card_version": 1,
            "checked_at": "2026-11-20T12:00:00+07:00",
            "request_id": "yc-1",
        }


@pytest.mark.rule("INV-30")
def test_every_miss_is_the_same_bytes() -> None:
    code = _code(cards.active())
    misses = [
        ask("0000000000", NAME, BORN),
        ask("KHÔNG PHẢI MÃ", NAME, BORN),
        ask(f"TE199{code[5:]}", NAME, BORN),
        ask("QN5970123456789", NAME, BORN),
        ask(code, "TRẦN VĂN BA", BORN),
        ask(code, "NGÔ MẠNH ÂU", BORN),
        ask(code, NAME, "2026-11-13"),
    ]
    for number in range(10):
        ask(f"{number:010}", "LÊ VĂN HAI", "2020-01-01")
    misses.append(ask(code, "LÊ VĂN HAI", "2020-01-01"))
    assert {(it.status, it.content_type, tuple(it.headers.items())) for it in misses} == {
        (200, "application/json; charset=utf-8", ())
    }
    assert len({_CHANGING.sub(b"", it.body) for it in misses}) == 1
    assert document(misses[0]) | {"checked_at": "", "request_id": ""} == {
        "status": "NO_MATCH",
        "valid_to": None,
        "benefit_level": None,
        "card_version": None,
        "checked_at": "",
        "request_id": "",
    }


def test_hits_misses_and_trouble_are_of_one_length() -> None:
    code = _code(cards.active())
    asked = gateway.request("/api/v1/eligibility")
    every = [
        ask(code, NAME, BORN),
        ask("0000000000", NAME, BORN),
        ask(code, NAME, BORN, at="2026-11-11"),
        door.trouble(asked, Trouble.DATABASE),
    ]
    assert {len(it.body) for it in every} == {PADDED_BYTES}
    assert [document(it)["status"] for it in every] == ["VALID", "NO_MATCH", "NOT_VALID", "UNKNOWN"]


def test_no_answer_holds_a_name_a_number_or_an_address() -> None:
    code = _code(cards.active())
    for reply in (ask(code, "nguyen minh an", BORN), ask(code, NAME, BORN, at="2026-11-11")):
        told = reply.body.decode()
        for personal in ("NGUY", "MINH", code, code[5:], "003226000001", "ngõ", "01013", BORN):
            assert personal not in told


@pytest.mark.parametrize("at", ["2025-11-19", "2026-11-20", "2026-12-21"])
def test_days_from_a_year_back_to_a_month_ahead_may_be_asked_about(at: str) -> None:
    assert ask("0000000000", NAME, BORN, at=at).status == 200


def test_a_day_outside_the_cover_is_not_valid_and_tells_no_end() -> None:
    code = _code(cards.active())
    told = document(ask(code, NAME, BORN, at="2026-11-11"))
    assert (told["status"], told["valid_to"], told["benefit_level"]) == ("NOT_VALID", None, None)
    assert told["card_version"] == 1


@pytest.mark.rule("INV-33")
def test_a_child_whose_card_is_not_there_yet_is_no_match() -> None:
    send(message(1))
    run()
    assert document(ask("003226000001", NAME, BORN))["status"] == "NO_MATCH"


@pytest.mark.parametrize(
    ("reason", "status"),
    [("CANCELLED_BY_SENDER", "NO_MATCH"), ("REDUCED", "NOT_VALID"), ("N-DECEASED", "NOT_VALID")],
)
def test_a_card_taken_away(reason: str, status: str) -> None:
    card_id = cards.active()
    (dossier_id,) = column("SELECT dossier_id FROM cards_card WHERE id = %s", card_id)
    card_actions.revoke([dossier_id], by=system(), at=AT, reason=reason)
    assert document(ask(_code(card_id), NAME, BORN))["status"] == status


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_has_its_answer(verdict: Verdict) -> None:
    """The whole table, so that a new verdict never becomes "not insured" by itself."""
    not_valid = {"expired", "not_yet", "replaced_expired", "reduced", "moved_out", "moved_within"}
    not_valid |= {"added_again", "stopped"}
    unknown = {"closed", "staff_unknown", "staff_name"}
    expected = (
        Status.VALID
        if verdict in {"valid", "replaced_valid"}
        else Status.NOT_VALID
        if verdict in not_valid
        else Status.UNKNOWN
        if verdict in unknown
        else Status.NO_MATCH
    )
    assert door.status_of(CardAnswer(verdict), ON)[0] is expected


def test_an_old_code_counts_as_the_card_that_took_its_place() -> None:
    answer = CardAnswer(
        Verdict.REPLACED_EXPIRED,
        valid_to=ON - timedelta(1),
        new_valid_from=ON,
        new_valid_to=date(2032, 11, 30),
    )
    assert door.status_of(answer, ON) == (Status.VALID, date(2032, 11, 30))
    assert door.status_of(answer, ON - timedelta(1)) == (Status.NOT_VALID, None)


def test_calls_beyond_the_limit_say_when_to_come_again() -> None:
    hospitals.hospital(minute_limit=1)
    ask("0000000000", NAME, BORN)
    reply = ask("0000000000", NAME, BORN)
    assert (reply.status, document(reply)["status"]) == (429, "UNKNOWN")
    assert 1 <= int(reply.headers["Retry-After"]) <= 60


@pytest.mark.rule("INV-33")
def test_a_closed_door_and_every_trouble_are_unknown_or_a_refusal() -> None:
    run_sql("UPDATE cards_lookupsetting SET value = 0 WHERE name = 'is_open'")
    reply = ask("0000000000", NAME, BORN)
    assert (reply.status, document(reply)["status"]) == (503, "UNKNOWN")
    for why in Trouble:
        reply = door.trouble(gateway.request("/api/v1/eligibility"), why)
        assert reply.status >= 400
        assert document(reply).get("status", "UNKNOWN") == "UNKNOWN"
        if reply.status == 503:
            assert reply.headers["Retry-After"] == "5"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"visit_ref": None}, "visit_ref"),
        ({"dob": "12/11/2026"}, "dob"),
        ({"dob": "2026-11"}, "dob"),
        ({"code": 5}, "code"),
        ({"name": ""}, "name"),
        ({"name": "A\x00B"}, "name"),
        ({"name": "A\ud800"}, "name"),
        ({"At": "2026-11-20"}, ""),
        ({"at": "2025-11-18"}, "at"),
        ({"at": "2026-12-22"}, "at"),
    ],
)
def test_a_question_that_is_not_one_is_refused_by_its_field(
    changes: dict[str, Any], field: str
) -> None:
    reply = ask(**{"code": "0000000000", "name": NAME, "born": BORN, **changes})
    said = document(reply)
    assert reply.status in {400, 422}
    if reply.status == 422:
        assert said["field"] == (field or None)
    assert set(said) == {"code", "field", "message_vi", "request_id"}
    assert rows("SELECT count(*) FROM audit_entry WHERE by = 'machine:01929_BV'") == [(0,)]


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"[" * 50_000, "application/json", 422),
        (b'{"a":' * 10_000, "application/json", 422),
        (b"{}", "text/plain", 415),
        (b"{}", "application/json; charset=utf-8", 422),
    ],
)
def test_bodies_that_are_no_question(body: bytes, content_type: str, status: int) -> None:
    reply = client.send("/api/v1/eligibility", body, client.headers(content_type))
    assert reply.status == status


def test_the_visit_is_logged_as_a_keyed_hash_and_what_was_shown_is_named() -> None:
    card_id = cards.active()
    ask(_code(card_id), NAME, BORN, visit_ref="KB-2026-7")
    ((action, subject, fields, request, detail),) = rows(
        "SELECT action, subject_id, fields, request_id, detail::text FROM audit_entry"
        " WHERE by = 'machine:01929_BV'"
    )
    assert (action, subject, fields, request) == ("viewed", card_id, ["validity"], "yc-1")
    told = json.loads(detail)
    assert (told["name"], told["verdict"]) == ("eligibility", "valid")
    assert re.fullmatch("[0-9a-f]{64}", told["visit"])
    assert "KB-2026-7" not in detail


# ---------------------------------------------------------------- the token


def test_a_token_is_given_by_form_and_by_basic() -> None:
    name, password = hospitals.NAME, hospitals.PASSWORD
    basic = base64.b64encode(f"{name}:{password.replace(' ', '+')}".encode()).decode()
    for reply in (
        client.token_reply(grant_type="client_credentials", client_id=name, client_secret=password),
        client.token_reply({"authorization": f"Basic {basic}"}, grant_type="client_credentials"),
    ):
        assert reply.status == 200
        told = document(reply)
        assert (told["token_type"], told["expires_in"]) == ("Bearer", 600)


@pytest.mark.parametrize(
    ("fields", "status", "error"),
    [
        ({"client_id": "01929_BV"}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials", "client_id": "01929_BV"}, 400, "invalid_request"),
        (
            {"grant_type": "client_credentials", "client_id": "01929_BV", "client_secret": "sai"},
            401,
            "invalid_client",
        ),
        (
            {"grant_type": "client_credentials", "client_id": "x\x00", "client_secret": "y"},
            401,
            "invalid_client",
        ),
    ],
)
def test_wrong_requests_for_a_token(fields: dict[str, str], status: int, error: str) -> None:
    reply = client.token_reply(**fields)
    assert (reply.status, document(reply)["error"]) == (status, error)
    assert ("WWW-Authenticate" in reply.headers) == (status == 401)


@pytest.mark.parametrize(
    "header",
    ["", "Basic YTpi", "Basic ###", "Basic w6nDqQ=="],
)
def test_credentials_stand_in_exactly_one_place(header: str) -> None:
    both = {"client_id": hospitals.NAME, "client_secret": hospitals.PASSWORD} if header else {}
    reply = client.token_reply(
        {"authorization": header} if header else {}, grant_type="client_credentials", **both
    )
    assert (reply.status, document(reply)["error"]) == (400, "invalid_request")


def test_without_a_good_token_nothing_is_asked() -> None:
    body = b'{"code":"0000000000","name":"A","dob":"2026-11-12","visit_ref":"1"}'
    good = client.bearer()
    for header in (
        "",
        "Bearer",
        "Bearer x",
        "Bearer é",
        good[:-2],
        good.replace("Bearer", "Basic"),
    ):
        reply = client.send(
            "/api/v1/eligibility",
            body,
            {"authorization": header, "content-type": "application/json"},
        )
        assert (reply.status, document(reply)["code"]) == (401, "E-TOKEN")
        assert reply.headers["WWW-Authenticate"].startswith("Bearer")
    elsewhere = {"authorization": good, "content-type": "application/json"}
    assert client.send("/api/v1/eligibility", body, elsewhere, peer="127.0.0.2").status == 401
    late = client.NOON + timedelta(hours=1)
    assert client.send("/api/v1/eligibility", body, elsewhere, at=late).status == 401
    assert client.send("/api/v1/eligibility", body, elsewhere).status == 200


def test_a_suspended_account_opens_nothing_with_its_old_token() -> None:
    token = {"authorization": client.bearer(), "content-type": "application/json"}
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_suspension (machine_id, reason, by)"
            " SELECT id, 'officer', 'x' FROM accounts_machine"
        )
    body = b'{"code":"0000000000","name":"A","dob":"2026-11-12","visit_ref":"1"}'
    assert client.send("/api/v1/eligibility", body, token).status == 401
