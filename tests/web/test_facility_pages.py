"""The pages of the facilities: what an officer finds, does, and is told; the gaps; the offer; the children registered."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from lienthong.cards import actions, wishes
from lienthong.catalogues import facility_desk
from lienthong.catalogues import facility_desk_lines as lines
from lienthong.catalogues.facility_file import FacilityFacts
from lienthong.database.scope import acting
from lienthong.dossiers import actions as dossiers
from lienthong.kernel.dates import DateRange, vietnam_date
from lienthong.web.staff.contractline import contract_line
from tests.web.conftest import SignedIn
from tests.web.world import SYSTEM, Child, World, actor_of

LIST, ADD, GAPS = "/can-bo/co-so-kcb/", "/can-bo/co-so-kcb/them/", "/can-bo/co-so-kcb/con-thieu/"
FIRST = date(2026, 1, 1)
FORM = {"ma": "01777", "ten": "Bệnh viện Mẫu", "tinh": "01", "xa": "00004", "tu-ngay": "2026-01-01"}


def add(
    world: World, code: str = "01777", *, province: str = "01", last: date | None = None
) -> int:
    days = DateRange(FIRST) if last is None else DateRange.closed(FIRST, last)
    told = FacilityFacts(code, f"Cơ sở {code}", province, "", "", True, days, FIRST)
    return facility_desk.add(told, by=SYSTEM, at=world.at)


def text_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, (address, response.status_code)
    return response.content.decode()


def send(client: Client, address: str, **form: Any) -> str:
    """Send a form and follow where it leads; the text of the page at the end."""
    sent = {key.replace("_", "-"): value for key, value in form.items()}
    response = client.post(address, sent)
    if response.status_code == 303:
        return text_of(client, response.headers["Location"])
    assert response.status_code == 200, response.content.decode()[-600:]
    return response.content.decode()


def wish(world: World, child: Child, code: str = "01888") -> int:
    """As the request step leaves it: the card has the commune's own facility, and a task says which was asked for."""
    with acting(SYSTEM, at=world.at), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE dossiers_dossier SET facility_code = %s WHERE id = %s", [code, child.dossier_id]
        )
    detail: dict[str, object] = {"facility_code": code, "used_instead": "01013"}
    key = f"facility:{code}:dossier:{child.dossier_id}"
    dossiers.open_task(
        "H-FACILITY",
        dossier_id=child.dossier_id,
        subject_key=key,
        detail=detail,
        by=SYSTEM,
        at=world.at,
    )
    return child.dossier_id


def approved(world: World, name: str) -> Child:
    child = world.child(name)
    actions.approve([child.card_id or 0], by=actor_of(world, "so-the-01"), at=world.at)
    return child


# ---------------------------------------------------------------- the list and one facility


def test_the_list_begins_with_ones_own_province_and_is_filtered(
    world: World, signed_in: SignedIn
) -> None:
    on = vietnam_date(world.at)
    add(world, "01777")
    add(world, "01778", last=on + timedelta(days=9))
    add(world, "24777", province="24")
    client = signed_in("tinh-01")
    own = text_of(client, LIST)
    assert "01777" in own
    assert "24777" not in own
    assert "24777" in text_of(client, f"{LIST}?tinh=")
    ending = text_of(client, f"{LIST}?tinh-trang=ending")
    assert "01778" in ending
    assert "Còn 9 ngày" in ending
    assert "01777" not in ending
    assert "Không có cơ sở nào" in text_of(client, f"{LIST}?tim=khong-co")
    assert "Không có hợp đồng nào hết" in text_of(client, f"{LIST}?tinh=24&tinh-trang=ending")


def test_a_facility_is_added_renewed_mended_and_ended_and_all_of_it_is_told(
    world: World, signed_in: SignedIn
) -> None:
    client, one = signed_in("tinh-01"), f"{LIST}01777/"
    form = FORM | {"den-ngay": "2026-12-31", "nhan-tre": "1"}
    added = send(client, ADD, **form)
    assert "Đã ghi hợp đồng." in added
    assert "Phường Ba Đình (00004)" in added
    assert 'value="2027-01-01"' in added  # the next contract begins where this one ends
    send(client, one, **FORM | {"tu-ngay": "2027-01-01", "thao_tac": "them", "nhan-tre": "1"})
    (first, later) = [it.id for it in sorted(lines.contracts_of("01777"), key=lambda it: it.id)]
    opened = text_of(client, f"{one}?sua={first}")
    (stamp,) = set(re.findall(r'name="da-xem" value="(\w+)"', opened))
    change = form | {"ten": "Bệnh viện Tên mới", "hop_dong": first, "da_xem": stamp}
    mended = send(client, one, **change, thao_tac="sua")
    assert "Đã ghi thay đổi." in mended
    assert "<ins>Bệnh viện Tên mới</ins>" in mended
    # The same click again, from the page of before, overwrites nothing.
    stale = send(client, one, **change | {"ten": "Khác"}, thao_tac="sua")
    assert "vừa được cán bộ khác thay đổi" in stale
    assert 'value="Khác"' in stale
    (seen,) = set(re.findall(r'name="da-xem" value="(\w+)"', text_of(client, f"{one}?sua={later}")))
    asked = {"hop_dong": later, "da_xem": seen, "thao_tac": "ket-thuc"}
    assert "Hãy chọn ngày cuối cùng" in send(client, one, **asked)
    ended = send(client, one, **asked, ngay_cuoi="2027-06-30")
    assert "Đã ghi ngày kết thúc hợp đồng." in ended
    assert ended.count("tinh-01") >= 4
    assert lines.contracts_of("01777")[0].last == date(2027, 6, 30)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"ma": "1777"}, "Mã cơ sở gồm 5 ký tự"),
        ({"ten": " "}, "Hãy ghi tên cơ sở"),
        ({"xa": "99999"}, "không có trong danh mục hành chính"),
        ({"tinh": "24"}, "mình phụ trách"),
        ({"tu-ngay": ""}, "Hãy chọn «Từ ngày»"),
        ({"den-ngay": "2025-01-01"}, "phải từ «Từ ngày» trở đi"),
        ({"ma": "01013"}, "đã có hợp đồng từ 01/01/2026"),
    ],
)
def test_what_cannot_be_added_is_said_and_what_was_typed_stays(
    wrong: dict[str, str], said: str, world: World, signed_in: SignedIn
) -> None:
    add(world, "01013")
    text = send(signed_in("tinh-01"), ADD, **FORM | wrong)
    assert said in text
    assert f'value="{(FORM | wrong)["ma"]}"' in text
    assert lines.contracts_of("01777") == []


@pytest.mark.parametrize("username", ["thu-01", "tinh-01"])
def test_who_may_not_change_a_facility_sees_it_without_forms(
    username: str, world: World, signed_in: SignedIn
) -> None:
    """An officer without the right, and one of another province."""
    key = add(world, "24777", province="24")
    client = signed_in(username)
    address = f"{LIST}24777/"
    assert 'name="thao-tac"' not in text_of(client, f"{address}?sua={key}")
    seen = lines.contracts_of("24777")[0].stamp
    response = client.post(
        address,
        {"thao-tac": "ket-thuc", "hop-dong": key, "da-xem": seen, "ngay-cuoi": "2027-01-01"},
    )
    assert response.status_code == {"thu-01": 403, "tinh-01": 200}[username]
    assert lines.contracts_of("24777")[0].last is None
    assert client.get(ADD).status_code == {"thu-01": 403, "tinh-01": 200}[username]
    assert client.get(f"{LIST}99ZZZ/").status_code == 404


def test_the_line_of_contracts_says_in_words_what_it_draws(world: World) -> None:
    on = date(2026, 11, 20)
    add(world, "01777", last=date(2026, 12, 31))
    told = FacilityFacts("01777", "x", "01", "", "", True, DateRange(date(2027, 2, 1)), FIRST)
    facility_desk.add(told, by=SYSTEM, at=world.at)
    drawn = contract_line(lines.contracts_of("01777"), on)
    assert drawn is not None
    assert drawn.summary_vi == "Đang có hợp đồng liên tục đến hết ngày 31/12/2026."
    assert [bar.pattern for bar in drawn.bars] == ["solid", "planned"]
    assert drawn.gaps == (DateRange(date(2027, 1, 1), date(2027, 2, 1)),)
    assert "chưa định ngày kết thúc (chưa bắt đầu)" in drawn.bars[1].words_vi
    later = contract_line(lines.contracts_of("01777"), date(2027, 1, 15))
    assert later is not None
    assert "hợp đồng tới bắt đầu 01/02/2027" in later.summary_vi
    over = contract_line(lines.contracts_of("01777")[1:], date(2027, 1, 15))
    assert over is not None
    assert over.summary_vi == "Đã hết hợp đồng từ sau ngày 31/12/2026."
    assert contract_line([], on) is None


# ---------------------------------------------------------------- gaps, offers, children


def test_a_gap_is_filled_by_one_form_and_the_child_is_offered_the_facility(
    world: World, signed_in: SignedIn
) -> None:
    child = approved(world, "NGUYỄN MINH AN")
    wish(world, child)
    client = signed_in("tinh-01")
    assert "Cơ sở KCB còn thiếu" in text_of(client, "/can-bo/")
    gaps = text_of(client, GAPS)
    assert "Chưa có trong danh mục" in gaps
    assert "NGUYỄN MINH AN" not in gaps
    (url,) = re.findall(r'href="([^"]+\?ma=01888)"', gaps)
    form = text_of(client, url)
    assert 'value="01888"' in form
    assert "<b>1 trẻ</b>" in form
    send(client, ADD, **FORM | {"ma": "01888", "nhan-tre": "1"})
    assert "Không thiếu cơ sở nào" in text_of(client, GAPS)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")
    assert wishes.follow(by=SYSTEM, at=world.at, on=vietnam_date(world.at)) == 1
    client = signed_in("thu-01")
    work = text_of(client, "/can-bo/viec-cua-toi/")
    assert "Cơ sở gia đình chọn nay đã có trong danh mục" in work
    (address,) = re.findall(r'href="(/can-bo/co-so-kcb/nguyen-vong/\d+/)"', work)
    offer = text_of(client, address)
    assert "NGUYỄN MINH AN" in offer
    (exchange,) = re.findall(r'href="(/can-bo/the/\d+/doi/\?[^"]+)"', offer)
    assert 'name="co-so" value="01888"' in text_of(client, exchange.replace("&amp;", "&"))
    assert "Hãy ghi đã xử lý thế nào" in send(client, address, ghi_chu=" ")
    assert "Việc đã đóng" in send(client, address, ghi_chu="Gia đình giữ nơi đang ghi trên thẻ")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")
        cursor.execute(
            "SELECT count(*) FROM audit_entry WHERE action = 'viewed' AND subject_kind = 'dossier'"
            " AND subject_id = %s AND by = 'officer:thu-01'",
            [child.dossier_id],
        )
        assert cursor.fetchone()[0] >= 3


def test_a_gap_of_another_province_says_whom_to_ask(world: World, signed_in: SignedIn) -> None:
    wish(world, world.child("A"), "24888")
    wish(world, world.child("B"), "99ZZZ")
    wish(world, world.child("C"), "LẠ")
    text = text_of(signed_in("tinh-01"), GAPS)
    assert "Đề nghị BHXH Thành phố Bắc Ninh bổ sung" in text
    assert text.count("Mã không thuộc tỉnh nào") == 2
    assert "?ma=" not in text


def test_the_children_of_a_facility_are_named_logged_and_led_to_another_one(
    world: World, signed_in: SignedIn
) -> None:
    child = approved(world, "LÊ THỊ BA")
    on = vietnam_date(world.at)
    add(world, "01013", last=on + timedelta(days=20))
    client, address = signed_in("thu-01"), f"{LIST}01013/tre/"
    assert f'href="{address}"' in text_of(client, f"{LIST}?tinh-trang=ending")
    text = text_of(client, address)
    assert "<b>1 trẻ</b>" in text
    assert "LÊ THỊ BA" in text
    assert f"/can-bo/the/{child.card_id}/doi/?ly-do=facility" in text
    assert "LÊ THỊ BA" not in text_of(signed_in("so-the-24"), address)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")
        cursor.execute(
            "SELECT by FROM audit_entry WHERE action = 'viewed' AND subject_kind = 'card' AND subject_id = %s",
            [child.card_id],
        )
        assert cursor.fetchall() == [("officer:thu-01",)]
