"""The twin ministry's bookkeeping: what it sent each day, its daily statements, and a few differences planted in them.

Kept beside the stream, from the bytes as sent. It also holds a few messages that it states and never sent: they come when
it is asked for them (`partners.resend_sender`).
"""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final

from django.db import connection

from lienthong.births.storing import Via
from lienthong.gateways.justice_identity import own_id
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import VIETNAM, vietnam_date
from lienthong.oversight import statements
from lienthong.simulation.births import plain_stream
from lienthong.simulation.geography import CAPITAL, Places
from lienthong.simulation.messages import SOURCE
from lienthong.simulation.truth import Truth

SILENT: Final = "96"
"""Cà Mau, whose statement of one day never comes."""
_DAYS: Final = 10
"""How many of the last days are stated."""
_UNSENT, _UNSENT_SEED = 2, 7_001
_HOUR: Final = time(0, 40)
_COMMUNE = re.compile(rb'"ndkksMaXa"\s*:\s*"([0-9]{5})"')
_MESSAGE = re.compile(rb'"message_id"\s*:\s*"([^"\\\x00-\x1f]{1,400})"')
_PROVINCES = """
    SELECT code FROM catalogues_division WHERE level = 'province' AND valid @> %s::date ORDER BY code
"""
_HOMES = """
    SELECT told.code, catalogues_province_on(home.province_code, %s)
    FROM unnest(%s::text[]) AS told (code)
    CROSS JOIN LATERAL (
        SELECT division.province_code FROM catalogues_division AS division
        WHERE division.code = told.code AND division.level = 'commune'
        ORDER BY division.valid @> %s::date DESC, lower(division.valid) DESC LIMIT 1) AS home
"""


@dataclass(frozen=True, slots=True)
class _Sent:
    """One message as the ministry has it in its books."""

    commune_code: str
    message_id: str
    sha256: str


@dataclass(slots=True)
class Ledger:
    """What was sent on which day; only the last days are kept."""

    until: datetime
    truth: Truth
    _told: int = 0
    _days: dict[date, dict[str, _Sent]] = field(default_factory=lambda: defaultdict(dict))

    def note(self, at: datetime, bodies: Sequence[bytes]) -> None:
        """Note what was sent at that instant, in the order of the stream. The same again on another day was sent before."""
        day, first = vietnam_date(at), self._told
        self._told += len(bodies)
        if not vietnam_date(self.until) - timedelta(days=_DAYS) <= day < vietnam_date(self.until):
            return
        communes = {it.number: it.commune_code for it in self.truth.children}
        for place, body in enumerate(bodies, start=first):
            sent = _sent(body, communes.get(self.truth.messages[place].child, ""))
            if sent and not any(sent.message_id in known for known in self._days.values()):
                self._days[day][sent.message_id] = sent

    def publish(self, places: Places, unsent: Path, *, by: Actor) -> int:
        """Hand in the statements of every day, each after midnight; how many. What it holds back goes to `unsent`."""
        held_back = _held_back(self.until, places, self._days)
        unsent.write_bytes(b"".join(body + b"\n" for _, body in held_back))
        for day, body in held_back:
            sent = _sent(body, "")
            if sent:
                self._days[day][sent.message_id] = sent
        count = 0
        last = vietnam_date(self.until)
        stated = [last - timedelta(days=age) for age in range(_DAYS, 0, -1)] if self._days else []
        for day in stated:
            at = datetime.combine(day + timedelta(days=1), _HOUR, VIETNAM)
            for document in self._statements(day):
                body = json.dumps(document, separators=(",", ":")).encode()
                statements.accept(body, Via("file", peer="mo-phong"), by=by, at=at)
                count += 1
        return count

    def _statements(self, day: date) -> Iterator[dict[str, object]]:
        """One for each province, with the faults of a few; the capital's has what no list knows, some have nothing."""
        homes = _homes(day, {it.commune_code for it in self._days[day].values()})
        by_province: dict[str, list[_Sent]] = {code: [] for code in _provinces(day)}
        for it in self._days[day].values():
            by_province[homes.get(it.commune_code, CAPITAL)].append(it)
        age = (vietnam_date(self.until) - day).days
        for province, sent in sorted(by_province.items()):
            if province == SILENT and age == _DAYS // 2:
                continue
            yield _document(day, province, sent, age=age if province == CAPITAL else 0)


def _document(day: date, province: str, sent: list[_Sent], *, age: int) -> dict[str, object]:
    """The statement; the capital's of three days ago and of five has a fault in it."""
    communes: dict[str, list[_Sent]] = defaultdict(list)
    for it in sorted(sent, key=lambda it: it.message_id):
        communes[it.commune_code].append(it)
    said = {code: len(lines) for code, lines in communes.items()}
    first = min(communes, default="")
    if not first:
        age = 0
    if age == 3:  # noqa: PLR2004 - a digest that is not of what was sent, and a count that no list bears out
        worst = communes[first][0]
        communes[first][0] = _Sent(first, worst.message_id, hashlib.sha256(b"").hexdigest())
        said[max(communes)] += 1
    if age == 5:  # noqa: PLR2004 - one message was sent and is not stated
        communes[first].pop()
        said[first] -= 1
    return {
        "schema": 1,
        "kind": "statement",
        "source": SOURCE,
        "day": day.isoformat(),
        "province_code": province,
        "version": 1,
        "communes": [
            {
                "commune_code": code,
                "sent": said[code],
                "messages": [{"message_id": it.message_id, "sha256": it.sha256} for it in lines],
            }
            for code, lines in sorted(communes.items())
        ],
    }


def _sent(body: bytes, commune_code: str) -> _Sent | None:
    """What the books say of a message; `commune_code` is for bytes that do not say it themselves. None without a place."""
    commune, message = _COMMUNE.search(body), _MESSAGE.search(body)
    code = commune[1].decode() if commune else commune_code
    name = message[1].decode(errors="replace") if message else own_id(body)
    return _Sent(code, name, hashlib.sha256(body).hexdigest()) if code else None


def _held_back(
    until: datetime, places: Places, days: dict[date, dict[str, _Sent]]
) -> list[tuple[date, bytes]]:
    """Messages that are stated and were never sent, each with the day on which it is stated."""
    if not days:
        return []
    bodies = plain_stream(_UNSENT, seed=_UNSENT_SEED, until=until, places=places)
    chosen = sorted(days)[-2:]
    return list(zip(chosen, bodies, strict=False))


def _provinces(day: date) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_PROVINCES, [day])
        return [row[0] for row in cursor.fetchall()]


def _homes(day: date, communes: set[str]) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(_HOMES, [day, sorted(communes), day])
        return {code: province for code, province in cursor.fetchall() if province}
