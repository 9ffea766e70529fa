"""The way in for birth messages: what a door or a file hands over is kept, receipted, and told apart from repeats.

Public face: `accept`, `accept_many`, `refuse`, `is_known` (see `storing`), `import_lines`, `report_lines`. Does not
judge: the enrolment's first step does. Not for paper dossiers (`paper`).
"""

import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import IO, Final, NamedTuple

from lienthong.births import queries
from lienthong.births.signatures import Signature
from lienthong.births.storing import (
    HEAD_BYTES,
    Accepted,
    AcceptedBatch,
    Refused,
    Via,
    accept,
    accept_many,
    is_known,
    refuse,
)
from lienthong.gateways.findings import sentence
from lienthong.gateways.justice_message import MAX_BYTES
from lienthong.gateways.justice_reading import has_doctype, is_xml, items_of
from lienthong.kernel import errors
from lienthong.kernel.actor import Actor

__all__ = [
    "Accepted",
    "AcceptedBatch",
    "ImportedBatch",
    "ImportedLine",
    "Refused",
    "Signature",
    "Via",
    "accept",
    "accept_many",
    "import_lines",
    "is_known",
    "refusal_of",
    "refuse",
    "report_lines",
]

BATCH: Final = 2_000
"""Messages a commit: large enough that the commit costs nothing a message, small enough to hold in memory."""
BATCH_BYTES: Final = 16 * 1024 * 1024
_PACKED = (b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf")
_CHUNK = 64 * 1024
_TELLING = frozenset({"H-AREA", "H-AREA-SPLIT", "E-DUP-PERSON"})
"""Waits of a dossier that are findings about its message as well."""
_HOLDING = frozenset({"H-AREA", "H-AREA-SPLIT"})


class ImportedLine(NamedTuple):
    """What became of one message of a line; a line that holds a batch has one for each item, counted from 0."""

    line: int
    item: int | None
    message_id: str
    message_ref: int | None
    outcome: str
    code: str


@dataclass(frozen=True, slots=True)
class ImportedBatch:
    """Some lines of a file, kept and committed, and their one receipt."""

    lines: tuple[ImportedLine, ...]
    receipt: bytes


class _Line(NamedTuple):
    """A line as read: its bytes without the end of line, or, when over-long, only what is needed to refuse it."""

    number: int
    body: bytes
    refused: Refused | None


def import_lines(
    file: Path | str | IO[bytes], *, source: str, by: Actor, at: datetime
) -> Iterator[ImportedBatch]:
    """Keep every line of an NDJSON file, batch by batch, in bounded memory; safe to run again.

    Each batch is committed when it is yielded. `source` names the sender of lines that do not name one. A line
    that holds an array of up to 500 messages is taken apart. Refused lines are logged and come back as such.
    Raises Refused (E-UNPACK) for a packed file, NotAllowed without MESSAGE_SEND.
    """
    with _opened(file) as stream:
        head = stream.peek(8)[:8]
        if head.startswith(_PACKED):
            message = "Tệp đang ở dạng nén. Đề nghị giải nén rồi nhập lại tệp văn bản."
            raise errors.Refused(message, code="E-UNPACK")
        via = Via("file", peer=_name_of(file), source=source)
        for lines in _in_batches(_lines(stream)):
            yield _import_batch(lines, via, by=by, at=at)


def report_lines(lines: Iterable[ImportedLine], *, by: Actor) -> Iterator[dict[str, object]]:
    """One report line per input line (contracts §3), in order, as judged by now; run the steps first.

    A line that held a batch is `accepted` when all its items are, else `quarantined` with E-ITEM; its items follow
    under `items`.
    """
    for chunk in _chunks(lines, BATCH):
        judged = _judged([line.message_ref for line in chunk if line.message_ref], by)
        for number, group in groupby(chunk, key=lambda line: line.line):
            told = [_told(line, judged) for line in group]
            yield told[0] if "item" not in told[0] else _of_items(number, told)


def refusal_of(body: bytes) -> str:
    """The code for which a body is refused before acceptance; empty when it is to be kept."""
    if not body.strip():
        return "E-EMPTY"
    if len(body) > MAX_BYTES:
        return "E-SIZE"
    if body.startswith(_PACKED):
        return "E-UNPACK"
    return "E-DTD" if is_xml(body) and has_doctype(body) else ""


def _import_batch(lines: Sequence[_Line], via: Via, *, by: Actor, at: datetime) -> ImportedBatch:
    bodies: list[bytes] = []
    places: list[tuple[int, int | None]] = []
    refused: list[ImportedLine] = []
    for line in lines:
        if line.refused is not None:
            refused.append(ImportedLine(line.number, None, "", None, "refused", line.refused.code))
            continue
        items = items_of(line.body)
        for item, body in enumerate(items or [line.body]):
            bodies.append(body)
            places.append((line.number, item if items else None))
    refuse([line.refused for line in lines if line.refused is not None], via, by=by, at=at)
    batch = accept_many(bodies, via, by=by, at=at)
    kept = [
        ImportedLine(
            *place,
            stored.message_id,
            stored.message_ref,
            stored.outcome,
            _CODES.get(stored.outcome, ""),
        )
        for place, stored in zip(places, batch.messages, strict=True)
    ]
    ordered = sorted((*kept, *refused), key=lambda line: (line.line, line.item or 0))
    return ImportedBatch(tuple(ordered), batch.receipt)


_CODES = {"conflict": "E-ID-CONFLICT"}


class _Verdict(NamedTuple):
    outcome: str
    code: str
    field: str


def _judged(refs: Sequence[int], by: Actor) -> dict[int, _Verdict]:
    """The verdict on each message; the first warning stands in for the code of an accepted one."""
    told = queries.outcomes(by, refs) if refs else {}
    return {ref: _verdict(outcome) for ref, outcome in told.items()}


def _verdict(told: queries.Outcome) -> _Verdict:
    outcome = {"pending": "accepted"}.get(told.outcome, told.outcome)
    waits = told.reason if told.reason in _TELLING else ""
    if outcome == "accepted" and waits in _HOLDING:
        outcome = "held"
    return _Verdict(outcome, told.code or waits or next(iter(told.warnings), ""), told.field)


def _told(line: ImportedLine, judged: dict[int, _Verdict]) -> dict[str, object]:
    outcome, code, field = (
        line.outcome,
        line.code,
        "message_id" if line.code == "E-ID-CONFLICT" else "",
    )
    if outcome == "stored":
        outcome, code, field = judged.get(line.message_ref or 0, _Verdict("accepted", "", ""))
    told: dict[str, object] = {
        "line": line.line,
        "message_id": line.message_id or None,
        "outcome": outcome,
        "code": code or None,
        "field": field or None,
        "message_vi": sentence(code) or None,
    }
    return told if line.item is None else {"item": line.item, **told}


def _of_items(number: int, told: list[dict[str, object]]) -> dict[str, object]:
    bad = [one["item"] for one in told if one["outcome"] not in ("accepted", "duplicate")]
    code = "E-ITEM" if bad else None
    return {
        "line": number,
        "message_id": None,
        "outcome": "quarantined" if bad else "accepted",
        "code": code,
        "field": f"[{bad[0]}]" if bad else None,
        "message_vi": sentence("E-ITEM") if bad else None,
        "items": told,
    }


def _lines(stream: io.BufferedReader) -> Iterator[_Line]:
    number = 0
    while part := stream.readline(MAX_BYTES + 2):
        number += 1
        body = part.removesuffix(b"\n").removesuffix(b"\r")
        if len(body) > MAX_BYTES:
            yield _Line(number, b"", _skip_rest(part, stream))
            continue
        code = refusal_of(body)
        if code:
            digest = hashlib.sha256(body).digest()
            yield _Line(number, b"", Refused(code, len(body), digest, body[:HEAD_BYTES]))
        else:
            yield _Line(number, body, None)


def _skip_rest(start: bytes, stream: io.BufferedReader) -> Refused:
    """Read past an over-long line in small pieces, keeping its size, digest and head."""
    digest, size, part = hashlib.sha256(), 0, start
    while part:
        digest.update(part.removesuffix(b"\n"))
        size += len(part)
        if part.endswith(b"\n"):
            break
        part = stream.readline(_CHUNK)
    return Refused("E-SIZE", size, digest.digest(), start[:HEAD_BYTES])


def _in_batches(lines: Iterator[_Line]) -> Iterator[list[_Line]]:
    batch: list[_Line] = []
    size = 0
    for line in lines:
        batch.append(line)
        size += len(line.body)
        if len(batch) >= BATCH or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _chunks(lines: Iterable[ImportedLine], size: int) -> Iterator[list[ImportedLine]]:
    """Runs of about `size`, never parting the items of one line."""
    chunk: list[ImportedLine] = []
    for line in lines:
        if len(chunk) >= size and chunk[-1].line != line.line:
            yield chunk
            chunk = []
        chunk.append(line)
    if chunk:
        yield chunk


def _opened(file: Path | str | IO[bytes]) -> io.BufferedReader:
    if isinstance(file, Path | str):
        return Path(file).open("rb")
    return file if isinstance(file, io.BufferedReader) else io.BufferedReader(file)  # type: ignore[arg-type]


def _name_of(file: Path | str | IO[bytes]) -> str:
    return Path(file).name if isinstance(file, Path | str) else str(getattr(file, "name", ""))
