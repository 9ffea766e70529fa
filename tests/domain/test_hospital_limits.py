"""Suspending, lifting, the order of the list, limits and ceilings: what an officer does with an account that is used."""

import pytest

from lienthong.accounts import hospitals, hospitals_shown
from lienthong.accounts.hospitals import Limits
from lienthong.accounts.hospitals_shown import HospitalFilter
from lienthong.cards import limits, limits_use
from lienthong.cards.lookup import Verdict
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import Conflict, NotAllowed, Refused
from tests.births import AT, facility, rows
from tests.hospital_desk import (
    NOTE,
    REFUSED,
    centre_officer,
    elsewhere,
    of_hanoi,
    opened,
    said_by_database,
    verdict,
)
from tests.officers import become, run

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Actor:
    """An officer of Hà Nội, at his page."""
    return of_hanoi()


def test_closing_and_suspending_count_from_the_next_call(desk: Actor) -> None:
    machine_id = opened(desk)
    assert verdict() is Verdict.UNKNOWN
    hospitals.close(machine_id, by=desk, at=AT)
    assert verdict() is Verdict.NO_ACCOUNT
    with pytest.raises(Conflict):
        hospitals.close(machine_id, by=desk, at=AT)
    hospitals.reopen(machine_id, by=desk, at=AT)
    assert verdict() is Verdict.UNKNOWN
    hospitals.suspend(machine_id, NOTE, by=desk, at=AT)
    assert verdict() is Verdict.NO_ACCOUNT
    with pytest.raises(Conflict):
        hospitals.suspend(machine_id, NOTE, by=desk, at=AT)
    hospitals.lift(machine_id, NOTE, by=desk, at=AT)
    assert verdict() is Verdict.UNKNOWN
    with pytest.raises(Conflict):
        hospitals.lift(machine_id, NOTE, by=desk, at=AT)


def test_neither_suspending_nor_lifting_goes_without_a_reason(desk: Actor) -> None:
    machine_id = opened(desk)
    for deed in (hospitals.suspend, hospitals.lift):
        with pytest.raises(Refused) as caught:
            deed(machine_id, "  ok  ", by=desk, at=AT)
        assert (caught.value.code, caught.value.field) == ("E-NOTE", "ghi-chu")


@pytest.mark.rule("INV-32")
def test_a_suspension_has_its_alarm_until_it_is_lifted(desk: Actor) -> None:
    machine_id = opened(desk)
    for number in range(21):
        verdict(code=f"{number:010}", name=f"NGƯỜI {'A' * (number + 1)}")
    (line,) = hospitals_shown.hospital(desk, machine_id).suspensions
    assert (line.reason, line.misses, line.lifted_at) == ("misses", 21, None)
    alarm = "SELECT name, subject FROM database_alarm WHERE closed_at IS NULL"
    assert rows(alarm) == [("lookup.suspended", "01013_BV")]
    hospitals.lift(machine_id, NOTE, by=desk, at=AT)
    assert rows(alarm) == []
    assert hospitals_shown.hospital(desk, machine_id).acts[0].action_vi == ("Mở lại sau tạm khóa")


def test_a_lifted_account_begins_anew(desk: Actor) -> None:
    """Else the misses that led to the suspension would bring the next one at the first call."""
    machine_id = opened(desk)
    for number in range(21):
        verdict(code=f"{number:010}", name=f"NGƯỜI {'A' * (number + 1)}")
    hospitals.lift(machine_id, NOTE, by=desk, at=AT)
    for number in range(20):
        assert verdict(code=f"{number:010}", name=f"KHÁC {'A' * (number + 1)}") is Verdict.UNKNOWN
    assert hospitals_shown.hospital(desk, machine_id).suspended is None
    verdict(code="0000000077", name="MỘT LẦN NỮA")
    assert hospitals_shown.hospital(desk, machine_id).suspended is not None
    assert len(hospitals_shown.hospital(desk, machine_id).suspensions) == 2


def test_suspended_accounts_stand_first_and_are_found_by_name_code_and_state(desk: Actor) -> None:
    become("lienthong_worker")
    for code in ("01A01", "01B02", "01C03"):
        facility(code, "00004")
    become("lienthong_web")
    ids = {code: opened(desk, code) for code in ("01A01", "01B02", "01C03", "01013")}
    hospitals.rename(ids["01B02"], "Bệnh viện Đa khoa Hòa Bình", by=desk, at=AT)
    hospitals.suspend(ids["01C03"], NOTE, by=desk, at=AT)
    hospitals.close(ids["01A01"], by=desk, at=AT)

    def names(**wanted: str) -> list[str]:
        found = hospitals_shown.hospitals(desk, wanted=HospitalFilter(**wanted), limit=2)  # type: ignore[arg-type]
        return [it.facility_code for it in found]

    assert names() == ["01C03", "01013"]
    page = hospitals_shown.hospitals(desk, wanted=HospitalFilter(), limit=2)
    assert names(after=page[-1].key) == ["01A01", "01B02"]
    assert names(text="hoa binh") == ["01B02"]
    assert names(text="01b02_bv") == ["01B02"]
    assert names(state="suspended") == ["01C03"]
    assert names(state="closed") == ["01A01"]
    assert names(state="open") == ["01013", "01B02"]
    counted = hospitals_shown.counts(desk)
    assert (counted.all, counted.suspended, counted.closed) == (4, 1, 1)


# ---------------------------------------------------------------- limits


def test_a_province_gives_limits_within_the_ceilings(desk: Actor) -> None:
    machine_id = opened(desk)
    limits.limit_account(machine_id, Limits(600, 9_000, 30), by=desk, at=AT)
    shown = hospitals_shown.hospital(desk, machine_id)
    assert (shown.minute_limit, shown.day_limit, shown.miss_limit) == (600, 9_000, 30)
    most = limits.ceilings()
    for bad in (
        Limits(most.minute + 1, 100, 20),
        Limits(100, most.day + 1, 20),
        Limits(100, 100, most.misses + 1),
        Limits(0, 100, 20),
    ):
        with pytest.raises(Refused) as caught:
            limits.limit_account(machine_id, bad, by=desk, at=AT)
        assert caught.value.code == "E-LIMIT"
    above = "UPDATE accounts_machine SET day_limit = %s WHERE id = %s"
    assert said_by_database(desk, above, most.day + 1, machine_id) == "23514"
    assert said_by_database(desk, above, most.day, machine_id) == 1


def test_the_centre_changes_figures_within_bounds_and_each_leaves_its_history(desk: Actor) -> None:
    centre = centre_officer()
    assert limits.change({"target_misses": 5, "decoy_touches": 3}, NOTE, by=centre, at=AT) == 1
    (line,) = limits.changes(centre)
    assert (line.name, line.value_before, line.value, line.note, line.by) == (
        "target_misses",
        10,
        5,
        NOTE,
        "officer:trung-uong-thu",
    )
    assert limits.settings(desk)["target_misses"].value == 5
    for figure in limits.FIGURES:
        for value in (figure.least - 1, figure.most + 1):
            with pytest.raises(Refused):
                limits.change({figure.name: value}, NOTE, by=centre, at=AT)
            bare = "UPDATE cards_lookupsetting SET value = %s WHERE name = %s"
            assert said_by_database(centre, bare, value, figure.name) == "23514"
            assert said_by_database(desk, bare, figure.least, figure.name) == 0
    with pytest.raises(Refused):
        limits.change({"target_misses": 6}, "ok", by=centre, at=AT)
    assert said_by_database(centre, "DELETE FROM cards_lookupchange") == REFUSED


def test_the_door_is_closed_and_opened_by_the_centre_with_a_reason(desk: Actor) -> None:
    opened(desk)
    centre = centre_officer()
    limits.close_door(NOTE, by=centre, at=AT)
    assert verdict() is Verdict.CLOSED
    with pytest.raises(Conflict):
        limits.close_door(NOTE, by=centre, at=AT)
    limits.open_door(NOTE, by=centre, at=AT)
    assert verdict() is Verdict.UNKNOWN
    with pytest.raises(Conflict):
        limits.open_door(NOTE, by=centre, at=AT)
    with pytest.raises(NotAllowed):
        limits.close_door(NOTE, by=desk, at=AT)


def test_use_is_seen_by_its_province_and_suggests_a_limit(desk: Actor) -> None:
    machine_id = opened(desk)
    verdict()
    today = limits_use.use_today(desk, [machine_id])[machine_id]
    assert (today.call_count, today.miss_count, today.recent_misses) == (1, 1, 1)
    days = limits_use.use_of_days(desk, machine_id)
    assert len(days) == 30
    assert days[-1] == today
    assert limits_use.suggested_day_limit(days) is None
    other = elsewhere()
    with acting(other, at=AT):
        assert limits_use.use_today(other, [machine_id]) == {}
    become("lienthong_worker")
    run(
        "INSERT INTO cards_lookupday (machine_id, day, call_count, minute, minute_count)"
        " SELECT %s, %s::date - back, 100 + back, now(), 0 FROM generate_series(1, 20) AS back",
        machine_id,
        today.day,
    )
    become("lienthong_web")
    # 20 days of 101 to 120 calls and one of a single call: the 95th of a hundred is 119.
    with acting(desk, at=AT):
        used = limits_use.use_of_days(desk, machine_id)
    assert limits_use.suggested_day_limit(used) == 179
