"""Numbers put right by two officers: one person with two, one number of two persons, wrong structure; the card follows."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import Error, connection, transaction

from lienthong.births import repairs
from lienthong.births.repairs import Proposal
from lienthong.cards import conformance
from lienthong.cards.lookup import Verdict
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import Conflict, NotAllowed, NotFound, Refused
from lienthong.persons import numbermatters, numbers, numberwatch
from lienthong.persons.numbermatters import MatterFilter
from tests import cards, hospitals
from tests.births import AT, column, message, rows, run, send, small_country, system
from tests.declared import officer
from tests.hospitals import answers, call
from tests.officers import become
from tests.officers import run as run_sql

pytestmark = pytest.mark.django_db

NAME = "NGUYỄN MINH AN"
LATER = AT + timedelta(days=1)


@pytest.fixture(autouse=True)
def _country(db: None) -> None:
    small_country()
    hospitals.hospital()


def head() -> Actor:
    """The head of the card desk of Hà Nội, who confirms."""
    return officer("truong-thu", "head", "01")


def entry(
    person_id: int | None, number: str, *, source: str = "collection", ref: str = "1", **more: Any
) -> int:
    """One database tells a number of a person; the entry's id."""
    unit = column("SELECT id FROM catalogues_unit WHERE code = 'TE01001'")[0]
    words = {"personal_id": "", "area": unit} | more
    with acting(system(), at=AT), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO persons_entry (source, source_ref, full_name, birth_date, sex, personal_id, insurance_number,"
            " mother_name, province_code, commune_code, household_code, relation, person_id, area, received_at)"
            " VALUES (%s, %s, '', '', '', %s, %s, '', '', '', '', '', %s, %s, %s) RETURNING id",
            [source, ref, words["personal_id"], number, person_id, words["area"], AT],
        )
        return int(cursor.fetchone()[0])


def looked() -> list[tuple[Any, ...]]:
    """What the detection finds: kind, person, other, number, written of every open matter."""
    numberwatch.look(by=system(), at=AT)
    return rows(
        "SELECT kind, person_id, other_id, number, written FROM persons_numbermatter WHERE closed_at IS NULL ORDER BY id"
    )


def proposed(keep: str, matter_id: int | None = None, by: Actor | None = None) -> int:
    """A proposal that waits; the repair's id."""
    found = matter_id or int(column("SELECT max(id) FROM persons_numbermatter")[0])
    asker = by or cards.collector()
    become("lienthong_web")
    try:
        told = Proposal(found, keep, "Sổ BHXH cũ của gia đình", "Sổ BHXH số 5, ngày 02/03/2020")
        return repairs.propose(told, by=asker, at=AT)
    finally:
        become("lienthong_worker")


def confirmed(repair_id: int, by: Actor | None = None) -> tuple[int, ...]:
    """The repair made by the head."""
    second = by or head()
    become("lienthong_web")
    try:
        return repairs.confirm(repair_id, by=second, at=LATER)
    finally:
        become("lienthong_worker")


def ledger() -> list[tuple[Any, ...]]:
    """Number, person, status."""
    return rows("SELECT number, person_id, status FROM persons_number ORDER BY taken_at, number")


def _approved_all() -> None:
    """The desk approves what waits."""
    desk = officer("duyet-so", "card_desk", "01")
    for card_id in column("SELECT id FROM cards_card WHERE status = 'requested' ORDER BY id"):
        assert cards.approve(card_id, by=desk, at=LATER).refused == ()


def test_two_numbers_of_one_person_keep_the_one_held_and_the_other_leads_to_him() -> None:
    card_id = cards.handed_over()
    (held, person, _), *_ = ledger()
    entry(person, "0118000017")
    assert looked() == [("doubled", person, None, "0118000017", "0118000017")]
    assert confirmed(proposed("held")) == ()
    assert ledger() == [(held, person, "active"), ("0118000017", person, "merged_into")]
    assert rows("SELECT state FROM persons_numberrepair") == [("done",)]
    assert rows("SELECT closed_as FROM persons_numbermatter") == [("repaired",)]
    # No card changes; whoever asks by the other number finds the card of now.
    assert cards.statuses() == [(card_id, "active")]
    (found,) = answers(call("0118000017", NAME, _born(), on=LATER.date()))
    assert found.verdict is Verdict.VALID
    cards.assert_whole()


def test_the_written_number_is_kept_and_the_card_follows_without_a_days_gap() -> None:
    first = cards.handed_over()
    (held, person, _), *_ = ledger()
    entry(person, "0118000017")
    looked()
    assert confirmed(proposed("written")) == (person,)
    assert ledger() == [(held, person, "merged_into"), ("0118000017", person, "active")]
    assert rows("SELECT state FROM persons_numberrepair") == [("confirmed",)]
    # Until the new card is approved the old one counts, by either number.
    for number in (held, "0118000017"):
        (found,) = answers(call(number, NAME, _born(), on=LATER.date()))
        assert (found.verdict, found.code[-10:]) == (Verdict.VALID, held)
    assert repairs.follow(by=system(), at=LATER) == 1
    assert repairs.follow(by=system(), at=LATER) == 0
    assert cards.statuses()[0] == (first, "active")
    _approved_all()
    assert repairs.follow(by=system(), at=LATER) == 1
    assert rows("SELECT state, card_id IS NOT NULL FROM persons_numberrepair") == [("done", True)]
    old, new = rows("SELECT status, code, valid, ended_at FROM cards_card ORDER BY id")
    assert (old[0], new[0]) == ("superseded", "active")
    assert new[1] == old[1][:5] + "0118000017"
    assert new[2] == old[2]
    approved_at = column("SELECT approved_at FROM cards_card WHERE status = 'active'")[0]
    assert old[3] == approved_at
    # What two officers put right is no operation that left the procedure (OP-10).
    conformance.look_at_everything(by=system(), at=LATER + timedelta(days=1))
    assert "OP-10" not in column("SELECT rule FROM cards_finding")
    # The card of before, by its own code, leads to the new one.
    (found,) = answers(call(old[1], NAME, _born(), on=LATER.date()))
    assert found.verdict is Verdict.REPLACED_VALID
    cards.assert_whole()


def test_one_number_of_two_stays_with_its_holder_and_the_other_gets_his_own() -> None:
    cards.handed_over(1)
    cards.handed_over(2, nksHoTen="LÊ VĂN BA", meSoDDCN="003196000777", soDinhDanh="003226000088")
    (one, first, _), (two, second, _) = ledger()
    entry(second, one)
    assert looked() == [("claimed", first, second, one, one)]
    assert confirmed(proposed("person")) == ()
    # The second has a number of his own already: nothing of the ledger moves.
    assert ledger() == [(one, first, "active"), (two, second, "active")]
    assert set(numbers.named_by(system(), one)) == {first, second}
    cards.assert_whole()


def test_a_number_that_was_the_others_is_closed_and_its_holder_gets_a_new_one_with_a_new_card() -> (
    None
):
    cards.handed_over(1)
    cards.handed_over(2, nksHoTen="LÊ VĂN BA", meSoDDCN="003196000777", soDinhDanh="003226000088")
    (one, first, _), (two, second, _) = ledger()
    entry(second, one)
    looked()
    assert confirmed(proposed("other")) == (first,)
    ((new,),) = run_sql(
        "SELECT number FROM persons_number WHERE person_id = %s AND status = 'active'", first
    )
    assert new not in {one, two}
    assert (one, first, "revoked") in ledger()
    repairs.follow(by=system(), at=LATER)
    _approved_all()
    repairs.follow(by=system(), at=LATER)
    assert run_sql(
        "SELECT DISTINCT right(code, 10) FROM cards_card WHERE status = 'active' AND person_id = %s",
        first,
    ) == [(new,)]
    assert run_sql(
        "SELECT DISTINCT insurance_number FROM dossiers_dossier WHERE person_id = %s", first
    ) == [(new,)]
    (found,) = answers(call(one, NAME, _born(), on=LATER.date()))
    assert found.verdict in {Verdict.VALID, Verdict.REPLACED_VALID}
    assert set(numbers.named_by(system(), one)) == {first, second}
    cards.assert_whole()


def test_a_number_of_wrong_structure_leads_to_its_person_from_the_moment_it_is_told() -> None:
    cards.handed_over()
    (held, person, _), *_ = ledger()
    entry(person, "HN-0118.00017")
    assert looked() == [("structure", person, None, "", "HN-0118.00017")]
    assert numbers.named_by(system(), "hn 0118 00017") == [person]
    assert confirmed(proposed("held")) == ()
    assert ledger() == [(held, person, "active")]
    assert rows("SELECT written, status FROM persons_oldnumber") == [("HN-0118.00017", "noted")]
    # Told again by the same entry or another, it is known.
    entry(person, "hn0118 00017", ref="2")
    assert looked() == []


def test_a_person_without_a_number_gets_one_for_a_number_of_wrong_structure() -> None:
    person = adult("TRẦN VĂN NĂM")
    entry(person, "7912")
    looked()
    asker, second = cards.collector(), head()
    repair = proposed("held", by=asker)
    with pytest.raises(Refused, match="Không thể giữ"):
        confirmed(repair, by=second)
    become("lienthong_web")
    repairs.refuse(repair, "Người này chưa có mã số.", by=second, at=AT)
    become("lienthong_worker")
    assert confirmed(proposed("new", by=asker), by=second) == (person,)
    assert [it[1:] for it in ledger()] == [(person, "active")]
    assert numbers.named_by(system(), "7912") == [person]


def test_two_entries_tell_one_number_of_two_and_it_stays_with_the_one_chosen() -> None:
    one, two = adult("TRẦN VĂN NĂM"), adult("LÊ THỊ SÁU")
    entry(one, "7912345678")
    entry(two, "7912345678", source="household", ref="2")
    assert looked() == [("claimed", one, two, "7912345678", "7912345678")]
    given = confirmed(proposed("other"))
    assert set(given) == {one, two}
    assert ("7912345678", two, "active") in ledger()
    assert len(ledger()) == 2


def test_the_sequence_passes_over_what_was_told_or_taken_over() -> None:
    (last,) = column(
        "SELECT coalesce(pg_sequence_last_value('persons_number_serial'), 2600000000)::bigint"
    )
    person = adult("TRẦN VĂN NĂM")
    entry(person, str(last + 1))
    send(message(1))
    run()
    assert str(last + 1) not in {it[0] for it in ledger()}


def test_two_humans_or_nothing() -> None:
    cards.handed_over()
    (held, person, _), *_ = ledger()
    entry(person, "0118000017")
    looked()
    both = officer("hai-vai", "head", "01")
    with pytest.raises(NotAllowed):
        proposed("held", by=both)
    become("lienthong_worker")
    repair = proposed("held")
    with pytest.raises(NotAllowed):
        confirmed(repair, by=cards.collector())
    become("lienthong_worker")
    with pytest.raises(Conflict), transaction.atomic():
        proposed("written")
    become("lienthong_worker")
    # The same human under two accounts is refused by the database.
    same = rows("SELECT proposed_person FROM persons_numberrepair")[0][0]
    second = head()
    become("lienthong_web")
    with (
        pytest.raises(Error, match="number_repair_four_eyes"),
        acting(second, at=AT),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE persons_numberrepair SET state = 'confirmed', confirmed_person = %s, confirmed_by = 'x',"
            " confirmed_at = %s WHERE id = %s",
            [same, AT, repair],
        )
    become("lienthong_worker")
    assert ledger() == [(held, person, "active")]


def test_another_province_sees_nothing_of_it() -> None:
    cards.handed_over()
    person = ledger()[0][1]
    entry(person, "0118000017")
    looked()
    repair = proposed("held")
    with pytest.raises(NotFound):
        confirmed(repair, by=officer("truong-24", "head", "24"))
    become("lienthong_worker")
    far = officer("tinh-24", "province", "24")
    become("lienthong_web")
    with acting(far, at=AT):
        assert numbermatters.matters(far, MatterFilter(), limit=9) == []
    become("lienthong_worker")


def test_a_card_that_waits_with_the_number_of_before_holds_the_repair_up() -> None:
    send(message(1))
    run()
    person = ledger()[0][1]
    entry(person, "0118000017")
    looked()
    repair = proposed("written")
    with pytest.raises(Refused) as refusal:
        confirmed(repair)
    assert refusal.value.code == "births_repair_card_waits"
    become("lienthong_worker")
    _approved_all()
    assert confirmed(repair) == (person,)


def test_the_ledger_can_be_read_as_of_any_instant() -> None:
    cards.handed_over()
    (held, person, _), *_ = ledger()
    entry(person, "0118000017")
    looked()
    confirmed(proposed("written"))
    before = numbers.numbers_of(system(), person, at=LATER - timedelta(hours=1))
    after = numbers.numbers_of(system(), person, at=LATER)
    assert (before.active, after.active) == (held, "0118000017")
    assert [it.words_vi for it in after.moves] == ["Đang dùng → Đã gộp vào mã số khác"]
    assert before.moves == ()


def test_history_and_the_ledger_are_never_rewritten() -> None:
    cards.handed_over()
    person = ledger()[0][1]
    entry(person, "0118000017")
    looked()
    confirmed(proposed("written"))
    for statement in (
        "UPDATE persons_numberevent SET to_status = 'active'",
        "DELETE FROM persons_numberevent",
        "UPDATE persons_number SET person_id = person_id + 1",
        "DELETE FROM persons_oldnumber",
        "UPDATE persons_numberrepair SET reason = 'khác'",
        "UPDATE persons_numbermatter SET written = 'khác'",
    ):
        with pytest.raises(Error), acting(system(), at=AT), connection.cursor() as cursor:
            cursor.execute(statement)


def _born() -> Any:
    return column("SELECT born_on FROM persons_person WHERE full_name = 'NGUYỄN MINH AN'")[0]


def adult(name: str) -> int:
    with acting(system(), at=AT), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO persons_person (full_name, tone_key, fold_key, born_on, sex, nationality, personal_id_status,"
            " birth_notice_code, mother_name, mother_born, mother_personal_id, mother_insurance_number, father_name,"
            " father_born, father_personal_id, guardian_name, residence_commune_code, residence_text, entitled, made_at)"
            " VALUES (%s, name_tone_key(%s), name_fold_key(%s), '1980-02-03', 'male', 'VN', '', '', '', '', '', '', '', '',"
            " '', '', '', '', 'empty', %s) RETURNING id",
            [name, name, name, AT],
        )
        return int(cursor.fetchone()[0])
