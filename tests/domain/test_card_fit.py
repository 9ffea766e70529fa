"""Whatever a name, an address or a facility holds: every letter is on the card, inside it, and off its QR."""

import re
import unicodedata
from dataclasses import replace

import pypdfium2
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lienthong.cards import design
from lienthong.cards.sheet import card_position
from lienthong.law.card_forms import CardField, CardForm, fields_shown
from tests.printed_cards import LINE, printed

LETTERS = "AÀẢÃÁẠĂẰẮÂẦẤBCDĐEÊỀẾGHIÌÍKLMNOÔỒỐƠỜỚPQRSTUÚƯỪỨVXYỲÝ"
WORDS = st.lists(
    st.text(st.sampled_from(LETTERS), min_size=1, max_size=9)
    | st.sampled_from(["KƠ̆", "MƯ̆", "Ŏ", "Ĕ", "Ŭ", "H'MUN", "ĐỒNG-KHỞI"])
    | st.text(st.sampled_from("WMĐ"), min_size=20, max_size=60),
    min_size=1,
    max_size=16,
)
LONG_NAME = [
    *("CÔNG", "TẰNG", "TÔN", "NỮ", "NGUYỄN", "THỊ", "HOÀNG", "BẢO", "TRÂM", "ANH", "PHƯƠNG"),
    *("DUNG", "KHÁNH", "HUYỀN", "MY"),
]


def _bare(text: str) -> str:
    """Letters in one form, without blanks and line ends: where a line broke is no matter."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFC", text)).replace("\u2019", "'")


@pytest.mark.parametrize("form", list(CardForm))
@settings(max_examples=40, deadline=None)
@given(name=WORDS, address=WORDS, guardian=WORDS, facility=WORDS, unit=WORDS)
@example(LONG_NAME, LONG_NAME * 2, LONG_NAME, LONG_NAME * 2, LONG_NAME)
@example(["Ơ̆"], ["Y"], ["H'"], ["Ư̆"], ["A"])
@example(["W" * 100], ["M" * 150], ["W" * 100], ["M" * 150], ["W" * 100])
def test_every_field_fits_its_card_whole(
    form: CardForm,
    name: list[str],
    address: list[str],
    guardian: list[str],
    facility: list[str],
    unit: list[str],
) -> None:
    line = replace(
        LINE,
        form=form,
        full_name=" ".join(name),
        address=" ".join(address),
        guardian_name=" ".join(guardian),
        facility_name=" ".join(facility),
        unit_name=" ".join(unit),
        copy_number=3,
    )
    page = pypdfium2.PdfDocument(printed(line))[1]
    text = page.get_textpage()
    left, bottom = card_position(0)
    right, top = left + design.WIDTH, bottom + design.HEIGHT
    found = _bare(text.get_text_bounded(left=left, bottom=bottom, right=right, top=top))
    shown = {
        CardField.FULL_NAME: line.full_name,
        CardField.ADDRESS: line.address,
        CardField.GUARDIAN: line.guardian_name,
        CardField.FACILITY: line.facility_name,
        CardField.ISSUING_PLACE: line.unit_name,
        CardField.VALID_TO: "đến hết ngày 30/11/2032",
        CardField.FIVE_YEAR_ON: "14/11/2031",
        CardField.ISSUED_ON: "20/11/2026 – Bản in lại lần 2",
    }
    assert "Sốđịnhdanh:003326000123" in found
    for field, value in shown.items():
        if field in fields_shown(form):
            assert _bare(value) in found, field
    qr_left = left + design._QR_LEFT - design._QR_QUIET
    qr_top = bottom + design._QR_BOTTOM + design._QR_SIDE + design._QR_QUIET
    for place in range(text.count_chars()):
        x0, y0, x1, _ = text.get_charbox(place)
        if x1 <= x0 or not (bottom - 5 < y0 < top + 2 and left - 8 < x0 < right):
            continue
        assert left + 4 < x0, place
        assert x1 < right - 4, place
        assert y0 > bottom + 2, place
        is_caption = y0 < bottom + design._QR_BOTTOM - design._QR_QUIET
        assert is_caption or y0 > qr_top or x1 <= qr_left, place
