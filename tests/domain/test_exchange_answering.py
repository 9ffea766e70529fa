"""After a merger a new request goes to the unit that answers now for the child's commune; what is unfinished stays (680).

The card, its dossier and its number stay what they were: only what is asked for from now on is the new unit's.
"""

from datetime import timedelta

import pytest

from lienthong.accounts.jurisdiction import actor_of
from lienthong.births import corrections
from lienthong.cards import actions, exchange, further
from lienthong.cards.exchange import Asked
from lienthong.catalogues import routes
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import NotFound
from tests import births, cards
from tests.births import column, rows, run
from tests.cards import approve, as_if_committed, ask, shown
from tests.corrections import corrected, decide, deed, open_task
from tests.declared import officer, refusal
from tests.mergers import DAY, LATER, NEW, OLD, OTHER, THEN, apply, breaches, country
from tests.officers import become

pytestmark = pytest.mark.django_db
AT = births.AT
SPLIT = [(OLD, NEW, "part"), (OLD, OTHER, "part")]
OF_WHOM = """
    SELECT unit.code, dossier.area = unit.id, dossier.resolved_commune_code, dossier.unit_rule
    FROM dossiers_dossier AS dossier JOIN catalogues_unit AS unit ON unit.id = dossier.unit_id WHERE dossier.id = %s
"""
OF_CARD = """
    SELECT unit.code, card.area = unit.id, card.commune_code, card.code, card.insurance_number
    FROM cards_card AS card JOIN catalogues_unit AS unit ON unit.id = card.unit_id WHERE card.id = %s
"""


@pytest.fixture(autouse=True)
def _country(db: None) -> None:
    country()


@pytest.fixture
def thu() -> Actor:
    return cards.collector()


@pytest.fixture
def so_the() -> Actor:
    return cards.approver()


def _read(by: Actor, text: str) -> list[int]:
    """What a search on the page of exchanges finds."""
    become("lienthong_web")
    with acting(by, at=LATER):
        found = [it.id for it in further.find(by, text)]
    become("lienthong_worker")
    return found


def test_000_1_a_new_request_goes_to_the_unit_that_answers_now_and_the_old_card_stays_where_it_was(
    thu: Actor, so_the: Actor
) -> None:
    old = cards.handed_over()
    before = rows(OF_CARD, old)[0]
    apply([(OLD, NEW, "whole")], DAY, at=THEN)
    again = ask(Asked(old, "lost"), by=thu, at=LATER)
    assert rows(OF_WHOM, again.dossier_id) == [("TE-NEW", True, NEW, "Q1")]
    assert rows(OF_CARD, again.card_id) == [("TE-NEW", True, NEW, before[3], before[4])]
    assert column("SELECT unit_id = area FROM cards_request ORDER BY id DESC LIMIT 1") == [True]
    approve(again.card_id, by=so_the, at=LATER)
    assert rows(OF_CARD, old) == [before]
    assert column("SELECT status FROM cards_card ORDER BY id") == ["superseded", "active"]
    as_if_committed()
    assert breaches() == []


def test_000_3_what_is_unfinished_stays_with_the_old_unit(thu: Actor) -> None:
    old = cards.active()
    waiting = cards.handed_over(2)
    asked_before = ask(Asked(waiting, "lost"), by=thu, at=AT + timedelta(days=3))
    apply([(OLD, NEW, "whole")], DAY, at=THEN)
    inside = ask(Asked(old, "lost"), by=thu, at=LATER)
    for dossier_id in (inside.dossier_id, asked_before.dossier_id):
        assert rows(OF_WHOM, dossier_id)[0][:3] == ("TE-OLD", True, OLD)
    assert rows(OF_CARD, inside.card_id)[0][:3] == ("TE-OLD", True, OLD)
    assert breaches() == []


def test_another_unit_declared_for_the_same_commune_answers_for_it(thu: Actor) -> None:
    """No act of merger: the declaration alone has passed to another unit."""
    old = cards.handed_over()
    with acting(births.system(), at=LATER):
        rows(
            "UPDATE catalogues_workplace SET valid = daterange(lower(valid), '2026-12-01') WHERE commune_code = %s RETURNING 1",
            OLD,
        )
    births.declare("TE-NEWER", OLD, valid_from="2026-12-01")
    run(LATER)
    again = ask(Asked(old, "damaged"), by=thu, at=LATER)
    assert rows(OF_WHOM, again.dossier_id) == [("TE-NEWER", True, OLD, "000-0")]
    assert breaches() == []


def test_the_new_unit_s_officers_find_ask_and_approve_and_the_old_unit_s_are_told_who_does() -> (
    None
):
    old = cards.handed_over()
    (number,) = column("SELECT insurance_number FROM cards_card WHERE id = %s", old)
    new_thu = officer("thu-moi", "collection", "01", "TE-NEW")
    new_desk = officer("so-the-moi", "card_desk", "01", "TE-NEW")
    old_thu = officer("thu-cu", "collection", "01", "TE-OLD")
    other = officer("thu-khac", "collection", "01", "TE-OTHER")
    assert _read(new_thu, number) == []
    apply([(OLD, NEW, "whole")], DAY, at=THEN)
    assert _read(new_thu, number) == _read(old_thu, number) == [old]
    assert _read(other, number) == []
    assert refusal(lambda: ask(Asked(old, "lost"), by=old_thu, at=LATER)) == "ELSEWHERE"
    become("lienthong_worker")
    with pytest.raises(NotFound):
        ask(Asked(old, "lost"), by=other, at=LATER)
    again = ask(Asked(old, "lost"), by=new_thu, at=LATER)
    assert approve(again.card_id, by=new_desk, at=LATER).done == (again.card_id,)
    assert column("SELECT status FROM cards_card ORDER BY id") == ["superseded", "active"]
    # Those of the old unit still see what they issued, and no more.
    assert _read(old_thu, number) == [old]
    as_if_committed()
    assert breaches() == []


def test_the_new_unit_sees_nothing_that_is_unfinished_and_moves_nothing_of_what_is_over() -> None:
    cards.active()
    cards.handed_over(2)
    new_thu = officer("thu-moi", "collection", "01", "TE-NEW")
    apply([(OLD, NEW, "whole")], DAY, at=THEN)
    become("lienthong_web")
    with acting(new_thu, at=LATER):
        assert column("SELECT state FROM dossiers_dossier") == ["RETURNED"]
        assert len(column("SELECT id FROM cards_card")) == 1
    become("lienthong_worker")
    for statement in (
        "UPDATE dossiers_dossier SET child_name = 'Khác' WHERE state = 'RETURNED'",
        "UPDATE cards_card SET status = 'revoked', ended_at = now(), end_reason = 'x'",
    ):
        become("lienthong_web")
        with pytest.raises(Exception, match="row-level security"), acting(new_thu, at=LATER):
            rows(statement)
        become("lienthong_worker")


def test_of_a_divided_commune_somebody_says_where_the_child_lives(thu: Actor) -> None:
    old = cards.handed_over()
    new_thu = officer("thu-moi", "collection", "01", "TE-NEW")
    (number,) = column("SELECT insurance_number FROM cards_card WHERE id = %s", old)
    apply(SPLIT, DAY, at=THEN)
    assert _read(new_thu, number) == []
    assert refusal(lambda: ask(Asked(old, "lost"), by=thu, at=LATER)) == "H-AREA-SPLIT"
    elsewhere = Asked(old, "lost", commune_code="19774")
    assert refusal(lambda: ask(elsewhere, by=thu, at=LATER)) == "H-AREA"
    again = ask(Asked(old, "lost", commune_code=OTHER), by=thu, at=LATER)
    assert rows(OF_WHOM, again.dossier_id) == [("TE-OTHER", True, OTHER, "Q2")]
    assert rows(
        "SELECT chosen_commune_code, chosen_on FROM dossiers_dossier WHERE id = %s",
        again.dossier_id,
    ) == [(OTHER, vietnam_date(LATER))]
    assert breaches() == []


def test_where_no_unit_or_several_answer_nothing_falls_back_to_the_old_one(thu: Actor) -> None:
    old = cards.handed_over()
    with acting(births.system(), at=LATER):
        rows(
            "UPDATE catalogues_workplace SET valid = daterange(lower(valid), '2026-12-01') WHERE commune_code = %s RETURNING 1",
            OLD,
        )
    routes.ensure(vietnam_date(LATER))
    assert refusal(lambda: ask(Asked(old, "lost"), by=thu, at=LATER)) == "UNIT_NOT_DECLARED"
    become("lienthong_worker")
    births.declare("TE-A", OLD, valid_from="2026-12-01")
    births.declare("TE-B", OLD, valid_from="2026-12-01")
    routes.ensure(vietnam_date(LATER))
    assert refusal(lambda: ask(Asked(old, "lost"), by=thu, at=LATER)) == "UNIT_AMBIGUOUS"
    assert column("SELECT count(*) FROM cards_card") == [1]


@pytest.mark.rule("A1")
def test_a_correction_after_a_merger_is_the_new_unit_s_to_decide() -> None:
    cards.handed_over()
    new_thu = officer("thu-moi", "collection", "01", "TE-NEW")
    new_desk = officer("so-the-moi", "card_desk", "01", "TE-NEW")
    old_thu = officer("thu-cu", "collection", "01", "TE-OLD")
    apply([(OLD, NEW, "whole")], DAY, at=THEN)
    corrected(at=LATER, nksHoTen="NGUYỄN MINH ANH")
    task = open_task("T-CORRECTION-AFTER-CARD")
    become("lienthong_web")
    with acting(old_thu, at=LATER):
        assert task not in column("SELECT id FROM dossiers_task")
    become("lienthong_worker")
    made = decide(corrections.exchange_as_registered, deed(task, by=new_thu), by=new_thu, at=LATER)
    assert rows(OF_WHOM, made.dossier_id)[0][:2] == ("TE-NEW", True)
    assert approve(made.card_id, by=new_desk, at=LATER).done
    assert column("SELECT full_name FROM persons_person") == ["NGUYỄN MINH ANH"]
    as_if_committed()
    assert breaches() == []


def test_an_open_question_about_what_was_handed_over_goes_to_the_new_unit_with_the_merger() -> None:
    cards.handed_over()
    new_thu = officer("thu-moi", "collection", "01", "TE-NEW")
    corrected(nksHoTen="NGUYỄN MINH ANH")
    task = open_task("T-CORRECTION-AFTER-CARD")
    apply([(OLD, NEW, "whole")], DAY, at=THEN)
    assert column(
        "SELECT unit.code FROM dossiers_task AS task JOIN catalogues_unit AS unit ON unit.id = task.area"
        " WHERE task.id = %s",
        task,
    ) == ["TE-NEW"]
    assert decide(corrections.keep, deed(task, by=new_thu), by=new_thu, at=LATER) is None
    assert breaches() == []


def test_the_console_without_a_session_sends_it_to_the_same_unit() -> None:
    """Nothing bounds who runs the console: the rows are the system's, and the unit is the one that answers."""
    old = cards.handed_over()
    apply([(OLD, NEW, "whole")], DAY, at=THEN)
    officer("thu-hue", "collection", "46")
    again = exchange.ask(shown(Asked(old, "lost")), by=actor_of("thu-hue"), at=LATER)
    assert rows(OF_WHOM, again.dossier_id)[0][0] == "TE-NEW"
    assert actions.approve([again.card_id], by=cards.approver(), at=LATER).done
