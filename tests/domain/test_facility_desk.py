"""The list of health facilities kept on screen: contracts over time, who may change them, races, and how they are listed."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection
from django.db.transaction import atomic
from hypothesis import given, settings
from hypothesis import strategies as st

from lienthong.catalogues import facilities, facility_desk, routes
from lienthong.catalogues import facility_desk_lines as lines
from lienthong.catalogues.facility_desk_lines import Filter, Wanted
from lienthong.catalogues.facility_file import FacilityFacts
from lienthong.database.scope import acting
from lienthong.kernel.dates import DateRange
from lienthong.kernel.errors import Conflict, NotFound, Refused
from tests.births import AT, ON
from tests.conftest import BecomeWeb
from tests.declared import officer, refusal
from tests.officers import SYSTEM, run

pytestmark = pytest.mark.django_db
BA_DINH, HUE = "00004", "19774"
FIRST = date(2026, 1, 1)


def facts(
    code: str = "01777",
    first: date = FIRST,
    last: date | None = None,
    *,
    commune: str = BA_DINH,
    province: str = "01",
    registers: bool = True,
) -> FacilityFacts:
    days = DateRange(first) if last is None else DateRange.closed(first, last)
    return FacilityFacts(code, "Bệnh viện Mẫu", province, commune, "xã", registers, days, FIRST)


def add(told: FacilityFacts | None = None) -> int:
    return facility_desk.add(told or facts(), by=SYSTEM, at=AT)


def stamp(contract_id: int) -> str:
    return lines.contract_of(SYSTEM, contract_id).stamp


def days_of(code: str = "01777") -> list[tuple[date, date | None]]:
    return [(it.facts.contract.start, it.last) for it in lines.contracts_of(code)]


def shown(**wanted: object) -> list[str]:
    asked = Wanted(**wanted)  # type: ignore[arg-type]
    return [it.code for it in lines.facilities(SYSTEM, wanted=asked, on=ON)]


# ---------------------------------------------------------------- writing


def test_a_facility_that_was_missing_can_be_chosen_and_is_a_communes_own_at_once() -> None:
    assert not facilities.registers_children("01777", ON)
    add()
    assert facilities.registers_children("01777", ON)
    routes.ensure(ON)
    assert facilities.default_for(BA_DINH, ON) == "01777"


def test_contracts_follow_each_other_and_the_log_says_what_was_before() -> None:
    first = add(facts(last=date(2026, 12, 31)))
    add(facts(first=date(2027, 1, 1)))
    mended = replace(facts(last=date(2026, 12, 31)), name="Bệnh viện  Tên mới")
    facility_desk.mend(first, mended, seen=stamp(first), by=SYSTEM, at=AT)
    facility_desk.end(first, date(2026, 11, 30), seen=stamp(first), by=SYSTEM, at=AT)
    assert days_of() == [(date(2027, 1, 1), None), (FIRST, date(2026, 11, 30))]
    deeds = lines.deeds_of(SYSTEM, lines.contracts_of("01777"))
    assert [it.action.rpartition(".")[2] for it in deeds] == ["ended", "mended", "added", "added"]
    assert (deeds[0].detail["before"]["last"], deeds[0].detail["after"]["last"]) == (
        "2026-12-31",
        "2026-11-30",
    )
    assert deeds[1].detail["after"]["name"] == "Bệnh viện Tên mới"
    assert {it.by for it in deeds} == {"system"}


@pytest.mark.parametrize(
    ("told", "code", "field"),
    [
        (facts("1777"), "E-CODE", "ma"),
        (facts("O1777"), "E-CODE", "ma"),
        (replace(facts(), name="  "), "E-NAME", "ten"),
        (facts(province="1"), "E-PROVINCE", "tinh"),
        (facts(commune="99999"), "E-DIVISION", "xa"),
        (facts(commune=HUE), "E-PROVINCE", "tinh"),
    ],
)
def test_what_no_list_may_hold_is_refused_with_its_field(
    told: FacilityFacts, code: str, field: str
) -> None:
    with pytest.raises(Refused) as caught:
        add(told)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert days_of(told.code) == []


def test_two_contracts_on_one_day_are_refused_by_the_database_in_a_sentence() -> None:
    key = add(facts(last=date(2026, 12, 31)))
    later = add(facts(first=date(2027, 2, 1)))
    for deed in (
        lambda: add(facts(first=date(2026, 12, 31), last=date(2027, 1, 15))),
        lambda: facility_desk.mend(
            key, facts(last=date(2027, 2, 1)), seen=stamp(key), by=SYSTEM, at=AT
        ),
    ):
        assert refusal(deed) == "E-OVERLAP"
    with pytest.raises(Refused, match="từ 01/02/2027"):
        facility_desk.mend(key, facts(last=date(2027, 2, 1)), seen=stamp(key), by=SYSTEM, at=AT)
    assert days_of() == [(date(2027, 2, 1), None), (FIRST, date(2026, 12, 31))]
    facility_desk.end(later, date(2027, 3, 1), seen=stamp(later), by=SYSTEM, at=AT)


@pytest.mark.parametrize("last", [date(2025, 12, 31), date(2026, 12, 31), date(2027, 1, 1)])
def test_an_end_lies_within_the_contract_and_before_its_own(last: date) -> None:
    key = add(facts(last=date(2026, 12, 31)))
    end = lambda: facility_desk.end(key, last, seen=stamp(key), by=SYSTEM, at=AT)  # noqa: E731
    assert refusal(end) == "E-DATE"


def test_nothing_changed_is_said_and_the_code_stays() -> None:
    key = add()

    def mend(told: FacilityFacts) -> None:
        facility_desk.mend(key, told, seen=stamp(key), by=SYSTEM, at=AT)

    assert refusal(lambda: mend(facts())) == "E-UNCHANGED"
    mend(replace(facts("01999"), name="Tên khác"))
    assert days_of("01999") == []
    assert lines.contracts_of("01777")[0].facts.name == "Tên khác"


def test_the_second_of_two_officers_is_told_and_overwrites_nothing() -> None:
    key = add()
    seen = stamp(key)
    facility_desk.mend(
        key, replace(facts(), name="Của người thứ nhất"), seen=seen, by=SYSTEM, at=AT
    )
    for deed in (
        lambda: facility_desk.mend(key, facts(), seen=seen, by=SYSTEM, at=AT),
        lambda: facility_desk.end(key, ON, seen=seen, by=SYSTEM, at=AT),
    ):
        with pytest.raises(Conflict):
            deed()
    assert lines.contracts_of("01777")[0].facts.name == "Của người thứ nhất"
    with pytest.raises(NotFound):
        facility_desk.end(key + 1, ON, seen="", by=SYSTEM, at=AT)


def test_a_mended_contract_keeps_the_day_its_commune_was_meant_on() -> None:
    """Until 30/06/2025 the code 00004 meant Phường Trúc Bạch; since then it means Phường Ba Đình."""
    old = facts(first=date(2024, 1, 1))
    with acting(SYSTEM, at=AT), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalogues_facility (code, name, province_code, commune_code, level, registers_children,"
            " contract, declared_on) VALUES ('01777', %s, '01', '00004', 'xã', true, '[2024-01-01,)', '2024-01-01')",
            [old.name],
        )
    (held,) = lines.contracts_of("01777")
    assert held.commune_name == "Phường Trúc Bạch"
    facility_desk.mend(held.id, replace(old, level="tỉnh"), seen=held.stamp, by=SYSTEM, at=AT)
    (mended,) = lines.contracts_of("01777")
    assert (mended.facts.declared_on, mended.commune_name) == (date(2024, 1, 1), "Phường Trúc Bạch")
    # Whoever writes another place means it today.
    moved = replace(mended.facts, commune_code="00008")
    facility_desk.mend(held.id, moved, seen=mended.stamp, by=SYSTEM, at=AT)
    assert lines.contracts_of("01777")[0].facts.declared_on == ON


# ---------------------------------------------------------------- the line of contracts

_DAYS = st.integers(min_value=0, max_value=12)
_DEEDS = st.lists(
    st.tuples(st.sampled_from(["add", "mend", "end"]), _DAYS, _DAYS, _DAYS), max_size=14
)


@settings(max_examples=40, deadline=None)
@given(deeds=_DEEDS)
def test_whatever_officers_do_a_facility_has_one_contract_on_a_day_and_every_deed_is_in_the_log(
    deeds: list[tuple[str, int, int, int]],
) -> None:
    """Against a model: days as sets. A refused deed changes nothing, a done one does what it says."""
    with atomic():
        model: dict[int, set[int]] = {}
        done = 0
        for deed, first, length, which in deeds:
            days = set(range(first, first + length + 1))
            key = sorted(model)[which % len(model)] if model else 0
            others = set().union(*(it for k, it in model.items() if deed == "add" or k != key))
            told = facts(first=_day(first), last=_day(first + length))
            if deed == "end" and model:
                days = {it for it in model[key] if it <= first}
            said = ""
            try:
                if deed == "add":
                    key = add(told)
                elif not model:
                    continue
                elif deed == "mend":
                    facility_desk.mend(key, told, seen=stamp(key), by=SYSTEM, at=AT)
                else:
                    facility_desk.end(key, _day(first), seen=stamp(key), by=SYSTEM, at=AT)
            except Refused as error:
                said = error.code
            if said:
                assert said in {"E-OVERLAP", "E-UNCHANGED", "E-DATE"}
                assert said != "E-OVERLAP" or days & others
                continue
            assert not days & others
            model[key] = days
            done += 1
        found = {it.id: it.facts.contract for it in lines.contracts_of("01777")}
        assert {key: _numbers(it) for key, it in found.items()} == model
        assert len(lines.deeds_of(SYSTEM, lines.contracts_of("01777"))) == done
        connection.set_rollback(True)


def _day(number: int) -> date:
    return FIRST + timedelta(days=number)


def _numbers(days: DateRange) -> set[int]:
    assert days.end is not None
    return set(range((days.start - FIRST).days, (days.end - FIRST).days))


# ---------------------------------------------------------------- rights


def test_a_province_keeps_its_own_list_and_the_centre_every_one(as_web_role: BecomeWeb) -> None:
    by, centre = officer("tinh-01", "province", "01"), officer("trung-uong", "centre", "")
    of_unit = officer("mot-don-vi", "province", "01", "TEX01")
    of_hue = facts("46777", commune=HUE, province="46")
    with as_web_role(), acting(by, at=AT):
        facility_desk.add(facts(), by=by, at=AT)
        assert refusal(lambda: facility_desk.add(of_hue, by=by, at=AT)) == "E-PROVINCE-SCOPE"
        own = facts("01778")
        assert refusal(lambda: facility_desk.add(own, by=of_unit, at=AT)) == "E-PROVINCE-SCOPE"
        # Nor is a facility of one's own handed to another province.
        (held,) = lines.contracts_of("01777")
        moved = replace(held.facts, province_code="46", commune_code=HUE)
        mend = lambda: facility_desk.mend(held.id, moved, seen=held.stamp, by=by, at=AT)  # noqa: E731
        assert refusal(mend) == "E-PROVINCE-SCOPE"
    with as_web_role(), acting(centre, at=AT):
        facility_desk.add(of_hue, by=centre, at=AT)
    with as_web_role(), acting(by, at=AT):
        (other,) = lines.contracts_of("46777")
        end = lambda: facility_desk.end(other.id, ON, seen=other.stamp, by=by, at=AT)  # noqa: E731
        assert refusal(end) == "E-PROVINCE-SCOPE"


def test_facilities_of_a_merged_province_are_kept_by_the_one_it_has_become_part_of(
    as_web_role: BecomeWeb,
) -> None:
    """Hà Giang (02) became part of Tuyên Quang (08) on 01/07/2025; its facilities keep their codes."""
    with acting(SYSTEM, at=AT):
        run(
            "INSERT INTO catalogues_facility (code, name, province_code, commune_code, level, registers_children,"
            " contract, declared_on) VALUES ('02001', 'Cũ', '02', '', '', true, '[2024-01-01,)', '2024-01-01')"
        )
    by = officer("tinh-08", "province", "08")
    (held,) = lines.contracts_of("02001")
    with as_web_role(), acting(by, at=AT):
        facility_desk.end(held.id, ON, seen=held.stamp, by=by, at=AT)
    assert shown(province_code="08", state=Filter.ALL) == ["02001"]
    assert shown(province_code="01", state=Filter.ALL) == []


def test_sql_of_a_page_writes_nothing_into_another_province(as_web_role: BecomeWeb) -> None:
    add(facts("46777", commune=HUE, province="46"))
    by = officer("tinh-01", "province", "01")
    with as_web_role(), acting(by, at=AT):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE catalogues_facility SET name = 'x'")
            assert cursor.rowcount == 0
        with pytest.raises(DatabaseError, match="row-level security"), atomic():
            run(
                "INSERT INTO catalogues_facility (code, name, province_code, commune_code, level, registers_children,"
                " contract, declared_on) VALUES ('46778', 'x', '46', '', '', true, '[2026-01-01,)', '2026-01-01')"
            )
        with pytest.raises(DatabaseError, match="permission denied"), atomic():
            run("DELETE FROM catalogues_facility")


# ---------------------------------------------------------------- reading


def test_the_list_shows_what_stands_what_ends_and_what_is_over() -> None:
    add(facts("01701"))
    add(facts("01702", last=ON + timedelta(days=60)))
    add(facts("01703", last=ON + timedelta(days=61)))
    add(facts("01704", last=ON - timedelta(days=1)))
    add(facts("01705", first=ON + timedelta(days=1)))
    add(facts("01706", last=ON + timedelta(days=3), registers=False))
    # Goes on without a break: two contracts, one line, and no end in sight.
    add(facts("01707", last=ON + timedelta(days=9)))
    add(facts("01707", first=ON + timedelta(days=10)))
    assert shown() == ["01701", "01702", "01703", "01706", "01707"]
    assert shown(state=Filter.ENDING) == ["01706", "01702"]
    assert shown(state=Filter.ENDED) == ["01704"]
    assert shown(state=Filter.ALL) == [f"0170{n}" for n in range(1, 8)]
    assert shown(registers=True, state=Filter.ENDING) == ["01702"]
    assert shown(after="01703") == ["01706", "01707"]
    assert shown(text="benh vien mau", after="01706") == ["01707"]
    assert shown(text="01704", state=Filter.ALL) == ["01704"]
    found = lines.facilities(SYSTEM, wanted=Wanted(text="01702"), on=ON)[0]
    assert (found.state, found.days_left(ON), found.commune_name) == (
        "present",
        60,
        "Phường Ba Đình",
    )


def test_a_break_is_told_with_the_day_it_ends() -> None:
    add(facts("01701", last=ON + timedelta(days=5)))
    add(facts("01701", first=ON + timedelta(days=20)))
    (found,) = lines.facilities(SYSTEM, wanted=Wanted(state=Filter.ENDING), on=ON)
    assert (found.last, found.next_first) == (ON + timedelta(days=5), ON + timedelta(days=20))
