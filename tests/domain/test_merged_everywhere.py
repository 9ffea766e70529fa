"""A merged record still leads to the person, through every key that points at a person and at every door (INV-10).

The keys are enumerated from the tables themselves: a new one without a case here turns this file red.
"""

from datetime import date

import pytest
from django.apps import apps
from django.db import connection
from psycopg import sql

from lienthong.births import announcing, queries, record
from lienthong.cards.lookup import Verdict
from lienthong.database.scope import acting
from lienthong.notices import contacts
from lienthong.persons.models import Person
from tests import births, hospitals, newborns
from tests.births import AT, ON, column, rows, system
from tests.cards import approve
from tests.declared import officer
from tests.doubles import LATER, as_page, merged, number_of, registered, reviewer, undone
from tests.hospitals import answers, call

pytestmark = pytest.mark.django_db
NAME, BORN = "NGUYỄN MINH AN", date(2026, 11, 12)
FAMILY = "test_rows_of_a_merged_record_are_in_the_family_of_both"
GATEWAY = "test_hospitals_find_the_person_by_every_number_name_and_card_of_the_merged_record"
RECORD = "test_the_record_page_shows_one_child_whichever_key_is_typed"
TEMPORARY = "test_the_temporary_code_of_a_merged_record_leads_to_the_persons_card"
PASSCODE = "test_a_code_that_the_family_opened_leads_to_the_person"
# By which test the rows of each key are found from the other record. What is one source's word about one record (a
# membership, an entry, a question) stays that record's and is read through the family.
CASES = {
    "births_duplicate.other_id": FAMILY,
    "births_duplicate.person_id": FAMILY,
    "cards_card.person_id": GATEWAY,
    "cards_request.person_id": RECORD,
    "cards_temporarycode.person_id": TEMPORARY,
    "collection_entry.person_id": FAMILY,
    "dossiers_dossier.person_id": RECORD,
    "dossiers_task.person_id": FAMILY,
    "notices_passcode.person_id": PASSCODE,
    "persons_difference.person_id": FAMILY,
    "persons_entry.person_id": FAMILY,
    "persons_identifier.person_id": FAMILY,
    "persons_identityrequest.person_id": FAMILY,
    "persons_linkedentry.person_id": FAMILY,
    "persons_member.person_id": FAMILY,
    "persons_merge.loser_id": FAMILY,
    "persons_merge.survivor_id": FAMILY,
    "persons_number.person_id": GATEWAY,
    "persons_numbermatter.other_id": FAMILY,
    "persons_numbermatter.person_id": FAMILY,
    "persons_oldnumber.person_id": FAMILY,
    "persons_pair.high_id": FAMILY,
    "persons_pair.low_id": FAMILY,
    "persons_person.merged_into_id": FAMILY,
    "persons_person.mother_id": FAMILY,
    "persons_proposal.person_id": FAMILY,
    "persons_unplaced.mother_id": FAMILY,
    "persons_unplaced.person_id": FAMILY,
    "reports_identified.person_id": FAMILY,
    "reports_shift.person_id": FAMILY,
}
_PLAIN = """
    SELECT relation.relname || '.' || part.attname FROM pg_attribute AS part
    JOIN pg_class AS relation ON relation.oid = part.attrelid AND relation.relkind = 'r'
    WHERE relation.relnamespace = 'public'::regnamespace AND part.attnum > 0 AND NOT part.attisdropped
      AND part.attname = 'person_id'
"""


@pytest.fixture(autouse=True)
def _country(db: None) -> None:
    births.small_country()
    hospitals.hospital()


@pytest.fixture
def both() -> tuple[int, int]:
    """(survivor, loser), each with a card that was approved before the two were merged."""
    first, second = (
        registered(1),
        registered(2, nksHoTen="NGUYỄN MINH ÂN", nksNgaySinh="13/11/2026"),
    )
    for person in (first, second):
        card = column("SELECT id FROM cards_card WHERE person_id = %s", person)[0]
        approve(card, by=officer(f"duyet-the-{person}", "card_desk", "01"), at=AT)
    return first, second


def _keys() -> set[str]:
    related = {
        f"{field.model._meta.db_table}.{field.column}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.is_relation and field.related_model is Person
    }
    return related | set(column(_PLAIN))


def test_every_key_to_a_person_has_its_case() -> None:
    assert _keys() == set(CASES)
    assert {name for name in CASES.values() if name not in globals()} == set()


@pytest.mark.parametrize("key", sorted(CASES))
def test_rows_of_a_merged_record_are_in_the_family_of_both(key: str, both: tuple[int, int]) -> None:
    """Nothing is rewritten, so whatever pointed at either record still does, and is asked for from either."""
    survivor, loser = both
    table, name = (sql.Identifier(part) for part in key.split("."))
    pointing = sql.SQL("SELECT count(*) FROM {} WHERE {} IN (%s, %s)").format(table, name)
    before = rows(pointing, survivor, loser)  # type: ignore[arg-type]
    merged(survivor, loser)
    family = sql.SQL(
        "SELECT count(*) FROM {} WHERE {} = ANY (persons_family(persons_survivor(%s)))"
    ).format(table, name)
    after = [rows(family, it)[0][0] for it in (survivor, loser)]  # type: ignore[arg-type]
    added = {
        "persons_merge.loser_id": 1,
        "persons_merge.survivor_id": 1,
        "persons_person.merged_into_id": 1,
    }
    assert after == [before[0][0] + added.get(key, 0)] * 2


def _verdict(code: str, name: str = NAME, born: date = BORN) -> tuple[Verdict, str]:
    (answer,) = answers(call(code, name, born, on=ON))
    return answer.verdict, answer.insurance_number


@pytest.mark.rule("INV-10")
def test_hospitals_find_the_person_by_every_number_name_and_card_of_the_merged_record(
    both: tuple[int, int],
) -> None:
    survivor, loser = both
    number, card = (
        number_of(loser),
        column("SELECT code FROM cards_card WHERE person_id = %s", loser)[0],
    )
    kept = number_of(survivor)
    merge_id = merged(survivor, loser)
    assert _verdict(number) == (Verdict.VALID, kept)
    assert _verdict(number, "NGUYỄN MINH ÂN", date(2026, 11, 13)) == (Verdict.VALID, kept)
    assert _verdict("003226000002") == (Verdict.VALID, kept)
    assert _verdict("003226000001") == (Verdict.VALID, kept)
    # The card that was taken away has the person's card in its place.
    assert _verdict(card, "NGUYỄN MINH ÂN", date(2026, 11, 13)) == (Verdict.REPLACED_VALID, kept)
    assert _verdict(number, "TRẦN VĂN KHÁC")[0] is not Verdict.VALID
    undone(merge_id)
    assert _verdict(number, "NGUYỄN MINH ÂN", date(2026, 11, 13)) == (Verdict.VALID, number)
    assert _verdict(number)[0] is not Verdict.VALID


def test_the_record_page_shows_one_child_whichever_key_is_typed(both: tuple[int, int]) -> None:
    survivor, loser = both
    typed = [number_of(loser), number_of(survivor), "003226000002", "LTKS-2026-0000002"]
    merged(survivor, loser)
    by = reviewer()
    with acting(by, at=LATER), as_page():
        for text in typed:
            found = record.record(by, record.code_of(by, text), on=LATER.date())
            assert found.person_id == survivor
            assert len(found.dossiers) == len(found.cards) == 2
        assert record.record(by, str(loser), on=LATER.date()).person_id == survivor


def test_the_trace_says_that_the_registration_is_a_double(both: tuple[int, int]) -> None:
    merged(*both)
    by = reviewer()
    with acting(by, at=LATER), as_page():
        told = queries.trace(by, "LTKS-2026-0000002", on=LATER.date())
    assert (told.row.state, told.row.reason) == ("CANCELLED", "DUPLICATE_CONFIRMED")


def test_news_of_the_person_reach_the_family_through_the_merged_record(
    both: tuple[int, int],
) -> None:
    survivor, loser = both
    told = contacts.Told(("person", loser), "0901234567", "TRẦN THỊ BÌNH")
    assert contacts.learn([told], by=system(), at=AT) == 1
    merged(survivor, loser)
    assert announcing._reached_by({survivor}) == {survivor: loser}


def test_a_code_that_the_family_opened_leads_to_the_person(both: tuple[int, int]) -> None:
    survivor, loser = both
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE NONE")
        cursor.execute(
            "INSERT INTO notices_passcode (nonce, person_id, code_sha256, made_at, opened_at)"
            " VALUES (gen_random_uuid(), %s, sha256('x'), clock_timestamp(), clock_timestamp()) RETURNING nonce",
            [loser],
        )
        nonce = cursor.fetchone()[0]
        cursor.execute("SET LOCAL ROLE lienthong_worker")
    merged(survivor, loser)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE NONE")
        cursor.execute(
            "SELECT births_family_of(%s), (SELECT status FROM births_family_card_and_id(%s, 'yc'))",
            [nonce, nonce],
        )
        assert cursor.fetchone() == (survivor, "active")
        cursor.execute("SET LOCAL ROLE lienthong_worker")


def test_the_temporary_code_of_a_merged_record_leads_to_the_persons_card() -> None:
    code = newborns.code_of()
    first = registered(1, maGCS="01013.GCS.00009.26")
    second = registered(2, maGCS=newborns.NOTICE)
    card = column("SELECT id FROM cards_card WHERE person_id = %s", first)[0]
    approve(card, by=officer("duyet-the-mot", "card_desk", "01"), at=AT)
    with acting(system(), at=AT), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE cards_temporarycode SET person_id = %s, linked_at = %s, linked_by = 'system', link_reason = 'notice'"
            " WHERE code = %s",
            [second, AT, code],
        )
    merged(first, second)
    (answer,) = answers(call(code, newborns.MOTHER, newborns.BORN, on=ON))
    assert answer.verdict is Verdict.REPLACED_VALID
    assert answer.new_code == column("SELECT code FROM cards_card WHERE id = %s", card)[0]
