"""The citizens' first pages: open to everybody, true to the law of the day and to the directory, without a database rule."""

import html
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.test import Client

from lienthong.catalogues import contacts_desk
from lienthong.catalogues.contacts import Duty
from lienthong.catalogues.contacts_desk import Entry
from lienthong.kernel.dates import VIETNAM, vietnam_date
from lienthong.law.paper_channel import PaperReason, paper_reasons
from lienthong.web.public import front, registering
from tests.web.world import SYSTEM, World

REGISTER, HELP = "/dang-ky/", "/ho-tro/"
MORNING = datetime(2026, 11, 20, 9, 0, tzinfo=VIETNAM)
AsPage = Callable[[], None]


def text_of(address: str) -> str:
    response = Client().get(address)
    assert response.status_code == 200, (address, response.status_code)
    assert response.headers["Cache-Control"] == "no-store"
    return " ".join(html.unescape(response.content.decode()).split())


def given_now(at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (front, registering):
        monkeypatch.setattr(module, "now", lambda: at)


def given_line(world: World, province: str, entry: Entry, *, days_ago: int = 0) -> None:
    at = world.at - timedelta(days=days_ago)
    contacts_desk.put(province, entry, vietnam_date(at), seen=0, by=SYSTEM, at=at)


def names_in(text: str) -> list[str]:
    return re.findall(r'id="tinh-\d\d"> <h2>(.*?)</h2>', text)


# ---------------------------------------------------------------- the first page


def test_the_first_page_leads_three_ways_and_hospitals_to_theirs() -> None:
    text = text_of("/")
    entrances = re.findall(r'class="entrance[^"]*" href="([^"]+)"', text)
    assert entrances == ["/tra-cuu/", REGISTER, HELP]
    assert 'href="/quet-the/"' in text
    assert 'href="/can-bo/"' in text


@pytest.mark.parametrize("address", ["/", REGISTER, f"{REGISTER}?tinh=01"])
def test_what_the_law_alone_knows_is_told_without_a_database(address: str) -> None:
    # No `db` fixture: any statement here is refused.
    assert "<html lang=" in text_of(address)


@pytest.mark.parametrize("address", ["/", REGISTER])
def test_no_script_and_no_style_stands_in_a_page(address: str) -> None:
    text = text_of(address)
    assert "<script" not in text
    assert " style=" not in text


def test_news_are_the_rules_of_the_day_the_latest_first() -> None:
    told = front.news(date(2026, 11, 20))
    assert [it.since for it in told] == sorted((it.since for it in told), reverse=True)
    assert told[0].instrument == "Nghị định 301/2026/NĐ-CP"
    assert not any(it.is_coming for it in told)
    assert not any("13/2023" in it.instrument for it in told)


def test_news_tell_ahead_what_is_coming_and_drop_what_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    day_before, first_day = date(2026, 8, 31), date(2026, 9, 1)
    assert front.news(day_before)[0].is_coming
    assert not front.news(first_day)[0].is_coming
    last = [it.instrument for it in front.news(date(2024, 6, 30))]
    assert "Quyết định 976/QĐ-BHXH" in last
    assert "Quyết định 976/QĐ-BHXH" not in [it.instrument for it in front.news(date(2024, 7, 1))]
    given_now(datetime(2026, 8, 31, 9, tzinfo=VIETNAM), monkeypatch)
    assert text_of("/").count("Sắp áp dụng") == 1
    soon = [it for it in front.news(date(2020, 1, 1)) if it.is_coming]
    assert [it.since for it in soon] == [date(2023, 7, 1)] * 2
    begun = [it.since for it in front.news(date(2023, 7, 1)) if it.is_coming]
    assert begun == [date(2025, 6, 1), date(2024, 7, 1)]


def test_the_first_page_stands_before_any_rule_it_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    given_now(datetime(2008, 1, 2, 9, tzinfo=VIETNAM), monkeypatch)
    assert "Sắp áp dụng" in text_of("/")


# ---------------------------------------------------------------- how to register


def test_days_and_due_day_are_those_of_the_law_of_the_instant(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given_now(MORNING, monkeypatch)
    text = text_of(REGISTER)
    assert "<b>3 ngày làm việc</b> từ khi hồ sơ khai sinh đầy đủ" in text
    assert "<b>2 ngày làm việc</b> kể từ khi nhận dữ liệu" in text
    # Friday morning; 24/11 is a public holiday since 2026.
    assert "<b>thứ Năm, 26/11/2026</b>" in text
    assert "cấp lại <b>trong ngày</b>" in text
    assert "Nghị định 63/2024/NĐ-CP" in text


def test_what_comes_after_the_cut_off_counts_from_the_next_working_day(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given_now(MORNING.replace(hour=17, minute=1), monkeypatch)
    assert "<b>thứ Sáu, 27/11/2026</b>" in text_of(REGISTER)


def test_an_earlier_day_has_its_own_days_and_no_invented_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given_now(datetime(2022, 3, 1, 9, tzinfo=VIETNAM), monkeypatch)
    text = text_of(REGISTER)
    assert "<b>20 ngày làm việc</b>" in text
    assert "được trả lại trong" not in text
    assert "Thẻ giấy được trả cho gia đình" in text
    assert "Làm trên cổng dịch vụ công" in text


def test_a_child_of_today_is_covered_from_today_to_the_day_the_law_gives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given_now(MORNING, monkeypatch)
    text = text_of(REGISTER)
    assert "Trẻ sinh hôm nay có thẻ đến hết ngày <b>30/11/2032</b>" in text
    assert "Trẻ sinh từ ngày 30/9 trở về trước" in text


@pytest.mark.rule("001-2")
def test_a_missing_personal_id_is_said_never_to_be_a_ground(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given_now(MORNING, monkeypatch)
    text = text_of(REGISTER)
    assert "Không ai được từ chối cấp thẻ vì thiếu số này" in text
    assert "Công văn 2703/STP-HCTP, mục 3" in text
    grounds = text.partition("những lý do nào?")[2].partition("Ngoài ra không có lý do nào khác")[0]
    assert "Trẻ đã có mã số và thẻ BHYT" in grounds
    assert "định danh" not in grounds


def test_facts_and_terms_on_the_page_are_the_law_s_own(monkeypatch: pytest.MonkeyPatch) -> None:
    given_now(MORNING, monkeypatch)
    text = text_of(REGISTER)
    for said in ("Quyển số", "Số đăng ký", "Ngày sinh của trẻ", "<b>60 ngày</b> kể từ ngày sinh"):
        assert said in text
    assert "Lý do nộp hồ sơ giấy" not in text


def test_paper_is_told_by_province_and_says_whose_list_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given_now(MORNING, monkeypatch)
    capital, other = text_of(f"{REGISTER}?tinh=01"), text_of(f"{REGISTER}?tinh=56")
    for rule in paper_reasons("01", on=vietnam_date(MORNING)):
        assert rule.title_vi in capital
        assert all(it in capital for it in rule.evidence_vi)
    assert "Căn cứ: Công văn 2703/STP-HCTP, mục 1" in capital
    assert "Chưa có danh mục riêng" not in capital
    assert "Chưa có danh mục riêng của Khánh Hòa" in other
    assert "Thiết kế của dự án" not in other
    assert '<option value="56" selected>Khánh Hòa</option>' in other


def test_before_the_first_list_paper_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    given_now(datetime(2021, 10, 5, 9, tzinfo=VIETNAM), monkeypatch)
    assert "chỉ nhận hồ sơ điện tử" in text_of(f"{REGISTER}?tinh=01")


@pytest.mark.parametrize("code", ["02", "99", "x", "%3Cb%3E", "1" * 500])
def test_a_province_that_is_not_there_is_said_and_the_page_still_helps(
    code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_now(MORNING, monkeypatch)
    text = text_of(f"{REGISTER}?tinh={code}")
    assert "Không có tỉnh, thành phố đó" in text
    assert "Danh mục chung" in text


def test_every_reason_that_a_list_can_hold_is_said_to_families() -> None:
    rules = registering.paper_way(None, vietnam_date(MORNING)).rules
    assert {it.reason for it, _ in rules} == set(PaperReason) - {PaperReason.LOCAL_ADDITION}
    assert all(when.endswith(".") for _, when in rules)


# ---------------------------------------------------------------- whom to call


def test_each_province_is_there_with_its_hotline_and_the_day_it_was_checked(
    world: World, as_page: AsPage
) -> None:
    office = Entry(Duty.HOTLINE, "0900 000 101", email="a@b.example", office="Số 1 phố Mẫu")
    given_line(world, "01", office)
    given_line(world, "01", Entry(Duty.IT, "0900000102", "Trần Kín"))
    given_line(world, "01", Entry(Duty.LEAD, "0900000103", "Lê Mở", is_name_public=True))
    as_page()
    text = text_of(HELP)
    assert len(names_in(text)) == 34
    assert 'href="tel:0900000101"' in text
    assert "0900 000 101</a>" in text
    assert "Số 1 phố Mẫu" in text
    assert "Lê Mở" in text
    assert "Trần Kín" not in text
    assert 'href="tel:0900000102"' in text
    assert f"Kiểm tra gần nhất: {world.at.astimezone(VIETNAM):%d/%m/%Y}" in text
    assert text.count("Chưa công bố số điện thoại") == 33


def test_provinces_stand_in_the_order_of_the_alphabet(world: World, as_page: AsPage) -> None:
    as_page()
    names = [it.removeprefix("Tỉnh ").removeprefix("Thành phố ") for it in names_in(text_of(HELP))]
    assert names[0] == "An Giang"
    assert names[-1] == "Vĩnh Long"
    assert names.index("Hà Nội") < names.index("Hà Tĩnh") < names.index("Hồ Chí Minh")


def test_what_nobody_checked_for_ninety_days_says_so(world: World, as_page: AsPage) -> None:
    given_line(world, "01", Entry(Duty.HOTLINE, "0900000101"), days_ago=90)
    given_line(world, "24", Entry(Duty.HOTLINE, "0900000201"), days_ago=91)
    as_page()
    assert "Quá 90 ngày" not in text_of(f"{HELP}?tim=ha+noi")
    assert "Quá 90 ngày chưa kiểm tra" in text_of(f"{HELP}?tim=bac+ninh")


def test_a_province_without_a_hotline_shows_the_others_at_once(
    world: World, as_page: AsPage
) -> None:
    given_line(world, "01", Entry(Duty.CARD_DESK, "0900000104", "Vũ Thẻ"))
    as_page()
    text = text_of(HELP)
    assert "Chưa công bố đường dây nóng" in text
    assert '<details class="fold" open>' in text


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("Hà Nội", ["Thành phố Hà Nội"]),
        ("ha noi", ["Thành phố Hà Nội"]),
        ("TP. Hồ Chí Minh", ["Thành phố Hồ Chí Minh"]),
        ("thành phố hồ chí", ["Thành phố Hồ Chí Minh"]),
        ("bà rịa vũng tàu", ["Thành phố Hồ Chí Minh"]),
        ("Hà Giang", ["Tỉnh Tuyên Quang"]),
        ("tỉnh đắk nông", ["Tỉnh Lâm Đồng"]),
        ("hoà bình", ["Tỉnh Phú Thọ"]),
        ("cao b", ["Tỉnh Cao Bằng"]),
        ("Huế", ["Thành phố Huế"]),
        ("giang bac", ["Thành phố Bắc Ninh"]),
    ],
)
def test_a_province_is_found_by_its_name_or_the_one_it_bore_before(
    asked: str, found: list[str], world: World, as_page: AsPage
) -> None:
    as_page()
    response = Client().get(HELP, {"tim": asked})
    text = " ".join(html.unescape(response.content.decode()).split())
    assert names_in(text) == found


@pytest.mark.parametrize("asked", ["Atlantis", "tỉnh", "...", "<bz>", "đ" * 5000])
def test_a_name_that_is_none_is_said_and_never_shows_an_empty_page(
    asked: str, world: World, as_page: AsPage
) -> None:
    as_page()
    response = Client().get(HELP, {"tim": asked})
    assert response.status_code == 200
    raw = response.content.decode()
    assert "Không có tỉnh, thành phố nào tên" in raw
    assert "Xem cả 34 tỉnh, thành phố" in raw
    assert "<bz>" not in raw


def test_blanks_alone_ask_for_every_province(world: World, as_page: AsPage) -> None:
    as_page()
    assert len(names_in(text_of(f"{HELP}?tim=+++"))) == 34


def test_the_pages_take_no_forms() -> None:
    for address in ("/", REGISTER, HELP):
        assert Client().post(address).status_code == 405
