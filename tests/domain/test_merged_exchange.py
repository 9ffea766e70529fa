"""Two who both had a card are one: the card that stands is exchanged without a day's gap, and the merger is parted again."""

from datetime import timedelta

import pytest

from lienthong.births import merging
from lienthong.cards.exchange import Asked
from lienthong.cards.lookup import GOOD, Verdict
from lienthong.kernel.errors import Conflict, LienthongError
from tests import births, cards, hospitals, states
from tests.births import AT, column, rows
from tests.cards import approve, as_if_committed, ask, assert_whole
from tests.declared import officer
from tests.doubles import LATER, as_page, head, merged, number_of, registered, undone
from tests.hospitals import answers, call

pytestmark = pytest.mark.django_db
NAME = "NGUYỄN MINH AN"
HOUR = timedelta(hours=1)
# The days that the cards in force of a family cover, the days that it is entitled to, and whether two cards share one.
_COVER = """
    SELECT range_agg(card.valid) = datemultirange(
               (SELECT person.entitled FROM persons_person AS person WHERE person.id = persons_survivor(%s))),
           count(*)
    FROM cards_card AS card
    WHERE card.status = 'active' AND card.person_id = ANY (persons_family(persons_survivor(%s)))
"""


@pytest.fixture(autouse=True)
def _country(db: None) -> None:
    births.small_country()
    hospitals.hospital()


def _with_card(number: int) -> tuple[int, int]:
    """(person, card): a child with a card in force."""
    person = registered(number)
    (card,) = column("SELECT id FROM cards_card WHERE person_id = %s", person)
    desk = officer(f"duyet-{number}", "card_desk", "01")
    assert approve(card, by=desk, at=AT).done == (card,)
    return person, int(card)


def _code(card: int) -> str:
    return str(column("SELECT code FROM cards_card WHERE id = %s", card)[0])


def _statuses(*card_ids: int) -> list[str]:
    found = dict(rows("SELECT id, status FROM cards_card"))
    return [str(found[it]) for it in card_ids]


def _has_one_card_for_every_day(person: int) -> None:
    assert rows(_COVER, person, person) == [(True, 1)]
    as_if_committed()
    assert_whole()


def _is_good_by(keys: list[str], newest: int) -> None:
    born = column("SELECT born_on FROM persons_person LIMIT 1")[0]
    for key in keys:
        (found,) = answers(call(key, NAME, born, on=LATER.date()))
        assert found.verdict in {*GOOD, Verdict.REPLACED_EXPIRED}, key
        assert (found.new_code or found.code) == _code(newest), key


def _exchanged(card: int, *, ground: str = "lost") -> int:
    return ask(Asked(card, ground), by=cards.collector(), at=LATER + HOUR).card_id


@pytest.mark.rule("002-2")
def test_the_card_that_stands_is_exchanged_and_every_old_key_leads_to_the_new_one() -> None:
    (first, kept), (second, gone) = _with_card(1), _with_card(2)
    keys = [number_of(first), number_of(second), _code(kept), _code(gone), "003226000002"]
    merge_id = merged(first, second)
    assert _statuses(kept, gone) == ["active", "revoked"]
    _has_one_card_for_every_day(first)
    _is_good_by(keys, kept)

    newer = _exchanged(kept)
    # Until the new one is approved the old one counts, by whatever it is asked for.
    assert _statuses(kept, gone, newer) == ["active", "revoked", "requested"]
    _has_one_card_for_every_day(first)
    _is_good_by(keys, kept)
    approve(newer, by=cards.approver(), at=LATER + 2 * HOUR)
    assert _statuses(kept, gone, newer) == ["superseded", "revoked", "active"]
    assert column("SELECT insurance_number FROM cards_card WHERE id = %s", newer) == [keys[0]]
    assert rows("SELECT valid FROM cards_card WHERE id = %s", newer) == rows(
        "SELECT valid FROM cards_card WHERE id = %s", kept
    )
    _has_one_card_for_every_day(second)
    _is_good_by([*keys, _code(newer)], newer)

    # A card of after the merger stands: parting would leave two cards of one child, or a card of nobody.
    by = head()
    with as_page(), pytest.raises(Conflict) as refused:
        merging.undo(merge_id, "Nhầm.", by=by, at=LATER + 3 * HOUR)
    assert refused.value.code == "CARD_SINCE"
    _has_one_card_for_every_day(first)


def test_a_card_that_the_merger_took_is_not_exchanged() -> None:
    (first, kept), (second, gone) = _with_card(1), _with_card(2)
    merged(first, second)
    with pytest.raises(LienthongError) as refused:
        _exchanged(gone)
    assert refused.value.message_vi
    assert _statuses(kept, gone) == ["active", "revoked"]
    _has_one_card_for_every_day(first)


def test_an_exchange_that_waits_goes_on_through_the_merger_and_its_undoing() -> None:
    (first, kept), (second, gone) = _with_card(1), _with_card(2)
    newer = _exchanged(kept)
    before = states.state()
    merge_id = merged(first, second)
    assert _statuses(kept, gone, newer) == ["active", "revoked", "requested"]
    _has_one_card_for_every_day(first)
    undone(merge_id)
    assert states.changed(before) == {}
    assert _statuses(kept, gone, newer) == ["active", "active", "requested"]
    approve(newer, by=cards.approver(), at=LATER + 4 * HOUR)
    assert _statuses(kept, gone, newer) == ["superseded", "active", "active"]
    for person in (first, second):
        _has_one_card_for_every_day(person)


def test_an_exchange_asked_for_after_the_merger_and_not_approved_is_no_hindrance_to_parting() -> (
    None
):
    (first, kept), (second, gone) = _with_card(1), _with_card(2)
    merge_id = merged(first, second)
    newer = _exchanged(kept)
    by = head()
    with as_page():
        merging.undo(merge_id, "Gộp nhầm hai trẻ.", by=by, at=LATER + 2 * HOUR)
    assert _statuses(kept, gone, newer) == ["active", "active", "requested"]
    for person in (first, second):
        _has_one_card_for_every_day(person)
    approve(newer, by=cards.approver(), at=LATER + 3 * HOUR)
    for person in (first, second):
        _has_one_card_for_every_day(person)
