"""A register with faults: sent, its faults read, mended rows applied, the same file again; as CSV and as XLSX, from a phone too."""

import io
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook

from lienthong.catalogues import sheets
from lienthong.database.address import Address
from lienthong.persons import importing
from lienthong.persons.registerfile import COLUMNS, COLUMNS_VI
from tests.births import column
from tests.browser.conftest import Site, as_the_system, sign_in
from tests.browser.test_journeys import (
    then_axe_finds_nothing,
    then_nothing_is_wider_than_the_screen,
)
from tests.registers import as_csv, member, register
from tests.web.declared import declare
from tests.web.world import SYSTEM, World

pytestmark = pytest.mark.browser

Serve = Callable[[], Site]
HERE = "/can-bo/nhap-xuat/"
LONG = "Công Tằng Tôn Nữ Nguyễn Thị Hoàng Bảo Trâm Anh"
FAMILY = [
    member("H1", "Trần Văn Một", "00", insurance_number="0184000001", personal_id="001084000001"),
    member("H2", LONG, "01", sex="female", birth_date="1986-02-03"),
    member("H3", "Trần Minh Ba", "08", birth_date="2015-09-01", mother_name=LONG),
]
WRONG = [
    member("H4", "Lê Thị Bốn", "02", sex="1"),
    member("H5", "Ngô Văn Năm", "02", birth_date="31/02/1999"),
    member("H6", "Phạm Văn Sáu", "02", commune_code="99999"),
    member("H1", "Trần Văn Một", "00"),
]


def then_it_is_fit_for_eyes(page: Page) -> None:
    then_nothing_is_wider_than_the_screen(page)
    then_axe_finds_nothing(page)


def as_xlsx(rows: Sequence[Mapping[str, str]]) -> bytes:
    """The rows as a workbook with Vietnamese headings."""
    stream = io.BytesIO()
    heading = [COLUMNS_VI[name] for name in COLUMNS]
    sheets.write_long_sheet(
        stream, "Hộ", heading, ([row.get(name, "") for name in COLUMNS] for row in rows)
    )
    return stream.getvalue()


def when_sent(page: Page, name: str, body: bytes) -> None:
    kind = "text/csv" if name.endswith(".csv") else "application/octet-stream"
    page.get_by_label("Loại dữ liệu").select_option("household")
    page.get_by_label("Tệp .xlsx hoặc .csv").set_input_files(
        {"name": name, "mimeType": kind, "buffer": body}
    )
    page.get_by_role("button", name="Gửi và xem trước").click()
    expect(page.get_by_text("Trang tự tải lại")).to_be_visible()


def when_the_system_works(page: Page, database: Address) -> None:
    with as_the_system(database):
        while importing.follow(by=SYSTEM, at=settings.CLOCK()):
            pass
    # The page comes again by itself, until there is nothing to wait for.
    page.locator("meta[http-equiv=refresh]").wait_for(state="detached", timeout=30_000)


def then_each_fault_stands_with_its_line_and_code(page: Page) -> None:
    for line, column_vi, code in (
        ("5", "Giới tính", "E-SEX"),
        ("6", "Ngày sinh", "E-DATE"),
        ("7", "Mã xã", "E-COMMUNE"),
        ("8", "Mã dòng", "E-DUPLICATE"),
    ):
        row = page.get_by_role("row").filter(has_text=code).filter(has_text=column_vi)
        expect(row.first).to_be_visible()
        expect(row.first.get_by_role("cell").first).to_have_text(line)


def downloaded(page: Page, name: str) -> list[list[object]]:
    with page.expect_download() as started:
        page.get_by_role("link", name=name).click()
    path = Path(started.value.path())
    return CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()


def when_the_same_file_comes_again(page: Page, body: bytes, database: Address) -> None:
    page.get_by_role("link", name="Về danh sách các lần nhập").click()
    when_sent(page, "ho-ba-dinh-lai.csv", body)
    when_the_system_works(page, database)
    expect(page.get_by_text("Chính tệp này đã được áp dụng")).to_be_visible()
    expect(page.get_by_text("Tệp không thay đổi gì")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Áp dụng"))).to_have_count(0)
    page.get_by_role("button", name="Bỏ tệp này").click()
    expect(page.get_by_text("Tệp này đã được bỏ")).to_be_visible()


def then_the_preview_is_read_on_a_telephone_too(phone: Page, served: Site) -> None:
    sign_in(phone, served, "thu-01", to=HERE)
    phone.get_by_role("link", name="ho-ba-dinh.csv").click()
    then_it_is_fit_for_eyes(phone)


def test_a_file_with_faults_is_read_applied_and_recognised(
    world: World, site: Serve, page: Page, phone: Page, committed_db: Address
) -> None:
    declare(world, "TE01001", "00004")
    served = site()
    sign_in(page, served, "thu-01", to=HERE)
    expect(page.get_by_text("Chưa có lần nhập nào")).to_be_visible()
    then_it_is_fit_for_eyes(page)
    body = as_csv([*FAMILY, *WRONG])
    when_sent(page, "ho-ba-dinh.csv", body)
    when_the_system_works(page, committed_db)
    expect(page.get_by_role("heading", name="Xem trước khi áp dụng")).to_be_visible()
    expect(page.get_by_text("Chưa có gì được ghi")).to_be_visible()
    then_each_fault_stands_with_its_line_and_code(page)
    then_it_is_fit_for_eyes(page)
    faults = downloaded(page, "Tải dòng có lỗi (XLSX)")
    assert [row[0] for row in faults[1:]] == ["H4", "H5", "H6", "H1"]
    then_the_preview_is_read_on_a_telephone_too(phone, served)

    page.get_by_role("button", name="Áp dụng 3 dòng").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Trang tự tải lại")).to_be_visible()
    when_the_system_works(page, committed_db)
    expect(page.get_by_text("Đã áp dụng xong")).to_be_visible()
    then_it_is_fit_for_eyes(page)
    with as_the_system(committed_db):
        stands = register()
        assert column("SELECT count(*) FROM persons_member") == [3]
    when_the_same_file_comes_again(page, body, committed_db)
    with as_the_system(committed_db):
        assert register() == stands
    when_a_workbook_brings_what_changed(page, served, committed_db)


def when_a_workbook_brings_what_changed(page: Page, served: Site, database: Address) -> None:
    page.goto(served.url + HERE)
    changed = [{**FAMILY[0], "full_name": "Trần Văn Mốt"}, FAMILY[1], {**WRONG[0], "sex": "Nữ"}]
    when_sent(page, "ho-da-sua.xlsx", as_xlsx(changed))
    when_the_system_works(page, database)
    expect(page.get_by_role("row", name=re.compile("Trần Văn Một.*Trần Văn Mốt"))).to_be_visible()
    missing = page.get_by_role("table", name="Không có trong tệp")
    expect(missing.get_by_role("row").filter(has_text="Trần Minh Ba")).to_be_visible()
    then_it_is_fit_for_eyes(page)
    assert [row[3:] for row in downloaded(page, "Tải thay đổi (XLSX)")[1:]] == [
        ["Họ và tên", "Trần Văn Một", "Trần Văn Mốt"]
    ]
    page.get_by_role("button", name="Áp dụng 2 dòng").click()
    when_the_system_works(page, database)
    expect(page.get_by_text("Đã áp dụng xong")).to_be_visible()
    with as_the_system(database):
        assert column(
            "SELECT full_name FROM persons_entry WHERE source_ref IN ('H1', 'H4') ORDER BY 1"
        ) == [
            "Lê Thị Bốn",
            "Trần Văn Mốt",
        ]


def test_a_file_that_cannot_be_read_says_why_and_a_file_of_faults_offers_nothing(
    world: World, site: Serve, page: Page, committed_db: Address
) -> None:
    declare(world, "TE01001", "00004")
    sign_in(page, site(), "thu-01", to=HERE)
    when_sent(page, "sai.xlsx", b"khong phai bang tinh")
    when_the_system_works(page, committed_db)
    expect(page.get_by_role("alert")).to_contain_text("Không đọc được tệp")
    then_it_is_fit_for_eyes(page)
    page.get_by_role("link", name="Về danh sách các lần nhập").click()
    when_sent(page, "toan-loi.csv", as_csv(WRONG[:3]))
    when_the_system_works(page, committed_db)
    expect(page.get_by_text("Không dòng nào dùng được")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Áp dụng"))).to_have_count(0)
    then_it_is_fit_for_eyes(page)
