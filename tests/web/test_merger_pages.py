"""The page of an act of merger: it is tried, applied and undone; who sees which of its dossiers."""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.db import connection
from django.urls import reverse

from lienthong.births import enrolment, rerouting
from lienthong.catalogues import acts, cutovers
from lienthong.kernel.dates import day_first, vietnam_date
from tests import mergers
from tests.web.conftest import SignedIn
from tests.web.declared import BA_DINH, NGOC_HA, text_of
from tests.web.merging import (
    BAC_NINH,
    BEFORE,
    DAY,
    LIST,
    NEW,
    enter,
    id_of,
    units_on_either_side,
)
from tests.web.world import SYSTEM, World

NOBODYS = "00082"
FAR = f"{DAY.year + 1}-12-31T08:00"


@pytest.fixture
def country(world: World) -> World:
    """The world with units on either side of a merger."""
    units_on_either_side(world)
    return world


@pytest.fixture
def worker(world: World) -> Callable[[Callable[[], object]], None]:
    """Let the worker do something, then be a page again."""

    def work(deed: Callable[[], object]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL ROLE lienthong_worker")
            deed()
            cursor.execute("SET LOCAL ROLE lienthong_web")

    return work


def forecast() -> None:
    assert rerouting.forecast_asked(by=enrolment.system(), at=settings.CLOCK()) == 1


def merge() -> None:
    at = settings.CLOCK()
    assert rerouting.merge(by=enrolment.system(), at=at, on=vietnam_date(at))


def received(world: World, name: str, unit: str = "TE01001") -> str:
    """A child in Ba Đình whose dossier has reached reception; the code of the dossier."""
    return world.child(name, unit=unit, state="SENT_TNHS", days_ago=9).dossier_code


# ---------------------------------------------------------------- the dry run


def test_a_dry_run_is_asked_polled_and_shown(
    country: World, signed_in: SignedIn, worker: Callable[..., None]
) -> None:
    code = received(country, "NGUYỄN MINH AN")
    client = signed_in("trung-uong")
    address = enter(client, (BA_DINH, NGOC_HA, "whole"), **{"thao-tac": "chay-thu"})
    waiting = text_of(client, address)
    assert "Đang chạy thử" in waiting
    assert "hx-get" in waiting
    poll = f"{address}?lan=1&cho=draft.1.1"
    part = client.get(poll, headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    worker(forecast)
    assert client.get(poll, headers={"HX-Request": "true"}).headers["HX-Redirect"] == address
    text = text_of(client, address)
    assert "Áp dụng được." in text
    assert "<b>1</b> sẽ chuyển sang đơn vị mới" in text
    assert "Đã gửi TNHS, chưa nhập TST (mục 2.2): chuyển sang đơn vị mới" in text
    assert "Địa bàn cũ chỉ có một nơi nhận" in text
    assert code in text
    assert "BHXH cơ sở Ngọc Hà" in text
    assert "NGUYỄN MINH AN" not in text
    assert code not in text_of(client, f"{address}?quy-tac=000-3").partition('id="ho-so"')[2]
    assert code in text_of(client, f"{address}?don-vi=TE01002").partition('id="ho-so"')[2]


def test_lines_turn_by_key_and_each_dossier_comes_once(
    country: World,
    signed_in: SignedIn,
    worker: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("lienthong.web.staff.mergers.PAGE_SIZE", 2)
    codes = [received(country, f"TRẺ SỐ {number}") for number in range(5)]
    client = signed_in("trung-uong")
    address = enter(client, (BA_DINH, NGOC_HA, "whole"), **{"thao-tac": "chay-thu"})
    worker(forecast)
    seen: list[str] = []
    query = ""
    for _ in range(3):
        text = text_of(client, address + query).partition('id="ho-so"')[2]
        seen += [code for code in codes if code in text]
        query = "?" + text.partition('href="?quy-tac=&amp;')[2].partition("#")[0].replace(
            "&amp;", "&"
        )
    assert seen == codes
    assert query == "?"


def test_rows_that_contradict_the_lists_stand_on_top_and_bar_the_way(
    country: World, signed_in: SignedIn, worker: Callable[..., None]
) -> None:
    client = signed_in("trung-uong")
    address = enter(
        client,
        (BA_DINH, "99999", "whole"),
        (NGOC_HA, "00025", "whole"),
        (NGOC_HA, "00070", "part"),
        **{"thao-tac": "chay-thu"},
    )
    worker(forecast)
    text = text_of(client, address)
    assert "3 dòng trái với danh mục" in text
    assert "cần ghi tên mới (kèm loại hình" in text
    assert "có dòng ghi «toàn bộ»" in text
    assert "Áp dụng đợt sáp nhập" not in text
    assert client.post(f"{address}xac-nhan/ap-dung/").status_code == 409
    assert acts.act(id_of(address)).state == acts.DRAFT
    revised = text_of(client, f"{address}sua/")
    assert revised.count('class="faulty"') == 3


def test_an_heir_without_a_unit_is_told_with_the_way_to_declare_it(
    country: World, signed_in: SignedIn, worker: Callable[..., None]
) -> None:
    received(country, "NGUYỄN MINH AN")
    client = signed_in("trung-uong")
    address = enter(client, (BA_DINH, NOBODYS, "whole"), **{"thao-tac": "chay-thu"})
    worker(forecast)
    text = text_of(client, address)
    assert "1 hồ sơ sẽ phải chờ" in text
    assert "Chưa khai báo đơn vị cấp thẻ" in text
    form = reverse("declaration", kwargs={"code": NOBODYS})
    assert f'href="{form}?ngay={DAY}"' in text
    assert "chưa được khai báo cho đơn vị cấp thẻ nào" in text
    assert client.get(f"{form}?ngay={DAY}").status_code == 200


def test_a_province_sees_only_the_lines_of_its_areas_on_either_side(
    country: World, signed_in: SignedIn
) -> None:
    own, foreign = received(country, "NGUYỄN MINH AN"), received(country, "TRẦN BÌNH", "TE24001")
    act_id = mergers.enter([(BA_DINH, NGOC_HA, "whole")], DAY, at=country.at)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO dossiers_forecast (act_id, dossier_id, areas, state, rule, qualifier, reason, from_unit_id,"
            " to_unit_id, from_commune_code, to_commune_code) SELECT %s, id, ARRAY[area, %s], state, '000-4', 'Q1', '',"
            " unit_id, %s, '00004', '00008' FROM dossiers_dossier",
            [act_id, country.units["TE24001"], country.units["TE24001"]],
        )
        cursor.execute("UPDATE dossiers_forecast SET areas = ARRAY[areas[2], areas[2]] WHERE dossier_id ="
                       " (SELECT id FROM dossiers_dossier WHERE code = %s)", [foreign])  # fmt: skip
    acts.put_forecast(
        act_id,
        {"conflicts": [], "undeclared": [], "totals": {"000-0": 987}, "moving_count": 2},
        trouble_vi="",
        by=SYSTEM,
        at=country.at,
    )
    address = f"{LIST}{act_id}/"
    centre = text_of(signed_in("trung-uong"), address)
    assert own in centre
    assert foreign in centre
    assert "<b>2</b> sẽ chuyển" in centre
    assert "987" in centre
    province = text_of(signed_in("tinh-01"), address)
    assert own in province
    assert foreign not in province
    assert "<b>1</b> sẽ chuyển" in province
    assert "987" not in province


def test_a_dossier_that_is_coming_is_counted_and_not_named(
    country: World, signed_in: SignedIn
) -> None:
    coming = received(country, "TRẦN BÌNH", "TE24001")
    act_id = mergers.enter([(BA_DINH, NGOC_HA, "whole")], DAY, at=country.at)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO dossiers_forecast (act_id, dossier_id, areas, state, rule, qualifier, reason, from_unit_id,"
            " to_unit_id, from_commune_code, to_commune_code) SELECT %s, id, ARRAY[area, %s], state, '000-4', 'Q1', '',"
            " unit_id, %s, '00004', '00008' FROM dossiers_dossier",
            [act_id, country.units["TE01002"], country.units["TE01002"]],
        )
    acts.put_forecast(act_id, {"totals": {}}, trouble_vi="", by=SYSTEM, at=country.at)
    text = text_of(signed_in("tinh-01"), f"{LIST}{act_id}/")
    assert "Hồ sơ của địa bàn khác" in text
    assert "<b>1</b> sẽ chuyển" in text
    assert coming not in text


# ---------------------------------------------------------------- applying and undoing


def test_an_act_is_applied_and_undone_with_a_second_form_each_time(
    country: World, signed_in: SignedIn, worker: Callable[..., None]
) -> None:
    code = received(country, "NGUYỄN MINH AN")
    client = signed_in("trung-uong")
    address = enter(client, (BA_DINH, NGOC_HA, "whole"), **{"thao-tac": "chay-thu"})
    worker(forecast)
    apply = f"{address}xac-nhan/ap-dung/"
    asked = text_of(client, apply)
    assert "<b>1 hồ sơ</b> chuyển sang đơn vị mới" in asked
    assert "<b>0 hồ sơ</b> phải chờ" in asked
    assert acts.act(id_of(address)).state == acts.DRAFT
    assert client.post(apply).headers["Location"] == address
    assert "Đang ghi vào danh mục" in text_of(client, address)
    worker(merge)
    text = text_of(client, address)
    assert "Đã áp dụng lúc" in text
    assert "<b>1</b> hồ sơ đã chuyển" in text
    assert code in text
    assert "đặt riêng" not in text
    assert client.post(apply).status_code == 409

    undo = f"{address}xac-nhan/huy/"
    assert "không sửa việc cũ" in text_of(client, undo)
    assert client.post(undo).headers["Location"] == address
    assert "Đang hủy đợt sáp nhập" in text_of(client, address)
    worker(merge)
    undone = text_of(client, address)
    assert "Đã hủy lúc" in undone
    assert "<b>1</b> hồ sơ đã chuyển trở lại" in undone
    assert "Nhập lại bằng đợt mới" in undone


def test_an_act_is_corrected_by_a_new_one_with_its_rows(
    country: World, signed_in: SignedIn
) -> None:
    act_id = mergers.apply([(BA_DINH, NGOC_HA, "whole")], DAY, at=country.at)
    client = signed_in("trung-uong")
    text = text_of(client, f"{LIST}{act_id}/")
    assert f'href="{NEW}?sua-dot={act_id}"' in text
    form = text_of(client, f"{NEW}?sua-dot={act_id}")
    assert f'value="{NGOC_HA}"' in form
    address = enter(client, (BA_DINH, "00025", "whole"), **{"sua-dot": str(act_id)})
    assert acts.act(id_of(address)).corrects_id == act_id
    assert f'href="{LIST}{act_id}/"' in text_of(client, address)


def test_a_unit_is_given_an_instant_of_its_own_and_a_future_one_is_waited_for(
    country: World, signed_in: SignedIn, worker: Callable[..., None]
) -> None:
    client = signed_in("trung-uong")
    address = enter(client, (BA_DINH, NGOC_HA, "whole"))
    assert f"00:00 {day_first(DAY)}" in text_of(client, address)
    send = {"thao-tac": "thoi-diem", "don-vi": "TE01001"}
    early = client.post(address, send | {"thoi-diem": f"{BEFORE}T08:00"}).content.decode()
    assert "không được trước ngày hiệu lực" in early
    assert client.post(address, send | {"thoi-diem": FAR}).status_code == 303
    assert f"08:00 31/12/{DAY.year + 1}" in text_of(client, address)
    assert "đặt riêng" in text_of(client, address)
    client.post(address, {"thao-tac": "chay-thu"})
    worker(forecast)
    client.post(f"{address}xac-nhan/ap-dung/")
    worker(merge)
    text = text_of(client, address)
    assert f"Thời điểm chuyển tiếp theo: <b>08:00 31/12/{DAY.year + 1}</b>" in text
    assert "hx-get" not in text
    assert any(each.done_at is None for each in cutovers.of_act(id_of(address)))


def test_only_a_unit_of_the_act_is_given_an_instant(country: World, signed_in: SignedIn) -> None:
    client = signed_in("trung-uong")
    address = enter(client, (BA_DINH, NGOC_HA, "whole"))
    send = {"thao-tac": "thoi-diem", "don-vi": "TE24001", "thoi-diem": FAR}
    assert "không phụ trách xã, phường cũ nào" in client.post(address, send).content.decode()
    assert "Hãy chọn đơn vị" in client.post(address, send | {"don-vi": ""}).content.decode()
    assert cutovers.of_act(id_of(address)) == []


def test_a_province_reads_the_figures_of_its_own_units_alone(
    country: World, signed_in: SignedIn
) -> None:
    received(country, "NGUYỄN MINH AN")
    act_id = mergers.apply(
        [(BA_DINH, NGOC_HA, "whole"), (BAC_NINH, "07228", "whole")], DAY, at=country.at
    )
    with connection.cursor() as cursor:
        cursor.execute("UPDATE catalogues_cutover SET moved_count = moved_count + 40 WHERE unit_id = %s",
                       [country.units["TE24001"]])  # fmt: skip
    address = f"{LIST}{act_id}/"
    centre = signed_in("trung-uong")
    assert "<b>41</b> hồ sơ đã chuyển" in text_of(centre, address)
    assert "TE24001" in text_of(centre, address)
    assert 'data-label="Hồ sơ chuyển">41<' in text_of(centre, LIST)
    province = signed_in("tinh-01")
    assert "<b>1</b> hồ sơ đã chuyển" in text_of(province, address)
    assert "TE24001" not in text_of(province, address)
    assert 'data-label="Hồ sơ chuyển">1<' in text_of(province, LIST)


def test_what_stopped_an_act_is_told(world: World, signed_in: SignedIn) -> None:
    act_id = mergers.apply([(BA_DINH, "99999", "whole")], DAY, at=world.at)
    text = text_of(signed_in("trung-uong"), f"{LIST}{act_id}/")
    assert "Chưa thực hiện được." in text
    assert acts.act(act_id).trouble_vi in text
    assert "Cần xem lại" in text_of(signed_in("trung-uong"), LIST)


def test_the_trace_tells_what_the_act_did(country: World, signed_in: SignedIn) -> None:
    child = country.child("NGUYỄN MINH AN", state="EXPORTED_TNHS", days_ago=9)
    kept = country.child("TRẦN BẢO CHÂU", days_ago=9)
    mergers.apply([(BA_DINH, NGOC_HA, "whole")], DAY, at=country.at, number="12/NQ")
    client = signed_in("trung-uong")
    text = text_of(client, f"/can-bo/tra-cuu/{child.message_id}/").partition("Thay đổi địa bàn")[2]
    assert f"Đợt sáp nhập 12/NQ, hiệu lực {day_first(DAY)}" in text
    assert "Đã gửi TNHS, chưa nhập TST (mục 2.2)" in text
    assert "Địa bàn cũ chỉ có một nơi nhận" in text
    assert text.index("Phường Ba Đình") < text.index("→ Phường Ngọc Hà")
    assert "Đích nhập cũ đã hủy" in text
    stays = text_of(client, f"/can-bo/tra-cuu/{kept.message_id}/").partition("Thay đổi địa bàn")[2]
    assert "đơn vị cũ tiếp tục cấp thẻ" in stays
    assert "Giữ nguyên đơn vị." in stays
