"""The card desk in one move, tasks closed together, filters kept: what the pages do with what is sent."""

import re

import pytest
from django.db import connection
from django.urls import reverse

from lienthong.cards import actions, printing
from lienthong.database.scope import acting
from lienthong.kernel.errors import Refused
from tests.web.conftest import SignedIn
from tests.web.test_work_pages import names_in, sent, task, text_of
from tests.web.world import SYSTEM, World, actor_of

PRINT = "/can-bo/in-the/"
APPROVE, TASKS, FILTERS = "/can-bo/duyet-the/", "/can-bo/viec/", "/can-bo/bo-loc/"
BOTH = {"thao-tac": "duyet-va-in"}


def _states() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT state FROM dossiers_dossier ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def test_approve_and_print_counts_what_it_did_and_opens_the_run(
    world: World, signed_in: SignedIn
) -> None:
    children = [world.child(f"TRẺ SỐ {n}", days_ago=0) for n in range(3)]
    desk = signed_in("so-the-01")
    text = sent(desk, BOTH | {"the": [it.card_id for it in children]}, APPROVE)
    assert "Đã chọn 3 thẻ, duyệt 3, in 3." in text
    assert 'class="notice good"' in text
    file = re.search(r'href="(/can-bo/lo-in/\d+/tep/)" target="_blank"', text)
    assert file
    assert desk.get(file[1]).content.startswith(b"%PDF")
    assert _states() == ["PRINTED"] * 3


def test_approve_and_print_says_which_card_it_did_not_do_and_why(
    world: World, signed_in: SignedIn
) -> None:
    mine = world.child(
        "CỦA TÔI", days_ago=0, requester_person=actor_of(world, "so-the-01").person_key
    )
    late = world.child("QUÁ HẠN", days_ago=9)
    good = world.child("TRẺ TỐT", days_ago=0)
    form = BOTH | {"the": [mine.card_id, late.card_id, good.card_id]}
    text = sent(signed_in("so-the-01"), form, APPROVE)
    assert "Đã chọn 3 thẻ, duyệt 1, in 1." in text
    assert 'class="notice wait"' in text
    assert "<b>CỦA TÔI</b>" in text
    assert re.search(r"<b>QUÁ HẠN</b> \([^)]+\): Hồ sơ quá hạn: hãy chọn lý do", text)
    assert _states() == ["APPROVAL_REQUESTED", "APPROVAL_REQUESTED", "PRINTED"]


def test_a_print_that_fails_takes_no_approval_back(
    world: World, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def jam(*_: object, **__: object) -> None:
        raise Refused("Máy in không nhận tệp.", code="JAM")

    monkeypatch.setattr(printing, "_draw", jam)
    child = world.child("NGUYỄN MINH AN", days_ago=0)
    text = sent(signed_in("so-the-01"), BOTH | {"the": [child.card_id]}, APPROVE)
    assert "Đã chọn 1 thẻ, duyệt 1, in 0." in text
    assert "Chưa in được: Máy in không nhận tệp." in text
    assert _states() == ["APPROVED"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT status, print_count FROM cards_card")
        assert cursor.fetchall() == [("active", 0)]


def test_a_late_card_waits_for_its_reason_and_keeps_its_tick(
    world: World, signed_in: SignedIn
) -> None:
    late, good = world.child("QUÁ HẠN", days_ago=9), world.child("TRẺ TỐT", days_ago=0)
    desk = signed_in("so-the-01")
    text = sent(desk, {"the": [late.card_id, good.card_id]}, APPROVE)
    assert "Đã duyệt 1 thẻ" in text
    assert re.search(rf'value="{late.card_id}"[^>]* checked', text)
    with_note = {"the": [late.card_id], "ly-do-qua-han": "OTHER", "ghi-chu-qua-han": ""}
    assert "ghi rõ lý do quá hạn khác" in sent(desk, with_note, APPROVE)
    text = sent(desk, with_note | {"ghi-chu-qua-han": "Mất điện"}, APPROVE)
    assert "Đã duyệt 1 thẻ" in text
    assert "Mất điện" in text_of(desk, f"/can-bo/tra-cuu/{late.message_id}/")
    assert _states() == ["APPROVED", "APPROVED"]


def test_a_row_says_that_its_dossier_is_late_though_the_request_is_new(
    world: World, signed_in: SignedIn
) -> None:
    child = world.child("HỒ SƠ CŨ", days_ago=0)
    with acting(SYSTEM, at=world.at), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE dossiers_dossier SET due_on = '2026-01-05' WHERE id = %s", [child.dossier_id]
        )
    text = text_of(signed_in("so-the-01"), APPROVE)
    assert "Hồ sơ hẹn trả 05/01/2026, chưa ghi lý do quá hạn" in text


def test_a_late_card_is_not_printed_without_a_reason_and_the_others_are(
    world: World, signed_in: SignedIn
) -> None:
    late, good = world.child("QUÁ HẠN", days_ago=9), world.child("TRẺ TỐT", days_ago=0)
    both = [late.card_id, good.card_id]
    actions.approve([it or 0 for it in both], by=actor_of(world, "so-the-24"), at=world.at)
    desk = signed_in("so-the-01")
    opened = text_of(desk, PRINT)
    assert 'name="ly-do-qua-han"' in opened
    # What is to be told is told here: the file opens from a button, not in place of the page.
    assert 'target="_blank" data-then' not in opened
    text = sent(desk, {"the": both, "o-day": "1"}, PRINT)
    assert "Đã in 1 thẻ" in text
    assert re.search(r"<b>QUÁ HẠN</b> \([^)]+\): Hồ sơ quá hạn: hãy chọn lý do", text)
    assert re.search(rf'value="{late.card_id}"[^>]* checked', text)
    file = re.search(r'href="(/can-bo/lo-in/\d+/tep/)" target="_blank"', text)
    assert file
    assert desk.get(file[1]).content.startswith(b"%PDF")
    assert _states() == ["APPROVED", "PRINTED"]
    other = {"the": [late.card_id], "o-day": "1", "ly-do-qua-han": "OTHER"}
    assert "ghi rõ lý do quá hạn khác" in sent(desk, other, PRINT)
    assert _states() == ["APPROVED", "PRINTED"]
    text = sent(desk, other | {"ghi-chu-qua-han": "Máy in hỏng"}, PRINT)
    assert "Đã in 1 thẻ" in text
    assert _states() == ["PRINTED", "PRINTED"]
    assert "Máy in hỏng" in text_of(desk, f"/can-bo/tra-cuu/{late.message_id}/")


def test_a_late_card_with_its_reason_is_printed_like_any_other(
    world: World, signed_in: SignedIn
) -> None:
    late = world.child("QUÁ HẠN", days_ago=9)
    desk = signed_in("so-the-01")
    sent(desk, {"the": [late.card_id], "ly-do-qua-han": "WORKLOAD"}, APPROVE)
    assert 'name="ly-do-qua-han"' not in text_of(desk, PRINT)
    response = desk.post(PRINT, {"the": [late.card_id]})
    assert response.status_code == 303
    assert "/tep/" in response.headers["Location"]


def test_a_late_card_is_not_handed_over_without_a_reason(world: World, signed_in: SignedIn) -> None:
    from tests.web.test_work_pages import printed

    child = printed(world, "NGUYỄN MINH AN", days_ago=9)
    desk = signed_in("tiep-nhan-01")
    form = {"the": [child.card_id], "nguoi-nhan": "TRẦN THỊ BÌNH", "quan-he": "Mẹ"}
    text = sent(desk, form, "/can-bo/tra-the/")
    assert "hãy chọn lý do quá hạn" in text
    assert 'value="TRẦN THỊ BÌNH"' in text
    assert re.search(rf'value="{child.card_id}"[^>]* checked', text)
    text = sent(desk, form | {"ly-do-qua-han": "FAMILY_NOT_COME"}, "/can-bo/tra-the/")
    assert "Đã ghi trả 1 thẻ" in text
    assert _states() == ["RETURNED"]


def test_tasks_are_closed_together_with_one_note(world: World, signed_in: SignedIn) -> None:
    ids = [task(world, world.child(f"TRẺ SỐ {n}", state="CREATED")) for n in range(3)]
    desk = signed_in("tiep-nhan-01")
    text = sent(desk, {"viec": ids[:2], "ket-qua": "DONE", "ghi-chu": ""}, TASKS)
    assert "Hãy ghi đã xử lý thế nào" in text
    assert text.count(" checked") == 2
    assert '<option value="DONE" selected>' in text
    text = sent(desk, {"viec": ids[:2], "ket-qua": "DONE", "ghi-chu": "Đã báo gia đình"}, TASKS)
    assert "Đã đóng 2 việc" in text
    assert "TRẺ SỐ 2" in text
    assert "TRẺ SỐ 0" not in text
    again = sent(desk, {"viec": ids[:1], "ket-qua": "DONE", "ghi-chu": "Lại"}, TASKS)
    assert "Việc này đã được đóng" in again


def test_a_task_says_what_to_do_and_may_be_asked_for_alone(
    world: World, signed_in: SignedIn
) -> None:
    one = task(world, world.child("TRẺ MỘT", state="CREATED"))
    two = task(world, world.child("TRẺ HAI", state="CREATED"), "T-NO-LONGER-ENTITLED")
    desk = signed_in("truong-so-the-01")
    alone = text_of(desk, f"{TASKS}?viec={one}")
    assert "Báo gia đình thẻ không còn giá trị" in alone
    assert "TRẺ HAI" not in alone
    own_page = f'href="{reverse("correction", kwargs={"task_id": two})}" data-next'
    assert own_page in text_of(desk, TASKS)
    # What is decided on a page of its own is not closed in passing, and who may not decide is not led there.
    form = {"viec": [two], "ket-qua": "DONE", "ghi-chu": "x"}
    assert "phải quyết định ở trang riêng" in sent(desk, form, TASKS)
    elsewhere = text_of(signed_in("tiep-nhan-01"), TASKS)
    assert own_page not in elsewhere
    assert f"?viec={two}" not in elsewhere
    assert "Việc của: Cán bộ Thu." in elsewhere
    assert f'name="viec" value="{one}"' in elsewhere
    assert f'name="viec" value="{two}"' not in elsewhere
    assert "Việc của:" not in text_of(signed_in("thu-01"), f"{TASKS}?viec={two}")


def test_the_centre_looks_at_tasks_and_closes_none(world: World, signed_in: SignedIn) -> None:
    task_id = task(world, world.child("TRẺ MỘT", state="CREATED"))
    centre = signed_in("trung-uong")
    assert "Đóng các việc" not in text_of(centre, TASKS)
    form = {"viec": [task_id], "ket-qua": "DONE", "ghi-chu": "x"}
    assert centre.post(TASKS, form).status_code == 403


def test_a_filter_is_kept_opened_and_deleted_by_its_officer_alone(
    world: World, signed_in: SignedIn
) -> None:
    world.child("NGUYỄN MINH AN")
    desk, head = signed_in("so-the-01"), signed_in("truong-so-the-01")
    form = {
        "thao-tac": "luu",
        "trang": "work",
        "truy-van": "ai=mine&loai=PRINT&x=1&qua-han=1",
        "ten-bo-loc": " In của  tôi ",
    }
    kept = "/can-bo/viec-cua-toi/?loai=PRINT&ai=mine&qua-han=1"
    assert desk.post(FILTERS, form).headers["Location"] == kept
    text = text_of(desk)
    assert kept.replace("&", "&amp;") in text
    assert ">In của tôi</a>" in text
    assert "In của tôi" not in text_of(head)
    (filter_id,) = re.findall(r'name="bo-loc" value="(\d+)"', text)
    assert head.post(FILTERS, {"thao-tac": "xoa", "bo-loc": filter_id}).status_code == 404
    assert "In của tôi" in text_of(desk, FILTERS)
    assert desk.post(FILTERS, {"thao-tac": "xoa", "bo-loc": filter_id}).status_code == 303
    assert "In của tôi" not in text_of(desk)


def test_filters_are_limited_named_and_never_hold_a_searched_name(
    signed_in: SignedIn,
) -> None:
    desk = signed_in("so-the-01")
    form = {"thao-tac": "luu", "trang": "queue", "truy-van": "tim=an&don-vi=TE01001"}
    nameless = sent(desk, form | {"ten-bo-loc": " "}, FILTERS)
    assert "Hãy đặt tên cho bộ lọc" in nameless
    assert 'name="truy-van" value="don-vi=TE01001"' in nameless
    for number in range(8):
        assert desk.post(FILTERS, form | {"ten-bo-loc": f"Số {number}"}).status_code == 303
    full = sent(desk, form | {"ten-bo-loc": "Thừa"}, FILTERS)
    assert "nhiều nhất 8 bộ lọc" in full
    assert 'value="Thừa"' in full
    # The same name takes the place of the old one.
    assert desk.post(FILTERS, form | {"ten-bo-loc": "Số 3"}).status_code == 303
    assert text_of(desk, "/can-bo/ho-so/?don-vi=TE01001").count('aria-current="true"') == 8
    assert names_in(text_of(desk, "/can-bo/ho-so/")) == []
