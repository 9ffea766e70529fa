"""The form of an act of merger: rows on screen or as a file, what is wrong with them, and who may enter one."""

import io
from datetime import timedelta

import pytest
from django.db import connection

from lienthong.catalogues import acts
from lienthong.kernel.dates import day_first
from tests import mergers
from tests.web.conftest import SignedIn
from tests.web.declared import BA_DINH, NGOC_HA, text_of
from tests.web.merging import BEFORE, DAY, LIST, NEW, enter, form_of, id_of
from tests.web.world import World


def test_the_list_is_empty_and_offers_the_first_act_to_the_centre_alone(
    signed_in: SignedIn,
) -> None:
    assert f'href="{NEW}"' in text_of(signed_in("trung-uong"), LIST)
    province = text_of(signed_in("tinh-01"), LIST)
    assert "Chưa có đợt sáp nhập nào" in province
    assert f'href="{NEW}"' not in province


def test_an_act_is_entered_on_screen_and_stands_in_the_list(signed_in: SignedIn) -> None:
    client = signed_in("trung-uong")
    address = enter(client, (BA_DINH, NGOC_HA, "whole", "Nhập toàn bộ"), ("",) * 6)
    act = acts.act(id_of(address))
    assert (act.number, act.effective, act.state, act.row_count) == ("12/NQ", DAY, acts.DRAFT, 1)
    text = text_of(client, address)
    assert "Phường Ba Đình" in text
    assert "Phường Ngọc Hà" in text
    assert "Nhập toàn bộ" in text
    assert "Chưa chạy thử" in text
    listed = text_of(client, LIST)
    assert f'href="{address}"' in listed
    assert day_first(DAY) in listed
    assert "Bản nháp" in listed


def test_bad_rows_are_marked_and_nothing_typed_is_lost(signed_in: SignedIn) -> None:
    client = signed_in("trung-uong")
    rows = (
        (BA_DINH, "0008", "whole", "lời ghi chú"),
        (NGOC_HA, BA_DINH, ""),
        (NGOC_HA, "00025", "part", "", "Phường <Mới>", "01"),
        (NGOC_HA, "00025", "part"),
    )
    text = client.post(NEW, form_of(*rows, number="77/NQ")).content.decode()
    assert text.count('class="faulty"') == 3
    assert "Mã mới «0008» phải gồm 5 chữ số." in text
    assert "Ô «Phần nhập» không được để trống." in text
    assert "Dòng này lặp lại một dòng trước." in text
    for typed in ("77/NQ", "lời ghi chú", "Phường &lt;Mới&gt;", 'value="0008"'):
        assert typed in text
    assert acts.acts() == []


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"number": ""}, "Cần ghi số nghị quyết"),
        ({"day": ""}, "Hãy chọn ngày hiệu lực."),
        ({"thoi-diem": f"{BEFORE}T08:00"}, "Thời điểm chuyển không được trước ngày hiệu lực"),
        ({"thoi-diem": "sáng mai"}, "Thời điểm không hợp lệ."),
    ],
)
def test_a_bad_heading_is_told_and_the_rows_stay(
    more: dict[str, str], said: str, signed_in: SignedIn
) -> None:
    form = form_of((BA_DINH, NGOC_HA, "whole", "giữ lại"), **more)
    text = signed_in("trung-uong").post(NEW, form).content.decode()
    assert said in text
    assert "giữ lại" in text
    assert acts.acts() == []


def test_another_row_is_given_without_the_script(signed_in: SignedIn) -> None:
    client = signed_in("trung-uong")
    form = form_of((BA_DINH, NGOC_HA, "whole"), **{"thao-tac": "them-dong"})
    text = client.post(NEW, form).content.decode()
    assert text.count('name="ma-cu"') == 6
    assert f'value="{BA_DINH}"' in text
    assert "Chưa lưu được" not in text


def test_an_act_is_entered_as_a_file_and_repaired_codes_are_reported(signed_in: SignedIn) -> None:
    client = signed_in("trung-uong")
    file = io.BytesIO(b"old_code,new_code,kind,note\n4,8,whole,x\n")
    file.name = "nghi-quyet.csv"
    text = client.post(NEW, form_of(**{"thao-tac": "luu"}) | {"tep": file}).content.decode()
    assert "2 ô mã thiếu số 0 ở đầu" in text
    (act,) = acts.acts()
    assert act.source == "nghi-quyet.csv"
    assert [dict(row.cells)["old_code"] for row in acts.sheet_of(act.id).rows] == [BA_DINH]


def test_a_short_file_with_bad_rows_comes_onto_the_screen(signed_in: SignedIn) -> None:
    client = signed_in("trung-uong")
    file = io.BytesIO(f"old_code,new_code,kind\n{BA_DINH},{NGOC_HA},half\n".encode())
    file.name = "nghi-quyet.csv"
    text = client.post(NEW, form_of() | {"tep": file}).content.decode()
    assert text.count('class="faulty"') == 1
    assert f'value="{BA_DINH}"' in text
    assert acts.acts() == []


def test_a_long_act_keeps_its_rows_while_its_heading_is_revised(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lienthong.web.staff.mergerforms.MOST_ON_SCREEN", 1)
    client = signed_in("trung-uong")
    address = enter(client, (BA_DINH, NGOC_HA, "whole"), ("00025", NGOC_HA, "whole"))
    form = text_of(client, f"{address}sua/")
    assert "<b>2 dòng</b>" in form
    assert 'name="ma-cu"' not in form
    assert client.post(f"{address}sua/", form_of(number="14/NQ")).headers["Location"] == address
    act = acts.act(id_of(address))
    assert (act.number, act.row_count) == ("14/NQ", 2)
    file = io.BytesIO(f"old_code,new_code,kind\n{BA_DINH},x,half\n00025,1,half\n".encode())
    file.name = "nghi-quyet.csv"
    refused = client.post(f"{address}sua/", form_of() | {"tep": file}).content.decode()
    assert "Dòng cần sửa trong tệp" in refused
    assert acts.act(id_of(address)).row_count == 2


def test_what_a_file_says_beside_the_form_stays_with_its_row(signed_in: SignedIn) -> None:
    client = signed_in("trung-uong")
    file = io.BytesIO(
        "old_code,old_name,old_district_code,old_province_code,new_code,kind,note_official\n"
        f"{BA_DINH},Phường Ba Đình,,01,{NGOC_HA},whole,Nhập toàn bộ\n".encode()
    )
    file.name = "cuc-thong-ke.csv"
    address = client.post(NEW, form_of() | {"tep": file}).headers["Location"]
    assert 'value="Nhập toàn bộ"' in text_of(client, f"{address}sua/")
    again = form_of((BA_DINH, NGOC_HA, "whole", "Lời khác"))
    client.post(f"{address}sua/", again)
    cells = acts.sheet_of(id_of(address)).rows[0].cells
    assert (cells["old_name"], cells["note"]) == ("Phường Ba Đình", "Lời khác")


def test_a_file_that_is_none_is_refused_in_a_sentence(signed_in: SignedIn) -> None:
    client = signed_in("trung-uong")
    for name, body, said in (
        ("a.pdf", b"%PDF", "Chỉ nhận tệp .xlsx hoặc .csv."),
        ("a.csv", b"a,b\n1,2\n", "thiếu cột old_code"),
    ):
        file = io.BytesIO(body)
        file.name = name
        assert said in client.post(NEW, form_of() | {"tep": file}).content.decode()


def test_the_same_rows_of_the_same_day_are_the_same_act(world: World, signed_in: SignedIn) -> None:
    client = signed_in("trung-uong")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")
        mergers.enter([(BA_DINH, NGOC_HA, "whole")], DAY, at=world.at - timedelta(days=1))
        cursor.execute("SET LOCAL ROLE lienthong_web")
    address = enter(client, (BA_DINH, NGOC_HA, "whole"), number="Số khác")
    assert "da-co=1" in address
    assert "đã được nhập trước đây" in text_of(client, address)
    assert len(acts.acts()) == 1


def test_a_draft_is_revised_and_dropped(signed_in: SignedIn) -> None:
    client = signed_in("trung-uong")
    address = enter(client, (BA_DINH, NGOC_HA, "whole"))
    form = text_of(client, f"{address}sua/")
    assert f'value="{BA_DINH}"' in form
    changed = form_of((BA_DINH, "00025", "whole"), number="13/NQ")
    assert client.post(f"{address}sua/", changed).headers["Location"] == address
    assert acts.act(id_of(address)).number == "13/NQ"
    assert acts.sheet_of(id_of(address)).rows[0].cells["new_code"] == "00025"
    drop = f"{address}xac-nhan/bo-nhap/"
    assert "Bỏ bản nháp đợt sáp nhập 13/NQ?" in text_of(client, drop)
    assert client.post(drop).status_code == 303
    assert acts.act(id_of(address)).state == acts.DROPPED
    assert client.get(f"{address}sua/").status_code == 409


def test_only_the_centre_enters_asks_and_applies(world: World, signed_in: SignedIn) -> None:
    act_id = mergers.enter([(BA_DINH, NGOC_HA, "whole")], DAY, at=world.at)
    address = f"{LIST}{act_id}/"
    for username, may_see in (("tinh-01", 200), ("so-the-01", 403), ("thu-01", 403)):
        client = signed_in(username)
        assert client.get(address).status_code == may_see
        assert client.get(LIST).status_code == may_see
        for refused in (NEW, f"{address}sua/", f"{address}xac-nhan/ap-dung/"):
            assert client.get(refused).status_code == 403
            assert client.post(refused, form_of((BA_DINH, "00025", "whole"))).status_code == 403
        assert client.post(address, {"thao-tac": "chay-thu"}).status_code == 403
    assert "Chạy thử</button>" not in text_of(signed_in("tinh-01"), address)
    assert acts.act(act_id).forecast_asked_at is None
