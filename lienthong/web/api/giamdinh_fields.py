"""What a hospital's program sent, whichever way it sent it: query or body, form or JSON, keys in any case.

Nothing is guessed at: a text that is no UTF-8 or a day that does not exist is a wrong parameter, never a wrong card.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final
from urllib.parse import unquote_to_bytes

import msgspec

from lienthong.cards.lookup import BirthDate
from lienthong.kernel.errors import Refused
from lienthong.web.api.door import Request

_MOST_LETTERS: Final = 200
_OLDEST_YEAR: Final = 1900
_BIRTH = re.compile(
    r"(?:(?:([0-9]{1,2})/)?([0-9]{1,2})/)?([0-9]{4})|([0-9]{2})([0-9]{2})([0-9]{4})"
)
_UNWRITABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_BLANK = b" \t\r\n"
_BOM = b"\xef\xbb\xbf"

_Values = dict[str, "str | None"]
"""By key without case and underscores; None stands for bytes that are no text."""


class Fields:
    """The parameters of one request; names without regard to case and underscores, `ma_the` like `maThe`."""

    def __init__(self, request: Request) -> None:
        """Raises Refused (205) for a body that is neither a form nor a JSON object."""
        self._query = _form(request.query)
        self._body = _body(request.body)

    def text(self, name: str) -> str:
        """The value in the body, else in the query, without blanks around it; "" when there is none.

        Raises Refused (205) for what is no text, or longer than any value is.
        """
        return _text(name, self._body, self._query)

    def credential(self, name: str) -> str:
        """As `text`, the query first: there stand token and password of a look-up, whatever the body repeats."""
        return _text(name, self._query, self._body)


def required(fields: Fields, name: str) -> str:
    """The value of a field that must be there. Raises Refused (205) with the gateway's words."""
    said = fields.text(name)
    if not said:
        raise wrong(name, f"Null {name}")
    return said


def birth_date(text: str) -> BirthDate:
    """A birth date as far as it was given: dd/MM/yyyy, MM/yyyy, yyyy or ddMMyyyy. Raises Refused (205)."""
    found = _BIRTH.fullmatch(text.replace(" ", ""))
    if found is None:
        raise wrong("ngaySinh")
    parts = (found[4], found[5], found[6]) if found[6] else (found[1], found[2], found[3])
    day, month, year = (None if part is None else int(part) for part in parts)
    try:
        date(year or 0, 1 if month is None else month, 1 if day is None else day)
    except ValueError:
        raise wrong("ngaySinh") from None
    if year is None or year < _OLDEST_YEAR:
        raise wrong("ngaySinh")
    return BirthDate(year, month or 0, day or 0)


def wrong(name: str, message_vi: str = "") -> Refused:
    """The refusal of a parameter's form."""
    return Refused(message_vi or f"Lỗi sai định dạng tham số: {name}", code="205", field=name)


def _text(name: str, first: _Values, second: _Values) -> str:
    key = _plain(name)
    value = first.get(key, "")
    if value is not None:
        value = value.strip() or second.get(key, "")
    if value is None:
        raise wrong(name)
    said = value.strip()
    if len(said) > _MOST_LETTERS or _UNWRITABLE.search(said):
        raise wrong(name)
    return said


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def _body(body: bytes) -> _Values:
    # By its first letter, whatever the header says: programs send forms as JSON and JSON as forms.
    said = body.removeprefix(_BOM).strip(_BLANK)
    if not said.startswith((b"{", b"[", b'"')):
        return _form(said)
    try:
        document = msgspec.json.decode(said)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise wrong("body") from None
    if not isinstance(document, Mapping):
        raise wrong("body")
    return _first((str(key), _said(value)) for key, value in document.items())


def _said(value: Any) -> str | None:  # noqa: ANN401 - JSON
    """Text of what a JSON value says; a number is its digits, and what holds other values is no text."""
    if value is None:
        return ""
    is_plain = isinstance(value, str | int) and not isinstance(value, bool)
    return str(value) if is_plain else None


def _form(text: bytes) -> _Values:
    pairs = (pair.partition(b"=") for pair in text.split(b"&") if pair)
    return _first((_decoded(key) or "", _decoded(value)) for key, _, value in pairs)


def _decoded(raw: bytes) -> str | None:
    """Percent signs and plus read as forms write them, everything else as it stands: most clients encode nothing."""
    try:
        return unquote_to_bytes(raw.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        return None


def _first(pairs: Iterator[tuple[str, str | None]]) -> _Values:
    """Of a key given twice the first value that says anything."""
    values: _Values = {}
    for key, value in pairs:
        name = _plain(key)
        if values.get(name, "") == "":
            values[name] = value
    return values
