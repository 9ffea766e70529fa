"""`lienthong cards …`: list, approve, print, and check a card's QR offline."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import click

from lienthong.config import clock
from lienthong.config.commands.console import DAY, answer, database, json_option
from lienthong.kernel.errors import NotFound, Refused

_DEFAULT_LIMIT = 1_000


@click.group("cards")
def cards() -> None:
    """Thẻ BHYT."""


@cards.command("list")
@click.option("--status", default="", help="requested, active, superseded, revoked, cancelled.")
@click.option("--unit", default="", help="Mã đơn vị cấp thẻ.")
@click.option(
    "--limit", type=click.IntRange(1, 1_000_000), default=_DEFAULT_LIMIT, show_default=True
)
@json_option
def list_command(status: str, unit: str, limit: int, *, as_json: bool) -> None:
    """Danh sách thẻ; việc xem được ghi nhật ký."""
    with database():
        from lienthong.audit import trail
        from lienthong.births import enrolment
        from lienthong.cards import lifecycle, queries
        from lienthong.database.scope import acting

        if status and status not in lifecycle.STATUSES:
            raise click.UsageError(f"--status phải là một trong: {', '.join(lifecycle.STATUSES)}")
        at, by = clock.now(), enrolment.system()
        filters = queries.CardFilter(status=status, unit_code=unit)
        with acting(by, at=at):
            lines = queries.cards(by, filters=filters, on=at.date(), limit=limit)
            subjects = [("card", line.id) for line in lines]
            trail.viewed(by, at=at, subjects=subjects, purpose="Danh sách thẻ tại máy chủ")
        answer([_line(line) for line in lines], as_json=as_json)


def _line(line: Any) -> dict[str, object]:  # noqa: ANN401 - a CardLine; importing it needs the database
    return {
        "code": line.code,
        "insurance_number": line.insurance_number,
        "personal_id": line.personal_id,
        "full_name": line.full_name,
        "birth_date": line.birth_date.isoformat(),
        "sex": line.sex,
        "status": line.status,
        "valid_from": line.valid_from.isoformat(),
        "valid_to": line.valid_to.isoformat(),
        "unit_code": line.unit_code,
        "message_id": line.message_id,
    }


@cards.command("approve")
@click.option("--unit", required=True, help="Mã đơn vị cấp thẻ.")
@click.option("--by", "username", required=True, help="Tài khoản của cán bộ duyệt.")
@click.option(
    "--limit", type=click.IntRange(1, 1_000_000), default=_DEFAULT_LIMIT, show_default=True
)
@json_option
def approve_command(unit: str, username: str, limit: int, *, as_json: bool) -> None:
    """Duyệt các thẻ đang chờ của một đơn vị, thay mặt một cán bộ có quyền."""
    with database():
        from lienthong.accounts import jurisdiction
        from lienthong.cards import actions, queries
        from lienthong.catalogues import queries as catalogues
        from lienthong.database.scope import acting

        at = clock.now()
        by = jurisdiction.actor_of(username)
        unit_id = catalogues.unit_id(unit)
        if unit_id is None or not jurisdiction.reaches(by, unit_id):
            raise NotFound(
                f"Không tìm thấy đơn vị {unit} trong địa bàn của {username}.", code="NOT_FOUND"
            )
        with acting(by, at=at):
            wanted = replace(queries.TO_APPROVE, unit_code=unit)
            waiting = queries.cards(by, filters=wanted, on=at.date(), limit=limit)
        outcome = actions.approve([line.id for line in waiting], by=by, at=at)
        refused = [
            {"card": refusal.subject, "code": refusal.code, "message_vi": refusal.message_vi}
            for refusal in outcome.refused
        ]
        document = {"unit": unit, "approved": outcome.done_count, "refused": refused}
        answer(document, as_json=as_json)


@cards.command("print")
@click.option("--unit", required=True, help="Mã đơn vị cấp thẻ.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option(
    "--limit", type=click.IntRange(1, 1_000_000), default=_DEFAULT_LIMIT, show_default=True
)
@json_option
def print_command(unit: str, out: Path, limit: int, *, as_json: bool) -> None:
    """In các thẻ đã duyệt, chưa in của một đơn vị thành một tệp PDF, xếp theo xã."""
    with database():
        from lienthong.births import enrolment
        from lienthong.cards import printing, queries
        from lienthong.catalogues import queries as catalogues
        from lienthong.database.scope import acting

        at, by = clock.now(), enrolment.system()
        if catalogues.unit_id(unit) is None:
            raise NotFound(
                f"Không có đơn vị {unit} trong danh mục.", code="NOT_FOUND", field="unit"
            )
        with acting(by, at=at):
            wanted = replace(queries.TO_PRINT, unit_code=unit)
            waiting = queries.cards(by, filters=wanted, on=at.date(), limit=limit)
        if not waiting:
            raise Refused(
                f"Đơn vị {unit} không có thẻ nào đã duyệt mà chưa in.", code="NOTHING_TO_PRINT"
            )
        part = out.with_name(out.name + ".part")
        run = printing.print_cards([line.id for line in waiting], by=by, at=at)
        part.write_bytes(run.pdf)
        part.replace(out)
        document = {"run": run.number, "cards": run.card_count, "out": str(out)}
        answer(document, as_json=as_json)


@cards.command("verify")
@click.argument("qr_text")
@click.option(
    "--keys",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Tệp khóa công khai.",
)
@click.option(
    "--revoked",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Danh sách thu hồi.",
)
@click.option("--on", "on_day", type=DAY, help="Ngày kiểm tra (mặc định: hôm nay).")
@json_option
def verify_command(
    qr_text: str, keys: Path | None, revoked: Path | None, on_day: date | None, *, as_json: bool
) -> None:
    """Kiểm tra mã QR của thẻ, không cần mạng và không cần cơ sở dữ liệu."""
    from lienthong.config import offline

    seal = offline.check(qr_text, keys=keys, revoked=revoked, on=on_day or clock.today())
    answer(seal.document, as_json=as_json, text=lambda: seal.message_vi)
    if not seal.is_valid:
        raise click.exceptions.Exit(1)


COMMANDS = (cards,)
