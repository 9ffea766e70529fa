"""The pages of what left the procedure by HTTP: what each officer finds, answers by form, the summary, the file."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client

from lienthong.cards import actions, conformance, officetime
from lienthong.catalogues.sheets import SentFile, read_sheet
from lienthong.kernel.dates import vietnam_date
from tests.web.conftest import SignedIn
from tests.web.world import SYSTEM, World, actor_of

PAGE = "/can-bo/sai-quy-trinh/"
SUMMARY = f"{PAGE}tong-hop/"
SAID = "Đã phân công thêm người duyệt."


@pytest.fixture
def late(world: World) -> World:
    """In Hà Nội three requests that wait for weeks and a card that was not printed; one request in Bắc Ninh."""
    officetime.ensure(vietnam_date(world.at))
    world.child("NGUYỄN MINH AN", days_ago=30)
    world.child("CÔNG TẰNG TÔN NỮ NGUYỄN THỊ HOÀNG BẢO TRÂM ANH", days_ago=30)
    world.child("PHẠM AN NHIÊN", days_ago=30)
    kept = world.child("LÊ GIA HUY", days_ago=20)
    world.child("ĐỖ BẮC NINH", unit="TE24001", days_ago=30)
    actions.approve(
        [kept.card_id or 0], by=actor_of(world, "so-the-24"), at=world.at - timedelta(days=20)
    )
    conformance.look_at_everything(by=SYSTEM, at=world.at)
    return world


def _text(client: Client, address: str = PAGE) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def _ids(rule: str, area: str = "TE01001") -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")
        cursor.execute(
            "SELECT finding.id FROM cards_finding AS finding JOIN catalogues_unit AS unit ON unit.id = finding.unit_id"
            " WHERE rule = %s AND unit.code = %s ORDER BY 1",
            [rule, area],
        )
        found = [row[0] for row in cursor.fetchall()]
        cursor.execute("SET LOCAL ROLE lienthong_web")
    return found


def _state(finding_id: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")
        cursor.execute("SELECT state FROM cards_finding WHERE id = %s", [finding_id])
        (state,) = cursor.fetchone()
        cursor.execute("SET LOCAL ROLE lienthong_web")
    return str(state)


def _answer(client: Client, ids: list[int], **changes: str) -> str:
    form = {"thao-tac": "tra-loi", "ly-do": "WORKLOAD", "tra-loi": SAID} | changes
    response = client.post(f"{PAGE}?trang-thai=waiting", {"dong": ids, **form})
    assert response.status_code == 200
    return response.content.decode()


def test_the_list_shows_the_rule_the_delay_and_only_the_own_area(
    late: World, signed_in: SignedIn
) -> None:
    assert late
    text = _text(signed_in("so-the-01"))
    for words in ("NGUYỄN MINH AN", "OP-01 – Duyệt chậm", "OP-02 – In chậm", "Chờ trả lời", "giờ"):
        assert words in text
    assert conformance.RULES_VI["OP-01"] in text
    assert "ĐỖ BẮC NINH" not in text
    assert "ĐỖ BẮC NINH" in _text(signed_in("trung-uong"))


def test_the_filter_asks_for_one_rule_and_one_unit(late: World, signed_in: SignedIn) -> None:
    assert late
    client = signed_in("trung-uong")
    text = _text(client, f"{PAGE}?trang-thai=waiting&quy-tac=OP-02")
    assert "LÊ GIA HUY" in text
    assert "NGUYỄN MINH AN" not in text
    text = _text(client, f"{PAGE}?trang-thai=&don-vi=TE24001")
    assert "ĐỖ BẮC NINH" in text
    assert "NGUYỄN MINH AN" not in text
    assert "Không có dòng nào theo bộ lọc này" in _text(
        client, f"{PAGE}?trang-thai=waiting&quy-tac=OP-13"
    )


def test_one_answer_for_a_whole_rule_then_the_head_confirms(
    late: World, signed_in: SignedIn
) -> None:
    assert late
    ids = _ids("OP-01")
    assert len(ids) == 3
    client = signed_in("so-the-01")
    assert "Đã gửi trả lời cho 3 dòng" in _answer(client, ids)
    assert {_state(each) for each in ids} == {"answered"}
    head = signed_in("truong-so-the-01")
    assert SAID in _text(head, f"{PAGE}?trang-thai=answered")
    form = {"dong": ids[:2], "thao-tac": "xac-nhan"}
    told = head.post(f"{PAGE}?trang-thai=answered", form).content.decode()
    assert "Đã xác nhận 2 dòng" in told
    form = {"thao-tac": "tra-lai", "ghi-chu": "Nêu rõ người thực hiện."}
    told = head.post(f"{PAGE}{ids[2]}/", form).content.decode()
    assert "Đã trả lại 1 dòng" in told
    assert "Nêu rõ người thực hiện." in told
    assert [_state(each) for each in ids] == ["confirmed", "confirmed", "returned"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ly-do": ""}, "Vui lòng chọn lý do trong danh sách."),
        ({"tra-loi": "  "}, "Vui lòng ghi nội dung trả lời."),
    ],
)
def test_a_refused_answer_keeps_what_was_typed_and_ticked(
    late: World, signed_in: SignedIn, changes: dict[str, str], said: str
) -> None:
    assert late
    ids = _ids("OP-01")
    text = _answer(signed_in("so-the-01"), ids[:1], **changes)
    assert said in text
    assert text.count('name="dong" value="') > 1
    assert f'name="dong" value="{ids[0]}" aria-label="Chọn' in text
    assert text.count(" checked") == 1
    if "ly-do" in changes:
        assert SAID in text
    else:
        assert 'value="WORKLOAD" selected' in text
    assert _state(ids[0]) == "open"


def test_rows_of_several_rules_are_not_answered_together(late: World, signed_in: SignedIn) -> None:
    assert late
    text = _answer(signed_in("so-the-01"), [*_ids("OP-01"), *_ids("OP-02")])
    assert "Chỉ trả lời chung cho các dòng của cùng một quy tắc" in text
    assert "Chưa chọn dòng nào" in _answer(signed_in("so-the-01"), [])


def test_the_head_who_answered_is_told_to_leave_it_to_another(
    late: World, signed_in: SignedIn
) -> None:
    assert late
    (finding_id, *_) = _ids("OP-01")
    head = signed_in("truong-so-the-01")
    _answer(head, [finding_id])
    text = _text(head, f"{PAGE}{finding_id}/")
    assert "Bạn là người trả lời" in text
    assert "Xác nhận trả lời" not in text
    text = head.post(f"{PAGE}{finding_id}/", {"thao-tac": "xac-nhan"}).content.decode()
    assert "Người trả lời không được tự xác nhận" in text
    assert _state(finding_id) == "answered"


def test_who_may_only_look_is_given_no_form_and_no_way(late: World, signed_in: SignedIn) -> None:
    assert late
    (finding_id, *_) = _ids("OP-01")
    for username in ("tinh-01", "trung-uong"):
        client = signed_in(username)
        assert 'name="tra-loi"' not in _text(client)
        assert (
            client.post(
                f"{PAGE}{finding_id}/", {"thao-tac": "tra-loi", "ly-do": "OTHER", "tra-loi": "x"}
            ).status_code
            == 403
        )
    assert signed_in("so-the-24").get(f"{PAGE}{finding_id}/").status_code == 404
    assert signed_in("tiep-nhan-01").get(PAGE).status_code == 403


def test_the_summary_counts_provinces_then_units_and_shows_the_weeks(
    late: World, signed_in: SignedIn
) -> None:
    assert late
    text = _text(signed_in("trung-uong"), SUMMARY)
    for words in (
        "Thành phố Hà Nội",
        "Bắc Ninh",
        "OP-01",
        "OP-02",
        "Xu hướng 12 tuần",
        "<rect",
    ):
        assert words in text
    assert "NGUYỄN MINH AN" not in text
    text = _text(signed_in("trung-uong"), f"{SUMMARY}?tinh=24")
    assert "BHXH cơ sở Bắc Giang" in text
    assert "Ba Đình" not in text
    text = _text(signed_in("tinh-01"), SUMMARY)
    assert "BHXH cơ sở Ba Đình" in text
    assert "Bắc Giang" not in text


def test_the_file_has_what_the_filter_shows_and_logs_whom(late: World, signed_in: SignedIn) -> None:
    assert late
    response = signed_in("so-the-01").get(f"{PAGE}tep/?trang-thai=waiting&quy-tac=OP-02")
    assert response.status_code == 200
    sheet = read_sheet(
        SentFile("a.xlsx", response.content), columns=["quy tắc", "họ và tên"], widths={}
    )
    assert [row.cells["họ và tên"] for row in sheet.rows] == ["LÊ GIA HUY"]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")
        cursor.execute(
            "SELECT subject_id FROM audit_entry WHERE action = 'viewed' AND purpose = 'CONFORMANCE_VIEW'"
        )
        assert [row[0] for row in cursor.fetchall()] == [late.children["LÊ GIA HUY"].dossier_id]


def test_home_tells_what_waits_for_an_answer(late: World, signed_in: SignedIn) -> None:
    assert late
    assert "Thao tác sai quy trình" in _text(signed_in("so-the-01"), "/can-bo/")


@pytest.mark.parametrize(
    "ask", ["?sau=abc", "?sau=99999999999999999999", "?trang-thai=x&quy-tac=OP-99&tinh=%27"]
)
def test_a_strange_address_shows_the_list(signed_in: SignedIn, ask: str) -> None:
    assert _text(signed_in("so-the-01"), PAGE + ask)


def test_a_long_list_is_read_page_by_page(world: World, signed_in: SignedIn, now: datetime) -> None:
    officetime.ensure(vietnam_date(now))
    for number in range(52):
        world.child(f"TRẺ SỐ {number:03}", days_ago=30)
    conformance.look_at_everything(by=SYSTEM, at=world.at)
    client = signed_in("so-the-01")
    first = _text(client)
    assert "TRẺ SỐ 000" in first
    assert "TRẺ SỐ 051" not in first
    (after,) = {part.split('"')[0] for part in first.split("sau=")[1:]}
    second = _text(client, f"{PAGE}?trang-thai=waiting&sau={after}")
    assert "TRẺ SỐ 051" in second
    assert "TRẺ SỐ 000" not in second
