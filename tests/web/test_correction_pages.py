"""Khai sinh thay đổi sau cấp thẻ by HTTP: both sides, each decision, the second officer, and what went wrong kept."""

import pytest
from django.test import Client

from tests.births import column
from tests.officers import as_worker
from tests.web import cardsout
from tests.web.cardsout import card_out, corrected
from tests.web.conftest import SignedIn
from tests.web.world import World

LIST = "/can-bo/dieu-chinh/"
OVER_SIX = {"nksNgaySinh": "12/11/2019", "maGCS": None, "soDinhDanh": ""}


def _page(task_id: int) -> str:
    return f"{LIST}{task_id}/"


def _text(client: Client, address: str, form: dict[str, object] | None = None) -> str:
    response = client.get(address) if form is None else client.post(address, form)
    assert response.status_code == 200, (address, response.status_code)
    return response.content.decode()


def _newest() -> int:
    return int(column("SELECT max(id) FROM births_birth")[0])


@pytest.fixture(autouse=True)
def _card(world: World) -> int:
    cardsout.country()
    return card_out()


def test_a2_both_sides_stand_difference_by_difference_with_version_and_sender(
    signed_in: SignedIn,
) -> None:
    task = corrected(nksNgaySinh="01/10/2026")
    client = signed_in("thu-01")
    assert "NGUYỄN MINH AN" in _text(client, LIST)
    text = _text(client, _page(task))
    assert "Phiên bản 2 của BTP" in text
    assert "DC-1-2" in text
    assert "12:15 20/11/2026" in text
    assert "12/11/2026 – 30/11/2032" in text
    assert "01/10/2026 – 31/10/2032" in text
    assert text.count(">Khác<") == 3
    assert "(002-6)" in text
    assert "Lập yêu cầu đổi thẻ" in text
    assert _page(task) in _text(client, "/can-bo/viec/")


def test_an_exchange_as_registered_waits_for_another_officer(signed_in: SignedIn) -> None:
    task = corrected(nksHoTen="NGUYỄN MINH ANH")
    newest, client = _newest(), signed_in("thu-01")
    done = client.post(_page(task), {"thao-tac": "doi", "phien-ban": newest, "ghi-chu": ""})
    assert done.headers["Location"] == f"{LIST}?xong=doi"
    assert "chờ cán bộ khác duyệt" in _text(client, done.headers["Location"])
    assert "Việc này đã xử lý xong" in _text(client, _page(task))
    assert "NGUYỄN MINH ANH" in _text(client, "/can-bo/doi-the/")
    desk = signed_in("so-the-01")
    assert "<ins>NGUYỄN MINH ANH</ins>" in _text(desk, "/can-bo/duyet-the/")


def test_a_decision_without_its_note_or_about_an_older_version_loses_nothing(
    signed_in: SignedIn,
) -> None:
    task = corrected(nksHoTen="NGUYỄN MINH ANH")
    newest, client = _newest(), signed_in("thu-01")
    form = {"thao-tac": "giu", "phien-ban": newest, "ghi-chu": ""}
    assert "Vui lòng ghi căn cứ" in _text(client, _page(task), form)
    stale = form | {"phien-ban": newest - 1, "ghi-chu": "Gia đình chưa muốn đổi"}
    text = _text(client, _page(task), stale)
    assert "phiên bản mới hơn" in text
    assert "Gia đình chưa muốn đổi" in text
    strange = _text(client, _page(task), stale | {"thao-tac": "xoa"})
    assert "Vui lòng chọn một cách xử lý" in strange
    done = client.post(_page(task), stale | {"phien-ban": newest})
    assert done.status_code == 303
    assert as_worker("SELECT kind, note FROM births_decision") == [
        ("keep", "Gia đình chưa muốn đổi")
    ]


def test_a_card_is_taken_away_by_two_officers_and_the_family_told(signed_in: SignedIn) -> None:
    task = corrected(**OVER_SIX)
    newest, client = _newest(), signed_in("thu-01")
    text = _text(client, _page(task))
    assert "không còn thuộc diện trẻ em dưới 6 tuổi" in text
    assert "Lập yêu cầu đổi thẻ" not in text
    asked = {"thao-tac": "de-nghi", "phien-ban": newest, "ghi-chu": "Theo trích lục"}
    assert client.post(_page(task), asked).status_code == 303
    own = _text(client, _page(task))
    assert "Rút đề nghị" in own
    assert "Xác nhận thu hồi thẻ" not in own
    refused = _text(client, _page(task), asked | {"thao-tac": "xac-nhan"})
    assert "không được tự xác nhận" in refused
    head = signed_in("truong-so-the-01")
    assert "Chờ xác nhận thu hồi" in _text(head, LIST + "?cho-xac-nhan=1")
    assert "Xác nhận thu hồi thẻ" in _text(head, _page(task))
    assert head.post(_page(task), asked | {"thao-tac": "xac-nhan"}).status_code == 303
    assert as_worker("SELECT status, end_reason FROM cards_card") == [("revoked", "N-AGE")]
    (told,) = (row[0] for row in as_worker("SELECT max(id) FROM dossiers_task"))
    page = _text(head, _page(told))
    assert "không còn giá trị sử dụng" in page
    assert head.post(_page(told), asked | {"thao-tac": "bao"}).status_code == 303
    assert as_worker("SELECT count(*) FROM dossiers_task WHERE closed_at IS NULL") == [(0,)]


def test_the_head_decides_but_does_not_ask_for_a_card(signed_in: SignedIn) -> None:
    task = corrected(nksHoTen="NGUYỄN MINH ANH")
    newest, head = _newest(), signed_in("truong-so-the-01")
    text = _text(head, _page(task))
    assert "Yêu cầu đổi thẻ do cán bộ Thu lập" in text
    assert "Lập yêu cầu đổi thẻ" not in text
    refused = _text(head, _page(task), {"thao-tac": "doi", "phien-ban": newest, "ghi-chu": "x"})
    assert "không có quyền" in refused


def test_001_8_another_personal_id_is_written_without_touching_the_card(
    signed_in: SignedIn,
) -> None:
    task = corrected(soDinhDanh="003226999999")
    newest, client = _newest(), signed_in("thu-01")
    text = _text(client, _page(task))
    assert "Ghi số định danh mới" in text
    assert "Lập yêu cầu đổi thẻ" not in text
    form = {"thao-tac": "dinh-danh", "phien-ban": newest, "ghi-chu": "Đã đối chiếu giấy tờ"}
    assert client.post(_page(task), form).status_code == 303
    assert as_worker("SELECT personal_id FROM persons_person") == [("003226999999",)]


def test_a3_a_cancelled_registration_says_so_and_only_the_family_is_left_to_tell(
    signed_in: SignedIn,
) -> None:
    task = corrected(kind="cancel")
    text = _text(signed_in("thu-01"), _page(task))
    assert "đã bị hủy" in text
    assert "Ghi đã báo gia đình" in text
    assert "Giữ nguyên</button>" not in text


def test_another_area_s_task_and_an_absent_one_answer_the_same(signed_in: SignedIn) -> None:
    task = corrected(nksHoTen="NGUYỄN MINH ANH")
    client = signed_in("thu-24")
    answers = [client.get(_page(key)) for key in (task, 999_999)]
    assert [each.status_code for each in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    assert "NGUYỄN MINH AN" not in _text(client, LIST)
