"""The rows of an act of merger: read from a file or a form, and checked against the list and against each other."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from django.db import connection

from lienthong.catalogues.differences import RefusedRow, Repair
from lienthong.catalogues.divisions import ALL, ALL_PEOPLE, LAND_ONLY, PART
from lienthong.catalogues.places import Places
from lienthong.catalogues.sheets import RowFault, SentFile, Sheet, SheetRow, read_sheet
from lienthong.kernel.codes import is_commune_code, is_district_code, is_province_code
from lienthong.kernel.dates import day_first
from lienthong.kernel.names import tone_key

COLUMNS = ("old_code", "new_code", "kind")
OPTIONAL = (
    "note", "note_official", "old_name", "old_district_code", "old_province_code", "new_name", "new_province_code",
)  # fmt: skip
_WIDTHS = {
    "old_code": 5, "new_code": 5, "old_district_code": 3, "old_province_code": 2, "new_province_code": 2,
}  # fmt: skip
_SHARES = {"whole": ALL, "part": PART, "land_only": LAND_ONLY, "all_people": ALL_PEOPLE}
KINDS = ("phường", "xã", "thị trấn", "đặc khu")
Pair = tuple[str, str]
_OF_DISTRICTS = """
    SELECT code, name, parent_code FROM catalogues_division
    WHERE level = 'commune' AND parent_code = ANY (%s) AND valid @> %s::date
"""


@dataclass(frozen=True, slots=True)
class Edge:
    """One row of the act: the share of `old_code` that went to `new_code`. `share` as in `models.Succession`."""

    line: int
    old_code: str
    new_code: str
    share: str
    note: str
    new_name: str
    new_province_code: str
    old_name: str = ""
    old_district_code: str = ""
    old_province_code: str = ""

    @property
    def pair(self) -> Pair:
        """Its two codes."""
        return (self.old_code, self.new_code)


def read(source: Path | SentFile, *, effective: date) -> Sheet:
    """The act's rows, in either of the two shapes of contracts §8. Raises Refused when it cannot be read.

    An old code that contradicts the row's own name is mended where name and district leave no doubt (as in three rows
    of the statistics office's table); what was mended is in `repaired`. One query.
    """
    sheet = read_sheet(source, columns=COLUMNS, widths=_WIDTHS, optional=OPTIONAL)
    told = [
        row
        for row in sheet.rows
        if is_district_code(row.cells.get("old_district_code", "")) and row.cells.get("old_name")
    ]
    if not told:
        return sheet
    districts = sorted({row.cells["old_district_code"] for row in told})
    with connection.cursor() as cursor:
        cursor.execute(_OF_DISTRICTS, [districts, effective - timedelta(days=1)])
        known = [(code, tone_key(name), district) for code, name, district in cursor.fetchall()]
    name_of = {code: name for code, name, _ in known}
    codes: dict[tuple[str, str], list[str]] = defaultdict(list)
    for code, name, district in known:
        codes[district, name].append(code)
    mended: dict[int, str] = {}
    for row in told:
        name = tone_key(row.cells["old_name"])
        right = codes[row.cells["old_district_code"], name]
        if name_of.get(row.cells["old_code"], name) != name and len(right) == 1:
            mended[row.line] = right[0]
    return _mended(sheet, mended)


def _mended(sheet: Sheet, mended: Mapping[int, str]) -> Sheet:
    rows, repairs = [], list(sheet.repaired)
    for row in sheet.rows:
        code = mended.get(row.line)
        if code is not None:
            repairs.append(Repair(row.line, "old_code", row.cells["old_code"], code))
        rows.append(row if code is None else SheetRow(row.line, {**row.cells, "old_code": code}))
    return Sheet(sheet.columns, tuple(rows), tuple(repairs))


def edges_of(sheet: Sheet) -> tuple[list[Edge], list[RefusedRow]]:
    """The rows that can be read, each once, and the others with the reason."""
    edges: list[Edge] = []
    refused: list[RefusedRow] = []
    seen: set[Pair] = set()
    for row in sheet.rows:
        try:
            edge = _edge(row)
            if edge.pair in seen:
                raise RowFault("new_code", "E-DUPLICATE", "Dòng này lặp lại một dòng trước.")
        except RowFault as fault:
            refused.append(fault.at(row.line))
        else:
            seen.add(edge.pair)
            edges.append(edge)
    return edges, refused


def _edge(row: SheetRow) -> Edge:
    cells = row.cells
    old = cells["old_code"] or cells.get("old_district_code", "")
    if not is_commune_code(old) and not is_district_code(old):
        raise RowFault("old_code", "E-VALUE", f"Mã cũ «{old}» không phải mã xã hoặc mã huyện đảo.")
    new = row.text("new_code")
    if not is_commune_code(new):
        raise RowFault("new_code", "E-VALUE", f"Mã mới «{new}» phải gồm 5 chữ số.")
    kind = row.text("kind")
    if kind not in _SHARES:
        raise RowFault("kind", "E-VALUE", f"Cột kind: «{kind}» không thuộc {', '.join(_SHARES)}.")
    note = cells.get("note") or cells.get("note_official", "")
    return Edge(
        row.line,
        old,
        new,
        _SHARES[kind],
        note,
        cells.get("new_name", ""),
        cells.get("new_province_code", ""),
        cells.get("old_name", ""),
        cells.get("old_district_code", ""),
        cells.get("old_province_code", ""),
    )


def sound(
    edges: Sequence[Edge], places: Places, effective: date, unheard: set[str]
) -> tuple[list[Edge], list[RefusedRow]]:
    """The edges that agree with the list and with each other, and the others with the reason."""
    heirs: dict[str, list[Edge]] = defaultdict(list)
    for edge in edges:
        heirs[edge.old_code].append(edge)
    sound: list[Edge] = []
    refused: list[RefusedRow] = []
    for edge in edges:
        try:
            _check_ends(edge, places, effective, is_unheard=edge.old_code in unheard)
            _check_shares(edge, heirs[edge.old_code])
        except RowFault as fault:
            refused.append(fault.at(edge.line))
        else:
            sound.append(edge)
    return sound, refused


def _check_ends(edge: Edge, places: Places, effective: date, *, is_unheard: bool) -> None:
    if not is_unheard and places.on(edge.old_code, effective - timedelta(days=1)) is None:
        raise RowFault(
            "old_code", "E-DIVISION",
            f"Mã cũ {edge.old_code} không có trong danh mục ngay trước ngày {day_first(effective)}.",
        )  # fmt: skip
    if places.on(edge.new_code, effective) is None and not (
        edge.new_name.lower().startswith(KINDS) and is_province_code(edge.new_province_code)
    ):
        raise RowFault(
            "new_code", "E-DIVISION",
            f"Mã mới {edge.new_code} chưa có trong danh mục; cần thêm cột new_name (kèm loại hình) và "
            "new_province_code.",
        )  # fmt: skip


def _check_shares(edge: Edge, heirs: Sequence[Edge]) -> None:
    counts = Counter(it.share for it in heirs)
    contradiction = ""
    if counts[ALL] and len(heirs) > 1:
        contradiction = f"có {len(heirs)} nơi nhận nhưng có dòng ghi whole"
    elif counts[ALL_PEOPLE] > 1:
        contradiction = "có nhiều nơi nhận cùng ghi all_people"
    elif counts[ALL_PEOPLE] and counts[PART]:
        contradiction = "có dòng ghi all_people và có dòng ghi part"
    elif len(heirs) == 1 and edge.share in {PART, LAND_ONLY}:
        contradiction = f"chỉ có một nơi nhận và ghi {edge.share}; cần thêm dòng cho phần còn lại"
    elif counts[LAND_ONLY] == len(heirs):
        contradiction = "không nơi nào nhận dân"
    if contradiction:
        raise RowFault("kind", "E-CROSSWALK", f"Mã {edge.old_code} {contradiction}.")


def kind_of(name: str, otherwise: str = "") -> str:
    """The kind of division that a name begins with, or the other word when it begins with none."""
    return next((it for it in KINDS if name.lower().startswith(it)), otherwise)
