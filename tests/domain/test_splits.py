"""Dossiers of a divided commune: what an address decides, who sees the queue, and what becomes of a choice."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.db.transaction import atomic
from django.test.utils import CaptureQueriesContext

from lienthong.accounts.permissions import Role, permissions_of
from lienthong.audit import trail
from lienthong.database.scope import acting
from lienthong.dossiers import splitting
from lienthong.dossiers.splitting import SplitFilter, SplitLine
from lienthong.kernel.actor import Actor, ActorKind
from lienthong.kernel.errors import NotAllowed
from tests import births, mergers
from tests.conftest import BecomeWeb
from tests.declared import officer
from tests.mergers import stand
from tests.splits import (
    BEFORE,
    CENTRE,
    DAY,
    FAR,
    NEW,
    OLD,
    ON_DAY,
    OTHER,
    TO_5,
    UNITS,
    country,
    divide,
    later,
    one_day_later,
    split_of,
    waiting,
)

_CLOCK = "SELECT message_id, received_at, due_on, code FROM dossiers_dossier ORDER BY 1"
_STATES = (
    "SELECT to_state FROM dossiers_event JOIN dossiers_dossier AS dossier ON dossier.id = dossier_id"
    " WHERE message_id = %s AND machine = 'dossier' ORDER BY dossiers_event.id"
)


def _seen(by: Actor, become: BecomeWeb) -> list[SplitLine]:
    with become(), acting(by, at=ON_DAY):
        return splitting.open_splits(by, filters=SplitFilter(), on=DAY)


@pytest.mark.django_db
def test_an_address_that_names_one_heir_in_full_decides_and_keeps_its_evidence() -> None:
    country()
    (named,) = waiting("Số 5, phường Ngọc Hà, Hà Nội")
    divide()
    assert stand(named) == ("CREATED", "", UNITS[NEW], "000-5", NEW)
    assert split_of(named, "chosen_code, chosen_basis, note, chosen_by, closed_at IS NOT NULL") == (
        NEW, "named", "Phường Ngọc Hà", "system", True,
    )  # fmt: skip


@pytest.mark.django_db
def test_the_same_words_without_tones_and_hints_decide_nothing() -> None:
    country()
    sent = waiting("Số 5, phuong Ngoc Ha", "Gần chợ Ngọc Hà", "Phường Ngọc Hà Nam", "")
    divide()
    assert {stand(each)[:3] for each in sent} == {("MANUAL_REVIEW", "H-AREA-SPLIT", "")}


@pytest.mark.django_db
def test_the_old_commune_s_own_name_says_nothing_of_the_heir_that_took_it() -> None:
    country()
    (sent,) = waiting("Số 5, phường Ba Đình, Hà Nội")
    mergers.apply([(OLD, OLD, "part"), (OLD, NEW, "part")], DAY, at=ON_DAY)
    assert stand(sent)[:2] == ("MANUAL_REVIEW", "H-AREA-SPLIT")
    heirs = {it.code for it in splitting.open_splits(CENTRE, filters=SplitFilter(), on=DAY)[0].candidates}  # fmt: skip
    assert heirs == {OLD, NEW}


@pytest.mark.django_db
def test_the_queue_tells_all_that_is_needed_in_two_statements() -> None:
    country(without=[OTHER])
    first, second = waiting(TO_5, "Tổ dân phố số 05")
    divide()
    with CaptureQueriesContext(connection) as asked:
        lines = splitting.open_splits(CENTRE, filters=SplitFilter(), on=DAY + timedelta(days=1))
    assert len(asked) == 2
    line = lines[0]
    assert (line.child_name, line.residence_text, line.old_name) == (
        "NGUYỄN MINH AN", TO_5, "Phường Ba Đình",
    )  # fmt: skip
    (code,) = births.column("SELECT code FROM dossiers_dossier WHERE message_id = %s", first)
    assert (line.dossier_code, line.message_id, line.split_on) == (code, first, DAY)
    assert line.old_unit_name == f"Đơn vị cấp thẻ {UNITS[OLD]}"
    assert [(it.code, it.unit_name) for it in line.candidates] == [
        (NEW, f"Đơn vị cấp thẻ {UNITS[NEW]}"), (OTHER, ""),
    ]  # fmt: skip
    assert line.is_late
    births.declare("TE01009", OTHER)
    after = splitting.open_splits(CENTRE, filters=SplitFilter(after=line.id), on=DAY)
    assert [it.message_id for it in after] == [second]
    assert after[0].candidates[1].unit_name == "Đơn vị cấp thẻ TE01009"


@pytest.mark.django_db
def test_spellings_of_one_hamlet_are_one_group_and_filters_find_it() -> None:
    country()
    sent = waiting(TO_5, "tổ dân phố số 5", "TDP 05", "Tổ 6", "Số 9 ngõ 3")
    divide()
    with CaptureQueriesContext(connection) as asked:
        groups = splitting.groups(CENTRE, on=DAY)
    assert len(asked) == 1
    assert [(it.hamlet_name, it.waiting_count, it.late_count) for it in groups] == [
        ("tổ 5", 3, 3), ("tổ 6", 1, 1), ("", 1, 1),
    ]  # fmt: skip
    of_hamlet = SplitFilter(OLD, DAY, groups[0].hamlet_key)
    found = splitting.open_splits(CENTRE, filters=of_hamlet, on=DAY)
    assert [it.message_id for it in found] == sent[:3]
    nameless = splitting.open_splits(CENTRE, filters=SplitFilter(OLD, DAY, ""), on=DAY)
    assert [it.message_id for it in nameless] == sent[4:]
    assert splitting.open_splits(CENTRE, filters=SplitFilter(NEW, DAY), on=DAY) == []


@pytest.mark.django_db
def test_old_and_new_officers_see_it_and_nobody_else(as_web_role: BecomeWeb) -> None:
    country()
    (sent,) = waiting(TO_5)
    births.declare("TE24001", "07210", province="24")
    divide()
    officers = {
        "cu": officer("cu", "reception", "01", UNITS[OLD]),
        "moi": officer("moi", "card_desk", "01", UNITS[NEW]),
        "khac": officer("khac", "reception", "01", UNITS[OTHER]),
        "tinh1": officer("tinh1", "province", "01"),
        "trung-uong": officer("trung-uong", "centre", ""),
        "don-vi-khac": officer("don-vi-khac", "reception", "01", UNITS[FAR]),
        "tinh-khac-24": officer("tinh-khac-24", "province", "24"),
    }
    seen = {name for name, by in officers.items() if _seen(by, as_web_role)}
    assert seen == {"cu", "moi", "khac", "tinh1", "trung-uong"}
    # The code is everybody's who may choose; the dossier itself is its owner's.
    assert _seen(officers["cu"], as_web_role)[0].message_id == ""
    assert _seen(officers["cu"], as_web_role)[0].dossier_code
    assert _seen(officers["tinh1"], as_web_role)[0].message_id == sent


@pytest.mark.django_db
def test_a_unit_declared_since_sees_it_from_the_next_step_on(as_web_role: BecomeWeb) -> None:
    country(without=[OTHER])
    waiting(TO_5)
    divide()
    births.declare(UNITS[OTHER], OTHER)
    by = officer("khac", "reception", "01", UNITS[OTHER])
    assert _seen(by, as_web_role) == []
    births.run(ON_DAY)
    assert len(_seen(by, as_web_role)) == 1


@pytest.mark.django_db
def test_a_choice_moves_the_dossier_on_and_the_clock_stays(as_web_role: BecomeWeb) -> None:
    country()
    chosen, left = waiting(TO_5, "Tổ 6")
    clock = births.rows(_CLOCK)
    divide()
    at = one_day_later()
    old, new, third = (
        officer("cu", "reception", "01", UNITS[OLD]),
        officer("moi", "card_desk", "01", UNITS[NEW]),
        officer("khac", "reception", "01", UNITS[OTHER]),
    )
    split_id = split_of(chosen)
    with as_web_role(), acting(old, at=at):
        outcome = splitting.choose([split_id], NEW, note="UBND phường xác nhận", by=old, at=at)
        assert outcome.done == (split_id,)
        (entry,) = [it for it in trail.history_of("split", split_id, by=old) if it.action == "split.choose"]  # fmt: skip
    assert (entry.by, entry.detail) == ("officer:cu", {"chosen": NEW, "basis": "officer"})
    assert split_of(chosen, "chosen_code, chosen_on, chosen_basis, chosen_by, note") == (
        NEW, at.date(), "officer", "officer:cu", "UBND phường xác nhận",
    )  # fmt: skip
    births.run(at)
    assert stand(chosen) == ("APPROVAL_REQUESTED", "", UNITS[NEW], "000-5", NEW)
    assert stand(left)[0] == "MANUAL_REVIEW"
    assert births.rows(_CLOCK) == clock
    assert births.column(_STATES, chosen) == [
        "RECEIVED", "CREATED", "MANUAL_REVIEW", "CREATED", "SENT_TNHS", "EXPORTED_TNHS", "ARISEN",
        "APPROVAL_REQUESTED",
    ]  # fmt: skip
    # The one left is still everybody's; of the other only its new unit sees more.
    for by, ids in ((old, set()), (third, set()), (new, {split_id})):
        assert [it.child_name for it in _seen(by, as_web_role)] == ["NGUYỄN MINH BÌNH"]
        with as_web_role(), acting(by, at=at):
            assert set(births.column("SELECT id FROM dossiers_split WHERE closed_at IS NOT NULL")) == ids  # fmt: skip


@pytest.mark.django_db
def test_what_is_sent_afterwards_waits_too_and_is_routed_as_chosen() -> None:
    country()
    divide()
    sent = later(1, TO_5)
    assert stand(sent)[:2] == ("MANUAL_REVIEW", "H-AREA-SPLIT")
    assert splitting.choose([split_of(sent)], OTHER, note="", by=CENTRE, at=ON_DAY).done
    births.run(ON_DAY)
    assert stand(sent) == ("APPROVAL_REQUESTED", "", UNITS[OTHER], "Q2", OTHER)


@pytest.mark.django_db
def test_a_commune_without_a_unit_may_be_chosen_and_the_dossier_waits_for_its_declaration() -> None:
    country(without=[OTHER])
    (sent,) = waiting(TO_5)
    divide()
    assert splitting.choose([split_of(sent)], OTHER, note="", by=CENTRE, at=ON_DAY).done
    births.run(ON_DAY)
    assert stand(sent)[:3] == ("CREATE_FAILED", "UNIT_NOT_DECLARED", "")
    births.declare(UNITS[OTHER], OTHER)
    births.run(ON_DAY)
    assert stand(sent)[2] == UNITS[OTHER]


@pytest.mark.django_db
def test_each_refusal_has_its_sentence_and_the_rest_is_done(as_web_role: BecomeWeb) -> None:
    country()
    first, second = waiting(TO_5, "Tổ 6")
    divide()
    by = officer("cu", "reception", "01", UNITS[OLD])
    far = officer("don-vi-khac", "reception", "01", UNITS[FAR])
    one, two = split_of(first), split_of(second)
    with as_web_role(), acting(by, at=ON_DAY):
        assert splitting.choose([one], NEW, note="", by=by, at=ON_DAY).done == (one,)
        outcome = splitting.choose([one, two, 999_999], NEW, note="", by=by, at=ON_DAY)
    assert outcome.done == (two,)
    assert {it.subject: it.code for it in outcome.refused} == {one: "CHANGED", 999_999: "NOT_FOUND"}
    assert all(it.message_vi.endswith(".") for it in outcome.refused)
    with as_web_role(), acting(far, at=ON_DAY):
        (refused,) = splitting.choose([two], NEW, note="", by=far, at=ON_DAY).refused
    assert refused.code == "NOT_FOUND"
    nobody = Actor("quan-tri", ActorKind.OFFICER, permissions_of(Role.ADMINISTRATOR), 8)
    with pytest.raises(NotAllowed):
        splitting.choose([two], NEW, note="", by=nobody, at=ON_DAY)


@pytest.mark.django_db
def test_in_one_bulk_choice_rows_of_another_commune_are_refused_unless_it_is_an_heir_there_too() -> (
    None
):
    country()
    (here,) = waiting(TO_5)
    there = mergers.bring(9, "CREATED", commune=FAR, at=BEFORE, address="Tổ 5")
    parts = [(OLD, NEW, "part"), (OLD, OTHER, "part"), (FAR, OTHER, "part"), (FAR, "00082", "part")]
    mergers.apply(parts, DAY, at=ON_DAY)
    both = [split_of(here), split_of(there)]
    (refused,) = splitting.choose(both, NEW, note="", by=CENTRE, at=ON_DAY).refused
    assert (refused.subject, refused.code) == (both[1], "NOT_CANDIDATE")
    third = split_of(later(10, "Tổ 6"))
    assert splitting.choose([third, both[1]], OTHER, note="", by=CENTRE, at=ON_DAY).done_count == 2


@pytest.mark.django_db
def test_a_choice_outside_the_candidates_is_refused_by_the_action_and_by_the_database(
    as_web_role: BecomeWeb,
) -> None:
    country()
    (sent,) = waiting(TO_5)
    divide()
    split_id, by = split_of(sent), officer("cu", "reception", "01", UNITS[OLD])
    with as_web_role(), acting(by, at=ON_DAY):
        (refused,) = splitting.choose([split_id], FAR, note="", by=by, at=ON_DAY).refused
    assert refused.code == "NOT_CANDIDATE"
    assert "Phường Ba Đình" in refused.message_vi
    write = "UPDATE dossiers_split SET chosen_code = %s, chosen_on = %s, chosen_at = %s, chosen_by = 'x' RETURNING id"
    with as_web_role(), acting(by, at=ON_DAY):
        with pytest.raises(DatabaseError, match="not a candidate"), atomic():
            births.rows(write, FAR, DAY, ON_DAY)
        assert births.rows(write, NEW, DAY, ON_DAY)
        with pytest.raises(DatabaseError, match="a choice is made once"), atomic():
            births.rows(write, OTHER, DAY, ON_DAY)
        with pytest.raises(DatabaseError, match="permission denied"), atomic():
            births.rows("UPDATE dossiers_split SET candidates = '[]' RETURNING id")


@pytest.mark.django_db
def test_a_corrected_address_closes_the_question_and_asks_anew() -> None:
    country()
    first, second = waiting(TO_5, "Tổ 6")
    divide()
    before = split_of(first)
    correction = {"kind": "correct", "version": 2}
    later(1, "Tổ 9", message_id="M-1", **correction)
    later(2, "Số 5, phường Ngọc Hà", message_id="M-2", **correction)
    assert births.rows("SELECT chosen_code, closed_at IS NOT NULL FROM dossiers_split WHERE id = %s", before) == [("", True)]  # fmt: skip
    assert split_of(first) != before
    assert split_of(first, "hamlet_name, closed_at") == ("tổ 9", None)
    assert stand(second)[2:] == (UNITS[NEW], "000-5", NEW)


@pytest.mark.django_db
def test_a_cancelled_birth_leaves_the_queue() -> None:
    country()
    (sent,) = waiting(TO_5)
    divide()
    later(1, TO_5, message_id="M-1", kind="cancel", version=2)
    assert stand(sent)[0] == "CANCELLED"
    assert splitting.open_splits(CENTRE, filters=SplitFilter(), on=DAY) == []
    (refused,) = splitting.choose([split_of(sent)], NEW, note="", by=CENTRE, at=ON_DAY).refused
    assert refused.code == "CHANGED"


@pytest.mark.django_db
def test_the_majority_s_choice_is_suggested_to_those_that_wait_and_those_that_come() -> None:
    country()
    first, second, third, fourth = waiting("Tổ 1", "Tổ 2", "Tổ 3", "Tổ 4")
    divide()
    suggestion = "suggested_code, suggestion_basis"
    assert split_of(fourth, suggestion) == ("", "")
    splitting.choose([split_of(first)], NEW, note="", by=CENTRE, at=ON_DAY)
    splitting.choose([split_of(second), split_of(third)], OTHER, note="", by=CENTRE, at=ON_DAY)
    births.run(ON_DAY)
    assert split_of(fourth, suggestion) == (OTHER, "majority")
    assert split_of(later(7, "Tổ 5"), suggestion) == (OTHER, "majority")


@pytest.mark.django_db
def test_the_office_that_registered_the_birth_is_suggested_when_it_is_an_heir() -> None:
    country()
    divide()
    sent = later(7, "Tổ 4", ndkksMaXa=NEW)
    assert split_of(sent, "suggested_code, suggestion_basis") == (NEW, "office")
