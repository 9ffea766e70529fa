"""The page of a unit, and declarations as files out and in: what an officer finds and does."""

import io
import re
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from python_calamine import CalamineWorkbook

from lienthong.catalogues import unit_file
from lienthong.kernel.dates import vietnam_date
from tests.web.conftest import SignedIn
from tests.web.declared import BA_DINH, NGOC_HA, REFORM, declare, text_of, units_of, whole_province
from tests.web.world import World

# ---------------------------------------------------------------- a unit


def test_a_unit_shows_its_places_of_a_day_and_the_rest_of_its_history(
    world: World, signed_in: SignedIn
) -> None:
    to_come = vietnam_date(world.at) + timedelta(days=31)
    declare(world, "TE01001", BA_DINH)
    declare(world, "TE01001", NGOC_HA, to_come)
    client = signed_in("tinh-01")
    assert 'href="/can-bo/don-vi/TE01001/"' in text_of(client, "/can-bo/don-vi/")
    present, _, others = text_of(client, "/can-bo/don-vi/TE01001/").partition("Các khai báo khác")
    assert "Phường Ba Đình" in present
    assert "Phường Ngọc Hà" not in present
    assert "Phường Ngọc Hà" in others
    later = text_of(client, f"/can-bo/don-vi/TE01001/?ngay={to_come}")
    assert "Các khai báo khác" not in later
    assert client.get("/can-bo/don-vi/TE99999/").status_code == 404


def test_a_unit_is_renamed_gets_a_place_and_loses_it(world: World, signed_in: SignedIn) -> None:
    client = signed_in("tinh-01")
    address = "/can-bo/don-vi/TE01001/"

    def send(**form: object) -> str:
        response = client.post(address, {key.replace("_", "-"): it for key, it in form.items()})
        assert response.status_code == 200
        return response.content.decode()

    assert "<h1>BHXH Hoàn Kiếm</h1>" in send(thao_tac="ten", ten="BHXH Hoàn Kiếm", ma_co_quan="1")
    done = send(thao_tac="them", ma_xa=BA_DINH, tu_ngay="2026-01-01")
    assert "Đã khai báo Phường Ba Đình (00004)" in done
    assert "không có trong danh mục" in send(thao_tac="them", ma_xa="99999", tu_ngay="2026-01-01")
    assert "đánh dấu ít nhất một địa bàn" in send(thao_tac="ket-thuc", ngay_cuoi="2026-01-31")
    (key,) = re.findall(
        r'name="khai-bao" value="(\d+)"', text_of(client, f"{address}?ngay=2026-01-15")
    )
    ended = send(thao_tac="ket-thuc", khai_bao=key, ngay_cuoi="2026-01-31")
    assert "Đã ghi 1 địa bàn kết thúc vào hết ngày 31/01/2026" in ended
    assert units_of(BA_DINH, date(2026, 2, 1)) == []


def test_another_province_s_unit_is_shown_and_not_changed(
    world: World, signed_in: SignedIn
) -> None:
    client = signed_in("tinh-01")
    address = "/can-bo/don-vi/TE24001/"
    assert 'name="ten"' not in text_of(client, address)
    refused = client.post(address, {"thao-tac": "ten", "ten": "x", "ma-co-quan": ""})
    assert "mình phụ trách" in refused.content.decode()
    assert "<h1>x</h1>" not in text_of(client, address)


# ---------------------------------------------------------------- files


def _send(client: Client, name: str, body: bytes) -> tuple[int, str]:
    response = client.post("/can-bo/khai-bao-dia-ban/", {"tep": SimpleUploadedFile(name, body)})
    return response.status_code, response.headers.get("Location", response.content.decode())


def test_what_is_downloaded_and_uploaded_again_changes_nothing(
    world: World, signed_in: SignedIn
) -> None:
    whole_province(world, "TE01001")
    declare(world, "TE24001", "07210")
    client = signed_in("tinh-01")
    body = client.get("/can-bo/khai-bao-dia-ban/tai-ve/").content
    head, *lines = (
        CalamineWorkbook.from_filelike(io.BytesIO(body)).get_sheet_by_index(0).to_python()
    )
    assert tuple(head) == unit_file.COLUMNS
    assert len(lines) == 126
    assert {line[3] for line in lines} == {"01"}
    status, address = _send(client, "khai-bao.xlsx", body)
    assert status == 303
    text = text_of(client, address)
    assert "Tệp không thay đổi gì so với danh mục" in text
    assert "<b>126</b> giữ nguyên" in text
    assert "Áp dụng các thay đổi này" not in text


def test_a_changed_file_is_looked_at_and_then_applied(world: World, signed_in: SignedIn) -> None:
    declare(world, "TE01001", BA_DINH)
    rows = (
        ",".join(unit_file.COLUMNS),
        "TE01001,BHXH cơ sở Ba Đình – cấp thẻ trẻ em,,01,,00004,2025-07-01,2026-12-31",
        "TE01001,BHXH cơ sở Ba Đình – cấp thẻ trẻ em,,01,,00008,2025-07-01,",
        "TE24001,BHXH cơ sở Bắc Giang – cấp thẻ trẻ em,,24,,07210,2025-07-01,",
        "TE01001,BHXH cơ sở Ba Đình – cấp thẻ trẻ em,,01,,99999,2025-07-01,",
    )
    client = signed_in("tinh-01")
    status, address = _send(client, "sua.csv", "\n".join(rows).encode())
    assert status == 303
    text = text_of(client, address)
    assert "Chưa có gì được ghi" in text
    assert "ngoài phạm vi phụ trách của bạn" in text
    assert "Mã 99999 không có trong danh mục" in text
    assert units_of(NGOC_HA, REFORM) == []
    assert "Đã ghi vào danh mục" in client.post(address).content.decode()
    assert units_of(NGOC_HA, REFORM) == ["TE01001"]
    assert units_of(BA_DINH, date(2027, 1, 1)) == []
    assert client.post(address).status_code == 409
    assert "Tệp này đã được áp dụng lúc" in text_of(client, address)
    assert signed_in("trung-uong").get(address).status_code == 404


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("a.pdf", b"%PDF-1.7", "Chỉ nhận tệp .xlsx hoặc .csv"),
        ("a.xlsx", b"khong phai", "không phải bảng tính"),
        ("a.csv", b"code,name\n1,2\n", "thiếu cột"),
        ("a.csv", b"", "không có dòng nào"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_a_sentence(
    name: str, body: bytes, said: str, signed_in: SignedIn
) -> None:
    status, text = _send(signed_in("tinh-01"), name, body)
    assert status == 200
    assert said in text


def test_the_form_without_a_file_says_so(signed_in: SignedIn) -> None:
    response = signed_in("tinh-01").post("/can-bo/khai-bao-dia-ban/", {})
    assert "Hãy chọn tệp" in response.content.decode()
