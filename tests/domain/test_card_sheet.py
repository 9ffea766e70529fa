"""The printed card and its run: every letter, every fact of the form, a QR that reads, nothing outside its place."""

import io
import random
import re
import unicodedata
from dataclasses import replace
from functools import cache
from itertools import pairwise

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
)
from lienthong.cards.typesetting import Type
from lienthong.law.card_forms import CardField, CardForm, fields_shown
from tests.printed_cards import LINE, PAGE_HEIGHT, page_texts, printed, seen_texts

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


@cache
def printed_text(form: str) -> str:
    return page_texts(printed(replace(LINE, form=form)))[1]


@pytest.mark.parametrize("form", list(CardForm))
@pytest.mark.parametrize("field", list(CardField))
def test_card_shows_a_field_exactly_when_its_form_does(form: CardForm, field: CardField) -> None:
    assert (FIELD_TEXT[field] in printed_text(form)) is (field in fields_shown(form))


@pytest.mark.parametrize("form", list(CardForm))
def test_personal_id_stands_on_the_card_or_leaves_no_label(form: CardForm) -> None:
    assert "Số định danh: 003326000123" in printed_text(form)
    without = page_texts(printed(replace(LINE, form=form, personal_id="")))[1]
    assert "Số định danh" not in without


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
