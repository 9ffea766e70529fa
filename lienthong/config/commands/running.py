"""`lienthong setup`, `database`, `serve` and `work`: make ready, keep PostgreSQL, answer the web, run the steps."""

import logging
import signal
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import click

from lienthong.config import clock, environment, installation, logs
from lienthong.config.commands.console import answer, database, json_option, say
from lienthong.config.environment import DatabaseRole
from lienthong.kernel.errors import LienthongError

_log = logging.getLogger(__name__)
_TEND_SECONDS, _TRY_AGAIN_SECONDS = 1.0, 5.0


@click.command()
@json_option
def setup(*, as_json: bool) -> None:
    """Tạo cơ sở dữ liệu, bảng, danh mục, bảng quy định; không có dữ liệu mẫu."""
    with database():
        from lienthong.catalogues import queries

        counts = queries.counts(clock.today())
        answer(counts, as_json=as_json, text=lambda: f"Đã sẵn sàng: {counts}")


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option(
    "--address", default="127.0.0.1", show_default=True,
    help="Địa chỉ mạng để nghe; 0.0.0.0 là mọi địa chỉ, trong container.",
)  # fmt: skip
@click.option("--tls-cert", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--tls-key", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--tls-client-ca", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--tls-port", type=click.IntRange(1, 65535), help="Thêm cổng https; --port vẫn là http."
)
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True)
def serve(port: int, address: str, tls_port: int | None, workers: int, **tls: Path | None) -> None:
    """Chạy máy chủ web (Ctrl-C để dừng)."""
    certificate, key = tls["tls_cert"], tls["tls_key"]
    if (certificate is None) != (key is None) or (tls_port and certificate is None):
        raise click.UsageError("Https cần cả --tls-cert và --tls-key.")
    with database(DatabaseRole.WEB):
        from lienthong.config.webserver import Listener, Tls, serve

        logs.catch_the_rest()

        secure = Tls(certificate, key, tls["tls_client_ca"])
        listeners = [Listener(port, Tls() if tls_port else secure, workers, address)]
        if tls_port:
            listeners.append(Listener(tls_port, secure, workers, address))
        for listener in listeners:
            scheme = "https" if listener.tls.certificate else "http"
            say(f"Trang web: {scheme}://{listener.address}:{listener.port}")
        serve(*listeners)


@click.command()
@click.option("--once", is_flag=True, help="Chạy đến khi không còn việc rồi thôi.")
@json_option
def work(*, once: bool, as_json: bool) -> None:
    """Chạy các bước tự động."""
    with database():
        from lienthong.config import wiring
        from lienthong.worker import schedule

        logs.catch_the_rest()
        tasks = wiring.tasks()
        if once:
            moved = schedule.run_until_idle(tasks, now=clock.now)
            answer(moved, as_json=as_json)
            return
        stop = schedule.Stop()
        signal.signal(signal.SIGTERM, stop.ask)
        signal.signal(signal.SIGINT, stop.ask)
        schedule.run(tasks, now=clock.now, stop=stop)


@click.command("database")
def keep_database() -> None:
    """Giữ PostgreSQL nhúng cho serve, work và các lệnh khác; dừng sau cùng (SIGTERM)."""
    logs.begin()
    asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.set())
    if environment.current().database_url:
        say("Cơ sở dữ liệu nằm trên máy chủ riêng (LIENTHONG_DATABASE_URL): không có gì để giữ.")
        _tell_ready()
        asked.wait()
        return
    with installation.keeping_database() as tend:
        _tell_ready()
        say("PostgreSQL đang chạy.")
        pause = _TEND_SECONDS
        while not asked.wait(pause):
            pause = _tended(tend)


def _tended(tend: Callable[[], bool]) -> float:
    """PostgreSQL is up, or was tried; seconds until the next look. On a full disk it comes up as soon as there is room."""
    try:
        if tend():
            _log.warning("database.revived")
    except (LienthongError, OSError) as error:
        _log.error("database.down", extra={"code": getattr(error, "code", type(error).__name__)})
        return _TRY_AGAIN_SECONDS
    return _TEND_SECONDS


def _tell_ready() -> None:
    """What waits for us goes on: systemd, when it started us and wants to know (sd_notify(3))."""
    place = environment.notify_socket()
    if not place:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.connect("\0" + place[1:] if place.startswith("@") else place)
        line.send(b"READY=1")


COMMANDS = (setup, keep_database, serve, work)
