"""The pages of papers by HTTP: reason first, twin before the form, nothing lost, scans only for who may see them."""

import re
from datetime import datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from lienthong.births import proofcheck
from tests import births, disks
from tests.births import message, send
from tests.papers import PDF, typed
from tests.web.conftest import SignedIn
from tests.web.world import World

PAGE = "/can-bo/ho-so-giay/"
pytestmark = pytest.mark.timeout(240)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SCANS", tmp_path / "scans")


@pytest.fixture
def country(world: World, now: datetime) -> datetime:
    """Declared units beside the world's, and the day after which the births of the tests fall."""
    births.small_country()
    return now


def _worker(at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")
        births.run(at)
        cursor.execute("SET LOCAL ROLE lienthong_web")


def _rows(statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")
        cursor.execute(statement)
        found = cursor.fetchall()
        cursor.execute("SET LOCAL ROLE lienthong_web")
    return found


def _post(client: Client, reason: str, form: dict[str, str], act: str, **more: object) -> str:
    response = client.post(f"{PAGE}nhap/{reason}/", form | {"thao-tac": act} | more)
    if response.status_code == 303:
        response = client.get(response["Location"])
    assert response.status_code == 200
    return response.content.decode()


def _token(text: str) -> str:
    return re.findall(r'name="lan" value="([0-9a-f]{32})"', text)[0]


def _scan() -> SimpleUploadedFile:
    return SimpleUploadedFile("../../etc/Nguyễn Minh An.pdf", PDF, content_type="text/html")


def test_the_page_lists_what_is_open_and_refuses_the_rest(
    country: datetime, signed_in: SignedIn
) -> None:
    client = signed_in("tiep-nhan-01")
    text = client.get(PAGE).content.decode()
    for reason in ("A1", "A2", "A3", "B", "C1", "C2", "C3"):
        assert f"{PAGE}nhap/{reason}/" in text
    assert f"{PAGE}nhap/K/" not in text
    refused = client.post(PAGE, {"ly-do": "X"}).content.decode()
    assert "Không nhận hồ sơ giấy" in refused
    assert "Cổng Dịch vụ công quốc gia" in refused
    assert _rows("SELECT reason, code FROM births_paperrefusal") == [("X", "PAPER_NOT_ALLOWED")]
    assert client.get(f"{PAGE}nhap/X/").status_code == 422


def test_the_form_opens_only_after_the_search_and_keeps_the_paper(
    country: datetime, signed_in: SignedIn
) -> None:
    client = signed_in("tiep-nhan-01")
    first = client.get(f"{PAGE}nhap/C3/").content.decode()
    assert "Tìm hồ sơ của trẻ" in first
    assert "ban-quet" not in first
    form = typed(1) | {"lan": _token(first)}
    found = _post(client, "C3", form, "tim")
    assert "Không có hồ sơ nào của trẻ này trên toàn quốc" in found
    assert "ban-quet" in found
    assert 'name="nationality" type="text" value="VN"' in found
    kept = _post(client, "C3", form, "luu", **{"ban-quet": [_scan()]})
    assert "Đang đưa vào xử lý" in kept
    _worker(country)
    ((paper_id,),) = _rows("SELECT id FROM births_paper")
    shown = client.get(f"{PAGE}da-nhap/{paper_id}/").content.decode()
    assert "Chờ duyệt thẻ" in shown
    assert "NGUYỄN MINH AN" in client.get(PAGE).content.decode()


def test_everything_that_is_missing_is_said_at_once_and_what_was_typed_stays(
    country: datetime, signed_in: SignedIn
) -> None:
    client = signed_in("tiep-nhan-01")
    form = typed(1, child_name="", number="", book=" ", ethnicity="Ê đê")
    text = _post(client, "B", form, "tim")
    for name in ("child_name", "number", "book"):
        assert f'id="e-{name}"' in text, name
    assert 'id="e-sex"' not in text
    assert 'value="TRẦN THỊ BÌNH"' in text
    assert 'name="ethnicity" value="12"' in text
    abroad = _post(client, "C1", typed(1, number=""), "tim")
    assert 'id="e-foreign_country"' in abroad
    assert 'id="e-registered_commune"' not in abroad


def test_a_twin_blocks_the_form_and_leads_to_the_dossier(
    country: datetime, signed_in: SignedIn
) -> None:
    send(message(1), at=country)
    births.run(country)
    client = signed_in("tiep-nhan-01")
    text = _post(client, "B", typed(1, number="77"), "tim")
    assert "Trẻ này đã có trong hệ thống" in text
    assert "Trùng mã giấy chứng sinh" in text
    assert "ban-quet" not in text
    assert '<input type="hidden" name="residence_text" value="Số 5 ngõ 2">' in text
    assert "/can-bo/tra-cuu/LTKS-2026-0000001/" in text
    ((dossier_id,),) = _rows("SELECT id FROM dossiers_dossier")
    assert f"{PAGE}nhap/A1/?ho-so={dossier_id}" in text
    assert _rows("SELECT reason, code FROM births_paperrefusal") == [("B", "PAPER_TWIN")]
    # Sent past the search, the form is refused all the same.
    again = _post(client, "B", typed(1, number="77"), "luu", **{"ban-quet": [_scan()]})
    assert "không lập hồ sơ thứ hai" in again
    assert _rows("SELECT count(*) FROM births_paper") == [(0,)]
    prefilled = client.get(f"{PAGE}nhap/A1/?ho-so={dossier_id}").content.decode()
    assert 'value="NGUYỄN MINH AN"' in prefilled
    assert "Lưu nội dung sửa" in prefilled


def test_a_twin_in_another_province_is_told_without_its_name(
    country: datetime, signed_in: SignedIn
) -> None:
    births.declare("TE24999", births.UNDECLARED, province="24")
    send(message(1, nksNoiCuTru=births.living_in(births.UNDECLARED)), at=country)
    births.run(country)
    _move_away()
    text = _post(signed_in("tiep-nhan-01"), "B", typed(1, child_name="LÊ VĂN B"), "tim")
    assert "Hồ sơ ở địa bàn khác" in text
    assert "NGUYỄN MINH AN" not in text
    assert "ho-so=" not in text


def _move_away() -> None:
    """The dossier belongs to a unit of another province."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")
        cursor.execute(
            "SELECT set_config('lienthong.by', 'system', true), set_config('lienthong.at', now()::text, true)"
        )
        cursor.execute(
            "UPDATE dossiers_dossier SET area = (SELECT id FROM catalogues_unit WHERE code = 'TE24001'),"
            " unit_id = (SELECT id FROM catalogues_unit WHERE code = 'TE24001')"
        )


@pytest.mark.parametrize(
    ("changes", "files", "said"),
    [
        ({"child_name": "NGUYỄN 5 AN"}, [PDF], "child_name"),
        ({"born_on": "2030-01-01"}, [PDF], "born_on"),
        ({"registered_commune": "99999"}, [PDF], "registered_commune"),
        ({}, [b"<html>"], "scans"),
        ({}, [], "scans"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(
    country: datetime,
    signed_in: SignedIn,
    changes: dict[str, str],
    files: list[bytes],
    said: str,
) -> None:
    client = signed_in("tiep-nhan-01")
    form = typed(1, residence_text="Số 7 ngõ <dài> & hẹp", **changes)
    sent = [SimpleUploadedFile("a.pdf", body) for body in files]
    text = _post(client, "C3", form | {"mo": "1"}, "luu", **{"ban-quet": sent})
    assert f'id="e-{said}"' in text
    assert 'value="Số 7 ngõ &lt;dài&gt; &amp; hẹp"' in text
    assert 'value="TRẦN THỊ BÌNH"' in text
    assert _rows("SELECT count(*) FROM births_message") == [(0,)]


def test_a_disk_that_is_full_is_said_at_the_scans_and_nothing_typed_is_lost(
    country: datetime, signed_in: SignedIn
) -> None:
    client, form = signed_in("tiep-nhan-01"), typed(1, residence_text="Số 7 ngõ dài")
    with disks.no_file_over(10):
        text = _post(client, "C3", form | {"mo": "1"}, "luu", **{"ban-quet": [_scan()]})
    assert "Máy chủ không lưu được bản quét" in text.partition('id="e-scans"')[2][:300]
    assert 'value="Số 7 ngõ dài"' in text
    assert _rows("SELECT count(*) FROM births_message") == [(0,)]
    assert _rows("SELECT count(*) FROM births_paper") == [(0,)]


def test_children_alike_are_ticked_before_it_is_kept(
    country: datetime, signed_in: SignedIn
) -> None:
    send(message(1), at=country)
    births.run(country)
    client = signed_in("tiep-nhan-01")
    form = typed(1, number="77", birth_notice_code="")
    text = _post(client, "C3", form, "tim")
    ((dossier_id,),) = _rows("SELECT id FROM dossiers_dossier")
    assert f'name="khac" value="{dossier_id}"' in text
    refused = _post(client, "C3", form, "luu", **{"ban-quet": [_scan()]})
    assert "Hãy đối chiếu" in refused
    kept = _post(client, "C3", form | {"khac": str(dossier_id)}, "luu", **{"ban-quet": [_scan()]})
    assert "Đang đưa vào xử lý" in kept


def test_births_abroad_take_their_office_into_the_book(
    country: datetime, signed_in: SignedIn
) -> None:
    client = signed_in("thu-01")
    form = typed(
        1,
        registered_commune="",
        foreign_country="FR",
        office="Đại sứ quán Việt Nam tại Pháp",
        residence_commune=births.NGOC_HA,
    )
    _post(client, "C2", form, "luu", **{"ban-quet": [_scan()]})
    assert _rows("SELECT commune_code, book, reason FROM births_paper") == [
        (births.NGOC_HA, "01/2026 (C2-FR)", "C2")
    ]


def test_a_scan_is_saved_by_who_may_see_it_and_the_look_is_logged(
    country: datetime, signed_in: SignedIn
) -> None:
    _post(signed_in("tiep-nhan-01"), "C3", typed(1), "luu", **{"ban-quet": [_scan()]})
    _worker(country)
    ((scan_id, paper_id),) = _rows("SELECT id, paper_id FROM births_scan")
    address = f"{PAGE}ban-quet/{scan_id}/"
    response = signed_in("so-the-01").get(address)
    assert response.content == PDF
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == (f'attachment; filename="ban-quet-{paper_id}-1.pdf"')
    assert response["X-Content-Type-Options"] == "nosniff"
    logged = _rows(
        "SELECT by, subject_kind, subject_id FROM audit_entry WHERE 'scan' = ANY (fields) AND subject_kind = 'paper'"
    )
    assert logged == [("officer:so-the-01", "paper", paper_id)]
    for username in ("so-the-24", "cntt"):
        assert signed_in(username).get(address).status_code in {403, 404}
        assert signed_in(username).get(f"{PAGE}da-nhap/{paper_id}/").status_code in {403, 404}


def test_the_record_tells_the_paper_now_in_the_past_and_when_it_joined(
    country: datetime, signed_in: SignedIn
) -> None:
    _post(signed_in("tiep-nhan-01"), "C3", typed(1, number="77"), "luu", **{"ban-quet": [_scan()]})
    _worker(country)
    ((scan_id, paper_id, code),) = _rows(
        "SELECT scan.id, scan.paper_id, dossier.code FROM births_scan AS scan, dossiers_dossier AS dossier"
    )
    address = f"/can-bo/tre/{code}/"
    said = (
        "Số 77, quyển 01/2026",
        "Chưa có số định danh cá nhân mà gia đình cần thẻ gấp",
        f'href="{PAGE}ban-quet/{scan_id}/"',
        f'href="{PAGE}da-nhap/{paper_id}/"',
        "tiep-nhan-01",
        "Cấp lần đầu",
    )
    alone = signed_in("so-the-01").get(address).content.decode()
    assert [each for each in said if each not in alone] == []
    assert "Dữ liệu khai sinh, bản giấy" in alone
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")
    send(message(1), at=country)
    _worker(country)
    joined = signed_in("so-the-01").get(address).content.decode()
    assert [each for each in said if each not in joined] == []
    assert "Dữ liệu khai sinh, phiên bản 1" in joined
    assert "Đã nhập bản giấy: số 77, quyển 01/2026" in joined
    head = signed_in("truong-so-the-01")
    pack = head.post(f"{address}chung-cu/")
    assert proofcheck.check(pack.content).broken_vi == ()


def test_the_comparison_shows_both_sides_and_is_closed_once(
    country: datetime, signed_in: SignedIn
) -> None:
    _post(
        signed_in("tiep-nhan-01"),
        "C3",
        typed(1, mother_name="TRẦN THỊ BÍCH", mother_personal_id=""),
        "luu",
        **{"ban-quet": [_scan()]},
    )
    _worker(country)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")
        send(message(1), at=country)
    _worker(country)
    client = signed_in("tiep-nhan-01")
    ((task_id,),) = _rows("SELECT id FROM dossiers_task WHERE kind = 'T-PAPER-DIFFERS'")
    address = f"{PAGE}doi-chieu/{task_id}/"
    assert address in client.get("/can-bo/viec/").content.decode()
    text = client.get(address).content.decode()
    assert "TRẦN THỊ BÍCH" in text
    assert "TRẦN THỊ BÌNH" in text
    assert text.count("Khác</span>") == 1
    assert client.post(address).status_code == 303
    assert _rows("SELECT closed_by FROM dossiers_task") == [("officer:tiep-nhan-01",)]
    assert client.post(address).status_code == 409
    assert signed_in("so-the-24").get(address).status_code == 404
    assert signed_in("so-the-01").post(address).status_code == 403
