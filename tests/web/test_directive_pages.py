"""The pages of letters and replies by HTTP: drafting and issuing, chasing, answering, signing, files, and whose they are."""

import html
import io
import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from lienthong.kernel.dates import vietnam_date
from lienthong.law.deadlines import official_calendar
from lienthong.oversight.replysheets import HEAD_LINE
from tests.web.conftest import SignedIn
from tests.web.world import World

LIST = "/can-bo/cong-van/"
_KINDS = {"yes_no": "co", "day": "2026-12-31"}


def _text(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status
    return html.unescape(response.content.decode())


def _posted(client: Client, address: str, form: dict[str, object], status: int = 303) -> str:
    response = client.post(address, form)
    assert response.status_code == status, html.unescape(response.content.decode())
    if status == 303:
        return str(response.headers["Location"])
    return html.unescape(response.content.decode())


def _as_worker(statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")
        cursor.execute(statement)
        found = list(cursor.fetchall())
        cursor.execute("SET LOCAL ROLE lienthong_web")
    return found


def _form_of(text: str) -> dict[str, object]:
    """Every field of the form as the page shows it, ready to be sent back."""
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", text):
        name = re.search(r'name="([^"]+)"', tag)
        if not name or 'name="csrf' in tag:
            continue
        if re.search(r'type="(radio|checkbox)"', tag) and " checked" not in tag:
            continue
        value = re.search(r'value="([^"]*)"', tag)
        found.setdefault(name[1], []).append(value[1] if value else "")
    for name, value in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>([^<]*)</textarea>', text):
        found.setdefault(name, []).append(value)
    for name, body in re.findall(
        r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', text, re.DOTALL
    ):
        chosen = re.search(r'value="([^"]*)" selected', body)
        found.setdefault(name, []).append(chosen[1] if chosen else "")
    return dict(found)


def _seen(client: Client, address: str) -> str:
    """The edit number of the reply that the director reads."""
    found = re.search(r'name="ban-so" value="(\d+)"', _text(client, address))
    assert found
    return found[1]


def _working_day(world: World, days: int) -> str:
    """The first working day later than so many days from now."""
    return (
        official_calendar()
        .next_working_day(vietnam_date(world.at) + timedelta(days=days))
        .isoformat()
    )


@pytest.fixture
def centre(world: World, signed_in: SignedIn) -> Client:
    assert world
    return signed_in("trung-uong")


def _drafted(client: Client, key: str = "680") -> str:
    return _posted(client, f"{LIST}moi/", {"mau": key})


def _issued(client: Client, world: World, key: str = "680", **changes: object) -> str:
    """A letter that went to Hà Nội and Bắc Ninh; its address."""
    draft = _drafted(client, key)
    form = _form_of(_text(client, draft))
    form |= {
        "so": f"{key}/BHXH-CNTT", "nguoi-ky": "Nguyễn Văn Ký", "noi-nhan": "mot-so", "tinh": ["01", "24"],
        "han": _working_day(world, 9), "da-xem": "1", "thao-tac": "ban-hanh",
    }  # fmt: skip
    return _posted(client, draft, form | changes).partition("?")[0]


def _answered(client: Client, address: str) -> str:
    """A reply of Hà Nội, laid before the director; its address."""
    here = f"{address}tra-loi/01/"
    draft = _posted(client, here, {"thao-tac": "bat-dau"})
    text = _text(client, draft)
    form = _form_of(text)
    for name in re.findall(r'name="(c\d+-co)"', text):
        form[name] = "co"
    for name in set(re.findall(r'name="(c\d+-viec)"', text)):
        key = name.removesuffix("viec")
        form |= {
            name: ["Rà soát", ""],
            f"{key}ai": ["Phòng Thu", ""],
            f"{key}den": ["2026-12-31", ""],
        }
    (reasons,) = re.findall(r'name="(c\d+-ly-do)" value="WORKLOAD"', text)
    return _posted(client, draft, form | {reasons: ["WORKLOAD"], "thao-tac": "trinh"})


def test_a_letter_starts_from_a_template_is_saved_and_issued(centre: Client, world: World) -> None:
    assert "Bắt đầu từ mẫu 2118" in _text(centre, f"{LIST}moi/")
    draft = _drafted(centre)
    text = _text(centre, draft)
    assert "Chưa có số công văn." in text
    form = _form_of(text)
    assert len(form["cau"]) == 16  # type: ignore[arg-type]
    to = _posted(centre, draft, form | {"trich-yeu": "V/v khác", "thao-tac": "luu"})
    assert "V/v khác" in _text(centre, to)
    address = _issued(centre, world)
    text = _text(centre, address)
    for words in (
        "Công văn 680/BHXH-CNTT",
        "Nhắc 2 tỉnh chưa trả lời",
        "Thành phố Hà Nội",
        "Chưa mở",
    ):
        assert words in text
    assert _text(centre, f"{address}soan/", 303) == ""


def test_what_was_typed_stays_when_the_issue_is_refused(centre: Client) -> None:
    draft = _drafted(centre)
    form = _form_of(_text(centre, draft)) | {"so": "77/CV", "thao-tac": "ban-hanh"}
    text = _posted(centre, draft, form, 200)
    assert "Hãy đánh dấu đã kiểm tra" in text
    assert 'value="77/CV"' in text
    text = _posted(centre, draft, form | {"da-xem": "1"}, 200)
    assert "Chưa có người ký." in text
    text = _posted(
        centre, draft, form | {"han": "31/12/2026", "nguoi-ky": "X", "thao-tac": "luu"}, 200
    )
    assert "Ngày «31/12/2026» không hợp lệ." in text
    rows = list(form["cau"])  # type: ignore[call-overload]
    rows[14] = "Câu không có loại"
    text = _posted(centre, draft, form | {"cau": rows, "thao-tac": "luu"}, 200)
    assert "Câu 15: chưa chọn loại câu trả lời." in text
    assert "Câu không có loại" in text


def test_who_saves_over_another_is_told_and_loses_nothing(centre: Client) -> None:
    draft = _drafted(centre)
    form = _form_of(_text(centre, draft))
    _posted(centre, draft, form | {"trich-yeu": "Của người một", "thao-tac": "luu"})
    text = _posted(centre, draft, form | {"trich-yeu": "Của người hai", "thao-tac": "luu"}, 200)
    assert "Có người vừa sửa bản nháp này." in text
    assert "Của người hai" in text
    again = _form_of(text)
    _posted(centre, draft, again | {"thao-tac": "luu"})
    assert "Của người hai" in _text(centre, draft)


def test_a_province_answers_its_director_signs_and_the_centre_reads(
    centre: Client, world: World, signed_in: SignedIn
) -> None:
    address = _issued(centre, world)
    writer = signed_in("thu-01")
    for page in ("/can-bo/", "/can-bo/viec-cua-toi/", LIST):
        assert "680/BHXH-CNTT" in _text(writer, page)
    assert "Công văn 680/BHXH-CNTT gửi Thành phố Hà Nội" in _text(writer, "/can-bo/thong-bao/")
    assert "Trả lời công văn" in _text(writer, address)
    here = _answered(writer, address)
    assert "chờ giám đốc ký" in _text(writer, here)
    assert "Ký và gửi" not in _text(writer, here)
    assert "Thành phố Hà Nội" in _text(centre, address)
    assert "Chưa có trả lời" in _text(centre, here.partition("?")[0])
    director = signed_in("tinh-01")
    (key,) = _as_worker("SELECT id FROM oversight_reply")[0]
    sign = {
        "thao-tac": "gui",
        "tra-loi": key,
        "ban-so": _seen(director, here),
        "chuc-danh": "Giám đốc",
        "so": "12/BHXH-QLT",
    }
    done = _text(director, _posted(director, here.partition("?")[0], sign))
    for words in (
        "Đã ký và gửi",
        "Phạm Thị Bích",
        "12/BHXH-QLT",
        "Số hồ sơ, thiếu người xử lý"[:5],
    ):
        assert words in done
    text = _text(centre, f"{address}tong-hop/")
    for words in ("trong 2 nơi nhận đã trả lời", "Cộng"):
        assert words in text
    # Nothing was late: the reason that was ticked all the same is not asked for, and counts nowhere.
    assert "Số hồ sơ tăng, thiếu người xử lý" not in text
    assert "Không phải trả lời (chỉ hỏi khi câu 8 lớn hơn 0)" in done
    assert "Nhắc 1 tỉnh chưa trả lời" in _text(centre, address)
    assert "Thành phố Hà Nội đã trả lời công văn" in _text(centre, "/can-bo/thong-bao/")


def test_one_move_reminds_the_rest_and_says_so(
    centre: Client, world: World, signed_in: SignedIn
) -> None:
    address = _issued(centre, world)
    text = _text(centre, _posted(centre, address, {"thao-tac": "nhac"}))
    assert "Đã nhắc 2 tỉnh, thành phố." in text
    assert "Hôm nay đã nhắc" in text
    text = _text(centre, _posted(centre, address, {"thao-tac": "nhac"}))
    assert "Không có tỉnh nào cần nhắc thêm hôm nay" in text
    assert "Nhắc Thành phố Bắc Ninh trả lời công văn" in _text(
        signed_in("thu-24"), "/can-bo/thong-bao/"
    )
    text = _text(centre, _posted(centre, address, {"thao-tac": "bao-giam-doc"}))
    # Bắc Ninh has no director here: the page says that nobody could be told.
    assert "Tỉnh chưa có tài khoản nhận" in text


def test_the_day_is_moved_with_a_reason_and_the_letter_closed_with_a_word(
    centre: Client, world: World, signed_in: SignedIn
) -> None:
    address = _issued(centre, world)
    later = _working_day(world, 20)
    text = _posted(centre, address, {"thao-tac": "gia-han", "han-moi": later, "ly-do": ""}, 200)
    assert "Vui lòng ghi lý do" in text
    assert later in text
    form = {"thao-tac": "gia-han", "han-moi": later, "ly-do": "Do bão.", "tinh": "01"}
    assert "Đã gửi bổ sung cho 1 tỉnh" in _text(centre, _posted(centre, address, form))
    assert "Do bão." in _text(signed_in("tinh-01"), address)
    assert "Do bão." not in _text(signed_in("thu-24"), address)
    form = {"thao-tac": "ket-thuc", "ket-luan": "Đã tổng hợp."}
    assert "Đã kết thúc công văn." in _text(centre, _posted(centre, address, form))
    assert "Đã tổng hợp." in _text(signed_in("thu-24"), address)
    assert "Công văn đã kết thúc" in _posted(centre, address, {"thao-tac": "nhac"}, 200)


def test_a_draft_keeps_what_is_typed_when_somebody_saved_meanwhile_or_a_figure_is_none(
    centre: Client, world: World, signed_in: SignedIn
) -> None:
    address = _issued(centre, world)
    writer = signed_in("thu-01")
    draft = _posted(writer, f"{address}tra-loi/01/", {"thao-tac": "bat-dau"})
    text = _text(writer, draft)
    form = _form_of(text)
    own = re.findall(r'name="(c\d+-rieng)"', text)[0]
    why = own.replace("rieng", "vi-sao")
    bad = _posted(
        writer, draft, form | {own: "khoảng mười", why: "Sổ giấy", "thao-tac": "luu"}, 200
    )
    assert "«khoảng mười» không phải là số." in bad
    assert 'value="khoảng mười"' in bad
    assert 'value="Sổ giấy"' in bad
    _posted(writer, draft, form | {own: "1.234", why: "Sổ giấy", "thao-tac": "luu"})
    assert 'value="1234"' in _text(writer, draft)
    other = signed_in("truong-so-the-01")
    stale = _posted(other, draft, form | {why: "Của người hai", own: "5", "thao-tac": "luu"}, 200)
    assert "Có người vừa lưu bản này." in stale
    assert "Của người hai" in stale
    _posted(other, draft, _form_of(stale) | {"thao-tac": "so-lieu"})
    assert "Đã lấy số liệu mới nhất." in _text(other, f"{draft}?xong=so-lieu")
    unfinished = _posted(other, draft, _form_of(_text(other, draft)) | {"thao-tac": "trinh"}, 200)
    assert "Chưa trả lời đủ: câu 1, 9." in unfinished


def test_each_figure_of_a_reply_opens_the_dossiers_that_it_counts(
    world: World, signed_in: SignedIn
) -> None:
    world.child("NGUYỄN MINH AN", days_ago=3)
    address = _issued(signed_in("trung-uong"), world)
    writer = signed_in("thu-01")
    draft = _posted(writer, f"{address}tra-loi/01/", {"thao-tac": "bat-dau"})
    for page in (draft, f"{address}tra-loi/01/"):
        (link,) = re.findall(
            r'href="(/can-bo/bao-cao/danh-sach/[^"]*cot=received[^"]*)"', _text(writer, page)
        )
        assert "trong=01" in link
        assert "luc=" in link
        assert "NGUYỄN MINH AN" in _text(writer, link)


def test_letter_reply_and_summary_come_as_files(
    centre: Client, world: World, signed_in: SignedIn
) -> None:
    address = _issued(centre, world)
    writer = signed_in("thu-01")
    here = _answered(writer, address).partition("?")[0]
    (key,) = _as_worker("SELECT id FROM oversight_reply")[0]
    unsigned = PdfReader(io.BytesIO(writer.get(f"{LIST}tra-loi/{key}/ban-in/").content))
    assert "(chưa ký)" in unsigned.pages[-1].extract_text()
    director = signed_in("tinh-01")
    sign = {
        "thao-tac": "gui",
        "tra-loi": key,
        "ban-so": _seen(director, here),
        "chuc-danh": "Giám đốc",
        "so": "12/BHXH-QLT",
    }
    _posted(director, here, sign)
    letter = PdfReader(io.BytesIO(writer.get(f"{address}ban-in/").content))
    said = " ".join(" ".join(it.extract_text() for it in letter.pages).split())
    for words in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "680/BHXH-CNTT",
        "Nguyễn Văn Ký",
        "Nơi nhận",
    ):
        assert words in said
    reply = PdfReader(io.BytesIO(centre.get(f"{LIST}tra-loi/{key}/ban-in/").content))
    said = " ".join(" ".join(it.extract_text() for it in reply.pages).split())
    for words in ("BẢO HIỂM XÃ HỘI THÀNH PHỐ HÀ NỘI", "12/BHXH-QLT", "Phạm Thị Bích", "GIÁM ĐỐC"):
        assert words in said
    body = centre.get(f"{address}tong-hop/tep/").content
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(body)).get_sheet_by_index(0).to_python()
    above, (head, *rows) = sheet[:HEAD_LINE], sheet[HEAD_LINE:]
    told = " ".join(str(row[0]) for row in above)
    for words in ("TỔNG HỢP TRẢ LỜI CÔNG VĂN SỐ 680/BHXH-CNTT", "1 trong 2 nơi nhận"):
        assert words in told
    assert head[:4] == ["Mã tỉnh", "Tỉnh, thành phố", "Hạn trả lời", "Tình trạng"]
    assert [row[3] for row in rows] == ["Đã trả lời", "Chưa mở", ""]
    assert isinstance(rows[0][2], date)
    figure = head.index("4. Số hồ sơ đã nhận từ Bộ Tư pháp (hồ sơ)")
    assert [row[figure] for row in rows] == [0, "", 0]
    assert rows[2][1] == "Cộng"


def test_a_foreign_letter_is_not_there_and_a_unit_reads_and_writes_nothing(
    centre: Client, world: World, signed_in: SignedIn
) -> None:
    draft = _drafted(centre)
    only = _issued(centre, world, "2118", tinh=["24"])
    mine = signed_in("thu-01")
    assert mine.get(only).status_code == 404
    assert mine.get(f"{only}ban-in/").status_code == 404
    assert mine.get(f"{only}tra-loi/24/").status_code == 404
    assert mine.get(draft).status_code == 403
    assert "2118/BHXH-CNTT" not in _text(mine, LIST)
    assert "2118/BHXH-CNTT" in _text(signed_in("thu-24"), LIST)
    assert signed_in("so-the-01").get(LIST).status_code == 403
    assert signed_in("thu-24").get(f"{only}tong-hop/").status_code == 403
    assert signed_in("thu-24").post(only, {"thao-tac": "nhac"}).status_code == 403


def test_the_list_says_when_nothing_is_found(centre: Client, world: World) -> None:
    assert "Chưa có công văn nào" in _text(centre, LIST)
    _issued(centre, world)
    assert "680/BHXH-CNTT" in _text(centre, f"{LIST}?tim=don+doc")
    assert "Không có công văn nào theo điều kiện này" in _text(centre, f"{LIST}?tim=khong+co")
    assert "Ngày không hợp lệ." in _text(centre, f"{LIST}?tu-ngay=hom-qua")


def test_a_draft_is_dropped(centre: Client) -> None:
    draft = _drafted(centre)
    form = _form_of(_text(centre, draft))
    assert "Đã bỏ bản nháp." in _text(centre, _posted(centre, draft, form | {"thao-tac": "bo"}))
    assert centre.get(draft).status_code == 404


def test_the_centre_adds_and_ends_a_reason_that_a_reply_may_give(
    world: World, centre: Client, signed_in: SignedIn
) -> None:
    page = f"{LIST}ly-do/"
    assert f'href="{page}"' in _text(centre, LIST)
    day = vietnam_date(world.at)
    form = {"thao-tac": "them", "danh-muc": "late", "ly-do": "Máy in chờ sửa", "tu-ngay": day}
    assert _posted(centre, page, form) == f"{page}?xong=them"
    refused = _posted(centre, page, form, 200)
    assert "Danh mục đã có lý do này" in refused
    assert 'value="Máy in chờ sửa"' in refused
    address = _issued(centre, world)
    draft = _posted(signed_in("tinh-01"), f"{address}tra-loi/01/", {"thao-tac": "bat-dau"})
    assert "Máy in chờ sửa" in _text(signed_in("tinh-01"), draft)
    row = _text(centre, page).split('name">Máy in chờ sửa</th>')[1].split("</tr>")[0]
    (reason_id,) = re.findall(r'name="ma" value="(\d+)"', row)
    ended = {"thao-tac": "dung", "ma": reason_id, "den-ngay": day}
    assert _posted(centre, page, ended) == f"{page}?xong=dung"
    assert f"đến {day:%d/%m/%Y}" in _text(centre, page)
    assert "Ngày không hợp lệ" in _posted(centre, page, {**ended, "den-ngay": "x"}, 200)
    assert signed_in("tinh-01").get(page).status_code == 403
