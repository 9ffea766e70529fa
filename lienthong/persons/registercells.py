"""One row of a register file, cell by cell, in the register's form: ISO days, words of the contract, codes with their zeros.

What can be read in one way only is written that way; everything else stays as it came, with a fault or a remark.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Final

from lienthong.kernel import names
from lienthong.kernel.charsets import legacy_suggestion
from lienthong.kernel.codes import (
    is_commune_code,
    is_insurance_number,
    is_personal_id,
    is_province_code,
)
from lienthong.law.personal_id import contradictions
from lienthong.persons.relations import RELATIONS_VI, relation_of

MOST_CELL: Final = 200
MOST_ADDRESS: Final = 300
EARLIEST: Final = date(1895, 1, 1)
"""Nobody who is insured was born before."""
FAULTS_VI: Final = {
    "E-EMPTY": "{column} không được để trống.",
    "E-LONG": "{column} quá dài.",
    "E-CHARACTER": "{column} có ký tự điều khiển không đọc được.",
    "E-CELLS": "Dòng có nhiều ô hơn dòng tiêu đề; có thể thừa dấu phẩy.",
    "E-NAME": "{column} «{value}» có chữ số hoặc ký hiệu lạ.",
    "E-DATE": "{column} «{value}» không phải ngày có thật dạng ngày/tháng/năm, năm-tháng-ngày hoặc năm.",
    "E-DATE-FUTURE": "{column} «{value}» sau ngày nhập tệp.",
    "E-DATE-OLD": "{column} «{value}» quá xa trong quá khứ.",
    "E-SEX": "{column} «{value}»: hãy ghi Nam, Nữ hoặc Không xác định (số mã có nhiều cách hiểu).",
    "E-CODE": "{column} «{value}» phải là chữ số.",
    "E-RELATION": "{column} «{value}» không có trong danh mục (00 chủ hộ … 21 chắt, 99 khác).",
    "E-HOUSEHOLD": "{column} «{value}»: chỉ dùng chữ số, chữ in hoa không dấu, dấu chấm, gạch ngang; 3 đến 24 ký tự.",
    "E-DUPLICATE": "{column} «{value}» đã có ở dòng {first} của tệp.",
    "E-COMMUNE": "{column} «{value}» không có trong danh mục đơn vị hành chính.",
    "E-AREA": "{column} «{value}» ngoài địa bàn của bạn.",
    "E-REF-AREA": "{column} «{value}» đang thuộc địa bàn khác; việc chuyển địa bàn do cấp trên nhập.",
    "E-REF": "{column} «{value}» là mã của một người khác trong hệ thống.",
    "E-HOUSEHOLD-AREA": "{column} «{value}» là hộ thuộc địa bàn khác.",
    "E-HOUSEHOLD-CLOSED": "{column} «{value}» là hộ đã đóng.",
}
"""Why a row is left out; the code stands for itself everywhere."""
REMARKS_VI: Final = {
    "W-DATE-EMPTY": "Chưa có ngày sinh: giữ dòng này, chưa lập được người.",
    "W-DATE-YEAR": "Chỉ có năm sinh: giữ dòng này, chưa lập được người mới.",
    "W-SEX-EMPTY": "Chưa ghi giới tính.",
    "W-ID-ZEROS": "{column} «{value}» thiếu chữ số, có thể bảng tính đã bỏ số 0 ở đầu; giữ như đã ghi.",
    "W-ID-FORM": "{column} «{value}» không đủ 12 chữ số; giữ như đã ghi.",
    "W-ID-CONTRARY": "{column} «{value}» không khớp ngày sinh hoặc giới tính của dòng.",
    "W-ID-HELD": "{column} «{value}» đang là của người khác; không chuyển, giữ lại để xử lý.",
    "W-NUMBER-ZEROS": "{column} «{value}» thiếu chữ số, có thể bảng tính đã bỏ số 0 ở đầu; giữ như đã ghi.",
    "W-NUMBER-FORM": "{column} «{value}» sai cấu trúc (không đủ 10 chữ số); giữ như đã ghi.",
    "W-NUMBER-HELD": "{column} «{value}» đang là của người khác; không chuyển, giữ lại để xử lý.",
    "W-NUMBER-AHEAD": "{column} «{value}» thuộc dải số mà hệ thống chưa cấp cho ai; giữ lại để kiểm tra.",
    "W-CODE-ZEROS": "{column} được đọc là «{value}» (bảng tính đã bỏ số 0 ở đầu).",
    "W-LEGACY": "{column} «{value}» có vẻ còn ở bảng mã cũ; có thể là «{suggestion}».",
    "W-REPEAT": "Số định danh hoặc mã số BHXH đã có ở dòng {first} của tệp.",
    "W-HEAD": "Hộ đã có chủ hộ khác; chưa ghi người này vào hộ.",
    "W-HEAD-TWICE": "Hộ có hai chủ hộ trong tệp; người ở dòng sau chưa ghi vào hộ.",
    "W-ELSEWHERE": "Người này đang ở một hộ khác; không chuyển, xem ở danh sách chênh lệch.",
}
"""What an officer should know of a row that is taken all the same."""

_FAULTY_NAME = re.compile(r"[0-9<>{}\[\]|\\/_=+*%$#@!?;:\"^~]")
_CONTROL = re.compile("[\x00-\x1f\x7f]")
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[ T]00:00(?::00)?)?")
_DAY_FIRST = re.compile(r"([0-9]{1,2})[/.\-]([0-9]{1,2})[/.\-]([0-9]{4})")
_YEAR = re.compile(r"[0-9]{4}")
_HOUSEHOLD_CODE = re.compile(r"[0-9A-Z][0-9A-Z.\-]{2,23}")
_SEXES: Final = {
    "male": "male",
    "nam": "male",
    "female": "female",
    "nu": "female",
    "undetermined": "undetermined",
    "khongxacdinh": "undetermined",
    "chuaxacdinh": "undetermined",
}
_RELATIONS: Final = {
    names.match_key(label): str(relation) for relation, label in RELATIONS_VI.items()
} | {"cha": "03", "conde": "08", "conruot": "08", "chunha": "00"}


@dataclass(slots=True)
class ReadRow:
    """One row: its line (the header is 1), its cells in the register's form, its whole birth day if it has one.

    `faults` and `remarks` are `CODE:column`, in the order of the columns.
    """

    line: int
    cells: dict[str, str]
    born_on: date | None = None
    fold_key: str = ""
    faults: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def fault(self, code: str, column: str) -> None:
        """Leave the row out for this."""
        self.faults.append(f"{code}:{column}")

    def remark(self, code: str, column: str) -> None:
        """Let an officer know this."""
        self.remarks.append(f"{code}:{column}")


@dataclass(frozen=True, slots=True)
class Reader:
    """How rows of one file are read: which cells must not be empty, and the day of reading."""

    needed: tuple[str, ...]
    is_household: bool
    today: date

    def row(self, line: int, cells: dict[str, str], *, is_long: bool = False) -> ReadRow:
        """The row of these cells; `is_long`: there were more cells than columns."""
        row = ReadRow(line, cells)
        if is_long:
            row.fault("E-CELLS", "")
        for column, text in cells.items():
            if text and (len(text) > MOST_CELL or _CONTROL.search(text)):
                _spoilt(row, column, text)
        for column in self.needed:
            if not cells.get(column):
                row.fault("E-EMPTY", column)
        for column, read in _CELLS:
            if column in cells:
                read(row, column, self)
        self._of_household(row)
        return row

    def _of_household(self, row: ReadRow) -> None:
        code = row.cells.get("household_code", "").upper()
        relation = row.cells.get("relation", "")
        known = _relation(relation)
        if known:
            row.cells["relation"] = known
        elif relation and self.is_household:
            row.fault("E-RELATION", "relation")
        if code:
            row.cells["household_code"] = code
            if self.is_household and _HOUSEHOLD_CODE.fullmatch(code) is None:
                row.fault("E-HOUSEHOLD", "household_code")


def _spoilt(row: ReadRow, column: str, text: str) -> None:
    if _CONTROL.search(text):
        row.cells[column] = _CONTROL.sub("\ufffd", text)
        row.fault("E-CHARACTER", column)
    most = MOST_ADDRESS if column == "address" else MOST_CELL
    if len(text) > most:
        row.cells[column] = text[:most]
        row.fault("E-LONG", column)


def _name(row: ReadRow, column: str, reader: Reader) -> None:
    del reader
    text = names.stored_form(row.cells[column])
    row.cells[column] = text
    if column == "full_name":
        row.fold_key = names.fold_key(text)
    if text.isascii() and _FAULTY_NAME.search(text) is None:
        return
    if legacy_suggestion(text) is not None:
        row.remark("W-LEGACY", column)
    elif _FAULTY_NAME.search(text):
        row.fault("E-NAME", column)


def _birth_date(row: ReadRow, column: str, reader: Reader) -> None:
    text = row.cells[column]
    if not text:
        row.remark("W-DATE-EMPTY", column)
        return
    day = _day(text)
    if day is None and _YEAR.fullmatch(text):
        year = int(text)
        if not EARLIEST.year <= year <= reader.today.year:
            row.fault("E-DATE-OLD" if year < EARLIEST.year else "E-DATE-FUTURE", column)
        row.remark("W-DATE-YEAR", column)
        return
    if day is None:
        row.fault("E-DATE", column)
        return
    row.cells[column], row.born_on = day.isoformat(), day
    if day > reader.today:
        row.fault("E-DATE-FUTURE", column)
    elif day < EARLIEST:
        row.fault("E-DATE-OLD", column)


def _day(text: str) -> date | None:
    found = _ISO.fullmatch(text)
    parts = found.groups() if found else None
    if parts is None:
        found = _DAY_FIRST.fullmatch(text)
        parts = found.groups()[::-1] if found else None
    if parts is None:
        return None
    try:
        return date(int(parts[0]), int(parts[1]), int(parts[2]))
    except ValueError:
        return None


def _sex(row: ReadRow, column: str, reader: Reader) -> None:
    del reader
    read = _sex_of(row.cells[column])
    if read is None:
        row.fault("E-SEX", column)
        return
    row.cells[column] = read
    if not read:
        row.remark("W-SEX-EMPTY", column)


def _personal_id(row: ReadRow, column: str, reader: Reader) -> None:
    del reader
    text = _of_digits(row, column)
    if not text:
        return
    if not is_personal_id(text):
        row.remark("W-ID-ZEROS" if _is_short(text, 12) else "W-ID-FORM", column)
    elif row.born_on is not None and contradictions(
        text, birth_date=row.born_on, sex=row.cells.get("sex", "")
    ):
        row.remark("W-ID-CONTRARY", column)


def _number(row: ReadRow, column: str, reader: Reader) -> None:
    del reader
    text = _of_digits(row, column)
    if text and not is_insurance_number(text):
        row.remark("W-NUMBER-ZEROS" if _is_short(text, 10) else "W-NUMBER-FORM", column)


def _of_digits(row: ReadRow, column: str) -> str:
    """The cell; blanks between its digits alone are taken out, as 0123 456 789."""
    text = row.cells[column]
    joined = text.replace(" ", "")
    if joined != text and joined.isascii() and joined.isdigit():
        row.cells[column] = text = joined
    return text


def _is_short(text: str, width: int) -> bool:
    """True for the right digits but for one to three at the front: what a spreadsheet drops."""
    return text.isascii() and text.isdigit() and width - 3 <= len(text) < width


def _code(width: int, is_code: Callable[[str], bool]) -> Callable[[ReadRow, str, Reader], None]:
    def read(row: ReadRow, column: str, reader: Reader) -> None:
        del reader
        text = row.cells[column]
        if not text or is_code(text):
            return
        if text.isascii() and text.isdigit() and len(text) < width:
            row.cells[column] = text.zfill(width)
            row.remark("W-CODE-ZEROS", column)
        else:
            row.fault("E-CODE", column)

    return read


@lru_cache(maxsize=1024)
def _sex_of(text: str) -> str | None:
    return _SEXES.get(names.match_key(text) or "?") if text else ""


@lru_cache(maxsize=1024)
def _relation(text: str) -> str:
    """The code of a code or of words; '' for neither."""
    if text.isascii() and text.isdigit():
        return str(relation_of(text.zfill(2)) or "")
    return _RELATIONS.get(names.match_key(text), "") if text else ""


_CELLS: Final[tuple[tuple[str, Callable[[ReadRow, str, Reader], None]], ...]] = (
    ("full_name", _name),
    ("birth_date", _birth_date),
    ("sex", _sex),
    ("personal_id", _personal_id),
    ("insurance_number", _number),
    ("mother_name", _name),
    ("province_code", _code(2, is_province_code)),
    ("commune_code", _code(5, is_commune_code)),
)


def sentence(
    said: str,
    cells: Mapping[str, str],
    *,
    labels: Mapping[str, str],
    first_line: int | None = None,
) -> str:
    """The Vietnamese sentence of a fault or remark `CODE:column` of a row with these cells."""
    code, _, column = said.partition(":")
    value = cells.get(column, "")
    suggestion = legacy_suggestion(value) if code == "W-LEGACY" else None
    template = FAULTS_VI.get(code) or REMARKS_VI[code]
    return template.format(
        column=labels.get(column, ""),
        value=value[:60],
        first=first_line or "",
        suggestion=suggestion.text if suggestion else "",
    )
