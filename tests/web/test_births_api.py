"""`/api/births` as the Ministry of Justice meets it: receipts, refusals, its own messages and nobody else's."""

import gzip
import json
import tracemalloc
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.test import Client

from lienthong.births import enrolment, intake
from lienthong.gateways.findings import FINDINGS
from lienthong.gateways.keyring import Purpose
from lienthong.gateways.signing import Request, Response, verify_response
from lienthong.web.api import senders
from lienthong.web.api.body import unpacked
from tests.conftest import BecomeWeb
from tests.domain.bad_input_cases import of_level
from tests.gateways.samples import AT, ON, body
from tests.web.ministry import Ministry, registered, send


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "CLOCK", lambda: AT)


@pytest.fixture
def ministry(db: None) -> Ministry:
    return registered()


def _count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 - a table of ours
        return int(cursor.fetchone()[0])


def _deliveries() -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT outcome, code, peer FROM births_delivery ORDER BY id")
        return list(cursor.fetchall())


def _refused(response: HttpResponse, code: str) -> None:
    told = json.loads(response.content)
    assert (response.status_code, told["code"]) == (FINDINGS[code].status, code)
    assert set(told) >= {"code", "field", "message_vi", "correlation_id"}
    assert told["message_vi"] == FINDINGS[code].message_vi
    assert response["X-Correlation-Id"] == told["correlation_id"]


def test_a_signed_message_is_kept_and_receipted_and_repeated_at_will(
    ministry: Ministry, as_web_role: BecomeWeb
) -> None:
    with as_web_role():
        first, second = ministry.post(body()), ministry.post(body(), created=AT - timedelta(days=1))
    assert (first.status_code, second.status_code) == (202, 200)
    assert first.content == second.content
    assert json.loads(first.content)["receipt"]["message_id"] == "LTKS-2026-0000001"
    assert _deliveries() == [
        ("stored", "", "127.0.0.1 btp-1"),
        ("duplicate", "", "127.0.0.1 btp-1"),
    ]


def test_every_answer_is_signed_by_us(ministry: Ministry) -> None:
    keys = settings.KEYRING.public_keys(Purpose.ANSWER)
    for response in (
        ministry.post(body()),
        ministry.post(b"{"),
        send(Request("POST", "http://testserver/api/births", {}, b"")),
    ):
        headers = {
            name: response[name]
            for name in ("Content-Type", "Content-Digest", "Signature", "Signature-Input")
        }
        assert verify_response(
            Response(response.status_code, headers, response.content), keys, at=AT
        )
        assert response["Cache-Control"] == "no-store"


def test_another_content_under_the_same_id_is_answered_with_both_hashes(ministry: Ministry) -> None:
    first = json.loads(ministry.post(body()).content)["receipt"]
    response = ministry.post(body(nksHoTen="LÊ VĂN TÁM"))
    _refused(response, "E-ID-CONFLICT")
    told = json.loads(response.content)
    assert (told["kept_sha256"], told["equivalent"]) == (first["sha256"], False)
    assert told["sha256"] != first["sha256"]


@pytest.mark.parametrize(
    "case", [c for c in of_level("door") if c.row not in range(33, 39)], ids=lambda c: c.id
)
@pytest.mark.parametrize("is_signed", [True, False])
def test_row_of_the_table_before_the_signature(
    ministry: Ministry, case: Any, is_signed: bool
) -> None:
    headers = {
        8: {"Content-Encoding": "br"},
        9: {"Content-Type": "text/plain"},
    }.get(case.row, {"Content-Type": "application/xml"} if case.row in range(10, 14) else {})
    for raw in case.bodies:
        if is_signed:
            response = ministry.post(raw, headers=headers)
        else:
            named = {"Content-Type": "application/json", **headers}
            response = send(Request("POST", "http://testserver/api/births", named, raw))
        _refused(response, case.code)
    assert _count("births_message") == 0
    assert [row[:2] for row in _deliveries()] == [("refused", case.code)] * len(case.bodies)


def test_e_033_the_key_of_another_ministry_is_refused(ministry: Ministry) -> None:
    other = registered("BCA", role="hospital")
    _refused(other.post(body()), "E-SENDER")
    second = registered("BYT")
    _refused(second.post(body()), "E-SENDER")
    _refused(second.post(b"[" + body({"source": "BYT"}) + b"," + body() + b"]"), "E-SENDER")
    assert _count("births_message") == 0


def test_e_034_without_a_signature_nothing_is_kept(ministry: Ministry) -> None:
    named = {"Content-Type": "application/json"}
    _refused(send(Request("POST", "http://testserver/api/births", named, body())), "E-SIG-NONE")
    assert _count("births_message") == 0


def test_e_035_one_bit_and_the_third_time_an_alarm(ministry: Ministry) -> None:
    for turn in range(1, 4):
        request = ministry.signed(body(), url="http://testserver/api/births")
        request.body = body().replace(b"AN", b"AM", 1)
        _refused(send(request), "E-SIG-BAD")
        assert _count("database_alarm") == (1 if turn == senders.BAD_SIGNATURES_TO_ALARM else 0)
    assert _count("births_message") == 0


def test_e_036_a_key_that_ended_since_still_counts(db: None) -> None:
    old = registered(until=AT - timedelta(days=1))
    assert old.post(body(), created=AT - timedelta(days=2)).status_code == 202
    with connection.cursor() as cursor:
        cursor.execute("SELECT warnings FROM births_message")
        assert cursor.fetchone() == (["W-KEY-OLD"],)
    _refused(old.post(body({"message_id": "X-2"})), "E-SIG-EXPIRED")


def test_e_037_a_revoked_key_counts_no_more(db: None) -> None:
    _refused(registered(revoked=AT).post(body()), "E-SIG-REVOKED")


def test_e_038_the_signature_of_another_message_is_bad(ministry: Ministry) -> None:
    request = ministry.signed(body(), url="http://testserver/api/births")
    other = ministry.signed(body({"message_id": "X-2"}), url="http://testserver/api/births")
    request.headers = other.headers
    _refused(send(request), "E-SIG-BAD")


def test_an_unknown_key_is_told_so(ministry: Ministry) -> None:
    _refused(Ministry("BTP", "nobody", ministry.private).post(body()), "E-SIG-KEY")


def test_a_packed_message_is_unpacked_and_kept_plain(ministry: Ministry) -> None:
    response = ministry.post(gzip.compress(body()), headers={"Content-Encoding": "gzip"})
    assert response.status_code == 202
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM births_message")
        assert bytes(cursor.fetchone()[0]) == body()


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (gzip.compress(b" " * 200_000_000), "E-UNPACK"),
        (gzip.compress(body())[:-9], "E-ENCODING"),
        (b"not gzip", "E-ENCODING"),
        (gzip.compress(b"<!DOCTYPE a>"), "E-DTD"),
        (gzip.compress(b""), "E-EMPTY"),
        (gzip.compress(body()) + gzip.compress(body()), "E-ENCODING"),
    ],
    ids=["bomb", "cut", "no-gzip", "doctype", "empty", "two"],
)
def test_e_006_a_packed_body_is_never_unpacked_beyond_its_limit(
    ministry: Ministry, raw: bytes, code: str
) -> None:
    _refused(ministry.post(raw, headers={"Content-Encoding": "gzip"}), code)
    assert _count("births_message") == 0


def test_e_006_a_bomb_is_never_held_in_memory() -> None:
    bomb = gzip.compress(b" " * 200_000_000)
    tracemalloc.start()
    try:
        assert unpacked(bomb, limit=1024 * 1024).code == "E-UNPACK"
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


def test_e_002_a_body_announced_too_long_is_refused_unread(ministry: Ministry) -> None:
    class Untouched:
        def read(self, *_: object) -> bytes:
            raise AssertionError("read")

        readline = read

    response = send(
        Request("POST", "http://testserver/api/births", {}, b"x"),
        CONTENT_LENGTH="1048577",
        **{"wsgi.input": Untouched()},
    )
    _refused(response, "E-SIZE")
    with connection.cursor() as cursor:
        cursor.execute("SELECT size FROM births_delivery")
        assert cursor.fetchone() == (1048577,)


def test_a_batch_is_answered_item_by_item(ministry: Ministry) -> None:
    ministry.post(body({"message_id": "B-1"}))
    items = [
        body({"message_id": "B-0"}),
        body({"message_id": "B-1"}, nksHoTen="LÊ TÁM"),
        body({"message_id": "B-2"}),
    ]
    response = ministry.post(b"[" + b",".join(items) + b"]")
    told = json.loads(response.content)["items"]
    assert response.status_code == 202
    assert [next(iter(item)) for item in told] == ["receipt", "code", "receipt"]
    assert _count("births_message") == 3


def test_broken_json_of_a_known_sender_is_kept_for_the_judge(ministry: Ministry) -> None:
    response = ministry.post(body()[:300])
    assert response.status_code == 202
    assert json.loads(response.content)["receipt"]["message_id"] == "LTKS-2026-0000001"


def test_only_the_right_method_opens_a_door(ministry: Ministry) -> None:
    for method, path, allowed in (
        ("GET", "/api/births", "POST"),
        ("PUT", "/api/births", "POST"),
        ("POST", "/api/births/A", "GET"),
    ):
        response = Client().generic(method, path, b"{}")
        _refused(response, "E-METHOD")
        assert response["Allow"] == allowed


def test_a_silent_database_is_told_as_503_and_nothing_is_promised(
    ministry: Ministry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OperationalError("disk full")

    monkeypatch.setattr(intake, "accept", fails)
    response = ministry.post(body())
    _refused(response, "E-BUSY")
    assert response["Retry-After"] == "30"
    assert b"receipt" not in response.content


def test_a_sender_sees_what_became_of_its_own_messages_only(
    ministry: Ministry, as_web_role: BecomeWeb
) -> None:
    other = registered("BYT")
    ministry.post(body())
    enrolment.advance_all(at=AT, on=ON)
    with as_web_role():
        mine, unknown, foreign = (
            ministry.ask("LTKS-2026-0000001"),
            ministry.ask("X-9"),
            other.ask("LTKS-2026-0000001"),
        )
    trace = json.loads(mine.content)
    assert (mine.status_code, trace["message_id"], trace["outcome"]) == (
        200,
        "LTKS-2026-0000001",
        "accepted",
    )
    assert trace["registration"] == {
        "office": "00004",
        "book": "01/2026",
        "number": "123",
        "year": 2026,
    }
    assert trace["dossier"]["state"]
    assert trace["events"]
    for response in (unknown, foreign):
        _refused(response, "E-NOT-FOUND")
    assert {**json.loads(unknown.content), "correlation_id": ""} == {
        **json.loads(foreign.content),
        "correlation_id": "",
    }


def test_a_question_without_a_signature_is_not_answered(ministry: Ministry) -> None:
    ministry.post(body())
    _refused(
        send(Request("GET", "http://testserver/api/births/LTKS-2026-0000001", {}, b"")),
        "E-SIG-NONE",
    )
