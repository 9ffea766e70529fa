"""The worker's pulse: which task ran when, how much it moved, how often it failed. Several workers write the same rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.db import connection

_NOTE = """
    INSERT INTO database_pulse (task, ran_at, moved_count, failed_count)
    SELECT * FROM unnest(%s::text[], %s::timestamptz[], %s::bigint[], %s::bigint[])
    ON CONFLICT (task) DO UPDATE
    SET ran_at = greatest(database_pulse.ran_at, excluded.ran_at),
        moved_count = database_pulse.moved_count + excluded.moved_count,
        failed_count = database_pulse.failed_count + excluded.failed_count
"""
_ALL = "SELECT task, ran_at, moved_count, failed_count FROM database_pulse ORDER BY task"

NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Beat:
    """What one task did since the last note; `ran_at` is the last run that did not fail, `NEVER` where there was none."""

    ran_at: datetime = NEVER
    moved: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Pulse:
    """A task over all workers and all time; `ran_at` as in `Beat`."""

    task: str
    ran_at: datetime
    moved_count: int
    failed_count: int


def note(beats: Mapping[str, Beat]) -> None:
    """Add what the tasks did. One statement; rows are taken in the order of names, so that two workers never block."""
    names = sorted(beats)
    found = [beats[name] for name in names]
    with connection.cursor() as cursor:
        cursor.execute(
            _NOTE,
            [
                names,
                [beat.ran_at for beat in found],
                [beat.moved for beat in found],
                [beat.failed for beat in found],
            ],
        )


def of_tasks() -> list[Pulse]:
    """Every task that ever ran, by name. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_ALL)
        return [Pulse(*row) for row in cursor.fetchall()]
