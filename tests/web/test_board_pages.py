"""The board by HTTP: measures, map of 34 and of 63 provinces, ranks, trend; as the form says, and for one's own area."""

import re
from datetime import date, datetime, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client

from lienthong.cards import actions, printing
from lienthong.database.scope import acting
from lienthong.kernel.dates import VIETNAM
from lienthong.web.staff import measures
from lienthong.web.staff.asked import written
from lienthong.web.staff.measures import MEASURES
from tests.web.conftest import SignedIn
from tests.web.world import SYSTEM, World, actor_of

PAGE = "/can-bo/so-lieu/"


@pytest.fixture
def children(world: World) -> World:
    """Four in Hà Nội, one of them printed in time and one approved; one late in Bắc Ninh."""
    world.child("NGUYỄN MINH AN", days_ago=1)
    world.child("ĐẶNG PHÚC KHANG", state="CREATE_FAILED", reason="UNIT_NOT_DECLARED", days_ago=9)
    approved, printed = world.child("LÊ GIA HUY"), world.child("PHẠM QUỲNH NHƯ")
    world.child("ĐỖ BẮC NINH", unit="TE24001", days_ago=12)
    by = actor_of(world, "so-the-24")
    actions.approve([approved.card_id or 0, printed.card_id or 0], by=by, at=world.at)
    printing.print_cards([printed.card_id or 0], by=by, at=world.at)
    return world


def _arrived(on: date, *provinces: str) -> None:
    """Messages of these provinces came on the day."""
    with acting(SYSTEM, at=datetime.now(VIETNAM)), connection.cursor() as cursor:
        for code in provinces:
            cursor.execute(
                "INSERT INTO oversight_arrivedday (day, province_code, message_count) VALUES (%s, %s, 1)",
                [on, code],
            )


def _text(client: Client, address: str = PAGE) -> str:
    response = client.get(address)
    assert response.status_code == 200, (address, response.status_code)
    return response.content.decode()


def _measures(text: str) -> dict[str, str]:
    """Label to value of the measures on top."""
    (block,) = re.findall(r'<ul class="kpis">.*?</ul>', text, re.DOTALL)
    found = re.findall(r"<span>(.*?)</span><b>(.*?)</b>", block)
    return {label: re.sub(r"<[^>]+>", "", value) for label, value in found}


def _spot(text: str, name: str) -> str:
    """What the tile of a province says."""
    (tile,) = [
        it for it in re.findall(r'<a class="spot.*?</a>', text, re.DOTALL) if f"<b>{name}</b>" in it
    ]
    return " ".join(re.sub(r"<[^>]+>", " ", tile).split())


def test_the_centre_sees_the_state_of_the_country(children: World, signed_in: SignedIn) -> None:
    _arrived(children.at.date() - timedelta(days=1), "01", "24")
    text = _text(signed_in("trung-uong"))
    assert _measures(text) == {
        "Tỉnh đã liên thông": "2/34",
        "Bao phủ": "40%",
        "Đúng hạn": "0%",
        "Quá hạn (hồ sơ)": "2",
        "Tồn đọng (hồ sơ)": "4",
        "Đã nhận (hồ sơ)": "5",
    }
    assert "NGUYỄN MINH AN" not in text
    assert len(re.findall(r'<a class="spot', text)) == 34
    assert _spot(text, "Hà Nội") == "Hà Nội 50% ▲ , cần xử lý"
    assert _spot(text, "Cà Mau") == "Cà Mau – , chưa có số liệu"
    for islands, province in (("Hoàng Sa", "Đà Nẵng"), ("Trường Sa", "Khánh Hòa")):
        assert re.search(rf"Quần đảo </span>{islands}</b>.*?thuộc </span>{province}", text)
    assert "Số liệu lúc" in text


@pytest.mark.parametrize(
    ("measure", "said"),
    [
        ("dung-han", "Hà Nội 0% ▲ , cần xử lý"),
        ("qua-han", "Hà Nội 1 △ , cần theo dõi"),
        ("ton-dong", "Hà Nội 3"),
        ("da-nhan", "Hà Nội 4"),
        ("khong-co", "Hà Nội 50% ▲ , cần xử lý"),
    ],
)
def test_the_map_shows_the_measure_picked(
    children: World, signed_in: SignedIn, measure: str, said: str
) -> None:
    assert children
    assert _spot(_text(signed_in("trung-uong"), f"{PAGE}?do={measure}"), "Hà Nội") == said


def test_before_the_reform_the_country_has_63_provinces(world: World, signed_in: SignedIn) -> None:
    days = (world.at.date() - world.at.date().replace(year=2025, month=5, day=2)).days
    world.child("TRẦN NĂM CŨ", days_ago=days)
    world.child("ĐỖ BẮC GIANG CŨ", unit="TE24001", days_ago=days)
    _arrived(date(2025, 5, 2), "01", "24")
    _arrived(date(2025, 6, 20), "04")
    client = signed_in("trung-uong")
    text = _text(client, f"{PAGE}?luc=2025-06-15T10:00&do=da-nhan")
    assert len(re.findall(r'<a class="spot', text)) == 63
    assert 'class="country before"' in text
    assert _spot(text, "Bắc Giang") == "Bắc Giang 1"
    assert _measures(text)["Tỉnh đã liên thông"] == "2/63"
    after = _text(client, f"{PAGE}?luc=2025-07-15T10:00&do=da-nhan")
    assert len(re.findall(r'<a class="spot', after)) == 34
    assert _spot(after, "Bắc Ninh") == "Bắc Ninh 1"


def test_each_tile_leads_to_its_province_and_back(children: World, signed_in: SignedIn) -> None:
    assert children
    client = signed_in("trung-uong")
    (url,) = re.findall(r'<a class="spot[^"]*" href="([^"]*)"><b>Hà Nội</b>', _text(client))
    text = _text(client, PAGE + unescape(url))
    assert "Số liệu: Thành phố Hà Nội" in text
    assert _measures(text)["Đã nhận (hồ sơ)"] == "4"
    assert '<ol class="ranks">' in text
    (unit,) = re.findall(
        r'<a href="(\?[^"]*trong=TE01001[^"]*)">BHXH cơ sở Ba Đình[^<]*</a><b>', text
    )
    at_unit = _text(client, PAGE + unescape(unit))
    assert "Số liệu: BHXH cơ sở Ba Đình" in at_unit
    assert _measures(at_unit)["Đã nhận (hồ sơ)"] == "3"
    assert ">Thành phố Hà Nội</a>" in at_unit


@pytest.mark.parametrize(
    "own",
    [
        ("tinh-01", "Thành phố Hà Nội", "4", "Bắc Ninh"),
        ("don-vi-01", "BHXH cơ sở Ba Đình", "3", "Bắc"),
        ("so-the-24", "Bắc Ninh", "1", "Ba Đình"),
    ],
)
@pytest.mark.parametrize("query", ["", "?trong=", "?trong=01", "?trong=24"])
def test_everybody_begins_at_his_own_place_and_stays_there(
    children: World, signed_in: SignedIn, own: tuple[str, str, str, str], query: str
) -> None:
    assert children
    username, name, received, absent = own
    text = _text(signed_in(username), f"{PAGE}{query}")
    assert name in text
    main = text.partition("<main")[2]
    assert absent not in main
    assert _measures(text)["Đã nhận (hồ sơ)"] == received
    assert "Cả nước" not in main
    assert "Tỉnh đã liên thông" not in main


def test_the_backlog_stands_by_stage_and_age_and_opens_its_lists(
    children: World, signed_in: SignedIn
) -> None:
    assert children
    client = signed_in("trung-uong")
    text = _text(client)
    (table,) = re.findall(r'<section id="bang-tuoi".*?</section>', text, re.DOTALL)
    found = re.findall(r'<a href="([^"]*)">(\d+)</a>', table)
    assert sum(int(number) for url, number in found if url.endswith("cot=backlog")) == 4
    for url, number in found:
        assert f"<b>{number} hồ sơ</b>" in _text(client, unescape(url))
    assert len(re.findall(r'<svg[^>]*class="chart"', text)) == 2


def test_the_trend_counts_each_slot_and_opens_its_lists(
    children: World, signed_in: SignedIn
) -> None:
    first = (children.at - timedelta(days=20)).date()
    client = signed_in("trung-uong")
    text = _text(client, f"{PAGE}?tu={first}&den={children.at.date()}")
    (table,) = re.findall(r'<section id="bang-xu-huong".*?</section>', text, re.DOTALL)
    assert ">Tuần</th>" in table
    found = re.findall(r'<a href="([^"]*cot=received[^"]*)">(\d+)</a>', table)
    assert sum(int(number) for _, number in found) == 5
    for url, number in found:
        assert f"<b>{number} hồ sơ</b>" in _text(client, unescape(url))


def test_the_trend_ends_where_the_period_does(children: World, signed_in: SignedIn) -> None:
    """Half a week or month at its end counts as far as it goes."""
    last = (children.at - timedelta(days=5)).date()
    for days in (20, 200, 900, 4000):
        asked = f"{PAGE}?tu={last - timedelta(days=days)}&den={last}"
        text = _text(signed_in("trung-uong"), asked)
        (table,) = re.findall(r'<section id="bang-xu-huong".*?</section>', text, re.DOTALL)
        counts = re.findall(r'cot=received[^"]*">(\d+)</a>', table)
        assert sum(map(int, counts)) == 2, asked
        assert len(re.findall(r"<tr\b", table)) <= 15


def test_a_time_without_a_record_says_so(world: World, signed_in: SignedIn) -> None:
    text = _text(signed_in("tinh-01"))
    assert world
    assert "Chưa có hồ sơ nào trong thời gian này" in text
    assert "<svg" not in text


def test_a_board_of_the_past_says_its_instant(children: World, signed_in: SignedIn) -> None:
    at = written(children.at - timedelta(days=5))
    text = _text(signed_in("trung-uong"), f"{PAGE}?luc={at}")
    assert "Số liệu tại thời điểm" in text
    assert _measures(text)["Đã nhận (hồ sơ)"] == "2"
    assert "Lúc này</a>" in text


# ---------------------------------------------------------------- the measures themselves


@pytest.mark.parametrize(
    ("key", "row", "value"),
    [
        ("bao-phu", {"received": 10, "approved": 9}, 90),
        ("bao-phu", {"received": 12, "duplicates": 2, "approved": 9}, 90),
        # Who was stopped is no child to be covered; a card that was cancelled covers nobody.
        ("bao-phu", {"received": 12, "stopped": 2, "stopped_not_printed": 1, "approved": 10}, 90),
        ("bao-phu", {"received": 11, "stopped_issued": 1, "approved": 10}, 90),
        ("bao-phu", {"received": 10_000, "approved": 9_999}, 99.9),
        ("bao-phu", {}, None),
        ("dung-han", {"on_time_closed": 9, "late_closed": 1}, 90),
        # What is late and not done yet is not hidden.
        ("dung-han", {"on_time_closed": 9, "late_open": 1}, 90),
        ("dung-han", {"late_open": 1}, 0),
        ("dung-han", {}, None),
    ],
)
def test_measures_by_hand(key: str, row: dict[str, int], value: float | None) -> None:
    (measure,) = [it for it in MEASURES if it.key == key]
    assert measure.of(row) == value


@pytest.mark.parametrize(
    ("key", "value", "state"),
    [
        ("bao-phu", 95, measures.GOOD),
        ("bao-phu", 94.9, measures.WATCH),
        ("bao-phu", 85, measures.WATCH),
        ("bao-phu", 84.9, measures.POOR),
        ("bao-phu", None, measures.NONE),
        ("qua-han", 0, measures.GOOD),
        ("qua-han", 1, measures.WATCH),
        ("qua-han", 100, measures.WATCH),
        ("qua-han", 101, measures.POOR),
        ("ton-dong", 10**6, ""),
    ],
)
def test_states_of_a_measure(key: str, value: float | None, state: str) -> None:
    (measure,) = [it for it in MEASURES if it.key == key]
    assert measure.state(value) == state
