"""Hospitals' accounts and the centre's limits by HTTP: what each officer finds, what a form changes, what it refuses."""

import hashlib
import html
import re
from datetime import date

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from lienthong.accounts import hospitals as accounts
from lienthong.accounts import passwords
from lienthong.cards import lookup
from lienthong.cards.lookup import Asker, BirthDate, Call, key_of
from tests.births import facility
from tests.web.conftest import SignedIn
from tests.web.world import SYSTEM, World

LIST, NEW = "/can-bo/co-so-kham/", "/can-bo/co-so-kham/moi/"
LIMITS, DOOR = "/can-bo/muc-tra-cuu/", "/can-bo/muc-tra-cuu/cong/"
NOTE = "Đã gọi điện xác minh với cơ sở."


def _as_worker(statement: str, *parameters: object) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")
        cursor.execute(statement, list(parameters))
        found = cursor.fetchall() if cursor.description else []
        cursor.execute("SET LOCAL ROLE lienthong_web")
    return found


def _text(answer: HttpResponse, status: int = 200) -> str:
    assert answer.status_code == status
    return html.unescape(answer.content.decode())


@pytest.fixture
def account(world: World) -> int:
    """A hospital of Hà Nội, and another of Bắc Ninh."""
    facility("01013", "00004")
    facility("24005", "07213", province="24")
    accounts.open_account("24005", "Bệnh viện Bắc Giang", by=SYSTEM, at=world.at)
    return accounts.open_account("01013", "Bệnh viện Ba Đình", by=SYSTEM, at=world.at).machine_id


def _harvest(account: str, count: int = 21) -> None:
    """So many calls in vain, by the look-up itself."""
    for number in range(count):
        name = "NGƯỜI " + "A" * (number + 1)
        on = date(2026, 11, 20)
        asked = Call(
            Asker(account), key_of(f"{number:010}", on=on), name, BirthDate(2024, 1, 1), on
        )
        lookup.look_up([asked])


def _page(machine_id: int) -> str:
    return f"{LIST}{machine_id}/"


def _did(client: Client, machine_id: int, deed: str, status: int = 200, **words: str) -> str:
    sent = {name.replace("_", "-"): value for name, value in words.items()}
    return _text(client.post(_page(machine_id), {"thao-tac": deed, **sent}), status)


def test_a_province_sees_its_own_hospitals_and_the_centre_all(
    account: int, signed_in: SignedIn
) -> None:
    text = _text(signed_in("tinh-01").get(LIST))
    assert "Bệnh viện Ba Đình" in text
    assert "Bệnh viện Bắc Giang" not in text
    assert "Cấp tài khoản mới" in text
    centre = _text(signed_in("trung-uong").get(LIST))
    assert "Bệnh viện Ba Đình" in centre
    assert "Bệnh viện Bắc Giang" in centre
    assert "Cấp tài khoản mới" not in centre
    assert "Mức giới hạn chung" in centre
    only = _text(signed_in("trung-uong").get(LIST, {"tinh": "24"}))
    assert "Bệnh viện Ba Đình" not in only


def test_who_is_not_of_the_province_or_has_no_right_gets_in_nowhere(
    account: int, signed_in: SignedIn
) -> None:
    (foreign,) = _as_worker("SELECT id FROM accounts_machine WHERE name = '24005_BV'")[0]
    client = signed_in("tinh-01")
    assert client.get(_page(int(str(foreign)))).status_code == 404
    answer = client.post(_page(int(str(foreign))), {"thao-tac": "dong"})
    assert answer.status_code == 404
    assert client.get(LIMITS).status_code == 403
    assert client.post(DOOR, {"thao-tac": "dong", "ghi-chu": NOTE}).status_code == 403
    for clerk in ("so-the-01", "tiep-nhan-01", "cntt"):
        for address in (LIST, NEW, _page(account), LIMITS, DOOR):
            assert signed_in(clerk).get(address).status_code == 403, (clerk, address)
    centre = signed_in("trung-uong")
    assert centre.get(NEW).status_code == 403
    assert centre.post(_page(account), {"thao-tac": "mat-khau"}).status_code == 403
    assert _as_worker("SELECT is_active FROM accounts_machine WHERE role = 'hospital'") == [
        (True,),
        (True,),
    ]


def test_a_new_account_shows_its_password_once_with_its_md5(
    account: int, signed_in: SignedIn
) -> None:
    _as_worker(
        "INSERT INTO catalogues_facility (code, name, province_code, commune_code, level, registers_children, contract,"
        " declared_on) VALUES ('01A08', 'Bệnh viện Phụ sản', '01', '', '', true, daterange('2020-01-01', NULL), '2026-01-01')"
    )
    client = signed_in("tinh-01")
    text = _text(client.post(NEW, {"ma": "01a08", "ten": ""}))
    password = re.search(r'id="mat-khau" value="([^"]+)"', text)[1]  # type: ignore[index]
    md5 = re.search(r'id="md5" value="([0-9a-f]{32})"', text)[1]  # type: ignore[index]
    assert md5 == hashlib.new("md5", password.encode(), usedforsecurity=False).hexdigest()
    (machine_id, kept) = _as_worker(
        "SELECT machine.id, credential.password_hash FROM accounts_machine AS machine JOIN authz.credential AS credential"
        " ON account_kind = 'machine' AND account_id = machine.id WHERE name = '01A08_BV'"
    )[0]
    assert passwords.matches(md5, str(kept))
    shown = _text(client.get(_page(int(str(machine_id)))))
    assert "Bệnh viện Phụ sản" in shown
    assert password not in shown
    assert md5 not in shown
    again = _text(client.post(NEW, {"ma": "01A08", "ten": ""}))
    assert "Cơ sở này đã có tài khoản tra cứu." in again
    assert 'value="01A08"' in again
    foreign = _text(client.post(NEW, {"ma": "24005", "ten": ""}))
    assert "thuộc tỉnh, thành phố khác" in foreign


def test_a_new_password_is_another_one(account: int, signed_in: SignedIn) -> None:
    client = signed_in("tinh-01")
    seen = {
        re.search(r'id="mat-khau" value="([^"]+)"', _did(client, account, "mat-khau"))[1]  # type: ignore[index]
        for _ in range(3)
    }
    assert len(seen) == 3


def test_staff_and_addresses_are_registered_and_ended_in_one_form_each(
    account: int, signed_in: SignedIn
) -> None:
    client = signed_in("tinh-01")
    text = _did(
        client, account, "them-nhan-vien", ho_ten="Nguyễn Thị Hoa", so_dinh_danh="003187000001"
    )
    assert "Đã đăng ký nhân viên Nguyễn Thị Hoa" in text
    text = _did(client, account, "them-nhan-vien", ho_ten="Lê Văn Sai", so_dinh_danh="00318")
    assert "gồm đúng 12 chữ số" in text
    assert 'value="Lê Văn Sai"' in text
    text = _did(client, account, "them-dia-chi", dia_chi="203.0.113.0/20", ten_dia_chi="Cơ sở 2")
    assert "Chưa ghi được" in text
    assert 'value="203.0.113.0/20"' in text
    text = _did(client, account, "them-dia-chi", dia_chi="203.0.113.8", ten_dia_chi="Cơ sở 2")
    assert "Đã đăng ký địa chỉ 203.0.113.8/32" in text
    (staff, address) = _as_worker(
        "SELECT (SELECT id FROM accounts_machinestaff), (SELECT id FROM accounts_machineaddress)"
    )[0]
    assert "1 người đã thôi" in _did(client, account, "thoi-nhan-vien", nhan_vien=str(staff))
    assert "1 địa chỉ đã thôi" in _did(client, account, "thoi-dia-chi", so_dia_chi=str(address))
    assert "không còn, hoặc đã kết thúc" in _did(
        client, account, "thoi-dia-chi", so_dia_chi="999999"
    )
    assert "Chưa chọn thao tác" in _did(client, account, "pha")


def test_looking_at_the_staff_of_a_hospital_is_in_the_log(
    account: int, signed_in: SignedIn
) -> None:
    _text(signed_in("tinh-01").get(_page(account)))
    assert _as_worker(
        "SELECT by, subject_kind, subject_id, purpose, fields FROM audit_entry WHERE action = 'viewed'"
    ) == [
        (
            "officer:tinh-01",
            "machine",
            account,
            "HOSPITAL_VIEW",
            ["staff_name", "staff_personal_id"],
        )
    ]


def test_a_refused_address_is_registered_in_one_move(account: int, signed_in: SignedIn) -> None:
    _as_worker("SELECT authz.hospital_turned_away('01013_BV', '203.0.113.45')")
    client = signed_in("tinh-01")
    assert "Bị từ chối vì địa chỉ chưa đăng ký" in _text(client.get(LIST))
    assert "203.0.113.45" in _text(client.get(_page(account)))
    _did(client, account, "them-dia-chi", dia_chi="203.0.113.45", ten_dia_chi="")
    assert "Bị từ chối" not in _text(client.get(LIST))


@pytest.mark.rule("INV-32")
def test_a_suspension_is_on_the_home_page_at_once_and_is_lifted_with_a_note(
    account: int, signed_in: SignedIn
) -> None:
    client = signed_in("tinh-01")
    assert "tạm khóa" not in _text(client.get("/can-bo/"))
    _as_worker("SELECT 1")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_gateway")
        _harvest("01013_BV")
        cursor.execute("SET LOCAL ROLE lienthong_web")
    assert "1 tài khoản tra cứu của cơ sở khám, chữa bệnh đang bị tạm khóa." in _text(
        client.get("/can-bo/")
    )
    assert "đang bị tạm khóa" in _text(signed_in("trung-uong").get("/can-bo/"))
    assert "đang bị tạm khóa" not in _text(signed_in("so-the-01").get("/can-bo/"))
    listed = _text(client.get(LIST, {"tinh-trang": "suspended"}))
    assert "Tra cứu không đúng người quá nhiều" in listed
    text = _text(client.get(_page(account)))
    assert "21 trong 50 lượt gần nhất không đúng người nào" in text
    assert "Chưa ghi được" in _did(client, account, "mo-khoa", ghi_chu="ok")
    assert "Đã mở lại." in _did(client, account, "mo-khoa", ghi_chu=NOTE)
    assert "không còn bị tạm khóa" in _did(client, account, "mo-khoa", ghi_chu=NOTE)
    assert "tạm khóa" not in _text(client.get("/can-bo/"))
    assert NOTE in _text(client.get(_page(account)))
    assert _as_worker("SELECT 1 FROM database_alarm WHERE closed_at IS NULL") == []


def test_an_officer_suspends_closes_and_limits(account: int, signed_in: SignedIn) -> None:
    client = signed_in("tinh-01")
    assert "Đã tạm khóa." in _did(client, account, "tam-khoa", ghi_chu=NOTE)
    assert "Đã mở lại." in _did(client, account, "mo-khoa", ghi_chu=NOTE)
    assert "Đã đóng tài khoản." in _did(client, account, "dong")
    assert "đã đóng rồi" in _did(client, account, "dong")
    assert "Đã mở lại tài khoản" in _did(client, account, "mo")
    assert "Đã ghi tên cơ sở." in _did(client, account, "ten", ten="Bệnh viện Ba Đình mới")
    text = _did(client, account, "muc", phut="600", ngay="9000", khong_dung="30")
    assert "Đã đặt mức giới hạn." in text
    text = _did(client, account, "muc", phut="600", ngay="100001", khong_dung="30")
    assert "Mức mỗi ngày: hãy nhập từ 1 đến 100.000" in text
    assert "hãy nhập từ 1 đến" in _did(client, account, "muc", phut="", ngay="x", khong_dung="-1")
    assert _as_worker(
        "SELECT title_vi, minute_limit, day_limit, miss_limit FROM accounts_machine WHERE id = %s",
        account,
    ) == [("Bệnh viện Ba Đình mới", 600, 9_000, 30)]


def test_use_is_drawn_without_a_script_and_told_in_a_table(
    account: int, signed_in: SignedIn
) -> None:
    _harvest("01013_BV", 3)
    text = _text(signed_in("tinh-01").get(_page(account)))
    assert len(re.findall(r'class="use-miss" x="580" y="0"', text)) == 1
    assert len(re.findall('class="use-ground"', text)) == 30
    assert "3 lượt, 3 không đúng người, 0 bị từ chối" in text
    assert "style=" not in text


def test_the_training_account_says_what_it_is(
    world: World, account: int, signed_in: SignedIn
) -> None:
    accounts.set_limits(account, accounts.Limits(6_000, 100_000, 50), by=SYSTEM, at=world.at)
    text = _text(signed_in("tinh-01").get(_page(account)))
    assert "Tài khoản dùng thử." in text
    assert "Đã đăng ký nhân viên" in _did(
        signed_in("tinh-01"),
        account,
        "them-nhan-vien",
        ho_ten="Lê Văn Thử",
        so_dinh_danh="003087000001",
    )


# ---------------------------------------------------------------- the centre's limits


def _figures(**changed: str) -> dict[str, str]:
    standing = {
        str(name): str(value)
        for name, value in _as_worker(
            "SELECT name, value FROM cards_lookupsetting WHERE name <> 'is_open'"
        )
    }
    return standing | {"ghi-chu": NOTE} | changed


def test_the_centre_changes_a_figure_and_sees_what_it_was(
    account: int, signed_in: SignedIn
) -> None:
    client = signed_in("trung-uong")
    assert "Chưa có thay đổi nào" in _text(client.get(LIMITS))
    text = _text(client.post(LIMITS, _figures(target_misses="7")))
    assert "Đã đổi 1 mức." in text
    assert "10 → 7" in text
    assert NOTE in text
    assert "Không có gì thay đổi." in _text(client.post(LIMITS, _figures()))
    for wrong in ("2", "51", "", "bảy", "7.5", "-7", "99999999999"):
        text = _text(client.post(LIMITS, _figures(target_misses=wrong)))
        assert "Số lần dò một người: hãy nhập" in text, wrong
    assert "Hãy ghi lý do" in _text(client.post(LIMITS, _figures(**{"ghi-chu": "vì"})))
    assert _as_worker("SELECT value FROM cards_lookupsetting WHERE name = 'target_misses'") == [
        (7,)
    ]


def test_the_door_asks_once_more_and_says_so_everywhere(account: int, signed_in: SignedIn) -> None:
    client = signed_in("trung-uong")
    assert "Đóng cổng tra cứu của cả nước?" in _text(client.get(DOOR))
    assert "Hãy ghi lý do" in _text(client.post(DOOR, {"thao-tac": "dong", "ghi-chu": ""}))
    assert client.post(DOOR, {"thao-tac": "dong", "ghi-chu": NOTE}).status_code == 303
    assert "đang đóng rồi" in _text(client.post(DOOR, {"thao-tac": "dong", "ghi-chu": NOTE}))
    for username in ("trung-uong", "tinh-01"):
        assert "Cổng tra cứu thẻ đang đóng." in _text(signed_in(username).get("/can-bo/"))
        assert "Cổng tra cứu đang đóng." in _text(signed_in(username).get(LIST))
    client = signed_in("trung-uong")
    assert NOTE in _text(client.get(LIMITS))
    assert client.post(DOOR, {"thao-tac": "mo", "ghi-chu": NOTE}).status_code == 303
    assert "đang đóng" not in _text(client.get("/can-bo/"))
    assert "Mở cổng" in _text(client.get(LIMITS))
