"""Where the database is and as whom to sign in, worked out without touching it.

Starts nothing and connects to nothing: see `server` and `roles`.
"""

import hashlib
import hmac
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from lienthong.kernel.errors import Refused

EMBEDDED_PORT = 5432
DATABASE_NAME = "lienthong"
OWNER_ROLE = "lienthong_owner"
WEB_GROUP = "lienthong_web"
WORKER_GROUP = "lienthong_worker"
GATEWAY_GROUP = "lienthong_gateway"
_LONGEST_SOCKET_FOLDER = 85
"""A socket's path may have 107 bytes; its name and a relocated folder need the rest."""
_WEB_LIMITS = (
    "-c statement_timeout=15s -c lock_timeout=3s -c idle_in_transaction_session_timeout=30s"
)
_GATEWAY_LIMITS = (
    "-c statement_timeout=2s -c lock_timeout=1s -c idle_in_transaction_session_timeout=5s"
)
_LIMITS = {"web": _WEB_LIMITS, "gateway": _GATEWAY_LIMITS}
_OWN_KEYS = frozenset({"host", "port", "user", "password", "dbname"})


@dataclass(frozen=True, slots=True)
class Address:
    """One database and one role on it. `extras` are libpq's other words (sslmode, …)."""

    host: str
    port: str
    user: str
    dbname: str
    password: str = field(default="", repr=False)
    extras: Mapping[str, str] = field(default_factory=dict)

    @property
    def conninfo(self) -> str:
        """The libpq connection string."""
        given = {
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "dbname": self.dbname,
            "password": self.password,
        }
        return make_conninfo("", **{k: v for k, v in given.items() if v}, **self.extras)

    def database(self, name: str) -> "Address":
        """The same server and role, another database."""
        return replace(self, dbname=name)

    def signed_in(self, user: str, password: str = "") -> "Address":
        """The same database, another role."""
        return replace(self, user=user, password=password)


def socket_folder(home: Path) -> Path:
    """Where the embedded server's socket lies: in its own folder, or in tmp when that path is too long."""
    folder = home.absolute() / "postgres" / "run"
    if len(os.fsencode(folder)) <= _LONGEST_SOCKET_FOLDER:
        return folder
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"lienthong-{os.getuid()}-{digest}"


def embedded(home: Path) -> Address:
    """The owner's address on the embedded server of that data folder."""
    return Address(str(socket_folder(home)), str(EMBEDDED_PORT), OWNER_ROLE, DATABASE_NAME)


def from_url(url: str) -> Address:
    """The owner's address on an existing server. Raises Refused (E-DATABASE-URL) for a URL libpq cannot read."""
    try:
        words = {k: str(v) for k, v in conninfo_to_dict(url).items() if v is not None}
    except psycopg.ProgrammingError as error:
        raise Refused(
            "LIENTHONG_DATABASE_URL không đúng dạng postgresql://người_dùng:mật_khẩu@máy:cổng/cơ_sở_dữ_liệu.",
            code="E-DATABASE-URL",
            field="LIENTHONG_DATABASE_URL",
        ) from error
    return Address(
        host=words.get("host", ""),
        port=words.get("port", ""),
        user=words.get("user", ""),
        dbname=words.get("dbname", DATABASE_NAME),
        password=words.get("password", ""),
        extras={k: v for k, v in words.items() if k not in _OWN_KEYS},
    )


def owner(url: str, home: Path) -> Address:
    """The owner's address: on the server of the URL, or on the embedded one when there is none."""
    return from_url(url) if url else embedded(home)


def login_role(dbname: str, role: str) -> str:
    """The name of the login role `web`, `worker` or `gateway` of one database."""
    return f"{dbname}_{role}_login"


def group_role(role: str) -> str:
    """The name of the group role that holds the rights of `web`, `worker` or `gateway`."""
    return {"web": WEB_GROUP, "worker": WORKER_GROUP, "gateway": GATEWAY_GROUP}[role]


def login_password(secret: bytes, user: str) -> str:
    """The password of a login role on an existing server: derived, so that nobody keeps it anywhere."""
    return hmac.new(secret, b"database role " + user.encode(), hashlib.sha256).hexdigest()


def server_options(role: str, *, signs_in_as_owner: bool) -> str:
    """libpq `options` of a session with the rights of a role; pages and the gateway get their time limits here."""
    words = [_LIMITS[role]] if role in _LIMITS else []
    if signs_in_as_owner:
        words.append(f"-c role={group_role(role)}")
    return " ".join(words)


def django_settings(
    address: Address,
    *,
    password: str = "",
    options: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """One entry of Django's DATABASES."""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": address.dbname,
        "USER": address.user,
        "PASSWORD": password or address.password,
        "HOST": address.host,
        "PORT": address.port,
        "TIME_ZONE": "Asia/Ho_Chi_Minh",
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": False,
        "OPTIONS": {**address.extras, **(options or {})},
    }
