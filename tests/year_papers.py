"""Papers of the year of `year_world`: one of every reason in turn, of a new child, of one whose entry was cancelled, or a correction."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from unittest.mock import patch

from lienthong.kernel.dates import parse_day_first
from lienthong.law import paper_channel
from lienthong.law.paper_channel import PaperReason
from tests import papers
from tests.births import column, rows
from tests.mergers import NEW

_REASONS = ("C3", "B", "A1", "C1", "K", "A3", "C2", "A2")
_Kept = Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class New:
    """A child whom only the paper tells of: its number, its name, the day of the paper."""

    number: int
    name: str
    on: date


def enter(turn: int, new: New, kept: _Kept, *, at: datetime) -> None:
    """The paper whose turn it is; `kept` are the messages sent before."""
    reason, child, facts = _REASONS[turn % len(_REASONS)], new.number, _facts_of_new(new)
    if reason in ("A1", "A2"):
        child, twin = _child_in(kept, "APPROVAL_REQUESTED", "RETURNED")
        facts = _facts_of(kept, child) | {"twin": twin, "child_name": "LÊ SỬA GIẤY"}
    elif reason == "A3":
        child, _ = _child_in(kept, "CANCELLED")
        facts |= _facts_of(kept, child) | {"number": "9", "book": f"03/{new.on.year}"}
    elif reason in ("C1", "C2"):
        facts |= {"birth_country": "FR", "birth_place": "Paris", "birth_notice_code": ""}
        facts["book"] = f"02/{new.on.year} ({reason}-FR)"
        facts["registration_kind"] = "3" if reason == "C1" else "1"
    elif reason == "K":
        facts["note"] = "Công văn 12/BHXH-STP"
    with _local_list():
        papers.enter(child, reason, at=at, **facts)


def _facts_of_new(new: New) -> dict[str, Any]:
    born = new.on - timedelta(days=3)
    return {
        "registered_on": f"{new.on - timedelta(days=1):%Y-%m-%d}",
        "born_on": f"{born:%Y-%m-%d}",
        "book": f"02/{new.on.year}",
        "child_name": new.name,
        "birth_notice_code": f"01013.GCS.{new.number:05}.{born.year % 100}",
        "registered_commune": NEW,
        "residence_commune": NEW,
        "seen": frozenset(column("SELECT id FROM dossiers_dossier")),
    }


def _facts_of(kept: _Kept, child: int) -> dict[str, Any]:
    """What a paper about a known child has typed on it."""
    data = next(it["data"] for it in kept if it["message_id"] == f"LTKS-2026-{child:07}")
    return {
        "child_name": data["nksHoTen"],
        "born_on": parse_day_first(data["nksNgaySinh"]).isoformat(),
        "registered_on": parse_day_first(data["ngayDangKy"]).isoformat(),
        "registered_commune": data["ndkksMaXa"],
        "residence_commune": NEW,
        "birth_notice_code": data["maGCS"],
        "book": data["quyenSo"],
        "number": data["soDangKy"],
        "personal_id": data["soDinhDanh"],
    }


def _child_in(kept: _Kept, *states: str) -> tuple[int, int]:
    """The number and the dossier of an electronic child of Hà Nội that stands in one of the states."""
    found = rows(
        "SELECT message_id, id FROM dossiers_dossier WHERE state = ANY (%s) AND channel = 'electronic'"
        " AND province_code = '01' AND message_id LIKE 'LTKS%%' ORDER BY id DESC",
        list(states),
    )
    known = {it["message_id"] for it in kept if it["data"].get("soDinhDanh")}
    message_id, dossier = next(it for it in found if it[0] in known)
    return int(message_id.rpartition("-")[2]), dossier


@contextmanager
def _local_list() -> Iterator[None]:
    """The province's list has the reason K too."""
    (row,) = paper_channel._LISTS["01"]
    local = type(row)(row.valid, (*row.value, PaperReason.LOCAL_ADDITION), row.source)
    with patch.dict(paper_channel._LISTS, {"01": (local,)}):  # type: ignore[arg-type]
        yield
