"""`lienthong births import` over good and bad lines: a report line each, books that balance, a repeat that changes nothing."""

import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.db import connection, connections
from psycopg import sql

from lienthong.database import server
from tests import births, postgres
from tests.births import column, message, rows
from tests.console import Console
from tests.domain.bad_input_cases import CASES
from tests.gateways.samples import ON

pytestmark = [pytest.mark.server, pytest.mark.timeout(240)]
KEYS = ["line", "message_id", "outcome", "code", "field", "message_vi"]
"""Contracts §3, in that order."""
GOOD = 25
REFUSED_AS_A_LINE = {"E-EMPTY", "E-UNPACK", "E-DTD"}
"""What is turned away by its bytes; the other refusals need a header or a connection."""
CONTENT = (
    "births_message",
    "births_conflict",
    "births_registration",
    "births_birth",
    "dossiers_dossier",
    "dossiers_event",
    "dossiers_task",
    "persons_person",
    "persons_number",
    "collection_entry",
    "cards_card",
    "database_outbox",
)
DIGEST = sql.SQL("SELECT md5(string_agg(it::text, '|' ORDER BY it::text)) FROM {} AS it")


class Line(NamedTuple):
    """One line of a file, and what the report must say of it."""

    body: bytes
    outcome: str
    code: str | None


@pytest.fixture
def run(home: Path, django_db_blocker: Any) -> Iterator[Console]:
    """The console over an installation with two declared communes; the test reads its database."""
    console = Console(home)
    with ExitStack() as stack:
        owner = stack.enter_context(server.running("", home))
        console.json("setup")
        stack.enter_context(django_db_blocker.unblock())
        stack.enter_context(postgres.django_on(owner))
        stack.callback(connections.close_all)
        births.small_country()
        yield console


def _good() -> list[Line]:
    return [Line(births.body(_child(n)), "accepted", None) for n in range(1, GOOD + 1)]


def _child(number: int, **changes: Any) -> dict[str, Any]:
    return message(number, soDinhDanh=f"001226{number:06}", **changes)


def _bad() -> list[Line]:
    """Every input of the table that a file's line can be and whose bytes alone decide, each under its own id."""
    lines = []
    for case in CASES:
        is_line = case.level == "judge" or case.code in REFUSED_AS_A_LINE
        if case.on != ON or case.outcome == "accepted" or not is_line:
            continue
        for number, body in enumerate(case.bodies):
            name = f"E-{case.row}-{number}".encode()
            own = body.replace(b"LTKS-2026-0000001", name)
            own = own.replace(b'"soDangKy": "123"', b'"soDangKy": "%s"' % name)
            if b"\n" not in own:
                lines.append(Line(own, case.outcome, case.code))
    return lines


def _conflicts() -> list[Line]:
    """Another content under the id of a good line, and the same one once more."""
    other = births.body(_child(1, nksHoTen="LÊ THỊ KHÁC"))
    return [
        Line(other, "conflict", "E-ID-CONFLICT"),
        Line(births.body(_child(2)), "duplicate", None),
    ]


def _file(path: Path, bodies: Sequence[bytes]) -> Path:
    path.write_bytes(b"".join(body + b"\n" for body in bodies))
    return path


def _import(run: Console, bodies: Sequence[bytes], folder: Path) -> list[dict[str, Any]]:
    """The report, after its figures were found to agree with what the command says and with the file."""
    file, out = _file(folder / "in.ndjson", bodies), folder / "out.ndjson"
    said = run("births", "import", file, "--report", out, "--json")
    assert said.code == 0, said.told
    report = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [line["line"] for line in report] == list(range(1, len(bodies) + 1))
    counts = Counter(line["outcome"] for line in report)
    assert said.document == {"lines": len(bodies), "by_outcome": dict(counts)}
    for line in report:
        assert list(line) == KEYS
        assert (line["code"] is None) == (line["message_vi"] is None)
    return report


def _content() -> dict[str, Any]:
    digests = {}
    with connection.cursor() as cursor:
        for table in CONTENT:
            cursor.execute(DIGEST.format(sql.Identifier(table)))
            digests[table] = cursor.fetchone()[0]
    return digests


def test_a_mixed_file_is_reported_line_by_line_and_a_repeat_changes_nothing(
    run: Console, tmp_path: Path
) -> None:
    # The conflict and the repeat come last: the first content under an id is the one that stands.
    bad = _bad()
    lines = [*_good(), *bad]
    random.Random(7).shuffle(lines)
    # A file that opens with packed bytes is refused whole (E-UNPACK).
    lines.sort(key=lambda line: line.body.startswith(b"PK"))
    lines += _conflicts()
    assert {line.outcome for line in bad} == {"quarantined", "held", "not_entitled", "refused"}

    report = _import(run, [line.body for line in lines], tmp_path)
    told = [(line["outcome"], line["code"]) for line in report]
    astray = [
        (line.body[:80], wanted, found)
        for line, found in zip(lines, told, strict=True)
        if found != (wanted := (line.outcome, line.code))
    ]
    assert not astray
    _check_books(Counter(line.outcome for line in lines))

    before = _content()
    again = [line.body for line in lines] * 2
    random.Random(8).shuffle(again)
    again.sort(key=lambda body: body.startswith(b"PK"))
    repeated = Counter(line["outcome"] for line in _import(run, again, tmp_path))
    counts = Counter(line.outcome for line in lines)
    assert repeated == {
        "refused": 2 * counts["refused"],
        "conflict": 2,
        "duplicate": 2 * (len(lines) - counts["refused"] - 1),
    }
    assert _content() == before
    _check_trace(run)
    assert run("verify").out == ""


def _check_books(counts: Counter[str]) -> None:
    """INV-04: as many rows in each state as lines with that outcome; refused ones leave a line in the log alone."""
    kept = dict(rows("SELECT births_outcome(state, code), count(*) FROM births_message GROUP BY 1"))
    turned_away = ("refused", "duplicate", "conflict")
    assert kept == {name: n for name, n in counts.items() if name not in turned_away}
    delivered = dict(rows("SELECT outcome, count(*) FROM births_delivery GROUP BY 1"))
    assert delivered == {
        "stored": sum(kept.values()),
        **{name: counts[name] for name in turned_away},
    }
    assert column("SELECT count(*) FROM cards_card WHERE status = 'requested'") == [GOOD]


def _check_trace(run: Console) -> None:
    trace = run.json("births", "trace", "LTKS-2026-0000001")
    assert trace["outcome"] == "accepted"
    assert trace["dossier"]["state"] == "APPROVAL_REQUESTED"
    assert trace["card"]["code"].startswith("TE101")


def test_wrong_use_ends_with_2_and_an_unknown_message_with_1(run: Console, tmp_path: Path) -> None:
    assert run("births", "import").code == 2
    assert run("births", "trace").code == 2
    assert run("births", "import", tmp_path / "missing.ndjson").code == 2
    unknown = run("births", "trace", "KHONG-CO")
    assert (unknown.code, unknown.out) == (1, "")
    assert unknown.told.strip()
    packed = _file(tmp_path / "packed.zip", [b"PK\x03\x04rest"])
    assert "E-UNPACK" in run.refused("births", "import", packed)
    assert column("SELECT count(*) FROM births_delivery") == [0]
