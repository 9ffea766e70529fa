"""Fills an installation with a believable past: units, facilities, officers, five weeks of births, cards on their way.

Fictional people only. Refuses production. The past is lived day by day through the same doors and actions that
people use, so that ages, clocks and logs are those of a running system.
"""

import json
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from itertools import groupby
from pathlib import Path

from django.conf import settings

from lienthong.accounts import actions as accounts
from lienthong.accounts import jurisdiction
from lienthong.accounts.permissions import Role
from lienthong.births import enrolment, storing
from lienthong.cards import actions as cards
from lienthong.cards import printing, queries
from lienthong.database.scope import acting
from lienthong.kernel.dates import VIETNAM, vietnam_date
from lienthong.kernel.errors import Refused
from lienthong.simulation.births import Habits, stream
from lienthong.simulation.geography import Places

HOME_PROVINCE = "01"
"""Hà Nội: the province of the demo's officers, whose latest days are left for them to do."""
_LEFT_DAYS = 4
_OFFICE_OPENS = time(8, 30)
_WORKING_WEEKDAYS = 5
_BATCH = 2_000
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """One of the accounts of contracts §7."""

    username: str
    full_name: str
    role: Role
    personal_id: str
    province_code: str = ""


ACCOUNTS = (
    DemoAccount("trung-uong", "Đỗ Thị Trung Ương", Role.CENTRE, "003080000001"),
    DemoAccount("tinh-01", "Lê Văn Tỉnh", Role.PROVINCE, "003075000002", HOME_PROVINCE),
    DemoAccount("thu-01", "Phạm Thị Thu", Role.COLLECTION, "003188000003", HOME_PROVINCE),
    DemoAccount("so-the-01", "Nguyễn Văn Sổ", Role.CARD_DESK, "003085000004", HOME_PROVINCE),
    DemoAccount("truong-so-the-01", "Hoàng Thị Trưởng", Role.HEAD, "003178000009", HOME_PROVINCE),
    DemoAccount("tiep-nhan-01", "Trần Thị Tiếp", Role.RECEPTION, "003192000005", HOME_PROVINCE),
    DemoAccount("cntt", "Vũ Văn Quản Trị", Role.ADMINISTRATOR, "003090000006"),
)
HOSPITAL = accounts.NewMachine(
    "01929_BV",
    "Bệnh viện mẫu 01929",
    Role.HOSPITAL,
    facility_code="01929",
    staff=(("NGUYEN VAN CAN BO", "001087000001"),),
)
_WORKERS = (
    DemoAccount("may-duyet", "Cán bộ mô phỏng duyệt", Role.CARD_DESK, "003083000007"),
    DemoAccount("may-in", "Cán bộ mô phỏng in", Role.CARD_DESK, "003084000008"),
)
"""Two officers of the past, who approve and print in the other provinces; nobody can sign in as them."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How many children, from which seed, up to which instant."""

    births: int
    seed: int
    until: datetime


def refuse_production() -> None:
    """Raise Refused in production: fictional children beside real ones would be a disaster."""
    if settings.PRODUCTION:
        raise Refused(
            "Không nạp dữ liệu mẫu khi vận hành thật (LIENTHONG_PRODUCTION=1).", code="E-PRODUCTION"
        )


def make_accounts(file: Path, *, at: datetime) -> dict[str, str]:
    """Create the demo accounts once; user name to password, also kept in `file` (mode 0600)."""
    refuse_production()
    if file.exists():
        kept: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
        return kept
    by = enrolment.system()
    passwords: dict[str, str] = {}
    for account in ACCOUNTS:
        passwords[account.username] = secrets.token_urlsafe(12)
        accounts.create_officer(_officer(account), passwords[account.username], by=by, at=at)
    for account in _WORKERS:
        accounts.create_officer(_officer(account), secrets.token_urlsafe(24), by=by, at=at)
    passwords[HOSPITAL.name] = secrets.token_urlsafe(12)
    accounts.create_machine(HOSPITAL, passwords[HOSPITAL.name], by=by, at=at)
    part = file.with_suffix(".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream_out:
        json.dump(passwords, stream_out, ensure_ascii=False, indent=2)
    part.replace(file)
    return passwords


def _officer(account: DemoAccount) -> accounts.NewOfficer:
    return accounts.NewOfficer(
        username=account.username,
        full_name=account.full_name,
        personal_id=account.personal_id,
        role=account.role,
        province_code=account.province_code,
    )


def live(plan: Plan, places: Places, progress: Progress) -> int:
    """Live the weeks up to `plan.until`; how many distinct children were registered. Safe to run twice."""
    refuse_production()
    told = stream(plan.births, seed=plan.seed, until=plan.until, places=places, habits=Habits())
    via = storing.Via("file", peer="mo-phong")
    by = enrolment.system()
    done = 0
    last_day = vietnam_date(plan.until)
    for day, arrivals in groupby(told.arrivals(), key=lambda arrival: vietnam_date(arrival[0])):
        morning = datetime.combine(day, _OFFICE_OPENS, VIETNAM)
        if day.weekday() < _WORKING_WEEKDAYS and morning <= plan.until:
            _work_a_day(morning, leaves_home=(last_day - day).days < _LEFT_DAYS)
        for at, bodies in _deliveries(list(arrivals)):
            storing.accept_many(bodies, via, by=by, at=at)
            enrolment.advance_all(at=at, on=day)
            done += len(bodies)
            progress("Nhận và xử lý dữ liệu khai sinh", min(done, plan.births), plan.births)
    enrolment.advance_all(at=plan.until, on=last_day)
    return len(told.truth.children)


def _deliveries(
    arrivals: Sequence[tuple[datetime, bytes]],
) -> Iterator[tuple[datetime, list[bytes]]]:
    """The day's messages in two deliveries, each at the instant of its last message."""
    halves = max(1, -(-len(arrivals) // 2))
    for first in range(0, len(arrivals), min(halves, _BATCH)):
        chunk = arrivals[first : first + min(halves, _BATCH)]
        yield chunk[-1][0], [body for _, body in chunk]


def _work_a_day(at: datetime, *, leaves_home: bool) -> None:
    """Officers approve what waits, print what was approved, and hand over what was printed the day before."""
    approver, printer = (jurisdiction.actor_of(each.username) for each in _WORKERS)
    on = vietnam_date(at)
    with acting(printer, at=at):
        printed = queries.to_hand_over(printer, on=on, limit=_BATCH)
        waiting = queries.to_approve(approver, on=on, limit=_BATCH)
    handed = [
        line.id
        for line in printed
        if not _is_kept(line.id, 11) and not (leaves_home and _is_home(line))
    ]
    if handed:
        printing.hand_over(
            handed, by=printer, at=at, recipient="Cha hoặc mẹ của trẻ", relation="Cha/mẹ"
        )
    chosen = [
        line.id
        for line in waiting
        if not _is_kept(line.id, 13) and not (leaves_home and _is_home(line))
    ]
    approved = cards.approve(chosen, by=approver, at=at).done if chosen else ()
    to_print = [card_id for card_id in approved if not _is_kept(card_id, 9)]
    if to_print:
        printing.print_cards(to_print, by=printer, at=at)


def _is_home(line: queries.CardLine) -> bool:
    return line.code[3:5] == HOME_PROVINCE


def _is_kept(number: int, every: int) -> bool:
    """One in so many stays lying for a while, as in every office."""
    return number % every == 0


def is_lived(file: Path, plan: Plan) -> bool:
    """True when this installation has lived this plan already (its births and seed stand in `file`)."""
    if not file.exists():
        return False
    kept = json.loads(file.read_text(encoding="utf-8"))
    return bool(kept["births"] >= plan.births)


def note_lived(file: Path, plan: Plan, children: int) -> None:
    """Note what was lived, for the next start."""
    text = json.dumps({"births": plan.births, "seed": plan.seed, "children": children})
    file.write_text(text, encoding="utf-8")
