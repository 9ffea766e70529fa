"""What a family learns without an account: one child named exactly, everything else alike, and who looked."""

import uuid
from datetime import date
from typing import Any

import pytest
from django.conf import settings

from lienthong.audit import trail
from lienthong.births import following
from lienthong.births.following import Asked, Missed, Standing
from lienthong.cards.lookup import key_of
from lienthong.kernel.actor import Actor, ActorKind
from lienthong.notices import passcodes
from tests import cards, hospitals
from tests.births import ON, column, message, rows, run, send, small_country
from tests.declared import officer
from tests.officers import become
from tests.officers import run as run_sql

pytestmark = pytest.mark.django_db

NAME, BORN = "NGUYỄN MINH AN", date(2026, 11, 12)
CITIZEN = Actor("tra cứu", ActorKind.CITIZEN, frozenset(), person_key=0)


@pytest.fixture(autouse=True)
def _country(db: None) -> None:
    small_country()


def follow(**changes: Any) -> Standing | Missed:
    """Asked with the rights of a page that nobody signed in to."""
    wanted = {"name": NAME, "birth": BORN, "door": "10.0.0.0/24", "on": ON} | changes
    if code := wanted.pop("code", ""):
        wanted["key"] = key_of(code, on=ON)
    become("lienthong_web")
    try:
        return following.follow(Asked(**wanted))
    finally:
        become("lienthong_worker")


def _card(card_id: int) -> str:
    return str(column("SELECT code FROM cards_card WHERE id = %s", card_id)[0])


def _dossier() -> str:
    return str(column("SELECT code FROM dossiers_dossier ORDER BY id")[0])


@pytest.mark.rule("INV-30")
def test_a_child_is_found_by_each_of_the_papers_a_family_has() -> None:
    code = _card(cards.handed_over())
    for asked in (
        {"code": code},
        {"code": code[5:]},
        {"code": "003226000001"},
        {"dossier_code": _dossier()},
        {"registration": ("00004", "01/2026", "1", 2026)},
    ):
        found = follow(**asked)
        assert isinstance(found, Standing), asked
        assert (found.is_good, found.dossier_code) == (True, _dossier())
        assert [step.is_now for step in found.steps] == [False] * 4 + [True]
        assert all(step.on == ON for step in found.steps)


def test_a_card_in_the_making_tells_its_step_and_for_whom_it_waits() -> None:
    send(message(1))
    run()
    found = follow(dossier_code=_dossier())
    assert isinstance(found, Standing)
    assert (found.is_good, found.is_late) == (None, False)
    assert [step.label_vi for step in found.steps if step.is_now] == ["Chờ duyệt thẻ"]
    assert "Chờ bộ phận Sổ, thẻ (Đơn vị cấp thẻ TE01001) duyệt" in found.waiting_vi


def test_a_dossier_without_a_unit_has_no_person_yet() -> None:
    send(message(1, ndkksMaXa="00025", nksNoiCuTru=None))
    run()
    found = follow(dossier_code=_dossier())
    assert isinstance(found, Standing)
    assert found.person_id is None
    assert "chưa được khai báo" in found.waiting_vi


@pytest.mark.parametrize(
    "changes",
    [
        {"code": "0000000000"},
        {"name": "NGUYỄN MINH ANH"},
        {"birth": date(2026, 11, 13)},
        {"dossier_code": "HS-0000-000000", "code": ""},
        {"registration": ("00004", "01/2026", "999", 2026), "code": ""},
    ],
)
@pytest.mark.rule("INV-30")
def test_every_miss_is_the_same(changes: dict[str, Any]) -> None:
    code = _card(cards.active())
    assert follow(**({"code": code} | changes)) == Missed(0)


def test_a_network_that_asks_in_vain_waits_and_a_right_question_still_opens() -> None:
    code = _card(cards.active())
    for number in range(5):
        assert follow(code="0000000000", name=f"AI {'A' * (number + 1)}") == Missed(0)
    waiting = follow(code="0000000000", name="AI KHÁC")
    assert isinstance(waiting, Missed)
    assert 0 < waiting.wait_seconds <= 3600
    assert isinstance(follow(code=code), Standing)
    assert follow(code="0000000000", name="AI ĐÓ", door="10.0.1.0/24") == Missed(0)


def test_one_child_is_guessed_at_ten_times_a_day_by_hospitals_and_citizens_together() -> None:
    code = _card(cards.active())
    hospitals.hospital()
    for number in range(5):
        follow(code=f"{number:010}", door=f"10.1.{number}.0/24")
    hospitals.answers(*[hospitals.call(f"{n:010}", NAME, BORN, on=ON) for n in range(5)])
    assert follow(code=code) == Missed(0)


def test_each_question_is_logged() -> None:
    code = _card(cards.active())
    follow(code=code, request_id="r-1")
    follow(code="0000000000")
    assert rows(
        "SELECT action, subject_kind, subject_id IS NOT NULL, request_id FROM audit_entry"
        " WHERE by = 'citizen:tra cứu' ORDER BY id"
    ) == [("viewed", "person", True, "r-1"), ("lookup.missed", "", False, "")]


def _person() -> int:
    return int(column("SELECT id FROM persons_person ORDER BY id")[0])


def _sent() -> list[str]:
    return [
        str(it)
        for it in column(
            "SELECT words ->> 'code' FROM notices_notice WHERE kind = 'PASSCODE' ORDER BY id"
        )
    ]


def _send_code() -> uuid.UUID:
    person_id = _person()
    become("lienthong_web")
    nonce = passcodes.send(person_id, by=CITIZEN, at=settings.CLOCK())
    become("lienthong_worker")
    return nonce


def _opens(nonce: uuid.UUID, code: str) -> bool:
    become("lienthong_web")
    try:
        return passcodes.opens(nonce, code)
    finally:
        become("lienthong_worker")


def _family(nonce: uuid.UUID) -> following.FamilyCard | None:
    become("lienthong_web")
    try:
        return following.card(nonce, request_id="r-2")
    finally:
        become("lienthong_worker")


def _with_phone() -> int:
    card_id = cards.handed_over(nycSoDienThoai="0900000001")
    run_sql(
        "INSERT INTO notices_contact (subject_kind, subject_id, channel, address, source, since, entered_by)"
        " SELECT 'person', %s, 'sms', '+84900000001', 'officer', clock_timestamp(), 'x'"
        " WHERE NOT EXISTS (SELECT 1 FROM notices_contact WHERE subject_kind = 'person' AND channel = 'sms')",
        _person(),
    )
    return card_id


def test_a_code_opens_the_card_for_a_quarter_of_an_hour() -> None:
    card_id = _with_phone()
    nonce = _send_code()
    assert _sent() == [str(nonce)]
    assert _family(nonce) is None
    assert _opens(nonce, passcodes.code_of(str(nonce)))
    card = _family(nonce)
    assert card is not None
    assert (card.code, card.full_name, card.valid_to) == (_card(card_id), NAME, date(2032, 11, 30))
    run_sql("UPDATE notices_passcode SET opened_at = opened_at - interval '16 minutes'")
    assert _family(nonce) is None


def test_the_code_stands_nowhere_in_the_database() -> None:
    _with_phone()
    nonce = _send_code()
    code = passcodes.code_of(str(nonce))
    kept = column("SELECT row_to_json(notice)::text FROM notices_notice AS notice")
    kept += column("SELECT row_to_json(made)::text FROM notices_passcode AS made")
    assert not any(code in it for it in kept)


def test_a_code_is_tried_five_times_once_and_in_time() -> None:
    _with_phone()
    nonce = _send_code()
    right = passcodes.code_of(str(nonce))
    wrong = "000000" if right != "000000" else "000001"
    assert [_opens(nonce, wrong) for _ in range(5)] == [False] * 5
    assert not _opens(nonce, right)
    second = _send_code()
    assert _opens(second, passcodes.code_of(str(second)))
    assert not _opens(second, passcodes.code_of(str(second)))
    third = _send_code()
    run_sql(
        "UPDATE notices_passcode SET made_at = made_at - interval '11 minutes' WHERE nonce = %s",
        third,
    )
    assert not _opens(third, passcodes.code_of(str(third)))


def test_the_fourth_code_of_an_hour_is_not_sent_and_nobody_learns_it() -> None:
    _with_phone()
    nonces = [_send_code() for _ in range(4)]
    assert _sent() == [str(it) for it in nonces[:3]]
    assert not _opens(nonces[3], passcodes.code_of(str(nonces[3])))


@pytest.mark.rule("INV-34")
def test_fifty_looks_of_five_kinds_are_all_there() -> None:
    card_id = _with_phone()
    hospitals.hospital()
    person, (dossier,) = (
        _person(),
        column("SELECT dossier_id FROM cards_card WHERE id = %s", card_id),
    )
    collector = officer("thu-xem", "collection", "01")
    at = settings.CLOCK()
    for number in range(10):
        trail.viewed(collector, at=at, subjects=[("person", person)], purpose="DOSSIER_VIEW")
        trail.viewed(collector, at=at, subjects=[("card", card_id)], purpose="CARD_APPROVE")
        trail.viewed(collector, at=at, subjects=[("dossier", dossier)], purpose="DOSSIER_QUEUE")
        hospitals.answers(
            hospitals.call(_card(card_id), NAME, BORN, on=ON, purpose=f"Tra cứu {number}")
        )
        follow(code=_card(card_id))
    nonce = _send_code()
    assert _opens(nonce, passcodes.code_of(str(nonce)))
    before = column(
        "SELECT count(*) FROM audit_entry WHERE action = 'viewed' AND subject_id IS NOT NULL"
    )[0]
    become("lienthong_web")
    seen = following.looks(nonce)
    become("lienthong_worker")
    # One transaction here: looks of one kind by one person count once, those of other purposes apart.
    assert before >= 50
    assert {it.who_vi for it in seen} >= {
        "Gia đình",
        "Bệnh viện thử",
        "Cán bộ Thu – Thành phố Hà Nội",
    }
    assert {it.purpose_vi for it in seen} >= {
        "Tra cứu hồ sơ của một trẻ",
        "Duyệt thẻ BHYT",
        "Xem danh sách hồ sơ",
        "Gia đình tra cứu hồ sơ, thẻ",
        *(f"Tra cứu {number}" for number in range(10)),
    }


def test_a_stranger_with_a_nonce_of_his_own_sees_nothing() -> None:
    _with_phone()
    assert _family(uuid.uuid4()) is None
    become("lienthong_web")
    assert following.looks(uuid.uuid4()) == []
    become("lienthong_worker")
