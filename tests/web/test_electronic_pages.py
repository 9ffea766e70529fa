"""The officer's pages of the electronic card: handed over, linked, asked for on paper; a province's form."""

import re

import pytest
from django.conf import settings
from django.test import Client

from lienthong.cards import actions, paper, printing
from lienthong.cards.paper import Wish
from tests.web.conftest import SignedIn
from tests.web.world import SYSTEM, Child, World, actor_of


def _active(world: World, name: str = "NGUYỄN MINH AN") -> Child:
    child = world.child(name)
    actions.approve([child.card_id or 0], by=actor_of(world, "so-the-01"), at=world.at)
    return child


def test_officer_hands_many_over_and_then_one_with_its_qr(
    world: World, signed_in: SignedIn
) -> None:
    many = [_active(world, f"TRẺ SỐ {n}") for n in range(3)]
    client = signed_in("tiep-nhan-01")
    form = {
        "the": [child.card_id for child in many[:2]],
        "nguoi-nhan": "UBND xã",
        "quan-he": "Khác",
    }
    text = client.post("/can-bo/the-dien-tu/", form).content.decode()
    assert "Đã ghi giao 2 thẻ điện tử" in text
    assert 'name="the" value="' + str(many[2].card_id) in text
    page = f"/can-bo/the-dien-tu/{many[2].card_id}/"
    without = client.post(page, {"thao-tac": "giao", "nguoi-nhan": ""}).content.decode()
    assert "ghi họ tên người nhận" in without
    given = client.post(page, {"thao-tac": "giao", "nguoi-nhan": "A", "quan-he": "Mẹ"})
    assert "Hồ sơ đã hoàn thành" in given.content.decode()
    made = client.post(page, {"thao-tac": "lien-ket"}).content.decode()
    found = re.search(r"http://testserver(/the-dien-tu/[\w-]{43}/)", made)
    assert found is not None
    assert Client().get(found[1]).status_code == 200
    again = client.get(page).content.decode()
    assert found[1] not in again
    key = re.search(r'name="lien-ket" value="(\d+)"', again)
    assert key is not None
    closed = client.post(page, {"thao-tac": "thu-hoi", "lien-ket": key[1]}).content.decode()
    assert "Đã thu hồi liên kết" in closed
    assert Client().get(found[1]).status_code == 404


def test_hand_over_page_keeps_ticks_and_words_when_something_is_missing(
    world: World, signed_in: SignedIn
) -> None:
    child = _active(world)
    client = signed_in("tiep-nhan-01")
    text = client.post("/can-bo/the-dien-tu/", {"the": [child.card_id], "quan-he": "Mẹ"})
    assert re.search(rf'value="{child.card_id}"[^>]* checked', text.content.decode())
    assert "<option selected>Mẹ" in text.content.decode()
    assert "Chưa chọn thẻ nào" in client.post("/can-bo/the-dien-tu/", {}).content.decode()
    handed = client.post("/can-bo/the-dien-tu/", {"the": [child.card_id], "nguoi-nhan": "A"})
    assert "Không có thẻ điện tử nào chờ giao" in handed.content.decode()


def test_print_page_shows_what_was_asked_for_on_paper_first(
    world: World, signed_in: SignedIn
) -> None:
    first, second = _active(world, "TRẺ SỐ MỘT"), _active(world, "TRẺ SỐ HAI")
    client = signed_in("so-the-01")
    address = "/can-bo/in-the/"
    before = client.get(address).content.decode()
    assert "TRẺ SỐ MỘT" in before
    form = {"the": [second.card_id], "thao-tac": "de-nghi-giay", "can-cu": "on request"}
    refused = client.post(address, form | {"hinh-thuc": "tat-ca"}).content.decode()
    assert "họ tên người đề nghị" in refused
    assert re.search(rf'value="{second.card_id}"[^>]* checked', refused)
    noted = client.post(address, form | {"nguoi-de-nghi": "TRẦN THỊ BÌNH"}).content.decode()
    assert "Đã ghi đề nghị cấp thẻ giấy cho 1 thẻ" in noted
    text = client.get(address).content.decode()
    assert "TRẺ SỐ HAI" in text
    assert "Thẻ giấy: Gia đình đề nghị" in text
    assert "TRẺ SỐ MỘT" not in text
    every = client.get(address + "?hinh-thuc=tat-ca").content.decode()
    assert "TRẺ SỐ MỘT" in every
    assert "TRẺ SỐ HAI" in every
    assert client.post(address, {"the": [first.card_id, second.card_id]}).status_code == 303


def test_page_of_one_card_says_how_it_reaches_the_family(world: World, signed_in: SignedIn) -> None:
    child, printed = _active(world), _active(world, "LÊ MAI CHI")
    paper.ask_for_paper(
        [child.card_id or 0], Wish("no chip card", "TRẦN THỊ BÌNH"), by=SYSTEM, at=world.at
    )
    printing.print_cards([printed.card_id or 0], by=SYSTEM, at=world.at)
    waiting = world.child("PHẠM AN")
    client = signed_in("so-the-01")
    text = client.get(f"/can-bo/the-dien-tu/{child.card_id}/").content.decode()
    assert "Thẻ giấy: Trẻ chưa có thẻ căn cước gắn chip" in text
    assert "Ghi đã giao thẻ điện tử" not in text
    said = client.post(
        f"/can-bo/the-dien-tu/{child.card_id}/", {"thao-tac": "giao", "nguoi-nhan": "A"}
    )
    assert "đã đề nghị thẻ giấy" in said.content.decode()
    other = client.get(f"/can-bo/the-dien-tu/{printed.card_id}/").content.decode()
    assert "Thẻ giấy, đã in 1 lần" in other
    assert client.get(f"/can-bo/the-dien-tu/{waiting.card_id}/").status_code == 404


def test_centre_enters_and_ends_a_province_s_form_and_others_read_it(
    world: World, signed_in: SignedIn
) -> None:
    client = signed_in("trung-uong")
    address = "/can-bo/mau-the/"
    form = {"tinh": "01", "mau": "CARD_1313", "tu-ngay": "", "can-cu": "Công văn 12/BHXH"}
    refused = client.post(address, form).content.decode()
    assert "Hãy nhập ngày bắt đầu" in refused
    assert 'value="Công văn 12/BHXH"' in refused
    form["tu-ngay"] = "2090-01-01"
    assert "Đã ghi mẫu thẻ của tỉnh" in client.post(address, form).content.decode()
    reader = signed_in("so-the-01")
    text = reader.get(address).content.decode()
    assert "Công văn 12/BHXH" in text
    assert "Từ 01/01/2090" in text
    assert "Ghi mẫu thẻ" not in text
    assert reader.post(address, form).status_code == 403
    key = re.search(r'name="ket-thuc" value="(\d+)"', client.get(address).content.decode())
    assert key is not None
    assert "Đã kết thúc" in client.post(address, {"ket-thuc": key[1]}).content.decode()
    assert "Đã rút trước ngày áp dụng" in reader.get(address).content.decode()


def test_sheet_of_sample_cards_is_a_pdf_outside_production_only(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in("so-the-01")
    assert client.get("/can-bo/thiet-ke/mau-the/").content.startswith(b"%PDF")
    monkeypatch.setattr(settings, "PRODUCTION", True)
    client.cookies["__Host-lienthong"] = client.cookies["lienthong"].value
    assert client.get("/can-bo/thiet-ke/mau-the/").status_code == 404
