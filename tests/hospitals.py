"""A hospital for tests: its account, its staff, its address, and look-ups with the rights of the gateway."""

from datetime import UTC, date, datetime
from typing import Any

from lienthong.accounts import actions as accounts
from lienthong.accounts.permissions import every_permission
from lienthong.cards import lookup
from lienthong.cards.lookup import Asker, BirthDate, Call, CardAnswer, key_of
from lienthong.kernel.actor import system_actor
from tests.births import AT, rows
from tests.officers import become
from tests.officers import run as run_sql

NAME = "01929_BV"
PASSWORD = "benh vien mau so mot 2026"
STAFF = ("NGUYEN VAN CAN BO", "001087000001")
TOMORROW = datetime(2100, 1, 1, tzinfo=UTC)
"""Later than any change of a password."""


def hospital(
    name: str = NAME,
    *,
    minute_limit: int = 100_000,
    day_limit: int = 1_000_000,
    miss_limit: int = 50,
) -> int:
    """The id of a hospital's account that may ask as much as it likes unless the test says otherwise."""
    new = accounts.NewMachine(
        name, "Bệnh viện thử", "hospital", facility_code=name[:5], staff=[STAFF]
    )
    machine_id = accounts.create_machine(new, PASSWORD, by=system_actor(every_permission()), at=AT)
    run_sql(
        "UPDATE accounts_machine SET minute_limit = %s, day_limit = %s, miss_limit = %s WHERE id = %s",
        minute_limit,
        day_limit,
        miss_limit,
        machine_id,
    )
    run_sql(
        "INSERT INTO accounts_machineaddress (machine_id, network, added_by)"
        " VALUES (%s, '127.0.0.0/8', 'test') ON CONFLICT DO NOTHING",
        machine_id,
    )
    return machine_id


def call(code: str, name: str, born: date | BirthDate, *, on: date, **changes: Any) -> Call:
    """One question by the hospital's staff."""
    birth = born if isinstance(born, BirthDate) else BirthDate(born.year, born.month, born.day)
    asker = changes.pop("asker", Asker(NAME, TOMORROW, STAFF[1], STAFF[0]))
    return Call(asker, key_of(code, on=on), name, birth, on, **changes)


def answers(*calls: Call) -> list[CardAnswer]:
    """Asked with the rights of the gateway, which reads no table."""
    become("lienthong_gateway")
    try:
        return lookup.look_up(calls)
    finally:
        become("lienthong_worker")


def suspensions() -> list[tuple[Any, ...]]:
    """(account, reason) of the living suspensions."""
    return rows(
        "SELECT machine.name, suspension.reason FROM accounts_suspension AS suspension"
        " JOIN accounts_machine AS machine ON machine.id = suspension.machine_id"
        " WHERE suspension.lifted_at IS NULL ORDER BY 1"
    )
