"""Databases for tests: one template, built once for a state of the schema and its lists, and quick copies of it.

The template is kept between runs under a name made from the files that decide its content.
"""

import hashlib
import os
import re
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connections
from psycopg import sql

from lienthong.database import address, roles
from lienthong.database.address import Address

PACKAGE = Path(__file__).parent.parent / "lienthong"
_PREFIX = "lienthong_test"
_DECIDES = ("kernel", "law", "catalogues", "database", "config")
_KEPT_TEMPLATES = 3
_PATIENCE = 20
SERVED = threading.RLock()
"""Held while a page is served, and while the system works beside a server in the same process."""


def fingerprint() -> str:
    """Changes with anything that the content of a fresh database comes from."""
    files = {path for folder in _DECIDES for path in (PACKAGE / folder).rglob("*")}
    files |= {path for path in PACKAGE.rglob("*") if "migrations" in path.parts}
    files |= {*PACKAGE.rglob("*.sql"), *PACKAGE.rglob("lifecycle.py")}
    files |= {*(PACKAGE / "oversight" / "guides").iterdir(), *PACKAGE.glob("oversight/masking*")}
    digest = hashlib.sha256(settings.KEYRING.secret("authz") + Path(__file__).read_bytes())
    for path in sorted(files):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(str(path.relative_to(PACKAGE)).encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def template(owner: Address) -> str:
    """The name of a database with the schema, the lists and the law; made now when there is none yet."""
    name = f"{_PREFIX}_template_{fingerprint()}"
    with psycopg.connect(owner.conninfo, autocommit=True) as connection:
        # Several processes start at once; one builds, the others wait.
        connection.execute("SELECT pg_advisory_lock(hashtext('lienthong test template'))")
        if not _exists(connection, name):
            draft = f"{name}_draft"
            _drop(connection, draft)
            _create(connection, draft)
            try:
                _fill(owner.database(draft))
            except BaseException:
                _drop(connection, draft)
                raise
            rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
            connection.execute(rename.format(sql.Identifier(draft), sql.Identifier(name)))
            _forget_old(connection)
    return name


@contextmanager
def copy(owner: Address, of: str) -> Iterator[Address]:
    """A database of its own with the template's content, gone afterwards."""
    name = f"{_PREFIX}_run_{os.getpid()}_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(owner.conninfo, autocommit=True) as connection:
        _create(connection, name, of)
    try:
        yield owner.database(name)
    finally:
        with psycopg.connect(owner.conninfo, autocommit=True) as connection:
            _drop(connection, name)


@contextmanager
def django_on(owner: Address, *, role: str | None = "worker") -> Iterator[None]:
    """Django's connections lead to that database, with the rights of `role` (None: the owner's)."""
    options = address.server_options(role, signs_in_as_owner=True) if role else ""
    wanted = {
        "default": address.django_settings(owner, options={"options": options}),
        "owner": address.django_settings(owner),
    }
    before: dict[str, dict[str, Any]] = {}
    for alias, words in wanted.items():
        connections[alias].close()
        # The same dictionary serves every thread's connection.
        held = connections[alias].settings_dict
        before[alias] = dict(held)
        held.update(words)
    try:
        yield
    finally:
        for alias, words in before.items():
            connections[alias].close()
            connections[alias].settings_dict.update(words)


def drop_leftovers(owner: Address) -> None:
    """Databases of runs that were killed: their process is no more."""
    with psycopg.connect(owner.conninfo, autocommit=True) as connection:
        for name in _names(connection, f"{_PREFIX}_run_%"):
            found = re.fullmatch(rf"{_PREFIX}_run_(\d+)_\w+", name)
            if found and not Path(f"/proc/{found[1]}").exists():
                _drop(connection, name)


def _fill(owner: Address) -> None:
    from lienthong.config import readiness

    roles.install_groups(owner)
    with django_on(owner):
        readiness.ensure_ready(lambda _: None)


def _exists(connection: psycopg.Connection, name: str) -> bool:
    return name in _names(connection, name)


def _names(connection: psycopg.Connection, pattern: str) -> list[str]:
    found = connection.execute(
        "SELECT datname FROM pg_database WHERE datname LIKE %s ORDER BY oid", [pattern]
    )
    return [row[0] for row in found]


def _create(connection: psycopg.Connection, name: str, of: str = "template1") -> None:
    connection.execute(
        sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(of))
    )


def _drop(connection: psycopg.Connection, name: str) -> None:
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    for patience in range(_PATIENCE, -1, -1):
        try:
            connection.execute(drop)
            break
        except psycopg.errors.InsufficientPrivilege:
            # An autovacuum worker is in there: it belongs to the server, and is soon gone.
            if not patience:
                raise
            time.sleep(0.5)
    for role in ("web", "worker", "gateway"):
        login = sql.Identifier(address.login_role(name, role))
        connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(login))


def _forget_old(connection: psycopg.Connection) -> None:
    for name in _names(connection, f"{_PREFIX}_template_%")[:-_KEPT_TEMPLATES]:
        _drop(connection, name)
