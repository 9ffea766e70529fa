"""The answers of the giám định gateway: which code a verdict is, and which keys each generation of the call has.

The order of keys is part of the protocol, and so is what is null: programs cut the raw text. Change nothing here
without the tests of raw strings (`tests/gateways/test_giamdinh_raw.py`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from lienthong.cards.lookup import CardAnswer, Verdict
from lienthong.kernel.dates import VIETNAM
from lienthong.web.api import giamdinh_words as words

Document = dict[str, Any]

CODES: Final[Mapping[Verdict, str]] = {
    Verdict.VALID: "000",
    Verdict.ARMY: "001",
    Verdict.POLICE: "002",
    Verdict.REPLACED_EXPIRED: "003",
    Verdict.REPLACED_VALID: "004",
    Verdict.NOT_YET: "010",
    Verdict.EXPIRED: "010",
    Verdict.UNKNOWN: "050",
    Verdict.BAD_CODE: "051",
    Verdict.BAD_PROVINCE: "052",
    Verdict.BAD_LEVEL: "053",
    Verdict.STAFF_UNKNOWN: "054",
    Verdict.STAFF_NAME: "055",
    Verdict.WRONG_NAME: "060",
    Verdict.WRONG_INITIALS: "061",
    Verdict.WRONG_BIRTH: "070",
    Verdict.OVER_LIMIT: "101",
    Verdict.OVER_TARGET: "101",
    Verdict.CLOSED: "101",
    Verdict.REVOKED: "110",
    Verdict.REDUCED: "120",
    Verdict.MOVED_OUT: "121",
    Verdict.MOVED_WITHIN: "122",
    Verdict.ADDED_AGAIN: "123",
    Verdict.STOPPED: "124",
    Verdict.NO_CARD: "130",
    Verdict.NO_ACCOUNT: "401",
}
BOOK_TROUBLE: Final = "100"
"""The register of cards could not be read."""
SERVER_TROUBLE: Final = "101"
WRONG_PARAMETER: Final = "205"
BAD_TOKEN: Final = "401"  # noqa: S105 - a code

KEYS: Final = (
    "maKetQua",
    "ghiChu",
    "maThe",
    "hoTen",
    "ngaySinh",
    "gioiTinh",
    "diaChi",
    "maDKBD",
    "cqBHXH",
    "gtTheTu",
    "gtTheDen",
    "maKV",
    "ngayDu5Nam",
    "maSoBHXH",
    "maTheCu",
    "maTheMoi",
    "gtTheTuMoi",
    "gtTheDenMoi",
    "maDKBDMoi",
    "tenDKBDMoi",
    "dsLichSuKCB2018",
    "dsLichSuKT2018",
)
"""The keys of 2018, 2019 and 2024, in their order."""
_KEYS_595 = (
    *("maKetQua", "hoTen", "gioiTinh", "diaChi", "maDKBD", "cqBHXH"),
    *("gtTheTu", "gtTheDen", "maKV", "ngayDu5Nam", "dsLichSuKCB"),
)
_KEYS_DETAIL = (
    *("maThe", "hoTen", "ngaySinh", "gioiTinh", "diaChi", "maDKBD", "cqBHXH"),
    *("gtTheTu", "gtTheDen", "maKV", "ngayDu5Nam"),
)
_TEMPORARY_FACILITY: Final = "Mã thẻ tạm, chưa đăng ký nơi KCB ban đầu"
_TWO_DIGITS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("000", "001", "002", "004"), "00"),
    **dict.fromkeys(("003", "010", "110", "120", "121", "122", "123", "124"), "01"),
    "050": "05",
    **dict.fromkeys(("060", "061"), "06"),
    "070": "07",
    "401": "401",
}
_NOT_YET_IN_TWO: Final = "02"
_DATA_TROUBLE: Final = "10"


@dataclass(frozen=True, slots=True)
class Said:
    """What a look-up comes to, before it is written in the words of one call; without an answer, only a code."""

    code: str
    note: str
    answer: CardAnswer | None = None


Writer = Callable[[Said], Document]


def said_of(answer: CardAnswer, *, on: date) -> Said:
    """Code and sentence of an answer on the day it was asked about."""
    return Said(CODES[answer.verdict], words.sentence(answer, on=on), answer)


def document_2018(said: Said) -> Document:
    """All 22 keys; the data are null where nothing may be told."""
    facts = _facts(said.answer)
    document: Document = dict.fromkeys(KEYS)
    document.update(facts)
    document["maKetQua"], document["ghiChu"] = said.code, said.note
    if said.answer is not None and said.answer.is_match:
        document["dsLichSuKT2018"] = _consulted(said.answer)
    return document


def document_2025(said: Said) -> Document:
    """The history alone, which we do not keep: an empty list, and of a good card nothing else."""
    if said.code == CODES[Verdict.VALID]:
        return {"maKetQua": said.code, "dsLichSuKCB2025": []}
    return {"maKetQua": said.code, "ghiChu": said.note, "dsLichSuKCB2025": []}


def document_595(said: Said) -> Document:
    """The eleven keys of 2017."""
    facts = {"maKetQua": said.code} | _facts(said.answer)
    return {key: facts.get(key) for key in _KEYS_595}


def document_2016(said: Said) -> Document:
    """A code of two digits, and the history."""
    return {"maKetQua": _two_digits(said), "dsLichSuKCB": None}


def document_card(said: Said) -> Document:
    """The answer of `ktMathe`: a code of two digits, a sentence, and the card."""
    facts = _facts(said.answer)
    detail = {key: facts.get(key) for key in _KEYS_DETAIL} if facts else None
    return {"maKetQua": _two_digits(said), "ghiChu": said.note, "chiTietThe": detail}


def _two_digits(said: Said) -> str:
    if said.answer is not None and said.answer.verdict is Verdict.NOT_YET:
        return _NOT_YET_IN_TWO
    return _TWO_DIGITS.get(said.code, _DATA_TROUBLE)


def _facts(answer: CardAnswer | None) -> Document:
    """The data by key, texts all; {} where nothing may be told. A child without a card has only its own."""
    if answer is None or (answer.code is None and not answer.is_match):
        return {}
    person = {
        "hoTen": answer.full_name or "",
        "ngaySinh": words.day(answer.born_on),
        "gioiTinh": words.sex(answer.sex),
        "diaChi": answer.address or "",
        "maSoBHXH": answer.insurance_number or "",
    }
    return person if answer.code is None else person | _card(answer)


def _card(answer: CardAnswer) -> Document:
    facility = answer.facility_code or ""
    is_temporary = facility.endswith("000") and not answer.facility_name
    return {
        "maThe": answer.code,
        "maDKBD": facility,
        "cqBHXH": answer.unit_name or "",
        "gtTheTu": words.day(answer.valid_from),
        "gtTheDen": words.day(answer.valid_to),
        "maKV": answer.area_code or "",
        "ngayDu5Nam": words.day(answer.five_year_on),
        # Empty for whoever holds a card now: programs take anything else for an old code.
        "maTheCu": "",
        "maTheMoi": answer.new_code or answer.code,
        "gtTheTuMoi": words.day(answer.new_valid_from or answer.valid_from),
        "gtTheDenMoi": words.day(answer.new_valid_to or answer.valid_to),
        "maDKBDMoi": answer.new_facility_code or facility,
        "tenDKBDMoi": answer.new_facility_name
        or (_TEMPORARY_FACILITY if is_temporary else answer.new_facility_code or facility),
    }


def _consulted(answer: CardAnswer) -> list[Document] | None:
    """Which hospitals looked this card up today; null, never an empty list: programs read the first without asking."""
    rows = [
        {
            "userKT": who.removeprefix("machine:"),
            "thoiGianKT": f"{at.astimezone(VIETNAM):%Y%m%d%H%M}",
            "thongBao": words.headline(verdict),
            "maLoi": CODES[verdict],
        }
        for who, at, verdict in answer.consulted
        if who.startswith("machine:")
    ]
    return rows or None
