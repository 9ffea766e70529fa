"""Collection agents: whom they reach, what they may not read or write, what they bring, and what an officer makes of it."""

import json
import tomllib
from contextlib import AbstractContextManager
from datetime import date, timedelta
from importlib.resources import files

import pytest
from django.db import DatabaseError, connection, transaction

from lienthong.accounts import agencies
from lienthong.catalogues import routes
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import LienthongError
from lienthong.persons import agentdesk, agentlook, agentproposals, households, newcomers
from lienthong.persons.agentdesk import NewMember
from lienthong.persons.agentlook import Asked
from lienthong.persons.membership import Place
from lienthong.persons.newcomers import Newcomer
from lienthong.persons.relations import Relation
from tests import births
from tests.agents import agency, agent
from tests.births import AT, BA_DINH, NGOC_HA, ON, column, message, rows, run, send
from tests.declared import refusal
from tests.households import adult, couple, entry, household, living, thu
from tests.officers import SYSTEM, as_owner, as_worker, become

OPEN_TO_AGENTS = {
    "persons_household",
    "persons_member",
    "persons_person",
    "persons_number",
    "persons_proposal",
    "accounts_agency",
    "accounts_agencycommune",
}
"""What an agent's session finds rows in, beside lists that are nobody's."""
_PRIVACY = tomllib.loads((files("lienthong.database") / "privacy.toml").read_text(encoding="utf-8"))
_OFFICERS = {"accounts_officer", "persons_criterion", "cards_lookupsetting"}
_WRITTEN = {"oversight_article", "oversight_articleversion", "django_migrations"}
NOBODYS = (
    {name for name, kinds in _PRIVACY.items() if set(kinds) == {"plain"}} | _OFFICERS | _WRITTEN
)
"""Lists that say nothing of any citizen; officers' names stand on every page."""


@pytest.fixture(autouse=True)
def families(db: None) -> dict[str, int]:
    """A couple in Ba Đình with a child that a birth registered, and somebody in Ngọc Hà."""
    births.small_country()
    routes.ensure(ON)
    home, mother, father = couple()
    send(message())
    run()
    far = adult("LÊ THỊ XA", date(1970, 1, 1), "female", "003170000555")
    away = household((far, Relation.HEAD), commune=NGOC_HA, code="NGOCHA01")
    entry("household", "h1", mother)
    (child,) = column("SELECT person_id FROM persons_number")
    return {
        "home": home, "mother": mother, "father": father, "far": far, "away": away, "child": child,
    }  # fmt: skip


@pytest.fixture
def by(families: dict[str, int]) -> Actor:
    return agent(agency())


def _as_agent(by: Actor) -> AbstractContextManager[None]:
    become("lienthong_web")
    return acting(by, at=AT)


def test_an_agent_finds_rows_of_his_communes_and_of_no_other_table(
    families: dict[str, int], by: Actor
) -> None:
    tables = column(
        "SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')"
        " AND has_table_privilege('lienthong_web', c.oid, 'SELECT')"
    )
    with connection.cursor() as cursor:
        filled = {}
        for table in tables:
            cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608 - from the catalogue
            filled[table] = cursor.fetchone()[0]
    agentdesk_rows = {}
    with _as_agent(by), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608 - from the catalogue
            agentdesk_rows[table] = cursor.fetchone()[0]
        cursor.execute("SELECT array_agg(id ORDER BY id) FROM persons_person")
        persons = cursor.fetchone()[0]
        cursor.execute("SELECT array_agg(id) FROM persons_household")
        homes = cursor.fetchone()[0]
    seen = {
        table
        for table, count in agentdesk_rows.items()
        if count and not table.startswith("catalogues_")
    }
    assert seen <= OPEN_TO_AGENTS | NOBODYS, seen
    assert persons == sorted([families["mother"], families["father"], families["child"]])
    assert homes == [families["home"]]
    for table in ("dossiers_dossier", "births_birth", "persons_entry", "audit_entry"):
        assert filled[table]
        assert not agentdesk_rows[table]


def test_an_agent_writes_nothing_but_proposals(families: dict[str, int], by: Actor) -> None:
    home, mother, father = (families[it] for it in ("home", "mother", "father"))
    elder = _incomplete(families)
    attempts: tuple[tuple[str, list[object]], ...] = (
        ("UPDATE persons_person SET mother_id = %s WHERE id = %s", [mother, father]),
        ("UPDATE persons_household SET address = 'x' WHERE id = %s", [home]),
        (_VOID, [mother]),
        (_ADD_MEMBER, [home, mother]),
        (_ADD_PERSON, []),
        (
            "UPDATE persons_proposal SET state = 'confirmed', decided_by = 'x', decided_at = now()",
            [],
        ),
        ("UPDATE persons_criterion SET ended_by = 'x'", []),
        ("UPDATE accounts_agency SET name = 'x'", []),
        (_ADD_COMMUNE, [NGOC_HA]),
    )
    with _as_agent(by):
        agentdesk.propose(elder, {"relation": "03"}, by=by, at=AT)
        for statement, arguments in attempts:
            assert _tried(statement, arguments) in {"0 rows", "row-level security"}, statement


def _tried(statement: str, arguments: list[object]) -> str:
    """What became of a statement: how many rows it wrote, or what refused it."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, arguments)  # type: ignore[arg-type]
            return f"{cursor.rowcount} rows"
    except DatabaseError as error:
        return "row-level security" if "row-level security" in str(error) else str(error)


_VOID = """
    UPDATE persons_member SET is_void = true, ended_by = 'mistake', ended_said_by = 'x', ended_said_at = now()
    WHERE person_id = %s
"""
_ADD_MEMBER = """
    INSERT INTO persons_member (household_id, person_id, relation, during, began_by, said_by, said_at, origin)
    VALUES (%s, %s, '08', '[2001-01-01,2001-02-01)', 'found', 'x', now(), 'officer')
"""
_ADD_PERSON = """
    INSERT INTO persons_person (id, full_name, tone_key, fold_key, born_on, sex, nationality, personal_id_status,
        birth_notice_code, mother_name, mother_born, mother_personal_id, mother_insurance_number, father_name, father_born,
        father_personal_id, guardian_name, residence_commune_code, residence_text, entitled, made_at)
    VALUES (999999, 'X Y', '', '', '2000-01-01', 'male', 'VN', '', '', '', '', '', '', '', '', '', '', '', '', 'empty', now())
"""
_ADD_COMMUNE = """
    INSERT INTO accounts_agencycommune (agency_id, commune_code, added_by, added_at)
    SELECT agency.id, %s, 'x', now() FROM accounts_agency AS agency
"""


def test_he_finds_by_number_name_and_household_code_and_elsewhere_is_nowhere(
    families: dict[str, int], by: Actor
) -> None:
    (number,) = column("SELECT number FROM persons_number")
    with _as_agent(by):
        for asked in (
            Asked(number=number),
            Asked(number="003196000456"),
            Asked(full_name="trần thị bình", born_on="1996-03-01"),
        ):
            assert agentlook.look(asked, by=by, on=ON).person_ids, asked
        for asked in (
            Asked(number="003170000555"),
            Asked(number="003170000999"),
            Asked(full_name="Lê Thị Xa", born_on="1970-01-01"),
            Asked(household_code="NGOCHA01"),
            Asked(household_code="KHONGCO"),
        ):
            assert agentlook.look(asked, by=by, on=ON) == agentlook.Found(), asked
        assert refusal(lambda: agentlook.person(by, families["far"], on=ON)) == ""
        for wrong, code in (
            (Asked(), "ASK"),
            (Asked(number="123"), "NUMBER"),
            (Asked(full_name="A B", born_on="2099-01-01"), "DAY"),
        ):
            assert refusal(lambda wrong=wrong: agentlook.look(wrong, by=by, on=ON)) == code
    assert as_worker("SELECT look_count, miss_count FROM accounts_agentday") == [(8, 5)]


def test_who_looks_too_often_or_misses_too_often_waits_until_tomorrow(
    by: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agencies, "MOST_LOOKS_A_MINUTE", 1000)
    with _as_agent(by):
        for _ in range(agencies.MOST_MISSES_A_DAY):
            assert not agentlook.look(Asked(number="003170000999"), by=by, on=ON).is_too_often
        assert agentlook.look(Asked(number="003196000456"), by=by, on=ON).is_too_often


_LATER = {
    "minute": "UPDATE accounts_agentday SET minute = minute - interval '1 minute' RETURNING 1",
    "hour": "UPDATE accounts_agentday SET hour = hour - interval '1 hour' RETURNING 1",
}


@pytest.mark.parametrize("span", ["minute", "hour"])
def test_who_looks_too_fast_waits_for_the_next_minute_or_hour_whoever_is_asked_for(
    by: Actor, span: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = f"MOST_LOOKS_A{'N' if span == 'hour' else ''}_{span.upper()}"
    known, nobody = Asked(number="003196000456"), Asked(number="003170000999")
    monkeypatch.setattr(agencies, limit, 0)
    with _as_agent(by):
        answers = [agentlook.look(it, by=by, on=ON) for it in (known, nobody)]
    assert answers[0] == answers[1]
    assert answers[0].is_too_often
    monkeypatch.setattr(agencies, limit, 1)
    # The next span begins anew.
    as_owner(_LATER[span])
    with _as_agent(by):
        assert not agentlook.look(known, by=by, on=ON).is_too_often


def test_looks_of_one_minute_and_hour_are_counted_together(by: Actor) -> None:
    counts = "SELECT minute, hour, minute_count, hour_count FROM accounts_agentday"
    for _ in range(5):
        with _as_agent(by):
            agentlook.look(Asked(number="003196000456"), by=by, on=ON)
        (before,) = as_worker(counts)
        with _as_agent(by):
            agentlook.look(Asked(number="003196000456"), by=by, on=ON)
        (after,) = as_worker(counts)
        # The clock may have gone into the next one between the two.
        if before[:2] == after[:2]:
            assert after[2:] == (before[2] + 1, before[3] + 1)
            return
    pytest.fail("no two looks in one minute")


def test_a_closed_agency_or_an_ended_commune_shows_nobody_from_the_next_statement_on(
    families: dict[str, int],
) -> None:
    made = agency()
    by = agent(made)
    asked = Asked(number="003196000456")
    with _as_agent(by):
        assert agentlook.look(asked, by=by, on=ON).person_ids
    become("lienthong_worker")
    agencies.end_commune(made, BA_DINH, by=SYSTEM, at=AT)
    with _as_agent(by):
        assert not agentlook.look(asked, by=by, on=ON).person_ids
    become("lienthong_worker")
    agencies.add_commune(made, BA_DINH, by=SYSTEM, at=AT)
    agencies.change(made, "Bưu điện", is_active=False, by=SYSTEM, at=AT)
    with _as_agent(by):
        assert refusal(lambda: agencies.own(by)) == ""
        assert not agentlook.persons(by, [families["mother"]], on=ON)


def test_what_is_missing_is_asked_and_a_registered_child_is_the_registers(
    families: dict[str, int], by: Actor
) -> None:
    with _as_agent(by):
        listed = agentlook.criteria(ON)
        mother, child = (agentlook.person(by, families[it], on=ON) for it in ("mother", "child"))
        assert list(mother.missing) == ["MA-SO-BHXH"]
        assert agentlook.asked_of(mother, listed) == []
        assert mother.personal_id_end == "•••• 0456"
        assert not child.missing
        assert (
            refusal(lambda: agentdesk.propose(child.id, {"sex": "male"}, by=by, at=AT))
            == "NOT_ASKED"
        )


def _incomplete(families: dict[str, int]) -> int:
    """A grandfather of whom nothing but name, year and sex is known."""
    elder = newcomers.make(Newcomer("NGUYỄN VĂN PHÚC", date(1950, 2, 3), "male"), by=SYSTEM, at=AT)
    told = {elder: Relation.OTHER}
    households.take_in(families["home"], told, on=AT.date(), by=SYSTEM, at=AT, seen={elder: None})
    return elder


def test_a_proposal_is_confirmed_by_the_unit_and_returned_with_a_reason(
    families: dict[str, int], by: Actor
) -> None:
    elder = _incomplete(families)
    with _as_agent(by):
        values = {"personal_id": "003050000123", "relation": "03"}
        written = agentdesk.propose(elder, values, by=by, at=AT)
        assert (written.direct_count, written.waiting_count) == (0, 2)
        assert refusal(lambda: agentdesk.propose(elder, values, by=by, at=AT)) == "WAITING"
        for wrong, code in (
            ({"personal_id": "003150000123"}, "W-PID-SEX"),
            ({"personal_id": "12"}, "E-PID-FORMAT"),
            ({"relation": "00"}, "RELATION"),
            ({"address": "   "}, "NOTHING"),
        ):
            assert (
                refusal(lambda wrong=wrong: agentdesk.propose(elder, wrong, by=by, at=AT)) == code
            )
        assert refusal(lambda: agentproposals.waiting(by)) == "HOUSEHOLD_EDIT"
    become("lienthong_worker")
    officer, stranger = thu(), thu("TE01002", "thu-ho-02")
    become("lienthong_web")
    with acting(stranger, at=AT):
        assert agentproposals.waiting(stranger) == []
    with acting(officer, at=AT):
        first, second = agentproposals.waiting(officer)
        assert {first.field, second.field} == {"personal_id", "relation"}
        by_field = {it.field: it.id for it in (first, second)}
        assert agentproposals.confirm([by_field["personal_id"]], by=officer, at=AT).done_count == 1
        outcome = agentproposals.confirm([by_field["personal_id"]], by=officer, at=AT)
        assert [it.code for it in outcome.refused] == ["DECIDED"]
        assert (
            refusal(
                lambda: agentproposals.send_back([by_field["relation"]], " ", by=officer, at=AT)
            )
            == "NOTE"
        )
        agentproposals.send_back([by_field["relation"]], "Là bác, không phải bố", by=officer, at=AT)
    assert as_worker("SELECT personal_id FROM persons_person WHERE id = %s", elder) == [
        ("003050000123",)
    ]
    assert living(families["home"])[elder] == "99"
    with acting(by, at=AT):
        told = {it.field: it for it in agentproposals.own(by, since=AT - timedelta(days=1))}
    assert told["relation"].decided_note == "Là bác, không phải bố"
    assert told["personal_id"].state == "confirmed"


def test_what_changed_meanwhile_is_not_overwritten(families: dict[str, int], by: Actor) -> None:
    elder = _incomplete(families)
    with _as_agent(by):
        agentdesk.propose(elder, {"relation": "03"}, by=by, at=AT)
    become("lienthong_worker")
    households.change_relation(
        families["home"], elder, Relation.GRANDFATHER, on=AT.date(), by=SYSTEM, at=AT
    )
    (key,) = column("SELECT id FROM persons_proposal")
    outcome = agentproposals.confirm([key], by=SYSTEM, at=AT)
    assert [it.code for it in outcome.refused] == ["CHANGED"]
    assert living(families["home"])[elder] == "10"


def test_an_empty_address_stands_at_once_and_a_full_one_never_does(
    families: dict[str, int], by: Actor
) -> None:
    head = adult("PHẠM VĂN KHUYẾT", date(1980, 5, 5), "male")
    nowhere = Place(BA_DINH, AT.date(), "")
    blank = households.found(nowhere, {head: Relation.HEAD}, on=AT.date(), by=SYSTEM, at=AT)
    with _as_agent(by):
        written = agentdesk.propose(head, {"address": "Số 9  ngõ 3"}, by=by, at=AT)
        assert written.direct_count == 1
        assert refusal(lambda: agentdesk.propose(head, {"address": "khác"}, by=by, at=AT)) == (
            "NOT_ASKED"
        )
    assert as_worker("SELECT address FROM persons_household WHERE id = %s", blank) == [
        ("Số 9 ngõ 3",)
    ]
    assert as_worker("SELECT state, decided_by FROM persons_proposal") == [("direct", by.label)]


def test_a_new_member_is_found_or_entered_by_the_officer(
    families: dict[str, int], by: Actor
) -> None:
    home = families["home"]
    new = NewMember("Nguyễn Thị Mai", "1955-06-07", "female", "04", "003155000321")
    with _as_agent(by):
        agentdesk.propose_member(home, new, by=by, at=AT)
        assert refusal(lambda: agentdesk.propose_member(families["away"], new, by=by, at=AT)) == ""
    become("lienthong_worker")
    (key,) = column("SELECT id FROM persons_proposal")
    stored = json.loads(column("SELECT value FROM persons_proposal")[0])
    assert stored["full_name"] == "Nguyễn Thị Mai"
    assert agentproposals.confirm([key], by=SYSTEM, at=AT).done_count == 1
    ((person, relation),) = [
        (it, code) for it, code in living(home).items() if it not in families.values()
    ]
    assert relation == "04"
    assert column("SELECT person_id FROM persons_proposal") == [person]


def test_only_the_head_and_the_province_manage_agencies_and_only_of_their_units(
    families: dict[str, int],
) -> None:
    collector = thu()
    with pytest.raises(LienthongError):
        agencies.open_agency("BD-1", "Bưu điện", "TE01001", by=collector, at=AT)
    made = agency("BD-X")
    assert refusal(lambda: agency("BD-X")) == "AGENCY_TWICE"
    assert (
        refusal(lambda: agencies.add_commune(made, NGOC_HA, by=SYSTEM, at=AT)) == "AGENCY_COMMUNE"
    )
    agencies.add_commune(made, BA_DINH, by=SYSTEM, at=AT)
    assert rows("SELECT count(*) FROM accounts_agencycommune WHERE ended_at IS NULL") == [(1,)]
