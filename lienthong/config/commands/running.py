"""`lienthong setup`, `serve` and `work`: make ready, answer the web, run the steps."""

import signal
from pathlib import Path

import click

from lienthong.config import clock, logs
from lienthong.config.commands.console import answer, database, json_option, say
from lienthong.config.environment import DatabaseRole


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
@click.option("--tls-cert", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--tls-key", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--tls-client-ca", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--tls-port", type=click.IntRange(1, 65535), help="Thêm cổng https; --port vẫn là http."
)
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True)
def serve(port: int, tls_port: int | None, workers: int, **tls: Path | None) -> None:
    """Chạy máy chủ web (Ctrl-C để dừng)."""
    certificate, key = tls["tls_cert"], tls["tls_key"]
    if (certificate is None) != (key is None) or (tls_port and certificate is None):
        raise click.UsageError("Https cần cả --tls-cert và --tls-key.")
    with database(DatabaseRole.WEB):
        from lienthong.config.webserver import Listener, Tls, serve

        logs.catch_the_rest()

        secure = Tls(certificate, key, tls["tls_client_ca"])
        listeners = [Listener(port, Tls() if tls_port else secure, workers)]
        if tls_port:
            listeners.append(Listener(tls_port, secure, workers))
        for listener in listeners:
            scheme = "https" if listener.tls.certificate else "http"
            say(f"Trang web: {scheme}://127.0.0.1:{listener.port}")
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


COMMANDS = (setup, serve, work)
