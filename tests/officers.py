"""An officer of the account tests, and the three rights that a statement can be run with."""

from django.db import connection

from lienthong.accounts.actions import NewOfficer
from lienthong.accounts.jurisdiction import Scope
from lienthong.accounts.permissions import every_permission
from lienthong.kernel.actor import system_actor

SYSTEM = system_actor(every_permission())
PASSWORD = "mot cau that dai de nho 2026"
HONG = NewOfficer("so-the-01", "Nguyễn Thị Hồng", "003087000013", "card_desk", "01")
_BECOME = {
    "lienthong_web": "SET LOCAL ROLE lienthong_web",
    "lienthong_worker": "SET LOCAL ROLE lienthong_worker",
    "lienthong_gateway": "SET LOCAL ROLE lienthong_gateway",
    "owner": "SET LOCAL ROLE NONE",
}


def become(role: str) -> None:
    """From here the transaction has the rights of this role."""
    with connection.cursor() as cursor:
        cursor.execute(_BECOME[role])


def run(statement: str, *arguments: object) -> list[tuple[object, ...]]:
    """Run one statement with the present rights; its rows, if any."""
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments or None)
        return cursor.fetchall() if cursor.description else []


def as_worker(statement: str, *arguments: object) -> list[tuple[object, ...]]:
    """Run one statement with the system's rights, then be a page again."""
    become("lienthong_worker")
    rows = run(statement, *arguments)
    become("lienthong_web")
    return rows


def as_owner(statement: str) -> list[tuple[object, ...]]:
    """Run one statement with the schema owner's rights, then be a page again."""
    become("owner")
    rows = run(statement)
    become("lienthong_web")
    return rows


def of_provinces(*codes: str) -> Scope:
    """The scope of an officer of these provinces."""
    return Scope(everywhere=False, areas=(), provinces=codes)
