"""Letters, notices and contacts by HTTP: what each officer finds, what a form changes, and what it says when it cannot."""

import html
import re

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from lienthong.database import outbox
from lienthong.notices import actions as notices
from lienthong.notices.actions import News
from tests.births import column, rows
from tests.notices import reach, words
from tests.web.conftest import SignedIn
from tests.web.world import SYSTEM, Child, World

LETTERS, NOTICES = "/can-bo/thu-gui/", "/can-bo/thong-bao/"


def _told(world: World, child: Child, address: str, *, kind: str = "CARD_REVOKED") -> int:
    """A notice to the child's family; the id of its letter."""
    (person, area) = rows(
        "SELECT person_id, area FROM dossiers_dossier WHERE id = %s", child.dossier_id
    )[0]
    reach(address, subject=("person", person), wants_optional=True)
    said = words(kind, child=child.name)
    news = News(kind, f"card:{child.card_id}", ("person", person), area, said)
    assert notices.tell([news], by=SYSTEM, at=world.at) == 1
    return int(column("SELECT max(id) FROM database_outbox")[0])


def _dead(letter_id: int, answer: str = "550 5.1.1") -> None:
    (kind,) = column("SELECT kind FROM database_outbox WHERE id = %s", letter_id)
    for letter in outbox.claim(kind, limit=100):
        if letter.id == letter_id:
            outbox.failed(letter, answer=answer, for_good=True)
        else:
            outbox.release([letter])


def _text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def _followed(client: Client, response: HttpResponse) -> tuple[str, str]:
    """Where an answer leads, and what stands there."""
    assert response.status_code == 303
    to = response.headers["Location"]
    return to, _text(client, to)


def _as_worker(statement: str, *parameters: object) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")
        cursor.execute(statement, list(parameters))
        found = cursor.fetchall()
        cursor.execute("SET LOCAL ROLE lienthong_web")
    return found


def test_a_head_finds_the_letters_of_his_area_and_sends_a_dead_one_again(
    world: World, signed_in: SignedIn
) -> None:
    child = world.child("NGUYỄN HOÀNG AN")
    foreign = world.child("TRẦN THANH BÌNH", unit="TE24001")
    letter, other = _told(world, child, "an@khong-co.vn"), _told(world, foreign, "binh@khong-co.vn")
    _dead(letter)
    _dead(other)
    client = signed_in("truong-so-the-01")
    text = _text(client, LETTERS)
    assert "Thẻ BHYT của cháu NGUYỄN HOÀNG AN bị thu hồi" in text
    assert "TRẦN THANH BÌNH" not in text
    assert "a***@khong-co.vn" in text
    assert "an@khong-co.vn" not in text
    assert "Hộp thư không có hoặc không nhận thư" in text
    answer = client.post(LETTERS, {"thu": [letter, other]}).content.decode()
    assert "Đã xếp gửi lại 1 thư." in answer
    assert "1 thư không gửi lại" in answer
    states = _as_worker("SELECT id, state, attempts FROM database_outbox ORDER BY id")
    assert (letter, "pending", 0) in states
    assert (other, "dead", 1) in states
    alarms = _as_worker("SELECT subject FROM database_alarm WHERE closed_at IS NULL")
    assert len(alarms) == 1
    logged = _as_worker("SELECT subject_id, by FROM audit_entry WHERE action = 'letter.send_again'")
    assert logged == [(letter, "officer:truong-so-the-01")]


def test_looking_at_letters_about_children_is_in_the_log(world: World, signed_in: SignedIn) -> None:
    child = world.child("NGUYỄN HOÀNG AN")
    _told(world, child, "an@example.vn")
    _text(signed_in("tinh-01"), LETTERS)
    (person,) = _as_worker(
        "SELECT person_id FROM dossiers_dossier WHERE id = %s", child.dossier_id
    )[0]
    seen = _as_worker("SELECT subject_kind, subject_id FROM audit_entry WHERE action = 'viewed'")
    assert ("person", person) in seen


def test_the_administrator_sends_every_letter_again_and_sees_no_child_and_no_address(
    world: World, signed_in: SignedIn
) -> None:
    child = world.child("NGUYỄN HOÀNG AN")
    letter = _told(world, child, "an@khong-co.vn")
    _dead(letter)
    client = signed_in("cntt")
    text = _text(client, LETTERS)
    assert f"Thư số {letter}" in text
    assert "550 5.1.1" in text
    for telling in ("NGUYỄN", "khong-co", "a***"):
        assert telling not in text
    answer = client.post(LETTERS, {"ca-loai": "notice.email"}).content.decode()
    assert "Đã xếp gửi lại 1 thư." in answer
    assert _as_worker("SELECT state FROM database_outbox WHERE id = %s", letter) == [("pending",)]


def test_all_of_a_kind_are_sent_again_within_the_officer_s_reach(
    world: World, signed_in: SignedIn
) -> None:
    mine = [_told(world, world.child(f"TRẺ {n}"), f"a{n}@khong-co.vn") for n in range(3)]
    short = _told(world, world.child("TRẺ SMS"), "+84912345404")
    foreign = _told(world, world.child("TRẺ BẮC", unit="TE24001"), "b@khong-co.vn")
    for letter in (*mine, short, foreign):
        _dead(letter)
    client = signed_in("tinh-01")
    assert "Gửi lại cả 3 thư" in _text(client, LETTERS)
    answer = client.post(LETTERS, {"ca-loai": "notice.email"}).content.decode()
    assert "Đã xếp gửi lại 3 thư." in answer
    assert 'hx-get="/can-bo/thu-gui/?lan=' in answer
    waiting = _as_worker(
        "SELECT id FROM database_outbox WHERE kind LIKE 'notice%%' AND state = 'pending' ORDER BY id"
    )
    assert [row[0] for row in waiting] == mine


def test_the_progress_asks_again_while_letters_wait_and_ends(
    world: World, signed_in: SignedIn
) -> None:
    _told(world, world.child("NGUYỄN HOÀNG AN"), "an@example.vn")
    client = signed_in("tinh-01")
    part = client.get(f"{LETTERS}?lan=5", headers={"HX-Request": "true"}).content.decode()
    assert "?lan=4" in part
    assert "còn <b>1</b> thư" in part
    assert "<html" not in part
    _as_worker("UPDATE database_outbox SET state = 'sent', sent_at = now() RETURNING 1")
    part = client.get(f"{LETTERS}?lan=4", headers={"HX-Request": "true"}).content.decode()
    assert "hx-get" not in part
    assert "Không còn thư nào chờ gửi" in part


def test_a_sent_letter_a_leased_one_and_an_empty_form_change_nothing(
    world: World, signed_in: SignedIn
) -> None:
    letter = _told(world, world.child("NGUYỄN HOÀNG AN"), "an@example.vn")
    outbox.claim("notice.email", limit=1)
    client = signed_in("tinh-01")
    assert "Đang gửi" in _text(client, LETTERS)
    assert "1 thư không gửi lại" in client.post(LETTERS, {"thu": [letter]}).content.decode()
    assert "Chưa chọn thư nào" in client.post(LETTERS, {}).content.decode()
    assert "Chưa chọn thư nào" in client.post(LETTERS, {"ca-loai": "la"}).content.decode()


def test_filters_and_an_empty_list(world: World, signed_in: SignedIn) -> None:
    _told(world, world.child("NGUYỄN HOÀNG AN"), "an@example.vn")
    client = signed_in("tinh-01")
    assert "NGUYỄN HOÀNG AN" in _text(client, f"{LETTERS}?loai=notice.email&tinh-trang=pending")
    assert "Bỏ bộ lọc" in _text(client, f"{LETTERS}?loai=notice.sms")
    assert "Bỏ bộ lọc" in _text(client, f"{LETTERS}?tinh-trang=dead")


@pytest.mark.parametrize("username", ["so-the-01", "tiep-nhan-01", "thu-01"])
def test_others_do_not_see_letters_and_cannot_send_them_again_past_the_page(
    world: World, signed_in: SignedIn, username: str
) -> None:
    letter = _told(world, world.child("NGUYỄN HOÀNG AN"), "an@khong-co.vn")
    _dead(letter)
    client = signed_in(username)
    assert client.get(LETTERS).status_code == 403
    assert client.post(LETTERS, {"thu": [letter]}).status_code == 403
    token = client.cookies["lienthong"].value
    rows("SELECT set_config('lienthong.token', %s, true)", token)
    assert rows("SELECT notices_send_again(ARRAY[%s::bigint])", letter) == []


def test_the_bell_counts_one_s_own_and_reading_clears_it(world: World, signed_in: SignedIn) -> None:
    child = world.child("NGUYỄN HOÀNG AN")
    desk, other = world.officers["so-the-01"], world.officers["thu-01"]
    for number in range(3):
        subject = ("dossier", child.dossier_id)
        news = News("OFF_PROCESS", f"k{number}", subject, 0, words("OFF_PROCESS"), (desk, other))
        notices.tell([news], by=SYSTEM, at=world.at)
    client = signed_in("so-the-01")
    home = _text(client, "/can-bo/")
    assert re.search(r'class="bell"[^>]*>Thông báo<b>3<span', home)
    text = _text(client, NOTICES)
    assert "12 thao tác sai quy trình mới" in text
    ids = re.findall(r'name="thong-bao" value="(\d+)"', text)
    assert len(ids) == 3
    (foreign,) = _as_worker("SELECT id FROM notices_notice WHERE account_id = %s LIMIT 1", other)[0]
    response = client.post(NOTICES, {"thong-bao": [ids[0], foreign]})
    assert "Đã đánh dấu đã đọc 1 thông báo" in _followed(client, response)[1]
    client.post(NOTICES, {"thao-tac": "tat-ca", "den": ids[1]})
    assert "Không còn thông báo chưa đọc" in _text(client, NOTICES)
    assert "Không có thông báo chưa đọc" in _text(client, f"{NOTICES}?chua-doc=1")
    left = _as_worker("SELECT count(*) FROM notices_notice WHERE read_at IS NULL")
    assert left == [(3,)], "another officer's notices stay unread"


def test_an_officer_sees_no_notice_of_another(world: World, signed_in: SignedIn) -> None:
    child = world.child("NGUYỄN HOÀNG AN")
    subject = ("dossier", child.dossier_id)
    news = News("OFF_PROCESS", "k", subject, 0, words("OFF_PROCESS"), (world.officers["thu-01"],))
    notices.tell([news], by=SYSTEM, at=world.at)
    assert "Chưa có thông báo nào" in _text(signed_in("trung-uong"), NOTICES)
    assert rows("SELECT set_config('lienthong.token', '', true)")
    assert rows("SELECT 1 FROM notices_notice") == []


def test_an_officer_at_the_counter_writes_a_family_s_addresses_and_consent(
    world: World, signed_in: SignedIn
) -> None:
    child = world.child("NGUYỄN HOÀNG AN")
    client = signed_in("tiep-nhan-01")
    page = f"/can-bo/lien-he/{child.message_id}/"
    assert page in _text(client, f"/can-bo/tra-cuu/{child.message_id}/")
    form = {
        "ten": "Trần Thị Bình",
        "sms": "0912 345 678",
        "email": "binh@example.vn",
        "sms-them": "1",
    }
    assert "Đã lưu" in client.post(page, form).content.decode()
    assert "Không có gì thay đổi" in client.post(page, form).content.decode()
    kept = _as_worker(
        "SELECT channel, address, name, wants_optional, entered_by FROM notices_contact ORDER BY channel"
    )
    assert kept == [
        ("email", "binh@example.vn", "Trần Thị Bình", False, "officer:tiep-nhan-01"),
        ("sms", "+84912345678", "Trần Thị Bình", True, "officer:tiep-nhan-01"),
    ]


def test_a_wrong_address_keeps_what_was_typed_and_saves_neither(
    world: World, signed_in: SignedIn
) -> None:
    child = world.child("NGUYỄN HOÀNG AN")
    client = signed_in("tiep-nhan-01")
    form = {"ten": "Bình", "sms": "0912345678", "email": "binh tại nhà", "email-them": "1"}
    text = client.post(f"/can-bo/lien-he/{child.message_id}/", form).content.decode()
    assert "Địa chỉ thư điện tử không đúng" in text
    assert 'value="binh tại nhà"' in text
    assert 'value="0912345678"' in text
    assert re.search(r'name="email-them" value="1" checked', text)
    assert _as_worker("SELECT count(*) FROM notices_contact") == [(0,)]


def test_another_area_s_family_is_not_there(world: World, signed_in: SignedIn) -> None:
    foreign = world.child("TRẦN THANH BÌNH", unit="TE24001")
    (person,) = column("SELECT person_id FROM dossiers_dossier WHERE id = %s", foreign.dossier_id)
    reach("binh@example.vn", subject=("person", person))
    client = signed_in("tiep-nhan-01")
    page = f"/can-bo/lien-he/{foreign.message_id}/"
    assert client.get(page).status_code == 404
    assert client.post(page, {"email": "x@example.vn"}).status_code == 404
    assert client.get(f"/can-bo/lien-he-cua/person/{person}/").status_code == 404
    assert client.get("/can-bo/lien-he-cua/la/1/").status_code == 404


def test_a_notice_leads_to_its_family_s_page(world: World, signed_in: SignedIn) -> None:
    child = world.child("NGUYỄN HOÀNG AN")
    _told(world, child, "an@example.vn")
    client = signed_in("truong-so-the-01")
    (link,) = re.findall(r'href="(/can-bo/lien-he-cua/[^"]+)"', _text(client, LETTERS))
    to, text = _followed(client, client.get(link))
    assert to == f"/can-bo/lien-he/{child.message_id}/"
    assert "Thẻ BHYT của cháu NGUYỄN HOÀNG AN bị thu hồi" in text
    assert "Chờ gửi" in text


def test_an_officer_writes_where_his_own_notices_go(world: World, signed_in: SignedIn) -> None:
    client = signed_in("so-the-01")
    account = "/can-bo/tai-khoan/"
    form = {"viec": "lien-he", "ten": "Nguyễn Thị Hồng", "email": "hong@example.vn", "sms": ""}
    assert "Đã lưu địa chỉ nhận thông báo" in _followed(client, client.post(account, form))[1]
    assert 'value="hong@example.vn"' in _text(client, account)
    text = client.post(account, form | {"email": "sai"}).content.decode()
    assert "Địa chỉ thư điện tử không đúng" in text
    assert 'value="sai"' in text
    assert "hong@example.vn" not in _text(signed_in("thu-01"), account)


def test_the_link_of_a_notice_stops_it_without_signing_in(
    world: World, signed_in: SignedIn
) -> None:
    reach("me@example.vn", wants_optional=True)
    (token,) = column("SELECT token FROM notices_contact")
    signed_in("so-the-01")
    stranger, address = Client(), f"/thoi-nhan/{token}/"
    text = _text(stranger, address)
    assert "Dừng nhận thông báo không bắt buộc?" in text
    assert "me@example.vn" not in text
    assert _as_worker("SELECT wants_optional FROM notices_contact WHERE ended_at IS NULL") == [
        (True,)
    ]
    for _ in range(2):
        assert "Đã dừng" in stranger.post(address).content.decode()
    assert _as_worker("SELECT wants_optional FROM notices_contact WHERE ended_at IS NULL") == [
        (False,)
    ]
    unknown = "/thoi-nhan/00000000-0000-4000-8000-000000000000/"
    assert stranger.post(unknown).status_code == 404
    assert _text(stranger, unknown).count("me@") == 0


def test_a_page_tells_with_its_own_rights_and_reads_no_address_for_it(
    world: World, signed_in: SignedIn
) -> None:
    """As an exchange of cards will: the officer tells a family, and a colleague whose address is not his to see."""
    child = world.child("NGUYỄN HOÀNG AN")
    (person,) = column("SELECT person_id FROM dossiers_dossier WHERE id = %s", child.dossier_id)
    reach("me@example.vn", subject=("person", person))
    reach("thu@example.vn", subject=("officer", world.officers["thu-01"]))
    signed_in("so-the-01")
    said = News("CARD_EXCHANGED", "card:1", ("person", person), 0, words("CARD_EXCHANGED"))
    asked = News(
        "OFF_PROCESS", "k", ("dossier", 1), 0, words("OFF_PROCESS"), (world.officers["thu-01"],)
    )
    assert notices.tell([said, asked], by=SYSTEM, at=world.at) == 3
    assert rows("SELECT address FROM notices_contact") == []
