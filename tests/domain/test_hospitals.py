"""Hospitals' accounts in the hands of their province: what each officer sees, may write, and what is refused."""

import hashlib
from datetime import date

import pytest

from lienthong.accounts import hospitals, hospitals_shown, passwords
from lienthong.accounts.hospitals import Limits
from lienthong.accounts.hospitals_networks import network_of
from lienthong.accounts.hospitals_shown import HospitalFilter
from lienthong.cards import limits
from lienthong.cards.lookup import Asker, Verdict
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import NotAllowed, NotFound, Refused
from tests.births import AT, ON, column, facility
from tests.declared import officer, refusal
from tests.hospital_desk import (
    NOTE,
    REFUSED,
    centre_officer,
    elsewhere,
    listed,
    of_hanoi,
    opened,
    refused_to,
    said_by_database,
    shown,
)
from tests.hospitals import answers, call
from tests.officers import SYSTEM, become, run

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Actor:
    """An officer of Hà Nội, at his page."""
    return of_hanoi()


def test_a_province_opens_an_account_and_gets_its_password_once(desk: Actor) -> None:
    secret = hospitals.open_account("01013", "", by=desk, at=AT)
    assert secret.account == "01013_BV"
    assert (
        secret.md5
        == hashlib.new("md5", secret.password.encode(), usedforsecurity=False).hexdigest()
    )
    shown = hospitals_shown.hospital(desk, secret.machine_id)
    assert (shown.title_vi, shown.facility_code, shown.has_contract(ON)) == (
        "Cơ sở 01013",
        "01013",
        True,
    )
    assert [it.action_vi for it in shown.acts] == ["Mở tài khoản"]
    assert shown.password_at is not None
    become("lienthong_worker")
    (kept,) = column("SELECT password_hash FROM authz.credential WHERE account_kind = 'machine'")
    assert passwords.matches(secret.md5, kept)
    assert not passwords.matches(secret.password, kept)
    assert "".join(secret.password.split("-")).isalnum()
    assert len(secret.password) == 24


@pytest.mark.parametrize(
    ("code", "refused"),
    [("0101", "E-FACILITY"), ("01999", "E-FACILITY-CONTRACT"), ("46005", "E-PROVINCE-SCOPE")],
)
def test_an_account_needs_a_contract_of_the_province(desk: Actor, code: str, refused: str) -> None:
    assert refusal(lambda: hospitals.open_account(code, "", by=desk, at=AT)) == refused


def test_a_contract_that_is_over_opens_nothing(desk: Actor) -> None:
    become("lienthong_worker")
    run(
        "UPDATE catalogues_facility SET contract = daterange('2020-01-01', '2026-01-01') WHERE code = '01013'"
    )
    become("lienthong_web")
    assert refusal(lambda: opened(desk)) == "E-FACILITY-CONTRACT"


def test_one_account_a_facility(desk: Actor) -> None:
    opened(desk)
    assert refusal(lambda: opened(desk)) == "E-HOSPITAL-TWICE"


def test_who_may_not_is_refused_by_the_action(desk: Actor) -> None:
    machine_id = opened(desk)
    become("lienthong_worker")
    clerk = officer("so-the-thu", "card_desk", "01")
    become("lienthong_web")
    for deed in (
        lambda: opened(clerk),
        lambda: hospitals.new_password(machine_id, by=clerk, at=AT),
        lambda: hospitals.suspend(machine_id, NOTE, by=clerk, at=AT),
        lambda: hospitals_shown.hospital(clerk, machine_id),
        lambda: limits.change({"target_misses": 5}, NOTE, by=clerk, at=AT),
        lambda: limits.change({"target_misses": 5}, NOTE, by=desk, at=AT),
    ):
        with pytest.raises(NotAllowed):
            deed()
    centre = centre_officer()
    with pytest.raises(NotAllowed):
        hospitals.new_password(machine_id, by=centre, at=AT)


def test_another_province_sees_and_changes_nothing(desk: Actor) -> None:
    machine_id = opened(desk)
    hospitals.add_staff(machine_id, "Nguyễn Thị Hoa", "003187000001", by=desk, at=AT)
    hospitals.register_address(machine_id, "203.0.113.7", "", by=desk, at=AT)
    other = elsewhere()
    assert listed(other) == []
    for deed in (
        lambda: hospitals_shown.hospital(other, machine_id),
        lambda: hospitals.new_password(machine_id, by=other, at=AT),
        lambda: hospitals.add_staff(machine_id, "Lê Văn Lạ", "003187000009", by=other, at=AT),
        lambda: hospitals.register_address(machine_id, "198.51.100.1", "", by=other, at=AT),
        lambda: hospitals.suspend(machine_id, NOTE, by=other, at=AT),
        lambda: hospitals.close(machine_id, by=other, at=AT),
        lambda: limits.limit_account(machine_id, Limits(1, 1, 1), by=other, at=AT),
    ):
        assert refused_to(other, deed) == "NotFound"
    centre = centre_officer()
    assert listed(centre) == ["01013_BV"]


def test_the_database_itself_holds_whose_hospital_it_is(desk: Actor) -> None:
    machine_id = opened(desk)
    hospitals.add_staff(machine_id, "Nguyễn Thị Hoa", "003187000001", by=desk, at=AT)
    hospitals.suspend(machine_id, NOTE, by=desk, at=AT)
    other = elsewhere()
    for statement in (
        "SELECT 1 FROM accounts_machine WHERE role = 'hospital'",
        "SELECT 1 FROM accounts_machinestaff",
        "SELECT 1 FROM accounts_suspension",
        "SELECT 1 FROM accounts_machineaddress",
        "SELECT 1 FROM accounts_turnedaway",
        "SELECT 1 FROM cards_lookupday",
        "UPDATE accounts_machine SET is_active = false",
        "UPDATE accounts_suspension SET lifted_at = now(), lifted_by = 'officer:x'",
        "UPDATE accounts_machinestaff SET ended_at = now()",
    ):
        assert said_by_database(other, statement) == 0, statement
    add = (
        "INSERT INTO accounts_machinestaff (machine_id, full_name, personal_id, added_by, added_at)"
        " VALUES (%s, 'A', '003187000002', 'x', now())"
    )
    assert said_by_database(other, add, machine_id) == REFUSED
    assert said_by_database(desk, add, machine_id) == 1
    new = (
        "INSERT INTO accounts_machine (name, title_vi, role, source, facility_code, is_active, created_at)"
        " VALUES (%s || '_BV', 'x', 'hospital', '', %s, true, now())"
    )
    assert said_by_database(other, new, "01A08", "01A08") == REFUSED
    assert said_by_database(desk, new, "46005", "46005") == REFUSED
    suspend = "INSERT INTO accounts_suspension (machine_id, reason, by) VALUES (%s, 'misses', 'officer:x')"
    assert said_by_database(desk, suspend, machine_id) == REFUSED
    set_password = "SELECT 1 WHERE authz.set_hospital_password(%s, 'argon2$argon2id$x')"
    assert said_by_database(other, set_password, machine_id) == 0
    assert said_by_database(desk, set_password, machine_id) == 1
    for table in (
        "SELECT 1 FROM authz.credential",
        "SELECT 1 FROM authz.decoy",
        "SELECT 1 FROM cards_lookuptarget",
    ):
        assert said_by_database(desk, table) == REFUSED
    assert said_by_database(desk, "DELETE FROM accounts_suspension") == REFUSED
    assert said_by_database(desk, "UPDATE accounts_machine SET role = 'ministry'") == REFUSED
    assert said_by_database(desk, "UPDATE accounts_machine SET facility_code = '46005'") == REFUSED


def test_a_table_of_one_s_own_does_not_widen_what_one_sees(desk: Actor) -> None:
    opened(desk)
    other = elsewhere()
    run("CREATE TEMPORARY TABLE catalogues_facility (LIKE public.catalogues_facility)")
    run("SELECT set_config('search_path', 'pg_temp, public', true)")
    assert (
        said_by_database(
            other,
            "INSERT INTO pg_temp.catalogues_facility (id, code, name, province_code, commune_code, level,"
            " registers_children, contract, declared_on)"
            " VALUES (1, '01013', '', '46', '', '', true, daterange('2020-01-01', NULL), '2026-01-01')",
        )
        == 1
    )
    assert (
        said_by_database(other, "SELECT 1 FROM public.accounts_machine WHERE role = 'hospital'")
        == 0
    )


def test_a_merged_province_keeps_the_hospitals_of_its_parts(desk: Actor) -> None:
    ninh_binh = "37"
    become("lienthong_worker")
    facility("35001", "13285", province="35")
    assert column("SELECT new_code FROM catalogues_succession WHERE old_code = '35'") == [ninh_binh]
    by = officer("tinh-nb", "province", ninh_binh)
    become("lienthong_web")
    machine_id = opened(by, "35001")
    assert shown(by, machine_id).province_code == "35"
    with pytest.raises(NotFound):
        shown(desk, machine_id)


def test_staff_come_go_and_come_back(desk: Actor) -> None:
    machine_id = opened(desk)
    first = hospitals.add_staff(machine_id, "Nguyễn  Thị Hoa", "003187 000001", by=desk, at=AT)
    hospitals.end_staff(machine_id, first, by=desk, at=AT)
    assert (
        refused_to(desk, lambda: hospitals.end_staff(machine_id, first, by=desk, at=AT))
        == "NotFound"
    )
    assert (
        hospitals.add_staff(machine_id, "Nguyễn Thị Hòa", "003187000001", by=desk, at=AT) == first
    )
    (line,) = hospitals_shown.hospital(desk, machine_id).staff
    assert (line.full_name, line.personal_id, line.ended_at) == (
        "Nguyễn Thị Hòa",
        "003187000001",
        None,
    )
    for name, number, code in (("", "003187000002", "E-STAFF-NAME"), ("A", "00318", "E-STAFF-ID")):
        with pytest.raises(Refused) as caught:
            hospitals.add_staff(machine_id, name, number, by=desk, at=AT)
        assert caught.value.code == code


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("203.0.113.10", "203.0.113.10/32"),
        (" 203.0.113.0/28 ", "203.0.113.0/28"),
        ("2001:DB8::5", "2001:db8::5/128"),
        ("2001:db8:1:2::/64", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9/32"),
        ("10.20.0.0/24", "10.20.0.0/24"),
    ],
)
def test_an_address_is_kept_in_one_spelling(desk: Actor, typed: str, kept: str) -> None:
    machine_id = opened(desk)
    assert hospitals.register_address(machine_id, typed, "máy chủ", by=desk, at=AT) == kept
    hospitals.register_address(machine_id, typed, "", by=desk, at=AT)
    (line,) = hospitals_shown.hospital(desk, machine_id).addresses
    assert line.network == kept
    become("lienthong_worker")
    assert column("SELECT network FROM accounts_machineaddress") == [kept]
    hospitals.end_address(machine_id, line.id, by=SYSTEM, at=AT)
    hospitals.register_address(machine_id, typed, "", by=SYSTEM, at=AT)


@pytest.mark.parametrize(
    "typed",
    [
        "", "bệnh viện", "203.0.113", "203.0.113.5/24", "203.0.112.0/23", "0.0.0.0/0", "2001:db8::/48", "::/0",
        "224.0.0.1", "127.0.0.1", "::1", "0.0.0.0/32", "fe80::1", "203.0.113.1 0", "203.0.113.10 198.51.100.1", "203.0.113.256",
    ],
)  # fmt: skip
def test_what_no_hospital_has_is_no_address(desk: Actor, typed: str) -> None:
    machine_id = opened(desk)
    with pytest.raises(Refused) as caught:
        hospitals.register_address(machine_id, typed, "", by=desk, at=AT)
    assert caught.value.code == "E-ADDRESS"


def test_a_block_that_was_cut_wrongly_is_answered_with_the_right_one() -> None:
    with pytest.raises(Refused, match=r"203\.0\.113\.0/24"):
        network_of("203.0.113.5/24")


def test_a_refused_address_is_shown_and_registered_in_one_move(desk: Actor) -> None:
    machine_id = opened(desk)
    become("lienthong_gateway")
    for peer in ("198.51.100.9", "198.51.100.9", "2001:db8::9"):
        run("SELECT authz.hospital_turned_away('01013_BV', %s)", peer)
    run("SELECT authz.hospital_turned_away('01999_BV', '198.51.100.9')")
    become("lienthong_web")
    found = hospitals_shown.hospital(desk, machine_id).turned_away
    assert [(it.peer, it.refused_count) for it in found] == [
        ("2001:db8::9", 1),
        ("198.51.100.9", 2),
    ]
    (line,) = hospitals_shown.hospitals(desk, wanted=HospitalFilter())
    assert line.is_turned_away
    for it in found:
        hospitals.register_address(machine_id, it.peer, "", by=desk, at=AT)
    assert hospitals_shown.hospital(desk, machine_id).turned_away == []
    assert not hospitals_shown.hospitals(desk, wanted=HospitalFilter())[0].is_turned_away


def test_only_twenty_refused_addresses_are_kept(desk: Actor) -> None:
    machine_id = opened(desk)
    become("lienthong_gateway")
    for number in range(25):
        run("SELECT authz.hospital_turned_away('01013_BV', %s)", f"198.51.100.{number}")
    become("lienthong_web")
    found = hospitals_shown.hospital(desk, machine_id).turned_away
    assert len(found) == 20
    assert found[0].peer == "198.51.100.24"


def test_a_new_password_ends_the_tokens_of_the_old(desk: Actor) -> None:
    machine_id = opened(desk)
    become("lienthong_worker")
    (before,) = column("SELECT clock_timestamp()")
    asker = Asker("01013_BV", before)
    assert answers(call("0000000000", "AN", date(2024, 1, 1), on=ON, asker=asker))[0].verdict is (
        Verdict.UNKNOWN
    )
    become("lienthong_web")
    hospitals.new_password(machine_id, by=desk, at=AT)
    become("lienthong_worker")
    assert answers(call("0000000000", "AN", date(2024, 1, 1), on=ON, asker=asker))[0].verdict is (
        Verdict.NO_ACCOUNT
    )
