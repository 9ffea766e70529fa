"""Files that an officer uploads on screen: kept first, looked at, then applied by a second click.

The bytes stay as evidence of what was sent. Only the sender reads them: row-level security.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import connection

from lienthong.catalogues import loading, unit_file
from lienthong.catalogues.differences import Difference
from lienthong.catalogues.sheets import SentFile
from lienthong.database.rows import rows_as
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import Conflict, NotFound, Refused

UNITS = "units"
MOST_BYTES = 8 * 1024 * 1024
_SUFFIXES = (".xlsx", ".csv")
_READERS = {UNITS: unit_file.read}
_KEEP = """
    INSERT INTO catalogues_upload (kind, name, body, sha256, officer_id, at)
    VALUES (%s, %s, %s, %s, %s, %s) RETURNING id
"""
_ONE = """
    SELECT id, name, body, sha256, at, applied_at FROM catalogues_upload WHERE id = %s AND kind = %s
"""
_APPLIED = "UPDATE catalogues_upload SET applied_at = %s WHERE id = %s AND applied_at IS NULL"


@dataclass(frozen=True, slots=True)
class Upload:
    """One uploaded file; `applied_at` is None until it was applied."""

    id: int
    name: str
    body: bytes
    sha256: str
    at: datetime
    applied_at: datetime | None


def keep(kind: str, file: SentFile, *, by: Actor, at: datetime) -> int:
    """Keep the file as it came; its key. Raises Refused (E-FILE…, E-COLUMNS) when it cannot be read or is too large."""
    if not file.name.lower().endswith(_SUFFIXES):
        raise Refused("Chỉ nhận tệp .xlsx hoặc .csv.", code="E-FILE-KIND", field="file")
    if len(file.body) > MOST_BYTES:
        raise Refused("Tệp lớn hơn 8 MB. Hãy chia nhỏ tệp.", code="E-FILE-SIZE", field="file")
    _READERS[kind](file)
    digest = hashlib.sha256(file.body).hexdigest()
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_KEEP, [kind, file.name[-200:], file.body, digest, by.account_id, at])
        return int(cursor.fetchone()[0])


def one(by: Actor, upload_id: int, *, kind: str) -> Upload:
    """The sender's own file. Raises NotFound for any other."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_ONE, [upload_id, kind])
        found = rows_as(Upload, cursor)
    if not found:
        raise NotFound("Không có tệp này.")
    return replace(found[0], body=bytes(found[0].body))


def preview_units(upload: Upload, *, by: Actor, at: datetime) -> Difference:
    """What the file would change; nothing is written. Raises Refused when it cannot be read."""
    return loading.import_units(SentFile(upload.name, upload.body), by=by, at=at, dry_run=True)


def apply_units(upload_id: int, *, by: Actor, at: datetime) -> Difference:
    """Apply the file once. Raises Conflict when it was applied before, NotFound and Refused as above."""
    with acting(by, at=at), connection.cursor() as cursor:
        upload = one(by, upload_id, kind=UNITS)
        cursor.execute(_APPLIED, [at, upload_id])
        if cursor.rowcount != 1:
            raise Conflict("Tệp này đã được áp dụng.")
        return loading.import_units(SentFile(upload.name, upload.body), by=by, at=at)
