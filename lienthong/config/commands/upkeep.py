"""`lienthong verify`: the promises that can be checked from outside, each breach on a line."""

from pathlib import Path
from typing import Any

import click

from lienthong.config import clock
from lienthong.config.commands.console import answer, database, json_option, say

_PACKAGE = Path(__file__).parents[2]
_STATED_BY = ("births", "reports", "oversight")


@click.command("verify")
@json_option
def verify(*, as_json: bool) -> None:
    """Kiểm tra các cam kết của hệ thống và chuỗi nhật ký; im lặng khi mọi thứ đúng."""
    with database():
        from lienthong.audit import checks
        from lienthong.births import rebuild

        say("Đang kiểm tra…")
        breaches = [
            *checks.verify(map(invariants_folder, _STATED_BY)),
            *rebuild.breaches(on=clock.today()),
        ]
    document: dict[str, Any] = {
        "breaches": [
            {"name": each.name, "subject": each.subject, "message_vi": each.message_vi}
            for each in breaches
        ]
    }
    if as_json:
        answer(document, as_json=True)
    else:
        for each in breaches:
            click.echo(f"{each.name} {each.subject}: {each.message_vi}")
    if breaches:
        raise click.exceptions.Exit(1)


def invariants_folder(app: str = "births") -> Path:
    """Where the invariants that an app's floor can state stand, as SQL: the process, the figures, the books."""
    return _PACKAGE / app / "invariants"


COMMANDS = (verify,)
