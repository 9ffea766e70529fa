"""Rows 80-105: dates."""

from datetime import date, timedelta

from tests.domain.bad_input_case import Case
from tests.gateways.samples import ON, body


def _born(*days: str) -> list[bytes]:
    return [body(nksNgaySinh=day, soDinhDanh="") for day in days]


def _registered_late(born: str, registered: str = "19/11/2026") -> bytes:
    return body(nksNgaySinh=born, ngayDangKy=registered, soDinhDanh="")


def _day(offset: int) -> str:
    return (ON + timedelta(days=offset)).strftime("%d/%m/%Y")


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
