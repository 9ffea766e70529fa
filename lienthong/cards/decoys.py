"""Decoys (mã số mồi): insurance numbers that were taken out of the sequence and belong to nobody.

Who reads from a stolen list that was seeded with them, or counts upwards, touches one and is suspended by the look-up.
They stand where no page and no gateway reads (`authz.decoy`). They have no personal id: one that was made up could be a
real child's tomorrow. Names are put together from the commonest parts.
"""

import secrets
from datetime import date, timedelta
from typing import Final

from django.db import connection, transaction

from lienthong.database.sql import Statement
from lienthong.kernel.dates import plus_years
from lienthong.kernel.names import match_key

LEAST: Final = 20
ONE_IN: Final = 1_000
AT_ONCE: Final = 5
"""Few at a time, so that they lie scattered among the numbers of children."""
_CHILD_YEARS = 6

_PUT = Statement.load("lienthong.cards", "decoys.sql")
_MISSING = """
    SELECT CASE WHEN taken.given > 0 THEN greatest(%(least)s, taken.given / %(one_in)s) ELSE 0 END - taken.decoys
    FROM (SELECT coalesce(pg_sequence_last_value('persons_number_serial'::regclass) - start_value + 1, 0)
                 - standing.decoys AS given, standing.decoys
          FROM (SELECT count(*) AS decoys FROM authz.decoy) AS standing,
               (SELECT seqstart AS start_value FROM pg_sequence
                WHERE seqrelid = 'persons_number_serial'::regclass) AS sequence) AS taken
"""
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('cards.decoys'))"

_SURNAMES = (
    "Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý",
)  # fmt: skip
_MIDDLES = (
    "Minh",
    "Gia",
    "Bảo",
    "Ngọc",
    "Thanh",
    "Hoàng",
    "Đức",
    "Thị",
    "Khánh",
    "Quỳnh",
    "Anh",
    "Tuấn",
)
_GIVENS = (
    "An", "Anh", "Bình", "Châu", "Chi", "Dũng", "Giang", "Hà", "Hân", "Huy", "Khang", "Khôi", "Linh", "Long", "Mai",
    "My", "Nam", "Nhi", "Phúc", "Phương", "Quân", "Sơn", "Thảo", "Trang", "Trung", "Tú", "Uyên", "Vy", "Yến",
)  # fmt: skip


def plant(*, on: date) -> int:
    """Take a few more numbers out of the sequence while there are too few decoys; how many. Safe to run at once.

    One in a thousand numbers given, at least twenty; none before the first child has one. Few are taken at a time.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LOCK)
        count = min(AT_ONCE, _missing())
        if count <= 0:
            return 0
        chance = secrets.SystemRandom()
        names = [
            match_key(
                f"{chance.choice(_SURNAMES)} {chance.choice(_MIDDLES)} {chance.choice(_GIVENS)}"
            )
            for _ in range(count)
        ]
        span = (on - plus_years(on, -_CHILD_YEARS)).days
        days = [on - timedelta(days=chance.randrange(span)) for _ in range(count)]
        return _PUT.run({"names": names, "days": days})


def missing() -> int:
    """How many decoys there are too few. One statement."""
    return max(0, _missing())


def _missing() -> int:
    with connection.cursor() as cursor:
        cursor.execute(_MISSING, {"least": LEAST, "one_in": ONE_IN})
        return int(cursor.fetchone()[0])
