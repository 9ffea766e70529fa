"""The check screen and the form of a commune: what an officer finds, what becomes of what he sends."""

import io
import re
from datetime import date, timedelta

from django.db import connection
from python_calamine import CalamineWorkbook

from lienthong.catalogues import declaring
from lienthong.catalogues.queries import ProvinceLine
from lienthong.catalogues.unit_file import WorkplaceFacts
from lienthong.database.scope import acting
from lienthong.kernel.dates import DateRange
from lienthong.web.staff.tiles import tiles
from tests.web.conftest import SignedIn
from tests.web.declared import (
    BA_DINH,
    HUE,
    NGOC_HA,
    REFORM,
    declare,
    double,
    table_of,
    text_of,
    units_of,
    whole_province,
)
from tests.web.world import SYSTEM, World

CHECK = "/can-bo/dia-ban-chua-khai-bao/"


# ---------------------------------------------------------------- the check screen


def test_check_lists_each_fault_with_its_days_and_units_and_what_waits(
    world: World, signed_in: SignedIn
) -> None:
    whole_province(world, "TE01001", without=NGOC_HA)
    double(world, "TE01002", BA_DINH)
    world.child("ĐẶNG PHÚC KHANG", state="CREATE_FAILED", reason="UNIT_AMBIGUOUS")
    text = text_of(signed_in("tinh-01"), CHECK)
    assert "<b>1</b> xã, phường chưa khai báo" in text
    assert "<b>1</b> xã, phường khai báo trùng" in text
    assert "<b>1</b> hồ sơ đang chờ" in text
    table = table_of(text)
    assert table.index("Phường Ba Đình") < table.index("Phường Ngọc Hà")
    assert "đang khai báo: TE01001, TE01002" in table
    assert f'href="{CHECK}{NGOC_HA}/?ngay=' in table
    assert "ĐẶNG PHÚC KHANG" not in text
    assert "2 xã, 1 hồ sơ" in text


def test_the_commune_that_dossiers_wait_behind_comes_first(
    world: World, signed_in: SignedIn
) -> None:
    child = world.child("ĐẶNG PHÚC KHANG", state="CREATE_FAILED", reason="UNIT_NOT_DECLARED")
    with acting(SYSTEM, at=world.at), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE dossiers_dossier SET resolved_commune_code = %s WHERE id = %s",
            [NGOC_HA, child.dossier_id],
        )
    table = table_of(text_of(signed_in("tinh-01"), CHECK))
    assert table.index("Phường Ngọc Hà") < table.index("Phường Ba Đình")


def test_check_says_when_everything_is_declared(world: World, signed_in: SignedIn) -> None:
    whole_province(world, "TE01001")
    text = text_of(signed_in("tinh-01"), CHECK)
    assert "Mọi xã, phường đã có đúng một đơn vị cấp thẻ" in text
    assert "<b>0</b> xã, phường chưa khai báo" in text


def test_an_officer_of_a_province_is_shown_its_communes_and_no_way_into_another_tile(
    world: World, signed_in: SignedIn
) -> None:
    text = text_of(signed_in("tinh-01"), f"{CHECK}?tinh=24")
    assert set(re.findall(r"Mã \d{5}, ([^<]+)", table_of(text))) == {"Thành phố Hà Nội"}
    assert len(re.findall(r'<a class="tile', text)) == 1
    assert len(re.findall(r'<span class="tile', text)) == 33
    centre = text_of(signed_in("trung-uong"), f"{CHECK}?tinh=24")
    assert set(re.findall(r"Mã \d{5}, ([^<]+)", table_of(centre))) == {"Thành phố Bắc Ninh"}
    assert len(re.findall(r'<a class="tile', centre)) == 34


def test_check_is_asked_for_other_days(world: World, signed_in: SignedIn) -> None:
    whole_province(world, "TE01001", without=BA_DINH)
    declare(world, "TE01001", BA_DINH, date(2026, 1, 1))
    client = signed_in("tinh-01")
    assert BA_DINH not in table_of(text_of(client, CHECK))
    since = table_of(text_of(client, f"{CHECK}?tu-ngay=2025-07-01"))
    assert "01/07/2025 – 31/12/2025" in since
    assert BA_DINH not in table_of(
        text_of(client, f"{CHECK}?tu-ngay=2026-01-01&den-ngay=2026-06-30")
    )
    wrong = text_of(client, f"{CHECK}?tu-ngay=2026-06-30&den-ngay=2026-01-01")
    assert "phải từ «Từ ngày» trở đi" in wrong
    before = text_of(signed_in("trung-uong"), f"{CHECK}?tu-ngay=2024-01-01&den-ngay=2024-01-31")
    assert len(re.findall(r'<a class="tile', before)) == 63
    assert "at-r1" not in before


def test_a_long_list_is_cut_and_says_so_and_the_page_stays_small(signed_in: SignedIn) -> None:
    response = signed_in("trung-uong").get(CHECK)
    text = response.content.decode()
    assert "Đang hiện 100 trong 3.321 dòng" in text
    assert len(response.content) < 120 * 1024


def test_dossiers_behind_a_commune_in_order_are_shown_as_moving_on(
    world: World, signed_in: SignedIn
) -> None:
    whole_province(world, "TE01001")
    world.child("ĐẶNG PHÚC KHANG", state="CREATE_FAILED", reason="UNIT_NOT_DECLARED")
    text = text_of(signed_in("tinh-01"), CHECK)
    assert "đang được chuyển tiếp" in text
    assert "<b>1</b> hồ sơ đang chờ" in text


def test_dossiers_are_not_lost_when_another_time_is_looked_at(
    world: World, signed_in: SignedIn
) -> None:
    whole_province(world, "TE01001", without=BA_DINH)
    with acting(SYSTEM, at=world.at):
        declaring.declare(
            WorkplaceFacts("TE01001", "01", "", BA_DINH, DateRange(REFORM, date(2026, 1, 1))),
            by=SYSTEM,
            at=world.at,
        )
    world.child("ĐẶNG PHÚC KHANG", state="CREATE_FAILED", reason="UNIT_NOT_DECLARED")
    text = table_of(
        text_of(signed_in("tinh-01"), f"{CHECK}?tu-ngay=2025-07-01&den-ngay=2025-12-31")
    )
    assert "Hồ sơ chờ ở nơi khác" in text
    assert f'href="{CHECK}{BA_DINH}/?ngay=' in text
    assert "đang được chuyển tiếp" not in text


def test_the_faulty_list_is_taken_as_a_spreadsheet(world: World, signed_in: SignedIn) -> None:
    whole_province(world, "TE01001", without=BA_DINH)
    response = signed_in("tinh-01").get(f"{CHECK}tai-ve/?tu-ngay=2026-01-01&den-ngay=2026-01-31")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(response.content)).get_sheet_by_index(0)
    head, *lines = rows.to_python()
    assert head[0] == "Mã xã, phường"
    assert [line[:4] + line[5:7] for line in lines] == [
        [BA_DINH, "Phường Ba Đình", "01", "Thành phố Hà Nội", "01/01/2026", "31/01/2026"]
    ]


def test_a_code_that_meant_another_province_before_has_a_tile_for_each() -> None:
    before, after = ProvinceLine("44", "Tỉnh Quảng Bình"), ProvinceLine("44", "Tỉnh Quảng Trị")
    waiting = {("44", after.name): 3, ("44", "Thành phố Quảng Bình"): 2, ("", ""): 1}
    found = tiles([before], [], waiting, url_of=str, here="44")
    assert [(it.short_name, it.waiting_count, it.row) for it in found] == [
        ("Quảng Bình", 2, 0),
        ("Quảng Trị", 3, 0),
    ]


def test_no_province_is_no_tile() -> None:
    assert tiles([], [], {}, url_of=str, here="") == []


# ---------------------------------------------------------------- one commune


def test_a_commune_is_declared_by_its_form_and_says_what_becomes_of_the_dossiers(
    world: World, signed_in: SignedIn
) -> None:
    world.child("ĐẶNG PHÚC KHANG", state="CREATE_FAILED", reason="UNIT_NOT_DECLARED")
    client = signed_in("tinh-01")
    address = f"{CHECK}{BA_DINH}/"
    before = text_of(client, address)
    assert "Chưa khai báo đơn vị cấp thẻ" in before
    assert "<b>1 hồ sơ</b> đang chờ" in before
    assert "TE24001" not in before
    form = {"don-vi": "TE01001", "tu-ngay": str(world.at.date()), "thao-tac": "khai-bao"}
    response = client.post(address, form)
    assert response.status_code == 303
    after = text_of(client, response.headers["Location"])
    assert "Đã khai báo BHXH cơ sở Ba Đình" in after
    assert "<b>1 hồ sơ</b> đang được chuyển tiếp, giữ nguyên thời điểm tiếp nhận" in after
    assert "Khai báo: tinh-01" in after
    assert units_of(BA_DINH, world.at.date()) == ["TE01001"]


def test_the_line_of_waiting_dossiers_asks_again_until_nobody_waits(
    world: World, signed_in: SignedIn
) -> None:
    child = world.child("ĐẶNG PHÚC KHANG", state="CREATE_FAILED", reason="UNIT_NOT_DECLARED")
    declare(world, "TE01001", BA_DINH)
    client = signed_in("tinh-01")

    def line(count: int) -> str:
        found = client.get(f"{CHECK}{BA_DINH}/?lan={count}", headers={"HX-Request": "true"})
        assert "<html" not in found.content.decode()
        return found.content.decode()

    assert "lan=2" in line(1)
    assert "hx-get" not in line(60)
    assert "lâu hơn thường lệ" in line(60)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")
        with acting(SYSTEM, at=world.at):
            cursor.execute(
                "UPDATE dossiers_dossier SET state = 'CREATED', reason = '', unit_id = %s, area = %s WHERE id = %s",
                [world.units["TE01001"], world.units["TE01001"], child.dossier_id],
            )
        cursor.execute("SET LOCAL ROLE lienthong_web")
    assert "Đã chuyển tiếp hết" in line(2)
    assert "hx-get" not in line(2)


def test_a_new_unit_is_made_in_the_same_form_and_a_refusal_keeps_what_was_typed(
    world: World, signed_in: SignedIn
) -> None:
    client = signed_in("tinh-01")
    address = f"{CHECK}{BA_DINH}/"
    form = {
        "don-vi": "*",
        "ma-don-vi": "TE01777",
        "ten-don-vi": "",
        "ma-co-quan": "0177",
        "tu-ngay": "2026-01-01",
        "thao-tac": "khai-bao",
    }
    refused = client.post(address, form).content.decode()
    assert "Tên đơn vị không được để trống" in refused
    assert 'value="TE01777"' in refused
    assert 'value="2026-01-01"' in refused
    assert client.post(address, form | {"ten-don-vi": "BHXH mới"}).status_code == 303
    assert units_of(BA_DINH, world.at.date()) == ["TE01777"]


def test_a_gap_between_two_declarations_is_offered_with_both_its_days(
    world: World, signed_in: SignedIn
) -> None:
    declare(world, "TE01001", BA_DINH, world.at.date() + timedelta(days=10))
    client = signed_in("tinh-01")
    address = f"{CHECK}{BA_DINH}/"
    text = text_of(client, address)
    last = str(world.at.date() + timedelta(days=9))
    assert f'name="den-ngay" type="date" value="{last}"' in text
    form = {"don-vi": "TE01001", "tu-ngay": str(world.at.date()), "den-ngay": last}
    assert 'value="khai-bao"' in text
    assert client.post(address, form | {"thao-tac": "khai-bao"}).status_code == 303
    assert "Có đúng một đơn vị cấp thẻ" in text_of(client, address)


def test_of_two_units_one_is_chosen_and_the_other_ends_the_day_before(
    world: World, signed_in: SignedIn
) -> None:
    declare(world, "TE01001", BA_DINH)
    double(world, "TE01002", BA_DINH)
    client = signed_in("tinh-01")
    address = f"{CHECK}{BA_DINH}/"
    assert "Chuyển địa bàn cho đơn vị này" in text_of(client, address)
    on = world.at.date()
    form = {"don-vi": "TE01002", "tu-ngay": str(on), "thao-tac": "chuyen"}
    assert client.post(address, form).status_code == 303
    assert units_of(BA_DINH, on) == ["TE01002"]
    assert units_of(BA_DINH, on - timedelta(days=1)) == ["TE01001", "TE01002"]


def test_days_of_a_declaration_are_corrected_and_wrong_days_are_refused(
    world: World, signed_in: SignedIn
) -> None:
    key = declare(world, "TE01001", BA_DINH)
    client = signed_in("tinh-01")
    address = f"{CHECK}{BA_DINH}/"
    form = {"khai-bao": key, "thao-tac": "sua", "tu-ngay": "2025-07-01"}
    wrong = client.post(address, form | {"den-ngay": "2025-06-30"}).content.decode()
    assert "phải từ «Từ ngày» trở đi" in wrong
    assert client.post(address, form | {"den-ngay": "2025-12-31"}).status_code == 303
    assert units_of(BA_DINH, date(2026, 1, 1)) == []
    assert "Sửa ngày: tinh-01" in text_of(client, address)


def test_who_may_only_look_finds_no_form_and_cannot_send_one(
    world: World, signed_in: SignedIn
) -> None:
    address = f"{CHECK}{BA_DINH}/"
    form = {"don-vi": "TE01001", "tu-ngay": "2026-01-01", "thao-tac": "khai-bao"}
    for username in ("thu-01", "don-vi-01"):
        client = signed_in(username)
        assert 'name="don-vi"' not in text_of(client, address)
        assert client.post(address, form).status_code == 403
    elsewhere = signed_in("tinh-01")
    assert 'name="don-vi"' not in text_of(elsewhere, f"{CHECK}{HUE}/")
    refused = elsewhere.post(f"{CHECK}{HUE}/", form).content.decode()
    assert "tỉnh, thành phố mình phụ trách" in refused
    assert units_of(BA_DINH, world.at.date()) == units_of(HUE, world.at.date()) == []


def test_a_code_that_means_nothing_that_day_is_not_found(signed_in: SignedIn) -> None:
    client = signed_in("tinh-01")
    for code in ("99999", "khong-co", "11948/?ngay=2025-06-30"):
        assert client.get(f"{CHECK}{code}{'' if '?' in code else '/'}").status_code == 404


def test_before_the_reform_the_district_comes_by_itself(world: World, signed_in: SignedIn) -> None:
    client = signed_in("tinh-01")
    address = f"{CHECK}{BA_DINH}/?ngay=2025-06-01"
    assert "huyện 001" in text_of(client, address)
    form = {
        "don-vi": "TE01001",
        "tu-ngay": "2025-06-01",
        "ngay": "2025-06-01",
        "thao-tac": "khai-bao",
    }
    response = client.post(address, form)
    assert response.status_code == 303
    assert "Hết hiệu lực sau 30/06/2025" in text_of(client, response.headers["Location"])
    assert units_of(BA_DINH, date(2025, 6, 30)) == ["TE01001"]
    assert units_of(BA_DINH, REFORM) == []
