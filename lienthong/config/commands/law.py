"""`lienthong law …`: what the law says about one child, without a database."""

from datetime import date, datetime

import click

from lienthong.config import clock
from lienthong.config.commands.console import DAY, answer, json_option
from lienthong.kernel.dates import VIETNAM, day_first, parse_iso_date
from lienthong.kernel.errors import Refused
from lienthong.law import deadlines, validity


@click.group("law")
def law() -> None:
    """Hỏi thư viện quy định."""


@law.command("validity")
@click.option("--born", type=DAY, required=True, help="Ngày sinh.")
@click.option("--on", "on_day", type=DAY, help="Ngày áp dụng quy định (mặc định: hôm nay).")
@json_option
def validity_command(born: date, on_day: date | None, *, as_json: bool) -> None:
    """Thời hạn sử dụng thẻ của trẻ em dưới 6 tuổi."""
    on = on_day or clock.today()
    cover = validity.card_validity(born, on=on)
    rule = validity.validity_rule(born, on=on)
    last = cover.last or cover.start
    document = {
        "valid_from": cover.start.isoformat(),
        "valid_to": last.isoformat(),
        "rule": rule.rule,
        "source": rule.source.cite_vi,
    }
    answer(
        document,
        as_json=as_json,
        text=lambda: (
            f"Từ {day_first(cover.start)} đến hết {day_first(last)} ({rule.source.cite_vi})"
        ),
    )


@law.command("due")
@click.option("--received", required=True, help="Ngày hoặc thời điểm tiếp nhận (ISO).")
@click.option(
    "--allowance", type=click.IntRange(min=0, max=365), required=True, help="Số ngày làm việc."
)
@json_option
def due_command(received: str, allowance: int, *, as_json: bool) -> None:
    """Hạn trả kết quả theo lịch ngày làm việc."""
    counted = _received(received)
    due = deadlines.due_on(counted, allowance, calendar=deadlines.official_calendar())
    document = {"received": received, "allowance": allowance, "due_on": due.isoformat()}
    answer(document, as_json=as_json, text=lambda: f"Hạn trả: {day_first(due)}")


def _received(text: str) -> date | datetime:
    try:
        return parse_iso_date(text)
    except ValueError:
        pass
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused(
            f"«{text}» không phải ngày YYYY-MM-DD hay thời điểm ISO.",
            code="E-DATE-FORMAT",
            field="received",
        ) from error
    return at.replace(tzinfo=VIETNAM) if at.tzinfo is None else at.astimezone(VIETNAM)


COMMANDS = (law,)
