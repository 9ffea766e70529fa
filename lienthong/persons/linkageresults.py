"""What a linkage found, as files of its folder hold it: read batch by batch, and side by side for an officer."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from django.db import connection

from lienthong.database.rows import rows_as
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import Refused

REASONS_VI: Final = {
    "L-EXACT": "Trùng khớp hoàn toàn",
    "L-ID": "Cùng số định danh",
    "L-NUMBER": "Cùng mã số BHXH",
    "L-WEIGHT": "Nhiều thông tin giống nhau",
    "Q-TWINS": "Có thể là anh, chị, em sinh đôi",
    "Q-IDS": "Cùng số nhưng thông tin khác",
    "Q-DOUBLE": "Có thể là một người ghi hai lần",
    "Q-RIVALS": "Nhiều người cùng giống",
    "Q-WEIGHT": "Giống nhưng chưa đủ chắc",
}
MOST_ROWS: Final = 500_000
"""So many links a downloaded file may have."""
_BATCH: Final = 5_000
_ENTRIES = """
    SELECT id, source_ref AS ref, full_name, birth_date, sex, personal_id, insurance_number, mother_name, commune_code,
           household_code, person_id
    FROM persons_entry WHERE id = ANY (%s)
"""
_PERSONS = """
    SELECT person_id AS id, source_ref AS ref, full_name, birth_date, sex, personal_id, insurance_number, mother_name,
           commune_code, household_code, person_id
    FROM persons_standing WHERE person_id = ANY (%s)
"""
_REFS = "SELECT id, source_ref FROM persons_entry WHERE id = ANY (%s)"


@dataclass(frozen=True, slots=True)
class Found:
    """Two rows that are, or may be, one person: their ids on either side, how likely, and why."""

    left_id: int
    right_id: int
    probability: float
    reason: str

    @property
    def reason_vi(self) -> str:
        """Why, in words."""
        return REASONS_VI.get(self.reason, self.reason)


@dataclass(frozen=True, slots=True)
class Side:
    """What one register says of a person, as it stands now; `person_id` when it is known whose it is."""

    id: int
    ref: str
    full_name: str
    birth_date: str
    sex: str
    personal_id: str
    insurance_number: str
    mother_name: str
    commune_code: str
    household_code: str
    person_id: int | None


@dataclass(frozen=True, slots=True)
class Beside:
    """Two rows side by side; a side that the officer may not see, or that is gone, is None."""

    found: Found
    left: Side | None
    right: Side | None


def folder_of(root: Path, linkage_id: int) -> Path:
    """Where a linkage's registers and results lie."""
    return root / f"{linkage_id:06}"


def batch(
    folder: Path, at_byte: int, most: int, *, doubtful: bool = False
) -> tuple[list[Found], int]:
    """The next so many results from a place in the file on, 0 for its beginning; and the place behind them."""
    name = "links.csv.review.csv" if doubtful else "links.csv.reasons.csv"
    with (folder / name).open("rb") as file:
        head = file.readline().decode().strip().split(",")
        file.seek(max(at_byte, file.tell()))
        lines = list(islice(file, most))
        place = file.tell()
    rows = csv.DictReader((line.decode() for line in lines), head)
    found = [
        Found(
            int(row["left_id"]), int(row["right_id"]), float(row["probability"]), str(row["reason"])
        )
        for row in rows
    ]
    return found, place


def sampled(rows: Iterable[Sequence[Any]]) -> list[Found]:
    """The sample that the figures of a linkage keep."""
    return [
        Found(int(left), int(right), float(probability), str(reason))
        for left, right, probability, reason in rows
    ]


def beside(found: Sequence[Found], sides: tuple[str, str], *, by: Actor) -> list[Beside]:
    """Both rows of each as they stand now, of those that the actor may see. Two statements. `sides` as of the linkage."""
    del by  # The rows are those of the session.
    left = _sides(sides[0], [it.left_id for it in found])
    right = _sides(sides[1], [it.right_id for it in found])
    return [Beside(it, left.get(it.left_id), right.get(it.right_id)) for it in found]


def as_csv(folder: Path, sides: tuple[str, str], *, doubtful: bool = False) -> bytes:
    """All results as CSV, with the marks that the registers gave their rows. Raises Refused past `MOST_ROWS`."""
    text = io.StringIO()
    out = csv.writer(text)
    out.writerow(("left_id", "right_id", "probability", "reason", "reason_vi"))
    place = count = 0
    while True:
        found, place = batch(folder, place, _BATCH, doubtful=doubtful)
        if not found:
            return text.getvalue().encode("utf-8-sig")
        count += len(found)
        if count > MOST_ROWS:
            raise Refused(
                "Kết quả quá lớn để tải qua trang web. Hãy đề nghị người quản trị lấy tệp từ thư mục của lần liên kết.",
                code="TOO_LARGE",
            )
        left = _refs(sides[0], [it.left_id for it in found])
        right = _refs(sides[1], [it.right_id for it in found])
        for it in found:
            # A row out of the officer's sight since is left out.
            if it.left_id in left and it.right_id in right:
                marks = (left[it.left_id], right[it.right_id])
                out.writerow((*marks, f"{it.probability:.6f}", it.reason, it.reason_vi))


def _sides(side: str, ids: list[int]) -> dict[int, Side]:
    with connection.cursor() as cursor:
        cursor.execute(_PERSONS if side == "persons" else _ENTRIES, [ids])
        return {row.id: row for row in rows_as(Side, cursor)}


def _refs(side: str, ids: list[int]) -> dict[int, str]:
    if side == "persons":
        return {each: f"P{each}" for each in ids}
    with connection.cursor() as cursor:
        cursor.execute(_REFS, [ids])
        return {int(key): str(ref) for key, ref in cursor.fetchall()}
