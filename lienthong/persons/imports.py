"""A register that comes as a file (nhập dữ liệu): sent, read and compared, looked at, confirmed, written. The officers' face.

Reading and writing are done by the system in `importing`, stretch by stretch. Nothing is written before somebody who may
import has seen what it would do.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.database.rows import rows_as
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor, ActorKind
from lienthong.kernel.errors import Conflict, NotAllowed, NotFound, Refused
from lienthong.persons.registerfile import COLLECTION, HOUSEHOLD, SUFFIXES

KINDS_VI: Final = {HOUSEHOLD: "Hộ gia đình và thành viên", COLLECTION: "Dữ liệu thu (mã số BHXH)"}
ENCODINGS_VI: Final = {"utf-8": "Unicode (UTF-8)", "tcvn3": "TCVN3 (phông .Vn…)", "vni": "VNI"}
STATES_VI: Final = {
    "received": "Đang đọc tệp",
    "staged": "Đang so với dữ liệu hiện có",
    "previewed": "Chờ áp dụng",
    "confirmed": "Đang ghi",
    "done": "Đã áp dụng",
    "refused": "Không đọc được",
    "dropped": "Đã bỏ",
}
MOVING: Final = frozenset({"received", "staged", "confirmed"})
PART: Final = 1 << 20
MOST_NAME: Final = 200
GONE_VI: Final = "Không có lần nhập dữ liệu này."

_REACH = "SELECT authz.everywhere(), authz.areas()"
_KEEP = """
    INSERT INTO persons_import (kind, name, sha256, size, encoding, state, areas, is_everywhere, sent_by, sent_at)
    VALUES (%(kind)s, %(name)s, %(sha256)s, %(size)s, %(encoding)s, 'received', %(areas)s, %(everywhere)s, %(by)s, %(at)s)
    RETURNING id
"""
_KEEP_PART = "INSERT INTO persons_importpart (source_id, place, body) VALUES (%s, %s, %s)"
_ONE = "SELECT import.* FROM persons_import AS import WHERE import.id = %s"
_LATEST = "SELECT import.* FROM persons_import AS import ORDER BY import.id DESC LIMIT %s"
_SAME = """
    SELECT import.* FROM persons_import AS import
    WHERE import.sha256 = %s AND import.kind = %s AND import.id <> %s AND import.state IN ('confirmed', 'done')
    ORDER BY import.id DESC LIMIT 1
"""
_PARTS = "SELECT body FROM persons_importpart WHERE source_id = %s AND place = %s"
_CONFIRM = """
    UPDATE persons_import SET state = 'confirmed', confirmed_by = %s, confirmed_at = %s, areas = %s, is_everywhere = %s
    WHERE id = %s AND state = 'previewed'
"""
_DROP = """
    UPDATE persons_import SET state = 'dropped', ended_at = %s
    WHERE id = %s AND state IN ('received', 'staged', 'previewed')
"""


@dataclass(frozen=True, slots=True)
class Import:
    """One file and how far it has come; `counts` are those of `importing.counted`."""

    id: int
    kind: str
    name: str
    sha256: str
    size: int
    encoding: str
    state: str
    areas: Sequence[int]
    is_everywhere: bool
    sent_by: str
    sent_at: datetime
    confirmed_by: str
    confirmed_at: datetime | None
    ended_at: datetime | None
    columns: Sequence[str]
    last_line: int
    read_line: int
    applied_line: int
    counts: Mapping[str, Any]
    trouble_code: str
    trouble_vi: str
    swept_at: datetime | None

    def __post_init__(self) -> None:
        object.__setattr__(self, "counts", as_document(self.counts))

    @property
    def is_moving(self) -> bool:
        """True while the system works at it."""
        return self.state in MOVING

    @property
    def percent(self) -> int:
        """How much of the present work is done, 0 to 100."""
        done = self.applied_line if self.state == "confirmed" else self.read_line
        return 100 * done // self.last_line if self.last_line else 0

    @property
    def kind_vi(self) -> str:
        """What the file is, in words."""
        return KINDS_VI[self.kind]

    @property
    def state_vi(self) -> str:
        """How it stands, in words."""
        return STATES_VI[self.state]

    @property
    def encoding_vi(self) -> str:
        """The character set, in words."""
        return ENCODINGS_VI[self.encoding]


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as it is sent: what register it is, its name, and in which character set it was written."""

    kind: str
    name: str
    encoding: str = "utf-8"


def receive(sent: Sent, chunks: Callable[[], Iterable[bytes]], *, by: Actor, at: datetime) -> int:
    """Keep the file as it came, to be read by the system; the key of the import. `chunks` is gone through twice.

    Raises Refused (E-FILE-KIND, E-FILE-EMPTY, KIND, ENCODING) and NotAllowed. In little memory.
    """
    _need(by)
    name = sent.name.replace("\\", "/").rpartition("/")[2].strip()[-MOST_NAME:]
    if sent.kind not in KINDS_VI:
        raise Refused("Hãy chọn loại dữ liệu của tệp.", code="KIND", field="loai")
    if sent.encoding not in ENCODINGS_VI:
        raise Refused("Hãy chọn bảng mã của tệp.", code="ENCODING", field="bang-ma")
    if not name.lower().endswith(SUFFIXES):
        raise Refused("Chỉ nhận tệp .xlsx hoặc .csv.", code="E-FILE-KIND", field="file")
    digest, size = hashlib.sha256(), 0
    for chunk in chunks():
        digest.update(chunk)
        size += len(chunk)
    if not size:
        raise Refused(f"Tệp {name} trống.", code="E-FILE-EMPTY", field="file")
    told: dict[str, Any] = {"kind": sent.kind, "sha256": digest.hexdigest(), "size": size}
    with acting(by, at=at), connection.cursor() as cursor:
        everywhere, areas = _reach(by)
        reach: dict[str, Any] = {
            "areas": areas,
            "everywhere": everywhere,
            "encoding": sent.encoding,
            "name": name,
        }
        cursor.execute(_KEEP, {**told, **reach, "by": by.label, "at": at})
        import_id = int(cursor.fetchone()[0])
        for place, piece in enumerate(_pieces(chunks())):
            cursor.execute(_KEEP_PART, [import_id, place, piece])
        trail.record(
            by, "import.received", at=at, subject_kind="import", subject_id=import_id, detail=told
        )
    return import_id


def one(import_id: int, *, by: Actor) -> Import:
    """One import. Raises NotFound for whoever may not act in all of its areas."""
    _need(by)
    with connection.cursor() as cursor:
        cursor.execute(_ONE, [import_id])
        found = rows_as(Import, cursor)
    if not found:
        raise NotFound(GONE_VI)
    return found[0]


def latest(by: Actor, *, limit: int = 50) -> list[Import]:
    """The imports that the actor may see, newest first."""
    _need(by)
    with connection.cursor() as cursor:
        cursor.execute(_LATEST, [limit])
        return rows_as(Import, cursor)


def same_before(found: Import, *, by: Actor) -> Import | None:
    """The newest other import of the very same bytes that was applied; None when there was none."""
    _need(by)
    with connection.cursor() as cursor:
        cursor.execute(_SAME, [found.sha256, found.kind, found.id])
        rows = rows_as(Import, cursor)
    return rows[0] if rows else None


def confirm(import_id: int, *, by: Actor, at: datetime) -> None:
    """Have the system write what the preview told. Raises NotFound, NotAllowed, Conflict (not to be confirmed any more).

    The areas are those of whoever confirms, now.
    """
    _need(by)
    with acting(by, at=at), connection.cursor() as cursor:
        found = one(import_id, by=by)
        everywhere, areas = _reach(by)
        cursor.execute(_CONFIRM, [by.label, at, areas, everywhere, import_id])
        if cursor.rowcount != 1:
            said = f"Tệp này không còn chờ áp dụng ({found.state_vi.lower()})."
            raise Conflict(said, code="IMPORT-STATE")
        trail.record(
            by, "import.confirmed", at=at, subject_kind="import", subject_id=import_id,
            detail=_told(found),
        )  # fmt: skip


def drop(import_id: int, *, by: Actor, at: datetime) -> None:
    """Say that the file shall not be applied. Raises NotFound, NotAllowed, Conflict (it is being applied already)."""
    _need(by)
    with acting(by, at=at), connection.cursor() as cursor:
        one(import_id, by=by)
        cursor.execute(_DROP, [at, import_id])
        if cursor.rowcount != 1:
            raise Conflict("Tệp này đã được áp dụng hoặc đã bỏ.", code="IMPORT-STATE")
        trail.record(by, "import.dropped", at=at, subject_kind="import", subject_id=import_id)


def as_document(value: Any) -> dict[str, Any]:  # noqa: ANN401 - as the cursor gives it
    """A JSON column: a plain cursor hands it out as it is written."""
    document: dict[str, Any] = json.loads(value) if isinstance(value, str) else dict(value)
    return document


def bytes_of(import_id: int) -> Iterator[bytes]:
    """The file as it came, piece by piece."""
    place = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_PARTS, [import_id, place])
            row = cursor.fetchone()
        if row is None:
            return
        yield bytes(row[0])
        place += 1


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    left = bytearray()
    for chunk in chunks:
        left += chunk
        while len(left) >= PART:
            yield bytes(left[:PART])
            del left[:PART]
    if left:
        yield bytes(left)


def _reach(by: Actor) -> tuple[bool, list[int]]:
    if by.kind is ActorKind.SYSTEM:
        return True, []
    with connection.cursor() as cursor:
        cursor.execute(_REACH)
        everywhere, areas = cursor.fetchone()
    return bool(everywhere), [] if everywhere else list(areas)


def _told(found: Import) -> dict[str, object]:
    numbers = {key: value for key, value in found.counts.items() if isinstance(value, int)}
    return {"kind": found.kind, "sha256": found.sha256, **numbers}


def _need(by: Actor) -> None:
    if by.kind is ActorKind.SYSTEM or by.may(Permission.REGISTER_IMPORT):
        return
    raise NotAllowed(
        "Bạn không có quyền nhập dữ liệu từ tệp.", code=str(Permission.REGISTER_IMPORT)
    )
