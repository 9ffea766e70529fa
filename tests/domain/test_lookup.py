"""What a hospital learns of a card: the verdict of every situation, and nothing to those who guess."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection

from lienthong.cards import actions as card_actions
from lienthong.cards.exchange import Asked
from lienthong.cards.lookup import Asker, BirthDate, CardAnswer, Verdict, key_of
from tests import cards, doubles, hospitals
from tests.births import AT, ON, column, message, rows, run, send, small_country, system
from tests.hospitals import STAFF, TOMORROW, answers, call
from tests.officers import become
from tests.officers import run as run_sql

pytestmark = pytest.mark.django_db

NAME, BORN = "NGUYỄN MINH AN", date(2026, 11, 12)


@pytest.fixture(autouse=True)
def _country(db: None) -> None:
    small_country()
    hospitals.hospital()


def _code(card_id: int) -> str:
    return str(column("SELECT code FROM cards_card WHERE id = %s", card_id)[0])


def _one(
    code: str, name: str = NAME, born: Any = BORN, *, on: date = ON, **more: Any
) -> CardAnswer:
    (answer,) = answers(call(code, name, born, on=on, **more))
    return answer


def test_a_good_card_is_found_by_each_of_its_keys() -> None:
    card_id = cards.active()
    code = _code(card_id)
    for key in (
        code,
        code[5:],
        "003226000001",
        f"TE101{'003226000001'}",
        f"{code[:3]} {code[3:5]}-{code[5:]}",
    ):
        answer = _one(key)
        assert answer.verdict is Verdict.VALID, key
        assert (answer.code, answer.full_name, answer.born_on) == (code, NAME, BORN)
        assert (answer.new_code, answer.new_valid_to) == (code, date(2032, 11, 30))
        assert (answer.facility_code, answer.facility_name) == ("01013", "Cơ sở 01013")


@pytest.mark.parametrize(
    "name", ["nguyen minh an", "Nguyễn  Minh An", "NGUYỂN MINH ÂN", "NGUYENMINHAN"]
)
def test_a_name_counts_without_tones_case_and_blanks(name: str) -> None:
    assert _one(_code(cards.active()), name).verdict is Verdict.VALID


@pytest.mark.parametrize(
    "typed", ["H'ĐIÊU Ê BAN", "HDIEU E BAN", "H’Điêu Ê̆ Ban", "h điêu e ban", "H'ĐIÊU Ĕ ƀan"]
)
def test_letters_of_the_central_highlands_are_folded(typed: str) -> None:
    card_id = cards.active(nksHoTen="H'Điêu Ê̆ Ƀan")
    assert _one(_code(card_id), typed).verdict is Verdict.VALID


def test_a_birth_date_counts_as_far_as_it_is_known() -> None:
    code = _code(cards.active())
    for birth in (BirthDate(2026), BirthDate(2026, 11), BirthDate(2026, 11, 12)):
        assert _one(code, born=birth).verdict is Verdict.VALID
    for birth in (BirthDate(2025), BirthDate(2026, 12), BirthDate(2026, 11, 13)):
        assert _one(code, born=birth).verdict is Verdict.WRONG_BIRTH


def test_who_guesses_learns_the_verdict_alone() -> None:
    code = _code(cards.active())
    assert _one("0000000000") == CardAnswer(Verdict.UNKNOWN)
    assert _one(code, born=date(2026, 11, 13)) == CardAnswer(Verdict.WRONG_BIRTH)
    wrong = _one(code, "TRẦN VĂN BA")
    assert wrong.verdict is Verdict.WRONG_NAME
    assert (wrong.full_name, wrong.born_on, wrong.address, wrong.is_match) == (
        None,
        None,
        None,
        False,
    )
    assert _one(code, "NGÔ MẠNH ÂU").verdict is Verdict.WRONG_INITIALS


def test_the_right_name_is_given_back_only_where_the_setting_says_so() -> None:
    code = _code(cards.active())
    run_sql("UPDATE cards_lookupsetting SET value = 1 WHERE name = 'discloses_names'")
    assert _one(code, "TRẦN VĂN BA").full_name == NAME


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        ("TE101", Verdict.BAD_CODE),
        ("ZZ1010123456789", Verdict.BAD_CODE),
        ("TE9010123456789", Verdict.BAD_LEVEL),
        ("TE4010123456789", Verdict.BAD_LEVEL),
        ("TE1990123456789", Verdict.BAD_PROVINCE),
        ("QN5970123456789", Verdict.ARMY),
        ("CA5970123456789", Verdict.POLICE),
        ("TE1010123456789", Verdict.UNKNOWN),
    ],
)
def test_a_code_is_judged_by_its_form_first(code: str, verdict: Verdict) -> None:
    assert _one(code) == CardAnswer(verdict)


def test_another_province_in_the_code_is_another_card() -> None:
    code = _code(cards.active())
    answer = _one(f"TE179{code[5:]}")
    assert answer == CardAnswer(Verdict.UNKNOWN)
    assert _one(f"TE199{code[5:]}") == CardAnswer(Verdict.BAD_PROVINCE)


def test_a_child_whose_card_is_not_approved_yet_has_no_card() -> None:
    send(message(1))
    run()
    number = column("SELECT number FROM persons_number")[0]
    for key in (number, "003226000001", f"TE101{number}"):
        answer = _one(key)
        assert (answer.verdict, answer.full_name, answer.code) == (Verdict.NO_CARD, NAME, None), key


def test_a_card_ends_on_its_last_day() -> None:
    code = _code(cards.active())
    assert _one(code, on=date(2032, 11, 30)).verdict is Verdict.VALID
    assert _one(code, on=date(2032, 12, 1)).verdict is Verdict.EXPIRED
    assert _one(code, on=BORN - timedelta(days=1)).verdict is Verdict.NOT_YET


def test_an_exchange_with_the_same_code_is_the_same_card() -> None:
    card_id = cards.handed_over()
    further = cards.ask(Asked(card_id, "lost"), by=cards.collector())
    assert cards.approve(further.card_id, by=cards.approver()).done
    answer = _one(_code(card_id))
    assert (answer.verdict, answer.version) == (Verdict.VALID, 2)
    assert answer.code == answer.new_code


def _replace_code(card_id: int) -> str:
    """The first card as one of another province: what a change of code leaves behind."""
    cards.as_if_committed()
    become("owner")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE cards_card DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE cards_card SET code = 'TE179' || insurance_number, province_code = '79' WHERE id = %s",
            [card_id],
        )
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE cards_card ENABLE TRIGGER USER")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    become("lienthong_worker")
    return _code(card_id)


def test_an_old_code_leads_to_the_new_card() -> None:
    card_id = cards.handed_over()
    further = cards.ask(Asked(card_id, "lost"), by=cards.collector())
    cards.approve(further.card_id, by=cards.approver())
    new, old = _code(further.card_id), _replace_code(card_id)
    answer = _one(old)
    assert (answer.verdict, answer.code, answer.new_code) == (Verdict.REPLACED_VALID, old, new)
    later = _one(old, on=date(2032, 12, 1))
    assert (later.verdict, later.new_code) == (Verdict.REPLACED_EXPIRED, new)
    assert _one(new).verdict is Verdict.VALID
    assert _one(new[5:]).code == new


@pytest.mark.parametrize(
    ("reason", "verdict"),
    [
        ("CANCELLED_BY_SENDER", Verdict.REVOKED),
        ("REDUCED", Verdict.REDUCED),
        ("REDUCED_MOVED_OUT", Verdict.MOVED_OUT),
        ("REDUCED_MOVED_WITHIN", Verdict.MOVED_WITHIN),
        ("REDUCED_ADDED_AGAIN", Verdict.ADDED_AGAIN),
        ("REDUCED_STOPPED", Verdict.STOPPED),
        ("N-DECEASED", Verdict.STOPPED),
    ],
)
def test_a_card_taken_away_says_how(reason: str, verdict: Verdict) -> None:
    card_id = cards.active()
    (dossier_id,) = column("SELECT dossier_id FROM cards_card WHERE id = %s", card_id)
    card_actions.revoke([dossier_id], by=system(), at=AT, reason=reason)
    answer = _one(_code(card_id))
    assert (answer.verdict, answer.full_name, answer.ended_on) == (verdict, NAME, ON)


def test_staff_must_be_registered_under_their_name() -> None:
    code = _code(cards.active())
    stranger = Asker(hospitals.NAME, TOMORROW, "001087000009", STAFF[0])
    renamed = Asker(hospitals.NAME, TOMORROW, STAFF[1], "LE VAN KHAC")
    written = Asker(hospitals.NAME, TOMORROW, STAFF[1], "Nguyễn Văn Cán Bộ")
    assert _one(code, asker=stranger) == CardAnswer(Verdict.STAFF_UNKNOWN)
    assert _one(code, asker=renamed) == CardAnswer(Verdict.STAFF_NAME)
    assert _one(code, asker=written).verdict is Verdict.VALID
    run_sql("UPDATE accounts_machinestaff SET ended_at = clock_timestamp()")
    assert _one(code, asker=written) == CardAnswer(Verdict.STAFF_UNKNOWN)


def test_an_account_that_is_closed_suspended_or_renewed_opens_nothing() -> None:
    code = _code(cards.active())
    assert _one(code, asker=Asker("01999_BV", TOMORROW)) == CardAnswer(Verdict.NO_ACCOUNT)
    assert _one(code, asker=Asker(hospitals.NAME, AT)) == CardAnswer(Verdict.NO_ACCOUNT)
    run_sql(
        "INSERT INTO accounts_suspension (machine_id, reason, by) SELECT id, 'officer', 'x' FROM accounts_machine"
    )
    assert _one(code) == CardAnswer(Verdict.NO_ACCOUNT)
    run_sql("UPDATE accounts_suspension SET lifted_at = clock_timestamp(), lifted_by = 'x'")
    assert _one(code).verdict is Verdict.VALID
    run_sql("UPDATE accounts_machine SET is_active = false")
    assert _one(code) == CardAnswer(Verdict.NO_ACCOUNT)


def test_a_closed_door_answers_nobody() -> None:
    code = _code(cards.active())
    run_sql("UPDATE cards_lookupsetting SET value = 0 WHERE name = 'is_open'")
    assert _one(code) == CardAnswer(Verdict.CLOSED)


def test_calls_beyond_the_minute_or_day_are_refused_with_a_time_to_wait() -> None:
    code = _code(cards.active())
    hospitals.hospital(minute_limit=5)
    verdicts = [it.verdict for it in answers(*[call(code, NAME, BORN, on=ON)] * 4)]
    assert verdicts == [Verdict.VALID] * 4
    late = answers(*[call(code, NAME, BORN, on=ON)] * 3)
    assert [it.verdict for it in late] == [Verdict.VALID, Verdict.OVER_LIMIT, Verdict.OVER_LIMIT]
    assert 0 < late[-1].wait_seconds <= 60
    hospitals.hospital(day_limit=8)
    assert [it.verdict for it in answers(*[call(code, NAME, BORN, on=ON)] * 2)][
        -1
    ] is Verdict.OVER_LIMIT
    assert _one(code).wait_seconds <= 24 * 3600


def test_one_person_is_guessed_at_ten_times_a_day_by_all_together() -> None:
    code = _code(cards.active())
    guesses = [call(f"{number:010}", NAME, BORN, on=ON) for number in range(10)]
    assert {it.verdict for it in answers(*guesses)} == {Verdict.UNKNOWN}
    assert _one(code) == CardAnswer(Verdict.OVER_TARGET)
    assert _one("0000000099") == CardAnswer(Verdict.OVER_TARGET)
    assert _one(code, born=BirthDate(2026)).verdict is Verdict.VALID


def test_an_account_that_mostly_finds_nobody_is_suspended_at_once() -> None:
    hospitals.hospital(miss_limit=20)
    for number in range(21):
        assert _one(f"{number:010}", f"NGƯỜI THỨ {'A' * (number + 1)}").verdict is Verdict.UNKNOWN
    assert hospitals.suspensions() == [(hospitals.NAME, "misses")]
    assert _one("0000000000").verdict is Verdict.NO_ACCOUNT
    assert rows("SELECT name, subject FROM database_alarm") == [
        ("lookup.suspended", hospitals.NAME)
    ]


def test_hits_let_old_misses_be_forgotten() -> None:
    hospitals.hospital(miss_limit=20)
    code = _code(cards.active())
    for number in range(60):
        _one(f"{number:010}", f"NGƯỜI THỨ {'A' * (number + 1)}")
        answers(*[call(code, NAME, BORN, on=ON)] * 2)
    assert hospitals.suspensions() == []
    assert rows("SELECT hit_count, miss_count, refused_count FROM cards_lookupday") == [
        (120, 60, 0)
    ]


def test_who_asks_for_numbers_that_nobody_has_is_suspended() -> None:
    for number in range(3):
        run_sql(
            "INSERT INTO authz.decoy (number, name_key, born_on) VALUES (%s, 'levanmot', '2024-01-01')",
            f"260000000{number}",
        )
    assert _one("2600000000", "AI ĐÓ") == CardAnswer(Verdict.UNKNOWN)
    assert rows("SELECT name FROM database_alarm") == [("lookup.decoy",)]
    assert hospitals.suspensions() == []
    _one("2600000001", "AI ĐÓ")
    _one("2600000002", "AI ĐÓ")
    assert hospitals.suspensions() == [(hospitals.NAME, "decoy")]


def test_who_knows_a_decoy_by_name_is_suspended_at_the_first() -> None:
    run_sql(
        "INSERT INTO authz.decoy (number, name_key, born_on) VALUES ('2600000000', 'levanmot', '2024-01-01')"
    )
    assert _one("2600000000", "Lê Văn Một", date(2024, 1, 1)) == CardAnswer(Verdict.UNKNOWN)
    assert hospitals.suspensions() == [(hospitals.NAME, "decoy")]


def test_each_call_is_logged_with_whom_it_showed() -> None:
    card_id = cards.active()
    answers(
        call(_code(card_id), NAME, BORN, on=ON, request_id="r1", endpoint="KQNhanLichSuKCB2024"),
        call("0000000000", NAME, BORN, on=ON),
    )
    assert rows(
        "SELECT by, action, subject_kind, subject_id, request_id, detail::text FROM audit_entry"
        " WHERE by = 'machine:01929_BV' ORDER BY id"
    ) == [
        (
            "machine:01929_BV",
            "viewed",
            "card",
            card_id,
            "r1",
            f'{{"name": "KQNhanLichSuKCB2024", "staff": {_staff_id()}, "verdict": "valid"}}',
        ),
        (
            "machine:01929_BV",
            "lookup.missed",
            "",
            None,
            "",
            f'{{"staff": {_staff_id()}, "verdict": "unknown"}}',
        ),
    ]
    (who, _, verdict) = _one(_code(card_id), wants_consulted=True).consulted[0]
    assert (who, verdict) == ("machine:01929_BV", Verdict.VALID)


def _staff_id() -> int:
    return int(column("SELECT id FROM accounts_machinestaff")[0])


def test_a_merged_person_is_found_by_every_number() -> None:
    first, second = cards.active(1), cards.active(2, nksHoTen="NGUYỄN MINH ÂN")
    codes = _code(first), _code(second)
    one, other = (
        column("SELECT person_id FROM cards_card WHERE id = %s", it)[0] for it in (first, second)
    )
    doubles.merged(one, other)
    for key in (codes[0], codes[1], codes[0][5:], codes[1][5:]):
        assert _one(key).verdict in {Verdict.VALID, Verdict.REPLACED_VALID}, key


def test_the_gateway_may_select_nothing_at_all() -> None:
    granted = column(
        "SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
        " WHERE n.nspname IN ('public', 'authz') AND c.relkind IN ('r', 'p', 'v', 'm')"
        " AND (has_table_privilege('lienthong_gateway', c.oid, 'SELECT, INSERT, UPDATE, DELETE')"
        "      OR has_any_column_privilege('lienthong_gateway', c.oid, 'SELECT, INSERT, UPDATE'))"
    )
    assert granted == []


def test_a_stranger_cannot_ask_the_inner_function(db: None) -> None:
    asked = "SELECT has_function_privilege(%s, 'cards_find(jsonb)', 'EXECUTE')"
    assert [column(asked, f"lienthong_{role}")[0] for role in ("gateway", "web")] == [False, False]


def test_keys_take_every_length() -> None:
    assert key_of("0123456789", on=ON).number == "0123456789"
    assert key_of("012345678901", on=ON).personal_id == "012345678901"
    assert key_of("TE1010123456789", on=ON).card_prefix == "TE101"
    assert key_of("te1 01 012345678901", on=ON).personal_id == "012345678901"
    assert key_of("TE1019912345678", on=ON).card_code == "TE1019912345678"
    assert key_of("ＴＥ1010123456789", on=ON).given is Verdict.BAD_CODE
