"""The arithmetic of the sealed log: what is hashed, in which order, and what a checkpoint signs.

Pure bytes, no database. The bytes of an entry are PostgreSQL's binary form of its row: every column with its
type and length, so that no two different rows have the same bytes and no session setting changes them.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from psycopg import sql

GENESIS = bytes(32)
"""The root before the first leaf."""
CANONICAL = sql.SQL(
    "record_send(ROW(entry.id, entry.at, entry.decided_at, entry.xact, entry.by, entry.account_id,"
    " entry.action, entry.subject_kind, entry.subject_id, entry.purpose, entry.fields,"
    " entry.request_id, entry.detail, entry.digest))"
)
"""The bytes of one `audit_entry AS entry`. A new column needs a new form, never a change of this one."""

_LEAF, _NODE, _STAMP = b"\x00", b"\x01", b"\x02"
SQL_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def leaf_of(canonical: bytes) -> bytes:
    """The leaf of an entry's bytes: SHA-256 with the leaf prefix."""
    return sha256(_LEAF + canonical).digest()


def extended(root: bytes, leaves: Iterable[bytes]) -> bytes:
    """The root after these leaves, in order."""
    for leaf in leaves:
        root = sha256(_NODE + root + leaf).digest()
    return root


def stamped(root: bytes, at: datetime) -> bytes:
    """The root of a checkpoint: the leaves' root bound to the instant of sealing."""
    return sha256(_STAMP + root + micros(at).to_bytes(8, "big", signed=True)).digest()


def micros(at: datetime) -> int:
    """Microseconds since 2000-01-01 UTC, as PostgreSQL keeps an instant."""
    return (at - SQL_EPOCH) // _MICROSECOND


def statement_of(size: int, root: bytes) -> bytes:
    """The bytes a checkpoint signs."""
    return f"lienthong-audit\n{size}\n{root.hex()}\n".encode()
