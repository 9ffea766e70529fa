"""Letters of the centre with a due date in the demo: one that most have answered, one that is under way.

The older one went to a few provinces: one replied late, one owes its reply and was reminded. The newer one went to all and a
third have replied; Hà Nội's officers have theirs still to do. Fictional officers sign for the other provinces; nobody can sign
in as them.
"""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from lienthong.accounts import actions as accounts
from lienthong.accounts import jurisdiction
from lienthong.accounts.permissions import Role
from lienthong.births import enrolment
from lienthong.catalogues import queries as catalogues
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import VIETNAM, vietnam_date
from lienthong.law.deadlines import official_calendar
from lienthong.oversight import directivelists, directives, following, replies, replyviews
from lienthong.oversight.directives import Draft
from lienthong.oversight.replies import SIGNER_TITLES, Signature
from lienthong.oversight.replylines import Plan, Said
from lienthong.oversight.templates import templates

_CENTRE, _HOME = "trung-uong", "01"
_OLDER, _NEWER = "2118", "680"
_OLDER_ISSUED, _OLDER_DUE, _NEWER_ISSUED, _NEWER_DUE = 18, 8, 4, 4
"""Working days: before today the older one was issued and due, the newer one issued; after today it is due."""
_EVERY = 3
_OFFICE_OPENS, _NOON = time(8, 45), time(11, 30)
_SURNAMES = ("Nguyễn", "Trần", "Lê", "Phạm", "Vũ")
_PLANS = (
    "Rà soát khai báo nơi làm việc của các đơn vị cấp thẻ",
    "Phân công thêm cán bộ duyệt thẻ, xử lý hết hồ sơ tồn",
    "Làm việc với Sở Tư pháp về dữ liệu thiếu, sai",
)


@dataclass(frozen=True, slots=True)
class _Office:
    """A province that answers: who writes and who signs."""

    province_code: str
    writer: Actor
    director: Actor


def issue_some(*, at: datetime) -> int:
    """Two letters with their replies, once; how many replies were sent."""
    centre = jurisdiction.actor_of(_CENTRE)
    on = vietnam_date(at)
    with acting(centre, at=at):
        if directivelists.archive(centre, wanted=directivelists.ArchiveFilter(), on=on, limit=1):
            return 0
    codes = [it.code for it in catalogues.provinces(centre, on=on) if it.code != _HOME]
    offices = [_office(code, number, at) for number, code in enumerate(codes[::_EVERY])]
    older = _issue(
        _OLDER,
        _before(on, _OLDER_ISSUED),
        _before(on, _OLDER_DUE),
        [it.province_code for it in offices],
    )
    for number, office in enumerate(offices[1:]):
        day = (
            _before(on, _OLDER_DUE - 1) if not number else _before(on, _OLDER_DUE + 1 + number % 4)
        )
        _reply(older, office, number, _instant(day, _NOON))
    morning = _instant(_before(on, _OLDER_DUE - 2), _OFFICE_OPENS)
    following.remind(older, "office", by=centre, at=morning)
    following.remind(older, "director", by=centre, at=morning)
    newer = _issue(_NEWER, _before(on, _NEWER_ISSUED), _after(on, _NEWER_DUE), [])
    for number, office in enumerate(offices):
        _reply(
            newer, office, number, _instant(_before(on, 1 + number % (_NEWER_ISSUED - 1)), _NOON)
        )
    return 2 * len(offices) - 1


def _issue(key: str, on: date, due_on: date, provinces: list[str]) -> int:
    by, at = jurisdiction.actor_of(_CENTRE), _instant(on, _OFFICE_OPENS)
    directive_id = directives.begin(key, by=by, at=at)
    template = templates()[key]
    first = (on.replace(day=1) - timedelta(days=1)).replace(day=1)
    draft = Draft(
        number=f"{1000 + directive_id * 7}/BHXH-CNTT",
        dated_on=on,
        subject=template.subject,
        body=template.body.strip(),
        due_on=due_on,
        period_first=first,
        period_last=on - timedelta(days=1),
        everyone=not provinces,
        provinces=tuple(provinces),
        signer_name="Đặng Văn Mẫu",
        signer_title="KT. GIÁM ĐỐC – PHÓ GIÁM ĐỐC",
        copies=template.copies,
        questions=tuple(template.question),
    )
    directives.issue(directive_id, draft, seen=0, by=by, at=at)
    return directive_id


def _reply(directive_id: int, office: _Office, number: int, at: datetime) -> None:
    by = office.writer
    replies.open_letter(directive_id, (office.province_code,), by=by, at=at - timedelta(hours=2))
    reply_id = replies.begin(directive_id, office.province_code, "", by=by, at=at)
    with acting(by, at=at):
        asked = directivelists.questions(by, directive_id)
        seen = replyviews.head(by, reply_id).edit_no
    # What is only asked where the answer is "no" is left out where it is "yes"; of figures it depends on the figure.
    said = {
        it.id: _said(it.kind, it.reason_list, number, vietnam_date(at))
        for it in asked
        if it.condition_kind != "yes_no" or not _is_yes(number)
    }
    replies.present(reply_id, said, seen=seen, by=by, at=at)
    signature = Signature(SIGNER_TITLES[number % 2], f"{200 + number * 3}/BHXH-QLT")
    later = at + timedelta(minutes=40)
    replies.send(reply_id, signature, seen=seen + 1, by=office.director, at=later)


def _said(kind: str, reason_list: str, number: int, on: date) -> Said:
    match kind:
        case "yes_no":
            return Said(is_yes=_is_yes(number))
        case "day":
            return Said(day=on + timedelta(days=30 + number))
        case "reasons":
            return Said(reasons=_REASONS[reason_list][number % 2 : number % 2 + 2])
        case "plan":
            until = (on + timedelta(days=21)).isoformat()
            return Said(plans=(Plan(_PLANS[number % len(_PLANS)], "Phòng Thu, Sổ – Thẻ", until),))
        case _:
            return Said()


def _is_yes(number: int) -> bool:
    return number % 4 > 0


_REASONS = {
    "late": ("WORKLOAD", "UNIT_DATA", "PERSONAL_ID"),
    "create_failed": ("UNIT_UNDECLARED", "BIRTH_DATA", "FACILITY"),
    "unconnected": ("JUSTICE_SOFTWARE", "EQUIPMENT", "TRAINING"),
    "agreement": ("WAITING", "DRAFTING", "DISAGREED"),
    "off_process": ("LATE_APPROVAL", "LATE_PRINT", "UNTRAINED"),
}


def _office(code: str, number: int, at: datetime) -> _Office:
    """Its two officers, made now. The names say what they are for."""
    actors = []
    for place, (word, role) in enumerate((("soan", Role.COLLECTION), ("giam-doc", Role.PROVINCE))):
        surname = _SURNAMES[(number + place) % len(_SURNAMES)]
        new = accounts.NewOfficer(
            username=f"may-{word}-{code}",
            full_name=f"{surname} {'Thị Soạn' if not place else 'Văn Ký'}",
            personal_id=f"0030{70 + place}{number:06d}",
            role=role,
            province_code=code,
        )
        accounts.create_officer(new, secrets.token_urlsafe(24), by=enrolment.system(), at=at)
        actors.append(jurisdiction.actor_of(new.username))
    return _Office(code, *actors)


def _before(day: date, count: int) -> date:
    """The working day so many working days earlier."""
    calendar = official_calendar()
    while count:
        day -= timedelta(days=1)
        count -= calendar.is_working_day(day)
    return day


def _after(day: date, count: int) -> date:
    for _ in range(count):
        day = official_calendar().next_working_day(day)
    return day


def _instant(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, VIETNAM)
