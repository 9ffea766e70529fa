"""`lienthong demo`: the whole system with a fictional past, in one command."""

import json
import signal
import time
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from lienthong.config import clock, environment, installation, paths
from lienthong.config.commands.console import answer, database, json_option, say, start_child

_SHUTDOWN_SECONDS = 20
_LOOK_EVERY = 1.0
"""Seconds between two looks at the children and at the database, which is started again when it was killed."""


@click.command()
@click.option(
    "--births", type=click.IntRange(1, 2_000_000), default=2_000, show_default=True, help="Số trẻ."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Cùng số, cùng dữ liệu.")
@click.option("--once", is_flag=True, help="Xử lý xong thì dừng, không mở trang web.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@json_option
def demo(births: int, seed: int, port: int, *, once: bool, as_json: bool) -> None:
    """Chạy thử toàn bộ hệ thống với dữ liệu mẫu (người hư cấu)."""
    if environment.current().is_production:
        raise click.ClickException(
            "Không nạp dữ liệu mẫu khi vận hành thật (LIENTHONG_PRODUCTION=1)."
        )
    with database():
        at = clock.now()
        document, passwords = _fill(births, seed, at)
        if as_json:
            answer(document, as_json=True)
        else:
            _summary(document, passwords)
        if not once:
            _serve(port)


def _fill(births: int, seed: int, at: datetime) -> tuple[dict[str, Any], dict[str, str]]:
    from lienthong.audit import sealing
    from lienthong.births import enrolment
    from lienthong.cards import queries as cards
    from lienthong.dossiers import queries as dossiers
    from lienthong.simulation import (
        agents,
        coordination,
        difficulties,
        directives,
        doubles,
        families,
        hospitals,
        households,
        mergers,
        papers,
        places,
        taskforces,
    )
    from lienthong.simulation import demo as past

    home, start = environment.current().home, time.monotonic()
    plan, lived = past.Plan(births, seed, at), home / "demo.json"
    known = places.declare_places(at=at)
    passwords = past.make_accounts(paths.demo_accounts_file(), at=at)
    taskforces.publish(at=at)
    if past.is_lived(lived, plan):
        say("Dữ liệu mẫu đã có từ lần chạy trước.")
        children = json.loads(lived.read_text(encoding="utf-8"))["children"]
    else:
        children = _live(plan, known)
        past.note_lived(lived, plan, children)
    papers.enter_some(at=at)
    mergers.foretell(at=at)
    coordination.agree(at=at)
    hospitals.open_some(at=at)
    families.give_addresses(past.HOME_PROVINCE, by=enrolment.system(), at=at)
    households.settle_families(past.HOME_PROVINCE, by=enrolment.system(), at=at)
    doubles.suspect_some(by=enrolment.system(), at=at)
    difficulties.report_some(at=at)
    passwords = agents.open_some(
        paths.demo_accounts_file(), past.HOME_PROVINCE, by=enrolment.system(), at=at
    )
    directives.issue_some(at=at)
    sealing.seal_once(at)
    seconds = round(time.monotonic() - start, 2)
    by = enrolment.system()
    by_state = {line.state: line.count for line in dossiers.counts_by_state(by, on=at.date())}
    document = {
        "births": children,
        "cards": cards.count(by),
        "by_state": by_state,
        "seconds": seconds,
        "births_per_second": round(children / seconds, 1) if seconds else None,
    }
    return document, passwords


def _live(plan: Any, places: Any) -> int:  # noqa: ANN401 - types of a package that needs the database
    from lienthong.simulation import demo as past

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
    )
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as bars:
        bar = bars.add_task("Chuẩn bị", total=plan.births)

        def progress(name: str, done: int, total: int) -> None:
            bars.update(bar, description=name, completed=done, total=total)

        return past.live(plan, places, progress)


def _summary(document: dict[str, Any], passwords: dict[str, str]) -> None:
    from lienthong.dossiers.lifecycle import LABELS_VI
    from lienthong.simulation import demo as past

    console = Console()
    states = Table(
        "Trạng thái hồ sơ", "Số hồ sơ", title=f"{document['births']} trẻ, {document['cards']} thẻ"
    )
    for state, count in document["by_state"].items():
        states.add_row(LABELS_VI[state], str(count))
    accounts = Table("Tài khoản", "Mật khẩu", title="Tài khoản dùng thử")
    for username, password in passwords.items():
        accounts.add_row(username, password)
    console.print(states, accounts)
    counter = past.HOSPITAL
    name, personal_id = counter.staff[0]
    console.print(
        f"Quầy của bệnh viện (/co-so/): tài khoản {counter.name}, người tra cứu {name}, số định danh {personal_id}."
    )
    console.print(f"Thư, tin nhắn gửi gia đình nằm ở {paths.demo_letters_folder()}.")


def _serve(port: int) -> None:
    """The web server and a worker beside it, until Ctrl-C."""
    children = [start_child("serve", "--port", str(port)), start_child("work")]
    say(f"Mở http://127.0.0.1:{port} để xem. Nhấn Ctrl-C để dừng.")
    # A shell that starts us in the background has SIGINT ignored: Ctrl-C and kill must stop us all the same.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        while all(child.poll() is None for child in children):
            time.sleep(_LOOK_EVERY)
            installation.revive_database()
    except KeyboardInterrupt:
        say("Đang dừng…")
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.wait(timeout=_SHUTDOWN_SECONDS)


COMMANDS = (demo,)
