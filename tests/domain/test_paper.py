"""Births on paper: each reason accepted and refused by province, day and record; what becomes of each."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from django.db import transaction

from lienthong.accounts.permissions import Role
from lienthong.births import paper
from lienthong.births.records import Found
from lienthong.cards import actions as cards
from lienthong.kernel.dates import VIETNAM
from lienthong.kernel.errors import NotAllowed
from lienthong.law import paper_channel
from lienthong.law.paper_channel import PaperReason
from tests import births
from tests.births import AT, NGOC_HA, column, living_in, message, rows, run, send
from tests.papers import enter, officer, papers, refusal

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _country(db: None) -> None:
    births.small_country()


def _approve_all() -> None:
    desk = replace(officer(Role.CARD_DESK, key=801), everywhere=True)
    waiting = column("SELECT id FROM cards_card WHERE status = 'requested'")
    assert cards.approve(waiting, by=desk, at=AT).refused == ()


def _dossier(sent: str) -> tuple[Any, ...]:
    (found,) = rows(
        "SELECT channel, paper_reason, state, unit.code FROM dossiers_dossier AS dossier"
        " LEFT JOIN catalogues_unit AS unit ON unit.id = dossier.unit_id WHERE message_id = %s",
        sent,
    )
    return found


def _dossier_id(sent: str = "LTKS-2026-0000001") -> int:
    (found,) = column("SELECT id FROM dossiers_dossier WHERE message_id = %s", sent)
    return int(found)


# ---------------------------------------------------------------- C3


@pytest.mark.rule("C3")
def test_c3_becomes_a_dossier_and_a_card_without_a_personal_id() -> None:
    entered = enter(1, "C3")
    run()
    assert _dossier(entered.message_id) == ("paper", "C3", "APPROVAL_REQUESTED", "TE01001")
    assert column("SELECT personal_id_status FROM persons_person") == ["PID_NO_ANSWER"]
    assert rows("SELECT urgent, kind FROM dossiers_dossier") == [(True, "first")]
    assert papers() == [("C3", "create", 0, 1)]


@pytest.mark.rule("C3")
def test_c3_is_refused_where_the_child_came_electronically() -> None:
    send(message(1))
    run()
    assert refusal(1, "C3") == "PAPER_TWIN twin"


# ---------------------------------------------------------------- the list


@pytest.mark.parametrize("reason", [reason.value for reason in PaperReason] + ["X", "", "A9"])
def test_no_reason_is_open_before_the_list_began(reason: str) -> None:
    day_before = datetime(2021, 10, 5, 9, 0, tzinfo=VIETNAM)
    found = refusal(1, reason, at=day_before, born_on="2021-10-01", registered_on="2021-10-04")
    assert found == "PAPER_NOT_ALLOWED reason"


@pytest.mark.rule("X")
def test_x_is_refused_and_counted() -> None:
    assert refusal(1, "X") == "PAPER_NOT_ALLOWED reason"
    paper.note_refusal("X", "PAPER_NOT_ALLOWED", by=officer(), at=AT)
    paper.note_refusal("C3", "E-MISSING", by=officer(), at=AT)
    assert rows("SELECT reason, code, province_code, by FROM births_paperrefusal") == [
        ("X", "PAPER_NOT_ALLOWED", "01", "officer:can-bo-501")
    ]
    assert column("SELECT detail ->> 'reason' FROM audit_entry WHERE action = 'paper.refused'") == [
        "X"
    ]


def test_a_local_addition_is_open_only_where_its_list_says_so_and_needs_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert refusal(1, "K", note="Theo CV 12/2026") == "PAPER_NOT_ALLOWED reason"
    (row,) = paper_channel._LISTS["01"]
    local = type(row)(row.valid, (*row.value, PaperReason.LOCAL_ADDITION), row.source)
    monkeypatch.setattr(paper_channel, "_LISTS", {**paper_channel._LISTS, "01": (local,)})
    assert refusal(1, "K") == "E-MISSING note"
    entered = enter(1, "K", note="Công văn 12/BHXH-STP ngày 01/11/2026")
    run()
    assert _dossier(entered.message_id)[:2] == ("paper", "K")
    assert refusal(2, "K", note="x", by=officer(province="24")) == "PAPER_NOT_ALLOWED reason"


def test_who_may_not_enter_papers_is_refused() -> None:
    with pytest.raises(NotAllowed):
        enter(by=officer(Role.CARD_DESK))


# ---------------------------------------------------------------- B


@pytest.mark.rule("B")
def test_b_goes_to_the_unit_of_residence() -> None:
    entered = enter(1, "B", residence_commune=NGOC_HA)
    run()
    assert _dossier(entered.message_id) == ("paper", "B", "APPROVAL_REQUESTED", "TE01002")


def test_b_needs_a_residence_in_the_officers_province() -> None:
    assert refusal(1, "B", residence_commune="") == "E-MISSING residence_commune"
    foreign = column(
        "SELECT code FROM catalogues_division WHERE level = 'commune' AND code > '24000' LIMIT 1"
    )
    assert refusal(1, "B", residence_commune=foreign[0]) == "PAPER_NOT_ALLOWED residence_commune"


@pytest.mark.rule("B")
@pytest.mark.parametrize(
    "changes",
    [
        {"personal_id": "003226000001", "number": "77", "birth_notice_code": ""},
        {"birth_notice_code": ""},
        {"number": "77"},
    ],
    ids=["level 1: personal id", "level 2: register entry", "level 3: birth notice"],
)
@pytest.mark.parametrize("is_parked", [False, True], ids=["with a card asked for", "still parked"])
def test_b_for_a_child_known_anywhere_is_no_new_card(
    changes: dict[str, str], is_parked: bool
) -> None:
    home = living_in(births.UNDECLARED) if is_parked else living_in(NGOC_HA)
    send(message(1, nksNoiCuTru=home))
    run()
    assert refusal(1, "B", **changes) == "PAPER_TWIN twin"


# ---------------------------------------------------------------- C1, C2


@pytest.mark.rule("C1", "C2")
@pytest.mark.parametrize(
    ("reason", "kind", "status"),
    [("C1", "3", "PID_NOT_APPLICABLE"), ("C2", "1", "PID_NO_ANSWER")],
)
def test_births_registered_abroad_are_routed_by_residence_and_wait_for_no_id(
    reason: str, kind: str, status: str
) -> None:
    entered = enter(
        1,
        reason,
        residence_commune=NGOC_HA,
        registered_commune=NGOC_HA,
        book=f"01/2026 ({reason}-FR)",
        registration_kind=kind,
        birth_country="FR",
        birth_place="Paris",
        birth_notice_code="",
    )
    run()
    assert _dossier(entered.message_id) == ("paper", reason, "APPROVAL_REQUESTED", "TE01002")
    assert column("SELECT personal_id_status FROM persons_person") == [status]
    asked = column("SELECT count(*) FROM persons_identityrequest")
    assert asked == [0 if reason == "C1" else 1]


@pytest.mark.rule("C1", "C2")
@pytest.mark.parametrize("reason", ["C1", "C2"])
def test_a_child_from_abroad_who_is_known_is_refused(reason: str) -> None:
    send(message(1))
    run()
    assert refusal(1, reason, number="9") == "PAPER_TWIN twin"


# ---------------------------------------------------------------- A1, A2


@pytest.mark.rule("A1", "A2")
@pytest.mark.parametrize("reason", ["A1", "A2"])
def test_a_correction_changes_the_record_and_makes_no_second_child(reason: str) -> None:
    send(message(1))
    run()
    numbers = column("SELECT insurance_number FROM dossiers_dossier")
    enter(1, reason, twin=_dossier_id(), child_name="NGUYỄN MINH ANH", personal_id="003226000001")
    run()
    assert rows("SELECT channel, child_name, state FROM dossiers_dossier") == [
        ("electronic", "NGUYỄN MINH ANH", "APPROVAL_REQUESTED")
    ]
    assert column("SELECT full_name FROM persons_person") == ["NGUYỄN MINH ANH"]
    assert column("SELECT insurance_number FROM dossiers_dossier") == numbers
    assert papers() == [(reason, "correct", 1, 1)]
    # The ministry's next version wins over it.
    send(message(1, message_id="M-2", version=2, kind="correct", nksHoTen="NGUYỄN MINH ANH ĐÀO"))
    run()
    assert column("SELECT full_name FROM persons_person") == ["NGUYỄN MINH ANH ĐÀO"]


@pytest.mark.parametrize("reason", ["A1", "A2"])
def test_a_correction_needs_a_standing_record_in_ones_own_area(reason: str) -> None:
    assert refusal(1, reason) == "PAPER_NOT_ALLOWED twin"
    send(message(1))
    run()
    other = officer(province="24")
    assert refusal(1, reason, twin=_dossier_id(), by=other) == "PAPER_NOT_ALLOWED twin"
    send(message(1, message_id="M-2", version=2, kind="cancel"))
    run()
    assert refusal(1, reason, twin=_dossier_id()) == "PAPER_NOT_ALLOWED twin"


def test_a_correction_that_collides_with_another_child_is_refused() -> None:
    send(message(1), message(2, nksHoTen="LÊ THỊ HOA"))
    run()
    found = refusal(1, "A1", twin=_dossier_id(), personal_id="003226000002")
    assert found == "PAPER_TWIN twin"


def test_a_correction_after_the_card_waits_for_an_officer() -> None:
    send(message(1))
    run()
    _approve_all()
    enter(1, "A1", twin=_dossier_id(), born_on="2026-11-11", personal_id="003226000001")
    run()
    assert column("SELECT kind FROM dossiers_task") == ["T-BIRTH-DATE-AFTER-CARD"]
    assert column("SELECT state FROM dossiers_dossier") == ["APPROVED"]


# ---------------------------------------------------------------- A3


def _cancelled(*, with_card: bool = False) -> str:
    send(message(1))
    run()
    if with_card:
        _approve_all()
    (number,) = column("SELECT insurance_number FROM dossiers_dossier")
    send(message(1, message_id="M-2", version=2, kind="cancel"))
    run()
    return str(number)


@pytest.mark.rule("A3")
@pytest.mark.parametrize("with_card", [False, True])
def test_a3_takes_the_place_of_the_cancelled_record_and_keeps_the_number(with_card: bool) -> None:
    number = _cancelled(with_card=with_card)
    entered = enter(1, "A3", number="55", sex="female", personal_id="003326000777")
    run()
    assert _dossier(entered.message_id)[:3] == ("paper", "A3", "APPROVAL_REQUESTED")
    assert rows("SELECT sex, personal_id FROM persons_person") == [("female", "003326000777")]
    assert column("SELECT DISTINCT insurance_number FROM cards_card") == [number]


@pytest.mark.rule("A3")
def test_a3_is_refused_while_the_record_stands_and_where_there_is_none() -> None:
    assert refusal(1, "A3") == "PAPER_NOT_ALLOWED twin"
    send(message(1))
    run()
    assert refusal(1, "A3") == "PAPER_NOT_ALLOWED twin"


def test_a3_under_the_same_register_entry_lives_after_the_cancellation() -> None:
    _cancelled()
    enter(1, "A3")
    run()
    assert column("SELECT state FROM dossiers_dossier ORDER BY id") == ["APPROVAL_REQUESTED"]
    assert papers() == [("A3", "create", 2, 1)]


def test_a_cancellation_on_paper_waits_for_two_persons_and_then_revokes() -> None:
    from lienthong.births import actions

    send(message(1))
    run()
    _approve_all()
    entered = enter(1, "A3", twin=_dossier_id(), is_cancellation=True)
    run()
    assert rows("SELECT state, code FROM births_message WHERE channel = 'paper'") == [
        ("held", "E-BRAKE")
    ]
    assert column("SELECT status FROM cards_card") == ["active"]
    for key in (901, 902):
        province = officer(Role.PROVINCE, key=key)
        actions.release([entered.message_ref], by=province, at=AT)
    run()
    assert column("SELECT status FROM cards_card") == ["revoked"]
    assert column("SELECT state FROM dossiers_dossier") == ["CANCELLED"]


def test_only_a3_cancels() -> None:
    send(message(1))
    run()
    assert refusal(1, "C3", twin=_dossier_id(), is_cancellation=True) == "PAPER_NOT_ALLOWED reason"


# ---------------------------------------------------------------- children alike


def test_a_child_alike_is_looked_at_first_and_then_taken() -> None:
    send(message(1))
    run()
    alike = {"number": "77", "birth_notice_code": ""}
    with pytest.raises(Found) as caught, transaction.atomic():
        enter(1, "C3", **alike)
    assert (caught.value.code, [twin.level for twin in caught.value.twins]) == (
        "PAPER_LOOKALIKE",
        [4],
    )
    enter(1, "C3", **alike, seen=frozenset({_dossier_id()}))
    run()
    assert column("SELECT count(*) FROM persons_person") == [2]
    assert column("SELECT kind FROM dossiers_task") == []


def test_a_twin_sister_is_no_child_alike() -> None:
    send(message(1))
    run()
    enter(2, "C3", child_name="NGUYỄN MINH ÂN")
    run()
    assert column("SELECT count(*) FROM persons_person") == [2]
