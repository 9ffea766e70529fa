"""The 128 rows of the bad-input table, each as data: what comes in and what must become of it.

`level` says who decides: `judge` (bytes alone), `door` (one HTTP call), `server` (a running server), `intake` (what
is kept), `pipeline` (the steps of the enrolment). `tests/domain/test_bad_inputs*.py` and
`tests/web/test_births_server.py` run them; a test counts that no row is missing.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

from tests.gateways.samples import ABSENT, COMMUNE, ON, body, document, spoilt

Level = Literal["judge", "door", "server", "intake", "pipeline"]


@dataclass(frozen=True)
class Case:
    """One row. `bodies` are variants of the input, each of which must give the same outcome and code."""

    row: int
    title: str
    level: Level
    bodies: Sequence[bytes] = ()
    outcome: str = "accepted"
    code: str = ""
    field: str | None = None
    on: date = ON
    elsewhere: str = ""

    @property
    def id(self) -> str:
        return f"E-{self.row:03}"


@dataclass(frozen=True)
class Told:
    """What must become of one message of a story, and of the child."""

    outcome: str
    code: str = ""


@dataclass(frozen=True)
class Story:
    """A row that only the whole way can decide: messages in order of arrival, and where all end."""

    row: int
    title: str
    bodies: Sequence[bytes]
    told: Sequence[Told]
    dossier_count: int | None = None
    task_code: str = ""
    warnings: Sequence[str] = field(default=())

    @property
    def id(self) -> str:
        return f"E-{self.row:03}"


def _depth(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


def _nested(levels: int) -> bytes:
    return spoilt('"Số 5 ngõ 2"', '"x"').replace(b'"urgent": false', b'"urgent": ' + _depth(levels))


def _named(*names: str) -> list[bytes]:
    return [body(nksHoTen=name) for name in names]


def _born(*days: str) -> list[bytes]:
    return [body(nksNgaySinh=day, soDinhDanh="") for day in days]


def _registered_late(born: str, registered: str = "19/11/2026") -> bytes:
    return body(nksNgaySinh=born, ngayDangKy=registered, soDinhDanh="")


def _day(offset: int) -> str:
    return (ON + timedelta(days=offset)).strftime("%d/%m/%Y")


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

SENDER = [
    Case(32, "no client certificate, a wrong or an old one", "server", outcome="refused"),
    Case(33, "key of another ministry", "door", [body()], "refused", "E-SENDER"),
    Case(34, "no signature", "door", [body()], "refused", "E-SIG-NONE"),
    Case(35, "one bit wrong", "door", [body()], "refused", "E-SIG-BAD"),
    Case(36, "signed while the key was good", "door", [body()], "stored", "W-KEY-OLD"),
    Case(37, "revoked key", "door", [body()], "refused", "E-SIG-REVOKED"),
    Case(38, "signature of another message", "door", [body()], "refused", "E-SIG-BAD"),
    Case(39, "the same again", "intake", outcome="duplicate"),
    Case(40, "the same 400 days later", "intake", outcome="duplicate"),
    Case(41, "the same with other blanks", "intake", outcome="conflict", code="E-ID-CONFLICT"),
    Case(42, "the same id, another content", "intake", outcome="conflict", code="E-ID-CONFLICT"),
    Case(43, "16 copies at once", "intake", outcome="duplicate"),
    Case(
        44,
        "message id missing or unfit",
        "judge",
        [
            body({"message_id": text})
            for text in (
                ABSENT,
                None,
                "",
                "x" * 300,
                "a b",
                "../etc",
                "a/b",
                "KHONG-MA-00",
                ".",
                "-a",
                " a",
            )
        ],
        "quarantined",
        "E-MSGID",
        "message_id",
    ),
    Case(45, "ids that differ in case or typing of marks", "intake", code="W-MSGID-SIMILAR"),
    Case(46, "new id, same content", "pipeline"),
    Case(47, "two sources, one id", "intake", outcome="stored"),
    Case(48, "correction before create", "pipeline"),
    Case(49, "cancel before create", "pipeline"),
    Case(50, "cancel of nothing", "pipeline"),
    Case(51, "version 3 before 2", "pipeline"),
    Case(52, "same version, other content", "pipeline"),
    Case(
        53,
        "version negative, zero, missing",
        "judge",
        [body({"version": version}) for version in (-1, 0, ABSENT, None, 2**31)],
        "quarantined",
        "E-VERSION-NO",
        "version",
    ),
    Case(
        54,
        "sender's clock",
        "judge",
        [
            body({"sent_at": text})
            for text in (
                "2026-11-25T09:00:00+07:00",
                "1970-01-01T00:00:00Z",
                "2026-11-20T09:15:00",
                "x",
                "",
                ABSENT,
            )
        ],
        "accepted",
        "W-CLOCK",
    ),
    Case(55, "create after the final cancel", "pipeline"),
    Case(56, "10,000 cancels", "pipeline"),
]

NAMES = [
    Case(
        57,
        "empty",
        "judge",
        _named("", "   ", "\u00a0", "\u200b", " \u200b\u00a0"),
        "quarantined",
        "E-NAME-EMPTY",
        "data.nksHoTen",
    ),
    Case(
        58,
        "decomposed",
        "judge",
        _named("Nguye\u0302\u0303n Minh An", "NGUYE\u0302\u0303N AN BI\u0300NH"),
        "accepted",
        "W-NFC",
    ),
    Case(59, "place of the tone mark", "pipeline"),
    Case(
        60,
        "digits",
        "judge",
        _named("Nguyễn Văn A2", "Nguyễn Văn ２"),
        "quarantined",
        "E-NAME-CHAR",
        "data.nksHoTen",
    ),
    Case(
        61,
        "300 characters",
        "judge",
        _named("An " * 100, "A" + "n" * 299),
        "quarantined",
        "E-NAME-LONG",
    ),
    Case(
        62,
        "one word, one letter",
        "judge",
        _named("Ý", "Nhung", "Nguyễn Ý"),
        "accepted",
        "W-NAME-SHORT",
    ),
    Case(
        63,
        "Central-Highland letters",
        "judge",
        _named("H'Mun Niê Kdăm", "Y Ngông", "K’Sor Kpă", "Rơ Châm H\u02bcBlút"),
        "accepted",
    ),
    Case(
        64,
        "breve on a horned letter",
        "judge",
        _named("Siu Kơ\u0306", "Rah Lan Mư\u0306"),
        "accepted",
    ),
    Case(
        65,
        "hyphen, dot, F J W Z",
        "judge",
        _named(
            "Jean-Paul Wolf", "Ma. Theresa Zorn", "Jürgen Müller", "François Noël", "Dušan Šimić"
        ),
        "accepted",
    ),
    Case(66, "Eth for Đ", "judge", _named("Ðỗ Văn An", "NGUYỄN ÐỨC AN"), "accepted", "W-ETH"),
    Case(
        67,
        "look-alikes",
        "judge",
        _named("Аnna Nguyễn", "Nguyễn Ο", "Nguyễn Văn А", "阮文安"),
        "quarantined",
        "E-NAME-SCRIPT",
    ),
    Case(
        68,
        "TCVN3",
        "judge",
        _named("NguyÔn V¨n §øc", "TrÇn ThÞ B×nh", "NguyÔn"),
        "quarantined",
        "E-TCVN3",
    ),
    Case(
        69,
        "VNI",
        "judge",
        _named("Nguyeãn Vaên Ñöùc", "NGUYEÃN VAÊN ÑÖÙC", "Nguyeãn Thò Hoaø"),
        "quarantined",
        "E-VNI",
    ),
    Case(
        70,
        "UTF-8 twice",
        "judge",
        _named(
            "Nguyá»…n VÄƒn An", "Nguyá»\x85n VÄ\x83n An".replace("\x85", "…").replace("\x83", "ƒ")
        ),
        "quarantined",
        "E-MOJIBAKE",
    ),
    Case(
        71,
        "lost letters",
        "judge",
        _named("Nguy?n V?n An", "Nguy\ufffdn An"),
        "quarantined",
        "E-REPLACED",
    ),
    Case(
        72,
        "control characters",
        "judge",
        _named("Nguyễn\tAn", "Nguyễn\r\nAn", "Nguyễn An\n", "Nguyễn\x1bAn", "Nguyễn\x85An"),
        "quarantined",
        "E-CONTROL",
    ),
    Case(
        73,
        "hidden characters",
        "judge",
        _named("Nguyễn \u202eAn", "Ng\u200duyễn An", "Nguyễn\ufeff An", "Nguyễn\u200b An"),
        "quarantined",
        "E-BIDI",
    ),
    Case(
        74,
        "emoji, private use, unassigned",
        "judge",
        _named("Nguyễn 😀", "Nguyễn \ue000", "Nguyễn \u0378", "Ｎguyễn"),
        "quarantined",
        "E-NAME-CHAR",
    ),
    Case(
        75,
        "code",
        "judge",
        _named("<script>", "{{7*7}}", "${jndi:ldap://x}", "'; DROP TABLE", "<b>An?</b>"),
        "quarantined",
        "E-NAME-CHAR",
    ),
    Case(
        76,
        "formulas",
        "judge",
        _named('=HYPERLINK("x")', "+1", "@x", "=An"),
        "quarantined",
        "E-NAME-CHAR",
    ),
    Case(
        77,
        "small letters, blanks",
        "judge",
        _named("nguyễn minh an", "Nguyễn  Minh An", " Nguyễn Minh An "),
        "accepted",
        "W-SPACE",
    ),
    Case(
        78,
        "Zalgo",
        "judge",
        _named("A" + "\u0301" * 200, "Nguyễn A\u0301\u0302\u0303\u0308n"),
        "quarantined",
        "E-NAME-CHAR",
    ),
    Case(
        79,
        "placeholder",
        "judge",
        _named("TEST", "KHÔNG TÊN", "AAAA", "Chưa đặt tên", "aaa"),
        "quarantined",
        "E-NAME-TEST",
    ),
]

DATES = [
    Case(
        80,
        "no such day",
        "judge",
        _born("31/02/2024", "30/02/2024", "31/04/2026", "00/01/2026", "01/13/2026"),
        "quarantined",
        "E-DATE",
        "data.nksNgaySinh",
    ),
    Case(81, "29/02/2023", "judge", _born("29/02/2023"), "quarantined", "E-DATE"),
    Case(82, "29/02/2024", "judge", [_registered_late("29/02/2024")], "accepted", "W-LATE"),
    Case(
        83,
        "another format than the schema's",
        "judge",
        _born(
            "2026-11-12",
            "12.11.2026",
            "12-11-2026",
            "1/1/2026",
            "12/11/26",
            " 12/11/2026",
            "12/11/2026 ",
        ),
        "quarantined",
        "E-DATE-FORMAT",
    ),
    Case(
        84,
        "basic and week forms",
        "judge",
        _born("20261112", "2026-W46-4", "12112026"),
        "quarantined",
        "E-DATE-FORMAT",
    ),
    Case(
        85,
        "with a time",
        "judge",
        _born("2026-11-12T00:00:00Z", "2026-11-12T00:00:00+07:00", "12/11/2026 00:00:00"),
        "quarantined",
        "E-DATE-FORMAT",
    ),
    Case(
        86,
        "digits of another script",
        "judge",
        _born("１２/１１/２０２６", "١٢/١١/٢٠٢٦"),
        "quarantined",
        "E-DATE-FORMAT",
    ),
    Case(
        87, "year or month only", "judge", _born("2026", "11/2026"), "quarantined", "E-DATE-PARTIAL"
    ),
    Case(88, "birth ahead", "judge", _born(_day(1), _day(365)), "quarantined", "E-DATE-FUTURE"),
    Case(
        89,
        "sender's clock in another zone",
        "judge",
        [
            body(
                {"sent_at": "2026-12-31T17:30:00Z"},
                nksNgaySinh="01/01/2027",
                ngayDangKy="01/01/2027",
                soDinhDanh="",
            )
        ],
        "accepted",
        on=date(2027, 1, 1),
    ),
    Case(90, "born today", "judge", [body(nksNgaySinh=_day(0), ngayDangKy=_day(0))], "accepted"),
    Case(
        91,
        "birth after registration",
        "judge",
        [_registered_late("20/11/2026")],
        "quarantined",
        "E-DATE-ORDER",
        "data.nksNgaySinh",
    ),
    Case(
        92,
        "registration ahead",
        "judge",
        [_registered_late("12/11/2026", _day(1))],
        "quarantined",
        "E-DATE-ORDER",
        "data.ngayDangKy",
    ),
    Case(93, "late registration", "judge", [_registered_late("01/09/2026")], "accepted", "W-LATE"),
    Case(
        94,
        "six years old yesterday, today, tomorrow",
        "judge",
        [_registered_late(day) for day in ("23/11/2020", "24/11/2020", "25/11/2020")],
        "accepted",
        "W-LATE",
    ),
    Case(
        95,
        "past the end of cover",
        "judge",
        [
            _registered_late("30/09/2020"),
            _registered_late("31/10/2020"),
            _registered_late("01/01/2015"),
        ],
        "not_entitled",
        "N-AGE",
    ),
    Case(
        96,
        "older than six before 30 September",
        "judge",
        [_registered_late("01/03/2020", "01/09/2026")],
        "accepted",
        "W-LATE",
        on=date(2026, 9, 30),
    ),
    Case(
        97,
        "born 29/9, 30/9",
        "judge",
        [_registered_late("29/09/2026"), _registered_late("30/09/2026")],
        "accepted",
    ),
    Case(
        98,
        "born at the end of October to December",
        "judge",
        [_registered_late(day) for day in ("01/10/2026", "31/10/2026")],
        "accepted",
    ),
    Case(99, "born 1/1", "judge", [_registered_late("01/01/2026")], "accepted", "W-LATE"),
    Case(
        100,
        "at a change of rules",
        "judge",
        [
            _registered_late("14/08/2025", "15/08/2025"),
            _registered_late("30/06/2025", "01/07/2025"),
        ],
        "accepted",
    ),
    Case(
        101,
        "out of range",
        "judge",
        _born("01/01/1900", "31/12/1899", "31/12/9999", "01/01/0001"),
        "quarantined",
        "E-DATE-RANGE",
    ),
    Case(
        102,
        "died before registration",
        "judge",
        [body(nksNgayMat="15/11/2026"), body(nksNgayMat="19/11/2026")],
        "not_entitled",
        "N-DECEASED",
    ),
    Case(103, "correction moves birth across 30/9", "pipeline"),
    Case(104, "correction makes the child older than six", "pipeline"),
    Case(105, "correction after care was given", "pipeline"),
]

IDENTITY = [
    Case(
        106,
        "no personal id",
        "judge",
        [body(soDinhDanh=value) for value in ("", ABSENT, None, "  ")],
        "accepted",
    ),
    Case(
        107,
        "wrong form",
        "judge",
        [
            body(soDinhDanh=value)
            for value in (
                "00122600012",
                "0012260001234",
                "00122600012A",
                "001226 000123",
                1226000123,
                "００１２２６０００１２３",
            )
        ],
        "accepted",
        "E-PID-FORMAT",
    ),
    Case(
        108,
        "sex digit",
        "judge",
        [body(soDinhDanh="001326000123"), body(nksGioiTinh=2)],
        "accepted",
        "W-PID-SEX",
    ),
    Case(
        109,
        "century digit",
        "judge",
        [body(soDinhDanh="001026000123"), body(soDinhDanh="001126000123", nksGioiTinh=2)],
        "accepted",
        "W-PID-CENTURY",
    ),
    Case(110, "year digits", "judge", [body(soDinhDanh="001225000123")], "accepted", "W-PID-YEAR"),
    Case(
        111,
        "unknown place",
        "judge",
        [body(soDinhDanh="003226000123"), body(soDinhDanh="097226000123")],
        "accepted",
        "W-PID-PLACE",
    ),
    Case(112, "held by another child", "pipeline"),
    Case(
        113,
        "a parent's",
        "judge",
        [body(meSoDDCN="001226000123"), body(chaSoDDCN="001226000123")],
        "accepted",
        "E-PID-PARENT",
    ),
    Case(
        114,
        "test numbers",
        "judge",
        [body(soDinhDanh=value) for value in ("000000000000", "123456789012", "111111111111")],
        "accepted",
        "E-PID-TEST",
    ),
    Case(115, "correction changes the id", "pipeline"),
    Case(116, "provider answers with another person", "pipeline", elsewhere="population"),
    Case(117, "provider does not answer", "pipeline", elsewhere="population"),
]

PLACES = [
    Case(
        118,
        "no parent at all",
        "judge",
        [body(meHoTen=value, chaHoTen=value, nycHoTen=value) for value in (ABSENT, "", "  ", None)],
        "quarantined",
        "E-PARENT",
    ),
    Case(
        119,
        "foundling, one parent, guardian",
        "judge",
        [
            body(meHoTen="", chaHoTen="", nycHoTen="", nksLoaiKhaiSinh="2"),
            body(chaHoTen="", nycHoTen=""),
            body(meHoTen="", nycHoTen=""),
            body(meHoTen="", chaHoTen="", nycHoTen="LÊ THỊ HOA", nycQuanHe="Người giám hộ"),
        ],
        "accepted",
    ),
    Case(
        120,
        "parent born after the child",
        "judge",
        [body(meNgaySinh="2027"), body(chaNgaySinh="13/11/2026"), body(chaNgaySinh="12/2026")],
        "quarantined",
        "E-PARENT-AGE",
    ),
    Case(121, "twins", "pipeline"),
    Case(122, "the same child in two communes", "pipeline"),
    Case(
        123,
        "unknown commune",
        "judge",
        [body(nksNoiCuTru={"maXa": "99998"}), body(ndkksMaXa="99998")],
        "held",
        "H-AREA",
    ),
    Case(124, "merged commune, registered before", "pipeline"),
    Case(125, "merged commune, registered after", "pipeline"),
    Case(126, "commune split in two", "pipeline"),
    Case(
        127,
        "name of the commune, district after 01/07/2025",
        "judge",
        [
            body(nksNoiCuTru={"maXa": COMMUNE, "tenXa": "Phường Lạ"}),
            body(nksNoiCuTru={"maXa": COMMUNE, "maHuyen": "001"}),
        ],
        "accepted",
        "W-AREA-NAME",
    ),
    Case(
        128,
        "unknown facility",
        "judge",
        [body(noiDKKCB="01999"), body(noiDKKCB="x")],
        "accepted",
        "H-FACILITY",
    ),
]

CASES = [*ENVELOPE, *SENDER, *NAMES, *DATES, *IDENTITY, *PLACES]


def of_level(level: Level) -> list[Case]:
    """The rows that one runner decides."""
    return [case for case in CASES if case.level == level]


def raw(changes: dict[str, Any], **data: Any) -> bytes:
    """A message of a story."""
    return body(changes, **data)
