"""What hospitals ask in the look-up bench: as requests of their programs, and as calls of the database's function.

Four in five give the card's code, others a number; one in twenty has the name wrong; one in thirty cards was replaced.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import md5
from pathlib import Path
from random import Random
from typing import Any

import msgspec
from django.db import connections

from lienthong.accounts import actions as accounts
from lienthong.accounts import hospital_tokens
from lienthong.births import enrolment
from lienthong.cards import lookup
from lienthong.cards.lookup import Asker, BirthDate, Call, key_of
from lienthong.kernel.dates import vietnam_date

_COUNT = 50_000
_HOSPITALS = 400
_STAFF = ("NGUYEN VAN CAN BO", "001087000001")
_PASSWORD = "benh vien do toc do 2026"  # noqa: S105 - of a bench database
_PATH = "/api/egw/KQNhanLichSuKCB2024"
_MORE_HOSPITALS = """
    WITH made AS (
        INSERT INTO accounts_machine (name, title_vi, role, source, facility_code, is_active, created_at, minute_limit,
                                      day_limit, miss_limit)
        SELECT (10000 + n) || '_BV', title_vi, role, source, (10000 + n)::text, true, created_at, 10000000, 1000000000, 50
        FROM accounts_machine CROSS JOIN generate_series(1, %(count)s) AS n WHERE id = %(first)s
        ON CONFLICT DO NOTHING RETURNING id
    ), staff AS (
        INSERT INTO accounts_machinestaff (machine_id, full_name, personal_id)
        SELECT made.id, member.full_name, member.personal_id
        FROM made CROSS JOIN accounts_machinestaff AS member WHERE member.machine_id = %(first)s
    )
    INSERT INTO authz.credential (account_kind, account_id, password_hash)
    SELECT 'machine', made.id, known.password_hash FROM made CROSS JOIN authz.credential AS known
    WHERE known.account_kind = 'machine' AND known.account_id = %(first)s
"""
# Beyond what an installation may be set to: this database lives as long as the figures are taken.
_NOBODY_IS_TURNED_AWAY = """
    ALTER TABLE cards_lookupsetting DROP CONSTRAINT IF EXISTS lookup_setting_bounds;
    UPDATE cards_lookupsetting SET value = 2000000000
    WHERE name IN ('target_misses', 'minute_ceiling', 'day_ceiling', 'normal_peak', 'door_ceiling')
"""
_NAMED = """
    SELECT machine.name, credential.changed_at FROM accounts_machine AS machine
    JOIN authz.credential ON account_kind = 'machine' AND account_id = machine.id
    WHERE role = 'hospital' AND minute_limit = 10000000 ORDER BY name
"""
_SOME_CARDS = """
    SELECT card.code, card.insurance_number, person.personal_id, card.full_name, card.born_on
    FROM cards_card AS card JOIN persons_person AS person ON person.id = card.person_id
    WHERE card.person_id = ANY (%s) AND card.status = 'active' ORDER BY hashint8(card.id)
"""
_CALL_TABLE = """
    DROP TABLE IF EXISTS bench_call;
    CREATE UNLOGGED TABLE bench_call (id int PRIMARY KEY, payload jsonb);
    GRANT SELECT ON bench_call TO lienthong_gateway;
"""
_KEEP_CALLS = """
    INSERT INTO bench_call SELECT place, payload::jsonb FROM unnest(%s::text[]) WITH ORDINALITY AS said (payload, place)
"""


@dataclass(frozen=True, slots=True)
class _Hospital:
    """An account with a fresh token: the query of its requests, and who asks in the database's words."""

    query: str
    asker: Asker


def keep(requests: Path, *, people: int, at: datetime) -> int:
    """How many questions there are; the requests go into the file, each behind its length, the calls into `bench_call`."""
    hospitals = _hospitals(at)
    on = vietnam_date(at)
    calls: list[str] = []
    with requests.open("wb") as file, connections["owner"].cursor() as cursor:
        for place, card in enumerate(_cards(cursor, people)):
            hospital = hospitals[place % len(hospitals)]
            code, name, born_on = _asked(place, card)
            request = _request(hospital, code, name, born_on)
            file.write(len(request).to_bytes(4) + request)
            birth = BirthDate(born_on.year, born_on.month, born_on.day)
            call = Call(
                hospital.asker,
                key_of(code, on=on),
                name,
                birth,
                on,
                endpoint="KQNhanLichSuKCB2024",
                request_id=f"{place:032}",
                wants_consulted=True,
            )
            calls.append(lookup.encoded([call]))
        cursor.execute(_CALL_TABLE)
        cursor.execute(_KEEP_CALLS, [calls])
        cursor.execute("ANALYZE bench_call")
    return len(calls)


def _hospitals(at: datetime) -> list[_Hospital]:
    new = accounts.NewMachine(
        "10000_BV", "Bệnh viện đo", "hospital", facility_code="10000", staff=[_STAFF]
    )
    first = accounts.create_machine(new, _PASSWORD, by=enrolment.system(), at=at)
    with connections["owner"].cursor() as cursor:
        cursor.execute(_MORE_HOSPITALS, {"count": _HOSPITALS, "first": first})
        cursor.execute(_NOBODY_IS_TURNED_AWAY)
        cursor.execute(_NAMED)
        named = cursor.fetchall()
    return [_signed_in(name, password_at, at) for name, password_at in named]


def _signed_in(name: str, password_at: datetime, at: datetime) -> _Hospital:
    said = md5(_PASSWORD.encode(), usedforsecurity=False).hexdigest()
    token = hospital_tokens.give(name, said, "127.0.0.1", at=at, password_at=password_at)
    query = f"token={token.access_token}&id_token={token.id_token}&username={name}&password={said}"
    # As old as the password by the database's clock: an older token is turned away before anything is looked up.
    return _Hospital(query, Asker(name, password_at, _STAFF[1], _STAFF[0]))


def _cards(cursor: Any, people: int) -> Iterator[Sequence[Any]]:  # noqa: ANN401 - Django's cursor
    drawn = Random(2).sample(range(1, people + 1), min(_COUNT, people))
    cursor.execute(_SOME_CARDS, [drawn])
    return iter(cursor.fetchall())


def _asked(place: int, card: Sequence[Any]) -> tuple[str, str, date]:
    code, number, personal_id, name, born_on = card
    said = {0: number, 1: personal_id or number}.get(place % 10, code)
    return said, f"{name} Sai" if place % 20 == 7 else name, born_on  # noqa: PLR2004 - one in twenty


def _request(hospital: _Hospital, code: str, name: str, born_on: date) -> bytes:
    body = msgspec.json.encode(
        {
            "maThe": code,
            "hoTen": name,
            "ngaySinh": f"{born_on:%d/%m/%Y}",
            "hoTenCb": _STAFF[0],
            "cccdCb": _STAFF[1],
        }
    )
    head = (
        f"POST {_PATH}?{hospital.query} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
