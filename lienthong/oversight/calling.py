"""Tells the people on call of an alarm by e-mail: one letter for each alarm's name, address and hour, however many it stands for.

The letter says what broke and what to do, with figures and codes; it names nobody.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import connection

from lienthong.database import outbox
from lienthong.database.outbox import Letter, Outgoing
from lienthong.gateways.mail import Mail
from lienthong.kernel.errors import Refused
from lienthong.notices.sending import MailOut, Sender, Style
from lienthong.oversight import advice

KIND: Final = "alarm.email"
_LATELY = """
    SELECT name, to_char(date_trunc('hour', raised_at), 'YYYYMMDDHH24'), count(*), min(raised_at)
    FROM database_alarm
    WHERE closed_at IS NULL AND raised_at > clock_timestamp() - interval '1 day'
    GROUP BY 1, 2 ORDER BY 1, 2
"""
_STANDING = (
    "SELECT count(*), min(raised_at) FROM database_alarm WHERE closed_at IS NULL AND name = %s"
)


def owe(addresses: Sequence[str], *, at: datetime) -> int:
    """Owe each address a letter for every alarm that was raised in the last day and stands; how many were new."""
    del at
    if not addresses:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_LATELY)
        raised = cursor.fetchall()
    calls = [
        Outgoing(KIND, f"{name}:{hour}:{place}", 1, {"name": name, "to": place})
        for name, hour, _, _ in raised
        for place in range(len(addresses))
    ]
    return outbox.put_many(calls) if calls else 0


def sender(out: MailOut, addresses: Sequence[str], style: Style) -> Sender:
    """Sends the letters of kind `alarm.email`. One whose alarm has closed meanwhile is not sent any more."""

    def send(letter: Letter) -> str:
        name, place = str(letter.payload["name"]), int(letter.payload["to"])
        if place >= len(addresses):
            raise Refused("Không còn địa chỉ trực này.", code="E-ADDRESS")
        with connection.cursor() as cursor:
            cursor.execute(_STANDING, [name])
            count, since = cursor.fetchone()
        if not count:
            return "closed"
        subject, body = _written(name, count, since, style)
        return out.send(Mail(f"alarm-{letter.id}", addresses[place], "", subject, body))

    return send


def _written(name: str, count: int, since: datetime, style: Style) -> tuple[str, str]:
    known = advice.of(name)
    times = f"{count:n} đối tượng, " if count > 1 else ""
    body = (
        f"{known.title_vi} ({name}): {times}từ {since:%H:%M ngày %d/%m/%Y}.\n\n"
        f"Việc cần làm: {known.advice_vi}\n\n"
        f"Xem tất cả cảnh báo: {style.pages_url}/can-bo/canh-bao/\n"
    )
    return f"[Liên thông] {known.title_vi}", body
