"""Rows 106-128: personal id, parents, place, facility, merger."""

from tests.domain.bad_input_case import Case
from tests.gateways.samples import ABSENT, COMMUNE, body

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
