"""Merging two records of one person by pointing, and undoing it to the row (INV-10, 14, 15, 19)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from lienthong.births import merging
from lienthong.cards.exchange import Asked
from lienthong.database.scope import acting
from lienthong.kernel.errors import Conflict, NotFound, Refused
from lienthong.persons import pairs
from tests import births, cards, states
from tests.births import AT, BA_DINH, NGOC_HA, column, living_in, rows
from tests.cards import approve, as_if_committed, ask, assert_whole
from tests.corrections import corrected
from tests.declared import officer
from tests.doubles import (
    LATER,
    as_page,
    as_page_of,
    at_desk,
    head,
    merged,
    registered,
    reviewer,
    suspected,
    told,
    undone,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _country(db: None) -> None:
    births.small_country()


def _approved(person: int) -> int:
    card = int(
        column("SELECT id FROM cards_card WHERE person_id = %s AND status = 'requested'", person)[0]
    )
    assert approve(card, by=officer(f"duyet-{person}", "card_desk", "01"), at=AT).done == (card,)
    return card


def _cards(*persons: int) -> list[tuple[object, ...]]:
    return rows(
        "SELECT person_id, status, end_reason FROM cards_card WHERE person_id = ANY (%s) ORDER BY id",
        list(persons),
    )


def _dossier(person: int) -> tuple[object, ...]:
    return rows("SELECT state, reason FROM dossiers_dossier WHERE person_id = %s", person)[0]


def _survivor(person: int) -> int:
    return int(column("SELECT persons_survivor(%s)", person)[0])


@pytest.mark.rule("INV-10")
def test_two_with_cards_become_one_with_the_number_issued_first() -> None:
    first, second = registered(1), registered(2)
    _approved(first), _approved(second)
    before = states.state()
    merge_id = merged(first, second)
    assert _survivor(second) == first
    assert _cards(first, second) == [
        (first, "active", ""),
        (second, "revoked", "DUPLICATE_CONFIRMED"),
    ]
    assert rows("SELECT person_id, status FROM persons_number ORDER BY number") == [
        (first, "active"),
        (second, "merged_into"),
    ]
    assert _dossier(second) == ("CANCELLED", "DUPLICATE_CONFIRMED")
    assert column("SELECT count(*) FROM collection_entry WHERE voided_at IS NULL") == [1]
    assert column("SELECT kind FROM dossiers_task WHERE closed_at IS NULL") == ["T-CARD-REVOKED"]
    as_if_committed()
    assert_whole()
    undone(merge_id)
    assert states.changed(before) == {}
    as_if_committed()
    assert_whole()


def test_a_dossier_on_its_way_ends_as_a_double_and_goes_on_when_parted() -> None:
    first, second = registered(1), registered(2)
    _approved(first)
    before = states.state()
    merge_id = merged(first, second)
    assert _cards(second) == [(second, "cancelled", "DUPLICATE_CONFIRMED")]
    assert _dossier(second) == ("REJECTED", "DUPLICATE_CONFIRMED")
    assert_whole()
    undone(merge_id)
    assert states.changed(before) == {}
    assert_whole()
    _approved(second)
    assert_whole()


def test_cover_stands_before_the_number_issued_first() -> None:
    first, second = registered(1), registered(2)
    _approved(second)
    assert (merging.standing(first, second).survivor, merging.standing(second, first).basis) == (
        second,
        "CARD",
    )
    by = reviewer()
    with as_page(), pytest.raises(Conflict) as refused:
        merging.propose(told(first, second, survivor=first), by=by, at=LATER)
    assert refused.value.code == "TAKES_COVER"
    merged(first, second)
    assert _survivor(first) == second
    assert _cards(first, second) == [
        (first, "cancelled", "DUPLICATE_CONFIRMED"),
        (second, "active", ""),
    ]
    assert_whole()


def test_the_officer_may_keep_the_other_where_cover_is_the_same() -> None:
    first, second = registered(1), registered(2)
    merge_id = merged(first, second, survivor=second)
    assert _survivor(first) == second
    assert rows("SELECT basis, touches FROM persons_merge WHERE id = %s", merge_id) == [
        ("FAMILY_PAPERS", True)
    ]


def test_an_id_that_only_the_other_had_becomes_the_persons_and_goes_back() -> None:
    first, second = registered(1, soDinhDanh=""), registered(2)
    before = states.state()
    merge_id = merged(first, second)
    assert column("SELECT personal_id FROM persons_person WHERE id = %s", first) == ["003226000002"]
    assert column("SELECT state FROM persons_identityrequest WHERE person_id = %s", first) == [
        "answered"
    ]
    undone(merge_id)
    assert states.changed(before) == {}


def test_one_officer_does_not_do_both() -> None:
    first, second = registered(1), registered(2)
    by = head()
    with as_page():
        proposed = merging.propose(told(first, second), by=by, at=LATER)
        assert not proposed.is_done
        with pytest.raises(Refused) as refused:
            merging.confirm(proposed.merge_id, by=by, at=LATER)
    assert refused.value.code == "FOUR_EYES"
    # Nor past the page: the database compares the two itself.
    with (
        as_page_of(by),
        pytest.raises(IntegrityError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE persons_merge SET confirmed_person = asked_person, confirmed_by = 'officer:x', confirmed_at = now()"
            " WHERE id = %s",
            [proposed.merge_id],
        )
    assert _survivor(second) == second


def test_who_answers_for_one_of_the_two_proposes_and_another_above_both_confirms() -> None:
    first = registered(1, ndkksMaXa=BA_DINH)
    second = registered(2, nksNoiCuTru=living_in(NGOC_HA))
    asking = at_desk("thu-ngoc-ha", "collection", unit="TE01002")
    head_here, province = (
        at_desk("truong-ngoc-ha-so-the", "head", unit="TE01002"),
        at_desk("giam-doc-tinh-ha-noi", "province"),
    )
    with as_page():
        proposed = merging.propose(told(first, second), by=asking, at=LATER)
        with pytest.raises(Refused) as refused:
            merging.confirm(proposed.merge_id, by=head_here, at=LATER)
        assert refused.value.code == "BOTH_SIDES"
        with (
            acting(head_here, at=LATER),
            pytest.raises(ProgrammingError),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(
                "UPDATE persons_merge SET confirmed_person = 7, confirmed_by = 'officer:x', confirmed_at = now() WHERE id = %s",
                [proposed.merge_id],
            )
        merging.confirm(proposed.merge_id, by=province, at=LATER)
    assert _survivor(second) == first


def test_who_answers_for_neither_does_not_find_the_two() -> None:
    first, second = registered(1), registered(2)
    pair_id = suspected(first, second)
    elsewhere = at_desk("thu-bac-giang-24", "collection", "24")
    with as_page():
        with pytest.raises(NotFound):
            merging.propose(told(first, second, pair_id=pair_id), by=elsewhere, at=LATER)
        with pytest.raises(NotFound):
            merging.propose(told(first, second), by=elsewhere, at=LATER)
        with pytest.raises(NotFound):
            pairs.different(pair_id, note="Khác", by=elsewhere, at=LATER)


@pytest.mark.parametrize("field", ["basis", "note"])
def test_a_merger_has_a_basis_and_a_note(field: str) -> None:
    first, second = registered(1), registered(2)
    by = reviewer()
    with as_page(), pytest.raises(Refused) as refused:
        merging.propose(told(first, second, **{field: " "}), by=by, at=LATER)
    assert refused.value.code == field.upper()


def test_a_request_for_a_further_card_is_answered_before_its_child_is_merged() -> None:
    first, second = registered(1), registered(2)
    _approved(first)
    card = _approved(second)
    further = ask(Asked(card, "lost"), by=cards.collector())
    by = reviewer()
    with as_page(), pytest.raises(Conflict) as refused:
        merging.propose(told(first, second), by=by, at=LATER)
    assert refused.value.code == "EXCHANGE_WAITS"
    assert further.card_id


def test_of_a_chain_the_last_merger_is_undone_first() -> None:
    first, second, third = registered(1), registered(2), registered(3)
    before = states.state()
    inner = merged(second, third)
    between = states.state()
    outer = merged(first, second)
    assert [_survivor(it) for it in (first, second, third)] == [first] * 3
    assert_whole()
    by = head()
    with as_page(), pytest.raises(Conflict) as refused:
        merging.undo(inner, "Nhầm.", by=by, at=LATER)
    assert refused.value.code == "MERGED_ON"
    undone(outer)
    assert states.changed(between) == {}
    undone(inner)
    assert states.changed(before) == {}
    assert_whole()


def test_two_merged_into_one_are_parted_in_any_order() -> None:
    first, second, third = registered(1), registered(2), registered(3)
    before = states.state()
    one, other = merged(first, second), merged(first, third)
    undone(one)
    assert [_survivor(it) for it in (second, third)] == [second, first]
    assert_whole()
    undone(other)
    assert states.changed(before) == {}


def test_a_card_approved_since_stands_against_the_undoing() -> None:
    first, second = registered(1), registered(2)
    card = _approved(first)
    merge_id = merged(first, second)
    further = ask(Asked(card, "lost"), by=cards.collector(), at=LATER + timedelta(hours=1))
    approve(further.card_id, by=cards.approver(), at=LATER + timedelta(hours=2))
    by = head()
    with as_page(), pytest.raises(Conflict) as refused:
        merging.undo(merge_id, "Nhầm.", by=by, at=LATER + timedelta(hours=3))
    assert refused.value.code == "CARD_SINCE"
    assert refused.value.message_vi.endswith(".")


def test_a_row_that_changed_since_stands_against_the_undoing() -> None:
    first, second = registered(1), registered(2)
    merge_id = merged(first, second)
    corrected(2, kind="cancel", at=LATER, ndkksMaXa=NGOC_HA)
    assert _dossier(second)[0] == "CANCELLED"
    by = head()
    with as_page(), pytest.raises(Conflict) as refused:
        merging.undo(merge_id, "Nhầm.", by=by, at=LATER + timedelta(hours=1))
    assert refused.value.code == "births_changed_since"
    assert _survivor(second) == first


def test_a_proposal_is_dropped_and_the_pair_is_open_again() -> None:
    first, second = registered(1), registered(2)
    pair_id = suspected(first, second)
    asking, heading = reviewer(), head()
    with as_page():
        proposed = merging.propose(told(first, second, pair_id=pair_id), by=asking, at=LATER)
        with pytest.raises(Conflict) as refused:
            pairs.different(pair_id, note="Hai trẻ.", by=heading, at=LATER)
        assert refused.value.code == "PROPOSED"
        merging.drop(proposed.merge_id, "Chưa đủ giấy tờ.", by=heading, at=LATER)
        with pytest.raises(Conflict):
            merging.confirm(proposed.merge_id, by=heading, at=LATER)
        pairs.different(pair_id, note="Hai trẻ.", by=heading, at=LATER)
    assert column("SELECT state FROM persons_pair") == ["different"]


def test_a_pair_is_the_same_while_its_merger_stands() -> None:
    first, second = registered(1), registered(2)
    pair_id = suspected(first, second)
    merge_id = merged(first, second, pair_id=pair_id)
    assert rows("SELECT state, decided_by FROM persons_pair") == [
        ("same", "officer:truong-ra-soat")
    ]
    undone(merge_id)
    assert rows("SELECT state, decided_by FROM persons_pair") == [("open", "")]


def test_nobody_writes_a_merger_past_the_officers() -> None:
    first, second = registered(1), registered(2)
    _approved(first)
    card = _approved(second)
    merge_id = merged(first, second)
    by = head()
    tried = (
        ("UPDATE cards_card SET status = 'active', end_reason = '' WHERE id = %s", card),
        ("UPDATE persons_merge SET effects = '[]' WHERE id = %s", merge_id),
        ("UPDATE persons_person SET merged_into_id = NULL WHERE id = %s", second),
        (
            "UPDATE dossiers_dossier SET state = 'RETURNED', reason = '' WHERE person_id = %s",
            second,
        ),
        ("SELECT births_effects_undo(effects) FROM persons_merge WHERE id = %s", merge_id),
        (
            "SELECT births_register(id, NULL, now()) FROM dossiers_dossier WHERE person_id = %s",
            second,
        ),
    )
    for statement, key in tried:
        with (
            as_page_of(by),
            pytest.raises(ProgrammingError),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement, [key])
    assert _cards(second) == [(second, "revoked", "DUPLICATE_CONFIRMED")]


def test_a_correction_of_a_double_asks_an_officer_and_makes_no_second_card() -> None:
    first, second = registered(1), registered(2)
    merged(first, second)
    corrected(2, at=LATER, nksHoTen="NGUYỄN MINH ANH", ndkksMaXa=NGOC_HA, soDinhDanh="003226000002")
    assert _dossier(second) == ("REJECTED", "DUPLICATE_CONFIRMED")
    assert column("SELECT kind FROM dossiers_task WHERE closed_at IS NULL") == ["T-DOUBLE-CHANGED"]
    assert column("SELECT count(*) FROM cards_card WHERE status IN ('requested', 'active')") == [1]


def test_when_the_registration_that_was_kept_is_cancelled_the_other_is_looked_at() -> None:
    first, second = registered(1), registered(2)
    merged(first, second)
    corrected(1, kind="cancel", at=LATER, ndkksMaXa=NGOC_HA)
    assert _dossier(first)[0] == "CANCELLED"
    assert rows(
        "SELECT task.kind, dossier.person_id FROM dossiers_task AS task JOIN dossiers_dossier AS dossier ON dossier.id = dossier_id"
        " WHERE closed_at IS NULL"
    ) == [("T-DOUBLE-LEFT", second)]


def test_the_ministry_is_told_of_the_double_and_of_its_undoing() -> None:
    first, second = registered(1), registered(2)
    merge_id = merged(first, second)
    undone(merge_id)
    told_ministry = rows(
        "SELECT version, payload ->> 'outcome', payload ->> 'code' FROM database_outbox"
        " WHERE kind = 'justice.answer' AND payload ->> 'message_id' = 'LTKS-2026-0000002' ORDER BY version"
    )
    assert told_ministry == [
        (1, "accepted", ""),
        (2, "accepted", "E-DUP-CONFIRMED"),
        (3, "accepted", ""),
    ]
