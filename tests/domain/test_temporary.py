"""A newborn's temporary code: given once a child, bounded, logged, and kept as it was given."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import Error, transaction

from lienthong.cards import temporary
from lienthong.cards.lookup import Asker, Verdict
from lienthong.kernel.errors import Refused
from tests import hospitals
from tests.births import AT, ON, column, rows, small_country
from tests.hospitals import NAME, STAFF, TOMORROW
from tests.newborns import (
    ASKER,
    BORN,
    MOTHER,
    NOTICE,
    code_of,
    give,
    newborn,
)
from tests.officers import become
from tests.officers import run as run_sql

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _country(db: None) -> None:
    small_country()
    hospitals.hospital()


def test_a_code_is_of_the_mothers_province_and_no_insurance_number() -> None:
    given = give()
    assert re.fullmatch("TE10199[0-9]{8}", str(given.code))
    assert (given.is_new, given.valid_from, given.valid_to) == (True, BORN, BORN + timedelta(60))
    (entry,) = rows(
        "SELECT action, subject_kind, detail FROM audit_entry WHERE action = 'temporary.given'"
    )
    assert entry[1] == "temporary_code"


def test_a_foundlings_code_is_of_the_facilitys_province_and_name() -> None:
    code = code_of(
        newborn(carer_relation="facility", carer_name="", mother_personal_id="", province_code="")
    )
    assert code.startswith("TE101")
    assert rows("SELECT carer_name FROM cards_temporarycode") == [("Bệnh viện thử",)]


@pytest.mark.parametrize(
    "again",
    [
        {},
        {"carer_name": "tran thi binh"},
        {"full_name": "NGUYỄN MINH AN"},
        {"birth_notice_code": NOTICE},
        {"admitted_on": BORN + timedelta(3)},
    ],
)
def test_the_same_child_gets_the_same_code_again(again: dict[str, Any]) -> None:
    first = give()
    second = give(newborn(**again))
    assert (second.code, second.is_new, second.valid_to) == (first.code, False, first.valid_to)
    assert column("SELECT count(*) FROM cards_temporarycode") == [1]


@pytest.mark.parametrize(
    "other",
    [
        {"birth_order": 2},
        {"sex": "female"},
        {"mother_personal_id": "003196000457"},
        {"born_on": date(2026, 11, 13), "admitted_on": date(2026, 11, 13)},
    ],
)
def test_another_child_gets_another_code(other: dict[str, Any]) -> None:
    assert code_of() != code_of(newborn(**other))


def test_a_birth_notice_names_one_child_whatever_else_was_mistyped() -> None:
    first = code_of(newborn(birth_notice_code=NOTICE))
    assert code_of(newborn(birth_notice_code=NOTICE.lower(), sex="female")) == first
    assert code_of(newborn(birth_notice_code="01013.GCS.00002.26")) != first
    assert column("SELECT sex FROM cards_temporarycode ORDER BY id LIMIT 1") == ["female"]


def test_another_facility_gives_its_own_code() -> None:
    hospitals.hospital("01930_BV")
    theirs = give(asker=Asker("01930_BV", TOMORROW, STAFF[1], STAFF[0]))
    assert theirs.code != code_of()


def test_a_discharge_ends_the_code_and_another_stay_opens_it_again() -> None:
    code = code_of()
    ended = give(newborn(discharged_on=date(2026, 11, 15)))
    assert (ended.code, ended.valid_to) == (code, date(2026, 11, 15))
    assert give(newborn(admitted_on=date(2026, 11, 14))).valid_to == date(2026, 11, 15)
    again = give(newborn(admitted_on=ON))
    assert (again.code, again.valid_from, again.valid_to) == (code, BORN, ON + timedelta(60))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"born_on": ON + timedelta(1), "admitted_on": None}, "born_on"),
        ({"born_on": date(2020, 1, 1), "admitted_on": ON}, "born_on"),
        ({"admitted_on": BORN - timedelta(1)}, "admitted_on"),
        ({"admitted_on": ON + timedelta(1)}, "admitted_on"),
        ({"discharged_on": BORN - timedelta(1)}, "discharged_on"),
        ({"carer_name": " - "}, "carer_name"),
        ({"province_code": ""}, "province_code"),
        ({"mother_personal_id": "12345"}, "mother_personal_id"),
        ({"birth_order": 0}, "birth_order"),
        ({"full_name": "A" * 101}, "full_name"),
    ],
)
def test_what_cannot_be_is_refused_by_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        give(newborn(**changes))
    assert (refused.value.code, refused.value.field) == ("E-FIELD", field)
    assert column("SELECT count(*) FROM cards_temporarycode") == [0]


def test_a_province_that_is_none_today_is_refused() -> None:
    assert give(newborn(province_code="99")).verdict == Verdict.BAD_PROVINCE


def test_an_account_has_so_many_new_codes_a_day_and_its_old_ones_always() -> None:
    run_sql("UPDATE cards_lookupsetting SET value = 1 WHERE name = 'temporary_codes_a_day'")
    code = code_of()
    over = give(newborn(sex="female"))
    assert (over.verdict, over.code) == (Verdict.OVER_LIMIT, None)
    assert 0 < over.wait_seconds <= 86_400
    assert code_of() == code


@pytest.mark.parametrize(
    ("asker", "verdict"),
    [
        (Asker("01999_BV", TOMORROW), Verdict.NO_ACCOUNT),
        (Asker(NAME, AT - timedelta(days=9_000), STAFF[1], STAFF[0]), Verdict.NO_ACCOUNT),
        (Asker(NAME, TOMORROW, "001087000009", STAFF[0]), Verdict.STAFF_UNKNOWN),
        (Asker(NAME, TOMORROW, STAFF[1], "NGUYEN VAN KHAC"), Verdict.STAFF_NAME),
    ],
)
def test_who_may_not_ask_gets_nothing_and_stands_in_the_log(asker: Asker, verdict: Verdict) -> None:
    assert give(asker=asker).verdict == verdict
    assert column("SELECT count(*) FROM cards_temporarycode") == [0]
    assert column(
        "SELECT detail ->> 'verdict' FROM audit_entry WHERE action = 'temporary.refused'"
    ) == [verdict]


def test_a_suspended_or_closed_door_gives_nothing() -> None:
    run_sql("UPDATE cards_lookupsetting SET value = 0 WHERE name = 'is_open'")
    assert give().verdict == Verdict.CLOSED
    run_sql("UPDATE cards_lookupsetting SET value = 1 WHERE name = 'is_open'")
    run_sql(
        "INSERT INTO accounts_suspension (machine_id, reason, detail, by) SELECT id, 'officer', '{}', 'test' FROM accounts_machine"
    )
    assert give().verdict == Verdict.NO_ACCOUNT


def test_a_facility_reads_its_own_codes_alone_and_each_is_logged() -> None:
    code = code_of()
    hospitals.hospital("01930_BV")
    become("lienthong_gateway")
    own = temporary.own_code(ASKER, code)
    others = temporary.own_code(Asker("01930_BV", TOMORROW, STAFF[1], STAFF[0]), code)
    listed = temporary.own_codes(ASKER, AT - timedelta(days=1))
    become("lienthong_worker")
    (line,) = own.lines
    assert (line.code, line.state, line.name) == (code, "waiting", f"Con {MOTHER}")
    assert (others.verdict, others.lines) == ("", ())
    assert listed.lines == own.lines
    assert column(
        "SELECT count(*) FROM audit_entry WHERE action = 'viewed' AND subject_kind = 'temporary_code'"
    ) == [2]


def test_the_gateway_reads_no_code_past_its_functions() -> None:
    code_of()
    become("lienthong_gateway")
    with pytest.raises(Error, match="permission denied"), transaction.atomic():
        run_sql("SELECT * FROM cards_temporarycode")
    become("lienthong_web")
    assert run_sql("SELECT * FROM cards_temporarycode") == []
    become("lienthong_worker")


def test_what_was_given_out_is_kept() -> None:
    code_of()
    for change in (
        "DELETE FROM cards_temporarycode",
        "UPDATE cards_temporarycode SET facility_code = '01001'",
    ):
        become("owner")
        with pytest.raises(Error), transaction.atomic():
            run_sql(change)
        become("lienthong_worker")
