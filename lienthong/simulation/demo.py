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
from lienthong.cards import conformance, decoys, exchange, further, paper, printing, queries
from lienthong.cards.exchange import Asked
from lienthong.cards.queries import CardFilter
from lienthong.config import paths
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import VIETNAM, vietnam_date
from lienthong.kernel.errors import Refused
from lienthong.law.card_forms import PaperGround, PaperRegime, paper_regime
from lienthong.law.deadlines import official_calendar
from lienthong.law.exchange import ground_rule
from lienthong.simulation.afterwards import Afterwards
from lienthong.simulation.births import Habits, stream
from lienthong.simulation.geography import Places
from lienthong.simulation.statements import Ledger

HOME_PROVINCE = "01"
"""Hà Nội: the province of the demo's officers, whose latest days are left for them to do."""
_LEFT_DAYS = 4
_OFFICE_OPENS = time(8, 30)
_BATCH = 2_000
_FURTHER_EVERY, _FURTHER_EVERY_AT_HOME = 29, 5
_GROUNDS = ("lost", "damaged", "information")
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
    "Bệnh viện mẫu 01929 (dùng thử)",
    Role.HOSPITAL,
    facility_code="01929",
    staff=(("NGUYEN VAN CAN BO", "001087000001"),),
)
_COLLECTOR = DemoAccount("may-thu", "Cán bộ mô phỏng thu", Role.COLLECTION, "003086000010")
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
    for account in (*_WORKERS, _COLLECTOR):
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
    done, afterwards, ledger = 0, Afterwards(HOME_PROVINCE), Ledger(plan.until, told.truth)
    last_day = vietnam_date(plan.until)
    for day, arrivals in groupby(told.arrivals(), key=lambda arrival: vietnam_date(arrival[0])):
        morning = datetime.combine(day, _OFFICE_OPENS, VIETNAM)
        if not day.weekday():
            conformance.look_at_everything(by=by, at=datetime.combine(day, time(), VIETNAM))
        is_worked = official_calendar().is_working_day(day) and morning <= plan.until
        leaves_home = (last_day - day).days < _LEFT_DAYS
        if is_worked:
            _hand_over(morning, leaves_home=leaves_home)
            _approve_and_print(morning, leaves_home=leaves_home)
            _ask_for_further_cards(morning, leaves_home=leaves_home)
        for at, bodies in _deliveries(list(arrivals)):
            storing.accept_many(bodies, via, by=by, at=at)
            afterwards.remember(bodies)
            ledger.note(at, bodies)
            enrolment.advance_all(at=at, on=day)
            decoys.plant(on=day)
            done += len(bodies)
            progress("Nhận và xử lý dữ liệu khai sinh", min(done, plan.births), plan.births)
            if is_worked:
                # At once, as letter 5052 wants it.
                _approve_and_print(at, leaves_home=leaves_home)
    enrolment.advance_all(at=plan.until, on=last_day)
    _correct_what_is_out(afterwards, at=plan.until)
    conformance.look_at_everything(by=by, at=plan.until)
    ledger.publish(places, paths.demo_unsent_file(), by=by)
    return len(told.truth.children)


def _correct_what_is_out(afterwards: Afterwards, *, at: datetime) -> None:
    """The ministry corrects a few children of the home province whose cards are with their families."""
    by = enrolment.system()
    filters = CardFilter(status="active", state="RETURNED")
    with acting(by, at=at):
        out = queries.cards(by, filters=filters, on=vietnam_date(at), limit=_BATCH)
    bodies = afterwards.corrections([line.message_id for line in out if _is_home(line)])
    if bodies:
        storing.accept_many(bodies, storing.Via("file", peer="mo-phong"), by=by, at=at)
        enrolment.advance_all(at=at, on=vietnam_date(at))


def _deliveries(
    arrivals: Sequence[tuple[datetime, bytes]],
) -> Iterator[tuple[datetime, list[bytes]]]:
    """The day's messages in two deliveries, each at the instant of its last message."""
    halves = max(1, -(-len(arrivals) // 2))
    for first in range(0, len(arrivals), min(halves, _BATCH)):
        chunk = arrivals[first : first + min(halves, _BATCH)]
        yield chunk[-1][0], [body for _, body in chunk]


def _hand_over(at: datetime, *, leaves_home: bool) -> None:
    """Families come for what was printed before."""
    printer = jurisdiction.actor_of(_WORKERS[1].username)
    with acting(printer, at=at):
        printed = queries.cards(
            printer, filters=queries.TO_HAND_OVER, on=vietnam_date(at), limit=_BATCH
        )
    handed = [
        line.id
        for line in printed
        if not _is_kept(line.id, 11) and not (leaves_home and _is_home(line))
    ]
    if handed:
        printing.hand_over(
            handed, by=printer, at=at, recipient="Cha hoặc mẹ của trẻ", relation="Cha/mẹ"
        )


def _approve_and_print(at: datetime, *, leaves_home: bool) -> None:
    """Officers approve what waits and print what was approved; a little stays lying.

    Of the approved cards that were not printed, some families take the electronic one, some ask for paper.
    """
    approver, printer = (jurisdiction.actor_of(each.username) for each in _WORKERS)
    with acting(printer, at=at):
        waiting = queries.cards(
            approver, filters=queries.TO_APPROVE, on=vietnam_date(at), limit=_BATCH
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
    if paper_regime(on=vietnam_date(at)) is PaperRegime.ON_REQUEST:
        _reach_families([card_id for card_id in approved if _is_kept(card_id, 9)], printer, at)


def _reach_families(unprinted: Sequence[int], by: Actor, at: datetime) -> None:
    """Each card in one of three ways: handed over electronically, asked for on paper, or left waiting."""
    electronic = [card_id for card_id in unprinted if card_id // 9 % 3 == 0]
    on_paper = [card_id for card_id in unprinted if card_id // 9 % 3 == 1]
    if electronic:
        printing.hand_over_electronically(
            electronic, by=by, at=at, recipient="Cha hoặc mẹ của trẻ", relation="Cha/mẹ"
        )
    if on_paper:
        wish = paper.Wish(PaperGround.ON_REQUEST, "Cha hoặc mẹ của trẻ", "Cha/mẹ")
        paper.ask_for_paper(on_paper, wish, by=by, at=at)


def _ask_for_further_cards(at: datetime, *, leaves_home: bool) -> None:
    """A few families have lost or torn their card, or have moved: a further one is asked for, and waits for approval.

    Those of the home province ask in the last days, and are left for the demo's officers.
    """
    by = jurisdiction.actor_of(_COLLECTOR.username)
    with acting(by, at=at):
        filters = CardFilter(status="active", state="RETURNED")
        out = queries.cards(by, filters=filters, on=vietnam_date(at), limit=_BATCH)
        waiting = {it.old_id for it in further.waiting(by, on=vietnam_date(at), limit=_BATCH)}
    for line in out:
        every = _FURTHER_EVERY_AT_HOME if _is_home(line) else _FURTHER_EVERY
        is_too_early = _is_home(line) and not leaves_home
        if is_too_early or not _is_kept(line.id, every) or line.id in waiting:
            continue
        ground = _GROUNDS[line.id // every % len(_GROUNDS)]
        address = f"Số {line.id % 90 + 1}, {line.commune_name}" if ground == "information" else None
        papers = ground_rule(ground, on=vietnam_date(at)).evidence_vi
        asked = Asked(line.id, ground, address=address, evidence=papers)
        exchange.ask(asked, by=by, at=at)


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
