"""The web server: granian, WSGI, a few blocking threads over a small connection pool."""

import os
from dataclasses import dataclass
from pathlib import Path

from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.server import Server

_THREADS = 8
_BACKLOG = 256


@dataclass(frozen=True, slots=True)
class Tls:
    """Certificate, key, and the authority whose clients alone may connect; all may be absent."""

    certificate: Path | None
    key: Path | None
    client_authority: Path | None


def serve(port: int, *, tls: Tls, address: str = "127.0.0.1") -> None:
    """Serve until SIGINT or SIGTERM. Production stands behind a proxy, or brings its own certificate."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lienthong.config.settings")
    Server(
        "lienthong.config.wsgi:application",
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        blocking_threads=_THREADS,
        backlog=_BACKLOG,
        http1_settings=HTTP1Settings(),
        log_enabled=False,
        ssl_cert=tls.certificate,
        ssl_key=tls.key,
        ssl_ca=tls.client_authority,
        ssl_client_verify=tls.client_authority is not None,
    ).serve()
