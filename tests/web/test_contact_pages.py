"""The pages of the directory of task forces: what each officer sees, the one move that checks it, changes and refusals."""

import io
import re
from datetime import date, timedelta

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from lienthong.catalogues import contacts_desk
from lienthong.catalogues.contacts import Duty
from lienthong.catalogues.contacts_desk import Entry
from lienthong.kernel.dates import vietnam_date
from tests.web.conftest import SignedIn
from tests.web.world import SYSTEM, World

ALL, OWN, OTHER = "/can-bo/to-cong-tac/", "/can-bo/to-cong-tac/01/", "/can-bo/to-cong-tac/24/"


def publish(world: World, province: str = "01", *, days_ago: int = 0) -> list[int]:
    at = world.at - timedelta(days=days_ago)
    told = [
        Entry(duty, f"090000010{number}", f"Cán bộ {number}", office="Số 1 phố Mẫu")
        for number, duty in enumerate(Duty)
    ]
    return [
        contacts_desk.put(province, it, vietnam_date(at), seen=0, by=SYSTEM, at=at) for it in told
    ]


def text_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, (address, response.status_code)
    return response.content.decode()


def send(client: Client, address: str, **form: object) -> str:
    sent = {key.replace("_", "-"): it for key, it in form.items()}
    response = client.post(address, sent)
    if response.status_code == 303:
        return text_of(client, response.headers["Location"])
    assert response.status_code == 200, response.content.decode()[-600:]
    return response.content.decode()


def test_what_is_missing_or_old_comes_first_and_home_says_so(
    world: World, signed_in: SignedIn
) -> None:
    publish(world, "01", days_ago=91)
    publish(world, "24")
    centre = signed_in("trung-uong")
    text = text_of(centre, ALL)
    assert "33 tỉnh, thành phố" in text
    assert (
        text.index("Chưa công bố")
        < text.index("Quá 90 ngày chưa kiểm tra")
        < (text.index('<span class="tag good">Đã kiểm tra'))
    )
    assert "Danh bạ tổ công tác cần kiểm tra" in text_of(centre, "/can-bo/")
    home = text_of(signed_in("tinh-01"), "/can-bo/")
    assert "Danh bạ tổ công tác cần kiểm tra" in home
    assert f'href="{OWN}"' in home
    assert "cần kiểm tra" not in text_of(signed_in("thu-01"), "/can-bo/")


def test_one_move_says_that_all_of_it_is_right(world: World, signed_in: SignedIn) -> None:
    keys = publish(world, days_ago=91)
    client = signed_in("tinh-01")
    text = text_of(client, OWN)
    assert "Quá 90 ngày chưa kiểm tra" in text
    assert [int(it) for it in re.findall(r'name="muc" value="(\d+)"', text)] == keys
    done = send(client, OWN, thao_tac="kiem-tra", muc=keys)
    assert "vẫn đúng đến hôm nay" in done
    assert "Quá 90 ngày" not in done
    assert done.count("Kiểm tra, vẫn đúng</b>: Tất cả các mục") == 1
    assert "cần kiểm tra" not in text_of(client, "/can-bo/")
    assert "vừa được cán bộ khác thay đổi" in send(client, OWN, thao_tac="kiem-tra", muc=keys[:2])


def test_a_duty_is_entered_changed_planned_taken_back_and_ended(
    world: World, signed_in: SignedIn
) -> None:
    client, on = signed_in("tinh-01"), vietnam_date(world.at)
    empty = text_of(client, f"{OWN}?sua=lead")
    assert "Còn thiếu" in empty
    (seen,) = re.findall(r'name="da-xem" value="(\d+)"', empty)
    form = {
        "thao_tac": "ghi", "viec": "lead", "da_xem": seen, "ho_ten": "Lê Văn Thu", "dien_thoai": "0900 000 102",
        "tu_ngay": on, "cong_khai": "1",
    }  # fmt: skip
    done = send(client, OWN, **form)
    assert "Lê Văn Thu" in done
    assert "0900000102" in done
    assert "Công khai họ tên" in done
    (newest,) = re.findall(r'name="da-xem" value="(\d+)"', text_of(client, f"{OWN}?sua=lead"))
    # Somebody who opened the page before is told, and what he typed stands there still.
    late = send(client, OWN, **form | {"ho_ten": "Người Đến Sau"})
    assert "vừa được cán bộ khác thay đổi" in late
    assert 'value="Người Đến Sau"' in late
    monday = on + timedelta(days=3)
    planned = {"da_xem": newest, "ho_ten": "Hoàng Thị Mới", "tu_ngay": monday}
    assert "Hoàng Thị Mới" in send(client, OWN, **form | planned)
    opened = text_of(client, f"{OWN}?sua=lead")
    first, taken_back = re.findall(r'name="muc" value="(\d+)"', opened)
    gone = send(client, OWN, thao_tac="ket-thuc", viec="lead", muc=taken_back, ngay_cuoi=on)
    assert "đã sửa lúc" in gone
    assert "Hãy chọn ngày cuối cùng" in send(
        client, OWN, thao_tac="ket-thuc", viec="lead", muc=first, ngay_cuoi=""
    )


@pytest.mark.parametrize(
    ("wrong", "said", "field"),
    [
        ({"dien_thoai": "12"}, "8 đến 15 chữ số", "dien-thoai"),
        ({"thu_dien_tu": "a@b"}, "không đúng dạng", "thu-dien-tu"),
        ({"ho_ten": " "}, "họ tên cán bộ", "ho-ten"),
        ({"tu_ngay": date(2020, 1, 1)}, "những ngày đã qua", "tu-ngay"),
        ({"tu_ngay": ""}, "Hãy chọn «Từ ngày»", "tu-ngay"),
    ],
)
def test_a_refusal_stands_at_its_field_and_what_was_typed_stays(
    wrong: dict[str, object], said: str, field: str, world: World, signed_in: SignedIn
) -> None:
    form = {
        "thao_tac": "ghi", "viec": "it", "da_xem": 0, "ho_ten": "Trần Thị Mạng", "dien_thoai": "0900000104",
        "thu_dien_tu": "it@tinh-01.example", "tu_ngay": vietnam_date(world.at),
    }  # fmt: skip
    text = send(signed_in("tinh-01"), OWN, **form | wrong)
    assert said in text
    assert re.search(rf'id="{field}"[^>]*aria-invalid="true"', text)
    if "dien_thoai" not in wrong:
        assert 'value="0900000104"' in text


def test_others_see_it_and_change_nothing(world: World, signed_in: SignedIn) -> None:
    (key, *_) = publish(world, "24")
    for username, status in (("tinh-01", 200), ("thu-24", 403), ("don-vi-01", 403)):
        client = signed_in(username)
        text = text_of(client, f"{OTHER}?sua=lead")
        assert "Cán bộ 1" in text
        assert 'name="thao-tac"' not in text
        response = client.post(OTHER, {"thao-tac": "kiem-tra", "muc": key})
        assert response.status_code == status, username
        assert "Đã ghi nhận" not in response.content.decode()
    assert signed_in("tinh-01").get("/can-bo/to-cong-tac/99/").status_code == 404
    refused = signed_in("trung-uong").post(
        OTHER, {"thao-tac": "ghi", "viec": "x", "tu-ngay": "2027-01-01"}
    )
    assert refused.status_code == 404


def test_the_whole_directory_of_a_day_is_a_file(world: World, signed_in: SignedIn) -> None:
    publish(world)
    content = signed_in("trung-uong").get(f"{ALL}tep/").content
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    rows = [list(row) for row in sheet.to_python()]
    assert len(rows) == 1 + 33 + len(Duty)
    assert [row[2:5] for row in rows if row[0] == "01"][1] == [
        "Tổ trưởng (phòng Thu)",
        "Cán bộ 1",
        "0900000101",
    ]
    assert [row[2] for row in rows if row[0] == "24"] == ["Chưa công bố"]
