"""One sheet of fictional cards, each on both forms side by side: what whoever changes the design looks at."""

from dataclasses import replace
from datetime import date, datetime

from lienthong.cards.design import CardSheetLine
from lienthong.cards.sheet import sheet_pdf
from lienthong.law.card_forms import CardForm

_PLAIN = CardSheetLine(
    card_id=1,
    code="TE1010030000017",
    insurance_number="0030000017",
    full_name="NGUYỄN MINH AN",
    birth_date=date(2026, 11, 12),
    sex="female",
    address="Số 5 ngõ 2, Phường Ba Đình",
    facility_code="01013",
    facility_name="Trạm Y tế phường Ô Chợ Dừa",
    valid_from=date(2026, 11, 12),
    valid_to=date(2032, 11, 30),
    five_year_on=date(2031, 11, 12),
    benefit_level=1,
    area_code="",
    unit_name="Bảo hiểm xã hội cơ sở Ba Đình",
    province_name="Thành phố Hà Nội",
    commune_code="00004",
    commune_name="Thường gặp",
    guardian_name="TRẦN THỊ BÌNH",
    form=CardForm.CARD_1666,
    qr_text="BHYT1:" + "THE MAU KHONG CO GIA TRI " * 10,
    issued_on=date(2026, 11, 20),
    copy_number=1,
    personal_id="003326000123",
)
_SAMPLES = (
    _PLAIN,
    replace(
        _PLAIN,
        full_name="CÔNG TẰNG TÔN NỮ NGUYỄN THỊ HOÀNG BẢO TRÂM ANH PHƯƠNG DUNG KHÁNH HUYỀN MY",
        guardian_name="NGUYỄN PHÚC CÔNG HUYỀN TÔN NỮ THỊ NGỌC QUỲNH TRÂM ANH",
        address="Số nhà 125/47/8B, tổ dân phố 12, khu đô thị mới Tây Hồ Tây, đường Nguyễn Văn Huyên"
        " kéo dài, Phường Nghĩa Đô, Thành phố Hà Nội",
        facility_name="Trung tâm Y tế khu vực Ba Đình – Phòng khám đa khoa phường Ngọc Hà và Đội Cấn",
        commune_name="Tên, địa chỉ dài",
        area_code="K2",
    ),
    replace(
        _PLAIN,
        full_name="Y BLƠ̆ KNUL NIÊ KDĂM MƯ̆",
        guardian_name="H'MUN ÊBAN KƠ̆ RƯ̆",
        address="Buôn Kơ̆ Siêr, Xã Cư M'gar, Tỉnh Đắk Lắk",
        unit_name="Bảo hiểm xã hội cơ sở Cư M'gar",
        province_name="Tỉnh Đắk Lắk",
        commune_name="Tên Ê-đê",
        area_code="K1",
        sex="male",
    ),
    replace(
        _PLAIN,
        facility_code="",
        facility_name="",
        guardian_name="",
        address="",
        personal_id="",
        commune_name="Thiếu cơ sở, địa chỉ, số định danh; in lại",
        copy_number=2,
    ),
)


def sample_pdf(*, at: datetime) -> bytes:
    """The sheet: each row one child, CARD_1313 on the left, CARD_1666 on the right."""
    lines = [
        replace(one, card_id=2 * row + column, commune_code=f"{row + 1:05}", form=form)
        for row, one in enumerate(_SAMPLES)
        for column, form in enumerate(CardForm)
    ]
    return sheet_pdf(lines, run_number="MẪU", printed_at=at, unit_name="Thẻ mẫu, không có giá trị")
