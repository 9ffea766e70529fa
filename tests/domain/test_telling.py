"""What the dossiers tell on: a late one to its family, an id that came, what left the procedure to the desk; each once."""

from datetime import timedelta

import pytest

from lienthong.cards import actions as cards
from lienthong.cards import conformance
from lienthong.dossiers import lateness, telling
from lienthong.dossiers.lateness import Why
from tests import births, notices, offprocess
from tests.births import AT, column, message, rows, run, send, system
from tests.declared import officer

pytestmark = pytest.mark.django_db
LATE = AT + timedelta(days=12)


@pytest.fixture(autouse=True)
def _country(db: None) -> None:
    births.small_country()


def _child() -> tuple[int, int]:
    send(message(soDinhDanh=""))
    run()
    (found,) = rows("SELECT id, person_id FROM dossiers_dossier")
    return found[0], found[1]


@pytest.mark.parametrize(
    ("why", "count"), [(Why("FAMILY_NOT_COME"), 1), (Why("OTHER", "Lời riêng của cán bộ"), 0)]
)
def test_a_family_that_asked_for_it_is_told_why_the_card_is_late(why: Why, count: int) -> None:
    dossier_id, person_id = _child()
    notices.reach("me@example.vn", wants_optional=True, subject=("person", person_id))
    by = officer("tiep-nhan-thu", "reception", "01")
    for _ in range(2):
        assert lateness.explain([dossier_id], why, by=by, at=LATE).done == (dossier_id,)
    assert [kind for kind, _, _ in notices.told()] == ["DOSSIER_LATE"] * count
    assert "Lời riêng" not in str(column("SELECT words FROM notices_notice"))


def test_a_personal_id_that_came_is_told_once() -> None:
    _, person_id = _child()
    notices.reach("me@example.vn", wants_optional=True, subject=("person", person_id))
    assert telling.identity_found(by=system(), at=AT) == 0
    with births.acting(system(), at=AT):
        rows(
            "UPDATE persons_identityrequest SET state = 'answered', answer_class = 'FOUND', closed_at = %s RETURNING 1",
            AT,
        )
    assert telling.identity_found(by=system(), at=AT) == 1
    assert telling.identity_found(by=system(), at=AT) == 0
    assert telling.identity_found(by=system(), at=AT + timedelta(hours=1)) == 0
    assert [kind for kind, _, _ in notices.told()] == ["PERSONAL_ID_FOUND"]


def test_what_left_the_procedure_is_told_to_the_desk_once_a_unit() -> None:
    desk = notices.officer()
    card = offprocess.requested()
    cards.approve([card], by=offprocess.APPROVER, at=offprocess.hour(23, "10:00"))
    for _ in range(2):
        conformance.look(by=system(), at=offprocess.hour(23, "10:00"))
    told = notices.told()
    assert ("OFF_PROCESS", f"officer:{desk}", "page") in told
    assert len(told) == len(set(told)) == 1
    (words,) = column("SELECT words FROM notices_notice")
    assert "OP-01" in str(words)
