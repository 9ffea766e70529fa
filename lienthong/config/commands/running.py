"""`lienthong setup`, `serve` and `work`: make ready, answer the web, run the steps."""

import signal
from pathlib import Path

import click

from lienthong.config import clock
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
def serve(
    port: int, tls_cert: Path | None, tls_key: Path | None, tls_client_ca: Path | None
) -> None:
    """Chạy máy chủ web (Ctrl-C để dừng)."""
    with database(DatabaseRole.WEB):
        from lienthong.config import webserver

        say(f"Trang web: http://127.0.0.1:{port}")
        webserver.serve(port, tls=webserver.Tls(tls_cert, tls_key, tls_client_ca))


@click.command()
@click.option("--once", is_flag=True, help="Chạy đến khi không còn việc rồi thôi.")
@json_option
def work(*, once: bool, as_json: bool) -> None:
    """Chạy các bước tự động."""
    with database():
        from lienthong.config import wiring
        from lienthong.worker import schedule

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
