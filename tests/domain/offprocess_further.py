"""OP-07 … OP-15: further cards, codes and numbers, old units, paper."""

from datetime import date, timedelta

from lienthong.cards import printing
from tests import births, mergers, offprocess
from tests.births import column
from tests.domain.offprocess_case import SOON, Looked, case
from tests.offprocess import (
    APPROVER,
    FRIDAY,
    bring_in_force,
    close,
    dossier_of,
    further,
    past_the_constraints,
    replace,
    request_of,
    write,
)

# ---------------------------------------------------------------- OP-07 … OP-10: further cards


def _replaced(**changes: object) -> int:
    """A further card in force in place of a first one; its id."""
    old = offprocess.approved()
    past_the_constraints()
    card = further(old, **changes)  # type: ignore[arg-type]
    replace(old, card, at=FRIDAY + timedelta(minutes=1))
    return card


@case("OP-07", "a lost card comes back with an earlier end")
def _() -> Looked:
    return request_of(_replaced(end=date(2031, 1, 1))), SOON


@case("OP-07", "no reason at all")
def _() -> Looked:
    return request_of(_replaced(kind="exchange", ground="", end=date(2031, 1, 1))), SOON


@case("OP-07", "another five-year day")
def _() -> Looked:
    card = _replaced()
    write("UPDATE cards_card SET five_year_on = '2030-01-01' WHERE id = %s", card)
    return request_of(card), SOON


@case("OP-07", "the birth date was corrected", nearly=True)
def _() -> Looked:
    card = _replaced(kind="exchange", ground="registered", end=date(2032, 10, 1))
    return request_of(card), SOON


@case("OP-07", "a lost card comes back as it was", nearly=True)
def _() -> Looked:
    return request_of(_replaced()), SOON


@case("OP-08", "ten days uncovered between two cards")
def _() -> Looked:
    old = offprocess.approved()
    past_the_constraints()
    write("UPDATE cards_card SET valid = daterange('2026-11-12', '2027-01-01') WHERE id = %s", old)
    card = further(old, kind="renewal", ground="continued", first=date(2027, 1, 11))
    bring_in_force(card, at=FRIDAY + timedelta(minutes=1))
    return card, SOON


@case("OP-08", "a further card begins before the old one ends", also=("OP-07",))
def _() -> Looked:
    return _replaced(first=date(2026, 11, 15)), SOON


@case("OP-08", "the further card begins on the day after the old end", nearly=True)
def _() -> Looked:
    old = offprocess.approved()
    past_the_constraints()
    write("UPDATE cards_card SET valid = daterange('2026-11-12', '2027-01-01') WHERE id = %s", old)
    card = further(old, kind="renewal", ground="continued", first=date(2027, 1, 1))
    bring_in_force(card, at=FRIDAY + timedelta(minutes=1))
    return card, SOON


@case("OP-08", "a gap in which the child was not entitled (002-5)", nearly=True)
def _() -> Looked:
    old = offprocess.approved()
    past_the_constraints()
    write("UPDATE cards_card SET valid = daterange('2026-11-12', '2027-01-01') WHERE id = %s", old)
    write("UPDATE persons_person SET entitled = daterange('2027-01-11', '2032-12-01')")
    card = further(old, kind="renewal", ground="continued", first=date(2027, 1, 11))
    bring_in_force(card, at=FRIDAY + timedelta(minutes=1))
    return card, SOON


@case("OP-09", "closed a minute before the new one was approved")
def _() -> Looked:
    old = offprocess.approved()
    past_the_constraints()
    card = further(old)
    replace(old, card, at=FRIDAY + timedelta(minutes=2), closed_at=FRIDAY + timedelta(minutes=1))
    return old, SOON


@case("OP-09", "closed, and no other card yet")
def _() -> Looked:
    old = offprocess.approved()
    past_the_constraints()
    further(old)
    close(old, at=FRIDAY + timedelta(minutes=1))
    return old, SOON


@case("OP-09", "closed in the instant of the approval", nearly=True)
def _() -> Looked:
    card = _replaced()
    (old,) = column("SELECT replaces_id FROM cards_request WHERE id = %s", request_of(card))
    return old, SOON


@case("OP-10", "another insurance number")
def _() -> Looked:
    return _replaced(number="0199999999"), SOON


@case("OP-10", "the personal id in place of the number", nearly=True)
def _() -> Looked:
    return _replaced(number="003226000001"), SOON


# ---------------------------------------------------------------- OP-11 … OP-15


@case("OP-11", "a level that the group does not have")
def _() -> Looked:
    card = offprocess.approved()
    past_the_constraints()
    write(
        "UPDATE cards_card SET benefit_level = 4, code = overlay(code placing '4' from 3 for 1) WHERE id = %s",
        card,
    )
    return card, SOON


@case("OP-11", "the code names another province than the card")
def _() -> Looked:
    card = offprocess.approved()
    past_the_constraints()
    write(
        "UPDATE cards_card SET code = overlay(code placing '79' from 4 for 2) WHERE id = %s", card
    )
    return card, SOON


@case("OP-11", "a further card keeps the digits of a province that is no more", nearly=True)
def _() -> Looked:
    old = offprocess.approved()
    past_the_constraints()
    card = further(old)
    # Hà Giang, 02, until 30/06/2025.
    write(
        "UPDATE cards_card SET province_code = '02', code = overlay(code placing '02' from 4 for 2) WHERE id = %s",
        card,
    )
    replace(old, card, at=FRIDAY + timedelta(minutes=1))
    return card, SOON


@case("OP-11", "a first card with those digits")
def _() -> Looked:
    card = offprocess.approved()
    past_the_constraints()
    write(
        "UPDATE cards_card SET province_code = '02', code = overlay(code placing '02' from 4 for 2) WHERE id = %s",
        card,
    )
    return card, SOON


@case("OP-12", "a second card beside the first")
def _() -> Looked:
    first = offprocess.approved()
    past_the_constraints()
    second = further(first, kind="first", ground="", replaces=None)
    bring_in_force(second, at=FRIDAY + timedelta(minutes=1))
    return second, SOON


@case("OP-12", "two records of one child, joined afterwards")
def _() -> Looked:
    first, second = offprocess.approved(1), offprocess.approved(2)
    past_the_constraints()
    write(
        "UPDATE persons_person SET merged_into_id = (SELECT person_id FROM cards_card WHERE id = %s)"
        " WHERE id = (SELECT person_id FROM cards_card WHERE id = %s)",
        first,
        second,
    )
    return second, SOON


@case("OP-12", "the first was revoked before", nearly=True)
def _() -> Looked:
    first = offprocess.approved()
    past_the_constraints()
    write(
        "UPDATE cards_card SET status = 'revoked', ended_at = %s, end_reason = 'X' WHERE id = %s",
        FRIDAY + timedelta(minutes=1),
        first,
    )
    second = further(first, kind="first", ground="", replaces=None)
    bring_in_force(second, at=FRIDAY + timedelta(minutes=1))
    return second, SOON


def _three(*days: int) -> Looked:
    card = offprocess.approved()
    past_the_constraints()
    for day in days:
        at = FRIDAY + timedelta(days=day)
        old, card = card, further(card, at=at)
        replace(old, card, at=at)
        printing.print_cards([card], by=APPROVER, at=at)
    return request_of(card), FRIDAY + timedelta(days=max(days))


@case("OP-13", "three lost cards in thirty days", also=("OP-02", "OP-03"))
def _() -> Looked:
    return _three(0, 10, 29)


@case("OP-13", "the third on the thirty-first day", nearly=True)
def _() -> Looked:
    return _three(0, 10, 30)


def _merged(state: str) -> int:
    mergers.country()
    message_id = mergers.bring(1, state, commune=mergers.OLD, at=FRIDAY)
    mergers.apply(mergers.WHOLE, mergers.DAY, at=mergers.THEN)
    return int(column("SELECT id FROM dossiers_dossier WHERE message_id = %s", message_id)[0])


@case("OP-14", "collected by the old unit after the dossier had moved")
def _() -> Looked:
    dossier = _merged("EXPORTED_TNHS")
    births.run(mergers.LATER)
    past_the_constraints()
    write(
        "UPDATE collection_entry SET unit_id = (SELECT id FROM catalogues_unit WHERE code = 'TE-OLD')"
        " WHERE dossier_id = %s",
        dossier,
    )
    return dossier, mergers.LATER


@case("OP-14", "the old unit had collected before the dossier moved", nearly=True)
def _() -> Looked:
    dossier = _merged("EXPORTED_TNHS")
    births.run(mergers.LATER)
    past_the_constraints()
    write(
        "UPDATE collection_entry SET unit_id = (SELECT id FROM catalogues_unit WHERE code = 'TE-OLD'),"
        " arisen_at = %s WHERE dossier_id = %s",
        mergers.THEN - timedelta(hours=1),
        dossier,
    )
    return dossier, mergers.LATER


@case("OP-14", "collected before the cut-over: the old unit finishes it", nearly=True)
def _() -> Looked:
    return _merged("ARISEN"), mergers.LATER


@case("OP-14", "collected by the new unit", nearly=True)
def _() -> Looked:
    dossier = _merged("EXPORTED_TNHS")
    births.run(mergers.LATER)
    return dossier, mergers.LATER


def _paper(reason: str) -> None:
    write(
        "UPDATE dossiers_dossier SET channel = 'paper', paper_reason = %s WHERE message_id = %s",
        reason,
        _MESSAGE,
    )


_MESSAGE = "LTKS-2026-0000001"


@case("OP-15", "a reason that no list knows")
def _() -> Looked:
    card = offprocess.requested()
    past_the_constraints()
    _paper("Z9")
    return dossier_of(card), SOON


@case("OP-15", "no reason")
def _() -> Looked:
    card = offprocess.requested()
    past_the_constraints()
    _paper("")
    return dossier_of(card), SOON


@case("OP-15", "registered elsewhere, while the electronic record was here")
def _() -> Looked:
    card, other = offprocess.requested(1), offprocess.requested(2, at=FRIDAY - timedelta(hours=1))
    past_the_constraints()
    _paper("B")
    write(
        "UPDATE dossiers_dossier SET person_id = (SELECT person_id FROM cards_card WHERE id = %s) WHERE id = %s",
        card,
        dossier_of(other),
    )
    return dossier_of(card), SOON


@case("OP-15", "registered elsewhere, nothing electronic", nearly=True)
def _() -> Looked:
    card = offprocess.requested()
    past_the_constraints()
    _paper("B")
    return dossier_of(card), SOON


@case("OP-15", "the electronic record came an hour later", nearly=True)
def _() -> Looked:
    card, other = offprocess.requested(1), offprocess.requested(2, at=FRIDAY + timedelta(hours=1))
    past_the_constraints()
    _paper("B")
    write(
        "UPDATE dossiers_dossier SET person_id = (SELECT person_id FROM cards_card WHERE id = %s) WHERE id = %s",
        card,
        dossier_of(other),
    )
    return dossier_of(card), FRIDAY + timedelta(hours=1, minutes=5)
