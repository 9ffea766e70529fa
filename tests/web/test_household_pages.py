"""Hộ gia đình and Chênh lệch by HTTP: found, entered, moved, split, settled; what was typed is kept, other areas are not there."""

from datetime import date

import pytest
from django.test import Client

from lienthong.catalogues import routes
from lienthong.persons import differing
from lienthong.persons.relations import Relation
from tests import births
from tests.births import AT, ON, column, message, rows, run, send
from tests.households import adult, couple, entry, household, living
from tests.officers import SYSTEM
from tests.web.conftest import SignedIn
from tests.web.world import World

pytestmark = pytest.mark.usefixtures("still_clock")


@pytest.fixture(autouse=True)
def home(world: World) -> int:
    """A couple in Ba Đình with their child."""
    births.small_country()
    routes.ensure(ON)
    made, _, _ = couple()
    send(message())
    run()
    return made


def _text(client: Client, address: str, form: dict[str, object] | None = None) -> str:
    response = client.get(address) if form is None else client.post(address, form)
    assert response.status_code == 200, (address, response.status_code)
    return response.content.decode()


def test_a_household_is_found_by_code_number_and_name_and_read_as_of_a_day(
    home: int, signed_in: SignedIn
) -> None:
    (code,) = column("SELECT code FROM persons_household")
    (number,) = column("SELECT number FROM persons_number")
    (dossier,) = column("SELECT code FROM dossiers_dossier")
    client = signed_in("thu-01")
    for form in (
        {"tim": code},
        {"tim": number},
        {"tim": "003196000456"},
        {"tim": "cường", "xa": "00004"},
        {"xa": "00004"},
    ):
        assert code in _text(client, "/can-bo/ho-gia-dinh/", form), form
    assert "nhập thêm mã xã" in _text(client, "/can-bo/ho-gia-dinh/", {"tim": "cường"})
    shown = _text(client, f"/can-bo/ho-gia-dinh/{home}/")
    assert "NGUYỄN MINH AN" in shown
    assert f"/can-bo/tre/{dossier}/" in shown
    assert (
        "NGUYỄN MINH AN"
        not in _text(client, f"/can-bo/ho-gia-dinh/{home}/?ngay=2021-01-01").partition(
            "Thay đổi theo thời gian"
        )[0]
    )
    assert code in _text(client, f"/can-bo/tre/{dossier}/")
    assert signed_in("thu-24").get(f"/can-bo/ho-gia-dinh/{home}/").status_code == 404
    assert "Thêm thành viên" not in _text(signed_in("so-the-01"), f"/can-bo/ho-gia-dinh/{home}/")


def test_somebody_is_entered_or_called_in_and_what_was_typed_is_kept(
    home: int, signed_in: SignedIn
) -> None:
    other = household((adult("LÊ THỊ HOA", date(1960, 1, 1)), Relation.HEAD), commune="00008")
    client = signed_in("thu-01")
    address = f"/can-bo/ho-gia-dinh/{home}/them/"
    new = {
        "so": "003070000123",
        "ho-ten": "NGUYỄN VĂN PHÚC",
        "ngay-sinh": "1970-02-03",
        "gioi-tinh": "male",
        "quan-he": "03",
        "ngay": "2026-11-20",
    }
    kept = _text(client, address, new | {"thao-tac": "tim"})
    assert "Không có người nào đúng" in kept
    assert "NGUYỄN VĂN PHÚC" in kept
    assert client.post(address, new | {"thao-tac": "moi", "ngay-sinh": ""}).status_code == 200
    count = "SELECT count(*) FROM persons_person"
    before = column(count)
    # A second head is refused, and the person entered for it is not left behind.
    assert "Hãy chọn quan hệ" in _text(client, address, new | {"thao-tac": "moi", "quan-he": "00"})
    assert column(count) == before
    assert client.post(address, new | {"thao-tac": "moi"}).status_code == 303
    assert "03" in living(home).values()
    theirs = f"/can-bo/ho-gia-dinh/{other}/them/"
    asked = _text(client, theirs, new | {"thao-tac": "tim"})
    assert "Chuyển đến hộ này" in asked
    assert "03" in living(home).values()
    sure = new | {"thao-tac": "tim", "dang-o": str(home), "quan-he": "99"}
    assert client.post(theirs, sure).status_code == 303
    assert "99" in living(other).values()
    assert "03" not in living(home).values()


def test_head_member_split_place_and_closing(home: int, signed_in: SignedIn) -> None:
    child, mother, father = (
        column("SELECT person_id FROM persons_member WHERE relation = %s", code)[0]
        for code in ("08", "01", "00")
    )
    client = signed_in("tiep-nhan-01")
    base = f"/can-bo/ho-gia-dinh/{home}/"
    member = f"{base}thanh-vien/{child}/"
    day = {"ngay": "2026-11-20"}
    assert client.post(member, day | {"thao-tac": "me", "me": str(mother)}).status_code == 303
    assert client.post(member, day | {"thao-tac": "quan-he", "quan-he": "09"}).status_code == 303
    assert living(home)[child] == "09"
    assert "Hãy chọn quan hệ" in _text(client, f"{base}chu-ho/", day | {"chu-ho": str(mother)})
    told = {"chu-ho": str(mother), f"quan-he-{father}": "02", f"quan-he-{child}": "08"}
    assert client.post(f"{base}chu-ho/", day | told).status_code == 303
    assert living(home) == {mother: "00", father: "02", child: "08"}
    split = {"chon": [str(father)], f"quan-he-{father}": "00", "xa": "00008", "dia-chi": "Số 1"}
    assert client.post(f"{base}tach/", day | split).status_code == 303
    assert list(living(home)) == [mother, child]
    assert "không có trong danh mục" in _text(client, f"{base}dia-chi/", {"xa": "99999"})
    assert client.post(f"{base}dia-chi/", day | {"thao-tac": "khep"}).status_code == 303
    assert "Hộ đã đóng" in _text(client, base)


def test_a_child_without_a_household_is_placed_from_the_list(
    home: int, signed_in: SignedIn
) -> None:
    send(message(2, meSoDDCN=None, nksHoTen="NGUYỄN MINH BẢO", maGCS=None))
    run()
    (child,) = column("SELECT person_id FROM persons_unplaced WHERE closed_at IS NULL")
    (code,) = column("SELECT code FROM persons_household")
    client = signed_in("thu-01")
    assert "NGUYỄN MINH BẢO" in _text(client, "/can-bo/ho-gia-dinh/chua-vao-ho/")
    form = {"tre": str(child), "ma-ho": "KHONG-CO", "quan-he": "08"}
    kept = _text(client, "/can-bo/ho-gia-dinh/chua-vao-ho/", form)
    assert "Không có hộ mã" in kept
    assert "KHONG-CO" in kept
    done = _text(client, "/can-bo/ho-gia-dinh/chua-vao-ho/", form | {"ma-ho": code.lower()})
    assert "Đã xếp trẻ vào hộ" in done
    assert "NGUYỄN MINH BẢO" not in done
    assert living(home, date(2027, 1, 1))[child] == "08"


def test_a_difference_is_settled_and_leads_to_the_next_of_its_kind(
    home: int, signed_in: SignedIn
) -> None:
    mother, father = (
        column("SELECT person_id FROM persons_member WHERE relation = %s", code)[0]
        for code in ("01", "00")
    )
    for person in (mother, father):
        entry("household", f"h{person}", person)
        entry("collection", f"c{person}", person, full_name="TRẦN THỊ BÍCH")
    differing.compare(by=SYSTEM, at=AT)
    first, second = column("SELECT id FROM persons_difference ORDER BY id")
    client = signed_in("thu-01")
    assert "Họ tên" in _text(client, "/can-bo/chenh-lech/?loai=name")
    address = f"/can-bo/chenh-lech/{first}/"
    said = _text(client, address, {"chon": "other", "gia-tri": "TRẦN THỊ BÍNH", "can-cu": ""})
    assert "Hãy ghi căn cứ" in said
    assert "TRẦN THỊ BÍNH" in said
    done = client.post(address, {"chon": "collection"})
    assert done.headers["Location"] == f"/can-bo/chenh-lech/{second}/?xong=1"
    assert client.post(f"/can-bo/chenh-lech/{second}/", {"chon": "registered"}).status_code == 303
    assert "Không có chênh lệch nào" in _text(client, "/can-bo/chenh-lech/")
    settled = _text(client, "/can-bo/chenh-lech/?xem=da-xu-ly")
    assert "Giữ như đang đăng ký" in settled
    sheet = client.get("/can-bo/chenh-lech/tep/?xem=da-xu-ly")
    assert sheet.status_code == 200
    assert sheet.content.startswith(b"PK")
    assert signed_in("thu-24").get(address).status_code == 404
    assert rows(
        "SELECT count(*) FROM audit_entry WHERE subject_kind = 'difference' AND action = 'viewed'"
    )[0][0]


def test_a_rule_is_written_seen_applied_and_taken_back(home: int, signed_in: SignedIn) -> None:
    mother = column("SELECT person_id FROM persons_member WHERE relation = '01'")[0]
    entry("household", "h", mother)
    entry("collection", "c", mother, full_name="Trần Thị Bình")
    differing.compare(by=SYSTEM, at=AT)
    client = signed_in("thu-01")
    address = "/can-bo/chenh-lech/quy-tac/"
    form = {
        "ten": "Chữ hoa",
        "loai": "name_tone",
        "kieu": "day_month",
        "chon": "registered",
        "can-cu": "x",
    }
    assert "không có ở loại" in _text(client, address, form)
    rule = client.post(address, form | {"kieu": "case"}).headers["Location"]
    assert "Áp dụng cho 1 chênh lệch" in _text(client, rule)
    assert client.post(rule, {"thao-tac": "ap-dung"}).status_code == 303
    assert column("SELECT state FROM persons_difference") == ["settled"]
    assert "Bỏ lần này" in _text(client, address)
    (last,) = column("SELECT id FROM persons_differencerun")
    assert "Đã bỏ lần áp dụng" in _text(client, address, {"thao-tac": "bo", "lan": str(last)})
    assert column("SELECT state FROM persons_difference") == ["open"]
    assert signed_in("so-the-01").get(address).status_code == 403
