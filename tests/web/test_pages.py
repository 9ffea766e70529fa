"""Every page once by HTTP: what an officer finds on it, and what becomes of what he sends."""

import re
from datetime import date
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client

from lienthong.cards import actions, printing
from lienthong.database.scope import acting
from lienthong.dossiers import actions as dossiers
from lienthong.web.tags import clock_of, don_vi
from tests.web.conftest import SignedIn
from tests.web.world import SYSTEM, World, actor_of


def _text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, (address, response.status_code)
    return response.content.decode()


def _audit(action: str) -> list[tuple[str, str, int | None]]:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")
        cursor.execute(
            "SELECT by, subject_kind, subject_id FROM audit_entry WHERE action = %s ORDER BY id",
            [action],
        )
        rows = cursor.fetchall()
        cursor.execute("SET LOCAL ROLE lienthong_web")
    return rows


def test_home_counts_what_waits_and_what_is_late_without_naming_a_child(
    world: World, signed_in: SignedIn
) -> None:
    world.child("NGUYỄN MINH AN")
    world.child("TRẦN BẢO CHÂU", days_ago=9)
    text = _text(signed_in("so-the-01"), "/can-bo/")
    assert "Chờ duyệt thẻ" in text
    assert "1 hồ sơ quá hạn" in text
    assert "NGUYỄN MINH AN" not in text
    assert _audit("viewed") == []


def test_home_says_so_when_nothing_waits(signed_in: SignedIn) -> None:
    assert "Không có việc nào đang chờ bạn" in _text(signed_in("so-the-01"), "/can-bo/")


@pytest.mark.rule("001-9")
def test_queue_shows_dossiers_and_logs_each_of_them_before_it_answers(
    world: World, signed_in: SignedIn
) -> None:
    child = world.child("NGUYỄN MINH AN")
    text = _text(signed_in("tinh-01"), "/can-bo/ho-so/")
    assert "NGUYỄN MINH AN" in text
    assert child.dossier_code in text
    assert _audit("viewed") == [("officer:tinh-01", "dossier", child.dossier_id)]


def test_queue_filters_by_stage_and_by_lateness(world: World, signed_in: SignedIn) -> None:
    world.child("NGUYỄN MINH AN")
    world.child("TRẦN BẢO CHÂU", state="EXPORTED_TNHS", days_ago=9)
    client = signed_in("tinh-01")
    by_stage = _text(client, "/can-bo/ho-so/?giai-doan=APPROVAL_REQUESTED")
    assert "NGUYỄN MINH AN" in by_stage
    assert "TRẦN BẢO CHÂU" not in by_stage
    late = _text(client, "/can-bo/ho-so/?qua-han=1")
    assert "TRẦN BẢO CHÂU" in late
    assert "NGUYỄN MINH AN" not in late


def test_queue_searches_by_name_without_tones_and_never_in_the_address(
    world: World, signed_in: SignedIn
) -> None:
    world.child("NGUYỄN MINH AN")
    world.child("TRẦN BẢO CHÂU")
    client = signed_in("tinh-01")
    found = client.post("/can-bo/ho-so/", {"tim": "minh an"}).content.decode()
    assert "NGUYỄN MINH AN" in found
    assert "TRẦN BẢO CHÂU" not in found
    assert "TRẦN BẢO CHÂU" in _text(client, "/can-bo/ho-so/?tim=minh+an")


def test_queue_turns_pages_by_key_and_shows_each_dossier_once(
    world: World, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lienthong.web.staff.dossiers.PAGE_SIZE", 2)
    codes = [world.child(f"TRẺ SỐ {n}").dossier_code for n in range(5)]
    client = signed_in("tinh-01")
    seen: list[str] = []
    address = "/can-bo/ho-so/"
    while address:
        text = _text(client, address)
        seen += [code for code in codes if code in text]
        after = text.split('href="/can-bo/ho-so/?sau=')
        address = f"/can-bo/ho-so/?sau={after[1].split(chr(34))[0]}" if len(after) > 1 else ""
    assert seen == codes


def test_queue_fragment_for_htmx_is_the_rows_alone(world: World, signed_in: SignedIn) -> None:
    world.child("NGUYỄN MINH AN")
    client = signed_in("tinh-01")
    part = client.get("/can-bo/ho-so/", headers={"HX-Request": "true"}).content.decode()
    assert "NGUYỄN MINH AN" in part
    assert "<html" not in part


def test_search_leads_straight_to_the_one_dossier_found(world: World, signed_in: SignedIn) -> None:
    child = world.child("NGUYỄN MINH AN")
    client = signed_in("tinh-01")
    response = client.post("/can-bo/tra-cuu/", {"ma": child.dossier_code})
    assert response.headers["Location"] == f"/can-bo/tra-cuu/{child.message_id}/"


def test_search_offers_a_choice_among_several_and_says_when_there_is_none(
    world: World, signed_in: SignedIn
) -> None:
    world.child("NGUYỄN MINH AN")
    world.child("NGUYỄN MINH ANH")
    client = signed_in("tinh-01")
    several = client.post("/can-bo/tra-cuu/", {"ma": "Nguyễn Minh"}).content.decode()
    assert "NGUYỄN MINH ANH" in several
    assert "Không tìm thấy" in client.post("/can-bo/tra-cuu/", {"ma": "HS-KHONG"}).content.decode()


def test_trace_says_what_a_parked_dossier_waits_for(world: World, signed_in: SignedIn) -> None:
    child = world.child("ĐẶNG PHÚC KHANG", state="CREATE_FAILED", reason="UNIT_NOT_DECLARED")
    text = _text(signed_in("tinh-01"), f"/can-bo/tra-cuu/{child.message_id}/")
    assert "Đang chờ" in text
    assert "chưa được khai báo" in text
    assert "Lỗi tạo hồ sơ" in text


@pytest.mark.rule("001-9")
def test_trace_shows_the_way_and_who_looked_before(world: World, signed_in: SignedIn) -> None:
    child = world.child("NGUYỄN MINH AN")
    client = signed_in("tinh-01")
    address = f"/can-bo/tra-cuu/{child.message_id}/"
    first = _text(client, address)
    assert first.index("Đã tạo hồ sơ") < first.index("Chờ duyệt thẻ</b><br>")
    assert "Trước lần này chưa có ai xem" in first
    assert "Tra cứu hồ sơ của một trẻ" in _text(client, address)
    assert "Ai đã xem" not in _text(signed_in("thu-01"), address)


@pytest.mark.rule("002-8")
def test_approve_makes_the_ticked_cards_active_and_says_how_many(
    world: World, signed_in: SignedIn
) -> None:
    children = [world.child(f"TRẺ SỐ {n}") for n in range(3)]
    client = signed_in("so-the-01")
    form = {"the": [child.card_id for child in children[:2]]}
    text = client.post("/can-bo/duyet-the/", form).content.decode()
    assert "Đã duyệt 2 thẻ" in text
    assert "TRẺ SỐ 2" in text
    assert "TRẺ SỐ 0" not in text
    with connection.cursor() as cursor:
        cursor.execute("SELECT status FROM cards_card ORDER BY id")
        assert [row[0] for row in cursor.fetchall()] == ["active", "active", "requested"]


@pytest.mark.rule("002-9")
def test_approve_names_the_child_whose_requester_is_the_approver_himself(
    world: World, signed_in: SignedIn
) -> None:
    approver = actor_of(world, "so-the-01")
    mine = world.child("NGUYỄN MINH AN", requester_person=approver.person_key)
    other = world.child("TRẦN BẢO CHÂU")
    form = {"the": [mine.card_id, other.card_id]}
    text = signed_in("so-the-01").post("/can-bo/duyet-the/", form).content.decode()
    assert "Đã duyệt 1 thẻ" in text
    assert "1 thẻ chưa thực hiện được" in text
    assert "<b>NGUYỄN MINH AN</b>" in text
    assert "không được tự duyệt" in text


def test_approve_without_a_tick_says_so(world: World, signed_in: SignedIn) -> None:
    world.child("NGUYỄN MINH AN")
    text = signed_in("so-the-01").post("/can-bo/duyet-the/", {}).content.decode()
    assert "Chưa chọn thẻ nào" in text


def test_print_leads_to_a_pdf_and_the_cards_wait_to_be_handed_over(
    world: World, signed_in: SignedIn
) -> None:
    children = [world.child("NGUYỄN MINH AN"), world.child("TRẦN BẢO CHÂU")]
    card_ids = [child.card_id for child in children if child.card_id]
    actions.approve(card_ids, by=actor_of(world, "so-the-01"), at=world.at)
    client = signed_in("so-the-01")
    response = client.post("/can-bo/in-the/", {"the": card_ids})
    assert response.status_code == 303
    pdf = client.get(response.headers["Location"])
    assert pdf.headers["Content-Type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF")
    assert "Không có thẻ nào chờ in" in _text(client, "/can-bo/in-the/")
    assert "NGUYỄN MINH AN" in _text(client, "/can-bo/tra-the/")


@pytest.mark.rule("002-10")
def test_spoilt_sheet_needs_a_reason_is_counted_and_can_be_printed_again(
    world: World, signed_in: SignedIn
) -> None:
    child = world.child("NGUYỄN MINH AN")
    by = actor_of(world, "so-the-01")
    actions.approve([child.card_id or 0], by=by, at=world.at)
    run = printing.print_cards([child.card_id or 0], by=by, at=world.at)
    client = signed_in("so-the-01")
    address = f"/can-bo/lo-in/{run.id}/"
    without = client.post(address, {"the": [child.card_id], "thao-tac": "ghi"}).content.decode()
    assert "lý do" in without
    form = {"the": [child.card_id], "thao-tac": "in-lai", "ly-do": "Kẹt giấy"}
    again = client.post(address, form)
    assert again.status_code == 303
    assert "1 tờ hỏng" in _text(client, address)
    assert "Lý do in lại: Kẹt giấy" in _text(client, again.headers["Location"])


@pytest.mark.rule("002-12")
def test_hand_over_records_who_received_and_clears_the_list(
    world: World, signed_in: SignedIn
) -> None:
    child = world.child("NGUYỄN MINH AN")
    by = actor_of(world, "so-the-01")
    actions.approve([child.card_id or 0], by=by, at=world.at)
    printing.print_cards([child.card_id or 0], by=by, at=world.at)
    client = signed_in("tiep-nhan-01")
    form = {"the": [child.card_id], "nguoi-nhan": "TRẦN THỊ BÌNH", "quan-he": "Mẹ"}
    text = client.post("/can-bo/tra-the/", form).content.decode()
    assert "Đã ghi trả 1 thẻ" in text
    assert "Không có thẻ nào chờ trả" in text
    with connection.cursor() as cursor:
        cursor.execute("SELECT recipient, relation, by FROM cards_handover")
        assert cursor.fetchall() == [("TRẦN THỊ BÌNH", "Mẹ", "officer:tiep-nhan-01")]


def test_hand_over_without_a_recipient_keeps_the_ticks(world: World, signed_in: SignedIn) -> None:
    child = world.child("NGUYỄN MINH AN")
    by = actor_of(world, "so-the-01")
    actions.approve([child.card_id or 0], by=by, at=world.at)
    printing.print_cards([child.card_id or 0], by=by, at=world.at)
    text = (
        signed_in("tiep-nhan-01")
        .post("/can-bo/tra-the/", {"the": [child.card_id]})
        .content.decode()
    )
    assert "ghi họ tên người nhận" in text
    assert re.search(rf'value="{child.card_id}"[^>]* checked', text)


def test_undeclared_lists_communes_with_what_waits_and_no_child(
    world: World, signed_in: SignedIn
) -> None:
    world.child("ĐẶNG PHÚC KHANG", state="CREATE_FAILED", reason="UNIT_NOT_DECLARED")
    text = _text(signed_in("tinh-01"), "/can-bo/dia-ban-chua-khai-bao/")
    assert "00004" in text
    assert "<b>1</b> hồ sơ đang chờ" in text
    assert "ĐẶNG PHÚC KHANG" not in text


def test_lists_can_be_leafed_through(world: World, signed_in: SignedIn) -> None:
    client = signed_in("tinh-01")
    text = _text(client, "/can-bo/don-vi/?tim=TE01001")
    assert "Ba Đình" in text
    assert "Bắc Giang" not in text
    assert client.get("/can-bo/co-so-kcb/").status_code == 200


def test_a_child_s_name_is_shown_as_text_whatever_it_holds(
    world: World, signed_in: SignedIn
) -> None:
    world.child('"><svg/onload=1>')
    client = signed_in("so-the-01")
    for address in ("/can-bo/ho-so/", "/can-bo/duyet-the/"):
        assert "<svg" not in _text(client, address)


def test_a_full_page_stays_under_60_kilobytes(world: World, signed_in: SignedIn) -> None:
    for number in range(50):
        world.child(f"NGUYỄN HOÀNG MINH AN SỐ {number}", days_ago=number % 6)
    client = signed_in("so-the-01")
    for address in ("/can-bo/ho-so/", "/can-bo/duyet-the/"):
        assert len(client.get(address).content) <= 60 * 1024, address


def test_tasks_say_in_a_sentence_what_is_wrong_and_with_whom(
    world: World, signed_in: SignedIn
) -> None:
    child = world.child("NGUYỄN MINH AN")
    with acting(SYSTEM, at=world.at):
        dossiers.open_task(
            "E-PID-TAKEN",
            dossier_id=child.dossier_id,
            subject_key=f"dossier:{child.dossier_id}",
            detail={},
            by=SYSTEM,
            at=world.at,
        )
    text = _text(signed_in("tinh-01"), "/can-bo/viec/")
    assert "Số định danh đã thuộc về trẻ khác" in text
    assert "NGUYỄN MINH AN" in text
    assert "Không có việc nào" in _text(signed_in("so-the-24"), "/can-bo/viec/")


@pytest.mark.parametrize(
    ("due_on", "is_late", "tone", "text"),
    [
        (date(2026, 11, 27), False, "calm", "Còn 3 ngày"),
        (date(2026, 11, 25), False, "soon", "Còn 1 ngày"),
        (date(2026, 11, 23), False, "soon", "Hạn hôm nay"),
        (date(2026, 11, 20), True, "late", "Quá hạn 1 ngày"),
        (None, False, "calm", "Chưa có hạn"),
    ],
)
def test_the_clock_counts_working_days_and_always_says_so_in_words(
    due_on: date | None, is_late: bool, tone: str, text: str
) -> None:
    line = SimpleNamespace(due_on=due_on, is_late=is_late)
    # 24/11/2026 is a public holiday (ngày Văn hóa Việt Nam).
    assert clock_of(line, date(2026, 11, 23)) == {"tone": tone, "text": text}


def test_a_unit_stands_without_the_words_that_all_units_share() -> None:
    assert don_vi("Đơn vị cấp thẻ TE – BHXH cơ sở Phúc Thọ") == "BHXH cơ sở Phúc Thọ"
    assert don_vi("BHXH cơ sở Ba Đình – cấp thẻ trẻ em") == "BHXH cơ sở Ba Đình – cấp thẻ trẻ em"
    assert don_vi(None) == ""


def test_the_clock_says_late_alone_while_no_working_day_has_passed() -> None:
    line = SimpleNamespace(due_on=date(2026, 11, 23), is_late=True)
    assert clock_of(line, date(2026, 11, 24))["text"] == "Quá hạn"
