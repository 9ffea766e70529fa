"""The pages of linkages: ordering, watching, the result with its sample, another officer's confirmation, undoing, files."""

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.urls import reverse

from lienthong.persons.linkagerunning import Runner
from tests.linkages import SMALL, databases, tended, written
from tests.web.conftest import SignedIn
from tests.web.world import World

pytestmark = pytest.mark.timeout(300)
_ASKED = {"ben-trai": "household", "ben-phai": "collection", "may": "duckdb", "muc": "0.99"}


@pytest.fixture
def root(world: World, tmp_path: Path, settings: LazySettings) -> Path:
    """A small country in both databases of the first unit."""
    databases(tmp_path, 300, area=world.units["TE01001"])
    settings.LINKAGES = tmp_path / "linkages"
    return tmp_path / "linkages"


def _text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, response.content.decode()
    return response.content.decode()


def _order(client: Client, **changes: str) -> str:
    response = client.post(reverse("linkages"), _ASKED | changes)
    assert response.status_code == 303, response.content.decode()
    return response.headers["Location"]


def _key(address: str) -> int:
    return int(address.rstrip("/").rpartition("/")[2])


def _as_worker() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")


def _as_page() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_web")


def _run(root: Path, address: str) -> None:
    _as_worker()
    assert tended(Runner(root, SMALL), _key(address)) == "done"
    _as_page()


def _write(root: Path, address: str) -> str:
    _as_worker()
    state = written(root, _key(address))
    _as_page()
    return state


def test_a_linkage_from_its_order_to_its_undoing(root: Path, signed_in: SignedIn) -> None:
    director, centre = signed_in("tinh-01"), signed_in("trung-uong")
    assert "Chưa có lần liên kết nào" in _text(director, reverse("linkages"))
    address = _order(director)
    assert "Đang chờ" in _text(director, address)
    said = director.post(reverse("linkages"), _ASKED).content.decode()
    assert "đang chờ hoặc đang chạy" in said
    _run(root, address)
    page = _text(director, address)
    assert "Mẫu 50 cặp chắc chắn" in page
    assert "Trùng khớp hoàn toàn" in page
    assert "cán bộ khác" in page
    assert "xác nhận ghi</button>" not in page
    refused = director.post(address, {"thao-tac": "xac-nhan"}).content.decode()
    assert "không được tự xác nhận" in refused
    assert "xác nhận ghi</button>" in _text(centre, address)
    assert centre.post(address, {"thao-tac": "xac-nhan"}).status_code == 303
    assert "Đang ghi" in _text(director, address)
    assert _write(root, address) == "applied"
    assert "Dòng được gắn với người" in _text(director, address)
    assert "lý do hủy" in director.post(address, {"thao-tac": "huy"}).content.decode()
    assert director.post(address, {"thao-tac": "huy", "ghi-chu": "Nhầm kỳ."}).status_code == 303
    assert _write(root, address) == "undone"
    done = _text(centre, address)
    assert "Nhầm kỳ." in done
    assert "Đã hủy" in _text(centre, reverse("linkages"))


def test_a_look_at_the_sample_and_a_download_are_logged(root: Path, signed_in: SignedIn) -> None:
    director = signed_in("tinh-01")
    address = _order(director)
    _run(root, address)
    _text(director, address)
    file = director.get(reverse("linkage-file", args=[_key(address), "ket-qua"]))
    assert file.status_code == 200
    assert file.content.decode("utf-8-sig").startswith("left_id,right_id,probability,reason")
    assert director.get(reverse("linkage-file", args=[_key(address), "khac"])).status_code == 404
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")
        cursor.execute(
            "SELECT count(*) FILTER (WHERE subject_kind = 'linkage'), count(*) FILTER (WHERE subject_kind = 'person')"
            " FROM audit_entry WHERE action = 'viewed'"
        )
        of_linkage, of_persons = cursor.fetchone()
    assert of_linkage == 2
    assert of_persons > 20


def test_another_province_finds_neither_the_linkage_nor_its_file(
    root: Path, signed_in: SignedIn
) -> None:
    address = _order(signed_in("trung-uong"))
    _run(root, address)
    director = signed_in("tinh-01")
    assert director.get(address).status_code == 404
    assert director.get(reverse("linkage-file", args=[_key(address), "ket-qua"])).status_code == 404
    assert director.post(address, {"thao-tac": "xac-nhan"}).status_code == 404
    assert "Dữ liệu thu" not in _text(director, reverse("linkages")).partition("<table")[2]


def test_what_is_wrong_is_said_and_kept(root: Path, signed_in: SignedIn) -> None:
    director = signed_in("tinh-01")
    page = director.post(reverse("linkages"), _ASKED | {"ben-phai": "household"}).content.decode()
    assert "hai dữ liệu khác nhau" in page
    page = _text(director, reverse("linkages"))
    assert "Người tham gia trong hệ thống, thuộc địa bàn của tỉnh" in page
    assert "Người của tỉnh khác không được đưa vào" in page
    assert "thuộc địa bàn của tỉnh" not in _text(signed_in("trung-uong"), reverse("linkages"))
    page = director.post(reverse("linkages"), _ASKED | {"muc": "0.5"}).content.decode()
    assert "mức chắc chắn" in page


def test_a_waiting_linkage_is_stopped_and_the_fragment_sends_on(
    root: Path, signed_in: SignedIn
) -> None:
    director = signed_in("tinh-01")
    address = _order(director)
    part = director.get(address + "?lan=1&cho=waiting", headers={"HX-Request": "true"})
    assert "tien-do" in part.content.decode()
    assert "<html" not in part.content.decode()
    assert director.post(address, {"thao-tac": "dung"}).status_code == 303
    sent = director.get(address + "?lan=2&cho=waiting", headers={"HX-Request": "true"})
    assert sent.status_code in {200, 204, 303}
    assert "Đã dừng" in _text(director, address)
