"""`lienthong lookup`: what the hospitals' gateway answers about a card, asked at the console."""

from datetime import date

import click

from lienthong.config import clock
from lienthong.config.commands.console import DAY, answer, database, json_option


@click.command("lookup")
@click.argument("code")
@click.option("--name", required=True, help="Họ tên, có dấu hoặc không dấu.")
@click.option("--born", required=True, help="Ngày sinh: YYYY-MM-DD, dd/MM/yyyy, MM/yyyy hoặc yyyy.")
@click.option("--on", "on_day", type=DAY, help="Ngày khám bệnh (mặc định: hôm nay).")
@json_option
def lookup_command(code: str, name: str, born: str, on_day: date | None, *, as_json: bool) -> None:
    """Tra cứu một thẻ như bệnh viện tra cứu: mã thẻ, mã số BHXH hoặc số định danh; việc xem được ghi nhật ký."""
    with database():
        from lienthong.cards import lookup
        from lienthong.kernel.dates import parse_iso_date
        from lienthong.web.api import giamdinh_answers
        from lienthong.web.api.giamdinh_fields import birth_date

        on = on_day or clock.today()
        try:
            day = parse_iso_date(born)
            birth = lookup.BirthDate(day.year, day.month, day.day)
        except ValueError:
            birth = birth_date(born)
        call = lookup.Call(
            lookup.Asker("system"),
            lookup.key_of(code, on=on),
            name,
            birth,
            on,
            purpose="Tra cứu thẻ tại máy chủ",
            endpoint="console",
            wants_consulted=True,
        )
        (found,) = lookup.look_up_here([call])
        document = giamdinh_answers.document_2018(giamdinh_answers.said_of(found, on=on))
        answer(document, as_json=as_json)


COMMANDS = (lookup_command,)
