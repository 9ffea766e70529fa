"""The pages of the books and of coordination by HTTP: figures, the way down to a birth, forms, files, foreign areas."""

import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from python_calamine import CalamineWorkbook

from lienthong.simulation.coordination import _PAGE as PDF
from tests import births, books, disks
from tests.births import ON
from tests.web.conftest import SignedIn
from tests.web.world import World

DAY = f"tu={ON}&den={ON}"
FIRST, MISSING = "LTKS-2026-0000001", "LTKS-2026-0000002"
PAGE, LIST = "/can-bo/doi-soat/", "/can-bo/doi-soat/chenh-lech/"
COORDINATION = "/can-bo/phoi-hop/"


@pytest.fixture
def reconciled(world: World) -> World:
    """In Hà Nội one child that waits for approval, one message that never came; nothing elsewhere."""
    births.small_country()
    births.send(births.message(1))
    births.run()
    books.state(books.statement([books.line(births.message(n)) for n in (1, 2)]))
    books.reconcile(at=books.NEXT_EVENING + timedelta(days=5))
    books.reconcile(at=books.NEXT_EVENING + timedelta(days=9))
    return world


def _text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, (address, response.status_code)
    return response.content.decode()


def _sheet(content: bytes) -> list[list[object]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return [list(row) for row in book.get_sheet_by_index(0).to_python()]


def _id(message_id: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")
        cursor.execute(
            "SELECT id FROM oversight_difference WHERE message_id = %s AND closed_at IS NULL",
            [message_id],
        )
        (found,) = cursor.fetchone()
        cursor.execute("SET LOCAL ROLE lienthong_web")
    return int(found)


@pytest.mark.usefixtures("reconciled")
@pytest.mark.rule("INV-45")
def test_the_centre_goes_from_the_country_down_to_the_birth(signed_in: SignedIn) -> None:
    client = signed_in("trung-uong")
    country = _text(client, f"{PAGE}?{DAY}")
    assert "Số liệu tại" in country
    assert "Thành phố Hà Nội" in country
    assert "<b>1</b> <a href=" in country
    province = _text(client, f"{PAGE}?{DAY}&tinh=01")
    assert "Phường Ba Đình" in province
    found = _text(client, f"{LIST}?{DAY}&tinh=01&muc=passing")
    assert FIRST in found
    assert MISSING not in found
    one = _text(client, f"{LIST}{_id(FIRST)}/")
    assert "Chờ duyệt thẻ" in one
    assert f"/can-bo/tra-cuu/{FIRST}/" in one
    assert "NGUYỄN MINH AN" in _text(client, f"/can-bo/tra-cuu/{FIRST}/")


@pytest.mark.usefixtures("reconciled")
def test_what_is_missing_is_asked_for_again_by_a_tick(signed_in: SignedIn) -> None:
    client = signed_in("tinh-01")
    address = f"{LIST}?{DAY}&muc=unexplained"
    assert MISSING in _text(client, address)
    assert "Chưa chọn dòng nào" in client.post(address).content.decode()
    answer = client.post(address, {"dong": [str(_id(MISSING))]}).content.decode()
    assert "Đã đề nghị Bộ Tư pháp gửi lại 1 thông điệp" in answer
    assert "Đã đề nghị gửi lại 2 lần" in answer
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")
        cursor.execute("SELECT count(*) FROM database_outbox WHERE kind = 'justice.resend'")
        assert cursor.fetchone() == (2,)


@pytest.mark.usefixtures("reconciled")
def test_another_province_and_another_role_find_nothing(signed_in: SignedIn) -> None:
    client = signed_in("trung-uong")
    key = _id(MISSING)
    for username, status in (("don-vi-01", 403), ("so-the-01", 403), ("cntt", 403)):
        assert signed_in(username).get(PAGE).status_code == status
    head = signed_in("truong-so-the-01")
    assert MISSING in _text(head, f"{LIST}?{DAY}")
    assert head.get(COORDINATION).status_code == 403
    assert client.get(f"{LIST}{key}/").status_code == 200
    assert client.get(f"{LIST}999999/").status_code == 404


@pytest.mark.usefixtures("reconciled")
def test_the_files_are_what_the_pages_show_and_name_nobody(signed_in: SignedIn) -> None:
    client = signed_in("tinh-01")
    for address, texts in (
        (f"{PAGE}tep/?{DAY}", ["Thành phố Hà Nội", "Phường Ba Đình", 2, 1]),
        (f"{LIST}tep/?{DAY}", [FIRST, MISSING, "Chưa rõ lý do", "Chờ duyệt thẻ"]),
    ):
        response = client.get(address)
        assert response.status_code == 200
        cells = [cell for row in _sheet(response.content) for cell in row]
        assert [it for it in texts if it not in cells] == []
        assert "NGUYỄN MINH AN" not in cells


def test_a_day_without_anything_says_so_and_wrong_days_are_told(signed_in: SignedIn) -> None:
    client = signed_in("trung-uong")
    assert "Chưa có số đối soát" in _text(client, PAGE)
    assert "Khoảng ngày không hợp lệ" in _text(client, f"{PAGE}?tu=2026-11-20&den=2026-11-01")
    assert "Ngày không hợp lệ" in _text(client, f"{PAGE}?tu=hom-qua&den=2026-11-01")
    assert client.get(f"{PAGE}tep/?tu=hom-qua&den=x").status_code == 422
    assert "Chưa nhận bảng kê nào" in _text(client, f"{PAGE}bang-ke/")


def test_a_statement_that_could_not_be_taken_is_on_the_list(
    world: World, signed_in: SignedIn
) -> None:
    books.state(b"{")
    books.state(books.statement([], version=3))
    text = _text(signed_in("trung-uong"), f"{PAGE}bang-ke/")
    assert "Bảng kê không phải JSON hợp lệ" in text
    assert "Đang dùng để đối soát" in text
    assert world.at is not None


@pytest.mark.usefixtures("reconciled")
def test_home_tells_a_province_of_what_nobody_can_explain(signed_in: SignedIn) -> None:
    assert "Chênh lệch với Bộ Tư pháp chưa rõ lý do" in _text(signed_in("tinh-01"), "/can-bo/")


# ---------------------------------------------------------------- coordination


@pytest.fixture
def scans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SCANS", tmp_path / "scans")


@pytest.mark.usefixtures("scans")
def test_a_director_signs_an_agreement_and_the_centre_reads_its_scan(
    world: World, signed_in: SignedIn
) -> None:
    client = signed_in("tinh-01")
    address = f"{COORDINATION}01/"
    assert "Chưa có quy chế nào" in _text(client, address)
    typed = {
        "thao-tac": "quy-che",
        "buoc": "signed",
        "tu-ngay": f"{world.at.date() - timedelta(days=3)}",
        "so": "15/QCPH-BHXH-STP",
        "nguoi-ky": "Lê Thị Một",
        "nguoi-ky-stp": "Trần Văn Hai",
        "pham-vi": "whole",
        "da-xem": "0",
    }
    refused = client.post(address, typed).content.decode()
    assert "Hãy kèm bản quét" in refused
    assert 'value="15/QCPH-BHXH-STP"' in refused
    with disks.no_file_over(10):
        full = {**typed, "ban-quet": SimpleUploadedFile("quy-che.pdf", PDF)}
        refused = client.post(address, full).content.decode()
    assert "Máy chủ không lưu được bản quét" in refused
    assert 'value="15/QCPH-BHXH-STP"' in refused
    file = SimpleUploadedFile("quy-che.pdf", PDF)
    response = client.post(address, {**typed, "ban-quet": file})
    assert response.status_code == 303
    assert "15/QCPH-BHXH-STP" in _text(client, response.headers["Location"])
    centre = signed_in("trung-uong")
    text = _text(centre, address)
    assert "Ghi bước tiếp theo" not in text
    scan = text.split("/can-bo/phoi-hop/ban-quet/")[1].split("/")[0]
    got = centre.get(f"{COORDINATION}ban-quet/{scan}/")
    assert got.content == PDF
    assert got.headers["Content-Disposition"].startswith("attachment")
    foreign = centre.post(address, {**typed, "ban-quet": SimpleUploadedFile("a.pdf", PDF)})
    assert foreign.status_code == 403


def test_a_director_declares_why_his_province_is_not_connected(
    world: World, signed_in: SignedIn
) -> None:
    client = signed_in("tinh-01")
    address = f"{COORDINATION}01/"
    assert "chưa nêu lý do" in _text(client, address)
    day = world.at.date()
    typed = {
        "thao-tac": "lien-thong",
        "lt": "0",
        "lt-tu-ngay": f"{day}",
        "ly-do": "EQUIPMENT",
        "ke-hoach": "Thay đường truyền ở 12 xã",
        "ngay-du-kien": "",
        "da-xem": "0",
    }
    refused = client.post(address, typed).content.decode()
    assert "Ngày dự kiến phải từ" in refused
    assert "Thay đường truyền ở 12 xã" in refused
    typed["ngay-du-kien"] = f"{day + timedelta(days=9)}"
    assert client.post(address, typed).status_code == 303
    assert "Thiếu máy móc, đường truyền ở cấp xã" in _text(signed_in("trung-uong"), COORDINATION)


def test_the_centre_sees_the_country_on_any_day_and_takes_it_as_a_file(signed_in: SignedIn) -> None:
    client = signed_in("trung-uong")
    assert "0/34" in _text(client, COORDINATION)
    assert "0/63" in _text(client, f"{COORDINATION}?ngay=2025-06-30")
    response = client.get(f"{COORDINATION}tep/?ngay=2025-06-30")
    assert len(_sheet(response.content)) == 64
    assert client.get(f"{COORDINATION}77/").status_code == 404
    assert signed_in("tinh-01").get(f"{COORDINATION}24/").status_code == 404


@pytest.mark.usefixtures("reconciled")
@pytest.mark.rule("INV-45")
def test_each_count_by_reason_opens_just_its_differences(signed_in: SignedIn) -> None:
    """One reason may stand between several pairs of sides: a figure leads to those of its own pair."""
    births.send(births.message(3, message_id="LTKS-2026-0000003"))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")
    later = books.NEXT_EVENING + timedelta(days=9, hours=1)
    books.state(books.statement([], day=ON + timedelta(days=1)), at=later)
    books.reconcile(at=later)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_web")
    client = signed_in("trung-uong")
    page = _text(client, f"{PAGE}?{DAY}")
    found = re.findall(
        r'href="([^"]*ly-do=[A-Z_]+[^"]*)".*?data-label="Số chênh lệch">(\d+)<', page
    )
    assert len(found) >= 3
    for address, count in found:
        listed = _text(client, address.replace("&amp;", "&"))
        assert listed.count('<tr role="row" tabindex="-1">') == int(count), address


@pytest.mark.usefixtures("reconciled")
def test_a_file_of_communes_is_of_a_quarter_and_the_countrys_is_by_province(
    signed_in: SignedIn,
) -> None:
    long = f"{PAGE}tep/?tu={ON - timedelta(days=120)}&den={ON}"
    answer = signed_in("tinh-01").get(long)
    assert answer.status_code == 422
    assert "tối đa 92 ngày" in answer.content.decode()
    sheet = _sheet(signed_in("trung-uong").get(long).content)
    assert [row[2] for row in sheet[1:]] == ["Thành phố Hà Nội"]
    assert [row[4] for row in sheet[1:]] == [""]


@pytest.mark.usefixtures("reconciled")
@pytest.mark.rule("INV-45")
def test_the_page_shows_the_books_as_they_stood_and_keeps_the_instant_on_the_way_down(
    signed_in: SignedIn,
) -> None:
    client = signed_in("tinh-01")
    now = _text(client, f"{PAGE}?{DAY}")
    assert "ly-do=UNEXPLAINED" in now
    then = f"{books.NEXT_EVENING + timedelta(days=7):%Y-%m-%dT%H:%M}"
    past = _text(client, f"{PAGE}?{DAY}&luc={then}")
    assert "Số liệu tại thời điểm" in past
    assert "ly-do=UNEXPLAINED" not in past
    (address,) = re.findall(r'href="([^"]*ly-do=RESEND_ASKED[^"]*)"', past)
    listed = _text(client, address.replace("&amp;", "&"))
    assert MISSING in listed
    assert "Đề nghị gửi lại các dòng đã chọn" not in listed
    before = f"{books.NEXT_EVENING:%Y-%m-%dT%H:%M}"
    assert "Chưa có số đối soát" in _text(client, f"{PAGE}?{DAY}&luc={before}")
    assert "Đang hiện" not in past


def test_a_province_finds_the_differences_of_one_that_became_part_of_it(
    world: World, signed_in: SignedIn
) -> None:
    """Hà Nam became part of Ninh Bình on 01/07/2025; the officer of the whole sees its days of before."""
    del world
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")
        cursor.execute(
            "INSERT INTO oversight_difference (day, commune_code, province_code, area, source, message_id, book, reason,"
            " code, opened_at) VALUES ('2025-06-30', '', '35', -35, 'BTP', 'CU-35', 'child', 'HELD', '', '2025-07-02')"
        )
        cursor.execute("SET LOCAL ROLE lienthong_web")
    days = "tu=2025-06-30&den=2025-06-30"
    assert "CU-35" in _text(signed_in("trung-uong"), f"{LIST}?{days}&tinh=37")
    assert "CU-35" not in _text(signed_in("trung-uong"), f"{LIST}?{days}&tinh=01")
