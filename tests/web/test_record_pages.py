"""The page of a child's record: all of it, the past, who changed and who looked, and the proof; each in one's own area."""

import io
import re
import uuid
import zipfile
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lienthong.births import proofcheck
from lienthong.cards import actions, exchange, printing
from lienthong.cards.exchange import Asked
from lienthong.dossiers import assignment
from lienthong.kernel.dates import VIETNAM
from tests.births import rows
from tests.cards import shown
from tests.web.conftest import SignedIn
from tests.web.declared import answering
from tests.web.world import Child, World, actor_of

LONG = "CÔNG TẰNG TÔN NỮ NGUYỄN THỊ HOÀNG BẢO TRÂM ANH " * 2
MOST_BYTES = 60_000
MOST_STATEMENTS = 15


def _address(child: Child) -> str:
    return f"/can-bo/tre/{child.dossier_code}/"


def _text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


_SIGN = """
    WITH sent AS (
        INSERT INTO births_sentbody (sha256, body)
        SELECT sha256(convert_to(%(call)s::text, 'UTF8')), convert_to(%(call)s::text, 'UTF8') RETURNING sha256)
    INSERT INTO births_signature (correlation_id, key_id, public_key, valid_from, base, signature_input, signature,
                                  coding, items, sent_sha256)
    SELECT %(call)s, 'btp-1', sha256, 'epoch', '', '', '', '', %(count)s, sha256 FROM sent
"""
_DELIVER = """
    INSERT INTO births_delivery (received_at, channel, peer, size, sha256, outcome, message_ref, code, field, correlation_id)
    SELECT %(at)s, 'http', '', 2, message.body_sha256, 'stored', message.id, '', '', %(call)s
    FROM births_message AS message JOIN births_registration AS registration ON registration.id = message.registration_id
    WHERE registration.dossier_id = %(dossier)s
"""


def _with_card(world: World, name: str = "NGUYỄN MINH AN") -> Child:
    child = world.child(name)
    by = actor_of(world, "so-the-01")
    actions.approve([child.card_id or 0], by=by, at=world.at - timedelta(hours=3))
    run = printing.print_cards([child.card_id or 0], by=by, at=world.at - timedelta(hours=2))
    printing.mark_spoilt(
        run.id, [child.card_id or 0], by=by, at=world.at - timedelta(hours=1), reason="Kẹt giấy"
    )
    return child


def _local(world: World, **ago: int) -> str:
    return (world.at - timedelta(**ago)).astimezone(VIETNAM).strftime("%Y-%m-%dT%H:%M")


def test_the_record_shows_card_copies_messages_and_the_line_of_cover(
    world: World, signed_in: SignedIn
) -> None:
    child = _with_card(world)
    text = _text(signed_in("tinh-01"), _address(child))
    for said in (
        "NGUYỄN MINH AN",
        "Đang có giá trị",
        "Hỏng: Kẹt giấy",
        child.message_id,
        'role="img"',
        "không gián đoạn ngày nào",
        "Thẻ: Chờ duyệt → Đang có giá trị",
        "so-the-01",
    ):
        assert said in text, said


def test_no_act_and_no_fact_is_told_by_its_code(world: World, signed_in: SignedIn) -> None:
    child = _with_card(world)
    by = actor_of(world, "thu-01")
    answering(world, "TE01001", "00004")
    made = exchange.ask(shown(Asked(child.card_id or 0, "lost")), by=by, at=world.at)
    actions.approve([made.card_id], by=actor_of(world, "so-the-01"), at=world.at)
    taken = assignment.take(
        "dossier", [child.dossier_id], by=actor_of(world, "so-the-01"), at=world.at
    )
    assert taken.done_count == 1, taken
    head = signed_in("truong-so-the-01")
    for page in ("/can-bo/ho-so/", "/can-bo/sai-quy-trinh/", "/can-bo/duyet-the/"):
        head.get(page)
    text = _text(signed_in("tinh-01"), _address(child))
    assert "Lập yêu cầu cấp lại, đổi thẻ</b>" in text
    assert "Giao hoặc nhận việc</b>" in text
    assert "họ tên, ngày sinh, giới tính, xã, phường" in text
    assert "Thẻ mới đã được duyệt" in text
    assert "REPLACED" not in text
    assert re.findall(r">[a-z]+[._][a-z_]+<", text) == []
    assert re.search(r"\w+ \w+ \w+ \(thu-01\)", text)


def test_the_past_shows_the_card_as_it_was_then_and_says_so(
    world: World, signed_in: SignedIn
) -> None:
    child = _with_card(world)
    client = signed_in("tinh-01")
    text = _text(client, f"{_address(child)}?luc={_local(world, hours=4)}")
    assert "Đang xem quá khứ" in text
    assert "Chờ duyệt" in text
    assert "Chưa in" in text
    assert "Kẹt giấy" not in text
    before = _text(client, f"{_address(child)}?luc=2020-01-01T00:00")
    assert "chưa có dữ liệu nào về trẻ" in before
    assert "NGUYỄN MINH AN" not in before


@pytest.mark.parametrize(
    "text", ["hôm qua", "2026-13-40T25:00", "9999-12-31T23:59", "2999-01-01T00:00"]
)
def test_an_instant_that_cannot_be_is_kept_and_explained(
    text: str, world: World, signed_in: SignedIn
) -> None:
    child = _with_card(world)
    page = _text(signed_in("tinh-01"), f"{_address(child)}?luc={text}")
    assert f'value="{text}"' in page
    assert 'aria-invalid="true"' in page
    assert "Dưới đây là hiện tại." in page
    assert "Hỏng: Kẹt giấy" in page


def test_each_opening_is_logged_and_shown_to_who_may_see_it_with_its_purpose(
    world: World, signed_in: SignedIn
) -> None:
    child = _with_card(world)
    assert "Trước lần này chưa có ai xem" in _text(signed_in("truong-so-the-01"), _address(child))
    seen = _text(signed_in("tinh-01"), _address(child))
    line = seen.split('id="ai-da-xem"')[1]
    assert "truong-so-the-01" in line
    assert "Tra cứu hồ sơ của một trẻ" in line
    assert "cha mẹ" in line
    assert "Ai đã xem" not in _text(signed_in("so-the-01"), _address(child))


def test_the_proof_is_for_heads_province_and_centre_and_leaves_a_mark(
    world: World, signed_in: SignedIn, as_worker: Callable[[], None]
) -> None:
    child = _with_card(world)
    address = f"{_address(child)}chung-cu/"
    assert "Xuất gói chứng cứ" not in _text(signed_in("so-the-01"), _address(child))
    assert signed_in("so-the-01").post(address).status_code == 403
    head = signed_in("truong-so-the-01")
    assert "Xuất gói chứng cứ" in _text(head, _address(child))
    assert head.get(address).status_code == 303
    response = head.post(address)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/zip"
    assert "NGUY" not in response.headers["Content-Disposition"]
    names = zipfile.ZipFile(io.BytesIO(response.content)).namelist()
    assert "messages/001.json" in names
    verdict = proofcheck.check(response.content)
    assert verdict.broken_vi == ()
    as_worker()
    told = rows("SELECT by, subject_id FROM audit_entry WHERE action = 'proof.export'")
    assert told == [("officer:truong-so-the-01", child.dossier_id)]


@pytest.fixture
def as_worker() -> Callable[[], None]:
    """Back to the system's rights, to look at the log."""

    def become() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL ROLE lienthong_worker")

    return become


def test_a_foreign_child_and_none_at_all_are_the_same_page(
    world: World, signed_in: SignedIn
) -> None:
    foreign = world.child("TRẦN THANH BÌNH", unit="TE24001")
    head = signed_in("truong-so-the-01")
    answers = [
        head.get(_address(foreign)),
        head.get("/can-bo/tre/khong-co/"),
        head.get(f"{_address(foreign)}?luc=2026-01-01T00:00"),
        head.post(f"{_address(foreign)}chung-cu/"),
        head.post("/can-bo/tre/khong-co/chung-cu/"),
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


def test_the_database_gives_a_page_no_bytes_and_no_digests_of_another_area(
    world: World, signed_in: SignedIn
) -> None:
    """Whatever SQL the pages' role is made to run: a desk's session gets nothing, a head's its own area's."""
    own = world.child("NGUYỄN MINH AN")
    foreign = world.child("TRẦN THANH BÌNH", unit="TE24001")
    asked = [[own.dossier_id, foreign.dossier_id]]
    cards = [own.card_id, foreign.card_id]
    for username, expected in (("so-the-01", 0), ("truong-so-the-01", 1), ("trung-uong", 2)):
        token = signed_in(username).cookies["lienthong"].value
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lienthong.token', %s, true)", [token])
        assert len(rows("SELECT * FROM births_proof_bodies(%s)", *asked)) == expected
        moves = rows("SELECT machine FROM births_proof_moves(%s, %s)", *asked, cards)
        assert moves.count(("card",)) == expected
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lienthong.token', 'khong', true)")
    assert rows("SELECT * FROM births_proof_bodies(%s)", *asked) == []


def test_the_database_gives_a_page_no_signature_of_another_area_and_no_body_with_another_child(
    world: World, signed_in: SignedIn
) -> None:
    """Two children of two provinces in one batch, and each once more alone: of the batch a page gets no body."""
    own, foreign = world.child("NGUYỄN MINH AN"), world.child("TRẦN THANH BÌNH", unit="TE24001")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE NONE")
        for call, children in ((1, (own, foreign)), (2, (own,)), (3, (foreign,))):
            cursor.execute(_SIGN, {"call": uuid.UUID(int=call), "count": len(children)})
            for child in children:
                wanted = {"call": uuid.UUID(int=call), "dossier": child.dossier_id}
                cursor.execute(_DELIVER, wanted | {"at": world.at})
        cursor.execute("SET LOCAL ROLE lienthong_worker")
    asked = [[own.dossier_id, foreign.dossier_id], [uuid.UUID(int=n) for n in (1, 2, 3)]]
    only_own = [[own.dossier_id], asked[1]]
    for username, calls, bodies in (
        ("so-the-01", [], 0),
        ("truong-so-the-01", [(1, False), (2, True)], 1),
        ("trung-uong", [(1, True), (2, True), (3, True)], 3),
    ):
        token = signed_in(username).cookies["lienthong"].value
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lienthong.token', %s, true)", [token])
        told = rows("SELECT correlation_id, is_own FROM births_proof_signatures(%s, %s)", *asked)
        assert [(call.int, is_own) for call, is_own in told] == calls
        assert len(rows("SELECT * FROM births_proof_sent(%s, %s)", *asked)) == bodies
    assert len(rows("SELECT * FROM births_proof_sent(%s, %s)", *only_own)) == 1


def test_a_long_record_stays_small_turns_its_pages_and_asks_few_statements(
    world: World, signed_in: SignedIn
) -> None:
    child = _with_card(world, LONG.strip())
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE NONE")
        cursor.execute(
            "INSERT INTO dossiers_event (dossier_id, machine, batch, at, from_state, to_state, by, reason)"
            " SELECT %s, 'dossier', n, %s, 'APPROVED', 'PRINTED', 'officer:so-the-01', '' FROM generate_series(1, 500) n",
            [child.dossier_id, world.at],
        )
        cursor.execute(
            "INSERT INTO audit_entry (by, action, subject_kind, subject_id, purpose, fields, request_id)"
            " SELECT 'officer:so-the-01', 'viewed', 'dossier', %s, 'DOSSIER_VIEW', '{child_name}', n::text"
            " FROM generate_series(1, 500) n",
            [child.dossier_id],
        )
        cursor.execute("SET LOCAL ROLE lienthong_worker")
    client = signed_in("trung-uong")
    with CaptureQueriesContext(connection) as asked:
        response = client.get(_address(child))
    read = [
        q
        for q in asked.captured_queries
        if re.match(r"\s*(SELECT|WITH)\b(?! set_config)", q["sql"])
    ]
    assert len(read) <= MOST_STATEMENTS
    assert len(response.content) <= MOST_BYTES
    text = response.content.decode()
    assert text.count('class="line"') == 1
    assert '?trang=2#thay-doi"' in text
    assert '?xem=2#ai-da-xem"' in text
    assert "Mới hơn" in _text(client, f"{_address(child)}?trang=13")


def test_the_search_leads_to_the_record_by_card_code_and_by_number(
    world: World, signed_in: SignedIn
) -> None:
    child = _with_card(world)
    code, number = rows(
        "SELECT code, insurance_number FROM cards_card WHERE id = %s", child.card_id
    )[0]
    client = signed_in("tinh-01")
    for text in (code, number):
        response = client.post("/can-bo/tra-cuu/", {"ma": text})
        assert (response.status_code, response.headers["Location"]) == (303, _address(child))
    foreign = signed_in("so-the-24").post("/can-bo/tra-cuu/", {"ma": code})
    assert "Không tìm thấy" in foreign.content.decode()
    assert _address(child) in _text(client, f"/can-bo/tra-cuu/{child.message_id}/")
