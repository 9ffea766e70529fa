"""A print run as one PDF: order, headings, summary, the same bytes for the same run, refusals."""

import io
import random
import re
from dataclasses import fields, replace

import pypdf
import pytest

from lienthong.cards import design
from lienthong.cards.sheet import CARDS_A_SHEET, CardSheetLine, card_position, undrawable_in
from lienthong.kernel.errors import Refused
from tests.printed_cards import LINE, PAGE_HEIGHT, printed, seen_texts


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
        "Cộng: 19 thẻ, 3 xã, phường, 3 tờ thẻ.",
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
