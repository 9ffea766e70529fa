"""The environment variables we read, typed and checked once; no other module reads `os.environ`.

A wrong value stops the start with the variable's name, never later and never silently.
"""

import ipaddress
import os
import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path

from lienthong.kernel.errors import Refused

_TOKEN_MINUTES = range(11, 24 * 60 + 1)
"""Ten minutes is what a token says of itself; some clients go on for a minute more."""
_TOKEN_STATUSES = (200, 401, 403)
_PERCENTS, _BITS, _GIGABYTES = range(1, 101), range(10, 51), range(1, 1025)
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.\[\]:-]+")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_OWN_MACHINE = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class DatabaseRole(StrEnum):
    """With which rights this process meets the database; chosen by the command, not by the operator."""

    WEB = "web"
    WORKER = "worker"


@dataclass(frozen=True, slots=True)
class Environment:
    """What the operator decided. Empty texts and None stand for "not set"."""

    database_url: str
    postgres_bin: Path | None
    home: Path
    secret_file: Path | None
    is_production: bool
    starts_at: datetime | None
    role: DatabaseRole
    hosts: tuple[str, ...]
    witnesses: tuple[Path, ...] = ()
    hospital_token: timedelta = timedelta(minutes=12)
    hospital_token_status: int = 401
    hospital_origins: tuple[str, ...] = ()
    proxies: tuple[Network, ...] = ()
    match_ask_percent: int = 90
    match_prior_bits: int = -31
    link_memory_gb: int = 3
    backup_recipients: tuple[str, ...] = ()
    metrics_readers: tuple[Network, ...] = ()


def _refused(name: str, message_vi: str) -> Refused:
    return Refused(f"Biến môi trường {name}: {message_vi}", code="E-SETTING", field=name)


def _path(variables: Mapping[str, str], name: str) -> Path | None:
    text = variables.get(name, "").strip()
    return Path(text).expanduser().absolute() if text else None


def _flag(variables: Mapping[str, str], name: str) -> bool:
    text = variables.get(name, "").strip() or "0"
    if text not in {"0", "1"}:
        raise _refused(name, f"chỉ nhận giá trị 0 hoặc 1, không nhận «{text}».")
    return text == "1"


def _instant(variables: Mapping[str, str], name: str) -> datetime | None:
    text = variables.get(name, "").strip()
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise _refused(name, "cần thời điểm ISO có múi giờ, ví dụ 2026-11-20T09:15:00+07:00.")
    return at


def _url(variables: Mapping[str, str], name: str) -> str:
    text = variables.get(name, "").strip()
    if text and not text.startswith(("postgresql://", "postgres://")):
        raise _refused(
            name, "cần địa chỉ dạng postgresql://người_dùng:mật_khẩu@máy:cổng/cơ_sở_dữ_liệu."
        )
    return text


def _words(variables: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in variables.get(name, "").split(",") if part.strip())


def _hosts(variables: Mapping[str, str], name: str) -> tuple[str, ...]:
    return (*_LOOPBACK, *_words(variables, name))


def _networks(variables: Mapping[str, str], name: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(text) for text in _words(variables, name))
    except ValueError:
        raise _refused(
            name,
            "cần các địa chỉ hoặc dải địa chỉ cách nhau bằng dấu phẩy, ví dụ 10.0.0.5,10.1.0.0/24.",
        ) from None


def _paths(variables: Mapping[str, str], name: str) -> tuple[Path, ...]:
    named = variables.get(name, "").split(os.pathsep)
    return tuple(Path(text.strip()).expanduser().absolute() for text in named if text.strip())


def _number(variables: Mapping[str, str], name: str, default: int, allowed: Container[int]) -> int:
    text = variables.get(name, "").strip() or str(default)
    number = int(text) if text.isascii() and text.isdigit() else -1
    if number not in allowed:
        raise _refused(name, f"không nhận giá trị «{text}»; xem docs/operate.md.")
    return number


def _origins(variables: Mapping[str, str], name: str) -> tuple[str, ...]:
    named = _words(variables, name)
    for origin in named:
        if not _ORIGIN.fullmatch(origin):
            raise _refused(name, f"«{origin}» không phải nguồn dạng https://máy-chủ[:cổng].")
    return named


def read(variables: Mapping[str, str]) -> Environment:
    """The typed environment. Raises Refused (E-SETTING) with the name of the wrong variable."""
    is_production = _flag(variables, "LIENTHONG_PRODUCTION")
    starts_at = _instant(variables, "LIENTHONG_NOW")
    if is_production and starts_at is not None:
        raise _refused(
            "LIENTHONG_NOW", "không được đặt khi vận hành thật (LIENTHONG_PRODUCTION=1)."
        )
    role = variables.get("LIENTHONG_ROLE", "").strip() or DatabaseRole.WORKER
    if role not in set(DatabaseRole):
        raise _refused(
            "LIENTHONG_ROLE", "chỉ nhận web hoặc worker; biến này do chương trình tự đặt."
        )
    return Environment(
        database_url=_url(variables, "LIENTHONG_DATABASE_URL"),
        postgres_bin=_path(variables, "LIENTHONG_PG_BIN"),
        home=_path(variables, "LIENTHONG_HOME") or Path("var").absolute(),
        secret_file=_path(variables, "LIENTHONG_SECRET_FILE"),
        is_production=is_production,
        starts_at=starts_at,
        role=DatabaseRole(role),
        hosts=_hosts(variables, "LIENTHONG_HOSTS"),
        witnesses=_paths(variables, "LIENTHONG_WITNESSES"),
        hospital_token=timedelta(
            minutes=_number(variables, "LIENTHONG_HOSPITAL_TOKEN_MINUTES", 12, _TOKEN_MINUTES)
        ),
        hospital_token_status=_number(
            variables, "LIENTHONG_HOSPITAL_TOKEN_STATUS", 401, _TOKEN_STATUSES
        ),
        hospital_origins=_origins(variables, "LIENTHONG_HOSPITAL_ORIGINS"),
        proxies=_networks(variables, "LIENTHONG_PROXIES"),
        metrics_readers=(*_OWN_MACHINE, *_networks(variables, "LIENTHONG_METRICS_FROM")),
        backup_recipients=_words(variables, "LIENTHONG_BACKUP_RECIPIENTS"),
        link_memory_gb=_number(variables, "LIENTHONG_LINK_MEMORY_GB", 3, _GIGABYTES),
        match_ask_percent=_number(variables, "LIENTHONG_MATCH_ASK_PERCENT", 90, _PERCENTS),
        match_prior_bits=-_number(variables, "LIENTHONG_MATCH_PRIOR_BITS", 31, _BITS),
    )


@cache
def current() -> Environment:
    """The environment of this process, read once."""
    return read(os.environ)


def notify_socket() -> str:
    """Where systemd, having started us, waits to hear that we are ready; '' where nobody does. No choice of the operator's."""
    return os.environ.get("NOTIFY_SOCKET", "")


def become(role: DatabaseRole) -> None:
    """Choose the database role of this process and of those it starts; before Django's settings are read."""
    os.environ["LIENTHONG_ROLE"] = role.value
    current.cache_clear()
