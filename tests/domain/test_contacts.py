"""The directory of task forces: what is told to whom, how it changes, who may change it, and when it is stale."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection
from django.db.transaction import atomic

from lienthong.audit import trail
from lienthong.catalogues import contacts, contacts_desk
from lienthong.catalogues.contacts import Duty
from lienthong.catalogues.contacts_desk import Entry
from lienthong.database.scope import acting
from lienthong.kernel.errors import NotFound
from tests.births import AT, ON
from tests.conftest import BecomeWeb
from tests.declared import officer, refusal
from tests.officers import SYSTEM, become, run

pytestmark = pytest.mark.django_db
HOTLINE = Entry(Duty.HOTLINE, "0900 000 101", office="Số 1 phố Mẫu", email="bhyt@tinh-01.example")
LEAD = Entry(Duty.LEAD, "0900000102", "Lê Văn Thu", "thu@tinh-01.example")
CARD = Entry(Duty.CARD_DESK, "0900000103", "Trần Thị Thẻ", is_name_public=True)


def put(entry: Entry, first: date = ON, *, seen: int = 0, province: str = "01") -> int:
    return contacts_desk.put(province, entry, first, seen=seen, by=SYSTEM, at=AT)


def told(on: date = ON, province: str = "01") -> dict[str, contacts.HelpLine]:
    found = {it.province_code: it for it in contacts.public_contacts(on)}
    return {it.duty: it for it in found[province].lines}


@pytest.fixture
def of_hanoi() -> dict[Duty, int]:
    return {it.duty: put(it) for it in (HOTLINE, LEAD, CARD)}


@pytest.mark.usefixtures("of_hanoi")
def test_citizens_are_told_numbers_and_the_names_that_are_public(as_web_role: BecomeWeb) -> None:
    with as_web_role():
        lines = told()
        assert contacts.entries(SYSTEM, "01") == []
    assert [(it.duty, it.phone, it.full_name) for it in lines.values()] == [
        ("hotline", "0900000101", ""),
        ("lead", "0900000102", ""),
        ("card_desk", "0900000103", "Trần Thị Thẻ"),
    ]
    assert lines["hotline"].office == "Số 1 phố Mẫu"
    assert {it.checked_on for it in lines.values()} == {ON}


def test_every_province_of_the_day_is_there_even_with_nothing_published() -> None:
    found = contacts.public_contacts(ON)
    assert len(found) == 34
    assert {it.lines for it in found} == {()}
    assert len(contacts.public_contacts(date(2025, 6, 30))) == 63
    assert [it.province_code for it in contacts.stale(SYSTEM, on=ON)] == [
        it.province_code for it in found
    ]


@pytest.mark.usefixtures("of_hanoi")
@pytest.mark.parametrize("code", ["01013", "01ZZZ"], ids=["in the list", "by its digits"])
def test_a_hospital_is_told_the_names_too(code: str) -> None:
    found = contacts.contacts_of_facility(code, ON)
    assert found is not None
    assert found.province_name == "Thành phố Hà Nội"
    assert [it.full_name for it in found.lines] == ["", "Lê Văn Thu", "Trần Thị Thẻ"]
    assert found.checked_on == ON
    assert contacts.contacts_of_facility("00123", ON) is None


def test_a_facility_of_a_merged_province_calls_the_province_it_has_become_part_of() -> None:
    """Hà Giang (02) became part of Tuyên Quang (08) on 01/07/2025."""
    contacts_desk.put("08", LEAD, ON, seen=0, by=SYSTEM, at=AT)
    found = contacts.contacts_of_facility("02001", ON)
    assert found is not None
    assert (found.province_code, [it.duty for it in found.lines]) == ("08", ["lead"])


def test_the_gateway_asks_by_the_function_and_reads_no_table() -> None:
    put(LEAD)
    become("lienthong_gateway")
    try:
        rows = run("SELECT duty, phone FROM catalogues_help_line('01013', %s)", ON)
        assert rows == [("lead", "0900000102")]
        for statement in (
            "SELECT count(*) FROM catalogues_helpline",
            "SELECT * FROM catalogues_public_contacts('2026-11-20')",
        ):
            with pytest.raises(DatabaseError, match="permission denied"), atomic():
                run(statement)
    finally:
        become("lienthong_worker")


def test_a_change_from_a_later_day_keeps_what_stands_until_then() -> None:
    first = put(LEAD)
    monday = ON + timedelta(days=3)
    later = put(replace(LEAD, full_name="Hoàng Thị Mới", phone="0900000109"), monday, seen=first)
    assert told(monday - timedelta(days=1))["lead"].phone == "0900000102"
    assert told(monday)["lead"].phone == "0900000109"
    lines = {it.id: it for it in contacts.entries(SYSTEM, "01")}
    assert (lines[first].valid_to, lines[later].valid_to) == (monday - timedelta(days=1), None)
    # What is entered before a planned change counts until that change.
    between = put(replace(LEAD, phone="0900000108"), ON + timedelta(days=1), seen=later)
    assert {it.id: it.valid_to for it in contacts.entries(SYSTEM, "01")}[between] == (
        monday - timedelta(days=1)
    )


def test_a_slip_mended_on_its_day_is_taken_back_and_kept() -> None:
    wrong = put(LEAD)
    right = put(replace(LEAD, phone="0900000104"), seen=wrong)
    assert told()["lead"].phone == "0900000104"
    lines = {it.id: it for it in contacts.entries(SYSTEM, "01")}
    assert lines[wrong].withdrawn_at == AT
    assert lines[right].withdrawn_at is None


def test_nobody_answers_after_the_end_and_a_planned_entry_can_be_taken_back() -> None:
    first = put(LEAD)
    planned = put(CARD, ON + timedelta(days=9))
    contacts_desk.end(first, ON, by=SYSTEM, at=AT)
    contacts_desk.end(planned, ON, by=SYSTEM, at=AT)
    assert set(told()) == {"lead"}
    assert told(ON + timedelta(days=20)) == {}
    with pytest.raises(NotFound):
        contacts_desk.end(planned, ON, by=SYSTEM, at=AT)
    assert refusal(lambda: contacts_desk.end(first, ON - timedelta(days=2), by=SYSTEM, at=AT)) == (
        "E-DATE"
    )


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (replace(LEAD, phone="123"), "E-PHONE"),
        (replace(LEAD, phone="gọi tôi"), "E-PHONE"),
        (replace(LEAD, email="a@b"), "E-EMAIL"),
        (replace(LEAD, full_name="   "), "E-NAME"),
    ],
)
def test_what_cannot_be_called_is_refused(entry: Entry, code: str) -> None:
    assert refusal(lambda: put(entry)) == code


def test_the_past_is_not_rewritten_and_nothing_changed_is_said() -> None:
    assert refusal(lambda: put(LEAD, ON - timedelta(days=1))) == "E-DATE"
    key = put(LEAD)
    assert refusal(lambda: put(replace(LEAD, phone="0900.000.102"), seen=key)) == "E-UNCHANGED"


def test_whoever_saw_something_else_is_told() -> None:
    key = put(LEAD)
    assert refusal(lambda: put(replace(LEAD, phone="0900000104"), seen=0)) == "CHANGED"
    put(replace(LEAD, phone="0900000104"), seen=key)
    assert refusal(lambda: put(replace(LEAD, phone="0900000105"), seen=key)) == "CHANGED"
    assert refusal(lambda: contacts_desk.confirm("01", [key], by=SYSTEM, at=AT)) == "CHANGED"


def test_checking_is_one_move_and_is_stale_again_after_ninety_days(
    of_hanoi: dict[Duty, int],
) -> None:
    put(replace(LEAD, duty=Duty.IT))
    put(replace(LEAD, duty=Duty.REVIEW))
    late = AT + timedelta(days=91)
    assert not contacts.standing_of(SYSTEM, "01", on=ON + timedelta(days=90)).is_stale
    assert contacts.standing_of(SYSTEM, "01", on=late.date()).is_stale
    seen = [it.id for it in contacts.entries(SYSTEM, "01")]
    assert contacts_desk.confirm("01", seen, by=SYSTEM, at=late) == 5
    standing = contacts.standing_of(SYSTEM, "01", on=late.date())
    assert (standing.is_stale, standing.checked_on) == (False, late.date())
    assert told(late.date())["lead"].checked_on == late.date()
    deeds = [it.action for it in trail.history_of("help_line", of_hanoi[Duty.LEAD], by=SYSTEM)]
    assert deeds == ["catalogues.help_line.checked", "catalogues.help_line.put"]


@pytest.mark.usefixtures("of_hanoi")
def test_a_province_without_a_duty_is_stale_and_says_which() -> None:
    standing = contacts.standing_of(SYSTEM, "01", on=ON)
    assert standing.missing == (Duty.IT, Duty.REVIEW)
    assert standing.missing_vi == "Công nghệ thông tin, Giám định BHYT"
    assert contacts.stale(SYSTEM, on=ON)[-1] == standing


def test_the_log_holds_no_name_and_no_number() -> None:
    key = put(LEAD)
    (line,) = trail.history_of("help_line", key, by=SYSTEM)
    assert line.detail == {"duty": "lead", "from": "2026-11-20", "instead_of": None}


# ---------------------------------------------------------------- rights


def test_a_province_edits_its_own_and_the_centre_every_one(as_web_role: BecomeWeb) -> None:
    by, centre = officer("tinh-01", "province", "01"), officer("trung-uong", "centre", "")
    unit_officer = officer("mot-don-vi", "province", "01", "TEX01")
    with as_web_role(), acting(by, at=AT):
        key = contacts_desk.put("01", LEAD, ON, seen=0, by=by, at=AT)
        assert contacts_desk.confirm("01", [key], by=by, at=AT) == 1
        assert [it.id for it in contacts.entries(by, "01")] == [key]
        for who, province in ((by, "46"), (unit_officer, "01")):
            code = refusal(lambda: contacts_desk.put(province, LEAD, ON, seen=0, by=who, at=AT))  # noqa: B023
            assert code == "E-PROVINCE-SCOPE"
    with as_web_role(), acting(centre, at=AT):
        contacts_desk.put("46", LEAD, ON, seen=0, by=centre, at=AT)
    with as_web_role(), acting(by, at=AT):
        other = contacts.entries(by, "46")[0]
        assert refusal(lambda: contacts_desk.end(other.id, ON, by=by, at=AT)) == "E-PROVINCE-SCOPE"


_INTO = (
    "INSERT INTO catalogues_helpline (province_code, duty, phone, valid, entered_at, entered_by, checked_on,"
    " checked_by) VALUES (%s, 'it', '0900000100', '[2026-11-20,)', now(), 'x', '2026-11-20', 'x')"
)


def test_sql_of_a_page_writes_nothing_into_another_province(as_web_role: BecomeWeb) -> None:
    put(LEAD, province="46")
    by = officer("tinh-01", "province", "01")
    with as_web_role(), acting(by, at=AT):
        with pytest.raises(DatabaseError, match="row-level security"), atomic():
            run(_INTO, "46")
        with connection.cursor() as cursor:
            cursor.execute("UPDATE catalogues_helpline SET checked_on = '2026-11-21'")
            assert cursor.rowcount == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE catalogues_helpline SET phone = '0900000999'",
        "DELETE FROM catalogues_helpline",
        "UPDATE catalogues_helpline SET valid = '[2026-01-01,)'",
    ],
)
def test_what_was_published_is_never_edited(statement: str) -> None:
    put(LEAD)
    become("owner")
    try:
        with acting(SYSTEM, at=AT), pytest.raises(DatabaseError, match="never edited"), atomic():
            run(statement)
    finally:
        become("lienthong_worker")


def test_two_entries_for_one_duty_on_a_day_cannot_stand() -> None:
    with acting(SYSTEM, at=AT):
        run(_INTO, "01")
        with pytest.raises(IntegrityError, match="help_line_one_on_a_day"), atomic():
            run(_INTO, "01")
