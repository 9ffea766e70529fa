"""Temporary codes (mã thẻ tạm): under which a child without a card is treated, given out to hospitals and read back.

    given = give(asker, newborn, at=now)

One database function gives a code and logs it; the same child at the same facility gets the same code again. A code is
good from admission to discharge (Quyết định 4750/QĐ-BYT); `DAYS_OPEN` until the discharge is told.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal

import msgspec
from django.db import connection

from lienthong.cards.lookup import Asker
from lienthong.kernel.codes import is_personal_id, is_province_code
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import Refused
from lienthong.kernel.names import match_key
from lienthong.law.validity import entitled

Relation = Literal["mother", "father", "guardian", "facility"]
Sex = Literal["male", "female", "undetermined"]
Run = Callable[[str, list[str]], list[tuple[Any, ...]]]
"""Runs a statement in a transaction that is committed, and gives its rows."""

DAYS_OPEN: Final = 60
"""Days from admission that a code stands while no discharge is told: as long as a birth may wait to be registered
(Luật Hộ tịch 60/2014/QH13, Điều 15). A choice of this project: the decision names no last day for a stay that goes on."""
DAYS_BACK: Final = 366
MOST_BIRTH_ORDER: Final = 9
LONGEST_NAME: Final = 100
LONGEST_ADDRESS: Final = 300
LONGEST_NOTICE: Final = 30
RELATIONS_VI: Final[dict[str, str]] = {
    "mother": "Mẹ",
    "father": "Cha",
    "guardian": "Người giám hộ",
    "facility": "Cơ sở khám, chữa bệnh (trẻ bị bỏ rơi)",
}
_GIVE: Final = "SELECT * FROM cards_give_temporary_code(%s::jsonb)"
_OWN: Final = "SELECT * FROM cards_temporary_codes(%s::jsonb)"
_DOOR: Final = (
    "SELECT verdict, facility_code, facility_name, staff_id FROM cards_hospital_door(%s::jsonb)"
)


@dataclass(frozen=True, slots=True)
class Newborn:
    """A child who has no card, as the facility knows it.

    `carer_name` is the mother's, father's or guardian's; the facility's own for a foundling, then it may be empty.
    `birth_order` parts children of one birth. `discharged_on` ends the code.
    """

    born_on: date
    sex: Sex
    carer_relation: Relation
    carer_name: str = ""
    full_name: str = ""
    mother_personal_id: str = ""
    birth_notice_code: str = ""
    address: str = ""
    province_code: str = ""
    birth_order: int = 1
    admitted_on: date | None = None
    discharged_on: date | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """What became of a request for a code: `verdict` is '' when there is one, else a value of `lookup.Verdict`.

    `is_new` is False when the child had this code already. `valid_to` is the last day included.
    """

    verdict: str
    wait_seconds: int
    code: str | None
    is_new: bool
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class CodeLine:
    """One of the facility's own codes, and the card that it leads to once there is one. Last days are included."""

    code: str
    issued_at: datetime
    full_name: str
    carer_name: str
    carer_relation: str
    born_on: date
    sex: str
    birth_order: int
    valid_from: date
    valid_to: date
    is_linked: bool
    card_code: str | None
    card_valid_from: date | None
    card_valid_to: date | None

    @property
    def state(self) -> str:
        """`card` with a card, `registered` when the child is known, else `waiting`."""
        if self.card_code is not None:
            return "card"
        return "registered" if self.is_linked else "waiting"

    @property
    def name(self) -> str:
        """The child's name or, before it has one, whose child it is."""
        return self.full_name or f"Con {self.carer_name}"


@dataclass(frozen=True, slots=True)
class Codes:
    """The facility's codes, the latest first; none with a `verdict` of `lookup.Verdict` when the door is shut."""

    verdict: str
    lines: tuple[CodeLine, ...]


@dataclass(frozen=True, slots=True)
class DoorAnswer:
    """Whether account and staff member may act: `verdict` is '' or a value of `lookup.Verdict`."""

    verdict: str
    facility_code: str
    facility_name: str


def on_connection(statement: str, parameters: list[str]) -> list[tuple[Any, ...]]:
    """Run it with the rights of the pages."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def give(
    asker: Asker, newborn: Newborn, *, at: datetime, request_id: str = "", run: Run = on_connection
) -> Given:
    """A code for the child, new or the one it has here. One statement, which also logs.

    Raises Refused with code and field for facts that cannot be: see `check`.
    """
    on = vietnam_date(at)
    child = _tidied(newborn)
    check(child, on=on)
    first = child.admitted_on or max(on, child.born_on)
    last = child.discharged_on or first + timedelta(DAYS_OPEN)
    said = _asker(asker, request_id) | {
        "full_name": child.full_name,
        "carer_name": child.carer_name,
        "carer_relation": child.carer_relation,
        "mother_personal_id": child.mother_personal_id,
        "birth_notice_code": child.birth_notice_code,
        "born_on": child.born_on,
        "sex": child.sex,
        "address": child.address,
        "province_code": child.province_code,
        "birth_order": child.birth_order,
        "admitted_on": first,
        "last_on": last,
        "is_discharged": child.discharged_on is not None,
    }
    (row,) = run(_GIVE, [msgspec.json.encode(said).decode()])
    return Given(*row)


def own_code(asker: Asker, code: str, *, request_id: str = "", run: Run = on_connection) -> Codes:
    """One code of the account's own; no line for any other. Logged as a view. One statement."""
    return _codes(asker, {"code": code}, request_id, run)


def own_codes(
    asker: Asker, since: datetime, *, request_id: str = "", run: Run = on_connection
) -> Codes:
    """The account's codes given out since then, at most 200, each logged as a view. One statement."""
    return _codes(asker, {"since": since}, request_id, run)


def door(asker: Asker, *, run: Run = on_connection) -> DoorAnswer:
    """Whether this account and staff member may act now. One statement."""
    ((verdict, code, name, _),) = run(_DOOR, [msgspec.json.encode(_asker(asker, "")).decode()])
    return DoorAnswer(verdict, code or "", name or "")


def check(child: Newborn, *, on: date) -> None:
    """Raise Refused, with code and field, for what no child under six, stay or carer can be."""
    _check_days(child, on)
    if child.carer_relation != "facility" and not match_key(child.carer_name):
        raise _refused("Hãy ghi họ tên mẹ, cha hoặc người giám hộ.", "carer_name")
    if child.carer_relation != "facility" and not is_province_code(child.province_code):
        raise _refused("Hãy chọn tỉnh, thành phố nơi mẹ cư trú.", "province_code")
    if child.mother_personal_id and not is_personal_id(child.mother_personal_id):
        raise _refused("Số định danh của mẹ phải có 12 chữ số.", "mother_personal_id")
    if not 1 <= child.birth_order <= MOST_BIRTH_ORDER:
        raise _refused("Thứ tự con trong lần sinh phải từ 1 đến 9.", "birth_order")
    bounds = {
        "full_name": LONGEST_NAME,
        "carer_name": LONGEST_NAME,
        "birth_notice_code": LONGEST_NOTICE,
        "address": LONGEST_ADDRESS,
    }
    for field, longest in bounds.items():
        if len(getattr(child, field)) > longest:
            raise _refused(f"Nội dung quá dài, tối đa {longest} ký tự.", field)


def _check_days(child: Newborn, on: date) -> None:
    if child.born_on > on:
        raise _refused("Ngày sinh không được sau hôm nay.", "born_on")
    admitted = child.admitted_on or on
    if not child.born_on <= admitted <= on or (on - admitted).days > DAYS_BACK:
        raise _refused(
            "Ngày vào viện phải từ ngày sinh đến hôm nay, không quá một năm trước.", "admitted_on"
        )
    if not entitled(child.born_on, on=admitted):
        raise _refused(
            "Mã thẻ tạm chỉ cấp cho trẻ em dưới 6 tuổi; trẻ này đã quá thời hạn thẻ trẻ em.",
            "born_on",
        )
    if child.discharged_on and not admitted <= child.discharged_on <= on:
        raise _refused("Ngày ra viện phải từ ngày vào viện đến hôm nay.", "discharged_on")


def _refused(message_vi: str, field: str) -> Refused:
    return Refused(message_vi, code="E-FIELD", field=field)


def _tidied(child: Newborn) -> Newborn:
    return replace(
        child,
        full_name=_plain(child.full_name),
        carer_name=_plain(child.carer_name),
        address=_plain(child.address),
        province_code=_plain(child.province_code),
        mother_personal_id="".join(child.mother_personal_id.split()),
        birth_notice_code="".join(child.birth_notice_code.split()).upper(),
    )


def _plain(text: str) -> str:
    return " ".join(text.split())


def _asker(asker: Asker, request_id: str) -> dict[str, object]:
    return {
        "account": asker.account,
        "token_at": asker.token_at,
        "asks_staff": asker.staff_personal_id is not None,
        "staff_personal_id": asker.staff_personal_id,
        "staff_name_key": match_key(asker.staff_name),
        "request": request_id,
    }


def _codes(asker: Asker, wanted: Mapping[str, object], request_id: str, run: Run) -> Codes:
    rows = run(_OWN, [msgspec.json.encode(_asker(asker, request_id) | dict(wanted)).decode()])
    lines = tuple(CodeLine(*row[1:]) for row in rows if row[1] is not None)
    return Codes(rows[0][0], lines)
