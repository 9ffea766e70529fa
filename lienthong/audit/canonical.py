"""Reads the bytes of a sealed entry (`chain.CANONICAL`) back into its fields, without a database. Pure.

PostgreSQL's binary form of a row: the count of columns, then of each its type, its length (-1: null) and its bytes.
"""

import json
import struct
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lienthong.audit.chain import SQL_EPOCH

_COLUMNS = 14
_JSONB_VERSION = 1
_ARRAY_HEAD, _ARRAY_WITH_BOUNDS = 12, 20


@dataclass(frozen=True, slots=True)
class SealedEntry:
    """One entry of the log as it was sealed."""

    id: int
    at: datetime
    decided_at: datetime | None
    by: str
    action: str
    subject_kind: str
    subject_id: int | None
    purpose: str
    fields: tuple[str, ...]
    detail: dict[str, Any]
    digest: bytes | None


def entry_of(canonical: bytes) -> SealedEntry:
    """The entry of these bytes. Raises ValueError for any that are not the bytes of one entry."""
    try:
        columns = _columns(canonical)
        (
            id_,
            at,
            decided_at,
            _,
            by,
            _,
            action,
            kind,
            subject_id,
            purpose,
            fields,
            _,
            detail,
            digest,
        ) = columns
        if id_ is None or at is None:
            raise ValueError
        return SealedEntry(
            _number(id_),
            _instant(at),
            None if decided_at is None else _instant(decided_at),
            _text(by),
            _text(action),
            _text(kind),
            None if subject_id is None else _number(subject_id),
            _text(purpose),
            _texts(fields),
            _object(detail),
            digest,
        )
    except (struct.error, IndexError, UnicodeDecodeError, TypeError, OverflowError) as error:
        msg = "not the bytes of an entry"
        raise ValueError(msg) from error


def _columns(canonical: bytes) -> list[bytes | None]:
    (count,) = struct.unpack_from(">i", canonical)
    if count != _COLUMNS:
        raise ValueError
    place, found = 4, []
    for _ in range(count):
        _, length = struct.unpack_from(">Ii", canonical, place)
        place += 8
        if length > len(canonical) - place:
            raise ValueError
        found.append(None if length < 0 else canonical[place : place + length])
        place += max(length, 0)
    if place != len(canonical):
        raise ValueError
    return found


def _number(raw: bytes) -> int:
    return int.from_bytes(raw, "big", signed=True)


def _instant(raw: bytes) -> datetime:
    return SQL_EPOCH + timedelta(microseconds=_number(raw))


def _text(raw: bytes | None) -> str:
    return "" if raw is None else raw.decode()


def _texts(raw: bytes | None) -> tuple[str, ...]:
    if raw is None:
        return ()
    dimensions, _, _ = struct.unpack_from(">iiI", raw)
    if dimensions == 0:
        return ()
    (count,) = struct.unpack_from(">i", raw, _ARRAY_HEAD)
    place, found = _ARRAY_WITH_BOUNDS, []
    for _ in range(count):
        (length,) = struct.unpack_from(">i", raw, place)
        found.append(raw[place + 4 : place + 4 + length].decode())
        place += 4 + length
    return tuple(found)


def _object(raw: bytes | None) -> dict[str, Any]:
    if raw is None or raw[0] != _JSONB_VERSION:
        raise ValueError
    return dict(json.loads(raw[1:]))
