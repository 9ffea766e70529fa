"""The counter of a hospital: a clerk signs in, looks up, gives a code out; every view bears the clerk."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from lienthong.cards import temporary_links
from lienthong.cards.lookup import Verdict
from lienthong.catalogues import contacts_desk
from lienthong.catalogues.contacts import Duty
from lienthong.catalogues.contacts_desk import Entry
from lienthong.web.hospital import lookup
from tests import cards, hospitals
from tests.births import AT, rows, small_country, system
from tests.hospitals import NAME, PASSWORD, STAFF
from tests.officers import become
from tests.officers import run as run_sql

pytestmark = pytest.mark.django_db
_RIGHT = {
    "tai-khoan": NAME,
    "mat-khau": PASSWORD,
    "so-dinh-danh": STAFF[1],
    "ho-ten": "Nguyễn Văn Cán Bộ",
}
_COOKIE = "lienthong-co-so"
_CHILD = {
    "ngay-sinh": "12/11/2026",
    "gioi-tinh": "male",
    "quan-he": "mother",
    "nguoi-dung-ten": "Trần Thị Bình",
    "dinh-danh-me": "003196000456",
    "tinh": "01",
    "thu-tu": "1",
    "vao-vien": "2026-11-12",
}


@pytest.fixture
def clock(db: None, settings: LazySettings) -> Iterator[list[Any]]:
    """The instant, which a test may move; from here on with the rights of pages."""
    small_country()
    hospitals.hospital()
    now = [AT]
    settings.CLOCK = lambda: now[0]
    become("lienthong_web")
    yield now
    become("lienthong_worker")


@pytest.fixture
def clerk(clock: list[Any]) -> Client:
    """A browser that is signed in."""
    client = Client()
    response = client.post("/co-so/dang-nhap/", _RIGHT)
    assert response.status_code == 302, response.content.decode()
    return client


def _ask(client: Client, code: str, name: str = "NGUYEN MINH AN", born: str = "12/11/2026") -> Any:
    return client.post("/co-so/", {"ma": code, "ho-ten": name, "ngay-sinh": born})


def _card() -> str:
    become("lienthong_worker")
    card_id = cards.active()
    code = str(rows("SELECT code FROM cards_card WHERE id = %s", card_id)[0][0])
    become("lienthong_web")
    return code


def _as_worker(statement: str) -> list[Any]:
    become("lienthong_worker")
    found = rows(statement)
    become("lienthong_web")
    return found


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(clerk: Client) -> None:
    cookie = clerk.cookies[_COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/")
    assert STAFF[1] not in cookie.value
    assert NAME not in cookie.value


@pytest.mark.parametrize(
    "wrong",
    [
        {"tai-khoan": "01999_BV"},
        {"mat-khau": "khac"},
        {"so-dinh-danh": "001087000009"},
        {"ho-ten": "Nguyễn Văn Khác"},
        {"mat-khau": ""},
    ],
)
def test_whatever_is_wrong_gets_one_answer(clock: list[Any], wrong: dict[str, str]) -> None:
    response = Client().post("/co-so/dang-nhap/", _RIGHT | wrong)
    assert response.status_code == 403
    assert "Chưa đăng nhập được." in response.content.decode()
    assert _COOKIE not in response.cookies


def test_another_address_does_not_open_and_a_stolen_cookie_does_not_travel(clerk: Client) -> None:
    away = Client(REMOTE_ADDR="203.0.113.9")
    assert away.post("/co-so/dang-nhap/", _RIGHT).status_code == 403
    away.cookies[_COOKIE] = clerk.cookies[_COOKIE].value
    assert away.get("/co-so/").status_code == 303


@pytest.mark.parametrize("name", ["hospital-lookup", "hospital-codes", "hospital-code-new"])
def test_a_stranger_is_sent_to_sign_in(clock: list[Any], name: str) -> None:
    response = Client().get(reverse(name))
    assert response.status_code == 303
    assert response.headers["Location"].startswith("/co-so/dang-nhap/?tiep=")


def test_a_session_ends_idle_and_after_a_day_s_work(clerk: Client, clock: list[Any]) -> None:
    for _ in range(34):
        clock[0] += timedelta(minutes=10)
        assert clerk.get("/co-so/").status_code == 200
    clock[0] += timedelta(minutes=16)
    assert clerk.get("/co-so/").status_code == 303


def test_no_session_outlasts_eight_hours(clerk: Client, clock: list[Any]) -> None:
    statuses = []
    for _ in range(50):
        clock[0] += timedelta(minutes=10)
        statuses.append(clerk.get("/co-so/").status_code)
    assert statuses == [200] * 48 + [303] * 2


def test_a_suspension_or_the_clerks_leaving_ends_it_at_once(clerk: Client) -> None:
    code = _card()
    assert _ask(clerk, code).status_code == 200
    become("lienthong_worker")
    run_sql("UPDATE accounts_machinestaff SET ended_at = clock_timestamp()")
    become("lienthong_web")
    response = _ask(clerk, code)
    assert response.status_code == 303
    assert response.headers["Location"] == "/co-so/dang-nhap/?het=1"
    assert clerk.get("/co-so/").status_code == 303


def test_a_good_card_is_said_large_and_the_view_bears_the_clerk(clerk: Client) -> None:
    text = _ask(clerk, _card()).content.decode()
    assert "Thẻ còn giá trị" in text
    assert "NGUYỄN MINH AN" in text
    assert "từ 12/11/2026 đến hết 30/11/2032" in text
    ((by, staff, purpose),) = _as_worker(
        "SELECT by, detail ->> 'staff', purpose FROM audit_entry WHERE action = 'viewed' AND detail ? 'verdict'"
    )
    assert (by, purpose) == (f"machine:{NAME}", "Tra cứu thẻ BHYT tại quầy")
    assert [(int(staff),)] == _as_worker("SELECT id FROM accounts_machinestaff")


@pytest.mark.rule("INV-33")
def test_who_is_not_found_is_never_called_uninsured_and_nobody_is_named(clerk: Client) -> None:
    code = _card()
    for ask in (
        ("0199999999",),
        (code, "NGUYEN VAN KHAC"),
        (code, "NGUYEN MINH AN", "13/11/2026"),
        ("abc",),
    ):
        text = _ask(clerk, *ask).content.decode()
        assert "Không có nghĩa là người bệnh không có thẻ" in text, ask
        assert "NGUYỄN MINH AN" not in text


@pytest.mark.rule("INV-33")
def test_every_verdict_has_its_words_and_none_of_ours_reads_as_uninsured() -> None:
    of_account = {Verdict.NO_ACCOUNT, Verdict.STAFF_UNKNOWN, Verdict.STAFF_NAME}
    assert set(lookup.SAID) == set(Verdict) - of_account
    for verdict in (Verdict.CLOSED, Verdict.OVER_LIMIT):
        assert "không nói gì về thẻ" in lookup.SAID[verdict].next_vi
        assert lookup.SAID[verdict].tone == "wait"


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"ma": "", "ho-ten": "A", "ngay-sinh": "2026"}, "ma"),
        ({"ma": "0123456789", "ho-ten": " ", "ngay-sinh": "2026"}, "ho-ten"),
        ({"ma": "0123456789", "ho-ten": "A", "ngay-sinh": "31/02/2026"}, "ngay-sinh"),
        ({"ma": "0123456789", "ho-ten": "A", "ngay-sinh": "x"}, "ngay-sinh"),
        (
            {"ma": "0123456789", "ho-ten": "A", "ngay-sinh": "2026", "ngay-kham": "1999-01-01"},
            "ngay-kham",
        ),
    ],
)
def test_a_form_that_cannot_be_keeps_what_was_typed(
    clerk: Client, form: dict[str, str], field: str
) -> None:
    response = clerk.post("/co-so/", form)
    assert response.status_code == 422
    text = response.content.decode()
    assert f'name="{field}"' in text
    assert 'aria-invalid="true"' in text


def test_a_code_is_given_printed_listed_and_leads_to_the_card(clerk: Client) -> None:
    response = clerk.post("/co-so/ma-the-tam/moi/", _CHILD)
    assert response.status_code == 303
    address = response.headers["Location"]
    again = clerk.post("/co-so/ma-the-tam/moi/", _CHILD)
    assert again.headers["Location"] == f"{address}?da-co=1"
    slip = clerk.get(address).content.decode()
    assert "Con Trần Thị Bình" in slip
    assert slip.count("data:image/svg+xml;base64,") == 2
    assert "Chờ khai sinh" in clerk.get("/co-so/ma-the-tam/").content.decode()
    code = address.strip("/").split("/")[-1]
    before = _ask(clerk, code, "Tran Thi Binh").content.decode()
    assert "Thẻ còn giá trị" in before
    card = _card()
    become("lienthong_worker")
    temporary_links.link_codes(by=system(), at=AT)
    become("lienthong_web")
    after = _ask(clerk, code, "Tran Thi Binh").content.decode()
    assert "Còn giá trị, đã có thẻ mới" in after
    shown = f"{card[:2]} {card[2]} {card[3:5]}"
    assert shown in after
    assert "Trẻ đã có thẻ BHYT" in clerk.get(address).content.decode()


def test_another_facilitys_code_is_not_found(clerk: Client) -> None:
    assert clerk.get("/co-so/ma-the-tam/TE1019900000999/").status_code == 404


def test_what_is_missing_is_said_and_kept(clerk: Client) -> None:
    response = clerk.post(
        "/co-so/ma-the-tam/moi/", _CHILD | {"nguoi-dung-ten": "", "ho-ten": "Bé An"}
    )
    assert response.status_code == 422
    text = response.content.decode()
    assert "Hãy ghi họ tên mẹ" in text
    assert 'value="Bé An"' in text


def test_signing_out_forgets_the_clerk(clerk: Client) -> None:
    assert clerk.get("/co-so/dang-xuat/").status_code == 302
    assert clerk.get("/co-so/").status_code == 200
    clerk.post("/co-so/dang-xuat/")
    assert clerk.get("/co-so/").status_code == 303


@pytest.mark.parametrize(
    "target", ["https://xau.example/", "//xau.example/co-so/", "/can-bo/", "\\\\xau"]
)
def test_signing_in_leads_to_the_desk_alone(clock: list[Any], target: str) -> None:
    response = Client().post("/co-so/dang-nhap/", _RIGHT | {"tiep": target})
    assert response.headers["Location"] == "/co-so/"


def test_every_answer_tells_whom_to_call_since_when_it_counts_as_right_and_when_that_is_long_ago(
    clerk: Client, clock: list[Any]
) -> None:
    """F32: names, numbers and the day of the check, which is marked once it is 90 days old."""
    code = _card()
    assert "chưa công bố tổ công tác" in _ask(clerk, code).content.decode()
    become("lienthong_worker")
    for number, duty in enumerate(Duty):
        told = Entry(duty, f"090000010{number}", f"Cán bộ {number}", "to-cong-tac@bhxh.example")
        contacts_desk.put("01", told, AT.date(), seen=0, by=system(), at=AT)
    become("lienthong_web")
    text = _ask(clerk, code).content.decode()
    assert "kiểm tra ngày 20/11/2026" in text
    assert 'href="tel:0900000101">0900000101</a>, Cán bộ 1' in text
    assert "mailto:to-cong-tac@bhxh.example" in text
    assert "chưa kiểm tra" not in text
    assert "0900000100" in _ask(clerk, "KHONG-CO").content.decode()
    clock[0] = AT + timedelta(days=91)
    later = Client()
    assert later.post("/co-so/dang-nhap/", _RIGHT).status_code == 302
    assert "Quá 90 ngày chưa kiểm tra" in later.get("/co-so/").content.decode()
