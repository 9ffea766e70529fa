"""What every command shares: a ready installation, one JSON document on standard output, progress on standard error."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import click
import django

from lienthong.config import environment, installation
from lienthong.config.environment import DatabaseRole
from lienthong.kernel.dates import parse_iso_date

json_option = click.option("--json", "as_json", is_flag=True, help="Chỉ in một tài liệu JSON.")


class Day(click.ParamType[date]):
    """A day written YYYY-MM-DD."""

    name = "YYYY-MM-DD"

    def convert(
        self,
        value: Any,  # noqa: ANN401 - click's signature
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> date:
        """The day; a usage error otherwise."""
        if isinstance(value, date):
            return value
        try:
            return parse_iso_date(str(value))
        except ValueError:
            self.fail(f"«{value}» không phải ngày dạng YYYY-MM-DD.", param, ctx)


DAY = Day()


def say(text: str) -> None:
    """A line of progress, on standard error."""
    click.echo(text, err=True)


def answer(document: Any, *, as_json: bool, text: Callable[[], str] | None = None) -> None:  # noqa: ANN401 - JSON
    """The command's result: JSON alone, or a text for people (by default the JSON, indented)."""
    if as_json or text is None:
        click.echo(
            json.dumps(document, ensure_ascii=False, indent=None if as_json else 2, default=_plain)
        )
    else:
        click.echo(text())


def _plain(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


@contextmanager
def database(role: DatabaseRole = DatabaseRole.WORKER) -> Iterator[None]:
    """A running database, migrated and with its catalogues, for as long as the block runs."""
    environment.become(role)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lienthong.config.settings")
    with installation.running_database():
        installation.ensure_roles()
        if role is DatabaseRole.WEB:
            # The pages' role may not make anything ready: a worker does it first.
            _make_ready_elsewhere()
            django.setup()
            yield
            return
        django.setup()
        # Models can be imported only now.
        from lienthong.config import readiness

        readiness.ensure_ready(say)
        yield
        readiness.leave()


def _make_ready_elsewhere() -> None:
    ready = start_child("setup", "--json", stdout=subprocess.DEVNULL)
    if ready.wait() != 0:
        raise click.ClickException("Chưa chuẩn bị được cơ sở dữ liệu; xem thông báo ở trên.")


def start_child(*arguments: str, stdout: int | None = None) -> "subprocess.Popen[bytes]":
    """Another process of this program, with the same environment but for its database role."""
    variables = {name: value for name, value in os.environ.items() if name != "LIENTHONG_ROLE"}
    command = [sys.executable, "-m", "lienthong.cli", *arguments]
    return subprocess.Popen(command, env=variables, stdout=stdout)  # noqa: S603 - our own program
