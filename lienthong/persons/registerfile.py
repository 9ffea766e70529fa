"""Reads a register that came as a file, CSV or XLSX, row by row in little memory, into the register's own form.

Says of each row what keeps it out (faults) and what an officer should know (remarks); guesses nothing: an id or number of
the wrong form stays as it is written. What the rows mean for the persons is `importing`'s business.
"""

import csv
import io
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from lienthong.catalogues import sheets
from lienthong.catalogues.sheets import SentFile
from lienthong.kernel import charsets, names
from lienthong.kernel.charsets import Charset
from lienthong.kernel.errors import Refused
from lienthong.persons.registercells import Reader, ReadRow

HOUSEHOLD, COLLECTION = "household", "collection"
COLUMNS: Final = (
    "source_ref",
    "full_name",
    "birth_date",
    "sex",
    "personal_id",
    "insurance_number",
    "mother_name",
    "province_code",
    "commune_code",
    "household_code",
    "relation",
    "address",
)
"""Of a row, in the order of an export; `source_ref` is the key of the row where it comes from, `id` in linkage files."""
COLUMNS_VI: Final = {
    "source_ref": "Mã dòng",
    "full_name": "Họ và tên",
    "birth_date": "Ngày sinh",
    "sex": "Giới tính",
    "personal_id": "Số định danh cá nhân",
    "insurance_number": "Mã số BHXH",
    "mother_name": "Họ tên mẹ",
    "province_code": "Mã tỉnh",
    "commune_code": "Mã xã",
    "household_code": "Mã hộ gia đình",
    "relation": "Quan hệ với chủ hộ",
    "address": "Địa chỉ",
}
NEEDED: Final = {
    HOUSEHOLD: ("source_ref", "full_name", "commune_code", "household_code", "relation"),
    COLLECTION: ("source_ref", "full_name"),
}
SUFFIXES: Final = (".csv", ".xlsx")
_MORE_HEADINGS: Final = {
    "id": "source_ref",
    "madongdulieu": "source_ref",
    "hoten": "full_name",
    "hotennguoithamgia": "full_name",
    "ngaythangnamsinh": "birth_date",
    "namsinh": "birth_date",
    "phai": "sex",
    "sodinhdanh": "personal_id",
    "soddcn": "personal_id",
    "cccd": "personal_id",
    "socccd": "personal_id",
    "socancuoccongdan": "personal_id",
    "socancuoc": "personal_id",
    "sobhxh": "insurance_number",
    "masobaohiemxahoi": "insurance_number",
    "masothe": "insurance_number",
    "hovatenme": "mother_name",
    "tenme": "mother_name",
    "matinhthanhpho": "province_code",
    "maxaphuong": "commune_code",
    "maphuongxa": "commune_code",
    "maho": "household_code",
    "masohogiadinh": "household_code",
    "quanhe": "relation",
    "moiquanhevoichuho": "relation",
    "noicutru": "address",
}
_HEADINGS: Final = {
    **{names.match_key(column): column for column in COLUMNS},
    **{names.match_key(label): column for column, label in COLUMNS_VI.items()},
    **_MORE_HEADINGS,
}
_CHARSETS = {"tcvn3": Charset.TCVN3, "vni": Charset.VNI}
_SEPARATORS = (",", ";", "\t")
_GUARDED = ("'=", "'+", "'-", "'@")


@dataclass(frozen=True, slots=True)
class RegisterFile:
    """A file that came: its kind, name and encoding, and its bytes, which may be read more than once."""

    kind: str
    name: str
    encoding: str
    chunks: Callable[[], Iterator[bytes]]

    @property
    def is_sheet(self) -> bool:
        """True for XLSX."""
        return self.name.lower().endswith(".xlsx")


@dataclass(frozen=True, slots=True)
class Table:
    """The file's columns that are known, those that are not, and its rows in order, read while they are asked for."""

    columns: tuple[str, ...]
    unused: tuple[str, ...]
    rows: Iterator[ReadRow]


def read(file: RegisterFile, reader: Reader) -> Table:
    """The rows of the file. Raises Refused (E-FILE…, E-COLUMNS…), also while the rows are read."""
    lines = ((line, cells) for line, cells in enumerate(_lines(file), start=1) if any(cells))
    _, heading = next(lines, (0, None))
    if heading is None:
        raise _refused("E-FILE-EMPTY", f"Tệp {file.name} không có dòng nào.")
    columns = _columns(file, heading)
    unused = tuple(
        text for text, name in zip(heading, columns, strict=True) if text and name is None
    )
    return Table(
        tuple(name for name in columns if name), unused, _rows(file, columns, lines, reader)
    )


def sample(file: RegisterFile, *, count: int = 10) -> list[tuple[str, str]]:
    """The first names beyond ASCII as they stand in the file, and as its encoding reads them."""
    lines = _lines(file)
    place = _columns(file, next(lines)).index("full_name")
    convert = _converter(file.encoding)
    names_there = (cells[place] for cells in lines if place < len(cells))
    beyond = (text for text in names_there if not text.isascii())
    return [(text, names.stored_form(convert(text))) for text in islice(beyond, count)]


def _columns(file: RegisterFile, heading: list[str]) -> list[str | None]:
    columns = [_HEADINGS.get(names.match_key(text)) for text in heading]
    known = [name for name in columns if name]
    missing = [name for name in NEEDED[file.kind] if name not in known]
    if missing:
        labels = ", ".join(f"«{COLUMNS_VI[name]}» ({name})" for name in missing)
        raise Refused(
            f"Tệp {file.name} thiếu cột {labels}. Dòng đầu tiên phải là tên cột.",
            code="E-COLUMNS",
            field=missing[0],
        )
    twice = next((name for name in known if known.count(name) > 1), "")
    if twice == "source_ref" and "id" in [text.strip().lower() for text in heading]:
        # A linkage file's own `id` beside the reference at the source: the reference is meant.
        place = [text.strip().lower() for text in heading].index("id")
        columns[place], twice = None, ""
    if twice:
        said = f"Tệp {file.name} có hai cột «{COLUMNS_VI[twice]}»."
        raise Refused(said, code="E-COLUMN-TWICE", field=twice)
    return columns


def _rows(
    file: RegisterFile,
    columns: list[str | None],
    lines: Iterator[tuple[int, list[str]]],
    reader: Reader,
) -> Iterator[ReadRow]:
    places = [(name, at) for at, name in enumerate(columns) if name]
    width, convert = len(columns), _converter(file.encoding)
    for line, found in lines:
        is_long = len(found) > width and any(found[width:])
        cells = [_unguarded(convert(cell)) for cell in found]
        named = {name: cells[at] if at < len(cells) else "" for name, at in places}
        yield reader.row(line, named, is_long=is_long)


def _converter(encoding: str) -> Callable[[str], str]:
    charset = _CHARSETS.get(encoding)
    if charset is None:
        return str
    return lambda text: text if text.isascii() else charsets.read_as(text, charset)


def _unguarded(cell: str) -> str:
    """Without the apostrophe by which an export keeps a spreadsheet from taking a text for a formula."""
    return cell[1:] if cell.startswith(_GUARDED) else cell


def _lines(file: RegisterFile) -> Iterator[list[str]]:
    if file.is_sheet:
        yield from sheets.xlsx_lines(SentFile(file.name, b"".join(file.chunks())))
        return
    if not file.name.lower().endswith(SUFFIXES):
        raise _refused("E-FILE-KIND", "Chỉ nhận tệp .xlsx hoặc .csv.")
    codec = _codec(file)
    heading = _first_line(file, codec)
    separator = max(_SEPARATORS, key=heading.count)
    stream = io.TextIOWrapper(_buffered(file.chunks()), encoding=codec, newline="")
    try:
        for cells in csv.reader(stream, delimiter=separator, strict=True):
            yield [" ".join(unicodedata.normalize("NFC", cell).split()) for cell in cells]
    except csv.Error as error:
        raise _refused("E-FILE-CSV", f"Tệp {file.name} sai dạng CSV ({error}).") from error


def _codec(file: RegisterFile) -> str:
    """How the bytes are text: UTF-8, UTF-16 as Excel saves it, or for an old character set the bytes of Windows."""
    first = next(file.chunks(), b"")
    if first.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if _decodes(file.chunks()):
        return "utf-8-sig"
    if file.encoding in _CHARSETS:
        return "latin-1"
    said = (
        f"Tệp {file.name} không phải UTF-8. Hãy lưu lại ở dạng «CSV UTF-8»,"
        " hoặc chọn bảng mã TCVN3 hay VNI nếu tệp dùng phông chữ cũ."
    )
    raise _refused("E-FILE-ENCODING", said)


def _decodes(chunks: Iterator[bytes]) -> bool:
    stream = io.TextIOWrapper(_buffered(chunks), encoding="utf-8", newline="")
    try:
        while stream.read(1 << 20):
            pass
    except UnicodeDecodeError:
        return False
    return True


def _first_line(file: RegisterFile, codec: str) -> str:
    stream = io.TextIOWrapper(_buffered(file.chunks()), encoding=codec, newline="")
    return stream.readline()


def _refused(code: str, message_vi: str) -> Refused:
    return Refused(message_vi, code=code, field="file")


def _buffered(chunks: Iterator[bytes]) -> io.BufferedReader:
    return io.BufferedReader(_Bytes(chunks), 1 << 16)


class _Bytes(io.RawIOBase):
    """A stream over pieces of a file."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        super().__init__()
        self._chunks = chunks
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._left:
            piece = next(self._chunks, None)
            if piece is None:
                return 0
            self._left = bytes(piece)
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count
