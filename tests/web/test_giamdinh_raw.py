"""The answers as programs of hospitals take them apart: many cut the raw text, and one blank more would break them.

Each test repeats what one kind of program does with the text, and fails where that program would.
"""

from datetime import date, datetime, timedelta

import msgspec
import pytest

from lienthong.cards.lookup import CardAnswer, Verdict
from lienthong.web.api import giamdinh, giamdinh_answers, giamdinh_words
from lienthong.web.api.giamdinh_answers import Said, said_of
from tests import cards, hospitals
from tests.architecture import code
from tests.births import column, small_country
from tests.web.giamdinh import MD5, asked, credentials, form, post

NAME, BORN, ON = "NGUYỄN MINH AN", date(2022, 3, 5), date(2026, 11, 20)
GOOD = CardAnswer(
    Verdict.VALID,
    code="TE1010123456789",
    full_name="Trần Minh An",
    born_on=BORN,
    sex="male",
    address='Tổ 2, "Xóm Mới", Phường Phú Lãm',
    facility_code="01832",
    facility_name="Phòng khám Hà Đông",
    unit_name="BHXH quận Hà Đông",
    valid_from=BORN,
    valid_to=date(2028, 9, 30),
    area_code="",
    five_year_on=date(2027, 3, 5),
    insurance_number="0123456789",
    new_code="TE1010123456789",
    new_valid_from=BORN,
    new_valid_to=date(2028, 9, 30),
    new_facility_code="01832",
    new_facility_name="Phòng khám Hà Đông",
)
NEW_CARD, RENEWED = "Chủ thẻ đã được cấp mã thẻ mới", "Thẻ được gia hạn thêm"


def changed(**facts: object) -> CardAnswer:
    """The good answer with other facts."""
    fields = {name: getattr(GOOD, name) for name in CardAnswer.__slots__}
    return CardAnswer(**(fields | facts))  # type: ignore[arg-type]


def raw(
    answer: CardAnswer, *, write: giamdinh_answers.Writer = giamdinh_answers.document_2018
) -> str:
    """The text on the wire."""
    return msgspec.json.encode(write(said_of(answer, on=ON))).decode()


def between(text: str, start: str, end: str) -> str:
    """What stands between two marks, as `Split` and `Substring` find it."""
    return text.split(start)[1].split(end, maxsplit=1)[0]


def test_a_good_answer_is_this_text_and_no_other() -> None:
    assert raw(GOOD) == (
        '{"maKetQua":"000","ghiChu":"Thẻ còn giá trị sử dụng! Họ tên : Trần Minh An, Ngày sinh: 05/03/2022,'
        ' Giới tính : Nam! (ĐC: Tổ 2, \\"Xóm Mới\\", Phường Phú Lãm; Nơi KCBBĐ: 01832;'
        ' Hạn thẻ: 05/03/2022 - 30/09/2028; Thời điểm đủ 5 năm liên tục: 05/03/2027).",'
        '"maThe":"TE1010123456789","hoTen":"Trần Minh An","ngaySinh":"05/03/2022","gioiTinh":"Nam",'
        '"diaChi":"Tổ 2, \\"Xóm Mới\\", Phường Phú Lãm","maDKBD":"01832","cqBHXH":"BHXH quận Hà Đông",'
        '"gtTheTu":"05/03/2022","gtTheDen":"30/09/2028","maKV":"","ngayDu5Nam":"05/03/2027",'
        '"maSoBHXH":"0123456789","maTheCu":"","maTheMoi":"TE1010123456789","gtTheTuMoi":"05/03/2022",'
        '"gtTheDenMoi":"30/09/2028","maDKBDMoi":"01832","tenDKBDMoi":"Phòng khám Hà Đông",'
        '"dsLichSuKCB2018":null,"dsLichSuKT2018":null}'
    )


def test_a_card_that_is_not_there_is_this_text_and_no_other() -> None:
    assert raw(CardAnswer(Verdict.UNKNOWN)) == (
        '{"maKetQua":"050","ghiChu":"Thẻ không tồn tại!","maThe":null,"hoTen":null,"ngaySinh":null,"gioiTinh":null,'
        '"diaChi":null,"maDKBD":null,"cqBHXH":null,"gtTheTu":null,"gtTheDen":null,"maKV":null,"ngayDu5Nam":null,'
        '"maSoBHXH":null,"maTheCu":null,"maTheMoi":null,"gtTheTuMoi":null,"gtTheDenMoi":null,"maDKBDMoi":null,'
        '"tenDKBDMoi":null,"dsLichSuKCB2018":null,"dsLichSuKT2018":null}'
    )


def test_texts_cut_between_neighbouring_keys_come_out_right() -> None:
    text = raw(GOOD)
    assert between(text, '{"maKetQua":"', '","ghiChu":"') == "000"
    assert between(text, '","hoTen":"', '","ngaySinh":"') == "Trần Minh An"
    ends = between(text, '","gtTheDen":"', '","maKV":"')
    assert datetime.strptime(ends, "%d/%m/%Y").date() == date(2028, 9, 30)
    assert between(text, '","maTheCu":"', '","maTheMoi":"') == ""
    assert between(text, '"dsLichSuKT2018":', "}") == "null"
    assert text.index('"dsLichSuKCB2018"') < text.index('"dsLichSuKT2018"')


def test_no_data_can_imitate_the_marks() -> None:
    evil = '","maKV":"K1","gtTheDen":"31/12/2099'
    text = raw(changed(address=evil, full_name=evil))
    assert between(text, '","gtTheDen":"', '","maKV":"') == "30/09/2028"
    assert text.count('","maKV":"') == 1


def test_a_program_that_reads_the_first_row_after_a_null_test_finds_one() -> None:
    for answer in (GOOD, CardAnswer(Verdict.UNKNOWN), changed(consulted=())):
        told = msgspec.json.decode(raw(answer))
        assert [told[key] for key in ("dsLichSuKCB2018", "dsLichSuKT2018")] == [None, None]
    seen = datetime(2026, 11, 20, 3, 31).astimezone()
    told = msgspec.json.decode(raw(changed(consulted=(("machine:01929_BV", seen, Verdict.VALID),))))
    assert told["dsLichSuKT2018"][0]["maLoi"] == "000"
    told = msgspec.json.decode(raw(changed(consulted=(("system", seen, Verdict.VALID),))))
    assert told["dsLichSuKT2018"] is None


@pytest.mark.parametrize(
    ("facts", "phrase"),
    [
        ({}, ""),
        ({"new_facility_code": "01013", "new_valid_from": date(2026, 12, 1)}, ""),
        ({"new_valid_to": date(2029, 9, 30), "new_valid_from": date(2028, 10, 1)}, RENEWED),
        ({"verdict": Verdict.REPLACED_VALID, "new_code": "TE1790123456789"}, NEW_CARD),
        ({"verdict": Verdict.REPLACED_EXPIRED, "new_code": "TE1790123456789"}, NEW_CARD),
        ({"verdict": Verdict.EXPIRED, "new_valid_to": date(2029, 9, 30)}, ""),
        ({"verdict": Verdict.NO_CARD, "code": None}, ""),
    ],
)
def test_a_program_that_decides_by_a_phrase_finds_it_in_its_cases_alone(
    facts: dict[str, object], phrase: str
) -> None:
    note = str(msgspec.json.decode(raw(changed(**facts)))["ghiChu"])
    assert [it for it in (NEW_CARD, RENEWED) if it in note] == [phrase] * bool(phrase)
    if phrase:
        assert ").Chủ thẻ" in note or ").Thẻ được" in note
        assert ".Hạn thẻ từ " in note


def test_a_further_facility_stands_in_the_new_fields_with_its_day() -> None:
    answer = changed(
        new_facility_code="01013", new_facility_name="Cơ sở mới", new_valid_from=date(2026, 12, 1)
    )
    told = msgspec.json.decode(raw(answer))
    assert (told["maKetQua"], told["maDKBD"], told["maTheMoi"]) == ("000", "01832", told["maThe"])
    new = (told["maDKBDMoi"], told["tenDKBDMoi"], told["gtTheTuMoi"])
    assert new == ("01013", "Cơ sở mới", "01/12/2026")


def test_a_program_that_looks_for_a_new_card_finds_one_only_where_there_is_one() -> None:
    def has_new_card(told: dict[str, str]) -> bool:
        is_other = told["maThe"] != told["maTheMoi"] or told["maKetQua"] in {"003", "004"}
        return told["maTheMoi"] != "" and told["maTheCu"] == "" and is_other

    assert not has_new_card(msgspec.json.decode(raw(GOOD)))
    new = changed(verdict=Verdict.REPLACED_VALID, new_code="TE1790123456789")
    assert has_new_card(msgspec.json.decode(raw(new)))


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_has_its_22_keys_a_code_of_three_letters_and_a_sentence(
    verdict: Verdict,
) -> None:
    for answer in (CardAnswer(verdict), changed(verdict=verdict)):
        told = msgspec.json.decode(raw(answer))
        assert tuple(told) == giamdinh_answers.KEYS
        assert len(told["maKetQua"]) == 3
        assert told["ghiChu"].split(".")[0]
        assert giamdinh_words.headline(verdict)


@pytest.mark.parametrize("verdict", sorted(set(Verdict) - {Verdict.NO_CARD}))
def test_with_data_no_text_is_null_and_no_new_field_is_empty(verdict: Verdict) -> None:
    told = msgspec.json.decode(raw(changed(verdict=verdict, area_code=None, five_year_on=None)))
    assert [key for key in giamdinh_answers.KEYS[:-2] if not isinstance(told[key], str)] == []
    new = ("maTheMoi", "gtTheTuMoi", "gtTheDenMoi", "maDKBDMoi", "tenDKBDMoi")
    assert [key for key in new if not told[key]] == []


# ---------------------------------------------------------------- older and newer generations


def test_the_call_of_2017_has_its_eleven_keys() -> None:
    assert raw(GOOD, write=giamdinh_answers.document_595) == (
        '{"maKetQua":"000","hoTen":"Trần Minh An","gioiTinh":"Nam","diaChi":"Tổ 2, \\"Xóm Mới\\", Phường Phú Lãm",'
        '"maDKBD":"01832","cqBHXH":"BHXH quận Hà Đông","gtTheTu":"05/03/2022","gtTheDen":"30/09/2028","maKV":"",'
        '"ngayDu5Nam":"05/03/2027","dsLichSuKCB":null}'
    )
    assert raw(CardAnswer(Verdict.WRONG_BIRTH), write=giamdinh_answers.document_595) == (
        '{"maKetQua":"070","hoTen":null,"gioiTinh":null,"diaChi":null,"maDKBD":null,"cqBHXH":null,"gtTheTu":null,'
        '"gtTheDen":null,"maKV":null,"ngayDu5Nam":null,"dsLichSuKCB":null}'
    )


@pytest.mark.parametrize(
    ("verdict", "code"),
    [
        (Verdict.VALID, "00"),
        (Verdict.REPLACED_VALID, "00"),
        (Verdict.EXPIRED, "01"),
        (Verdict.REVOKED, "01"),
        (Verdict.NOT_YET, "02"),
        (Verdict.UNKNOWN, "05"),
        (Verdict.WRONG_NAME, "06"),
        (Verdict.WRONG_BIRTH, "07"),
        (Verdict.BAD_CODE, "10"),
        (Verdict.OVER_LIMIT, "10"),
        (Verdict.NO_CARD, "10"),
        (Verdict.CLOSED, "10"),
        (Verdict.NO_ACCOUNT, "401"),
    ],
)
def test_the_call_of_2016_has_codes_of_two_digits(verdict: Verdict, code: str) -> None:
    text = raw(CardAnswer(verdict), write=giamdinh_answers.document_2016)
    assert text == f'{{"maKetQua":"{code}","dsLichSuKCB":null}}'


def test_the_history_of_2025_is_an_empty_list() -> None:
    write = giamdinh_answers.document_2025
    assert raw(GOOD, write=write) == '{"maKetQua":"000","dsLichSuKCB2025":[]}'
    assert raw(CardAnswer(Verdict.UNKNOWN), write=write) == (
        '{"maKetQua":"050","ghiChu":"Thẻ không tồn tại!","dsLichSuKCB2025":[]}'
    )


def test_the_card_call_of_2016_gives_the_card_as_an_object() -> None:
    told = msgspec.json.decode(raw(GOOD, write=giamdinh_answers.document_card))
    assert tuple(told) == ("maKetQua", "ghiChu", "chiTietThe")
    assert (told["maKetQua"], told["chiTietThe"]["maThe"]) == ("00", "TE1010123456789")
    told = msgspec.json.decode(
        raw(CardAnswer(Verdict.UNKNOWN), write=giamdinh_answers.document_card)
    )
    assert told["chiTietThe"] is None


def test_every_name_is_served_with_and_without_its_prefix() -> None:
    paths = {route.path.lower() for route in giamdinh.ROUTES}
    for name in ("2024", "2019", "2018", "595", ""):
        assert {f"/api/egw/{kq}nhanlichsukcb{name}" for kq in ("", "kq")} <= paths
    assert {"/api/token/take", "/api/egw/lskcb2025", "/api/egw/ktmathe"} <= paths
    assert len(paths) == len(giamdinh.ROUTES)
    said = Said("101", "x")
    for write in (giamdinh_answers.document_2018, giamdinh_answers.document_595):
        assert write(said)["maKetQua"] == "101"


# ---------------------------------------------------------------- the token, and whole calls


@pytest.fixture
def account(db: None) -> None:
    small_country()
    hospitals.hospital()


@pytest.mark.django_db
def test_the_token_survives_what_programs_do_to_its_text(account: None) -> None:
    text = post("/api/token/take", form(username=hospitals.NAME, password=MD5)).body.decode()
    bare = text.replace('"', "").replace("{", "").replace("}", "").split(",")
    assert bare[5].startswith("expires_in:")
    assert bare[1].startswith("APIKey:access_token:")
    expires = msgspec.json.decode(text)["APIKey"]["expires_in"]
    cut = datetime.fromisoformat(expires[: expires.rindex(".")])
    assert datetime.strptime(expires[:23], "%Y-%m-%dT%H:%M:%S.%f") - cut < timedelta(seconds=1)
    assert expires.endswith("Z")
    assert between(text, '"access_token":"', '","id_token":"').isalnum()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        "/api/egw/KQNhanLichSuKCB2024",
        "/API/EGW/kqnhanlichsukcb2019",
        "/api/egw/NhanLichSuKCB2018",
        "/api/egw/KQnhanLichSuKCB595",
        "/api/egw/nhanLichSuKCB",
        "/api/egw/Lskcb2025",
        "/api/egw/ktMathe",
    ],
)
def test_every_generation_answers_a_real_card_and_logs_it(account: None, path: str) -> None:
    (code_of_card,) = column("SELECT code FROM cards_card WHERE id = %s", cards.active())
    body = asked(
        str(code_of_card), NAME, "12/11/2026", gioiTinh="1", maCSKCB="01013", ngayBD="", ngayKT=""
    )
    if path.endswith("ktMathe"):
        body = msgspec.json.encode(
            {
                "ma_the": code_of_card,
                "ho_ten": NAME,
                "ngay_sinh": "2026",
                "gioi_tinh": 1,
                "maCSKCB": "01013",
            }
        )
    reply = post(path, body, query=credentials())
    told = msgspec.json.decode(reply.body)
    assert (reply.status, told["maKetQua"] in {"000", "00"}) == (200, True)
    assert b": " not in reply.body.partition(b'"ghiChu"')[0]
    logged = column("SELECT detail->>'name' FROM audit_entry WHERE by = 'machine:01929_BV'")
    assert [str(it).lower().removeprefix("kq") for it in logged] == [
        path.rsplit("/", 1)[1].lower().removeprefix("kq")
    ]


def test_the_page_for_vendors_tells_what_the_gateway_says() -> None:
    page = (code.ROOT / "docs" / "how-to" / "connect-a-hospital.md").read_text(encoding="utf-8")
    samples = [line for line in page.splitlines() if line.startswith('{"maKetQua":"000"')]
    assert [tuple(msgspec.json.decode(sample)) for sample in samples] == [giamdinh_answers.KEYS]
    known = {*giamdinh_answers.CODES.values(), "100", "205"}
    assert [one for one in sorted(known) if f"`{one}`" not in page] == []
    assert [route.path for route in giamdinh.ROUTES if not _is_named(route.path, page)] == []


def _is_named(path: str, page: str) -> bool:
    return path.rsplit("/", 1)[1].removeprefix("KQ") in page
