"""The pages of registers as files: sent, looked at, written by the system, taken out for a purpose."""

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from python_calamine import CalamineWorkbook

from lienthong.persons import importing
from tests.officers import become
from tests.registers import as_csv, member, row
from tests.web.conftest import SignedIn
from tests.web.declared import declare
from tests.web.world import SYSTEM, World

HERE = "/can-bo/nhap-xuat/"


@pytest.fixture(autouse=True)
def _declared(world: World) -> None:
    declare(world, "TE01001", "00004")


def _send(client: Client, body: bytes, kind: str = "collection", **more: str) -> str:
    answer = client.post(
        HERE,
        {"loai": kind, "bang-ma": "utf-8", "tep": SimpleUploadedFile("tep.csv", body), **more},
    )
    assert answer.status_code == 303, answer.content.decode()
    return str(answer["Location"])


def _work(world: World) -> None:
    become("lienthong_worker")
    while importing.follow(by=SYSTEM, at=world.at):
        pass
    become("lienthong_web")


def test_a_file_is_sent_looked_at_and_applied(world: World, signed_in: SignedIn) -> None:
    client = signed_in("thu-01")
    rows = [
        member("H1", "Trần Văn Một", "00", insurance_number="0184000001"),
        member("H2", "Lê Thị Hai", "01", sex="1"),
    ]
    there = _send(client, as_csv(rows), "household")
    waiting = client.get(there).content.decode()
    assert '<meta http-equiv="refresh" content="2">' in waiting
    assert "Đang đọc tệp" in waiting
    _work(world)
    page = client.get(there).content.decode()
    assert "http-equiv" not in page
    assert "<b>1</b> mới" in page
    assert "<b>1</b> lỗi" in page
    assert "hãy ghi Nam, Nữ" in page
    assert "Áp dụng 1 dòng" in page
    assert client.post(there, {"viec": "ap-dung"}).status_code == 303
    _work(world)
    page = client.get(there).content.decode()
    assert "Đã áp dụng xong" in page
    listed = client.get(HERE).content.decode()
    assert "Đã áp dụng" in listed
    assert "Trần Thị Thu" in listed or "thu-01" in listed


def test_the_same_file_again_says_so_and_has_nothing_to_apply(
    world: World, signed_in: SignedIn
) -> None:
    client = signed_in("thu-01")
    body = as_csv([row("C1")])
    first = _send(client, body)
    _work(world)
    client.post(first, {"viec": "ap-dung"})
    _work(world)
    again = _send(client, body)
    _work(world)
    page = client.get(again).content.decode()
    assert "Chính tệp này đã được áp dụng" in page
    assert "Tệp không thay đổi gì" in page
    assert "ap-dung" not in page
    assert client.post(again, {"viec": "bo"}).status_code == 303
    assert "không áp dụng" in client.get(again).content.decode()


def test_changes_show_both_words_and_are_logged_as_seen(world: World, signed_in: SignedIn) -> None:
    client = signed_in("thu-01")
    first = _send(client, as_csv([row("C1"), row("C2", "Lê Văn Hai")]))
    _work(world)
    client.post(first, {"viec": "ap-dung"})
    _work(world)
    there = _send(client, as_csv([row("C1", "Trần Văn Mốt")]))
    _work(world)
    page = client.get(there).content.decode()
    assert re.search(r"Trần Văn Một</td>.*Trần Văn Mốt</td>", page)
    assert "Lê Văn Hai" in page
    become("lienthong_worker")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT subject_id) FROM audit_entry WHERE action = 'viewed'")
        assert cursor.fetchone() == (2,)
    become("lienthong_web")
    for which, name in (("changed", "Trần Văn Mốt"), ("missing", "Lê Văn Hai")):
        body = client.get(f"{there}{which}.xlsx").content
        table = CalamineWorkbook.from_filelike(io.BytesIO(body)).get_sheet_by_index(0).to_python()
        assert any(name in cells for cells in table)
    assert client.get(f"{there}other.xlsx").status_code == 422


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("tep.txt", "collection", "Chỉ nhận tệp .xlsx hoặc .csv"),
        ("tep.csv", "", "Hãy chọn loại dữ liệu"),
    ],
)
def test_what_cannot_be_taken_is_said_on_the_form(
    signed_in: SignedIn, name: str, kind: str, said: str
) -> None:
    file = SimpleUploadedFile(name, b"x")
    answer = signed_in("thu-01").post(HERE, {"loai": kind, "bang-ma": "utf-8", "tep": file})
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_a_file_that_cannot_be_read_tells_why(world: World, signed_in: SignedIn) -> None:
    client = signed_in("thu-01")
    there = _send(client, b"mot,hai\r\n1,2\r\n")
    _work(world)
    assert "thiếu cột" in client.get(there).content.decode()


def test_another_provinces_file_is_not_there(world: World, signed_in: SignedIn) -> None:
    there = _send(signed_in("thu-01"), as_csv([row("C1")]))
    _work(world)
    neighbour = signed_in("thu-24")
    assert neighbour.get(there).status_code == 404
    assert neighbour.post(there, {"viec": "ap-dung"}).status_code == 404
    assert there not in neighbour.get(HERE).content.decode()


def test_a_register_is_taken_out_for_a_purpose(world: World, signed_in: SignedIn) -> None:
    client = signed_in("thu-01")
    first = _send(client, as_csv([row("C1", insurance_number="0184000001")]))
    _work(world)
    client.post(first, {"viec": "ap-dung"})
    _work(world)
    there = f"{HERE}xuat/"
    assert client.get(there).status_code == 200
    asked = {"loai": "collection", "dang": ".csv", "xa": "", "muc-dich": ""}
    refused = client.post(there, asked)
    assert refused.status_code == 422
    assert "mục đích" in refused.content.decode()
    answer = client.post(there, {**asked, "muc-dich": "đối chiếu dữ liệu quý 4"})
    assert answer["Content-Disposition"].startswith("attachment")
    assert "0184000001" in answer.content.decode()
    sheet = client.post(there, {**asked, "dang": ".xlsx", "muc-dich": "đối chiếu dữ liệu"})
    table = CalamineWorkbook.from_filelike(io.BytesIO(sheet.content)).get_sheet_by_index(0)
    assert table.to_python()[1][0] == "C1"


def test_whoever_may_not_is_told_so(signed_in: SignedIn) -> None:
    client = signed_in("so-the-01")
    assert client.get(HERE).status_code == 403
    assert client.get(f"{HERE}xuat/").status_code == 403
