"""Rows 1-31: transport, encoding, envelope."""

import json

from tests.domain.bad_input_case import Case
from tests.gateways.samples import ABSENT, COMMUNE, body, document, spoilt


def _depth(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


def _nested(levels: int) -> bytes:
    return spoilt('"Số 5 ngõ 2"', '"x"').replace(b'"urgent": false', b'"urgent": ' + _depth(levels))


def _xml(inner: str, doctype: str = "") -> bytes:
    return f'<?xml version="1.0"?>{doctype}<root><hoTich>{inner}</hoTich></root>'.encode()


_LAUGHS = (
    "<!DOCTYPE l [<!ENTITY a0 'ha'>"
    + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10))
    + "]>"
)

_QUADRATIC = f"<!DOCTYPE q [<!ENTITY a '{'x' * 50_000}'>]>"

_DOUBLED = '"nksNgaySinh": "12/11/2026"'


ENVELOPE = [
    Case(1, "empty body", "door", [b""], "refused", "E-EMPTY"),
    Case(2, "10 MB with an honest length", "server", outcome="refused", code="E-SIZE"),
    Case(3, "10 MB in chunks", "server", outcome="refused", code="E-SIZE"),
    Case(
        4,
        "length greater than the body, connection hangs",
        "server",
        outcome="refused",
        code="E-TIMEOUT",
    ),
    Case(5, "both framings at once", "server", outcome="refused", code="E-FRAMING"),
    Case(6, "gzip bomb", "server", outcome="refused", code="E-UNPACK"),
    Case(7, "zip", "door", [b"PK\x03\x04" + b"\x00" * 100], "refused", "E-UNPACK"),
    Case(8, "unsupported coding", "door", [body()], "refused", "E-ENCODING"),
    Case(9, "text/plain with JSON inside", "door", [body()], "refused", "E-TYPE"),
    Case(
        10, "DOCTYPE without entities", "door", [_xml("x", "<!DOCTYPE root>")], "refused", "E-DTD"
    ),
    Case(11, "billion laughs", "door", [_xml("&a9;", _LAUGHS)], "refused", "E-DTD"),
    Case(12, "quadratic blow-up", "door", [_xml("&a;" * 10_000, _QUADRATIC)], "refused", "E-DTD"),
    Case(
        13,
        "external entity",
        "door",
        [
            _xml("&e;", '<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]>'),
            _xml("&e;", '<!doctype r [<!ENTITY e SYSTEM "http://127.0.0.1/">]>'),
            _xml("&e;", '<!DOCTYPE r SYSTEM "x.dtd">').decode().encode("utf-16"),
        ],
        "refused",
        "E-DTD",
    ),
    Case(
        14,
        "XInclude, style sheet, plain XML",
        "judge",
        [
            _xml('<x xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="a"/></x>'),
            b'<?xml-stylesheet href="a.xsl"?><root/>',
            _xml("<nksHoTen>A</nksHoTen>"),
        ],
        "quarantined",
        "E-SCHEMA",
    ),
    Case(
        15,
        "too deep",
        "judge",
        [_depth(100_000), b"[" * 100_000, _nested(40)],
        "quarantined",
        "E-DEPTH",
    ),
    Case(
        16,
        "a name twice",
        "judge",
        [
            spoilt(_DOUBLED, f'{_DOUBLED}, "nksNgaySinh": "13/11/2026"'),
            spoilt(_DOUBLED, f'{_DOUBLED}, "nksNgaySinh" : "13/11/2026"'),
            spoilt(_DOUBLED, f'"nksNgay\\u0053inh": "13/11/2026", {_DOUBLED}'),
            spoilt('"kind": "create"', '"kind": "cancel", "kind": "create"'),
            spoilt('"nksGioiTinh": 1', '"nksGioiTinh": 2, "nksGioiTinh": 1'),
        ],
        "quarantined",
        "E-DUPKEY",
    ),
    Case(
        17,
        "NaN, Infinity",
        "judge",
        [
            spoilt('"version": 1', '"version": NaN'),
            spoilt('"version": 1', '"version": -Infinity'),
            spoilt('"version": 1', '"version": 1e999'),
        ],
        "quarantined",
        "E-NUMBER",
    ),
    Case(
        18,
        "5,000 digits",
        "judge",
        [spoilt('"version": 1', '"version": ' + "9" * 5000)],
        "quarantined",
        "E-NUMBER",
    ),
    Case(19, "cut short", "judge", [body()[:200], body()[:-1], b"{"], "quarantined", "E-PARSE"),
    Case(
        20,
        "garbage behind",
        "judge",
        [body() + b" x", body() + b"{}", body() + body()],
        "quarantined",
        "E-PARSE",
    ),
    Case(21, "UTF-8 byte order mark", "judge", [b"\xef\xbb\xbf" + body()], "accepted", "W-BOM"),
    Case(
        22,
        "UTF-16",
        "judge",
        [
            body().decode().encode("utf-16"),
            body().decode().encode("utf-16-le"),
            body().decode().encode("utf-16-be"),
        ],
        "quarantined",
        "E-CHARSET",
    ),
    Case(
        23,
        "not UTF-8",
        "judge",
        [
            spoilt("Số 5 ngõ 2", b"\xc0\xaf"),
            spoilt("Số 5 ngõ 2", b"\x80"),
            spoilt("Số 5 ngõ 2", b"\xed\xa0\x80"),
        ],
        "quarantined",
        "E-CHARSET",
    ),
    Case(
        24,
        "half a character",
        "judge",
        [
            spoilt("Số 5 ngõ 2", "\\ud800"),
            spoilt("NGUYỄN MINH AN", "\\udc00 A"),
            spoilt('"maKV"', '"\\ud800"'),
        ],
        "quarantined",
        "E-CHARSET",
    ),
    Case(
        25,
        "NUL in a text",
        "judge",
        [
            spoilt("Số 5 ngõ 2", "\\u0000"),
            spoilt("LTKS-2026-0000001", "A\\u0000B"),
            spoilt("Số 5 ngõ 2", b"a\x00b"),
            spoilt("Số 5 ngõ 2", "\\u0085"),
        ],
        "quarantined",
        "E-CONTROL",
    ),
    Case(
        26,
        "unknown field",
        "judge",
        [
            body({"extra": {"a": [1, 2]}}),
            body(nksThemMoi="x"),
            body(nksNoiSinh={"maXa": COMMUNE, "la": 1}),
        ],
        "accepted",
        "W-UNKNOWN",
    ),
    Case(
        27,
        "no schema, schema 99",
        "judge",
        [
            body({"schema": ABSENT}),
            body({"schema": 99}),
            body({"schema": 99, "data": [1], "kind": 5}),
        ],
        "held",
        "E-VERSION",
        "schema",
    ),
    Case(28, "schema 1", "judge", [body(), json.dumps(document()).encode()], "accepted"),
    Case(
        29,
        "a number for a text",
        "judge",
        [
            body(soDangKy=123),
            body(ndkksMaXa=4),
            body({"version": "1"}),
            body({"urgent": 1}),
            body({"schema": "1"}),
        ],
        "quarantined",
        "E-TYPE-FIELD",
    ),
    Case(
        30,
        "10,000 births in one message",
        "judge",
        [b"[" + b",".join([b"{}"] * 10_000) + b"]"],
        "quarantined",
        "E-BATCH",
    ),
    Case(31, "a batch with one bad of 50", "intake", code="E-ITEM", outcome="quarantined"),
]
