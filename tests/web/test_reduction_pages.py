"""Báo giảm, and doubtful temporary codes, by HTTP: the forms keep what was typed, two officers, one-move decisions."""

import pytest
from django.test import Client

from lienthong.cards import temporary, temporary_links
from lienthong.cards.lookup import Asker
from lienthong.cards.temporary import Newborn
from tests import hospitals
from tests.births import AT, column, system
from tests.officers import become
from tests.web import cardsout
from tests.web.cardsout import card_out
from tests.web.conftest import SignedIn
from tests.web.world import World

_FORM = {
    "loai": "REDUCED_MOVED_OUT",
    "ngay": "2026-11-20",
    "the-moi": "TE1793456789012",
    "the-moi-tu": "2026-11-20",
    "can-cu": "Bản chụp thẻ mới",
    "ghi-chu": "Gia đình đã có thẻ của TP Hồ Chí Minh.",
}


@pytest.fixture(autouse=True)
def card(world: World) -> int:
    """A card that is with its family."""
    cardsout.country()
    card_out()
    return int(column("SELECT id FROM cards_card WHERE status = 'active'")[0])


def _text(client: Client, address: str, form: dict[str, object] | None = None) -> str:
    response = client.get(address) if form is None else client.post(address, form)
    assert response.status_code == 200, (address, response.status_code)
    return response.content.decode()


def test_a_report_is_asked_from_the_record_and_confirmed_by_another(
    card: int, signed_in: SignedIn
) -> None:
    (code,) = column(
        "SELECT dossier.code FROM dossiers_dossier AS dossier JOIN cards_card AS card ON card.dossier_id = dossier.id"
    )
    address = f"/can-bo/bao-giam/the/{card}/"
    collector = signed_in("thu-01")
    assert address in _text(collector, f"/can-bo/tre/{code}/")
    kept = _text(collector, address, _FORM | {"the-moi": "", "ghi-chu": "Chuyển nhà"})
    assert "chuyển nơi ở vẫn được bảo hiểm" in kept
    assert "Chuyển nhà" in kept
    done = collector.post(address, _FORM)
    assert done.status_code == 303
    task = done.headers["Location"]
    assert "Rút đề nghị" in _text(collector, task)
    assert "Xác nhận báo giảm" not in _text(collector, task)
    desk = signed_in("so-the-01")
    assert task in _text(desk, "/can-bo/viec/")
    assert address not in _text(desk, f"/can-bo/tre/{code}/")
    assert desk.post(task, {"thao-tac": "xac-nhan"}).status_code == 303
    assert "Đã xác nhận báo giảm" in _text(desk, task)
    assert "Báo giảm: có thẻ mới ở tỉnh khác" in _text(collector, f"/can-bo/tre/{code}/")


def test_a_report_returned_needs_its_reason(card: int, signed_in: SignedIn) -> None:
    task = signed_in("thu-01").post(f"/can-bo/bao-giam/the/{card}/", _FORM).headers["Location"]
    desk = signed_in("so-the-01")
    assert "Hãy ghi lý do" in _text(desk, task, {"thao-tac": "tra-lai", "ghi-chu": ""})
    assert desk.post(task, {"thao-tac": "tra-lai", "ghi-chu": "Thiếu giấy tờ"}).status_code == 303
    assert "Không báo giảm" in _text(desk, task)


def _doubt() -> int:
    """A code that says another name than the child's; the task about it."""
    become("lienthong_worker")
    hospitals.hospital()
    (born, mother, sex) = cardsout.rows(
        "SELECT born_on, mother_personal_id, sex FROM persons_person"
    )[0]
    child = Newborn(
        born_on=born,
        sex=sex,
        carer_relation="mother",
        carer_name="TRẦN THỊ BÌNH",
        full_name="LÊ THỊ HOA",
        mother_personal_id=mother,
        province_code="01",
        admitted_on=born,
    )
    asker = Asker(hospitals.NAME, hospitals.TOMORROW, hospitals.STAFF[1], hospitals.STAFF[0])
    assert temporary.give(asker, child, at=AT).verdict == ""
    temporary_links.link_codes(by=system(), at=AT)
    (task,) = column("SELECT id FROM dossiers_task WHERE kind = 'T-TEMPORARY-CODE'")
    become("lienthong_web")
    return int(task)


def test_a_doubtful_code_shows_both_sides_and_one_press_ties_it(signed_in: SignedIn) -> None:
    task = _doubt()
    address = f"/can-bo/ma-the-tam/{task}/"
    desk = signed_in("so-the-01")
    assert address in _text(desk, "/can-bo/viec/")
    text = _text(desk, address)
    assert "LÊ THỊ HOA" in text
    assert "NGUYỄN MINH AN" in text
    assert "Hãy ghi căn cứ" in _text(desk, address, {"tre": "1", "ghi-chu": ""})
    become("lienthong_worker")
    (person,) = column("SELECT id FROM persons_person")
    become("lienthong_web")
    done = desk.post(address, {"tre": str(person), "ghi-chu": "Bệnh viện xác nhận."})
    assert done.status_code == 303
    assert "Bỏ gắn" in _text(desk, address)
    (code,) = _codes()
    (dossier,) = column("SELECT code FROM dossiers_dossier WHERE kind = 'first'") or ("",)
    assert "Mã thẻ tạm đã dùng" in _text(desk, f"/can-bo/tre/{dossier}/") or code
    undone = desk.post(address, {"thao-tac": "bo-gan", "ghi-chu": "Gắn nhầm."})
    assert undone.status_code == 303
    assert "Bỏ gắn" not in _text(desk, address)


def _codes() -> list[str]:
    become("lienthong_worker")
    found = column("SELECT code FROM cards_temporarycode")
    become("lienthong_web")
    return found


def test_another_province_finds_neither(card: int, signed_in: SignedIn) -> None:
    task = _doubt()
    far = signed_in("so-the-24")
    assert far.get(f"/can-bo/ma-the-tam/{task}/").status_code == 404
    assert signed_in("thu-24").get(f"/can-bo/bao-giam/the/{card}/").status_code == 404
