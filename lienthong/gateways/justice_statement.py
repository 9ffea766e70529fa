"""Reads the ministry's daily statement (bảng kê ngày): what it sent on one day from one province, commune by commune.

Pure: bytes in, a statement or a code out. The shape is ours, signed and posted as births are: one JSON object of schema 1,
`{"schema", "kind": "statement", "source", "day", "province_code", "version", "communes": [{"commune_code", "sent",
"messages": [{"message_id", "sha256"}]}]}`. A greater `version` of a day and province replaces a smaller one. A province
that sent nothing says so with no communes. Before changing it, talk to the ministry's civil-status centre.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import msgspec

from lienthong.gateways.justice_identity import is_source
from lienthong.gateways.justice_message import MAX_BYTES
from lienthong.kernel.codes import is_province_code
from lienthong.kernel.dates import parse_iso_date

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_COMMUNE: Final = re.compile(r"[0-9]{5}")
_ID: Final = re.compile(r"[^\x00-\x1f\x7f]{1,400}")
"""Wider than what a birth message may be named: what was sent under a bad name is stated under it."""
_LARGEST: Final = 2**31 - 1
_SINCE: Final = date(2016, 1, 1)

FAULTS_VI: Final = {
    "E-EMPTY": "Bảng kê rỗng. Đề nghị gửi lại.",
    "E-SIZE": "Bảng kê vượt quá 1 MiB. Đề nghị gửi mỗi tỉnh, mỗi ngày một bảng kê.",
    "E-PARSE": "Bảng kê không phải JSON hợp lệ. Đề nghị kiểm tra và gửi lại.",
    "E-SCHEMA": "Trường nêu trên thiếu, thừa hoặc sai kiểu. Đề nghị sửa và gửi lại.",
    "E-VERSION": "Lược đồ này chưa được hỗ trợ. Đề nghị dùng lược đồ 1.",
    "E-KIND": "Loại thông điệp không hợp lệ. Đề nghị ghi statement.",
    "E-VERSION-NO": "Số phiên bản không hợp lệ. Đề nghị đánh số từ 1 và tăng dần.",
    "E-VALUE": "Giá trị nêu trên không hợp lệ. Đề nghị kiểm tra lại.",
    "E-MSGID": "Mã thông điệp không đúng dạng. Đề nghị kiểm tra lại.",
    "E-DUPKEY": "Xã hoặc mã thông điệp bị kê hai lần. Đề nghị mỗi mục chỉ kê một lần.",
    "E-DATE": "Ngày của bảng kê không đúng dạng YYYY-MM-DD.",
    "E-DATE-FUTURE": "Ngày của bảng kê chưa đến.",
    "E-DATE-RANGE": "Ngày của bảng kê quá xa trong quá khứ.",
    "E-SENDER": "Nguồn ghi trong bảng kê không phải bên gửi.",
    "E-ID-CONFLICT": "Đã có bảng kê cùng ngày, tỉnh và phiên bản với nội dung khác. Đề nghị tăng số phiên bản.",
}
"""What a sender reads for each code."""


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    message_id: str
    sha256: str


class _Commune(msgspec.Struct, forbid_unknown_fields=True):
    commune_code: str
    sent: int
    messages: list[_Line]


class _Document(msgspec.Struct, forbid_unknown_fields=True):
    schema: int
    kind: str
    day: str
    province_code: str
    version: int
    communes: list[_Commune]
    source: str = ""


class _Head(msgspec.Struct):
    source: object = None


_decoder = msgspec.json.Decoder(_Document)
_head = msgspec.json.Decoder(_Head)


@dataclass(frozen=True, slots=True)
class StatedMessage:
    """One message that the ministry says it sent, with the digest of its bytes."""

    commune_code: str
    message_id: str
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement that can be taken. `sent` is what it says of each commune; `messages` are listed beside that."""

    source: str
    day: date
    province_code: str
    version: int
    sent: tuple[tuple[str, int], ...]
    messages: tuple[StatedMessage, ...]


@dataclass(frozen=True, slots=True)
class Unread:
    """A statement that cannot be taken: why, where, and whose it claims to be."""

    code: str
    field: str
    source: str


def read(body: bytes, *, on: date) -> Statement | Unread:
    """The statement in these bytes; else the code of the first thing wrong. Never raises. `on` is the day of arrival."""
    if not body.strip():
        return Unread("E-EMPTY", "", "")
    if len(body) > MAX_BYTES:
        return Unread("E-SIZE", "", "")
    source = _claimed_source(body)
    try:
        document = _decoder.decode(body)
    except msgspec.ValidationError as error:
        return Unread("E-SCHEMA", _path_of(error), source)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Unread("E-PARSE", "", source)
    found = _fault_of_head(document, on) or _fault_of_communes(document)
    if found is not None:
        return Unread(*found, source)
    return Statement(
        document.source,
        parse_iso_date(document.day),
        document.province_code,
        document.version,
        tuple((it.commune_code, it.sent) for it in document.communes),
        tuple(
            StatedMessage(it.commune_code, line.message_id, bytes.fromhex(line.sha256))
            for it in document.communes
            for line in it.messages
        ),
    )


def _fault_of_head(document: _Document, on: date) -> tuple[str, str] | None:
    """Code and field of the first thing wrong outside the lists; None when all is well."""
    if document.schema != 1:
        return "E-VERSION", "schema"
    if document.kind != "statement":
        return "E-KIND", "kind"
    if document.source and not is_source(document.source):
        return "E-VALUE", "source"
    if not 1 <= document.version <= _LARGEST:
        return "E-VERSION-NO", "version"
    if not is_province_code(document.province_code):
        return "E-VALUE", "province_code"
    return _fault_of_day(document.day, on)


def _fault_of_day(text: str, on: date) -> tuple[str, str] | None:
    try:
        day = parse_iso_date(text)
    except ValueError:
        return "E-DATE", "day"
    if day > on:
        return "E-DATE-FUTURE", "day"
    return ("E-DATE-RANGE", "day") if day < _SINCE else None


def _fault_of_communes(document: _Document) -> tuple[str, str] | None:
    communes: set[str] = set()
    messages: set[str] = set()
    for place, it in enumerate(document.communes):
        where = f"communes[{place}]"
        if not _COMMUNE.fullmatch(it.commune_code):
            return "E-VALUE", f"{where}.commune_code"
        if it.commune_code in communes:
            return "E-DUPKEY", f"{where}.commune_code"
        if not 0 <= it.sent <= _LARGEST:
            return "E-VALUE", f"{where}.sent"
        communes.add(it.commune_code)
        fault = _fault_of_lines(it.messages, f"{where}.messages", messages)
        if fault is not None:
            return fault
    return None


def _fault_of_lines(lines: Sequence[_Line], where: str, seen: set[str]) -> tuple[str, str] | None:
    for place, line in enumerate(lines):
        if not _ID.fullmatch(line.message_id):
            return "E-MSGID", f"{where}[{place}].message_id"
        if line.message_id in seen:
            return "E-DUPKEY", f"{where}[{place}].message_id"
        if not _SHA256.fullmatch(line.sha256):
            return "E-VALUE", f"{where}[{place}].sha256"
        seen.add(line.message_id)
    return None


def _claimed_source(body: bytes) -> str:
    try:
        head = _head.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""
    return head.source if isinstance(head.source, str) and is_source(head.source) else ""


def _path_of(error: msgspec.ValidationError) -> str:
    """The field that the fault stands at, as `communes[…].sent`; '' when it is not told."""
    _, marked, path = str(error).rpartition(" - at `$")
    return path.rstrip("`").lstrip(".") if marked else ""
