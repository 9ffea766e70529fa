"""Many differences alike are settled by a rule: written down, looked at, applied, and the whole run taken back."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from lienthong.catalogues import routes
from lienthong.database.address import Address
from lienthong.persons import differing
from lienthong.persons.relations import Relation
from tests import births
from tests.births import AT, ON, column
from tests.browser.conftest import Site, as_the_system, sign_in
from tests.browser.test_journeys import (
    then_axe_finds_nothing,
    then_nothing_is_wider_than_the_screen,
)
from tests.households import adult, entry, household
from tests.officers import SYSTEM
from tests.web.world import World

pytestmark = pytest.mark.browser
Serve = Callable[[], Site]
RULES = "/can-bo/chenh-lech/quy-tac/"
NAMES = ("CÔNG TẰNG TÔN NỮ NGUYỄN THỊ HOÀNG BẢO TRÂM", "LÊ VĂN HOÀ", "NGUYỄN THỊ THUÝ")


def then_it_is_fit_for_eyes(page: Page) -> None:
    then_nothing_is_wider_than_the_screen(page)
    then_axe_finds_nothing(page)


def given_differences_alike() -> None:
    """Three whose sex the collection database leaves empty, and one about whom the two disagree."""
    births.small_country()
    routes.ensure(ON)
    for place, name in enumerate((*NAMES, "PHẠM VĂN KHÁC")):
        person = adult(name, sex="male" if place == 1 else "female")
        household((person, Relation.HEAD))
        told = "male" if place == 1 else "female"
        entry("household", f"h{place}", person, full_name=name, sex=told)
        entry(
            "collection",
            f"c{place}",
            person,
            full_name=name,
            sex="" if place < len(NAMES) else "male",
        )
    differing.compare(by=SYSTEM, at=AT)


def when_a_rule_is_written(page: Page) -> None:
    page.get_by_label("Tên quy tắc").fill("Giới tính theo dữ liệu hộ")
    page.get_by_label("Loại chênh lệch").select_option("sex")
    page.get_by_label("Trường hợp").select_option("day_month")
    page.get_by_label("Bên đúng").select_option("household")
    page.get_by_label("Căn cứ").fill("Công văn 866/BHXH-QLT")
    page.get_by_role("button", name="Ghi và xem trước").click()
    expect(page.get_by_text("không có ở loại chênh lệch đã chọn")).to_be_visible()
    expect(page.get_by_label("Tên quy tắc")).to_have_value("Giới tính theo dữ liệu hộ")
    then_it_is_fit_for_eyes(page)
    page.get_by_label("Trường hợp").select_option("empty_side")
    page.get_by_role("button", name="Ghi và xem trước").click()


def then_the_preview_says_what_it_would_do(page: Page) -> None:
    expect(page.get_by_role("heading", name="Giới tính theo dữ liệu hộ")).to_be_visible()
    expect(page.get_by_text("chênh lệch sẽ được xử lý")).to_be_visible()
    rows = page.get_by_role("table").get_by_role("row")
    expect(rows).to_have_count(1 + len(NAMES))
    expect(rows.filter(has_text=NAMES[1])).to_contain_text("Nam")
    then_it_is_fit_for_eyes(page)


def then_somebody_else_may_not_take_it_back(phone: Page, served: Site) -> None:
    sign_in(phone, served, "tiep-nhan-01", to=RULES)
    expect(phone.get_by_text("Giới tính theo dữ liệu hộ").first).to_be_visible()
    expect(phone.get_by_role("button", name="Bỏ lần này")).to_have_count(0)
    then_it_is_fit_for_eyes(phone)


def test_a_rule_is_seen_applied_and_taken_back(
    world: World, site: Serve, page: Page, phone: Page, committed_db: Address
) -> None:
    given_differences_alike()
    served = site()

    def waiting() -> object:
        with as_the_system(committed_db):
            return column("SELECT count(*) FROM persons_difference WHERE state = 'open'")[0]

    sign_in(page, served, "thu-01", to="/can-bo/chenh-lech/")
    page.get_by_role("link", name="Quy tắc").click()
    expect(page.get_by_text("Chưa có quy tắc nào")).to_be_visible()
    then_it_is_fit_for_eyes(page)
    when_a_rule_is_written(page)
    then_the_preview_says_what_it_would_do(page)
    assert waiting() == len(NAMES) + 1

    page.get_by_role("button", name="Áp dụng cho 3 chênh lệch").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Đã áp dụng: 3 chênh lệch được xử lý")).to_be_visible()
    then_it_is_fit_for_eyes(page)
    assert waiting() == 1
    page.goto(f"{served.url}/can-bo/chenh-lech/?xem=da-xu-ly")
    expect(page.get_by_role("row").filter(has_text=NAMES[0])).to_be_visible()
    then_somebody_else_may_not_take_it_back(phone, served)

    page.goto(served.url + RULES)
    page.get_by_role("button", name="Bỏ lần này").click()
    expect(page.get_by_text("3 chênh lệch trở lại danh sách chờ").first).to_be_visible()
    then_it_is_fit_for_eyes(page)
    assert waiting() == len(NAMES) + 1
