"""The page Chọn đơn vị mới by HTTP: what each officer finds, what becomes of a choice, and what it says when it cannot."""

import re
from datetime import datetime

import pytest
from django.db import connection
from django.test import Client

from lienthong.accounts import actions as accounts
from tests import births, mergers, splits
from tests.mergers import stand
from tests.splits import NEW, OLD, OTHER, TO_5, UNITS, split_of
from tests.web.conftest import SignedIn
from tests.web.declared import text_of
from tests.web.world import PASSWORD, SYSTEM, World

PAGE = "/can-bo/chon-don-vi-moi/"


def _divided(world: World, *addresses: str, without: tuple[str, ...] = ()) -> list[str]:
    """Dossiers of the old commune, divided today; the message ids."""
    splits.country(without=without)
    sent = splits.waiting(*addresses, at=world.at)
    splits.divide(at=world.at, day=world.at.date())
    return sent


def _unit_officer(world: World, username: str, commune: str) -> str:
    number = f"0030870{len(username):05}"
    new = accounts.NewOfficer(username, "Cán Bộ Thử", number, "reception", "01", UNITS[commune])
    world.officers[username] = accounts.create_officer(new, PASSWORD, by=SYSTEM, at=world.at)
    return username


def _as_worker(statement: str, *parameters: object) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")
        cursor.execute(statement, list(parameters))
        rows = cursor.fetchall()
        cursor.execute("SET LOCAL ROLE lienthong_web")
    return rows


def _worker_takes_its_step(at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")
        births.run(at)


def _post(client: Client, form: dict[str, object]) -> str:
    response = client.post(PAGE, form)
    assert response.status_code == 200
    return response.content.decode()


def _hamlet_form(text: str, name: str) -> dict[str, object]:
    """The hidden fields that the link of a hamlet leads to."""
    (query,) = re.findall(rf'href="{PAGE}\?([^"]*)"[^>]*>{name} <b>', text)
    return dict(part.split("=") for part in query.replace("&amp;", "&").split("&"))


def test_the_page_shows_address_candidates_and_clock_and_logs_each_child(
    world: World, signed_in: SignedIn
) -> None:
    (sent,) = _divided(world, TO_5, without=(OTHER,))
    split_id = split_of(sent)
    text = text_of(signed_in("tinh-01"), PAGE)
    assert TO_5 in text
    assert "Phường Ba Đình (cũ)" in text
    assert "Phường Ngọc Hà" in text
    assert "Chưa khai báo đơn vị" in text
    assert re.search(r"Còn \d ngày|Hạn hôm nay", text)
    assert f"/can-bo/tra-cuu/{sent}/" in text
    viewed = "SELECT by, subject_kind, subject_id, purpose FROM audit_entry WHERE action = 'viewed' ORDER BY 2"
    ((dossier_id,),) = _as_worker("SELECT dossier_id FROM dossiers_split WHERE id = %s", split_id)
    assert _as_worker(viewed) == [
        ("officer:tinh-01", "dossier", dossier_id, "SPLIT_DECIDE"),
        ("officer:tinh-01", "split", split_id, "SPLIT_DECIDE"),
    ]


def test_old_and_new_units_find_it_others_an_empty_page(world: World, signed_in: SignedIn) -> None:
    _divided(world, TO_5)
    for username in (
        "don-vi-01",
        _unit_officer(world, "moi", NEW),
        _unit_officer(world, "khac", OTHER),
        "tinh-01",
        "trung-uong",
    ):
        assert TO_5 in text_of(signed_in(username), PAGE), username
        _become_worker()
    stranger = _unit_officer(world, "xa-la", splits.FAR)
    for username in (stranger, "so-the-24"):
        text = text_of(signed_in(username), PAGE)
        assert "Không có hồ sơ nào chờ chọn đơn vị mới" in text
        assert TO_5 not in text


def _become_worker() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")


def test_ticked_dossiers_are_chosen_and_moved_on_by_the_system(
    world: World, signed_in: SignedIn
) -> None:
    sent = _divided(world, TO_5, "Tổ 6", "Tổ 7")
    ids = [split_of(each) for each in sent]
    client = signed_in("don-vi-01")
    form = {"hs": ids[:2], "noi-moi": NEW, "can-cu": "Bản đồ", "thao-tac": "chon"}
    text = _post(client, form)
    assert "Đã chọn Phường Ngọc Hà cho 2 hồ sơ." in text
    assert "giữ nguyên thời điểm tiếp nhận và hạn trả kết quả" in text
    assert "NGUYỄN MINH CHI" in text
    assert "NGUYỄN MINH AN" not in text
    assert _as_worker(
        "SELECT DISTINCT note, chosen_by FROM dossiers_split WHERE chosen_code <> ''"
    ) == [("Bản đồ", "officer:don-vi-01")]
    _worker_takes_its_step(world.at)
    assert [stand(each)[2] for each in sent] == [UNITS[NEW], UNITS[NEW], ""]


def test_a_row_that_somebody_else_decided_is_named_with_the_reason(
    world: World, signed_in: SignedIn
) -> None:
    first, second = _divided(world, TO_5, "Tổ 6")
    one, two = split_of(first), split_of(second)
    client = signed_in("tinh-01")
    _post(client, {"hs": [one], "noi-moi": NEW, "thao-tac": "chon"})
    text = _post(client, {"hs": [one, two], "noi-moi": NEW, "thao-tac": "chon"})
    assert "cho 1 hồ sơ" in text
    assert "1 hồ sơ chưa chọn được" in text
    assert "vừa được chọn đơn vị mới" in text


def test_a_commune_of_another_split_is_refused_by_name_for_the_rows_that_lack_it(
    world: World, signed_in: SignedIn
) -> None:
    (sent,) = _divided(world, TO_5)
    split_id = split_of(sent)
    text = _post(
        signed_in("tinh-01"), {"hs": [split_id], "noi-moi": splits.FAR, "thao-tac": "chon"}
    )
    assert "<b>NGUYỄN MINH AN</b>" in text
    assert "không tiếp nhận dân cư của Phường Ba Đình" in text
    assert TO_5 in text


@pytest.mark.parametrize(
    ("lacking", "said"),
    [("noi-moi", "Hãy chọn xã, phường mới."), ("hs", "Chưa chọn hồ sơ nào.")],
)
def test_what_the_form_lacks_is_said_and_the_rest_is_kept(
    lacking: str, said: str, world: World, signed_in: SignedIn
) -> None:
    (sent,) = _divided(world, TO_5)
    split_id = split_of(sent)
    form = {"hs": [split_id], "noi-moi": NEW, "can-cu": "Bản đồ", "thao-tac": "chon"}
    del form[lacking]
    text = _post(signed_in("tinh-01"), form)
    assert said in text
    assert 'value="Bản đồ"' in text
    assert (re.search(rf'value="{split_id}"[^>]* checked', text) is not None) == (lacking != "hs")
    assert (f'<option value="{NEW}" selected' in text) == (lacking != "noi-moi")


def test_a_hamlet_is_asked_about_with_its_number_and_then_decided_for_good(
    world: World, signed_in: SignedIn
) -> None:
    sent = _divided(world, TO_5, "TDP số 05", "Tổ 6")
    client = signed_in("tinh-01")
    commune = text_of(client, f"{PAGE}?xa={OLD}&tach={world.at.date()}")
    form = _hamlet_form(commune, "tổ 5")
    shown = text_of(client, PAGE + "?" + "&".join(f"{k}={v}" for k, v in form.items()))
    assert "Áp dụng cho cả tổ 5, kể cả hồ sơ đến sau" in shown
    assert "Tổ 6" not in shown
    asked = _post(client, form | {"noi-moi": OTHER, "thao-tac": "hoi-ca-thon"})
    assert "<b>2 hồ sơ</b> đang chờ của tổ 5" in asked
    assert _as_worker("SELECT count(*) FROM dossiers_hamlet") == [(0,)]
    done = _post(client, form | {"noi-moi": OTHER, "thao-tac": "ca-thon"})
    assert "cho 2 hồ sơ của tổ 5" in done
    assert "Hồ sơ đến sau có địa chỉ ở tổ 5" in done
    assert "Nơi này không còn hồ sơ nào chờ" in done
    again = _post(client, form | {"noi-moi": NEW, "thao-tac": "ca-thon"})
    assert "Không còn hồ sơ nào của thôn, tổ dân phố này" in again
    _worker_takes_its_step(world.at)
    assert [stand(each)[2] for each in sent] == [UNITS[OTHER], UNITS[OTHER], ""]


def test_a_suggestion_is_marked_with_its_reason(world: World, signed_in: SignedIn) -> None:
    (first,) = _divided(world, TO_5)
    split_id = split_of(first)
    client = signed_in("tinh-01")
    _post(client, {"hs": [split_id], "noi-moi": OTHER, "thao-tac": "chon"})
    _become_worker()
    splits.later(7, "Tổ 9", at=world.at)
    text = text_of(signed_in("tinh-01"), PAGE)
    assert "Đề xuất" in text
    assert "Phần lớn hồ sơ cùng xã đã chọn nơi này" in text
    assert "(đề xuất)" in text


def test_a_commune_without_a_unit_may_be_chosen_and_the_page_says_that_it_will_wait(
    world: World, signed_in: SignedIn
) -> None:
    (sent,) = _divided(world, TO_5, without=(OTHER,))
    split_id = split_of(sent)
    text = _post(signed_in("tinh-01"), {"hs": [split_id], "noi-moi": OTHER, "thao-tac": "chon"})
    assert "chưa khai báo đúng một đơn vị cấp thẻ" in text


def test_home_counts_what_waits_and_leads_there(world: World, signed_in: SignedIn) -> None:
    _divided(world, TO_5, "Tổ 6")
    text = text_of(signed_in("don-vi-01"), "/can-bo/")
    assert "Hồ sơ chờ chọn đơn vị mới</span><b>2</b>" in text
    assert f'href="{PAGE}"' in text
    _become_worker()
    assert "chờ chọn đơn vị mới</span>" not in text_of(signed_in("so-the-24"), "/can-bo/")


def test_pages_turn_by_key_and_keep_the_filter(
    world: World, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lienthong.web.staff.splits._PAGE_SIZE", 2)
    _divided(world, *(f"Số {number}, tổ 5" for number in range(1, 6)))
    client = signed_in("tinh-01")
    address, seen = f"{PAGE}?xa={OLD}&tach={world.at.date()}", []
    while address:
        text = text_of(client, address)
        seen += re.findall(r"Số \d, tổ 5", text)
        assert len(seen) <= 5
        after = re.findall(r'href="([^"]*)">Trang sau', text)
        address = after[0].replace("&amp;", "&") if after else ""
        assert not address or f"xa={OLD}" in address
    assert seen == [f"Số {number}, tổ 5" for number in range(1, 6)]


@pytest.mark.parametrize(
    "query", ["?xa=00004", "?xa=00004&tach=hom-nay", "?tach=2026-12-01&thon=x&sau=abc"]
)
def test_an_address_that_cannot_be_read_shows_everything_or_nothing(
    query: str, world: World, signed_in: SignedIn
) -> None:
    assert signed_in("tinh-01").get(PAGE + query).status_code == 200


def test_a_hamlet_s_name_does_not_stand_in_an_address(world: World, signed_in: SignedIn) -> None:
    _divided(world, "Thôn Đoài, ngõ 2")
    text = text_of(signed_in("tinh-01"), f"{PAGE}?xa={OLD}&tach={world.at.date()}")
    links = re.findall(rf'href="({PAGE}[^"]*)"', text)
    assert any("thon=" in link for link in links)
    assert not any("oai" in link for link in links)


def test_a_full_page_stays_under_60_kilobytes(world: World, signed_in: SignedIn) -> None:
    splits.country()
    divided = [
        births.message(
            number,
            ndkksMaXa=OLD,
            nksHoTen="CÔNG TẰNG TÔN NỮ NGUYỄN THỊ HOÀNG BẢO TRÂM ANH",
            nksNoiCuTru={
                "maTinh": "01",
                "maXa": OLD,
                "dcChiTiet": f"Số {number} ngõ 2 đường Hoàng Hoa Thám, tổ dân phố số {number % 20}",
            },
        )
        for number in range(1, 60)
    ]
    births.send(*divided, at=world.at)
    mergers.step("check", world.at)
    mergers.step("route", world.at)
    splits.divide(at=world.at, day=world.at.date())
    page = signed_in("tinh-01").get(f"{PAGE}?xa={OLD}&tach={world.at.date()}")
    assert page.content.count(b'name="hs"') == 40
    assert len(page.content) <= 60 * 1024
