"""What an officer reads of a register that came as a file: its faults, what it changes, who is missing. Reads only."""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from lienthong.catalogues import sheets
from lienthong.kernel.actor import Actor
from lienthong.persons import importing, imports, registerfile
from lienthong.persons.imports import Import
from lienthong.persons.registercells import FAULTS_VI, REMARKS_VI, sentence
from lienthong.persons.registerfile import COLUMNS, COLUMNS_VI

SHOWN: Final = 50
"""Rows of each list on a page; the files hold all."""
LINKS_VI: Final = {
    "known": "đã biết từ lần nhập trước",
    "linked": "khớp khóa mạnh với người đã có",
    "made": "lập người mới",
    "asked": "lập người mới và chuyển xem nghi trùng",
    "repeat": "lặp lại số định danh hoặc mã số trong tệp",
    "unlinked": "chưa đủ dữ liệu để lập người",
}
_PAGE: Final = 5_000
_ROWS = """
    SELECT row.id, row.line, row.found_id, row.source_ref, row.full_name, row.birth_date, row.sex, row.personal_id,
           row.insurance_number, row.mother_name, row.province_code, row.commune_code, row.household_code, row.relation,
           row.address, row.faults, row.remarks, row.changes, row.before, row.repeats_line
    FROM persons_importrow AS row
    WHERE row.source_id = %(import)s AND row.line > %(after)s AND CASE %(which)s
        WHEN 'fault' THEN row.outcome = 'fault'
        WHEN 'changed' THEN row.outcome = 'changed'
        WHEN 'new' THEN row.outcome = 'new'
        WHEN 'asked' THEN row.outcome <> 'fault' AND row.link = 'asked'
        ELSE row.outcome <> 'fault' AND row.remarks <> '{}' END
    ORDER BY row.line LIMIT %(limit)s
"""
_MISSING = """
    SELECT entry.id, entry.person_id, entry.source_ref, entry.full_name, entry.birth_date, entry.sex, entry.personal_id,
           entry.insurance_number, entry.mother_name, entry.province_code, entry.commune_code, entry.household_code,
           entry.relation
    FROM persons_entry AS entry
    WHERE entry.source = %(source)s AND entry.id > %(after)s
      AND entry.commune_code = ANY (ARRAY(SELECT DISTINCT commune_code FROM persons_importrow
                                          WHERE source_id = %(import)s AND outcome <> 'fault'))
      AND NOT EXISTS (SELECT 1 FROM persons_importrow AS named
                      WHERE named.source_id = %(import)s AND named.source_ref = entry.source_ref)
    ORDER BY entry.id LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the file as it was read; `said` are the sentences of its faults or remarks, each with its column."""

    line: int
    found_id: int | None
    cells: Mapping[str, str]
    said: Sequence[tuple[str, str, str]]
    changes: Sequence[tuple[str, str, str]]

    @property
    def name(self) -> str:
        """Who the row is about, as it is written there."""
        return self.cells["full_name"] or self.cells["source_ref"]


@dataclass(frozen=True, slots=True)
class Missing:
    """A row of this source that the file does not name."""

    person_id: int | None
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows have one fault, one remark or one change, in words."""

    code: str
    words_vi: str
    count: int


def lines(found: Import, which: str, *, by: Actor, limit: int = SHOWN) -> list[Line]:
    """The first rows that are `fault`, `changed`, `new`, `asked` or have a `remark`, in the order of the file."""
    imports.one(found.id, by=by)
    return _page(found, which, after=0, limit=limit)


def missing(found: Import, *, by: Actor, limit: int = SHOWN) -> list[Missing]:
    """The first rows that this source brought before of the communes of the file, and that it does not name."""
    imports.one(found.id, by=by)
    return [it for _, it in _missing_page(found, after=0, limit=limit)]


def fault_counts(found: Import) -> list[Count]:
    """How many rows are left out for which reason, the commonest first."""
    return _counts(found.counts.get("faults", {}), FAULTS_VI)


def remark_counts(found: Import) -> list[Count]:
    """How many rows that are taken need to be known of, and why."""
    return _counts(found.counts.get("remarks", {}), REMARKS_VI)


def change_counts(found: Import) -> list[Count]:
    """How many rows differ in which column from what this source said before."""
    told = found.counts.get("changes", {})
    named = [Count(column, _column_vi(column), int(count)) for column, count in told.items()]
    return sorted(named, key=lambda it: (-it.count, it.words_vi))


def link_counts(found: Import) -> list[Count]:
    """How many rows are about whom: known, linked by a key, made, asked about."""
    return [
        Count(link, words, int(found.counts.get(link, 0)))
        for link, words in LINKS_VI.items()
        if found.counts.get(link)
    ]


def spellings(found: Import) -> list[tuple[str, str]]:
    """For a file in an old character set: the first ten names as they stand in it, and as they are read."""
    if found.encoding == "utf-8" or found.state == "refused":
        return []
    return registerfile.sample(importing.file_of(found))


def fault_file(found: Import, *, by: Actor) -> bytes:
    """An XLSX of the rows that are left out, with the reason, in columns that can be sent again once mended."""
    imports.one(found.id, by=by)
    stream = io.BytesIO()
    heading = [*(COLUMNS_VI[column] for column in COLUMNS), "Dòng trong tệp", "Lý do"]
    rows = (
        [*(it.cells[column] for column in COLUMNS), str(it.line), " ".join(s[2] for s in it.said)]
        for it in _all(found, "fault")
    )
    sheets.write_long_sheet(stream, "Dòng có lỗi", heading, rows)
    return stream.getvalue()


def change_file(found: Import, *, by: Actor) -> bytes:
    """An XLSX of every cell that differs from what this source said before."""
    imports.one(found.id, by=by)
    stream = io.BytesIO()
    heading = ["Dòng", "Mã dòng", "Họ và tên", "Cột", "Đang có", "Theo tệp"]
    rows = (
        [str(it.line), it.cells["source_ref"], it.name, column, before, after]
        for it in _all(found, "changed")
        for column, before, after in it.changes
    )
    sheets.write_long_sheet(stream, "Thay đổi", heading, rows)
    return stream.getvalue()


def missing_file(found: Import, *, by: Actor) -> bytes:
    """An XLSX of every row that the file leaves out."""
    imports.one(found.id, by=by)
    stream = io.BytesIO()
    columns = COLUMNS[:-1]
    rows = ([it.cells[column] for column in columns] for it in _all_missing(found))
    sheets.write_long_sheet(stream, "Không có trong tệp", [COLUMNS_VI[it] for it in columns], rows)
    return stream.getvalue()


def persons_of(found: Import, which: str) -> list[int]:
    """Everybody whom the file of faults, changes or missing rows is about, for the log."""
    if which == "missing":
        return [it.person_id for it in _all_missing(found) if it.person_id]
    return [it.found_id for it in _all(found, which) if it.found_id]


def _counts(told: Mapping[str, Any], words: Mapping[str, str]) -> list[Count]:
    found = []
    for said, count in told.items():
        code, _, column = said.partition(":")
        bare = words[code].replace(" «{value}»", "")
        text = bare.format(column=_column_vi(column), value="…", first="khác", suggestion="…")
        found.append(Count(code, text, int(count)))
    return sorted(found, key=lambda it: (-it.count, it.code))


def _column_vi(column: str) -> str:
    return "Người của dòng" if column == "person" else COLUMNS_VI.get(column, "")


def _all(found: Import, which: str) -> Iterator[Line]:
    after = 0
    while some := _page(found, which, after=after, limit=_PAGE):
        after = some[-1].line
        yield from some


def _page(found: Import, which: str, *, after: int, limit: int) -> list[Line]:
    wanted: dict[str, Any] = {"import": found.id, "which": which, "after": after, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, wanted)
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [_line(row, which) for row in rows]


def _line(row: Mapping[str, Any], which: str) -> Line:
    cells = {column: row[column] for column in COLUMNS}
    before = imports.as_document(row["before"])
    told = row["faults"] if which == "fault" else row["remarks"]
    said = [
        (
            text.partition(":")[0],
            _column_vi(text.partition(":")[2]),
            sentence(text, cells, labels=COLUMNS_VI, first_line=row["repeats_line"]),
        )
        for text in told
    ]
    changes = [
        (_column_vi(column), str(before.get(column, "")), cells.get(column, ""))
        for column in row["changes"]
    ]
    return Line(row["line"], row["found_id"], cells, said, changes)


def _all_missing(found: Import) -> Iterator[Missing]:
    after = 0
    while some := _missing_page(found, after=after, limit=_PAGE):
        after = some[-1][0]
        yield from (it for _, it in some)


def _missing_page(found: Import, *, after: int, limit: int) -> list[tuple[int, Missing]]:
    wanted: dict[str, Any] = {
        "import": found.id,
        "source": found.kind,
        "after": after,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MISSING, wanted)
        rows = cursor.fetchall()
    return [
        (row[0], Missing(row[1], dict(zip(COLUMNS[:-1], row[2:], strict=True)))) for row in rows
    ]
