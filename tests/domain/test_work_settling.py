"""Closing tasks, and saying why a dossier is late."""

from datetime import timedelta

import pytest
from django.db import connection

from lienthong.database.scope import acting
from lienthong.dossiers import actions as dossiers
from lienthong.dossiers import lateness, tasks
from lienthong.dossiers.lateness import Why
from lienthong.kernel.errors import NotAllowed, Refused
from tests.architecture import code
from tests.births import AT, column, message, rows, run, send, small_country, system
from tests.desks import THURSDAY, officer, staff


@pytest.fixture
def dossier_id(db: None) -> int:
    small_country()
    staff()
    send(message(1))
    run()
    return int(column("SELECT id FROM dossiers_dossier")[0])


def _task(dossier_id: int, key: str = "t:1") -> int:
    dossiers.open_task(
        "H-FACILITY", dossier_id=dossier_id, subject_key=key, detail={}, by=system(), at=AT
    )
    return int(column("SELECT id FROM dossiers_task WHERE subject_key = %s", key)[0])


def test_tasks_are_closed_together_with_one_note(dossier_id: int) -> None:
    both = [_task(dossier_id), _task(dossier_id, "t:2")]
    by = officer("thu-01")
    done = dossiers.settle_task(both, "NOTHING_TO_DO", note=" Đã  bổ sung ", by=by, at=AT)
    assert done.done == tuple(both)
    assert rows("SELECT DISTINCT outcome, note, closed_by, closed_at FROM dossiers_task") == [
        ("NOTHING_TO_DO", "Đã  bổ sung", "officer:thu-01", AT)
    ]
    again = dossiers.settle_task([*both, 999_999], "DONE", note="Lại", by=by, at=AT)
    assert [refusal.code for refusal in again.refused] == ["CHANGED", "CHANGED", "NOT_FOUND"]
    assert column("SELECT count(*) FROM audit_entry WHERE action = 'task.settle'") == [2]


def test_a_task_is_not_closed_without_a_right_an_outcome_or_a_note(dossier_id: int) -> None:
    task_id = _task(dossier_id)
    with pytest.raises(NotAllowed):
        dossiers.settle_task([task_id], "DONE", note="x", by=officer("trung-uong"), at=AT)
    for outcome, note, wrong in (
        ("", "x", "ket-qua"),
        ("XONG", "x", "ket-qua"),
        ("DONE", " ", "ghi-chu"),
    ):
        with pytest.raises(Refused) as said:
            dossiers.settle_task([task_id], outcome, note=note, by=officer("thu-01"), at=AT)
        assert said.value.field == wrong
    assert column("SELECT closed_at FROM dossiers_task") == [None]


def test_a_quarantined_question_that_an_officer_closed_stays_closed(dossier_id: int) -> None:
    with acting(system(), at=AT), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO persons_identityrequest (person_id, state, attempts, next_at, answer_class, detail, made_at)"
            " SELECT person_id, 'quarantined', 1, %s, 'E-PID-MISMATCH', '', %s FROM dossiers_dossier",
            [AT, AT],
        )
    dossiers.follow_identity(by=system(), at=AT)
    (task_id,) = column("SELECT id FROM dossiers_task WHERE kind = 'E-PID-MISMATCH'")
    dossiers.settle_task([task_id], "DONE", note="Đúng", by=officer("tiep-nhan-01"), at=AT)
    assert dossiers.follow_identity(by=system(), at=AT) == 0
    assert column("SELECT closed_by FROM dossiers_task WHERE id = %s", task_id) == [
        "officer:tiep-nhan-01"
    ]


def test_every_kind_of_task_that_a_step_opens_has_its_words_and_its_desk() -> None:
    text = "\n".join(p.read_text(encoding="utf-8") for p in code.files(".py", ".sql"))
    for kind, it in tasks.KINDS.items():
        assert f"'{kind}'" in text or f'"{kind}"' in text
        assert it.title_vi
        assert it.todo_vi.endswith(".")
        assert set(it.desks) <= set(tasks.EVERY_DESK)
    opened = {
        "E-DUP-PERSON", "E-PID-TAKEN", "E-PID-MISMATCH", "E-PID-PARENT", "E-VERSION-CLASH", "H-FACILITY",
        "T-CORRECTION-AFTER-CARD", "T-BIRTH-DATE-AFTER-CARD", "T-PERSONAL-ID-CHANGED", "T-NO-LONGER-ENTITLED",
        "T-CARD-REVOKED",
    }  # fmt: skip
    assert opened <= set(tasks.KINDS)


def test_a_late_dossier_is_explained_and_may_be_explained_again(dossier_id: int) -> None:
    by = officer("so-the-01")
    assert lateness.unexplained(by, [dossier_id], on=THURSDAY.date()) == {dossier_id}
    assert lateness.explain([dossier_id], Why("EQUIPMENT", "Hết phôi"), by=by, at=THURSDAY).done
    assert lateness.reason_of(by, dossier_id) == "Máy in, phôi thẻ hoặc đường truyền hỏng: Hết phôi"
    assert lateness.unexplained(by, [dossier_id], on=THURSDAY.date()) == set()
    lateness.explain([dossier_id], Why("OTHER", "Mất điện cả ngày"), by=by, at=THURSDAY)
    assert lateness.reason_of(by, dossier_id) == "Mất điện cả ngày"
    assert column(
        "SELECT detail ->> 'reason' FROM audit_entry WHERE action = 'dossier.late_reason' ORDER BY id"
    ) == [
        "EQUIPMENT",
        "OTHER",
    ]
    # The clock of its approval runs on from where it began.
    assert column("SELECT changed_at FROM dossiers_dossier") == [AT]


def test_what_is_not_late_needs_no_reason_and_gets_none(dossier_id: int) -> None:
    by = officer("so-the-01")
    told = lateness.explain([dossier_id], Why("WORKLOAD"), by=by, at=AT + timedelta(hours=1))
    assert [refusal.code for refusal in told.refused] == ["NOT_LATE"]
    assert column("SELECT late_reason FROM dossiers_dossier") == [""]


@pytest.mark.parametrize(
    ("why", "wrong"),
    [(Why(), "LATE_REASON"), (Why("XYZ"), "LATE_REASON"), (Why("OTHER", " "), "LATE_NOTE")],
)
def test_a_reason_is_one_of_the_list(dossier_id: int, why: Why, wrong: str) -> None:
    with pytest.raises(Refused) as said:
        lateness.explain([dossier_id], why, by=officer("so-the-01"), at=THURSDAY)
    assert said.value.code == wrong
