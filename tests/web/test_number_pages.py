"""Mã số cần sửa by HTTP: told from a paper, proposed by Thu, confirmed by the head, its card exchanged."""

import pytest
from django.db import connection
from django.test import Client

from lienthong.births import repairs
from lienthong.database.scope import acting
from lienthong.persons import numberwatch
from tests.births import AT, column, rows, system
from tests.officers import become
from tests.web import cardsout
from tests.web.cardsout import card_out
from tests.web.conftest import SignedIn
from tests.web.world import World

LIST = "/can-bo/ma-so/"
OTHER = "0118000017"
_PROPOSAL = {
    "thao-tac": "de-nghi",
    "cach": "written",
    "ly-do": "Gia đình có sổ cũ.",
    "can-cu": "Sổ BHXH số 5, ngày 02/03/2020",
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


def _held() -> str:
    become("lienthong_worker")
    (held,) = column("SELECT insurance_number FROM cards_card WHERE status = 'active'")
    become("lienthong_web")
    return str(held)


def _told(collector: Client) -> str:
    """The number of an old book, told from its paper; the address of the matter."""
    done = collector.post(LIST, {"nguoi": _held(), "ma-so": OTHER, "noi-ghi": "book"})
    assert done.status_code == 303
    return done.headers["Location"]


def test_a_number_of_an_old_book_is_proposed_confirmed_and_its_card_follows(
    card: int, signed_in: SignedIn
) -> None:
    held = _held()
    collector = signed_in("thu-01")
    kept = _text(collector, LIST, {"nguoi": "999", "ma-so": OTHER, "noi-ghi": "book"})
    assert "Không tìm thấy đúng một người" in kept
    assert OTHER in kept
    assert "không có gì phải sửa" in _text(
        collector, LIST, {"nguoi": held, "ma-so": held, "noi-ghi": "book"}
    )
    matter = _told(collector)
    assert "Một người, hai mã số" in _text(collector, LIST)
    shown = _text(collector, matter)
    assert held in shown
    assert "đổi mã số không mất ngày nào" in shown
    refused = _text(collector, matter, _PROPOSAL | {"can-cu": ""})
    assert "Hãy ghi giấy tờ làm căn cứ" in refused
    assert "Gia đình có sổ cũ." in refused
    assert collector.post(matter, _PROPOSAL).status_code == 303
    mine = _text(collector, matter)
    assert "Rút đề nghị" in mine
    assert "Xác nhận sửa mã số" not in mine
    head = signed_in("truong-so-the-01")
    assert "Chờ xác nhận" in _text(head, LIST)
    seen = _text(head, matter)
    assert "Xác nhận sửa mã số" in seen
    (repair,) = _as_worker("SELECT id FROM persons_numberrepair")
    done = head.post(matter, {"thao-tac": "xac-nhan", "de-nghi-so": str(repair)})
    assert done.status_code == 303
    assert "chờ duyệt thẻ mang mã số mới" in _text(head, matter)
    assert _held() == held
    become("lienthong_worker")
    repairs.follow(by=system(), at=AT)
    assert column("SELECT insurance_number FROM cards_card WHERE status = 'requested'") == [OTHER]
    become("lienthong_web")
    assert "Yêu cầu đổi thẻ đã lập" in _text(head, matter)


def test_the_list_is_filtered_and_taken_away_as_a_workbook(card: int, signed_in: SignedIn) -> None:
    collector = signed_in("thu-01")
    assert "Không có mã số nào cần sửa" in _text(collector, LIST)
    _told(collector)
    assert "Không có mã số nào theo bộ lọc này" in _text(collector, LIST + "?loai=claimed")
    assert OTHER in _text(collector, LIST + "?loai=doubled&tinh-trang=cho-de-nghi")
    file = collector.get(LIST + "tep/?loai=doubled")
    assert file.status_code == 200
    assert file.content[:2] == b"PK"


def test_a_proposal_is_sent_back_with_its_reason(card: int, signed_in: SignedIn) -> None:
    collector = signed_in("thu-01")
    matter = _told(collector)
    collector.post(matter, _PROPOSAL)
    (repair,) = _as_worker("SELECT id FROM persons_numberrepair")
    head = signed_in("truong-so-the-01")
    back = {"thao-tac": "tra-lai", "de-nghi-so": str(repair), "ghi-chu": ""}
    assert "Hãy ghi lý do" in _text(head, matter, back)
    assert head.post(matter, back | {"ghi-chu": "Sổ này của người khác"}).status_code == 303
    assert "Sổ này của người khác" in _text(collector, matter)
    assert "Gửi đề nghị" in _text(collector, matter)


def test_an_old_number_noted_by_mistake_is_withdrawn_with_a_reason_by_who_repairs_numbers(
    card: int, signed_in: SignedIn
) -> None:
    collector = signed_in("thu-01")
    matter = _told(collector)
    (old,) = _as_worker("SELECT id FROM persons_oldnumber")
    address = f"{LIST}so-cu/{old}/"
    assert address in _text(collector, matter)
    waits = _text(collector, address)
    assert matter in waits
    assert "Bỏ số cũ này" not in waits
    assert "chờ xử lý" in _text(collector, address, {"ly-do": "Nhầm"})
    assert collector.post(matter, _PROPOSAL | {"cach": "nothing"}).status_code == 303
    (repair,) = _as_worker("SELECT id FROM persons_numberrepair")
    head = signed_in("truong-so-the-01")
    assert head.post(matter, {"thao-tac": "xac-nhan", "de-nghi-so": str(repair)}).status_code == 303
    assert "Ghi nhầm?" not in _text(head, matter)
    assert head.get(address).status_code == 403
    assert signed_in("thu-24").get(address).status_code == 404
    collector = signed_in("thu-01")
    become("lienthong_worker")
    (code,) = column("SELECT code FROM dossiers_dossier")
    become("lienthong_web")
    assert address in _text(collector, f"/can-bo/tre/{code}/")
    assert "Hãy ghi vì sao" in _text(collector, address, {"ly-do": " "})
    done = collector.post(address, {"ly-do": "Sổ của người anh"})
    assert done.status_code == 303
    told = _text(collector, done.headers["Location"])
    assert "Đã bỏ số cũ này" in told
    assert "Sổ của người anh" in told
    assert address not in _text(collector, f"/can-bo/tre/{code}/")
    assert _as_worker(
        "SELECT count(*) FROM audit_entry WHERE action = 'person.old_number_withdrawn'"
    ) == [1]


def test_another_province_finds_nothing(card: int, signed_in: SignedIn) -> None:
    matter = _told(signed_in("thu-01"))
    far = signed_in("thu-24")
    assert far.get(matter).status_code == 404
    assert OTHER not in _text(far, LIST)
    kept = _text(far, LIST, {"nguoi": _held(), "ma-so": OTHER, "noi-ghi": "book"})
    assert "Không tìm thấy đúng một người" in kept


def test_one_number_of_two_shows_both_sides(card: int, signed_in: SignedIn) -> None:
    become("lienthong_worker")
    held = _held()
    become("lienthong_worker")
    (area,) = column("SELECT area FROM dossiers_dossier ORDER BY id LIMIT 1")
    with acting(system(), at=AT), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO persons_person (full_name, tone_key, fold_key, born_on, sex, nationality, personal_id_status,"
            " birth_notice_code, mother_name, mother_born, mother_personal_id, mother_insurance_number, father_name,"
            " father_born, father_personal_id, guardian_name, residence_commune_code, residence_text, entitled, made_at)"
            " SELECT 'LÊ THỊ SÁU', 'lê thị sáu', 'le thi sau', '1980-02-03', 'female', 'VN', '', '', '', '', '', '', '', '',"
            " '', '', '', '', 'empty', %s RETURNING id",
            [AT],
        )
        (other,) = cursor.fetchone()
        cursor.execute(
            "INSERT INTO persons_entry (source, source_ref, full_name, birth_date, sex, personal_id, insurance_number,"
            " mother_name, province_code, commune_code, household_code, relation, person_id, area, received_at)"
            " VALUES ('household', 'r1', '', '', '', '', %s, '', '', '', '', '', %s, %s, %s)",
            [held, other, area, AT],
        )
    numberwatch.look(by=system(), at=AT)
    (matter,) = column("SELECT id FROM persons_numbermatter")
    become("lienthong_web")
    text = _text(signed_in("thu-01"), f"{LIST}{matter}/")
    assert "LÊ THỊ SÁU" in text
    assert "Mã số là của người đang giữ" in text


def _as_worker(statement: str) -> list[int]:
    become("lienthong_worker")
    found = [int(row[0]) for row in rows(statement)]
    become("lienthong_web")
    return found
