"""Takes in the ministry's daily statements: each is kept to the byte with its signature, and answered by a receipt.

Nothing that came is lost: what cannot be taken is kept with its code. The reconciliation reads them (`reconciling`).
Public face: `accept`, `import_lines`, `recent`.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any, Final

from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.births import receipts
from lienthong.births.signatures import Signature
from lienthong.births.storing import Via
from lienthong.database.rows import rows_as
from lienthong.database.scope import acting
from lienthong.gateways.justice_message import MAX_BYTES
from lienthong.gateways.justice_statement import FAULTS_VI, Statement, Unread, read
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import NotAllowed

_TAKE = "SELECT * FROM oversight_take_statement(%s::jsonb, %s, %s, %s, %s::bytea[])"
_RECENT = """
    SELECT statement.id, statement.source, statement.day, statement.province_code,
           coalesce(place.name, statement.province_code) AS province_name, statement.version,
           statement.received_at, statement.state, statement.code, statement.field,
           (SELECT coalesce(sum(told.sent_count), 0) FROM oversight_statedcount AS told
            WHERE told.statement_id = statement.id)::integer AS sent_count
    FROM oversight_statement AS statement
    LEFT JOIN LATERAL (
        SELECT division.name FROM catalogues_division AS division
        WHERE division.code = statement.province_code AND division.level = 'province' AND lower(division.valid) <= statement.day
        ORDER BY lower(division.valid) DESC LIMIT 1) AS place ON true
    WHERE (%(province_code)s = '' OR statement.province_code = %(province_code)s)
      AND (%(day)s::date IS NULL OR statement.day = %(day)s)
    ORDER BY statement.id DESC LIMIT %(limit)s
"""
STATES_VI: Final = {
    "taken": "Đang dùng để đối soát",
    "superseded": "Đã có phiên bản mới hơn",
    "refused": "Không dùng được, giữ làm chứng cứ",
}


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one statement. `is_new` is false for bytes that were here before; `receipt` is for the sender."""

    id: int
    state: str
    code: str
    field: str
    is_new: bool
    source: str
    sha256: str
    receipt: bytes

    @property
    def message_vi(self) -> str:
        """Why it was not taken; '' when it was."""
        return FAULTS_VI.get(self.code, "")


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One statement as a page lists it; `day` and `version` are None where they could not be read."""

    id: int
    source: str
    day: date | None
    province_code: str
    province_name: str
    version: int | None
    received_at: datetime
    state: str
    code: str
    field: str
    sent_count: int

    @property
    def state_vi(self) -> str:
        """The state in words."""
        return STATES_VI[self.state]

    @property
    def fault_vi(self) -> str:
        """Why it was not taken; '' when it was."""
        return FAULTS_VI.get(self.code, self.code)


def accept(
    body: bytes, via: Via, *, by: Actor, at: datetime, signature: Signature | None = None
) -> Taken:
    """Keep one statement, taken or not, with the signature of its call; committed on return. One statement of SQL.

    `via.source` is who sends, where the statement does not say. Raises NotAllowed without MESSAGE_SEND.
    """
    if not by.may(Permission.MESSAGE_SEND):
        raise NotAllowed("Tài khoản này không được gửi dữ liệu khai sinh.", code="E-SENDER")
    found = read(body, on=vietnam_date(at))
    if found.source not in {"", via.source} and via.channel == "http":
        found = Unread("E-SENDER", "source", via.source)
    source = via.source if via.channel == "http" else found.source or via.source
    told = {
        "source": source,
        "channel": via.channel,
        "peer": via.peer,
        "correlation_id": str(via.correlation_id),
        "key_id": receipts.current_key_id(at),
        **_signed(signature),
        **(_refused(found) if isinstance(found, Unread) else _content(found)),
    }
    digests = [] if isinstance(found, Unread) else [it.sha256 for it in found.messages]
    packed = signature.sent if signature else None
    known_key = signature.partner.public if signature else None
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_TAKE, [json.dumps(told), body, packed, known_key, digests])
        names = [column.name for column in cursor.description or ()]
        row: dict[str, Any] = dict(zip(names, cursor.fetchone(), strict=True))
    digest = hashlib.sha256(body).digest()
    name = f"BANG-KE-{row['id']}"
    return Taken(
        row["id"],
        row["state"],
        row["code"],
        row["field"],
        row["is_new"],
        source,
        digest.hex(),
        receipts.receipt(name, digest, row["received_at"], row["key_id"]),
    )


def import_lines(
    file: Path | IO[bytes], *, source: str, by: Actor, at: datetime
) -> Iterator[tuple[int, Taken]]:
    """Keep every statement of an NDJSON file, one a line; its number and what became of it. Safe to run again."""
    name = file.name if isinstance(file, Path) else str(getattr(file, "name", ""))
    stream = file.open("rb") if isinstance(file, Path) else file
    with stream:
        number = 0
        while part := stream.readline(MAX_BYTES + 2):
            number += 1
            line = part.removesuffix(b"\n").removesuffix(b"\r")
            while len(part) > MAX_BYTES and not part.endswith(b"\n") and part:
                part = stream.readline(MAX_BYTES + 2)
            if line.strip():
                yield number, accept(line, Via("file", peer=name, source=source), by=by, at=at)


def recent(
    by: Actor, *, province_code: str = "", day: date | None = None, limit: int = 50
) -> list[StatementLine]:
    """Statements in the actor's area, the newest first. One statement."""
    del by  # row-level security reads the actor of the transaction
    with connection.cursor() as cursor:
        cursor.execute(_RECENT, {"province_code": province_code, "day": day, "limit": limit})
        return rows_as(StatementLine, cursor)


def _content(found: Statement) -> dict[str, object]:
    listed: dict[str, int] = {}
    for it in found.messages:
        listed[it.commune_code] = listed.get(it.commune_code, 0) + 1
    return {
        "day": found.day.isoformat(),
        "province_code": found.province_code,
        "version": found.version,
        "counts": [
            {"commune_code": code, "sent": sent, "listed": listed.get(code, 0)}
            for code, sent in found.sent
        ],
        "lines": [[it.commune_code, it.message_id] for it in found.messages],
    }


def _refused(found: Unread) -> dict[str, object]:
    return {"code": found.code, "field": found.field}


def _signed(signature: Signature | None) -> dict[str, object]:
    if signature is None:
        return {"base": "", "signature_input": "", "signature": "", "coding": ""}
    text = signature.text
    return {
        "signer": signature.partner.key_id,
        "base": text.base,
        "signature_input": text.signature_input,
        "signature": text.signature,
        "coding": signature.coding,
    }
