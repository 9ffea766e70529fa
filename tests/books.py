"""Books for tests: the ministry's statements, a day reconciled, and what came of it."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from lienthong.births.storing import Via
from lienthong.oversight import reconciling, statements
from lienthong.oversight.statements import Taken
from tests import births
from tests.births import AT, ON
from tests.officers import SYSTEM

NEXT_MORNING = AT.replace(hour=8) + timedelta(days=1)
"""Before noon of the day after: a statement may still come."""
NEXT_EVENING = AT.replace(hour=20) + timedelta(days=1)
LONG_AFTER = AT + timedelta(days=9)


def digest(content: Mapping[str, Any] | bytes) -> str:
    """The digest of a message as sent, in hex."""
    body = content if isinstance(content, bytes) else births.body(dict(content))
    return hashlib.sha256(body).hexdigest()


def line(content: Mapping[str, Any], *, sha256: str = "") -> tuple[str, str, str]:
    """Commune, id and digest of a message as a statement lists it."""
    return (
        content["data"]["ndkksMaXa"],
        content["message_id"],
        sha256 or digest(content),
    )


def statement(
    lines: Iterable[tuple[str, str, str]],
    *,
    day: date = ON,
    province: str = "01",
    version: int = 1,
    said: Mapping[str, int] | None = None,
) -> bytes:
    """A statement of these messages; `said` are counts that its list does not bear out."""
    listed: dict[str, list[dict[str, str]]] = {code: [] for code in said or {}}
    for commune, message_id, sha256 in lines:
        listed.setdefault(commune, []).append({"message_id": message_id, "sha256": sha256})
    communes = [
        {
            "commune_code": code,
            "sent": (said or {}).get(code, len(messages)),
            "messages": messages,
        }
        for code, messages in sorted(listed.items())
    ]
    document = {
        "schema": 1,
        "kind": "statement",
        "source": "BTP",
        "day": day.isoformat(),
        "province_code": province,
        "version": version,
        "communes": communes,
    }
    return json.dumps(document, separators=(",", ":")).encode()


def state(body: bytes, *, at: datetime = NEXT_MORNING) -> Taken:
    """Hand a statement in, as a file would."""
    return statements.accept(body, Via("file", peer="thử"), by=SYSTEM, at=at)


def reconcile(
    day: date = ON, *, at: datetime = NEXT_EVENING
) -> dict[str, set[tuple[str, str, str]]]:
    """Reconcile a day; its open differences by message id: book, reason, code."""
    assert reconciling.reconcile_day(day, by=SYSTEM, at=at)
    return differences(day)


def differences(day: date = ON) -> dict[str, set[tuple[str, str, str]]]:
    """The open differences of a day by message id: book, reason, code."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT message_id, book, reason, code FROM oversight_difference WHERE day = %s AND closed_at IS NULL",
            [day],
        )
        found: dict[str, set[tuple[str, str, str]]] = {}
        for message_id, *rest in cursor.fetchall():
            found.setdefault(message_id, set()).add((rest[0], rest[1], rest[2]))
    return found


def book(commune: str = births.BA_DINH, day: date = ON) -> dict[str, int]:
    """The open book of a commune and day, its counts that are not 0."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM oversight_book WHERE day = %s AND commune_code = %s AND until IS NULL",
            [day, commune],
        )
        names = [column.name for column in cursor.description or ()]
        (row,) = cursor.fetchall()
    told = dict(zip(names, row, strict=True))
    return {
        name.removesuffix("_count"): count
        for name, count in told.items()
        if name.endswith("_count") and count
    }
