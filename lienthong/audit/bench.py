"""Figures of the sealed log (P11): sealing and verifying beside the plain insert of the same entries.

Needs a database of its own: what it writes stays. Keys and witness are its own too.
"""

import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from django.conf import settings
from django.db import connection, transaction

from lienthong.audit import checks, sealing
from lienthong.audit.witness import Witness
from lienthong.gateways.keyring import Keyring
from lienthong.kernel.errors import Refused

ROUNDS = 5
_KIB = 1024

# Three looks of an officer at a child, then one act with a digest: the mix of a working day.
_INSERT = """
    INSERT INTO audit_entry (decided_at, by, account_id, action, subject_kind, subject_id, purpose,
                             fields, request_id, detail, digest)
    SELECT clock_timestamp(), 'officer:bench', 7,
           CASE WHEN n %% 4 = 0 THEN 'card.moved' ELSE 'viewed' END,
           CASE WHEN n %% 4 = 0 THEN 'card' ELSE 'dossier' END, n, 'queue',
           CASE WHEN n %% 4 = 0 THEN '{}'::text[] ELSE '{full_name,birth_date,personal_id}' END,
           md5(n::text),
           CASE WHEN n %% 4 = 0 THEN jsonb_build_object('first', n, 'last', n + 3, 'count', 4)
                ELSE '{}' END,
           CASE WHEN n %% 4 = 0 THEN sha256(int8send(n)) END
    FROM generate_series(1, %(rows)s::bigint) AS numbers (n)
"""


def run(rows: int = 200_000, rounds: int = ROUNDS) -> dict[str, object]:
    """Medians over the rounds, each inserting, sealing and verifying anew; rates in entries a second.

    Verification reads the log from its first entry, longer each round. Raises Refused where a log is in use.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM audit_checkpoint)")
        if cursor.fetchone()[0]:
            raise Refused(
                "Phép đo cần một cơ sở dữ liệu riêng, chưa có nhật ký niêm phong.",
                code="E-BENCH-DATABASE",
            )
    with tempfile.TemporaryDirectory() as folder:
        keyring = Keyring.open(Path(folder) / "keys.json", create=True)
        witness = Witness(Path(folder) / "bench.log")
        figures = [_round(rows, keyring, witness) for _ in range(rounds)]
    insert, seal, verify = (median(column) for column in zip(*figures, strict=True))
    return {
        "bench": "audit",
        "rows": rows,
        "rounds": rounds,
        "insert_rows_per_s": round(insert),
        "seal_rows_per_s": round(seal),
        "verify_rows_per_s": round(verify),
        "seal_to_insert": round(seal / insert, 2),
        "verify_to_insert": round(verify / insert, 2),
        "peak_memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // _KIB,
    }


def _round(rows: int, keyring: Keyring, witness: Witness) -> tuple[float, float, float]:
    inserting = _seconds(lambda: _insert(rows))
    sealing_time = _seconds(lambda: _seal(keyring, witness))
    size = sealing.checkpoints()[-1].size
    verifying = _seconds(lambda: _verify(keyring, witness))
    return rows / inserting, rows / sealing_time, size / verifying


def _insert(rows: int) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_INSERT, {"rows": rows})


def _seal(keyring: Keyring, witness: Witness) -> None:
    while sealing.seal(settings.CLOCK(), keyring=keyring).sealed_count:
        pass
    sealing.tell([witness])


def _verify(keyring: Keyring, witness: Witness) -> None:
    breaches = checks.verify_log(keyring, [witness])
    if breaches:
        raise RuntimeError(f"the bench's own log does not verify: {breaches[0]}")


def _seconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
