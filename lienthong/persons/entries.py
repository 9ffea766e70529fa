"""Keeps what the household and the collection database say of each person, row by row, as received.

A row is linked at once where its own numbers name a record of the same name; everything else is the linkage's work.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from lienthong.accounts.permissions import Permission
from lienthong.database.scope import acting
from lienthong.database.sql import Statement
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import NotAllowed, Refused
from lienthong.persons.differencetables import SOURCES

_RECEIVE = Statement.load("lienthong.persons", "entries.sql")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a register file (contracts §8), with the relation to the head; any may be empty but the reference."""

    source_ref: str
    full_name: str = ""
    birth_date: str = ""
    sex: str = ""
    personal_id: str = ""
    insurance_number: str = ""
    mother_name: str = ""
    province_code: str = ""
    commune_code: str = ""
    household_code: str = ""
    relation: str = ""


def receive(
    rows: Sequence[Row], *, source: str, by: Actor, at: datetime, import_id: int | None = None
) -> int:
    """Keep these rows of `household` or `collection`; how many. The same row again replaces what it said before.

    Of rows with one reference the last counts. One statement; give a few thousand at a time. Raises Refused for another
    source or a row without its reference.
    """
    if not by.may(Permission.HOUSEHOLD_EDIT):
        raise NotAllowed("Bạn không có quyền nhập dữ liệu.", code=str(Permission.HOUSEHOLD_EDIT))
    if source not in SOURCES or not all(row.source_ref for row in rows):
        raise Refused("Dòng dữ liệu thiếu mã của nguồn.", code="SOURCE", field="id")
    last = {row.source_ref: asdict(row) for row in rows}
    with acting(by, at=at):
        return _RECEIVE.run(
            {
                "source": source,
                "rows": json.dumps(list(last.values()), ensure_ascii=False),
                "at": at,
                "import": import_id,
            }
        )
