"""What waits for me: whose work is on it, in which order, and what becomes of what is sent from it."""

import re
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lienthong.cards import actions, printing
from lienthong.database.scope import acting
from lienthong.dossiers import actions as dossiers
from lienthong.dossiers import assignment, escalation
from lienthong.law.deadlines import official_calendar
from tests.web.conftest import SignedIn
from tests.web.world import SYSTEM, Child, World, actor_of

ADDRESS = "/can-bo/viec-cua-toi/"


def text_of(client: Client, address: str = ADDRESS) -> str:
    response = client.get(address)
    assert response.status_code == 200, (address, response.status_code)
    return response.content.decode()


def sent(client: Client, form: dict[str, object], address: str = ADDRESS) -> str:
    response = client.post(address, form)
    assert response.status_code == 200, (form, response.status_code)
    return response.content.decode()


def names_in(text: str) -> list[str]:
    """The children of the rows, in the order of the page."""
    return re.findall(r'class="name">(?:<a [^>]*>)?([^<]+)<', text)


def task(world: World, child: Child, kind: str = "T-CARD-REVOKED", *, days_ago: int = 0) -> int:
    at = world.at - timedelta(days=days_ago)
    key = f"t:{child.dossier_id}:{kind}"
    dossiers.open_task(
        kind, dossier_id=child.dossier_id, subject_key=key, detail={}, by=SYSTEM, at=at
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM dossiers_task WHERE subject_key = %s", [key])
        return int(cursor.fetchone()[0])


def printed(world: World, name: str, **told: int) -> Child:
    child = world.child(name, **told)  # type: ignore[arg-type]
    by = actor_of(world, "so-the-24")
    actions.approve([child.card_id or 0], by=by, at=world.at)
    printing.print_cards([child.card_id or 0], by=by, at=world.at)
    return child


def make_urgent(child: Child, world: World) -> None:
    with acting(SYSTEM, at=world.at), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE dossiers_dossier SET urgent = true WHERE id = %s", [child.dossier_id]
        )


def on_a_working_day(world: World) -> datetime:
    at = world.at
    while not official_calendar().is_working_day(at.date()):
        at += timedelta(days=1)
    return at


def everything(world: World) -> None:
    """A child at each step, and a task."""
    world.child("CHỜ DUYỆT")
    approved = world.child("CHỜ IN")
    actions.approve([approved.card_id or 0], by=actor_of(world, "so-the-24"), at=world.at)
    printed(world, "CHỜ TRẢ")
    world.child("CHỜ KHAI BÁO", state="CREATE_FAILED", reason="UNIT_NOT_DECLARED")
    review = world.child("CHỜ XEM", state="EXPORTED_TNHS")
    split = world.child("CHỜ CHỌN", state="CREATED")
    with acting(SYSTEM, at=world.at), connection.cursor() as cursor:
        for child, reason in ((review, "NUMBER_EXHAUSTED"), (split, "H-AREA-SPLIT")):
            cursor.execute(
                "UPDATE dossiers_dossier SET state = 'MANUAL_REVIEW', reason = %s WHERE id = %s",
                [reason, child.dossier_id],
            )
    task(world, world.child("CÓ VIỆC", state="CREATED"), "H-FACILITY")


@pytest.mark.parametrize(
    ("username", "seen"),
    [
        ("tiep-nhan-01", {"CHỜ TRẢ", "CHỜ XEM", "CHỜ CHỌN"}),
        ("thu-01", {"CHỜ XEM", "CHỜ CHỌN", "CÓ VIỆC"}),
        ("so-the-01", {"CHỜ DUYỆT", "CHỜ IN", "CHỜ TRẢ"}),
        ("truong-so-the-01", {"CHỜ DUYỆT", "CHỜ IN", "CHỜ TRẢ", "CHỜ XEM", "CHỜ CHỌN", "CÓ VIỆC"}),
        ("tinh-01", {"CHỜ KHAI BÁO", "CHỜ XEM", "CHỜ CHỌN"}),
        ("trung-uong", {"CHỜ KHAI BÁO"}),
        ("so-the-24", set()),
    ],
)
def test_each_role_finds_its_own_kinds_of_work(
    username: str, seen: set[str], world: World, signed_in: SignedIn
) -> None:
    everything(world)
    assert set(names_in(text_of(signed_in(username)))) == seen


def test_a_line_leads_to_its_next_step_and_says_how_long_it_has(
    world: World, signed_in: SignedIn
) -> None:
    child = world.child("NGUYỄN MINH AN", days_ago=9)
    text = text_of(signed_in("so-the-01"))
    assert f'href="/can-bo/duyet-the/?ho-so={child.dossier_id}"' in text
    assert "Quá hạn" in text
    assert "Chưa ai nhận" in text
    assert "Chưa ghi lý do" in text
    one = text_of(signed_in("so-the-01"), f"/can-bo/duyet-the/?ho-so={child.dossier_id}")
    assert names_in(one) == ["NGUYỄN MINH AN"]


def test_urgent_work_comes_first_then_what_is_due_first(world: World, signed_in: SignedIn) -> None:
    world.child("MỚI", days_ago=1)
    urgent = world.child("KHẨN", days_ago=0)
    world.child("CŨ", days_ago=5)
    make_urgent(urgent, world)
    task(world, printed(world, "TRẢ MUỘN", days_ago=30))
    text = text_of(signed_in("so-the-01"))
    assert names_in(text)[:2] == ["KHẨN", "TRẢ MUỘN"]
    assert names_in(text).index("CŨ") < names_in(text).index("MỚI")
    assert '<span class="tag late">Khẩn</span>' in text


def test_every_line_is_shown_once_however_small_the_pages_are(
    world: World, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lienthong.web.staff.work._PAGE_SIZE", 3)
    names = [world.child(f"DUYỆT SỐ {n}", days_ago=n).name for n in range(5)]
    names += [printed(world, f"TRẢ SỐ {n}", days_ago=n).name for n in range(4)]
    for number in range(4):
        child = world.child(f"VIỆC SỐ {number}", state="CREATED")
        task(world, child, days_ago=number)
        names.append(child.name)
    make_urgent(world.children["DUYỆT SỐ 2"], world)
    client, seen, address = signed_in("so-the-01"), [], ADDRESS
    for _ in range(9):
        text = text_of(client, address)
        seen += names_in(text)
        following = re.search(r'href="(/can-bo/viec-cua-toi/\?sau=[^"]+)">Trang sau', text)
        if not following:
            break
        address = following[1]
    assert sorted(seen) == sorted(names)


def test_nonsense_in_the_address_starts_from_the_beginning(
    world: World, signed_in: SignedIn
) -> None:
    world.child("NGUYỄN MINH AN")
    client = signed_in("so-the-01")
    for query in (
        "sau=x",
        "sau=APPROVE.1.9999-99-99.5",
        "sau=LA.0.2026-01-01.1",
        "loai=LA",
        "ai=ai",
    ):
        assert names_in(text_of(client, f"{ADDRESS}?{query}")) == ["NGUYỄN MINH AN"], query


def test_whom_the_page_shows_is_in_the_log(world: World, signed_in: SignedIn) -> None:
    child = world.child("NGUYỄN MINH AN")
    text_of(signed_in("so-the-01"))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")
        cursor.execute("SELECT by, subject_id FROM audit_entry WHERE action = 'viewed'")
        assert cursor.fetchall() == [("officer:so-the-01", child.dossier_id)]
        cursor.execute("SET LOCAL ROLE lienthong_web")


def test_work_is_taken_given_and_let_go(world: World, signed_in: SignedIn) -> None:
    one, two = world.child("TRẺ MỘT"), world.child("TRẺ HAI")
    desk, head = signed_in("so-the-01"), signed_in("truong-so-the-01")
    assert "Bạn đã nhận 1 việc" in sent(desk, {"thao-tac": "nhan", "hs": [one.dossier_id]})
    assert names_in(text_of(desk, f"{ADDRESS}?ai=mine")) == ["TRẺ MỘT"]
    assert names_in(text_of(head, f"{ADDRESS}?ai=free")) == ["TRẺ HAI"]
    taken = sent(head, {"thao-tac": "nhan", "hs": [one.dossier_id, two.dossier_id]})
    assert "Nguyễn Thị Hồng đã nhận việc này" in taken
    assert "<b>TRẺ MỘT</b>" in taken
    given = {"thao-tac": "giao", "giao-cho": "don-vi-01", "hs": [one.dossier_id]}
    assert "Đã giao 1 việc" in sent(head, given)
    assert "Đỗ Văn Xã" in text_of(desk)
    assert "1 việc chưa thực hiện được" in sent(
        desk, {"thao-tac": "tra-lai", "hs": [one.dossier_id]}
    )
    assert "Đã trả lại 1 việc" in sent(head, {"thao-tac": "tra-lai", "hs": [one.dossier_id]})
    assert "giao-cho" not in text_of(desk)


def test_a_form_that_lacks_something_keeps_its_ticks(world: World, signed_in: SignedIn) -> None:
    child = world.child("NGUYỄN MINH AN", days_ago=9)
    head = signed_in("truong-so-the-01")
    assert "Chưa chọn việc nào" in sent(head, {"thao-tac": "nhan"})
    for form, said in (
        ({"thao-tac": "giao"}, "Hãy chọn cán bộ"),
        ({"thao-tac": "giao", "giao-cho": "khong-co"}, "Không có tài khoản"),
        ({"thao-tac": "ly-do", "ly-do-qua-han": "OTHER"}, "ghi rõ lý do"),
    ):
        text = sent(head, form | {"hs": [child.dossier_id]})
        assert said in text
        assert re.search(rf'name="hs" value="{child.dossier_id}"[^>]* checked', text), form


def test_an_officer_without_the_right_gives_nothing(world: World, signed_in: SignedIn) -> None:
    child = world.child("NGUYỄN MINH AN")
    form = {"thao-tac": "giao", "giao-cho": "so-the-01", "hs": [child.dossier_id]}
    assert signed_in("so-the-01").post(ADDRESS, form).status_code == 403
    foreign = sent(signed_in("so-the-24"), {"thao-tac": "nhan", "hs": [child.dossier_id]})
    assert "NGUYỄN MINH AN" not in foreign
    assert "Không tìm thấy việc này trong địa bàn" in foreign


def test_late_dossiers_get_their_reason_together_and_show_it_everywhere(
    world: World, signed_in: SignedIn
) -> None:
    both = [world.child("TRẺ MỘT", days_ago=9), world.child("TRẺ HAI", days_ago=9)]
    desk = signed_in("so-the-01")
    form = {
        "thao-tac": "ly-do",
        "hs": [child.dossier_id for child in both],
        "ly-do-qua-han": "EQUIPMENT",
        "ghi-chu-qua-han": "Hết phôi thẻ",
    }
    assert "Đã ghi lý do quá hạn cho 2 hồ sơ" in sent(desk, form)
    reason = "Máy in, phôi thẻ hoặc đường truyền hỏng: Hết phôi thẻ"
    for address in (ADDRESS, "/can-bo/duyet-the/", "/can-bo/ho-so/"):
        assert text_of(desk, address).count(reason) == 2, address
    assert reason in text_of(desk, f"/can-bo/tra-cuu/{both[0].message_id}/")


def test_the_form_of_one_dossier_keeps_what_was_typed(world: World, signed_in: SignedIn) -> None:
    child = world.child("NGUYỄN MINH AN", days_ago=9)
    desk = signed_in("so-the-01")
    address = f"/can-bo/ly-do-qua-han/{child.message_id}/"
    text = sent(desk, {"ly-do-qua-han": "", "ghi-chu-qua-han": "Mất điện"}, address)
    assert "Hãy chọn lý do quá hạn" in text
    assert 'value="Mất điện"' in text
    done = desk.post(address, {"ly-do-qua-han": "OTHER", "ghi-chu-qua-han": "Mất điện"})
    assert done.headers["Location"] == f"/can-bo/tra-cuu/{child.message_id}/"
    assert "Mất điện" in text_of(desk, done.headers["Location"])
    fresh = world.children["NGUYỄN MINH AN"]
    assert fresh.dossier_id == child.dossier_id


def test_what_was_told_stands_on_every_page_of_the_dossier(
    world: World, signed_in: SignedIn
) -> None:
    child = world.child("NGUYỄN MINH AN", days_ago=20)
    escalation.escalate(by=SYSTEM, at=on_a_working_day(world))
    desk = signed_in("so-the-01")
    for address in (ADDRESS, "/can-bo/duyet-the/", f"/can-bo/tra-cuu/{child.message_id}/"):
        text = text_of(desk, address)
        for whom in (
            "Trưởng bộ phận Sổ, thẻ (Hoàng Thị Trưởng)",
            "Lãnh đạo BHXH tỉnh (Phạm Thị Bích)",
        ):
            assert whom in text, address
    assert names_in(text_of(signed_in("tinh-01"))) == ["NGUYỄN MINH AN"]
    assert "Xem hồ sơ" in text_of(signed_in("tinh-01"))


def test_the_page_asks_a_bounded_number_of_questions(world: World, signed_in: SignedIn) -> None:
    client = signed_in("truong-so-the-01")
    text_of(client)
    connection.force_debug_cursor = True
    with CaptureQueriesContext(connection) as few:
        text_of(client)
    become = "SET LOCAL ROLE "
    with connection.cursor() as cursor:
        cursor.execute(become + "lienthong_worker")
    for number in range(30):
        world.child(f"TRẺ SỐ {number}", days_ago=number)
    with connection.cursor() as cursor:
        cursor.execute(become + "lienthong_web")
    with CaptureQueriesContext(connection) as many:
        text_of(client)
    # One for the levels that were told, one for the log of views.
    assert len(many) - len(few) <= 2


def test_a_full_page_that_has_climbed_stays_under_60_kilobytes(
    world: World, signed_in: SignedIn
) -> None:
    for number in range(45):
        world.child(f"NGUYỄN HOÀNG MINH AN SỐ {number}", days_ago=20)
    escalation.escalate(by=SYSTEM, at=on_a_working_day(world))
    response = signed_in("truong-so-the-01").get(ADDRESS)
    assert len(names_in(response.content.decode())) == 35
    assert len(response.content) <= 60 * 1024


def test_home_leads_to_the_work(world: World, signed_in: SignedIn) -> None:
    world.child("NGUYỄN MINH AN")
    text = text_of(signed_in("so-the-01"), "/can-bo/")
    assert '<a class="button" href="/can-bo/viec-cua-toi/">' in text
    menu = text.split('class="menu-group"')[1]
    assert menu.index("Việc đang chờ tôi") < menu.index("Tổng quan")


def test_a_task_of_another_desk_is_assigned_there_only(world: World, signed_in: SignedIn) -> None:
    task_id = task(world, world.child("CÓ VIỆC", state="CREATED"), "H-FACILITY")
    refused = assignment.take("task", [task_id], by=actor_of(world, "so-the-01"), at=world.at)
    assert refused.refused[0].code == "NOT_HIS"
    collector = signed_in("thu-01")
    assert "Bạn đã nhận 1 việc" in sent(collector, {"thao-tac": "nhan", "viec": [task_id]})
    assert names_in(text_of(collector, f"{ADDRESS}?ai=mine&loai=TASK")) == ["CÓ VIỆC"]
