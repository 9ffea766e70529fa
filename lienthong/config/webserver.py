"""The web server: granian, ASGI; http and https side by side, in as many processes as the machine carries."""

import multiprocessing
import os
import signal
import threading
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

from granian.constants import HTTPModes, Interfaces, SSLProtocols
from granian.http import HTTP1Settings
from granian.server import Server

from lienthong.config import paths
from lienthong.web import measures

_BACKLOG = 1024
_SHUTDOWN_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Tls:
    """Certificate, key, and the authority whose clients alone may connect; all may be absent."""

    certificate: Path | None = None
    key: Path | None = None
    client_authority: Path | None = None


@dataclass(frozen=True, slots=True)
class Listener:
    """A port, its certificate if it has one, and the processes that answer there."""

    port: int
    tls: Tls = Tls()
    workers: int = 1
    address: str = "127.0.0.1"


def serve(listener: Listener, *others: Listener) -> None:
    """Serve until SIGINT or SIGTERM. Production stands behind a proxy, or brings its own certificate.

    Each other listener has a process of its own; when one of them ends, all do.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lienthong.config.settings")
    measures.forget(paths.measures_folder())
    beside = [
        multiprocessing.get_context("spawn").Process(target=_run, args=[one]) for one in others
    ]
    for process in beside:
        process.start()
        threading.Thread(target=_end_with, args=[process], daemon=True).start()
    try:
        _run(listener)
    finally:
        for process in beside:
            process.terminate()
        for process in beside:
            process.join(_SHUTDOWN_SECONDS)


def _end_with(process: BaseProcess) -> None:
    """Half a server is none: whoever watches us starts all of it again."""
    process.join()
    os.kill(os.getpid(), signal.SIGTERM)


def _run(listener: Listener) -> None:
    tls = listener.tls
    Server(
        "lienthong.config.asgi:application",
        address=listener.address,
        port=listener.port,
        interface=Interfaces.ASGI,
        workers=listener.workers,
        backlog=_BACKLOG,
        http=HTTPModes.http1,
        websockets=False,
        http1_settings=HTTP1Settings(),
        log_enabled=False,
        ssl_cert=tls.certificate,
        ssl_key=tls.key,
        # Clients of hospitals are old: many know nothing newer.
        ssl_protocol_min=SSLProtocols.tls12,
        ssl_ca=tls.client_authority,
        ssl_client_verify=tls.client_authority is not None,
    ).serve()
