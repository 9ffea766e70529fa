"""Khai sinh thay đổi sau cấp thẻ by HTTP: both sides, each decision, the second officer, and what went wrong kept."""

import pytest
from django.db import connection
from django.test import Client

from lienthong.accounts.jurisdiction import actor_of
from tests.births import column, message, run, send
from tests.cardlines import line_of_two
from tests.corrections import SOON
from tests.officers import as_worker, become
from tests.web import cardsout
from tests.web.cardsout import card_out, corrected
from tests.web.conftest import SignedIn
from tests.web.world import World

pytestmark = pytest.mark.usefixtures("still_clock")
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


@pytest.mark.rule("002-6")
def test_002_6_a_line_of_two_is_drawn_before_and_after_and_approved_by_one_tick(
    signed_in: SignedIn,
) -> None:
    first, second = line_of_two(2, by=(actor_of("thu-01"), actor_of("so-the-24")))
    task = corrected(2, nksNgaySinh="10/10/2026", soDinhDanh="", maGCS=None)
    client = signed_in("thu-01")
    text = _text(client, _page(task))
    assert "trẻ có 2 thẻ nối tiếp nhau" in text
    assert "12/11/2026 – 30/11/2032" in text
    assert "10/10/2026 – 31/10/2032" in text
    before, after = text.split("Quá trình tham gia hiện nay", 1)[1].split(
        "Sau khi thẻ mới được duyệt", 1
    )
    for drawn, days in (
        (before, ("12/11/2026 đến hết 31/05/2027", "01/06/2027 đến hết 30/11/2032")),
        (after, ("10/10/2026 đến hết 31/05/2027", "01/06/2027 đến hết 31/10/2032")),
    ):
        for each in days:
            assert f": từ {each}" in drawn, each
    assert "Cả 2 thẻ của trẻ hết giá trị cùng lúc 2 thẻ mới được duyệt" in text
    form = {"thao-tac": "doi", "phien-ban": _newest(), "ghi-chu": ""}
    assert client.post(_page(task), form).status_code == 303
    waiting = _text(client, "/can-bo/doi-the/")
    assert "Một trong 2 thẻ của trẻ được duyệt hoặc rút cùng nhau" in waiting
    desk = signed_in("so-the-01")
    told = _text(desk, "/can-bo/duyet-the/")
    assert "duyệt một thẻ là duyệt cả 2 thẻ" in told
    assert told.count("Duyệt cùng 2 thẻ") == 2
    asked = as_worker("SELECT id FROM cards_card WHERE status = 'requested' ORDER BY id")
    done = _text(desk, "/can-bo/duyet-the/", {"the": [asked[0][0]], "thao-tac": "duyet-va-in"})
    assert "Đã chọn 2 thẻ, duyệt 2, in 2." in done
    statuses = as_worker("SELECT status FROM cards_card WHERE id = ANY (%s)", [first, second])
    assert statuses == [("superseded",), ("superseded",)]


@pytest.mark.rule("A1")
def test_a1_a_parent_that_the_card_prints_is_shown_beside_it_and_exchanged_in_one_move(
    signed_in: SignedIn,
) -> None:
    become("owner")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cards_copy SET form = 'CARD_1313'")
    become("lienthong_worker")
    task = corrected(meHoTen="TRẦN THỊ BÍNH")
    client = signed_in("thu-01")
    text = _text(client, _page(task))
    assert "Cha, mẹ hoặc người giám hộ trên thẻ" in text
    assert "Lập yêu cầu đổi thẻ" in text
    form = {"thao-tac": "doi", "phien-ban": _newest(), "ghi-chu": ""}
    assert client.post(_page(task), form).status_code == 303
    told = _text(signed_in("so-the-01"), "/can-bo/duyet-the/")
    assert "<del>TRẦN THỊ BÌNH</del> → <ins>TRẦN THỊ BÍNH</ins>" in told


@pytest.mark.rule("A1")
def test_a1_a_parent_that_no_card_prints_is_shown_in_the_record_without_a_task(
    signed_in: SignedIn,
) -> None:
    told = message(1, kind="correct", version=2, message_id="DC-1-2", meHoTen="TRẦN THỊ BÍNH")
    send(told, at=SOON)
    run(SOON)
    ((code,),) = as_worker("SELECT code FROM dossiers_dossier")
    become("lienthong_worker")
    client = signed_in("thu-01")
    assert "Không có việc nào chờ quyết định" in _text(client, LIST)
    record = _text(client, f"/can-bo/tre/{code}/")
    assert "<dt>Mẹ</dt><dd>TRẦN THỊ BÍNH</dd>" in record
    assert "thẻ không in thông tin này nên không phải đổi" in record
