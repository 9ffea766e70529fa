"""The giám định gateway in every situation: each of the official codes, the order of the checks, what is told with it."""

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from lienthong.cards import actions as card_actions
from lienthong.cards.exchange import Asked
from lienthong.web.api.door import Trouble
from lienthong.web.api.giamdinh_answers import CODES, KEYS
from tests import cards, gateway, hospitals
from tests.births import AT, ON, column, message, run, send, small_country, system
from tests.domain.test_lookup import _replace_code
from tests.hospitals import STAFF
from tests.officers import run as run_sql
from tests.web.giamdinh import KCB2024, NOON, asked, credentials, form, look_up, post, route

pytestmark = pytest.mark.django_db
NAME, BORN = "NGUYỄN MINH AN", date(2026, 11, 12)
OFFICIAL = (
    *("000", "001", "002", "003", "004", "010", "050", "051", "052", "053", "054", "055", "060"),
    *("061", "070", "100", "101", "110", "120", "121", "122", "123", "124", "130", "205", "401"),
)
NEW_CARD = "Chủ thẻ đã được cấp mã thẻ mới"
RENEWED = "Thẻ được gia hạn thêm"


@pytest.fixture(autouse=True)
def _country(db: None) -> None:
    small_country()
    hospitals.hospital()


def _code(card_id: int) -> str:
    return str(column("SELECT code FROM cards_card WHERE id = %s", card_id)[0])


def _nothing_told(told: dict[str, Any]) -> bool:
    return [key for key in told if told[key] is not None] == ["maKetQua", "ghiChu"]


def test_the_list_of_codes_is_the_official_one() -> None:
    assert {*CODES.values(), "100", "205"} == set(OFFICIAL)
    assert len(OFFICIAL) == 26


def test_000_tells_all_of_a_good_card() -> None:
    code = _code(cards.active())
    told = look_up(code, NAME, BORN)
    assert tuple(told) == KEYS
    assert told == {
        "maKetQua": "000",
        "ghiChu": (
            "Thẻ còn giá trị sử dụng! Họ tên : NGUYỄN MINH AN, Ngày sinh: 12/11/2026, Giới tính : Nam!"
            " (ĐC: Số 5 ngõ 2, Phường Ba Đình, Thành phố Hà Nội; Nơi KCBBĐ: 01013; Hạn thẻ: 12/11/2026 - 30/11/2032;"
            " Thời điểm đủ 5 năm liên tục: 12/11/2031)."
        ),
        "maThe": code,
        "hoTen": NAME,
        "ngaySinh": "12/11/2026",
        "gioiTinh": "Nam",
        "diaChi": "Số 5 ngõ 2, Phường Ba Đình, Thành phố Hà Nội",
        "maDKBD": "01013",
        "cqBHXH": "Đơn vị cấp thẻ TE01001",
        "gtTheTu": "12/11/2026",
        "gtTheDen": "30/11/2032",
        "maKV": "",
        "ngayDu5Nam": "12/11/2031",
        "maSoBHXH": code[5:],
        "maTheCu": "",
        "maTheMoi": code,
        "gtTheTuMoi": "12/11/2026",
        "gtTheDenMoi": "30/11/2032",
        "maDKBDMoi": "01013",
        "tenDKBDMoi": "Cơ sở 01013",
        "dsLichSuKCB2018": None,
        "dsLichSuKT2018": None,
    }


def test_000_by_every_key_and_the_answer_names_the_card() -> None:
    code = _code(cards.active())
    for key in (code, code[5:], "003226000001", "TE101003226000001", f"{code[:3]} {code[3:]}"):
        told = look_up(key, "nguyen minh an", "2026")
        assert (told["maKetQua"], told["maThe"]) == ("000", code), key


@pytest.mark.parametrize(("prefix", "code"), [("QN597", "001"), ("CA597", "002")])
def test_001_and_002_send_to_army_and_police(prefix: str, code: str) -> None:
    told = look_up(f"{prefix}0123456789", NAME, BORN)
    assert told["maKetQua"] == code
    assert _nothing_told(told)


def test_003_and_004_lead_from_an_old_code_to_the_new_card() -> None:
    card_id = cards.handed_over()
    further = cards.ask(Asked(card_id, "lost"), by=cards.collector())
    cards.approve(further.card_id, by=cards.approver())
    new, old = _code(further.card_id), _replace_code(card_id)
    told = look_up(old, NAME, BORN)
    assert told["maKetQua"] == "004"
    assert told["ghiChu"].startswith(
        "Thẻ còn giá trị sử dụng! Họ tên : NGUYỄN MINH AN, Ngày sinh: "
    )
    tail = f").{NEW_CARD} : {new}.Hạn thẻ từ {told['gtTheTuMoi']} đến 30/11/2032"
    assert told["ghiChu"].endswith(tail)
    assert (told["maThe"], told["maTheCu"], told["maTheMoi"]) == (old, "", new)
    late = look_up(old, NAME, BORN, at=NOON.replace(year=2032, month=12))
    assert (late["maKetQua"], late["maTheMoi"]) == ("003", new)
    assert late["ghiChu"].startswith("Thẻ hết giá trị sử dụng!")
    assert NEW_CARD in late["ghiChu"]
    # A program that took the new card asks again with it.
    again = look_up(told["maTheMoi"], NAME, BORN)
    assert (again["maKetQua"], again["maTheCu"]) == ("000", "")
    assert NEW_CARD not in again["ghiChu"]


def test_010_after_the_last_day_and_a_word_before_it() -> None:
    code = _code(cards.active())
    for at, result, tail in (
        (date(2032, 10, 30), "000", "30/11/2032; Thời điểm đủ 5 năm liên tục: 12/11/2031)."),
        (date(2032, 10, 31), "000", " Thẻ bảo hiểm sẽ hết hạn trong 30 ngày tới."),
        (date(2032, 11, 30), "000", " Thẻ bảo hiểm sẽ hết hạn trong 0 ngày tới."),
        (date(2032, 12, 1), "010", "12/11/2031)."),
    ):
        then = NOON.replace(year=at.year, month=at.month, day=at.day)
        told = look_up(code, NAME, BORN, at=then)
        assert told["maKetQua"] == result, at
        assert told["ghiChu"].endswith(tail), at
        assert told["maThe"] == code


def test_010_before_the_first_day_says_so() -> None:
    code = _code(cards.active())
    told = look_up(code, NAME, BORN, at=NOON - timedelta(days=9))
    assert told["maKetQua"] == "010"
    assert told["ghiChu"].startswith("Thẻ chưa đến hạn sử dụng!")


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("TE1010123456789", "050"),
        ("0123456789", "050"),
        ("012345678901", "050"),
        ("TE1", "051"),
        ("ZZ1010123456789", "051"),
        ("TE1990123456789", "052"),
        ("TE9010123456789", "053"),
    ],
)
def test_05x_of_what_is_no_card(key: str, code: str) -> None:
    told = look_up(key, NAME, BORN)
    assert told["maKetQua"] == code
    assert _nothing_told(told)
    assert tuple(told) == KEYS


def test_054_and_055_of_staff_that_is_not_registered() -> None:
    code = _code(cards.active())
    for name, number, result in (
        (STAFF[0], "001087000009", "054"),
        ("LE VAN KHAC", STAFF[1], "055"),
        ("Nguyễn Văn Cán Bộ", STAFF[1], "000"),
    ):
        body = asked(code, NAME, BORN, hoTenCb=name, cccdCb=number)
        told = msgspec.json.decode(post(KCB2024, body, query=credentials()).body)
        assert told["maKetQua"] == result


@pytest.mark.parametrize(("name", "code"), [("TRẦN VĂN BA", "060"), ("NGÔ MẠNH ÂU", "061")])
def test_060_and_061_keep_the_card_and_mask_the_name(name: str, code: str) -> None:
    card = _code(cards.active())
    told = look_up(card, name, BORN)
    assert (told["maKetQua"], told["maThe"], told["gtTheDen"]) == (code, card, "30/11/2032")
    assert (told["hoTen"], told["ngaySinh"], told["diaChi"]) == ("", "", "")
    assert "NGUYỄN" not in msgspec.json.encode(told).decode()
    assert [key for key in KEYS[:-2] if not isinstance(told[key], str)] == []
    run_sql("UPDATE cards_lookupsetting SET value = 1 WHERE name = 'discloses_names'")
    told = look_up(card, name, BORN)
    assert told["hoTen"] == NAME
    assert told["ghiChu"].endswith(f",họ tên đúng : {NAME}")


def test_070_tells_nothing_of_the_card() -> None:
    told = look_up(_code(cards.active()), NAME, "13/11/2026")
    assert told["maKetQua"] == "070"
    assert told["ghiChu"].startswith("Ngày sinh không đúng. Trong trường hợp người tham gia")
    assert _nothing_told(told)


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("CANCELLED_BY_SENDER", "110"),
        ("REDUCED", "120"),
        ("REDUCED_MOVED_OUT", "121"),
        ("REDUCED_MOVED_WITHIN", "122"),
        ("REDUCED_ADDED_AGAIN", "123"),
        ("REDUCED_STOPPED", "124"),
    ],
)
def test_11x_and_12x_say_by_whom_and_since_when(reason: str, code: str) -> None:
    card_id = cards.active()
    (dossier_id,) = column("SELECT dossier_id FROM cards_card WHERE id = %s", card_id)
    card_actions.revoke([dossier_id], by=system(), at=AT, reason=reason)
    told = look_up(_code(card_id), NAME, BORN)
    assert (told["maKetQua"], told["hoTen"]) == (code, NAME)
    since = f"và hết giá trị sử dụng từ ngày: {ON:%d/%m/%Y}. Trong trường hợp người tham gia"
    assert since in told["ghiChu"]
    if code != "110":
        by = "Thẻ đã được đơn vị: Đơn vị cấp thẻ TE01001 (TE01001) báo giảm cho cơ quan "
        assert told["ghiChu"].startswith(by)


def test_130_of_a_child_whose_card_is_on_its_way() -> None:
    send(message(1))
    run()
    told = look_up("003226000001", NAME, BORN)
    assert (told["maKetQua"], told["hoTen"], told["gioiTinh"]) == ("130", NAME, "Nam")
    assert (told["maThe"], told["gtTheTu"], told["gtTheDen"]) == (None, None, None)
    assert told["ghiChu"].startswith("Trẻ em không xuất trình thẻ BHYT")
    assert "Hạn thẻ" not in told["ghiChu"]


def test_a_temporary_code_is_a_card_without_a_facility() -> None:
    run_sql(
        "INSERT INTO cards_temporarycode (code, facility_code, issued_by, carer_name, carer_relation, born_on, sex,"
        " province_code, valid) VALUES ('TE1019900000001', '01929', 'machine:01929_BV', 'TRẦN THỊ BÌNH', 'mother',"
        " '2026-11-19', 'female', '01', '[2026-11-19,2026-12-04)')"
    )
    told = look_up("TE1019900000001", "Con bà Trần Thị Bình", "19/11/2026")
    assert (told["maKetQua"], told["maThe"], told["maDKBD"]) == ("000", "TE1019900000001", "01000")
    assert (told["gtTheDen"], told["maDKBDMoi"], told["gioiTinh"]) == ("03/12/2026", "01000", "Nữ")
    assert [key for key in KEYS[:-2] if not isinstance(told[key], str)] == []
    moved = ("maTheMoi", "gtTheTuMoi", "gtTheDenMoi", "maDKBDMoi", "tenDKBDMoi")
    assert [key for key in moved if not told[key]] == []


@pytest.mark.parametrize(
    ("field", "note"),
    [
        ("maThe", "Null maThe"),
        ("hoTen", "Null hoTen"),
        ("ngaySinh", "Null ngaySinh"),
        ("hoTenCb", "Null hoTenCb"),
        ("cccdCb", "Null cccdCb"),
    ],
)
def test_205_names_what_is_missing(field: str, note: str) -> None:
    body = asked("0123456789", NAME, BORN, **{field: ""})
    told = msgspec.json.decode(post(KCB2024, body, query=credentials()).body)
    assert (told["maKetQua"], told["ghiChu"]) == ("205", note)
    assert _nothing_told(told)


def test_205_of_a_day_that_is_none_and_it_costs_no_call() -> None:
    query = credentials()
    for born in ("31/02/2026", "hôm qua", "2026-11-12", "00/2026", "12/11/26", "1/1/1899"):
        told = msgspec.json.decode(post(KCB2024, asked("012", NAME, born), query=query).body)
        assert (told["maKetQua"], "ngaySinh" in told["ghiChu"]) == ("205", True), born
    assert column("SELECT count(*) FROM cards_lookupday") == [0]


def test_the_form_comes_before_the_token_and_the_token_before_the_staff() -> None:
    code = _code(cards.active())
    bad = "token=None&id_token=undefined&username=01929_BV&password="
    first = msgspec.json.decode(post(KCB2024, asked(code, NAME, "x"), query=bad).body)
    assert first["maKetQua"] == "205"
    strange = asked("TE9", "AI ĐÓ", BORN, cccdCb="001087000009")
    reply = post(KCB2024, strange, query=bad)
    assert (reply.status, msgspec.json.decode(reply.body)["maKetQua"]) == (401, "401")
    told = msgspec.json.decode(post(KCB2024, strange, query=credentials()).body)
    assert told["maKetQua"] == "054"
    told = look_up("TE1990123456789", "AI ĐÓ", "1/1/2000")
    assert told["maKetQua"] == "052"
    told = look_up(code, "AI ĐÓ", "1/1/2000")
    assert told["maKetQua"] == "060"


def test_a_quota_is_429_and_no_verdict() -> None:
    code = _code(cards.active())
    hospitals.hospital(minute_limit=1)
    query = credentials()
    first, second = (post(KCB2024, asked(code, NAME, BORN), query=query) for _ in range(2))
    assert (first.status, second.status) == (200, 429)
    told = msgspec.json.decode(second.body)
    assert told["maKetQua"] == "101"
    assert _nothing_told(told)
    assert 0 < int(second.headers["Retry-After"]) <= 60
    assert "không phải là kết luận về thẻ" in told["ghiChu"]


def test_too_many_guesses_at_one_child_are_no_verdict_either() -> None:
    code = _code(cards.active())
    for number in range(10):
        assert look_up(f"{number:010}", NAME, BORN)["maKetQua"] == "050"
    told = look_up(code, NAME, BORN)
    assert told["maKetQua"] == "101"
    assert "quét mã QR" in told["ghiChu"]
    run_sql("UPDATE cards_lookupsetting SET value = 0 WHERE name = 'is_open'")
    told = look_up(code, NAME, BORN)
    assert (told["maKetQua"], "tạm dừng" in told["ghiChu"]) == ("101", True)


@pytest.mark.parametrize(
    ("trouble", "status", "code"),
    [
        (Trouble.DATABASE, 200, "100"),
        (Trouble.OVERLOAD, 200, "101"),
        (Trouble.BROKEN, 200, "101"),
        (Trouble.METHOD, 405, "205"),
        (Trouble.TOO_SLOW, 408, "205"),
        (Trouble.TOO_LARGE, 413, "205"),
    ],
)
def test_trouble_is_told_with_every_key_and_no_verdict(
    trouble: Trouble, status: int, code: str
) -> None:
    reply = route(KCB2024).trouble(gateway.request(KCB2024), trouble)
    told = msgspec.json.decode(reply.body)
    assert (reply.status, told["maKetQua"], tuple(told)) == (status, code, KEYS)
    assert _nothing_told(told)
    assert "không phải là kết luận về thẻ" in told["ghiChu"]


def test_who_looked_the_card_up_today_is_told_the_latest_first() -> None:
    code = _code(cards.active())
    look_up(code, NAME, BORN)
    look_up(code, NAME, BORN)
    rows = look_up(code, NAME, BORN)["dsLichSuKT2018"]
    assert len(rows) == 2
    assert tuple(rows[0]) == ("userKT", "thoiGianKT", "thongBao", "maLoi")
    assert (rows[0]["userKT"], rows[0]["maLoi"]) == ("01929_BV", "000")
    assert rows[0]["thongBao"] == "Thẻ còn giá trị sử dụng!"
    assert len(rows[0]["thoiGianKT"]) == 12
    assert rows[0]["thoiGianKT"].isdigit()
    assert look_up(code, "AI ĐÓ", BORN)["dsLichSuKT2018"] is None


def test_older_calls_ask_no_staff_but_check_what_is_given() -> None:
    code = _code(cards.active())
    bare = form(maThe=code, hoTen=NAME, ngaySinh="12/11/2026")
    wrong = form(maThe=code, hoTen=NAME, ngaySinh="2026", hoTenCb="AI ĐÓ", cccdCb=STAFF[1])
    for year in ("2018", "2019"):
        path = f"/api/egw/nhanLichSuKCB{year}"
        assert msgspec.json.decode(post(path, bare, query=credentials()).body)["maKetQua"] == "000"
        assert msgspec.json.decode(post(path, wrong, query=credentials()).body)["maKetQua"] == "055"
