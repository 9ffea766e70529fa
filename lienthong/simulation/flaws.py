"""What goes wrong with birth messages on their way, each with the outcome and code that must come of it.

Two kinds: those that stop the message (it is kept, held or refused, and the sender mends it), and blemishes with
which it is applied. The codes are those of `gateways.findings`.
"""

import random
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lienthong.simulation.messages import Message, line

Spoil = Callable[[Message], bytes]


@dataclass(frozen=True, slots=True)
class Flaw:
    """One way to spoil a message. `code` is the finding: the reason, or the warning where it is accepted."""

    case: str
    outcome: str
    code: str
    spoil: Spoil
    keeps_id: bool = True
    """False when the message can no longer be found under its own id."""


def _data(**fields: object) -> Spoil:
    """Overwrites fields of `data`."""

    def spoil(message: Message) -> bytes:
        return line({**message, "data": {**message["data"], **fields}})

    return spoil


def _envelope(**fields: object) -> Spoil:
    return lambda message: line({**message, **fields})


def _bytes(change: Callable[[bytes], bytes]) -> Spoil:
    return lambda message: change(line(message))


def _change(field: str, change: Callable[[str], str]) -> Spoil:
    """Rewrites one text of `data`."""

    def spoil(message: Message) -> bytes:
        data: Mapping[str, str] = message["data"]
        return line({**message, "data": {**data, field: change(data[field])}})

    return spoil


def _without_schema(message: Message) -> bytes:
    return line({name: value for name, value in message.items() if name != "schema"})


def _double_field(body: bytes) -> bytes:
    return body.replace(b'"quyenSo":', b'"quyenSo":"99/2026","quyenSo":', 1)


def _as_xml(message: Message) -> bytes:
    return _DTD.format(message["message_id"]).encode()


def _bad_name(case: str, code: str, name: str) -> Flaw:
    return Flaw(f"name: {case}", "quarantined", code, _data(nksHoTen=name))


def _bad_date(case: str, code: str, **fields: str) -> Flaw:
    return Flaw(f"date: {case}", "quarantined", code, _data(**fields))


def _bad_bytes(
    case: str, code: str, change: Callable[[bytes], bytes], *, keeps_id: bool = True
) -> Flaw:
    return Flaw(f"bytes: {case}", "quarantined", code, _bytes(change), keeps_id)


_DEEP = b"[" * 200
_DTD = '<?xml version="1.0"?><!DOCTYPE hoTich [<!ENTITY a "b">]><hoTich id="{}">&a;</hoTich>'


def _two_thirds(body: bytes) -> bytes:
    """Cut off between two letters: a letter cut in half would be another flaw."""
    return body[: len(body) * 2 // 3].decode(errors="ignore").encode()


STOPPING: tuple[tuple[int, Flaw], ...] = (
    (4, _bad_bytes("cut off", "E-PARSE", _two_thirds)),
    (2, _bad_bytes("something after the end", "E-PARSE", lambda body: body + b"}")),
    (
        2,
        _bad_bytes(
            "UTF-16", "E-CHARSET", lambda body: body.decode().encode("utf-16"), keeps_id=False
        ),
    ),
    (
        2,
        _bad_bytes(
            "broken UTF-8",
            "E-CHARSET",
            lambda body: body.replace(b'"soDangKy":"', b'"soDangKy":"\xc0\xaf', 1),
        ),
    ),
    (
        1,
        _bad_bytes(
            "half a surrogate",
            "E-CHARSET",
            lambda body: body.replace(b'"dcChiTiet":"', b'"dcChiTiet":"\\ud800', 1),
        ),
    ),
    (
        1,
        _bad_bytes(
            "NUL",
            "E-CONTROL",
            lambda body: body.replace(b'"dcChiTiet":"', b'"dcChiTiet":"\\u0000', 1),
        ),
    ),
    (2, _bad_bytes("a field twice", "E-DUPKEY", _double_field)),
    (
        1,
        _bad_bytes(
            "not a number",
            "E-NUMBER",
            lambda body: body.replace(b'"version":1', b'"version":NaN', 1),
        ),
    ),
    (
        1,
        _bad_bytes(
            "endless number",
            "E-NUMBER",
            lambda body: body.replace(b'"version":1', b'"version":1' + b"0" * 5000, 1),
        ),
    ),
    (
        1,
        _bad_bytes(
            "nested too deep",
            "E-DEPTH",
            lambda body: body.replace(
                b'"urgent":', b'"them":' + _DEEP + b"]" * 200 + b',"urgent":', 1
            ),
        ),
    ),
    (
        3,
        Flaw("field: number without its zeros", "quarantined", "E-TYPE-FIELD", _data(soDangKy=123)),
    ),
    (
        2,
        Flaw(
            "id: a path",
            "quarantined",
            "E-MSGID",
            _envelope(message_id="../../khai sinh"),
            keeps_id=False,
        ),
    ),
    (1, Flaw("id: empty", "quarantined", "E-MSGID", _envelope(message_id=""), keeps_id=False)),
    (2, Flaw("version: negative", "quarantined", "E-VERSION-NO", _envelope(version=-1))),
    (1, Flaw("version: missing", "quarantined", "E-VERSION-NO", _envelope(version=None))),
    (1, Flaw("kind: unknown", "quarantined", "E-KIND", _envelope(kind="xoa"))),
    (2, Flaw("schema: of tomorrow", "held", "E-VERSION", _envelope(schema=99))),
    (1, Flaw("schema: missing", "held", "E-VERSION", _without_schema)),
    (1, Flaw("refused: DOCTYPE", "refused", "E-DTD", _as_xml, keeps_id=False)),
    (5, _bad_name("empty", "E-NAME-EMPTY", "  ")),
    (3, _bad_name("placeholder", "E-NAME-TEST", "TEST")),
    (2, _bad_name("not named yet", "E-NAME-TEST", "CHƯA ĐẶT TÊN")),
    (3, _bad_name("digit", "E-NAME-CHAR", "NGUYỄN VĂN A2")),
    (1, _bad_name("script", "E-NAME-CHAR", "<script>alert(1)</script>")),
    (1, _bad_name("formula", "E-NAME-CHAR", '=HYPERLINK("x")')),
    (1, _bad_name("emoji", "E-NAME-CHAR", "TRẦN BÌNH AN 🌷")),
    (1, _bad_name("heap of marks", "E-NAME-CHAR", "LÊ A" + "\u0301" * 200 + "N")),
    (1, _bad_name("too long", "E-NAME-LONG", "NGUYỄN " * 40 + "AN")),
    (1, _bad_name("Cyrillic look-alike", "E-NAME-SCRIPT", "PHẠM АN NHIÊN")),
    (4, _bad_name("TCVN3", "E-TCVN3", "NguyÔn V¨n §øc")),
    (3, _bad_name("VNI", "E-VNI", "Nguyeãn Vaên Ñöùc")),
    (3, _bad_name("encoded twice", "E-MOJIBAKE", "Nguyá»…n Minh Anh")),
    (4, _bad_name("letters lost", "E-REPLACED", "NGUY?N V?N HÙNG")),
    (1, _bad_name("tabulator", "E-CONTROL", "VŨ\tHÀ MY")),
    (1, _bad_name("reversed reading", "E-BIDI", "VŨ \u202eHÀ MY")),
    (4, _bad_date("not in the calendar", "E-DATE", nksNgaySinh="31/02/2026")),
    (5, _bad_date("year first", "E-DATE-FORMAT", nksNgaySinh="2026-11-12")),
    (2, _bad_date("digits only", "E-DATE-FORMAT", nksNgaySinh="20261112")),
    (1, _bad_date("wide digits", "E-DATE-FORMAT", nksNgaySinh="１２/１１/２０２６")),
    (3, _bad_date("year only", "E-DATE-PARTIAL", nksNgaySinh="2026")),
    (3, _bad_date("to come", "E-DATE-FUTURE", nksNgaySinh="31/12/2090")),
    (4, _bad_date("registered before birth", "E-DATE-ORDER", ngayDangKy="05/01/2016")),
    (2, _bad_date("two centuries ago", "E-DATE-RANGE", nksNgaySinh="05/06/1899")),
    (
        4,
        Flaw(
            "parents: none", "quarantined", "E-PARENT", _data(meHoTen="", chaHoTen="", nycHoTen="")
        ),
    ),
    (
        2,
        Flaw(
            "parents: younger than the child",
            "quarantined",
            "E-PARENT-AGE",
            _data(meNgaySinh="2099", meHoTen="TRẦN THỊ LAN"),
        ),
    ),
)
"""Weight and flaw: the message cannot be applied as it is."""


def _other_sex(number: str) -> str:
    return f"{number[:3]}{int(number[3]) ^ 1}{number[4:]}"


def _other_year(number: str) -> str:
    return f"{number[:4]}{(int(number[4:6]) + 50) % 100:02}{number[6:]}"


def _with_district(message: Message) -> bytes:
    home = {**message["data"]["nksNoiCuTru"], "maHuyen": "001"}
    return line({**message, "data": {**message["data"], "nksNoiCuTru": home}})


def _parents_id(message: Message) -> bytes:
    data = message["data"]
    return line({**message, "data": {**data, "soDinhDanh": data["meSoDDCN"] or data["chaSoDDCN"]}})


BLEMISHES: tuple[tuple[int, Flaw], ...] = (
    (3, Flaw("bytes: BOM", "accepted", "W-BOM", _bytes(lambda body: b"\xef\xbb\xbf" + body))),
    (
        6,
        Flaw(
            "name: decomposed",
            "accepted",
            "W-NFC",
            _change("nksHoTen", lambda name: unicodedata.normalize("NFD", name)),
        ),
    ),
    (3, Flaw("name: Eth", "accepted", "W-ETH", _data(nksHoTen="ÐẶNG GIA HUY"))),
    (
        8,
        Flaw(
            "name: blanks",
            "accepted",
            "W-SPACE",
            _change("nksHoTen", lambda name: name.replace(" ", "  ", 1) + " "),
        ),
    ),
    (5, Flaw("field: unknown", "accepted", "W-UNKNOWN", _data(maXacThucNoiBo="7"))),
    (3, Flaw("clock: 1970", "accepted", "W-CLOCK", _envelope(sent_at="1970-01-01T07:00:00+07:00"))),
    (
        6,
        Flaw(
            "id: a zero lost",
            "accepted",
            "E-PID-FORMAT",
            _change("soDinhDanh", lambda number: number[1:]),
        ),
    ),
    (
        2,
        Flaw(
            "id: a letter",
            "accepted",
            "E-PID-FORMAT",
            _change("soDinhDanh", lambda number: f"O{number[1:]}"),
        ),
    ),
    (2, Flaw("id: a test number", "accepted", "E-PID-TEST", _data(soDinhDanh="000000000000"))),
    (2, Flaw("id: a parent's", "accepted", "E-PID-PARENT", _parents_id)),
    (4, Flaw("id: of the other sex", "accepted", "W-PID-SEX", _change("soDinhDanh", _other_sex))),
    (4, Flaw("id: of another year", "accepted", "W-PID-YEAR", _change("soDinhDanh", _other_year))),
    (
        8,
        Flaw(
            "facility: unknown",
            "accepted",
            "H-FACILITY",
            _change("noiDKKCB", lambda code: f"{code[:2] or '99'}888"),
        ),
    ),
    (8, Flaw("place: a district still named", "accepted", "W-AREA-NAME", _with_district)),
    (3, Flaw("place: area code unknown", "accepted", "W-AREA-KIND", _data(maKV="K9"))),
)
"""Weight and flaw: applied all the same, with a remark."""
ID_FLAWS = frozenset({"E-PID-FORMAT", "E-PID-TEST", "E-PID-PARENT", "W-PID-SEX", "W-PID-YEAR"})
"""Blemishes of the personal id: the child's card goes on without it."""


class Mischief:
    """Picks flaws by their weights."""

    def __init__(self, flaws: tuple[tuple[int, Flaw], ...]) -> None:
        self._flaws = [flaw for _, flaw in flaws]
        self._weights = [weight for weight, _ in flaws]

    def pick(self, rng: random.Random) -> Flaw:
        """One flaw, by weight."""
        return rng.choices(self._flaws, self._weights)[0]
