"""`/api/births/statements` as the Ministry of Justice meets it: receipts, repeats, versions, what is kept of what is wrong."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.db.transaction import atomic
from django.http import HttpResponse

from lienthong.database.scope import acting
from lienthong.gateways.signing import Request
from tests import births, books
from tests.births import AT, ON
from tests.declared import officer
from tests.officers import become, run
from tests.web.ministry import Ministry, registered, send

pytestmark = pytest.mark.django_db
URL = "http://testserver/api/births/statements"
KEPT = """
    SELECT state, code, field, version, signer, encode(body, 'escape') FROM oversight_statement ORDER BY id
"""


@pytest.fixture(autouse=True)
def _clock(settings: Any) -> None:
    settings.CLOCK = lambda: AT + timedelta(days=1)


@pytest.fixture
def btp() -> Ministry:
    return registered()


def post(ministry: Ministry, body: bytes) -> HttpResponse:
    return send(ministry.signed(body, url=URL, created=AT))


def said(response: HttpResponse) -> tuple[int, str, str | None]:
    document = json.loads(response.content)
    return response.status_code, document.get("code", ""), document.get("field")


@pytest.mark.rule("INV-45")
def test_a_statement_is_kept_with_its_signature_and_receipted(btp: Ministry) -> None:
    body = books.statement([books.line(births.message(1))])
    response = post(btp, body)
    assert response.status_code == 202
    receipt = json.loads(response.content)["receipt"]
    assert receipt["sha256"] == books.digest(body)
    assert receipt["message_id"].startswith("BANG-KE-")
    (kept,) = run(KEPT)
    assert kept == ("taken", "", "", 1, btp.key_id, body.decode())
    assert run("SELECT commune_code, sent_count, listed_count FROM oversight_statedcount") == [
        (births.BA_DINH, 1, 1)
    ]
    assert run("SELECT day, is_touched FROM oversight_lookedday") == [(ON, True)]
    again = post(btp, body)
    assert (again.status_code, again.content) == (200, response.content)
    assert len(run(KEPT)) == 1


def test_the_newest_version_counts_whichever_came_first(btp: Ministry) -> None:
    third = books.statement([], version=3)
    first = books.statement([books.line(births.message(1))])
    other = books.statement([books.line(births.message(2))], version=3)
    fourth = books.statement([books.line(births.message(2))], version=4)
    assert [said(post(btp, it)) for it in (third, first, other, fourth)] == [
        (202, "", None),
        (202, "", None),
        (409, "E-ID-CONFLICT", "version"),
        (202, "", None),
    ]
    assert [row[:2] for row in run(KEPT)] == [
        ("superseded", ""),
        ("superseded", ""),
        ("refused", "E-ID-CONFLICT"),
        ("taken", ""),
    ]


_GOOD = json.loads(books.statement([books.line(births.message(1))]))


def _with(**changes: Any) -> bytes:
    return json.dumps({**_GOOD, **changes}).encode()


def _commune(**changes: Any) -> bytes:
    return _with(communes=[{**_GOOD["communes"][0], **changes}])


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        (b"{", 422, "E-PARSE", None),
        (b"[]", 422, "E-SCHEMA", None),
        (_with(schema=2), 422, "E-VERSION", "schema"),
        (_with(kind="create"), 422, "E-KIND", "kind"),
        (_with(version=0), 422, "E-VERSION-NO", "version"),
        (_with(source="BCA"), 403, "E-SENDER", "source"),
        (_with(day="20/11/2026"), 422, "E-DATE", "day"),
        (_with(day="2026-12-30"), 422, "E-DATE-FUTURE", "day"),
        (_with(day="1999-01-01"), 422, "E-DATE-RANGE", "day"),
        (_with(province_code="1"), 422, "E-VALUE", "province_code"),
        (_with(province_code="02"), 422, "E-VALUE", "province_code"),
        (_with(more=1), 422, "E-SCHEMA", None),
        (_commune(commune_code="4"), 422, "E-VALUE", "communes[0].commune_code"),
        (_commune(sent=-1), 422, "E-VALUE", "communes[0].sent"),
        (_commune(sent="1"), 422, "E-SCHEMA", "communes[0].sent"),
        (_with(communes=_GOOD["communes"] * 2), 422, "E-DUPKEY", "communes[1].commune_code"),
        (
            _commune(messages=_GOOD["communes"][0]["messages"] * 2),
            422,
            "E-DUPKEY",
            "communes[0].messages[1].message_id",
        ),
        (
            _commune(messages=[{"message_id": "A", "sha256": "0"}]),
            422,
            "E-VALUE",
            "communes[0].messages[0].sha256",
        ),
    ],
)
def test_what_cannot_be_taken_is_refused_by_name_and_kept(
    btp: Ministry, body: bytes, status: int, code: str, field: str | None
) -> None:
    response = post(btp, body)
    assert said(response) == (status, code, field)
    assert json.loads(response.content)["message_vi"]
    (kept,) = run(KEPT)
    assert kept[:2] == ("refused", code)
    assert run("SELECT count(*) FROM oversight_stated") == [(0,)]


def test_a_call_that_nobody_signed_keeps_no_statement(btp: Ministry) -> None:
    body = books.statement([])
    response = send(Request("POST", URL, {"Content-Type": "application/json"}, body))
    assert response.status_code == 401
    assert run(KEPT) == []
    assert run("SELECT outcome FROM births_delivery") == [("refused",)]
    assert btp.source == "BTP"


def test_a_message_named_statements_does_not_hide_the_door(btp: Ministry) -> None:
    response = send(btp.signed(b"", url=URL, method="GET"))
    assert response.status_code == 405


def test_the_pages_role_reads_no_statement_of_another_province_and_no_body(btp: Ministry) -> None:
    post(btp, books.statement([books.line(births.message(1))]))
    by = officer("giam-doc-24", "province", "24")
    become("lienthong_web")
    with acting(by, at=AT):
        assert run("SELECT count(*) FROM oversight_statement") == [(0,)]
        assert run("SELECT count(*) FROM oversight_stated") == [(0,)]
    for statement in (
        "SELECT body FROM oversight_statement",
        "INSERT INTO oversight_statedcount (statement_id, commune_code, sent_count, listed_count) VALUES (1, 'x', 0, 0)",
        "UPDATE oversight_difference SET closed_at = now()",
    ):
        with pytest.raises(DatabaseError, match="permission denied"), atomic():
            run(statement)
