"""The official forms on screen by HTTP: each number opens a list of as many; areas, instants, comparison, log of views."""

import io
import json
import re
from datetime import date, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from lienthong.cards import actions, printing
from lienthong.reports import forms
from lienthong.web.staff.asked import written
from lienthong.web.staff.reportgroups import groups_of
from tests.web.conftest import SignedIn
from tests.web.world import SYSTEM, World, actor_of

PAGE = "/can-bo/bao-cao/"
LIST = f"{PAGE}danh-sach/"
_LINK = re.compile(r'<a href="(/can-bo/bao-cao/danh-sach/\?[^"]*)">([\d.]+)</a>')


@pytest.fixture
def children(world: World) -> World:
    """In Hà Nội: parked, waiting, approved, printed, some late; in Bắc Ninh one that waits."""
    world.child("ĐẶNG PHÚC KHANG", state="CREATE_FAILED", reason="UNIT_NOT_DECLARED", days_ago=9)
    world.child("NGUYỄN MINH AN", days_ago=1)
    world.child("CÔNG TẰNG TÔN NỮ NGUYỄN THỊ HOÀNG BẢO TRÂM ANH", days_ago=30)
    world.child("TRẦN BẢO CHÂU", state="EXPORTED_TNHS", days_ago=5)
    approved = world.child("LÊ GIA HUY", days_ago=20)
    printed = world.child("PHẠM QUỲNH NHƯ", days_ago=20)
    world.child("ĐỖ BẮC NINH", unit="TE24001", days_ago=12)
    by = actor_of(world, "so-the-24")
    when = world.at - timedelta(days=3)
    actions.approve([approved.card_id or 0, printed.card_id or 0], by=by, at=when)
    printing.print_cards([printed.card_id or 0], by=by, at=when + timedelta(hours=1))
    return world


def _text(client: Client, address: str = PAGE) -> str:
    response = client.get(address)
    assert response.status_code == 200, (address, response.status_code)
    return response.content.decode()


def _numbers(text: str) -> dict[str, str]:
    """The address of each list and the number it stands behind."""
    return {unescape(url): number for url, number in _LINK.findall(text)}


def _count(text: str) -> str:
    found = re.search(r"<b>([\d.]+) hồ sơ</b>", text)
    assert found
    return found[1]


def _cells(text: str, name: str) -> list[str]:
    """The figures of the row of that name, in the order of the columns."""
    (row,) = [it for it in re.findall(r"<tr.*?</tr>", text, re.DOTALL) if f">{name}<" in it]
    return [re.sub(r"<[^>]+>", "", it) for it in re.findall(r"<td.*?</td>", row, re.DOTALL)]


@pytest.mark.parametrize(
    ("username", "form"),
    [
        ("trung-uong", "phu-luc-1"),
        ("don-vi-01", "phu-luc-1"),
        ("tinh-01", "ton-dong"),
        ("trung-uong", "chua-co-dinh-danh"),
    ],
)
def test_each_number_opens_a_list_of_as_many(
    children: World, signed_in: SignedIn, username: str, form: str
) -> None:
    client = signed_in(username)
    found: dict[str, str] = {}
    for group in groups_of(forms.FORMS[form]):
        address = f"{PAGE}?bieu={form}&nhom={group}&luc={written(children.at)}"
        found |= _numbers(_text(client, address))
    assert len(found) >= 3
    for url, number in found.items():
        assert _count(_text(client, url)) == number, url


def test_each_number_of_a_commune_within_a_unit_opens_its_own_list(
    children: World, signed_in: SignedIn
) -> None:
    """Two units of one commune: each one's number is its own."""
    other = children.child("VŨ CÙNG PHƯỜNG", unit="TE24001", state="EXPORTED_TNHS", days_ago=2)
    assert other
    client = signed_in("trung-uong")
    text = _text(client, f"{PAGE}?trong=TE24001&cap=commune&nhom=Tổng hợp")
    found = _numbers(text)
    assert set(found.values()) == {"1", "2"}
    for url, number in found.items():
        assert _count(_text(client, url)) == number


def test_the_screen_says_what_the_form_says(children: World, signed_in: SignedIn) -> None:
    period = (children.at.date() - timedelta(days=60), children.at.date())
    asked = f"{PAGE}?tu={period[0]}&den={period[1]}"
    table = forms.table(SYSTEM, "phu-luc-1", period, children.at, "province")
    (row,) = [it for it in table.rows if it.code == "01"]
    client = signed_in("trung-uong")
    for name, columns in groups_of(table.form).items():
        text = _text(client, f"{asked}&nhom={name}")
        said, whole = _cells(text, "Thành phố Hà Nội</a>"), _cells(text, "Cả nước")
        for shown, figures in ((said, row.figures), (whole, table.totals)):
            for cell, column in zip(shown, columns, strict=True):
                value = figures[column.key]
                assert cell == (
                    "–" if value is None else f"{value:.1f}".removesuffix(".0").replace(".", ",")
                ), column.key


def test_nobody_finds_a_number_of_another_area(children: World, signed_in: SignedIn) -> None:
    assert children
    text = _text(signed_in("tinh-01"), f"{PAGE}?cap=province")
    assert "Thành phố Hà Nội" in text
    assert "Bắc Ninh" not in text
    assert _cells(text, "Thành phố Hà Nội")[0] == "6"
    forced = _text(signed_in("tinh-01"), f"{PAGE}?trong=24")
    assert "Bắc Ninh" not in forced
    assert "Bắc Giang" not in _text(signed_in("don-vi-01"), f"{PAGE}?trong=TE24001")
    # No page and no file says that a place of others has nothing.
    for code in ("24", "TE24001"):
        text = _text(signed_in("tinh-01"), f"{PAGE}?trong={code}&nhom=Tổng hợp")
        assert "ngoài địa bàn của bạn" in text
        assert _cells(text, "Thành phố Hà Nội")[0] == "6"
        assert signed_in("tinh-01").get(f"{PAGE}tep/?trong={code}").status_code == 422
    own = _text(signed_in("tinh-01"), f"{PAGE}?trong=TE01001")
    assert "ngoài địa bàn của bạn" not in own
    nothing = _text(signed_in("tinh-01"), f"{LIST}?cot=backlog&dong=24")
    assert "ĐỖ BẮC NINH" not in nothing
    assert "Không có hồ sơ nào" in nothing


@pytest.mark.parametrize("username", ["cntt", "dai-ly-01"])
def test_who_sees_no_dossier_sees_no_figure(
    children: World, signed_in: SignedIn, username: str
) -> None:
    assert children
    for address in (PAGE, f"{LIST}?cot=backlog", "/can-bo/so-lieu/"):
        assert signed_in(username).get(address).status_code == 403


def test_a_past_instant_stands_in_the_address_and_stays_as_it_was(
    children: World, signed_in: SignedIn
) -> None:
    client = signed_in("trung-uong")
    before = written(children.at - timedelta(days=4))
    text = _text(client, f"{PAGE}?luc={before}&nhom=Tổng hợp")
    assert "Số liệu tại thời điểm" in text
    assert _cells(text, "Cả nước")[7:10] == ["0", "0", "0"]
    assert _cells(_text(client), "Cả nước")[7:9] == ["1", "1"]
    # A list that was opened by a live number keeps its instant: what is approved later does not leave it.
    (url,) = [it for it in _numbers(_text(client)) if "cot=awaiting" in it and "dong" not in it]
    assert "luc=" in url
    listed = _count(_text(client, url))
    actions.approve(
        [children.children["NGUYỄN MINH AN"].card_id or 0],
        by=actor_of(children, "so-the-24"),
        at=children.at + timedelta(seconds=1),
    )
    assert _count(_text(client, url)) == listed


def test_two_instants_are_compared(children: World, signed_in: SignedIn) -> None:
    then = written(children.at - timedelta(days=4))
    text = _text(signed_in("trung-uong"), f"{PAGE}?so-voi={then}")
    assert "thay đổi so với" in text
    cells = _cells(text, "Cả nước")
    assert cells[8] == "1+1"
    assert cells[6] == "3−1"
    assert cells[1] == "0"


def test_districts_are_a_level_until_the_reform(world: World, signed_in: SignedIn) -> None:
    world.child("TRẦN NĂM CŨ", days_ago=(world.at.date() - date(2025, 5, 2)).days)
    client = signed_in("trung-uong")
    text = _text(client, f"{PAGE}?luc=20250615T100000&cap=district")
    assert "Huyện (trước 01/07/2025)</a>" in text
    assert re.search(r"<td><a [^>]*cot=received[^>]*>1</a></td>", text)
    assert "không còn cấp huyện" in _text(
        client, f"{PAGE}?luc=20250615T100000&cap=district&so-voi=20250715T100000"
    )
    assert "Huyện (trước" not in _text(client, f"{PAGE}?cap=district")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("luc=2030-01-01T00:00", "Thời điểm chưa đến"),
        ("luc=hom-qua", "Thời điểm không đúng"),
        ("tu=2026-02-30", "Ngày không đúng"),
        ("tu=2026-05-01&den=2026-04-01", "Ngày cuối sớm hơn ngày đầu"),
        ("so-voi=9999-99-99", "Thời điểm không đúng"),
        ("so-voi=0001-01-01", "Thời điểm phải sau 01/01/2000"),
        ("luc=0001-01-01T00:00%2B14:00", "Thời điểm phải sau 01/01/2000"),
        ("tu=1999-12-31", "Ngày phải từ 01/01/2000 đến 31/12/2099"),
        ("den=2100-01-01", "Ngày phải từ 01/01/2000 đến 31/12/2099"),
        ("tu=0001-01-01", "Ngày không đúng"),
        ("den=9999-12-31", "Ngày không đúng"),
    ],
)
@pytest.mark.parametrize("page", [PAGE, "/can-bo/so-lieu/"])
def test_what_makes_no_sense_is_said_and_the_rest_is_shown(
    children: World, signed_in: SignedIn, page: str, query: str, said: str
) -> None:
    assert children
    if page != PAGE and query.startswith("so-voi"):
        said = ""
    text = _text(signed_in("trung-uong"), f"{page}?{query}")
    assert said in text
    assert "Hà Nội" in text


@pytest.mark.parametrize(
    "address",
    [
        f"{PAGE}?bieu=khong-co",
        f"{LIST}?cot=khong-co",
        f"{LIST}?cot=pace_issue_p90",
        f"{PAGE}?trong=99",
        *(
            f"{LIST}?cot=received&{name}={code}"
            for name in ("trong", "dong")
            for code in ("%C2%B2%C2%B2", "-%C2%B2", "-99999999999999", "X%00Y", "9" * 19)
        ),
    ],
)
def test_what_is_not_there_is_not_found(children: World, signed_in: SignedIn, address: str) -> None:
    assert children
    assert signed_in("trung-uong").get(address).status_code == 404


def test_a_list_names_whom_it_shows_and_only_those(children: World, signed_in: SignedIn) -> None:
    client = signed_in("tinh-01")
    text = _text(client, f"{LIST}?cot=create_failed")
    assert "ĐẶNG PHÚC KHANG" in text
    assert "chưa được khai báo cho đơn vị cấp thẻ nào" in text
    assert "BHXH tỉnh (khai báo địa bàn" in text
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")
        cursor.execute(
            "SELECT by, subject_kind, subject_id FROM audit_entry WHERE action = 'viewed'"
        )
        assert cursor.fetchall() == [
            ("officer:tinh-01", "dossier", children.children["ĐẶNG PHÚC KHANG"].dossier_id)
        ]
        cursor.execute("SET LOCAL ROLE lienthong_web")
    _text(client)
    _text(client, "/can-bo/so-lieu/")


def test_a_long_list_is_turned_by_key(
    children: World, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lienthong.web.staff.reportpages._LINES", 2)
    client, seen, address = signed_in("tinh-01"), [], f"{LIST}?cot=received"
    for _ in range(6):
        text = _text(client, address)
        assert _count(text) == "6"
        seen += [it.name for it in children.children.values() if it.name in text]
        more = re.search(r'href="(\?[^"]*)">Trang sau', text)
        if more is None:
            break
        address = LIST + unescape(more[1])
    assert len(seen) == len(set(seen)) == 6


def test_a_long_form_is_turned_too(
    children: World, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert children
    monkeypatch.setattr("lienthong.web.staff.reportpages._ROWS", 20)
    client = signed_in("trung-uong")
    first = _text(client)
    assert "Thành phố Hà Nội" in first
    assert "Cà Mau" not in first
    more = re.search(r'href="(\?[^"]*)">Các dòng sau', first)
    assert more
    second = _text(client, PAGE + unescape(more[1]))
    assert "Cà Mau" in second
    assert "Thành phố Hà Nội" not in second
    assert "Các dòng sau" not in second
    assert _cells(second, "Cả nước")[0] == "7"


@pytest.mark.parametrize("more", [0, 12])
def test_pages_of_figures_ask_a_bounded_number_of_statements(
    children: World, signed_in: SignedIn, more: int
) -> None:
    for number in range(more):
        children.child(f"TRẺ SỐ {number}", days_ago=number)
    client = signed_in("trung-uong")
    for address, most in ((PAGE, 12), (f"{LIST}?cot=received", 24), ("/can-bo/so-lieu/", 60)):
        _text(client, address)
        with CaptureQueriesContext(connection) as asked:
            _text(client, address)
        assert len(asked) <= most, [it["sql"][:90] for it in asked]


def test_the_file_says_what_the_screen_says(children: World, signed_in: SignedIn) -> None:
    client = signed_in("trung-uong")
    at = written(children.at - timedelta(days=2))
    address = f"{PAGE}?luc={at}"
    files = {
        name: unescape(url)
        for url, name in re.findall(
            r'<a href="([^"]*/tep/[^"]*)">(XLSX|CSV|JSON)</a>', _text(client, address)
        )
    }
    told = json.loads(client.get(files["JSON"]).content)
    assert told["as_of"] == (children.at - timedelta(days=2)).isoformat()
    (hanoi,) = [row for row in told["rows"] if row["code"] == "01"]
    for name, columns in groups_of(forms.FORMS["phu-luc-1"]).items():
        said = _cells(_text(client, f"{address}&nhom={name}"), "Thành phố Hà Nội</a>")
        for text, column in zip(said, columns, strict=True):
            value = hanoi["figures"][column.key]
            assert text == (
                "–" if value is None else f"{value:.1f}".removesuffix(".0").replace(".", ",")
            )
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(client.get(files["XLSX"]).content))
    cells = [cell for line in sheet.get_sheet_by_index(0).to_python() for cell in line]
    assert "Thành phố Hà Nội" in cells
    csv = client.get(files["CSV"]).content.decode("utf-8-sig")
    assert f",{hanoi['figures']['received']}," in csv


def test_a_file_that_names_children_is_logged_and_one_that_counts_is_not(
    children: World, signed_in: SignedIn
) -> None:
    client = signed_in("don-vi-01")
    assert client.get(f"{PAGE}tep/?dang=csv").status_code == 200
    assert _viewed() == set()
    body = client.get(f"{PAGE}tep/?bieu=ton-dong&dang=csv").content.decode("utf-8-sig")
    assert "NGUYỄN MINH AN" in body
    assert "ĐỖ BẮC NINH" not in body
    named = {it.dossier_id for name, it in children.children.items() if name in body}
    assert _viewed() == named
    assert client.get(f"{PAGE}tep/?luc=2099-01-01").status_code == 422


def test_a_list_too_long_for_a_file_is_refused(
    children: World, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert children
    monkeypatch.setattr("lienthong.web.staff.reportfiles._MOST_LINES", 1)
    response = signed_in("tinh-01").get(f"{PAGE}tep/?bieu=ton-dong")
    assert response.status_code == 422
    assert "Hãy chọn một tỉnh" in response.content.decode()


def _viewed() -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")
        cursor.execute("SELECT subject_id FROM audit_entry WHERE action = 'viewed'")
        found = {row[0] for row in cursor.fetchall()}
        cursor.execute("SET LOCAL ROLE lienthong_web")
    return found


@pytest.mark.parametrize("page", [PAGE, "/can-bo/so-lieu/"])
def test_the_usual_days_are_those_of_the_instant(
    children: World, signed_in: SignedIn, page: str
) -> None:
    then = children.at - timedelta(days=90)
    text = _text(signed_in("trung-uong"), f"{page}?luc={written(then)}")
    assert re.search(r'aria-current="true">12 tháng<', text)
    (month,) = re.findall(r'href="\?([^"]*)"[^>]*>Tháng này<', text)
    assert f"den={then.date()}" in unescape(month)
    assert f"luc={written(then).replace(':', '%3A')}" in unescape(month)
