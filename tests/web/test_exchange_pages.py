"""Cấp lại, đổi thẻ by HTTP: ground, fields, preview, refusals beside the field, the request, its withdrawal, its approval."""

import pytest
from django.test import Client

from tests.births import column
from tests.officers import as_worker
from tests.web import cardsout
from tests.web.cardsout import FAR, NEAR, card_out
from tests.web.conftest import SignedIn
from tests.web.world import World

LIST = "/can-bo/doi-the/"


def _page(card_id: int) -> str:
    return f"/can-bo/the/{card_id}/doi/"


def _text(client: Client, address: str, form: dict[str, object] | None = None) -> str:
    response = client.get(address) if form is None else client.post(address, form)
    assert response.status_code == 200, (address, response.status_code)
    return response.content.decode()


@pytest.fixture
def card(world: World) -> int:
    cardsout.country()
    return card_out()


def test_only_the_fields_of_the_chosen_ground_are_shown(card: int, signed_in: SignedIn) -> None:
    client = signed_in("thu-01")
    bare = _text(client, _page(card))
    assert "Mất thẻ" in bare
    assert "Dữ liệu khai sinh được điều chỉnh" not in bare
    assert 'name="co-so"' not in bare
    facility = _text(client, _page(card) + "?ly-do=facility")
    assert 'name="co-so"' in facility
    assert f'<option value="{FAR}">' in facility
    assert 'name="dia-chi"' not in facility
    information = _text(client, _page(card) + "?ly-do=information")
    assert 'name="dia-chi" value="Số 5 ngõ 2"' in information
    part = client.get(_page(card) + "?ly-do=facility", headers={"HX-Request": "true"})
    assert b"<html" not in part.content


def test_002_2_the_preview_draws_the_line_and_sets_old_beside_new(
    card: int, signed_in: SignedIn
) -> None:
    client = signed_in("thu-01")
    form = {"ly-do": "facility", "co-so": FAR, "thao-tac": "xem", "ghi-chu": "Chuyển nhà"}
    text = _text(client, _page(card), form)
    assert "(002-2)" in text
    assert "giữ nguyên thời hạn" in text
    assert text.count("không gián đoạn ngày nào") >= 2
    assert f"{NEAR} – Cơ sở {NEAR}" in text
    assert f"{FAR} – Cơ sở {FAR}" in text
    assert text.count(">Khác<") == 1
    assert "Chuyển nhà" in text
    assert as_worker("SELECT count(*) FROM cards_card") == [(1,)]


@pytest.mark.parametrize(
    ("form", "sentence", "beside"),
    [
        ({"ly-do": "facility", "co-so": "99999"}, "chưa có trong danh mục", "co-so-loi"),
        ({"ly-do": "facility", "co-so": NEAR}, "Chưa có thông tin nào thay đổi", "co-so-loi"),
        ({"ly-do": "information", "dia-chi": "Số 5 ngõ 2", "nguoi-giam-ho": "X", "khu-vuc": "K9"}, "chỉ là K1", "khu-vuc-loi"),
        ({"ly-do": "continued", "tu-ngay": "2032-12-01", "den-ngay": "2040-01-01"}, "không dài hơn", "den-ngay-loi"),
        ({"ly-do": "continued", "tu-ngay": "hôm qua", "den-ngay": "2040-01-01"}, "Vui lòng nhập ngày", "tu-ngay-loi"),
        ({"ly-do": "continued", "tu-ngay": "2032-12-01", "den-ngay": "2030-01-01"}, "Ngày cuối phải", "den-ngay-loi"),
    ],
)  # fmt: skip
def test_a_refusal_stands_beside_its_field_and_keeps_what_was_typed(
    form: dict[str, object], sentence: str, beside: str, card: int, signed_in: SignedIn
) -> None:
    client = signed_in("thu-01")
    for deed in ("xem", "lap"):
        text = _text(client, _page(card), form | {"thao-tac": deed, "ghi-chu": "Giữ lời này"})
        after = text.split(f'id="{beside}"', 1)
        assert len(after) == 2, beside
        assert sentence in after[1][:300]
        assert "Giữ lời này" in text
        for value in form.values():
            assert str(value) in text or value in {"hôm qua", "K9"}
    assert as_worker("SELECT count(*) FROM cards_card") == [(1,)]


def test_002_7_a_gap_is_refused_with_a_sentence(card: int, signed_in: SignedIn) -> None:
    form = {
        "ly-do": "continued",
        "tu-ngay": "2026-11-12",
        "den-ngay": "2027-01-01",
        "thao-tac": "xem",
    }
    text = _text(signed_in("thu-01"), _page(card), form)
    assert "Không còn thời gian nào sau thẻ trước" in text


def test_a_request_is_made_shown_withdrawn_and_made_again(card: int, signed_in: SignedIn) -> None:
    client = signed_in("thu-01")
    made = client.post(
        _page(card), {"ly-do": "lost", "thao-tac": "lap", "ghi-chu": "Mất khi đi đường"}
    )
    assert made.status_code == 303
    text = _text(client, made.headers["Location"])
    assert "Đã lập yêu cầu" in text
    assert "Mất khi đi đường" in text
    (further,) = (row[0] for row in as_worker("SELECT max(id) FROM cards_card"))
    assert "đã có yêu cầu cấp lại" in _text(client, _page(card))
    kept = _text(client, LIST, {"thao-tac": "rut", "the": further, "ly-do-rut": "  "})
    assert "Vui lòng ghi lý do rút yêu cầu" in kept
    gone = _text(client, LIST, {"thao-tac": "rut", "the": further, "ly-do-rut": "Tìm thấy thẻ"})
    assert "Đã rút yêu cầu" in gone
    assert "Không có yêu cầu nào đang chờ duyệt" in gone
    again = client.post(_page(card), {"ly-do": "damaged", "thao-tac": "lap"})
    assert again.status_code == 303


def test_the_search_leads_straight_to_the_one_card_by_any_of_its_codes(
    card: int, signed_in: SignedIn
) -> None:
    code, number = (
        column("SELECT code FROM cards_card")[0],
        column("SELECT insurance_number FROM cards_card")[0],
    )
    client = signed_in("thu-01")
    for text in (code, number, f"{code[:2]} {code[2]} {code[3:5]} {code[5:]}".lower()):
        found = client.post(LIST, {"ma": text, "thao-tac": "tim"})
        assert found.headers.get("Location") == _page(card), text
    assert "Không tìm thấy thẻ nào" in _text(client, LIST, {"ma": "TE1010000000000"})


def test_the_approver_sees_old_and_new_before_approving(card: int, signed_in: SignedIn) -> None:
    client = signed_in("thu-01")
    client.post(_page(card), {"ly-do": "facility", "co-so": FAR, "thao-tac": "lap"})
    desk = signed_in("so-the-01")
    text = _text(desk, "/can-bo/duyet-the/")
    assert "Đổi thẻ: Thay đổi nơi đăng ký khám chữa bệnh ban đầu" in text
    assert f"<del>{NEAR} – Cơ sở {NEAR}</del>" in text
    assert "Sau khi thẻ mới được duyệt" in text
    (further,) = (row[0] for row in as_worker("SELECT max(id) FROM cards_card"))
    assert "Đã duyệt 1 thẻ" in _text(desk, "/can-bo/duyet-the/", {"the": [further]})
    assert as_worker("SELECT status FROM cards_card ORDER BY id") == [("superseded",), ("active",)]
    ((code,),) = as_worker("SELECT code FROM dossiers_dossier WHERE kind = 'exchange'")
    told = _text(desk, f"/can-bo/tre/{code}/")
    # Named twice: at the card, and at the dossier that it was asked for by.
    assert told.count("Đổi thẻ: Thay đổi nơi đăng ký khám chữa bệnh ban đầu") == 2
    assert "Cấp lần đầu" in told
    ended = _text(signed_in("thu-01"), _page(card))
    assert "không còn hiệu lực" in ended
    assert _page(further) in ended


def test_a_correction_that_waits_is_pointed_to_first(card: int, signed_in: SignedIn) -> None:
    task = cardsout.corrected(nksHoTen="NGUYỄN MINH ANH")
    assert f"/can-bo/dieu-chinh/{task}/" in _text(signed_in("thu-01"), _page(card))


def test_another_area_s_card_and_an_absent_one_answer_the_same(
    world: World, signed_in: SignedIn
) -> None:
    foreign = world.child("TRẦN THANH BÌNH", unit="TE24001")
    client = signed_in("thu-01")
    answers = [client.get(_page(key)) for key in (foreign.card_id or 0, 999_999)]
    assert [each.status_code for each in answers] == [404, 404]
    assert answers[0].content == answers[1].content
