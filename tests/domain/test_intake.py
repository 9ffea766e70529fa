"""What is kept of what arrives: each message once, byte for byte, with the same receipt for ever."""

import base64
import hashlib
import io
import json
import threading
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, connections, transaction

from lienthong.accounts.permissions import every_permission
from lienthong.births import intake
from lienthong.births.intake import Via
from lienthong.gateways.keyring import Purpose
from lienthong.kernel.actor import Actor, ActorKind, system_actor
from lienthong.kernel.errors import NotAllowed, Refused
from tests.conftest import BecomeWeb
from tests.gateways.samples import AT, body, document

BY = system_actor(every_permission())
FILE = Via("file", peer="births.ndjson")


def _rows(statement: str, *values: object) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
        return list(cursor.fetchall())


def _accept(raw: bytes, at: datetime = AT, via: Via = FILE) -> intake.Accepted:
    return intake.accept(raw, via, by=BY, at=at)


def _import(raw: bytes, source: str = "BTP") -> list[intake.ImportedLine]:
    batches = intake.import_lines(io.BytesIO(raw), source=source, by=BY, at=AT)
    return [line for batch in batches for line in batch.lines]


def _receipt_is_ours(raw: bytes, name: str = "receipt") -> dict[str, Any]:
    told: dict[str, Any] = json.loads(raw)[name]
    signed = {field: value for field, value in told.items() if field != "signature"}
    text = json.dumps(signed, separators=(",", ":"), ensure_ascii=False).encode()
    assert settings.KEYRING.verify(
        Purpose.RECEIPT, told["key_id"], text, base64.b64decode(told["signature"])
    )
    return told


def test_a_message_is_kept_byte_for_byte_and_receipted(db: None) -> None:
    raw = body() + b"  "
    accepted = _accept(raw)
    assert accepted.outcome == "stored"
    kept = _rows(
        "SELECT body, body_sha256, state, channel, received_at FROM births_message WHERE id = %s",
        accepted.message_ref,
    )
    assert (bytes(kept[0][0]), bytes(kept[0][1])) == (raw, hashlib.sha256(raw).digest())
    assert kept[0][2:] == ("pending", "file", AT)
    told = _receipt_is_ours(accepted.receipt)
    assert (told["message_id"], told["sha256"]) == (
        "LTKS-2026-0000001",
        hashlib.sha256(raw).hexdigest(),
    )
    assert datetime.fromisoformat(told["received_at"]) == AT


@pytest.mark.parametrize(
    "later", [timedelta(seconds=1), timedelta(days=400)], ids=["E-039", "E-040"]
)
def test_the_same_again_gets_the_same_receipt_to_the_byte(db: None, later: timedelta) -> None:
    first, second = _accept(body()), _accept(body(), AT + later)
    assert (second.outcome, second.receipt) == ("duplicate", first.receipt)
    assert _rows("SELECT count(*) FROM births_message") == [(1,)]
    assert _rows("SELECT outcome FROM births_delivery ORDER BY id") == [("stored",), ("duplicate",)]


@pytest.mark.parametrize(
    ("other", "equivalent"),
    [
        (json.dumps(document(), indent=1).encode(), True),
        (body(nksHoTen="LÊ VĂN TÁM"), False),
        (body()[:-40], False),
    ],
    ids=["E-041", "E-042", "broken"],
)
def test_other_bytes_under_a_known_id_are_kept_aside(
    db: None, other: bytes, equivalent: bool
) -> None:
    first, second, third = _accept(body()), _accept(other), _accept(other)
    for conflict in (second, third):
        assert (conflict.outcome, conflict.equivalent, conflict.receipt) == (
            "conflict",
            equivalent,
            b"",
        )
        assert (conflict.sha256, conflict.kept_sha256) == (
            hashlib.sha256(other).hexdigest(),
            first.sha256,
        )
    assert [bytes(row[0]) for row in _rows("SELECT body FROM births_message")] == [body()]
    assert [
        (bytes(row[0]), row[1]) for row in _rows("SELECT body, equivalent FROM births_conflict")
    ] == [(other, equivalent)]
    assert (
        _rows("SELECT outcome, code FROM births_delivery ORDER BY id")[1:]
        == [("conflict", "E-ID-CONFLICT")] * 2
    )


def test_e_043_sixteen_copies_at_once_are_one_message(committed_db: object) -> None:
    barrier, told = threading.Barrier(16), Counter[str]()
    receipts: set[bytes] = set()

    def one() -> None:
        barrier.wait()
        accepted = _accept(body())
        told[accepted.outcome] += 1
        receipts.add(accepted.receipt)
        connections.close_all()

    threads = [threading.Thread(target=one) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == {"stored": 1, "duplicate": 15}
    assert len(receipts) == 1


def test_e_044_a_message_without_a_usable_id_is_kept_under_one_of_ours(db: None) -> None:
    raw = body({"message_id": "../etc"})
    first, again = _accept(raw), _accept(raw)
    assert first.message_id == "KHONG-MA-" + hashlib.sha256(raw).hexdigest()[:24].upper()
    assert (again.outcome, again.message_ref) == ("duplicate", first.message_ref)


@pytest.mark.parametrize(
    ("one", "two"), [("Ma-1", "MA-1"), ("Mã-1", "Ma\u0303-1"), ("ab-1", "aB-1")]
)
@pytest.mark.parametrize("together", [False, True])
def test_e_045_ids_that_look_alike_are_two_messages_with_a_warning(
    db: None, one: str, two: str, together: bool
) -> None:
    raws = [body({"message_id": one}), body({"message_id": two})]
    if together:
        intake.accept_many(raws, FILE, by=BY, at=AT)
    else:
        for raw in raws:
            _accept(raw)
    kept = dict(_rows("SELECT message_id, warnings FROM births_message"))
    assert kept == {one: [], two: ["W-MSGID-SIMILAR"]}


def test_e_047_two_sources_may_use_one_id(db: None) -> None:
    told = [_accept(body({"source": source})).outcome for source in ("BTP", "BCA")]
    assert told == ["stored", "stored"]


def test_a_message_without_a_source_belongs_to_the_door_it_came_through(db: None) -> None:
    raw = json.dumps(
        {name: value for name, value in document().items() if name != "source"}
    ).encode()
    assert _accept(raw, via=Via("http", source="XYZ")).source == "XYZ"


def test_the_door_may_keep_a_message_and_never_read_it(db: None, as_web_role: BecomeWeb) -> None:
    with as_web_role():
        outcomes = [_accept(raw).outcome for raw in (body(), body(), body(nksHoTen="LÊ VĂN TÁM"))]
        refused = intake.Refused("E-DTD", 3, b"\0" * 32, b"<!D")
        intake.refuse([refused], FILE, by=BY, at=AT)
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            _rows("SELECT body FROM births_message")
    assert outcomes == ["stored", "duplicate", "conflict"]


def test_who_may_not_send_keeps_nothing(db: None) -> None:
    officer = Actor("a", ActorKind.OFFICER, frozenset(), person_key=1)
    for attempt in (
        lambda: intake.accept(body(), FILE, by=officer, at=AT),
        lambda: intake.accept_many([body()], FILE, by=officer, at=AT),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    assert _rows("SELECT count(*) FROM births_message") == [(0,)]


def _stream(count: int) -> list[bytes]:
    return [body({"message_id": f"M-{number:05}"}, soDangKy=str(number)) for number in range(count)]


def test_a_file_loses_nothing_however_mixed_and_a_second_run_changes_nothing(db: None) -> None:
    good = _stream(40)
    lines = [
        *good,
        good[3],
        body({"message_id": "M-00004"}),
        b"",
        b"x" * 50,
        b"<!DOCTYPE a>",
        good[5] + b"\r",
        b"{" * 9,
    ]
    lines.append(b'{"message_id": "M-BIG", "x": "' + b"y" * 3_000_000 + b'"}')
    raw = b"\n".join(lines)
    told = _import(raw)
    assert [line.line for line in told] == list(range(1, len(lines) + 1))
    expected = ["stored"] * 40 + [
        "duplicate",
        "conflict",
        "refused",
        "stored",
        "refused",
        "duplicate",
        "stored",
        "refused",
    ]
    assert [line.outcome for line in told] == expected
    assert [line.code for line in told if line.outcome == "refused"] == [
        "E-EMPTY",
        "E-DTD",
        "E-SIZE",
    ]
    kept = {bytes(row[0]) for row in _rows("SELECT body FROM births_message")}
    assert kept == {*good, b"x" * 50, b"{" * 9}
    logged = Counter(row[0] for row in _rows("SELECT outcome FROM births_delivery"))
    assert logged == Counter(expected)
    big = _rows(
        "SELECT size, sha256, octet_length(head) FROM births_delivery WHERE code = 'E-SIZE'"
    )[0]
    assert (big[0], bytes(big[1]), big[2]) == (
        len(lines[-1]),
        hashlib.sha256(lines[-1]).digest(),
        64 * 1024,
    )
    shuffled = b"\n".join([*reversed(lines), *lines])
    assert "stored" not in {line.outcome for line in _import(shuffled)}
    assert _rows("SELECT count(*) FROM births_message") == [(42,)]
    assert _rows("SELECT count(*) FROM births_conflict") == [(1,)]


def test_each_batch_of_a_file_has_one_receipt_over_its_digests(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "BATCH", 10)
    raws = _stream(25)
    batches = list(intake.import_lines(io.BytesIO(b"\n".join(raws)), source="BTP", by=BY, at=AT))
    assert [len(batch.lines) for batch in batches] == [10, 10, 5]
    told = _receipt_is_ours(batches[0].receipt, "batch")
    digests = b"".join(hashlib.sha256(raw).digest() for raw in raws[:10])
    assert (told["count"], told["sha256"]) == (10, hashlib.sha256(digests).hexdigest())


def test_a_batch_costs_few_statements_however_large(
    db: None, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(8):
        intake.accept_many(_stream(500), FILE, by=BY, at=AT)


def test_a_packed_file_is_refused_whole(db: None, tmp_path: Path) -> None:
    packed = tmp_path / "births.gz"
    packed.write_bytes(b"\x1f\x8b\x08" + b"\x00" * 50)
    with pytest.raises(Refused) as error:
        list(intake.import_lines(packed, source="BTP", by=BY, at=AT))
    assert error.value.code == "E-UNPACK"


def test_an_array_on_a_line_is_taken_apart_byte_for_byte(db: None) -> None:
    items = _stream(3)
    told = _import(b"[" + b", ".join(items) + b"]\n" + body({"message_id": "LAST"}))
    assert [(line.line, line.item, line.outcome) for line in told] == [
        (1, 0, "stored"),
        (1, 1, "stored"),
        (1, 2, "stored"),
        (2, None, "stored"),
    ]
    assert {bytes(row[0]) for row in _rows("SELECT body FROM births_message")} == {
        *items,
        body({"message_id": "LAST"}),
    }


def test_an_array_of_more_than_500_is_kept_as_one_message(db: None) -> None:
    told = _import(b"[" + b",".join([b"{}"] * 501) + b"]")
    assert [(line.item, line.outcome) for line in told] == [(None, "stored")]


def test_a_batch_takes_its_locks_in_the_order_of_the_keys(db: None) -> None:
    intake.accept_many(_stream(30)[::-1], FILE, by=BY, at=AT)
    kept = [row[0] for row in _rows("SELECT message_id FROM births_message ORDER BY id")]
    assert kept == sorted(kept)


def test_two_files_that_share_messages_never_block_each_other(committed_db: object) -> None:
    raws = _stream(300)
    outcomes: list[str] = []
    barrier = threading.Barrier(2)

    def load(order: list[bytes]) -> None:
        barrier.wait()
        outcomes.extend(line.outcome for line in _import(b"\n".join(order)))
        connections.close_all()

    threads = [threading.Thread(target=load, args=(order,)) for order in (raws, raws[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(outcomes) == {"stored": 300, "duplicate": 300}


def test_the_memory_of_a_long_file_stays_that_of_a_batch(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    largest = 0
    real = intake.accept_many

    def watched(bodies: list[bytes], *rest: Any, **named: Any) -> intake.AcceptedBatch:
        nonlocal largest
        largest = max(largest, sum(map(len, bodies)))
        return real(bodies, *rest, **named)

    monkeypatch.setattr(intake, "accept_many", watched)
    monkeypatch.setattr(intake, "BATCH_BYTES", 1_000_000)
    filler = "y" * 300_000
    raws = [body({"message_id": f"B-{number}"}, ghiChu=filler) for number in range(12)]
    _import(b"\n".join(raws))
    assert largest < 1_400_000
    assert _rows("SELECT count(*) FROM births_message") == [(12,)]
