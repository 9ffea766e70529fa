"""The pages of letters and replies by HTTP: drafting and issuing, chasing, answering, signing, files, and whose they are."""

import io
import re
from datetime import date

import pytest
from django.test import Client
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from lienthong.kernel.dates import vietnam_date
from lienthong.oversight.replysheets import HEAD_LINE
from tests.web import letters
from tests.web.conftest import SignedIn
from tests.web.letters import LIST
from tests.web.world import World


@pytest.fixture
def centre(world: World, signed_in: SignedIn) -> Client:
    assert world
    return signed_in("trung-uong")


def test_a_letter_starts_from_a_template_is_saved_and_issued(centre: Client, world: World) -> None:
    assert "Bắt đầu từ mẫu 2118" in letters.shown(centre, f"{LIST}moi/")
    draft = letters.drafted(centre)
    text = letters.shown(centre, draft)
    assert "Chưa có số công văn." in text
    form = letters.form_of(text)
    assert len(form["cau"]) == 16  # type: ignore[arg-type]
    to = letters.posted(centre, draft, form | {"trich-yeu": "V/v khác", "thao-tac": "luu"})
    assert "V/v khác" in letters.shown(centre, to)
    address = letters.issued(centre, world)
    text = letters.shown(centre, address)
    for words in (
        "Công văn 680/BHXH-CNTT",
        "Nhắc 2 tỉnh chưa trả lời",
        "Thành phố Hà Nội",
        "Chưa mở",
    ):
        assert words in text
    assert letters.shown(centre, f"{address}soan/", 303) == ""


def test_what_was_typed_stays_when_the_issue_is_refused(centre: Client) -> None:
    draft = letters.drafted(centre)
    form = letters.form_of(letters.shown(centre, draft)) | {"so": "77/CV", "thao-tac": "ban-hanh"}
    text = letters.posted(centre, draft, form, 200)
    assert "Hãy đánh dấu đã kiểm tra" in text
    assert 'value="77/CV"' in text
    text = letters.posted(centre, draft, form | {"da-xem": "1"}, 200)
    assert "Chưa có người ký." in text
    text = letters.posted(
        centre, draft, form | {"han": "31/12/2026", "nguoi-ky": "X", "thao-tac": "luu"}, 200
    )
    assert "Ngày «31/12/2026» không hợp lệ." in text
    rows = list(form["cau"])  # type: ignore[call-overload]
    rows[14] = "Câu không có loại"
    text = letters.posted(centre, draft, form | {"cau": rows, "thao-tac": "luu"}, 200)
    assert "Câu 15: chưa chọn loại câu trả lời." in text
    assert "Câu không có loại" in text


def test_who_saves_over_another_is_told_and_loses_nothing(centre: Client) -> None:
    draft = letters.drafted(centre)
    form = letters.form_of(letters.shown(centre, draft))
    letters.posted(centre, draft, form | {"trich-yeu": "Của người một", "thao-tac": "luu"})
    text = letters.posted(
        centre, draft, form | {"trich-yeu": "Của người hai", "thao-tac": "luu"}, 200
    )
    assert "Có người vừa sửa bản nháp này." in text
    assert "Của người hai" in text
    again = letters.form_of(text)
    letters.posted(centre, draft, again | {"thao-tac": "luu"})
    assert "Của người hai" in letters.shown(centre, draft)


def test_a_province_answers_its_director_signs_and_the_centre_reads(
    centre: Client, world: World, signed_in: SignedIn
) -> None:
    address = letters.issued(centre, world)
    writer = signed_in("thu-01")
    for page in ("/can-bo/", "/can-bo/viec-cua-toi/", LIST):
        assert "680/BHXH-CNTT" in letters.shown(writer, page)
    assert "Công văn 680/BHXH-CNTT gửi Thành phố Hà Nội" in letters.shown(
        writer, "/can-bo/thong-bao/"
    )
    assert "Trả lời công văn" in letters.shown(writer, address)
    here = letters.answered(writer, address)
    assert "chờ giám đốc ký" in letters.shown(writer, here)
    assert "Ký và gửi" not in letters.shown(writer, here)
    assert "Thành phố Hà Nội" in letters.shown(centre, address)
    assert "Chưa có trả lời" in letters.shown(centre, here.partition("?")[0])
    director = signed_in("tinh-01")
    (key,) = letters.as_worker("SELECT id FROM oversight_reply")[0]
    sign = {
        "thao-tac": "gui",
        "tra-loi": key,
        "ban-so": letters.seen(director, here),
        "chuc-danh": "Giám đốc",
        "so": "12/BHXH-QLT",
    }
    done = letters.shown(director, letters.posted(director, here.partition("?")[0], sign))
    for words in (
        "Đã ký và gửi",
        "Phạm Thị Bích",
        "12/BHXH-QLT",
        "Số hồ sơ, thiếu người xử lý"[:5],
    ):
        assert words in done
    text = letters.shown(centre, f"{address}tong-hop/")
    for words in ("trong 2 nơi nhận đã trả lời", "Cộng"):
        assert words in text
    # Nothing was late: the reason that was ticked all the same is not asked for, and counts nowhere.
    assert "Số hồ sơ tăng, thiếu người xử lý" not in text
    assert "Không phải trả lời (chỉ hỏi khi câu 8 lớn hơn 0)" in done
    assert "Nhắc 1 tỉnh chưa trả lời" in letters.shown(centre, address)
    assert "Thành phố Hà Nội đã trả lời công văn" in letters.shown(centre, "/can-bo/thong-bao/")


def test_one_move_reminds_the_rest_and_says_so(
    centre: Client, world: World, signed_in: SignedIn
) -> None:
    address = letters.issued(centre, world)
    text = letters.shown(centre, letters.posted(centre, address, {"thao-tac": "nhac"}))
    assert "Đã nhắc 2 tỉnh, thành phố." in text
    assert "Hôm nay đã nhắc" in text
    text = letters.shown(centre, letters.posted(centre, address, {"thao-tac": "nhac"}))
    assert "Không có tỉnh nào cần nhắc thêm hôm nay" in text
    assert "Nhắc Thành phố Bắc Ninh trả lời công văn" in letters.shown(
        signed_in("thu-24"), "/can-bo/thong-bao/"
    )
    text = letters.shown(centre, letters.posted(centre, address, {"thao-tac": "bao-giam-doc"}))
    # Bắc Ninh has no director here: the page says that nobody could be told.
    assert "Tỉnh chưa có tài khoản nhận" in text


def test_the_day_is_moved_with_a_reason_and_the_letter_closed_with_a_word(
    centre: Client, world: World, signed_in: SignedIn
) -> None:
    address = letters.issued(centre, world)
    later = letters.working_day(world, 20)
    text = letters.posted(
        centre, address, {"thao-tac": "gia-han", "han-moi": later, "ly-do": ""}, 200
    )
    assert "Vui lòng ghi lý do" in text
    assert later in text
    form = {"thao-tac": "gia-han", "han-moi": later, "ly-do": "Do bão.", "tinh": "01"}
    assert "Đã gửi bổ sung cho 1 tỉnh" in letters.shown(
        centre, letters.posted(centre, address, form)
    )
    assert "Do bão." in letters.shown(signed_in("tinh-01"), address)
    assert "Do bão." not in letters.shown(signed_in("thu-24"), address)
    form = {"thao-tac": "ket-thuc", "ket-luan": "Đã tổng hợp."}
    assert "Đã kết thúc công văn." in letters.shown(centre, letters.posted(centre, address, form))
    assert "Đã tổng hợp." in letters.shown(signed_in("thu-24"), address)
    assert "Công văn đã kết thúc" in letters.posted(centre, address, {"thao-tac": "nhac"}, 200)


def test_a_draft_keeps_what_is_typed_when_somebody_saved_meanwhile_or_a_figure_is_none(
    centre: Client, world: World, signed_in: SignedIn
) -> None:
    address = letters.issued(centre, world)
    writer = signed_in("thu-01")
    draft = letters.posted(writer, f"{address}tra-loi/01/", {"thao-tac": "bat-dau"})
    text = letters.shown(writer, draft)
    form = letters.form_of(text)
    own = re.findall(r'name="(c\d+-rieng)"', text)[0]
    why = own.replace("rieng", "vi-sao")
    bad = letters.posted(
        writer, draft, form | {own: "khoảng mười", why: "Sổ giấy", "thao-tac": "luu"}, 200
    )
    assert "«khoảng mười» không phải là số." in bad
    assert 'value="khoảng mười"' in bad
    assert 'value="Sổ giấy"' in bad
    letters.posted(writer, draft, form | {own: "1.234", why: "Sổ giấy", "thao-tac": "luu"})
    assert 'value="1234"' in letters.shown(writer, draft)
    other = signed_in("truong-so-the-01")
    stale = letters.posted(
        other, draft, form | {why: "Của người hai", own: "5", "thao-tac": "luu"}, 200
    )
    assert "Có người vừa lưu bản này." in stale
    assert "Của người hai" in stale
    letters.posted(other, draft, letters.form_of(stale) | {"thao-tac": "so-lieu"})
    assert "Đã lấy số liệu mới nhất." in letters.shown(other, f"{draft}?xong=so-lieu")
    unfinished = letters.posted(
        other, draft, letters.form_of(letters.shown(other, draft)) | {"thao-tac": "trinh"}, 200
    )
    assert "Chưa trả lời đủ: câu 1, 9." in unfinished


def test_a_form_that_is_late_says_why_and_keeps_what_was_typed(
    centre: Client, world: World, signed_in: SignedIn
) -> None:
    """Of two tabs one presents; later the centre closes the letter. Neither is somebody else's saving."""
    address = letters.issued(centre, world)
    writer = signed_in("thu-01")
    draft = letters.posted(writer, f"{address}tra-loi/01/", {"thao-tac": "bat-dau"})
    other_tab = letters.form_of(letters.shown(writer, draft))
    letters.answered(writer, address)
    (text_field,) = [name for name in other_tab if re.fullmatch(r"c\d+-loi", name)][-1:]
    typed = other_tab | {text_field: "Đề nghị cấp thêm phôi.", "thao-tac": "luu"}
    late = letters.posted(writer, draft, typed, 200)
    for words in ("đã được trình hoặc gửi", "Đề nghị cấp thêm phôi."):
        assert words in late
    for words in ("Lưu lần nữa sẽ thay", "Lưu bản nháp"):
        assert words not in late
    director = signed_in("tinh-01")
    here = f"{address}tra-loi/01/"
    (key,) = letters.as_worker("SELECT id FROM oversight_reply")[0]
    back = {
        "thao-tac": "tra-lai",
        "tra-loi": key,
        "ban-so": letters.seen(director, here),
        "ghi-chu": "Sửa.",
    }
    letters.posted(director, here, back)
    letters.posted(centre, address, {"thao-tac": "ket-thuc", "ket-luan": "Đã tổng hợp."})
    assert "Công văn đã kết thúc" in letters.shown(writer, draft)
    closed = letters.posted(writer, draft, typed, 200)
    for words in ("không nhận trả lời nữa", "Đề nghị cấp thêm phôi."):
        assert words in closed
    assert "Lưu lần nữa sẽ thay" not in closed


def test_each_figure_of_a_reply_opens_the_dossiers_that_it_counts(
    world: World, signed_in: SignedIn
) -> None:
    world.child("NGUYỄN MINH AN", days_ago=3)
    address = letters.issued(signed_in("trung-uong"), world)
    writer = signed_in("thu-01")
    draft = letters.posted(writer, f"{address}tra-loi/01/", {"thao-tac": "bat-dau"})
    for page in (draft, f"{address}tra-loi/01/"):
        (link,) = re.findall(
            r'href="(/can-bo/bao-cao/danh-sach/[^"]*cot=received[^"]*)"',
            letters.shown(writer, page),
        )
        assert "trong=01" in link
        assert "luc=" in link
        assert "NGUYỄN MINH AN" in letters.shown(writer, link)


def test_letter_reply_and_summary_come_as_files(
    centre: Client, world: World, signed_in: SignedIn
) -> None:
    address = letters.issued(centre, world)
    writer = signed_in("thu-01")
    here = letters.answered(writer, address).partition("?")[0]
    (key,) = letters.as_worker("SELECT id FROM oversight_reply")[0]
    unsigned = PdfReader(io.BytesIO(writer.get(f"{LIST}tra-loi/{key}/ban-in/").content))
    assert "(chưa ký)" in unsigned.pages[-1].extract_text()
    director = signed_in("tinh-01")
    sign = {
        "thao-tac": "gui",
        "tra-loi": key,
        "ban-so": letters.seen(director, here),
        "chuc-danh": "Giám đốc",
        "so": "12/BHXH-QLT",
    }
    letters.posted(director, here, sign)
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
    draft = letters.drafted(centre)
    only = letters.issued(centre, world, "2118", tinh=["24"])
    mine = signed_in("thu-01")
    assert mine.get(only).status_code == 404
    assert mine.get(f"{only}ban-in/").status_code == 404
    assert mine.get(f"{only}tra-loi/24/").status_code == 404
    assert mine.get(draft).status_code == 403
    assert "2118/BHXH-CNTT" not in letters.shown(mine, LIST)
    assert "2118/BHXH-CNTT" in letters.shown(signed_in("thu-24"), LIST)
    assert signed_in("so-the-01").get(LIST).status_code == 403
    assert signed_in("thu-24").get(f"{only}tong-hop/").status_code == 403
    assert signed_in("thu-24").post(only, {"thao-tac": "nhac"}).status_code == 403


def test_the_list_says_when_nothing_is_found(centre: Client, world: World) -> None:
    assert "Chưa có công văn nào" in letters.shown(centre, LIST)
    letters.issued(centre, world)
    assert "680/BHXH-CNTT" in letters.shown(centre, f"{LIST}?tim=don+doc")
    assert "Không có công văn nào theo điều kiện này" in letters.shown(
        centre, f"{LIST}?tim=khong+co"
    )
    assert "Ngày không hợp lệ." in letters.shown(centre, f"{LIST}?tu-ngay=hom-qua")


def test_a_draft_is_dropped(centre: Client) -> None:
    draft = letters.drafted(centre)
    form = letters.form_of(letters.shown(centre, draft))
    assert "Đã bỏ bản nháp." in letters.shown(
        centre, letters.posted(centre, draft, form | {"thao-tac": "bo"})
    )
    assert centre.get(draft).status_code == 404


def test_the_centre_adds_and_ends_a_reason_that_a_reply_may_give(
    world: World, centre: Client, signed_in: SignedIn
) -> None:
    page = f"{LIST}ly-do/"
    assert f'href="{page}"' in letters.shown(centre, LIST)
    day = vietnam_date(world.at)
    form = {"thao-tac": "them", "danh-muc": "late", "ly-do": "Máy in chờ sửa", "tu-ngay": day}
    assert letters.posted(centre, page, form) == f"{page}?xong=them"
    refused = letters.posted(centre, page, form, 200)
    assert "Danh mục đã có lý do này" in refused
    assert 'value="Máy in chờ sửa"' in refused
    address = letters.issued(centre, world)
    draft = letters.posted(signed_in("tinh-01"), f"{address}tra-loi/01/", {"thao-tac": "bat-dau"})
    assert "Máy in chờ sửa" in letters.shown(signed_in("tinh-01"), draft)
    row = letters.shown(centre, page).split('name">Máy in chờ sửa</th>')[1].split("</tr>")[0]
    (reason_id,) = re.findall(r'name="ma" value="(\d+)"', row)
    ended = {"thao-tac": "dung", "ma": reason_id, "den-ngay": day}
    assert letters.posted(centre, page, ended) == f"{page}?xong=dung"
    assert f"đến {day:%d/%m/%Y}" in letters.shown(centre, page)
    assert "Ngày không hợp lệ" in letters.posted(centre, page, {**ended, "den-ngay": "x"}, 200)
    assert signed_in("tinh-01").get(page).status_code == 403
