"""Cấp lại, đổi thẻ by HTTP: ground, fields, preview, refusals beside the field, the request, its withdrawal, its approval."""

import re

import pytest
from django.test import Client

from lienthong.accounts.jurisdiction import actor_of
from lienthong.database.scope import acting
from tests.births import AT, column, rows, run, system
from tests.cardlines import line_of_two
from tests.officers import as_worker, become
from tests.web import cardsout
from tests.web.cardsout import FAR, NEAR, card_out
from tests.web.conftest import SignedIn
from tests.web.world import World

pytestmark = pytest.mark.usefixtures("still_clock")
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
        _page(card),
        {"ly-do": "lost", "giay-to": ["0", "1"], "thao-tac": "lap", "ghi-chu": "Mất khi đi đường"},
    )
    assert made.status_code == 303
    text = _text(client, made.headers["Location"])
    # Said at the top, however long the list; the officer who asked stands there by name.
    assert text.index("Đã lập yêu cầu") < text.index("Tìm thẻ</button>")
    assert re.search(r'<a href="#yeu-cau-(\d+)">[^<]+</a>.*id="yeu-cau-\1"', text, re.DOTALL)
    assert re.search(r"\w+ \w+ \w+ \(thu-01\)", text)
    assert "Mất khi đi đường" in text
    (further,) = (row[0] for row in as_worker("SELECT max(id) FROM cards_card"))
    assert "đã có yêu cầu cấp lại" in _text(client, _page(card))
    kept = _text(client, LIST, {"thao-tac": "rut", "the": further, "ly-do-rut": "  "})
    assert "Vui lòng ghi lý do rút yêu cầu" in kept
    gone = _text(client, LIST, {"thao-tac": "rut", "the": further, "ly-do-rut": "Tìm thấy thẻ"})
    assert "Đã rút yêu cầu" in gone
    assert "Không có yêu cầu nào đang chờ duyệt" in gone
    again = client.post(_page(card), {"ly-do": "damaged", "giay-to": ["0", "1"], "thao-tac": "lap"})
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
    client.post(
        _page(card), {"ly-do": "facility", "co-so": FAR, "giay-to": ["0", "1"], "thao-tac": "lap"}
    )
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


def test_a_paper_not_ticked_asks_for_a_word_beside_it_and_is_shown_to_the_approver(
    card: int, signed_in: SignedIn
) -> None:
    client = signed_in("thu-01")
    form = {"ly-do": "damaged", "giay-to": ["0"], "thao-tac": "lap"}
    text = _text(client, _page(card), form)
    assert "Chưa đủ giấy tờ: Thẻ cũ" in text.split('id="giay-to-loi"', 1)[1][:300]
    assert 'name="giay-to" value="0" checked' in text
    assert 'name="giay-to" value="1"> Thẻ cũ' in text
    seen = _text(client, _page(card), form | {"thao-tac": "xem"})
    assert "Giấy tờ đã nhận: Tờ khai TK1-TS." in seen
    assert "Chưa có: Thẻ cũ" in seen
    made = client.post(_page(card), form | {"ghi-chu": "Thẻ đã nát hết"})
    assert made.status_code == 303
    desk = signed_in("so-the-01")
    told = _text(desk, "/can-bo/duyet-the/")
    assert "Thiếu giấy tờ" in told
    assert "Chưa có: Thẻ cũ" in told
    ((code,),) = as_worker("SELECT code FROM dossiers_dossier WHERE kind = 'first'")
    record = _text(desk, f"/can-bo/tre/{code}/")
    assert "Giấy tờ đã nhận: Tờ khai TK1-TS" in record
    assert "Ghi chú: Thẻ đã nát hết" in record


@pytest.fixture
def line(world: World) -> tuple[int, int]:
    cardsout.country()
    return line_of_two(by=(actor_of("thu-01"), actor_of("so-the-24")))


def test_a_card_with_a_successor_says_so_leads_to_it_and_is_exchanged_alone(
    line: tuple[int, int], signed_in: SignedIn
) -> None:
    first, second = line
    client = signed_in("thu-01")
    text = _text(client, _page(first) + "?ly-do=lost")
    assert "Trẻ còn một thẻ khác" in text
    assert f'<a href="{_page(second)}">từ 01/06/2027 đến hết 30/11/2032</a>' in text
    assert "thẻ chưa đến ngày bắt đầu" not in text
    assert "thẻ chưa đến ngày bắt đầu" in _text(client, _page(second))
    form = {"ly-do": "lost", "giay-to": ["0"]}
    seen = _text(client, _page(first), form | {"thao-tac": "xem"})
    assert "(002-2)" in seen
    assert "Thẻ khác: từ 01/06/2027 đến hết 30/11/2032" in seen
    assert "Thẻ mới: từ 12/11/2026 đến hết 31/05/2027" in seen
    assert client.post(_page(first), form | {"thao-tac": "lap"}).status_code == 303
    again = _text(client, _page(first), {"ly-do": "continued", "thao-tac": "xem"})
    assert "đã có yêu cầu cấp lại" in again


def test_a_second_renewal_is_refused_beside_the_ground(
    line: tuple[int, int], signed_in: SignedIn
) -> None:
    form = {
        "ly-do": "continued",
        "tu-ngay": "2027-06-01",
        "den-ngay": "2032-11-30",
        "thao-tac": "xem",
    }
    text = _text(signed_in("thu-01"), _page(line[0]), form)
    assert "Trẻ đã có thẻ nối tiếp từ ngày 01/06/2027" in text


def test_after_a_merger_the_preview_names_the_unit_that_answers_now(
    card: int, signed_in: SignedIn
) -> None:
    become("lienthong_worker")
    with acting(system(), at=AT):
        rows(
            "UPDATE catalogues_workplace SET unit_id = (SELECT id FROM catalogues_unit WHERE code = 'TE01002')"
            " WHERE commune_code = '00004' AND upper(valid) IS NULL RETURNING 1"
        )
    run()
    client = signed_in("thu-01")
    form = {"ly-do": "lost", "giay-to": ["0"], "thao-tac": "xem"}
    text = _text(client, _page(card), form)
    assert "Yêu cầu được lập ở <b>Đơn vị cấp thẻ TE01002</b>" in text
    assert "Thẻ cũ do Đơn vị cấp thẻ TE01001 cấp" in text
    made = client.post(_page(card), form | {"thao-tac": "lap"})
    assert made.status_code == 303
    assert as_worker(
        "SELECT unit.code FROM cards_card AS card JOIN catalogues_unit AS unit ON unit.id = card.unit_id ORDER BY card.id"
    ) == [("TE01001",), ("TE01002",)]
    # Its own officer is told whose it is now.
    elsewhere = signed_in("don-vi-01")
    assert elsewhere.get(_page(card)).status_code in {403, 404}
