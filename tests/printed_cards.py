"""A card to print, the print of it, and two readers of a PDF's text."""

import io
import re
import unicodedata
from datetime import UTC, date, datetime

import pypdf
import pypdfium2

from lienthong.cards.sheet import CardSheetLine, sheet_pdf

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
    personal_id="003326000123",
)


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
