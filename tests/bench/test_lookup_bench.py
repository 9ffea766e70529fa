"""The look-up bench asks questions that this database answers; its figures fail no build (performance.md)."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import connections

from lienthong.database.address import Address
from lienthong.simulation import places
from lienthong.simulation.benches import lookup, lookup_questions
from tests import postgres

_ANSWERED = """
    SELECT answer.verdict, count(*) FROM bench_call CROSS JOIN LATERAL cards_look_up(payload) AS answer GROUP BY 1
"""


def test_the_questions_of_the_look_up_bench_find_cards_and_turn_nobody_away(
    postgres_owner: Address, template_database: str, django_db_blocker: Any, tmp_path: Path
) -> None:
    # Tokens are good for ten minutes of the database's own clock.
    at = datetime.now(UTC)
    with postgres.copy(postgres_owner, template_database) as own, django_db_blocker.unblock():
        with postgres.django_on(own):
            places.declare_places(at=at)
            lookup.fill(600, at=at, progress=lambda _: None)
            count = lookup_questions.keep(tmp_path / "requests", people=600, at=at)
            with connections["owner"].cursor() as cursor:
                cursor.execute(_ANSWERED)
                answered = dict(cursor.fetchall())
            connections.close_all()
    assert set(answered) == {"valid", "wrong_name"}
    assert count == sum(answered.values()) > 100
    assert answered["valid"] > count * 0.9
    assert (tmp_path / "requests").stat().st_size > count
