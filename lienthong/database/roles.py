"""The database roles: an owner who migrates, and `lienthong_web`, `lienthong_worker`, `lienthong_gateway`.

Pages stand under row-level security; the gateway may read no table and calls the few functions that it is given.

The owner is whoever the URL names, or `lienthong_owner` on the embedded server; never a superuser there, so that
what works on a laptop works in a data centre. Which rows and columns a role may touch is said by migrations.
"""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import Connection, sql

from lienthong.database.address import (
    GATEWAY_GROUP,
    WEB_GROUP,
    WORKER_GROUP,
    Address,
    group_role,
    login_role,
    server_options,
)
from lienthong.kernel.errors import Refused

_LOG = logging.getLogger(__name__)
ROLES = ("web", "worker", "gateway")
_MARKER = "database.json"
_OLDEST_MAJOR = 15
_VERSION_UNIT = 10_000
_FIRST_WITH_SET_OPTION = 16 * _VERSION_UNIT

PasswordOf = Callable[[str], str]


def signs_in_as_owner(owner: Address, home: Path) -> bool:
    """True when `install` found that this server lets nobody in but the owner."""
    try:
        marker = json.loads((home / _MARKER).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return False
    return bool(marker == _marker(owner))


def _marker(owner: Address) -> dict[str, str]:
    return {"signs_in_as_owner": f"{owner.user}@{owner.host}:{owner.port}/{owner.dbname}"}


def install(
    owner: Address, home: Path, password_of: PasswordOf | None, *, is_production: bool
) -> None:
    """Create or mend the roles and their grants on the owner's database. Safe to run twice and at once.

    `password_of` gives a login role's password on an existing server; None on the embedded one, which trusts its
    private socket. Raises Refused (E-DATABASE-ROLE, E-DATABASE-VERSION) when the owner may not, and in production
    also when the server does not let the login roles in.
    """
    with _owning(owner) as connection:
        _install_groups(connection, owner.dbname)
        for role in ROLES:
            _make_login(connection, owner.dbname, role, password_of)
    _choose_sign_in(owner, home, password_of, is_production=is_production)


def install_groups(owner: Address) -> None:
    """Only the groups and their grants: enough for whoever comes in as the owner and steps down."""
    with _owning(owner) as connection:
        _install_groups(connection, owner.dbname)


@contextmanager
def _owning(owner: Address) -> Iterator[Connection]:
    with psycopg.connect(owner.conninfo) as connection:
        _check_version(connection)
        try:
            # Roles belong to the whole server: two databases set up at once would collide.
            connection.execute("SELECT pg_advisory_xact_lock(hashtext('lienthong roles'))")
            yield connection
        except psycopg.errors.InsufficientPrivilege as error:
            raise _refused(
                f"Người dùng «{owner.user}» trong LIENTHONG_DATABASE_URL chưa được phép tạo vai trò. Hãy chạy "
                f'ALTER ROLE "{owner.user}" CREATEROLE, giao cho người dùng này quyền sở hữu cơ sở dữ liệu '
                f"«{owner.dbname}» và, nếu các vai trò đã có sẵn, GRANT {WEB_GROUP}, {WORKER_GROUP}, {GATEWAY_GROUP} "
                f'TO "{owner.user}" WITH ADMIN OPTION.'
            ) from error


def _install_groups(connection: Connection, dbname: str) -> None:
    for role in ROLES:
        _make_group(connection, group_role(role))
    _grant(connection, dbname)


def _refused(message_vi: str, code: str = "E-DATABASE-ROLE") -> Refused:
    return Refused(message_vi, code=code, field="LIENTHONG_DATABASE_URL")


def _check_version(connection: Connection) -> None:
    major = connection.info.server_version // _VERSION_UNIT
    if major < _OLDEST_MAJOR:
        raise _refused(
            f"Cần PostgreSQL {_OLDEST_MAJOR} trở lên; máy chủ này là PostgreSQL {major}.",
            "E-DATABASE-VERSION",
        )


def _exists(connection: Connection, role: str) -> bool:
    return (
        connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
        is not None
    )


def _make_group(connection: Connection, group: str) -> None:
    name = sql.Identifier(group)
    if not _exists(connection, group):
        connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(name))
    # The owner steps down into the group's rights where the server lets no login role in, and in tests.
    # Since PostgreSQL 16 a role's maker is its member without the right to become it.
    right = "SET" if connection.info.server_version >= _FIRST_WITH_SET_OPTION else "MEMBER"
    may = connection.execute("SELECT pg_has_role(current_user, %s, %s)", [group, right])
    if may.fetchone() == (False,):
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(name))


def _make_login(
    connection: Connection, dbname: str, role: str, password_of: PasswordOf | None
) -> None:
    login = login_role(dbname, role)
    name = sql.Identifier(login)
    if not _exists(connection, login):
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(name))
    if password_of is not None:
        connection.execute(
            sql.SQL("ALTER ROLE {} PASSWORD {}").format(name, sql.Literal(password_of(login)))
        )
    connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(group_role(role)), name))


def _grant(connection: Connection, dbname: str) -> None:
    groups = sql.SQL(", ").join(map(sql.Identifier, (WEB_GROUP, WORKER_GROUP, GATEWAY_GROUP)))
    database = sql.Identifier(dbname)
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
    connection.execute(
        sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(database, groups)
    )
    # No rights on tables by default: each migration grants what its table is for.
    connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(groups))


def _choose_sign_in(
    owner: Address, home: Path, password_of: PasswordOf | None, *, is_production: bool
) -> None:
    refusals = [
        text for role in ROLES if (text := _refusal_of_login(owner, role, password_of)) is not None
    ]
    if refusals and is_production:
        raise _refused(
            "Máy chủ PostgreSQL không cho các vai trò của hệ thống đăng nhập; hãy mở pg_hba.conf cho "
            f"«{login_role(owner.dbname, 'web')}» và «{login_role(owner.dbname, 'worker')}». {refusals[0]}"
        )
    if refusals:
        _LOG.warning(
            "Máy chủ PostgreSQL chỉ cho «%s» đăng nhập: dùng SET ROLE thay thế. "
            "Cách này không được phép khi vận hành thật.",
            owner.user,
        )
        home.mkdir(parents=True, exist_ok=True)
        (home / _MARKER).write_text(json.dumps(_marker(owner)) + "\n", encoding="utf-8")
    else:
        (home / _MARKER).unlink(missing_ok=True)


def _refusal_of_login(owner: Address, role: str, password_of: PasswordOf | None) -> str | None:
    login = login_role(owner.dbname, role)
    address = owner.signed_in(login, "" if password_of is None else password_of(login))
    options = server_options(role, signs_in_as_owner=False)
    try:
        with psycopg.connect(address.conninfo, options=options) as connection:
            connection.execute("SELECT 1")
    except psycopg.OperationalError as error:
        return str(error).strip().splitlines()[0]
    return None
