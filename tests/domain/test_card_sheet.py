"""The printed card and its run: every letter, every fact of the form, a QR that reads, nothing outside its place."""

import io
import random
import re
import unicodedata
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from functools import cache
from itertools import pairwise

import pypdf
import pypdfium2
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas

from lienthong.cards import design
from lienthong.cards.sheet import (
    CARDS_A_SHEET,
    CardSheetLine,
    card_position,
    sheet_pdf,
    undrawable_in,
)
from lienthong.cards.typesetting import Type
from lienthong.kernel.errors import Refused
from lienthong.law.card_forms import CardField, CardForm, fields_shown

AT = datetime(2026, 11, 20, 3, 15, tzinfo=UTC)
PAGE_HEIGHT = 841.89
LINE = CardSheetLine(
    card_id=1,
    code="TE1010030000017",
    insurance_number="0030000017",
    full_name="NGUYỄN MINH AN",
    birth_date=date(2026, 11, 12),
    sex="female",
    address="Số 5 ngõ 2, Phường Ba Đình",
    facility_code="01013",
    facility_name="Trạm Y tế phường Ô Chợ Dừa",
    valid_from=date(2026, 11, 13),
    valid_to=date(2032, 11, 30),
    five_year_on=date(2031, 11, 14),
    benefit_level=1,
    area_code="K2",
    unit_name="Bảo hiểm xã hội cơ sở Ba Đình",
    province_name="Thành phố Hà Nội",
    commune_code="00004",
    commune_name="Phường Ba Đình",
    guardian_name="TRẦN THỊ BÌNH",
    form="CARD_1666",
    qr_text="BHYT1:" + "0123456789ABCDEF" * 15,
    issued_on=date(2026, 11, 20),
    copy_number=1,
)
FIELD_TEXT = {
    CardField.CARD_CODE: "TE 1 01 0030000017",
    CardField.INSURANCE_NUMBER: "Mã số: 0030000017",
    CardField.FULL_NAME: "Họ và tên: NGUYỄN MINH AN",
    CardField.BIRTH_DATE: "Ngày sinh: 12/11/2026",
    CardField.SEX: "Giới tính: Nữ",
    CardField.ADDRESS: "Địa chỉ: Số 5 ngõ 2, Phường Ba Đình",
    CardField.GUARDIAN: "Cha, mẹ hoặc người giám hộ: TRẦN THỊ BÌNH",
    CardField.FACILITY: "Nơi đăng ký KCB ban đầu: Trạm Y tế phường Ô Chợ Dừa (01 - 013)",
    CardField.VALID_FROM: "Giá trị sử dụng: từ ngày 13/11/2026",
    CardField.VALID_TO: "đến hết ngày 30/11/2032",
    CardField.FIVE_YEAR_ON: "Thời điểm đủ 05 năm liên tục: 14/11/2031",
    CardField.BENEFIT_LEVEL: "Mã mức hưởng: 1",
    CardField.AREA_CODE: "Mã khu vực: K2",
    CardField.ISSUING_PLACE: "Nơi cấp, đổi thẻ BHYT: Bảo hiểm xã hội cơ sở Ba Đình, Thành phố Hà Nội",
    CardField.ISSUED_ON: "Ngày cấp: 20/11/2026",
}


def printed(*lines: CardSheetLine) -> bytes:
    return sheet_pdf(lines, run_number="IN-261120-000012", printed_at=AT, unit_name="BHXH Ba Đình")


def page_texts(pdf: bytes) -> list[str]:
    """The text of each page in composed letters, blanks and line ends alike."""
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    texts = [unicodedata.normalize("NFC", page.extract_text()) for page in pages]
    return [re.sub(r"\s+", " ", text) for text in texts]


def seen_texts(pdf: bytes) -> list[str]:
    """As `page_texts`, by a second reader, which is ten times as fast."""
    pages = pypdfium2.PdfDocument(pdf)
    texts = [page.get_textpage().get_text_bounded() for page in pages]
    return [re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)) for text in texts]


@cache
def printed_text(form: str) -> str:
    return page_texts(printed(replace(LINE, form=form)))[1]


@pytest.mark.parametrize("form", list(CardForm))
@pytest.mark.parametrize("field", list(CardField))
def test_card_shows_a_field_exactly_when_its_form_does(form: CardForm, field: CardField) -> None:
    assert (FIELD_TEXT[field] in printed_text(form)) is (field in fields_shown(form))


@pytest.mark.parametrize("form", list(CardForm))
def test_card_names_the_agency_and_the_card(form: CardForm) -> None:
    assert "BẢO HIỂM XÃ HỘI VIỆT NAM THẺ BẢO HIỂM Y TẾ" in printed_text(form)


@pytest.mark.parametrize(
    "name",
    [
        "NGUYỄN ĐỨC ƯỚC",
        "Kơ̆ Mư̆",
        "KƠ̆ MƯ̆ Ồ ỆỂ ỸỴ",
        "H'Mun Niê Kdăm",
        "Y Blŏ Ŭ Ĕban",
        "Blô̆ Ŏ̂",
        "Ỷ",
        "Đỗ Thị Ánh-Tuyết",
        "Anne Čerňan Œuvre ß",
    ],
)
def test_name_when_printed_reads_back_letter_for_letter(name: str) -> None:
    stored = unicodedata.normalize("NFC", name)
    assert f"Họ và tên: {stored} Ngày sinh" in page_texts(printed(replace(LINE, full_name=name)))[1]


SYLLABLES = st.text(
    st.sampled_from("aàảãáạăằẵắâầẫậeéêềểiìĩoóôồộơờởỡuúưừửữyỳỹbcdđghklmnpqrstvx"),
    min_size=1,
    max_size=7,
)


@settings(max_examples=25, deadline=None)
@given(names=st.lists(st.lists(SYLLABLES, min_size=1, max_size=14), min_size=1, max_size=8))
def test_every_name_of_a_run_reads_back_letter_for_letter(names: list[list[str]]) -> None:
    wanted = [" ".join(words).upper() for words in names]
    lines = [replace(LINE, card_id=n, full_name=name) for n, name in enumerate(wanted)]
    text = " ".join(seen_texts(printed(*lines))[1:])
    found = re.findall(r"Họ và tên: (.*?) Ngày sinh", text)
    assert sorted(found) == sorted(wanted)


def test_breve_on_a_horned_letter_stands_over_it_and_not_beside_it() -> None:
    """The font's own mark would stand right of the letter: count ink over the letter and behind it."""
    with_mark = ink_columns(replace(LINE, full_name="Ơ̆"))
    without = ink_columns(replace(LINE, full_name="Ơ"))
    assert max(with_mark) <= max(without)
    assert len(with_mark) <= len(without) + 1


def ink_columns(line: CardSheetLine) -> set[int]:
    """Columns with black ink in the line of the name, right of its label."""
    page = pypdfium2.PdfDocument(printed(line))[1]
    scale = 8
    image = page.render(scale=scale).to_pil().convert("L")
    left, bottom = card_position(0)
    top = PAGE_HEIGHT - (bottom + 36.6 * design.MM)
    box = (left + 14 * design.MM, top, left + 30 * design.MM, top + 2.4 * design.MM)
    cut = image.crop(tuple(int(edge * scale) for edge in box))
    pixels, width = cut.tobytes(), cut.width
    return {place % width for place, value in enumerate(pixels) if value < 60}


@pytest.mark.parametrize("length", [60, 200, 262, 400])
def test_qr_when_the_sheet_is_scanned_reads_the_sealed_text(length: int) -> None:
    texts = [f"BHYT1:{n}" + "ABCDEFGHIJ0123456789" * 20 for n in range(CARDS_A_SHEET)]
    lines = [
        replace(LINE, card_id=n, qr_text=text[:length], full_name=f"AN {chr(65 + n)}")
        for n, text in enumerate(texts)
    ]
    page = pypdfium2.PdfDocument(printed(*lines))[1]
    image = page.render(scale=300 / 72, grayscale=True).to_pil()
    found = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)
    assert sorted(code.text for code in found) == sorted(text[:length] for text in texts)
    assert {code.ec_level for code in found} == {"M"}


def test_qr_is_printed_module_for_module_and_not_mirrored() -> None:
    page = pypdfium2.PdfDocument(printed(LINE))[1]
    scale = 10
    image = page.render(scale=scale, grayscale=True).to_pil()
    left, bottom = card_position(0)
    module = design._QR_SIDE / 53
    x, top = left + design._QR_LEFT, PAGE_HEIGHT - bottom - design._QR_BOTTOM - design._QR_SIDE
    form = zxingcpp.BarcodeFormat.QRCode
    wanted = zxingcpp.create_barcode(LINE.qr_text, form, ec_level="M", version=9, dataMask=3)
    matrix = memoryview(wanted.to_image(scale=1, add_quiet_zones=False)).tolist()
    for row in range(53):
        for column in range(53):
            place = (x + (column + 0.5) * module) * scale, (top + (row + 0.5) * module) * scale
            pixel = image.getpixel((int(place[0]), int(place[1])))
            assert (pixel < 128) is (matrix[row][column] < 128), (row, column)


def test_qr_has_its_quiet_zone() -> None:
    page = pypdfium2.PdfDocument(printed(LINE))[1]
    scale = 10
    image = page.render(scale=scale, grayscale=True).to_pil()
    left, bottom = card_position(0)
    x, y = left + design._QR_LEFT, bottom + design._QR_BOTTOM
    side, quiet = design._QR_SIDE, design._QR_QUIET * 0.97
    outer = (x - quiet, PAGE_HEIGHT - y - side - quiet, x + side + quiet, PAGE_HEIGHT - y + quiet)
    cut = image.crop(tuple(int(edge * scale) for edge in outer))
    border = int(quiet * scale * 0.95)
    white = [
        cut.crop((0, 0, cut.width, border)),
        cut.crop((0, cut.height - border, cut.width, cut.height)),
        cut.crop((0, 0, border, cut.height)),
        cut.crop((cut.width - border, 0, cut.width, cut.height)),
    ]
    assert all(min(strip.tobytes()) == 255 for strip in white)


def long_lines(count: int) -> list[CardSheetLine]:
    chance = random.Random(6)
    letters = "aăâeêioôơuưyàảãáạầẩẫấậếềểờởợừữựbcdđghklmnpqrstvx"

    def text(most: int) -> str:
        target, longest = chance.randint(40, most), chance.choice((7, 7, most))
        words: list[str] = []
        while sum(map(len, words)) + len(words) < target:
            words.append(
                "".join(chance.choices(letters, k=chance.choice((1, 3, 5, 7, 18, longest))))
            )
        return " ".join(words)[:most].strip().upper()

    return [
        replace(
            LINE,
            card_id=number,
            full_name=text(100),
            address=text(200),
            guardian_name=text(100),
            facility_name=text(120),
            unit_name=text(100),
            sex="undetermined",
            form=chance.choice(list(CardForm)),
            copy_number=chance.choice((1, 12)),
        )
        for number in range(count)
    ]


def test_hundred_cards_of_very_long_texts_stay_inside_their_boxes() -> None:
    document = pypdfium2.PdfDocument(printed(*long_lines(100)))
    seen = 0
    for page in list(document)[1:]:
        text = page.get_textpage()
        boxes = [text.get_charbox(place) for place in range(text.count_chars())]
        for slot in range(CARDS_A_SHEET):
            left, bottom = card_position(slot)
            right, top = left + design.WIDTH, bottom + design.HEIGHT
            inside = [box for box in boxes if bottom - 4 < box[1] and box[3] < top + 4]
            row = [box for box in inside if left - 15 < box[0] < right + 8 and box[2] > box[0]]
            for x0, y0, x1, y1 in row:
                assert left + 5 < x0, slot
                assert x1 < right - 5, slot
                assert bottom + 3 < y0, slot
                assert y1 < top - 3, slot
            qr_left = left + design._QR_LEFT - design._QR_QUIET
            qr_top = bottom + design._QR_BOTTOM + design._QR_SIDE
            low = [box for box in row if bottom + 9 < box[1] < qr_top]
            assert all(box[2] <= qr_left for box in low)
            seen += len(row)
    assert seen > 100 * 250


def test_lines_of_crowded_cards_never_run_into_each_other() -> None:
    pen = Type(Canvas(io.BytesIO()))
    for line in long_lines(100):
        found = re.findall(
            r"BT 1 0 0 1 [\d.]+ ([\d.]+) Tm \S+ ([\d.]+) Tf", design.facts(line, pen)
        )
        tallest: dict[float, float] = {}
        for y, size in found:
            tallest[float(y)] = max(tallest.get(float(y), 0.0), float(size))
        lines = sorted(tallest.items())
        assert len(lines) > 8
        for (low, below), (high, above) in pairwise(lines):
            assert high - low > below * 0.92 + above * 0.28


def test_long_texts_are_never_cut() -> None:
    lines = long_lines(16)
    text = " ".join(seen_texts(printed(*lines))[1:])
    for line in lines:
        assert line.full_name in text
        assert line.facility_name in text


def test_reprint_says_which_one_it_is() -> None:
    assert "Bản in lại" not in printed_text("CARD_1666")
    assert "Bản in lại lần 2" in seen_texts(printed(replace(LINE, copy_number=3)))[1]


def test_child_without_facility_area_or_guardian_leaves_no_empty_label() -> None:
    bare = replace(LINE, facility_code="", facility_name="", area_code="", guardian_name="")
    for form in CardForm:
        text = seen_texts(printed(replace(bare, form=form)))[1]
        assert "Chưa đăng ký" in text
        assert "Mã khu vực" not in text
        assert "giám hộ" not in text


def run_of_three_communes() -> list[CardSheetLine]:
    chance = random.Random(3)
    names = ["LÊ VĂN ÁNH", "ĐỖ THỊ BÍCH", "AN ĐÔNG", "VŨ THỊ YẾN", "TRẦN AN", "BÙI ĐÀO"]
    lines = [
        replace(
            LINE,
            card_id=100 * commune + n,
            full_name=names[n % 6],
            commune_code=f"{commune:05}",
            commune_name=f"Xã {commune}",
        )
        for commune, count in ((4, 10), (8, 3), (25, 6))
        for n in range(count)
    ]
    chance.shuffle(lines)
    return lines


def test_run_stands_by_commune_and_given_name_with_a_heading_for_each() -> None:
    texts = seen_texts(printed(*run_of_three_communes()))
    assert len(texts) == 1 + 3
    headings = re.findall(r"Xã \d+ \(\d{5}\)(?: – tiếp theo)?", " ".join(texts[1:]))
    assert headings == [
        "Xã 4 (00004)",
        "Xã 4 (00004) – tiếp theo",
        "Xã 8 (00008)",
        "Xã 25 (00025)",
        "Xã 25 (00025) – tiếp theo",
    ]
    names = re.findall(r"Họ và tên: (.*?) Ngày sinh", " ".join(texts[1:]))
    assert names[:10] == [
        *("TRẦN AN",),
        *("LÊ VĂN ÁNH",) * 2,
        *("ĐỖ THỊ BÍCH",) * 2,
        *("BÙI ĐÀO",),
        *("AN ĐÔNG",) * 2,
        *("VŨ THỊ YẾN",) * 2,
    ]
    assert "Tờ 2/3 – Lô in IN-261120-000012" in texts[2]
    assert "Thẻ số 9–16 trong 19 thẻ" in texts[2]


def test_summary_counts_what_the_run_holds() -> None:
    lines = run_of_three_communes()
    lines[0] = replace(lines[0], copy_number=2)
    summary = seen_texts(printed(*lines))[0]
    for part in (
        "PHIẾU TỔNG HỢP LÔ IN THẺ BẢO HIỂM Y TẾ",
        "BHXH Ba Đình",
        "10:15 ngày 20/11/2026",
        "19 (trong đó in lại: 1)",
        "1 00004 Xã 4 10 1 – 2",
        "2 00008 Xã 8 3 2",
        "3 00025 Xã 25 6 2 – 3",
        "Cộng: 19 thẻ, 3 xã, 3 tờ thẻ.",
        "Số tờ hỏng",
        "Người in",
        "Người nhận",
    ):
        assert part in summary


@pytest.mark.parametrize("communes", [1, 15, 16, 17, 18, 19, 39, 40, 41, 52, 300])
def test_summary_lists_every_commune_and_is_signed_once(communes: int) -> None:
    lines = [
        replace(LINE, card_id=n, commune_code=f"{n:05}", commune_name=f"Xã {n}")
        for n in range(communes)
    ]
    texts = seen_texts(printed(*lines))
    summary = [text for text in texts if "Phiếu tổng hợp" in text]
    listed = re.findall(r"(\d{5}) Xã (\d+) 1 \d+", " ".join(summary))
    assert [int(code) for code, _ in listed] == list(range(communes))
    signed = [number for number, text in enumerate(summary) if "Người nhận" in text]
    assert signed == [len(summary) - 1]
    assert re.search(r"\d{5} Xã \d+ 1 \d+", summary[-1])
    assert f"Phiếu tổng hợp {len(summary)}/{len(summary)}" in summary[-1]


def test_grid_of_cards_is_the_same_on_every_sheet_and_on_the_paper() -> None:
    positions = [card_position(slot) for slot in range(CARDS_A_SHEET)]
    for left, bottom in positions:
        assert left > 10 * design.MM
        assert left + design.WIDTH < 595.27 - 10 * design.MM
        assert bottom > 15 * design.MM
        assert bottom + design.HEIGHT < PAGE_HEIGHT - 15 * design.MM
    assert len({round(left) for left, _ in positions}) == 2
    assert round(design.WIDTH / 72 * 25.4, 2) == 85.60
    assert round(design.HEIGHT / 72 * 25.4, 2) == 53.98


def test_pdf_of_the_same_run_is_the_same_to_the_byte() -> None:
    lines = run_of_three_communes()
    once = printed(*lines)
    assert printed(*reversed(lines)) == once
    assert printed(*lines[:-1]) != once


def test_pdf_is_dated_and_names_no_child_in_its_metadata() -> None:
    reader = pypdf.PdfReader(io.BytesIO(printed(LINE)))
    meta = reader.metadata
    assert meta is not None
    assert meta.title == "Lô in thẻ BHYT IN-261120-000012"
    assert meta["/CreationDate"] == "D:20261120101500+07'00'"
    told = " ".join(map(str, meta.values())) + str(reader.xmp_metadata)
    for field in fields(LINE):
        value = str(getattr(LINE, field.name))
        assert len(value) < 6 or field.name == "unit_name" or value not in told, field.name


def test_every_font_is_embedded_as_a_subset() -> None:
    document = pypdf.PdfReader(io.BytesIO(printed(LINE)))
    fonts = document.pages[1]["/Resources"]["/Font"]  # type: ignore[index]
    used = [font.get_object() for font in fonts.values()]
    vietnamese = [font for font in used if "BeVietnamPro" in font["/BaseFont"]]
    assert len(vietnamese) >= 3
    for font in vietnamese:
        assert re.match(r"/[A-Z]{6}\+", font["/BaseFont"])
        assert "/FontFile2" in font["/FontDescriptor"]
        assert "/ToUnicode" in font


def test_card_in_a_batch_takes_less_than_six_kilobytes() -> None:
    lines = [replace(LINE, card_id=n, qr_text=LINE.qr_text + str(n)) for n in range(200)]
    assert len(printed(*lines)) / 200 < 6_000


def test_name_with_a_letter_the_font_lacks_is_refused_and_named() -> None:
    wrong = replace(LINE, full_name="NGUYỄN 安 AN")
    assert undrawable_in(wrong) == "安"
    assert undrawable_in(LINE) == ""
    with pytest.raises(Refused) as refusal:
        printed(LINE, wrong)
    assert refusal.value.code == "E-PRINT-GLYPH"
    assert "TE1010030000017" in refusal.value.message_vi
    assert "U+5B89" in refusal.value.message_vi


def test_empty_run_is_refused() -> None:
    with pytest.raises(Refused) as refusal:
        printed()
    assert refusal.value.code == "E-PRINT-EMPTY"
