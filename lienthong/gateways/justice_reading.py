"""The exact reader: takes any bytes at all and answers with a message or with the code and place of its fault.

Slow on purpose, and used only for messages that the fast reader would not vouch for. Never raises but `Fault`.
"""

import json
import re
import typing
from typing import Any, Final

import msgspec

from lienthong.gateways.justice_message import MAX_BYTES, Data, Envelope, Place
from lienthong.gateways.justice_types import Fault

MAX_DEPTH: Final = 32
MAX_BATCH: Final = 500
_MAX_DIGITS = 18
_SCHEMA = 1
_BOM = b"\xef\xbb\xbf"
_BLANKS = b"\xef\xbb\xbf \t\r\n"
_WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_DOCTYPE = re.compile(rb"<!\s*DOCTYPE", re.IGNORECASE)
_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)
_items = msgspec.json.Decoder(list[msgspec.Raw])
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_OVERRIDE = re.compile("[\u202a-\u202e\u2066-\u2069]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def read_exact(body: bytes) -> tuple[Envelope, tuple[str, ...]]:
    """The message and the warnings of its form. Raises Fault with the first fault found, outermost first."""
    text, warnings = _text_of(body)
    document = _document_of(text)
    if isinstance(document, list):
        raise Fault("E-BATCH" if len(document) > MAX_BATCH else "E-SCHEMA")
    if not isinstance(document, dict):
        raise Fault("E-SCHEMA")
    _check_texts(document, "")
    return _envelope_of(document, warnings)


def items_of(body: bytes) -> list[bytes] | None:
    """The messages of a batch, byte for byte, when the body is an array of 1 to 500 objects; else None.

    The array is only an envelope: each item is a message of its own, with its own receipt and its own fate.
    """
    if not body[:16].lstrip(_BLANKS).startswith(b"["):
        return None
    try:
        items = [bytes(item) for item in _items.decode(body)]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    whole = all(item.startswith(b"{") for item in items)
    return items if whole and 0 < len(items) <= MAX_BATCH else None


def is_xml(body: bytes) -> bool:
    """True when the first visible character opens a tag, in UTF-8 or in either UTF-16."""
    return body[:64].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<")


def has_doctype(body: bytes) -> bool:
    """True when a document type is declared anywhere; asked before any parser sees the bytes."""
    return _DOCTYPE.search(body.replace(b"\x00", b"")) is not None


def _text_of(body: bytes) -> tuple[str, list[str]]:
    if not body.strip():
        raise Fault("E-EMPTY")
    if len(body) > MAX_BYTES:
        raise Fault("E-SIZE")
    if is_xml(body):
        raise Fault("E-DTD" if has_doctype(body) else "E-SCHEMA")
    if body.startswith(_WIDE_BOMS) or b"\x00" in body[:4]:
        raise Fault("E-CHARSET")
    warnings = []
    if body.startswith(_BOM):
        body, warnings = body[len(_BOM) :], ["W-BOM"]
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Fault("E-CHARSET", f"byte {error.start}") from None
    _check_depth(body)
    return text, warnings


def _check_depth(body: bytes) -> None:
    depth = 0
    for found in _BRACKETS.finditer(body):
        mark = found.group()
        if mark in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise Fault("E-DEPTH", f"byte {found.start()}")
        elif mark in b"]}":
            depth -= 1


def _document_of(text: str) -> Any:  # noqa: ANN401 - any JSON value at all
    try:
        return json.loads(
            text,
            object_pairs_hook=_without_doubles,
            parse_constant=_no_constant,
            parse_int=_short_int,
            parse_float=_finite_float,
        )
    except json.JSONDecodeError as error:
        code = "E-CONTROL" if error.msg.startswith("Invalid control") else "E-PARSE"
        raise Fault(code, f"line {error.lineno} column {error.colno}") from None


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise Fault("E-DUPKEY", name)
        found[name] = value
    return found


def _no_constant(name: str) -> float:
    raise Fault("E-NUMBER", name)


def _short_int(digits: str) -> int:
    if len(digits) > _MAX_DIGITS:
        raise Fault("E-NUMBER", f"{digits[:_MAX_DIGITS]}…")
    return int(digits)


def _finite_float(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise Fault("E-NUMBER", digits[:_MAX_DIGITS])
    return value


def _check_texts(value: Any, path: str) -> None:  # noqa: ANN401 - any JSON value at all
    """Every text and every name: no half character, no control character, no reversed reading."""
    if isinstance(value, str):
        _check_text(value, path)
    elif isinstance(value, list):
        for place, part in enumerate(value):
            _check_texts(part, f"{path}[{place}]")
    elif isinstance(value, dict):
        for name, part in value.items():
            _check_text(name, path)
            _check_texts(part, f"{path}.{name}" if path else name)


def _check_text(text: str, path: str) -> None:
    if text.isascii() and text.isprintable():
        return
    if _SURROGATE.search(text):
        raise Fault("E-CHARSET", path)
    if _CONTROL.search(text):
        raise Fault("E-CONTROL", path)
    if _OVERRIDE.search(text):
        raise Fault("E-BIDI", path)


def _envelope_of(document: dict[str, Any], warnings: list[str]) -> tuple[Envelope, tuple[str, ...]]:
    schema = document.get("schema")
    if schema is not None and (isinstance(schema, bool) or not isinstance(schema, int)):
        raise Fault("E-TYPE-FIELD", "schema")
    if schema != _SCHEMA:
        envelope = Envelope(
            schema=schema,
            message_id=_text_or_none(document.get("message_id")),
            source=_text_or_none(document.get("source")),
        )
        return envelope, tuple(warnings)
    unknown: list[str] = []
    known_only = _typed(document, Envelope, "", unknown)
    if unknown:
        warnings.append("W-UNKNOWN")
    return msgspec.convert(known_only, Envelope), tuple(warnings)


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _typed(
    given: dict[str, Any], shape: type[msgspec.Struct], path: str, unknown: list[str]
) -> dict[str, Any]:
    """The known fields, each of a type its shape allows; names of the others go to `unknown`."""
    allowed_types = _SHAPES[shape]
    kept: dict[str, Any] = {}
    for name, value in given.items():
        where = f"{path}.{name}" if path else name
        allowed = allowed_types.get(name)
        if allowed is None:
            unknown.append(where)
        elif isinstance(value, dict):
            inner = next((kind for kind in allowed if issubclass(kind, msgspec.Struct)), None)
            if inner is None:
                raise Fault("E-TYPE-FIELD", where)
            kept[name] = _typed(value, inner, where, unknown)
        elif type(value) in allowed:
            kept[name] = value
        else:
            raise Fault("E-TYPE-FIELD", where)
    return kept


def _types_by_name(shape: type[msgspec.Struct]) -> dict[str, tuple[type, ...]]:
    hints = typing.get_type_hints(shape)
    return {name: typing.get_args(hint) for name, hint in hints.items()}


_SHAPES: dict[type[msgspec.Struct], dict[str, tuple[type, ...]]] = {
    shape: _types_by_name(shape) for shape in (Envelope, Data, Place)
}
