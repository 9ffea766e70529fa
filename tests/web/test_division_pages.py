"""The pages of administrative divisions: leafing through a day, and everything a code has meant."""

from lienthong.kernel.dates import day_first
from tests import mergers
from tests.web.conftest import SignedIn
from tests.web.declared import BA_DINH, NGOC_HA, text_of
from tests.web.merging import BEFORE, DAY, units_on_either_side
from tests.web.world import World


def test_divisions_are_leafed_through_on_a_day_and_found_by_code_or_folded_name(
    signed_in: SignedIn,
) -> None:
    client = signed_in("so-the-01")
    text = text_of(client, "/can-bo/dia-ban/")
    assert "Thành phố Hà Nội" in text
    assert text.count("<tr role") == 35
    assert "Trang sau" in text_of(client, "/can-bo/dia-ban/?ngay=2024-05-01")
    communes = text_of(client, "/can-bo/dia-ban/?tinh=01")
    assert "Phường Ba Đình" in communes
    assert "Phường Trúc Bạch" not in communes
    assert "Phường Trúc Bạch" in text_of(client, "/can-bo/dia-ban/?ngay=2024-05-01&tim=truc+bach")
    gone = text_of(client, "/can-bo/dia-ban/?tim=00007")
    assert 'href="/can-bo/dia-ban/00007/"' in gone


def test_a_code_tells_all_it_has_meant_and_where_its_people_went(
    world: World, signed_in: SignedIn
) -> None:
    units_on_either_side(world)
    client = signed_in("tinh-01")
    text = text_of(client, f"/can-bo/dia-ban/{BA_DINH}/")
    assert text.index("Từ 01/07/2025") < text.index("01/08/2008 – 30/06/2025")
    assert "Phường Trúc Bạch" in text
    assert "1656/NQ-UBTVQH15" in text
    came = text.partition("<h2>Nhận từ</h2>")[2].partition("<h2>Đã nhập vào</h2>")[0]
    assert "Phường Trúc Bạch" in came
    assert "Phường Ba Đình" not in came
    assert "BHXH cơ sở Ba Đình" in text
    one = text_of(client, f"/can-bo/dia-ban/{BA_DINH}/?ghi-ngay=2024-05-01&nay=2026-11-20")
    assert "Phường Trúc Bạch (00004) ghi ngày 01/05/2024, ngày 20/11/2026 là:" in one
    many = text_of(client, "/can-bo/dia-ban/00007/?ghi-ngay=2024-05-01&nay=2026-11-20")
    assert "đã chia cho nhiều nơi" in many
    assert "một phần dân số" in many
    wrong = text_of(client, f"/can-bo/dia-ban/{BA_DINH}/?ghi-ngay=2026-05-01&nay=2024-11-20")
    assert "sớm hơn ngày ghi mã" in wrong
    assert client.get("/can-bo/dia-ban/99999/").status_code == 404


def test_an_act_that_was_applied_stands_in_the_history_of_its_codes(
    world: World, signed_in: SignedIn
) -> None:
    mergers.apply([(BA_DINH, NGOC_HA, "whole")], DAY, at=world.at, number="12/NQ")
    text = text_of(signed_in("tinh-01"), f"/can-bo/dia-ban/{BA_DINH}/")
    assert "12/NQ" in text
    assert f"01/07/2025 – {day_first(BEFORE)}" in text
