"""Collection agencies: opened, renamed, closed; the communes they work in; their people's accounts. And what pages read.

The head of a unit and its province do it (AGENCY_MANAGE); row-level security holds whose. Each act leaves an audit entry.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, connection, transaction

from lienthong.accounts import passwords
from lienthong.accounts.actions import person_key_of
from lienthong.accounts.hospitals import new_password_text
from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.database.rows import rows_as
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import Conflict, NotAllowed, NotFound, Refused
from lienthong.kernel.names import stored_form

MOST_LOOKS_A_MINUTE: Final = 30
MOST_LOOKS_AN_HOUR: Final = 200
MOST_LOOKS_A_DAY: Final = 800
MOST_MISSES_A_DAY: Final = 40
"""An agent at homes looks a few dozen families up a day, each a search and some pages; who goes faster is no longer at a
home, and who misses more than that is trying numbers."""
_MOST_NAME = 200

_OPEN = """
    INSERT INTO accounts_agency (code, name, province_code, unit_code, is_active, made_by, made_at)
    SELECT %(code)s, %(name)s, unit.province_code, unit.code, true, %(by)s, %(at)s
    FROM catalogues_unit AS unit WHERE unit.code = %(unit)s RETURNING id
"""
_CHANGE = "UPDATE accounts_agency SET name = %s, is_active = %s WHERE id = %s"
_ADD_COMMUNE = """
    INSERT INTO accounts_agencycommune (agency_id, commune_code, added_by, added_at)
    SELECT agency.id, route.commune_code, %(by)s, %(at)s
    FROM accounts_agency AS agency
    JOIN catalogues_unit AS unit ON unit.code = agency.unit_code
    JOIN catalogues_route AS route
        ON route.commune_code = %(commune)s AND route.registered @> %(on)s::date AND route.unit_id = unit.id
    WHERE agency.id = %(agency)s
    ON CONFLICT (agency_id, commune_code) WHERE ended_at IS NULL DO NOTHING RETURNING id
"""
_HAS_COMMUNE = """
    SELECT EXISTS (SELECT 1 FROM accounts_agencycommune
                   WHERE agency_id = %s AND commune_code = %s AND ended_at IS NULL)
"""
_END_COMMUNE = """
    UPDATE accounts_agencycommune SET ended_by = %s, ended_at = %s
    WHERE agency_id = %s AND commune_code = %s AND ended_at IS NULL
"""
_GIVE = "SELECT authz.give_agent(%s, %s, %s, %s, %s)"
_END = "SELECT authz.end_agent(%s)"
_AGENCIES = """
    SELECT agency.id, agency.code, agency.name, agency.unit_code, agency.province_code,
           coalesce(unit.name, '') AS unit_name, agency.is_active,
           (SELECT count(*) FROM accounts_officer AS o WHERE o.agency_id = agency.id AND o.is_active) AS agent_count,
           ARRAY(SELECT commune.commune_code FROM accounts_agencycommune AS commune
                 WHERE commune.agency_id = agency.id AND commune.ended_at IS NULL
                 ORDER BY commune.commune_code) AS communes
    FROM accounts_agency AS agency LEFT JOIN catalogues_unit AS unit ON unit.code = agency.unit_code
    WHERE (%(only)s = 0 OR agency.id = %(only)s) AND (%(code)s = '' OR agency.code = %(code)s)
    ORDER BY agency.is_active DESC, agency.name, agency.id
"""
_AGENTS = """
    SELECT o.id, o.username, o.full_name, o.is_active FROM accounts_officer AS o
    WHERE o.agency_id = %s AND EXISTS (SELECT 1 FROM accounts_agency AS seen WHERE seen.id = o.agency_id)
    ORDER BY o.is_active DESC, o.username
"""
_COUNT_LOOK = "SELECT authz.count_look(%s, %s, %s, %s)"

GONE_VI = "Không tìm thấy đại lý thu này trong địa bàn của bạn."
CODE_VI = "Mã đại lý gồm 2 đến 24 chữ hoa hoặc số."
TWICE_VI = "Mã đại lý này đã có."
NAME_VI = "Hãy ghi tên đại lý."
UNIT_VI = "Hãy chọn đơn vị trong địa bàn của bạn."
COMMUNE_VI = "Xã này không thuộc đơn vị quản lý đại lý. Hãy kiểm tra lại mã xã."
USERNAME_VI = (
    "Tên đăng nhập này đã có người dùng, hoặc không đúng dạng (chữ thường không dấu, số, dấu gạch)."
)


@dataclass(frozen=True, slots=True)
class AgencyLine:
    """One agency, its unit, how many people it has, and the communes it works in."""

    id: int
    code: str
    name: str
    unit_code: str
    province_code: str
    unit_name: str
    is_active: bool
    agent_count: int
    communes: Sequence[str]


@dataclass(frozen=True, slots=True)
class AgentLine:
    """One person of an agency."""

    id: int
    username: str
    full_name: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class NewAgent:
    """A person of an agency as he is entered; the personal id is not kept, only a keyed hash."""

    username: str
    full_name: str
    personal_id: str


@dataclass(frozen=True, slots=True)
class AgentSecret:
    """A new password, to be shown once."""

    username: str
    password: str


def agencies(by: Actor) -> list[AgencyLine]:
    """The agencies within reach, those at work first. One query. Raises NotAllowed for who neither manages nor reads them."""
    if not (by.may(Permission.AGENCY_MANAGE) or by.may(Permission.COMPLETENESS_VIEW)):
        raise NotAllowed("Bạn không có quyền xem đại lý thu.", code=str(Permission.AGENCY_MANAGE))
    return _agencies(0)


def agency(by: Actor, agency_id: int) -> AgencyLine:
    """One agency. Raises NotFound, also for another unit's."""
    _need(by)
    found = _agencies(agency_id)
    if not found:
        raise NotFound(GONE_VI)
    return found[0]


def coded(code: str, *, by: Actor) -> AgencyLine:
    """The agency of this code. Raises NotFound, also for another unit's."""
    _need(by)
    found = _agencies(0, code.strip().upper())
    if not found:
        raise NotFound(GONE_VI, field="agency")
    return found[0]


def own(by: Actor) -> AgencyLine:
    """The agency of the agent himself. Raises NotFound when it is closed or he is none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(authz.agency(), 0)")
        key = int(cursor.fetchone()[0])
    found = _agencies(key) if key and by.may(Permission.AGENT_DESK) else []
    if not found:
        raise NotFound(GONE_VI)
    return found[0]


def agents(by: Actor, agency_id: int) -> list[AgentLine]:
    """The people of an agency, those at work first. One query."""
    _need(by)
    with connection.cursor() as cursor:
        cursor.execute(_AGENTS, [agency_id])
        return rows_as(AgentLine, cursor)


def open_agency(code: str, name: str, unit_code: str, *, by: Actor, at: datetime) -> int:
    """A new agency of a unit; its key. Raises Refused: the code's form or another's, no name, no such unit in reach."""
    _need(by)
    key, title = code.strip().upper(), stored_form(name)[:_MOST_NAME]
    if not title:
        raise Refused(NAME_VI, code="AGENCY_NAME", field="ten")
    if not (1 < len(key) <= 24 and key.isascii() and key.replace("-", "").isalnum()):  # noqa: PLR2004 - as the table's check
        raise Refused(CODE_VI, code="AGENCY_CODE", field="ma")
    told: dict[str, Any] = {"code": key, "name": title, "unit": unit_code, "by": by.label, "at": at}
    try:
        with acting(by, at=at), transaction.atomic(), connection.cursor() as cursor:
            if by.token:
                cursor.execute("SELECT authz.manages_agencies_of(%s)", [unit_code])
                if not cursor.fetchone()[0]:
                    raise Refused(UNIT_VI, code="AGENCY_UNIT", field="don-vi")
            cursor.execute(_OPEN, told)
            row = cursor.fetchone()
            if row is None:
                raise Refused(UNIT_VI, code="AGENCY_UNIT", field="don-vi")
            made = int(row[0])
            _record(by, "agency.opened", made, at=at)
    except IntegrityError as error:
        raise Refused(TWICE_VI, code="AGENCY_TWICE", field="ma") from error
    return made


def change(agency_id: int, name: str, *, is_active: bool, by: Actor, at: datetime) -> None:
    """Another name, closed or open again; of a closed one nobody sees anything any more. Raises NotFound, Refused."""
    _need(by)
    title = stored_form(name)[:_MOST_NAME]
    if not title:
        raise Refused(NAME_VI, code="AGENCY_NAME", field="ten")
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_CHANGE, [title, is_active, agency_id])
        if not cursor.rowcount:
            raise NotFound(GONE_VI)
        _record(by, "agency.changed", agency_id, at=at, detail={"is_active": is_active})


def add_commune(agency_id: int, commune_code: str, *, by: Actor, at: datetime) -> None:
    """The agency works in this commune from now on. Safe to run twice. Raises Refused for a commune of another unit."""
    _need(by)
    told: dict[str, Any] = {
        "agency": agency_id,
        "commune": commune_code.strip(),
        "on": vietnam_date(at),
        "by": by.label,
        "at": at,
    }
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_ADD_COMMUNE, told)
        if cursor.rowcount:
            commune = {"commune": told["commune"]}
            _record(by, "agency.commune_added", agency_id, at=at, detail=commune)
            return
        cursor.execute(_HAS_COMMUNE, [agency_id, told["commune"]])
        if not cursor.fetchone()[0]:
            raise Refused(COMMUNE_VI, code="AGENCY_COMMUNE", field="xa")


def end_commune(agency_id: int, commune_code: str, *, by: Actor, at: datetime) -> None:
    """The agency works there no more; its people see nobody of it from the next statement on. Raises NotFound."""
    _need(by)
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_END_COMMUNE, [by.label, at, agency_id, commune_code])
        if not cursor.rowcount:
            raise NotFound(GONE_VI)
        _record(by, "agency.commune_ended", agency_id, at=at, detail={"commune": commune_code})


def give_account(agency_id: int, new: NewAgent, *, by: Actor, at: datetime) -> AgentSecret:
    """An account for a person of the agency, or another password for it; the password is shown once.

    Raises Refused (wrong personal id, no name, a user name that is somebody else's), NotFound for another unit's agency.
    """
    _need(by)
    username, name = new.username.strip().lower(), stored_form(new.full_name)[:_MOST_NAME]
    if not name:
        raise Refused("Hãy ghi họ tên nhân viên.", code="AGENT_NAME", field="ho-ten")
    secret = AgentSecret(username, new_password_text())
    try:
        key = person_key_of("".join(new.personal_id.split()))
    except Refused as error:
        said = "Số định danh của nhân viên phải gồm 12 chữ số."
        raise Refused(said, code="AGENT_ID", field="so-dinh-danh") from error
    told: list[Any] = [agency_id, username, name, key, passwords.hash_of(secret.password)]
    try:
        with acting(by, at=at), transaction.atomic(), connection.cursor() as cursor:
            if not _agencies(agency_id):
                raise NotFound(GONE_VI)
            cursor.execute(_GIVE, told)
            officer = int(cursor.fetchone()[0])
            trail.record(
                by,
                "agent.account_given",
                at=at,
                subject_kind="officer",
                subject_id=officer,
                detail={"agency": agency_id},
            )
    except IntegrityError as error:
        raise Refused(USERNAME_VI, code="AGENT_USERNAME", field="ten-dang-nhap") from error
    return secret


def end_account(officer_id: int, *, by: Actor, at: datetime) -> None:
    """He may do nothing from now on. Raises Conflict when he already may not, or is not in reach."""
    _need(by)
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_END, [officer_id])
        if not cursor.fetchone()[0]:
            raise Conflict("Tài khoản này đã ngừng hoặc không thuộc địa bàn của bạn.", code="ENDED")
        trail.record(
            by, "agent.account_ended", at=at, subject_kind="officer", subject_id=officer_id
        )


def count_look(by: Actor) -> bool:
    """Count one look of an agent before it is answered; False when a minute's, an hour's or the day's are used up.

    Not undone by what follows, whatever was asked about: the answer to too many looks tells nothing of anybody.
    """
    most = [MOST_LOOKS_A_MINUTE, MOST_LOOKS_AN_HOUR, MOST_LOOKS_A_DAY, MOST_MISSES_A_DAY]
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_LOOK, most)
        return bool(cursor.fetchone()[0]) and by.may(Permission.AGENT_DESK)


def count_miss() -> None:
    """The look-up just counted found nobody in the agent's communes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT authz.count_miss()")


def _agencies(only: int, code: str = "") -> list[AgencyLine]:
    with connection.cursor() as cursor:
        cursor.execute(_AGENCIES, {"only": only, "code": code})
        return rows_as(AgencyLine, cursor)


def _need(by: Actor) -> None:
    if not by.may(Permission.AGENCY_MANAGE):
        raise NotAllowed(
            "Bạn không có quyền quản lý đại lý thu.", code=str(Permission.AGENCY_MANAGE)
        )


def _record(
    by: Actor, action: str, agency_id: int, *, at: datetime, detail: dict[str, object] | None = None
) -> None:
    trail.record(
        by, action, at=at, subject_kind="agency", subject_id=agency_id, detail=detail or {}
    )
