"""The review desk's pages: the list, both sides, a merger proposed and confirmed, undone, and what others may not see."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from lienthong.persons import pairs
from lienthong.persons.pairs import Suspected
from tests import disks
from tests.papers import picture
from tests.web.conftest import SignedIn
from tests.web.world import SYSTEM, World

NOTE = "Giấy khai sinh gốc cho thấy một trẻ."


def _person(world: World, name: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT person_id FROM dossiers_dossier WHERE id = %s",
            [world.children[name].dossier_id],
        )
        return int(cursor.fetchone()[0])


def _pair(world: World, one: str, other: str) -> int:
    row = Suspected(_person(world, one), _person(world, other), "register", 0.93, "R4-MOTHER")
    assert pairs.open_pairs([row], by=SYSTEM, at=world.at) == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM persons_pair")
        return int(cursor.fetchone()[0])


@pytest.fixture
def pair_id(world: World) -> int:
    world.child("NGUYỄN MINH AN")
    world.child("NGUYỄN MINH ÂN")
    return _pair(world, "NGUYỄN MINH AN", "NGUYỄN MINH ÂN")


def _text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, response.content.decode()
    return response.content.decode()


def _propose(client: Client, pair_id: int) -> str:
    told = {"thao-tac": "cung", "can-cu": "FAMILY_PAPERS", "ghi-chu": NOTE}
    response = client.post(reverse("double", args=[pair_id]), told)
    assert response.status_code == 303, response.content.decode()
    return response.headers["Location"]


def test_a_pair_is_listed_looked_at_proposed_confirmed_and_undone(
    pair_id: int, signed_in: SignedIn
) -> None:
    thu = signed_in("thu-01")
    listed = _text(thu, reverse("doubles"))
    assert "NGUYỄN MINH AN" in listed
    assert "93,00 %" in listed
    page = _text(thu, reverse("double", args=[pair_id]))
    assert "Theo quy tắc" in page
    assert "Cách tính" in page
    assert _propose(thu, pair_id) == reverse("doubles") + "?xong=de-nghi"
    assert "Không có cặp nào" in _text(thu, reverse("doubles"))
    assert "Chờ xác nhận gộp" in _text(thu, reverse("doubles") + "?loai=proposed")
    assert "chờ cán bộ khác xác nhận" in _text(thu, reverse("double", args=[pair_id]))
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM persons_merge")
        merge_page = reverse("merge", args=[cursor.fetchone()[0]])
    assert "Xác nhận gộp</button>" not in _text(thu, merge_page)
    head = signed_in("truong-so-the-01")
    assert "Xác nhận gộp</button>" in _text(head, merge_page)
    assert head.post(merge_page, {"thao-tac": "xac-nhan"}).status_code == 303
    done = _text(head, merge_page)
    assert "Bỏ gộp</button>" in done
    assert "đã gộp" in done
    assert "Gộp thành một người" in _text(head, reverse("doubles-done"))
    refused = head.post(merge_page, {"thao-tac": "bo-gop", "ghi-chu": " "})
    assert "Vui lòng ghi căn cứ" in refused.content.decode()
    assert head.post(merge_page, {"thao-tac": "bo-gop", "ghi-chu": "Nhầm."}).status_code == 303
    assert "Bỏ gộp</b>" in _text(head, merge_page)
    assert "NGUYỄN MINH AN" in _text(thu, reverse("doubles"))


def test_different_and_later_lead_to_the_next_pair(
    world: World, pair_id: int, signed_in: SignedIn
) -> None:
    world.child("LÊ THỊ HOA")
    other = _pair(world, "LÊ THỊ HOA", "NGUYỄN MINH AN")
    thu = signed_in("thu-01")
    went = thu.post(
        reverse("double", args=[pair_id]), {"thao-tac": "khac", "ghi-chu": "Hai trẻ sinh đôi."}
    )
    assert went.headers["Location"] == reverse("double", args=[other]) + "?xong=khac"
    late = thu.post(reverse("double", args=[other]), {"thao-tac": "sau", "den-ngay": "2020-01-01"})
    assert "trong vòng 30 ngày" in late.content.decode()
    history = _text(thu, reverse("doubles-done"))
    assert "Hai trẻ sinh đôi." in history
    assert (
        thu.post(reverse("doubles-done"), {"thao-tac": "mo-cap", "khoa": pair_id}).status_code
        == 303
    )
    assert "NGUYỄN MINH ÂN" in _text(thu, reverse("doubles"))


def test_a_merger_needs_a_basis_and_says_so(pair_id: int, signed_in: SignedIn) -> None:
    thu = signed_in("thu-01")
    said = thu.post(reverse("double", args=[pair_id]), {"thao-tac": "cung", "ghi-chu": NOTE})
    assert said.status_code == 200
    assert "chọn căn cứ" in said.content.decode()
    assert NOTE in said.content.decode()


def test_another_province_finds_nothing(pair_id: int, signed_in: SignedIn) -> None:
    other = signed_in("thu-24")
    assert "NGUYỄN MINH AN" not in _text(other, reverse("doubles"))
    assert other.get(reverse("double", args=[pair_id])).status_code == 404


def test_another_units_person_is_shown_by_initials(world: World, signed_in: SignedIn) -> None:
    world.child("NGUYỄN MINH AN")
    world.child("PHẠM GIA BẢO", unit="TE24001")
    pair_id = _pair(world, "NGUYỄN MINH AN", "PHẠM GIA BẢO")
    page = _text(signed_in("thu-01"), reverse("double", args=[pair_id]))
    assert "PHẠM GIA BẢO" not in page
    assert "PGB" in page
    listed = _text(signed_in("thu-24"), reverse("doubles"))
    assert "NGUYỄN MINH AN" not in listed
    assert "NMA" in listed


def test_evidence_is_kept_and_handed_out_unchanged(
    pair_id: int, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    scan = picture("PNG")
    monkeypatch.setattr(settings, "SCANS", tmp_path)
    thu = signed_in("thu-01")
    address = reverse("double", args=[pair_id])
    sent = {"thao-tac": "giay-to", "giay-to": SimpleUploadedFile("ten-cua-tre.png", scan)}
    assert thu.post(address, sent).status_code == 303
    assert "Giấy tờ 1" in _text(thu, address)
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM births_evidence")
        response = thu.get(reverse("double-evidence", args=[cursor.fetchone()[0]]))
    assert response.content == scan
    bad = {"thao-tac": "giay-to", "giay-to": SimpleUploadedFile("x.pdf", b"khong phai pdf")}
    assert "không phải PDF" in thu.post(address, bad).content.decode()
    full = {
        "thao-tac": "giay-to",
        "ghi-chu": "Giữ lời này",
        "giay-to": SimpleUploadedFile("y.png", picture("JPEG")),
    }
    with disks.no_file_over(10):
        told = thu.post(address, full).content.decode()
    assert "Máy chủ không lưu được bản quét" in told
    assert "Giữ lời này" in told


def _numbers(world: World, *names: str) -> list[str]:
    with connection.cursor() as cursor:
        found = []
        for name in names:
            cursor.execute(
                "SELECT number FROM persons_number WHERE person_id = %s", [_person(world, name)]
            )
            found.append(str(cursor.fetchone()[0]))
    return found


def test_an_officer_reports_two_who_may_be_one(world: World, signed_in: SignedIn) -> None:
    world.child("NGUYỄN MINH AN")
    world.child("NGUYỄN MINH ÂN")
    one, other = _numbers(world, "NGUYỄN MINH AN", "NGUYỄN MINH ÂN")
    thu = signed_in("thu-01")
    told = {
        "mot": one,
        "hai": world.children["NGUYỄN MINH ÂN"].dossier_code,
        "ly-do": "Cùng cha mẹ <b>",
    }
    first = thu.post(reverse("doubles"), told)
    assert first.status_code == 303, first.content.decode()
    assert first.headers["Location"].endswith("?xong=bao")
    page = _text(thu, first.headers["Location"])
    assert "Cán bộ báo" in page
    assert "Cùng cha mẹ &lt;b&gt;" in page
    assert "Cùng cha mẹ &lt;b&gt;" in _text(thu, reverse("doubles") + "?nguon=officer")
    again = thu.post(reverse("doubles"), told | {"mot": other, "hai": one})
    assert again.headers["Location"] == first.headers["Location"].replace("bao", "da-co")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), max(origin), max(opened_by) FROM persons_pair")
        assert cursor.fetchone() == (1, "officer", "officer:thu-01")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"mot": "0999999999"}, "Không tìm thấy đúng một người"),
        ({"hai": "ONE"}, "của cùng một người"),
        ({"ly-do": "  "}, "Hãy ghi vì sao"),
    ],
)
def test_a_report_that_cannot_be_taken_keeps_what_was_typed(
    change: dict[str, str], said: str, world: World, signed_in: SignedIn
) -> None:
    world.child("NGUYỄN MINH AN")
    world.child("NGUYỄN MINH ÂN")
    one, other = _numbers(world, "NGUYỄN MINH AN", "NGUYỄN MINH ÂN")
    told = {"mot": one, "hai": other, "ly-do": "Cùng cha mẹ"} | change
    told = {name: one if value == "ONE" else value for name, value in told.items()}
    response = signed_in("thu-01").post(reverse("doubles"), told)
    page = response.content.decode()
    assert said in page
    for value in told.values():
        assert f'value="{value.strip()}"' in page
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM persons_pair")
        assert cursor.fetchone() == (0,)
