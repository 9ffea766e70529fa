"""The lists of reasons: the centre adds and ends them, a reply keeps what it named, the database holds both to it."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from lienthong.database.scope import acting
from lienthong.kernel.errors import NotAllowed
from lienthong.oversight import connections, reasonlists
from lienthong.oversight.connections import Declaration
from tests import births
from tests.births import AT, ON, rows
from tests.conftest import BecomeWeb
from tests.declared import refusal
from tests.directives import Offices, offices

pytestmark = pytest.mark.django_db
_NEW = "Chờ hợp nhất cơ sở dữ liệu hộ tịch"


@pytest.fixture
def there(db: None) -> Offices:
    births.small_country()
    return offices()


def _added(there: Offices, first: date = ON) -> int:
    return reasonlists.add("unconnected", _NEW, first, by=there.centre, at=AT)


def _offered(on: date = ON) -> list[str]:
    return [it.label for it in reasonlists.on_day(on)["unconnected"]]


def test_a_reason_is_offered_on_its_days_alone_the_open_one_last(there: Offices) -> None:
    assert _NEW not in _offered()
    first, last = ON + timedelta(days=1), ON + timedelta(days=3)
    reason_id = _added(there, first)
    assert _NEW not in _offered()
    assert _offered(first)[-2:] == [_NEW, "Lý do khác (ghi rõ)"]
    reasonlists.end(reason_id, last, by=there.centre, at=AT)
    assert _NEW in _offered(last)
    assert _NEW not in _offered(last + timedelta(days=1))
    assert reasonlists.labels()["unconnected", "CHO_HOP_NHAT_CO_SO_DU_LI"] == _NEW
    logged = "SELECT action FROM audit_entry WHERE subject_kind = 'reason' ORDER BY id"
    assert rows(logged) == [("reason.added",), ("reason.ended",)]


def test_an_ended_reason_can_be_offered_again_under_another_code(there: Offices) -> None:
    reasonlists.end(_added(there), ON, by=there.centre, at=AT)
    assert refusal(lambda: _added(there)) == "E-TWICE"
    _added(there, ON + timedelta(days=1))
    assert _offered(ON) == [*_offered(ON)[:-2], _NEW, "Lý do khác (ghi rõ)"]
    assert _offered(ON + timedelta(days=1)).count(_NEW) == 1


def test_declarations_and_replies_choose_from_the_same_list(there: Offices) -> None:
    reason_id = _added(there)
    (code,) = (it.code for it in reasonlists.on_day(ON)["unconnected"] if it.id == reason_id)
    assert connections.grounds(ON)[code] == _NEW
    said = Declaration(is_connected=False, since=ON, reason=code, plan="Kết nối thử", planned_on=ON)
    connections.declare("01", said, seen=0, by=there.director, at=AT)
    reasonlists.end(reason_id, ON, by=there.centre, at=AT)
    (step,) = connections.steps(there.director, "01")
    assert step.reason_vi == _NEW
    later = AT + timedelta(days=1)
    assert (
        refusal(lambda: connections.declare("01", said, seen=step.id, by=there.director, at=later))
        == "E-REASON"
    )


@pytest.mark.parametrize(
    ("list_name", "label", "first", "code"),
    [
        ("weather", _NEW, ON, "E-LIST"),
        ("late", "  ", ON, "E-LABEL"),
        ("late", "x" * 121, ON, "E-LABEL"),
        ("late", "Thiếu phôi thẻ,  HỎNG máy in", ON, "E-TWICE"),
        ("late", _NEW, ON - timedelta(days=1), "E-DATE"),
    ],
)
def test_what_is_no_reason_is_refused(
    there: Offices, list_name: str, label: str, first: date, code: str
) -> None:
    before = rows("SELECT count(*) FROM oversight_reason")
    assert refusal(lambda: reasonlists.add(list_name, label, first, by=there.centre, at=AT)) == code
    assert rows("SELECT count(*) FROM oversight_reason") == before


def test_the_open_reason_and_what_is_over_do_not_end(there: Offices) -> None:
    ids = {it.code: it.id for it in reasonlists.listed()["late"]}
    by = there.centre
    assert refusal(lambda: reasonlists.end(ids["OTHER"], ON, by=by, at=AT)) == "E-REASON"
    assert refusal(lambda: reasonlists.end(0, ON, by=by, at=AT)) == "E-REASON"
    yesterday = ON - timedelta(days=1)
    assert refusal(lambda: reasonlists.end(ids["PRINTING"], yesterday, by=by, at=AT)) == "E-DATE"
    reasonlists.end(ids["PRINTING"], ON, by=by, at=AT)
    later = AT + timedelta(days=2)
    tomorrow = ON + timedelta(days=2)
    assert (
        refusal(lambda: reasonlists.end(ids["PRINTING"], tomorrow, by=by, at=later)) == "E-REASON"
    )
    future = _added(there, ON + timedelta(days=5))
    assert refusal(lambda: reasonlists.end(future, ON, by=by, at=AT)) == "E-DATE"


def test_a_province_changes_no_list_not_even_by_the_database(
    there: Offices, as_web_role: BecomeWeb
) -> None:
    with pytest.raises(NotAllowed):
        reasonlists.add("late", _NEW, ON, by=there.director, at=AT)
    with pytest.raises(NotAllowed):
        reasonlists.end(1, ON, by=there.director, at=AT)
    insert = (
        "INSERT INTO oversight_reason (list_name, code, place, label, valid_from)"
        " VALUES ('late', 'X', 50, 'X', '2026-01-01') RETURNING 1"
    )
    with as_web_role():
        for statement in (
            insert,
            "UPDATE oversight_reason SET valid_to = '2099-01-01' RETURNING 1",
        ):
            try:
                with transaction.atomic(), acting(there.director, at=AT):
                    found = rows(statement)
            except DatabaseError:
                found = []
            assert found == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE oversight_reason SET label = 'Khác đi' WHERE code = 'PRINTING'",
        "UPDATE oversight_reason SET valid_to = '2020-01-01' WHERE code = 'PRINTING'",
        "UPDATE oversight_reason SET valid_to = '2099-01-01' WHERE code = 'OTHER'",
        "DELETE FROM oversight_reason WHERE code = 'PRINTING'",
        (
            "INSERT INTO oversight_connectionstep (province_code, is_connected, since, reason, plan, planned_on,"
            " entered_at, entered_by, note)"
            " VALUES ('01', false, '2026-11-01', 'WEATHER', 'x', '2026-12-01', now(), 'x', '')"
        ),
    ],
)
def test_the_database_keeps_what_was_said(there: Offices, statement: str) -> None:
    with (
        pytest.raises(DatabaseError),
        transaction.atomic(),
        acting(there.centre, at=AT),
    ):
        rows(statement + " RETURNING 1")
