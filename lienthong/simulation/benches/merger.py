"""The reform of 01/07/2025 applied to open dossiers of every commune and state: time, memory, and the limit beside it.

The limit is one plain UPDATE of the same rows with the same triggers and indexes, rolled back. Runs on a database of
its own; never on an installation's.
"""

import resource
import statistics
import time
from collections.abc import Callable

from django.db import connection, transaction

from lienthong.births import enrolment, rerouting
from lienthong.catalogues import acts
from lienthong.catalogues.acts import Heading
from lienthong.database.scope import acting
from lienthong.simulation import reform

_MEBIBYTE = 1024
_LIMIT = """
    UPDATE dossiers_dossier SET area = area, unit_rule = unit_rule || '.', changed_at = %s
    WHERE id IN (SELECT dossier_id FROM dossiers_reroute)
"""
_LIMIT_ROUNDS = 5
_MOVED = """
    SELECT sum(moved_count), sum(kept_count), sum(waiting_count), count(*) FROM catalogues_cutover WHERE act_id = %s
"""
_OWNERS = """
    SELECT count(*) FROM dossiers_dossier
    WHERE NOT (area = unit_id OR (unit_id IS NULL AND area <= 0 AND state IN ('CREATE_FAILED', 'MANUAL_REVIEW')))
"""


def enter() -> int:
    """The act of the reform as a draft; its id."""
    heading = Heading("202/2025/QH15", reform.DAY, "mô phỏng")
    return acts.enter(reform.act_rows(), heading, by=enrolment.system(), at=reform.FIRST_MINUTE)


def apply(act_id: int) -> None:
    """Confirm the act and bring every cut-over to its end."""
    by, at = enrolment.system(), reform.FIRST_MINUTE
    if acts.act(act_id).state == acts.DRAFT:
        acts.confirm(act_id, by=by, at=at)
    while rerouting.merge(by=by, at=at, on=reform.DAY):
        pass


def run(count: int, *, progress: reform.Progress = lambda _state, _done: None) -> dict[str, object]:
    """The figures of one reform over `count` open dossiers."""
    reform.live(count, progress=progress)
    act_id = enter()
    at = reform.FIRST_MINUTE
    lived = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    foretelling = _seconds(lambda: rerouting.dry_run(act_id, by=enrolment.system(), at=at))
    applying = _seconds(lambda: apply(act_id))
    limit = statistics.median(_seconds(_pure) for _ in range(_LIMIT_ROUNDS))
    with connection.cursor() as cursor:
        cursor.execute(_MOVED, [act_id])
        moved, kept, waiting, units = cursor.fetchone()
        cursor.execute(_OWNERS)
        unowned = cursor.fetchone()[0]
    return {
        "bench": "merger",
        "dossiers": count,
        "units": units,
        "moved": moved,
        "kept": kept,
        "waiting": waiting,
        "without_one_owner": unowned,
        "dry_run_seconds": round(foretelling, 2),
        "cutover_seconds": round(applying, 2),
        "dossiers_per_second": round(count / applying),
        "plain_update_seconds": round(limit, 2),
        "ratio_to_plain_update": round(applying / limit, 2),
        "peak_mebibytes_before": lived // _MEBIBYTE,
        "peak_mebibytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // _MEBIBYTE,
    }


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _pure() -> None:
    with transaction.atomic():
        with acting(enrolment.system(), at=reform.FIRST_MINUTE), connection.cursor() as cursor:
            cursor.execute(_LIMIT, [reform.FIRST_MINUTE])
        transaction.set_rollback(True)
