"""Dossiers for further cards (cấp lại, đổi thẻ): which unit answers for the child now, opened there, and put back.

What has been handed over is over: a new request goes to the unit that answers today for the child's commune, whoever
issued the card (công văn 680/BHXH-CNTT; rules 000-1, 000-2).
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from lienthong.accounts import jurisdiction
from lienthong.accounts.permissions import Permission
from lienthong.catalogues import divisions
from lienthong.catalogues.divisions import Heir
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import NotAllowed, NotFound, Refused

_PLACE = """
    SELECT coalesce(nullif(chosen_commune_code, ''), commune_code), coalesce(chosen_on, registered_on), unit_id
    FROM dossiers_dossier WHERE id = %s
"""
_ROUTE = """
    SELECT route.resolution, route.unit_status, route.unit_id, coalesce(unit.name, ''), route.resolved_code,
           route.resolved_since, route.province_code, route.rule
    FROM catalogues_route AS route LEFT JOIN catalogues_unit AS unit ON unit.id = route.unit_id
    WHERE route.commune_code = %s AND route.registered @> %s::date LIMIT 1
"""
_OPEN = """
    INSERT INTO dossiers_dossier (
        id, code, source, message_id, channel, kind, paper_reason, state, reason, area, unit_id, unit_rule,
        commune_code, district_code, registered_on, residence_text, chosen_commune_code, chosen_on,
        resolved_commune_code, resolved_since, province_code, received_at, due_on, child_name, child_fold_key,
        child_born_on, child_sex, facility_code, area_code, urgent, person_id, insurance_number, changed_at)
    SELECT numbered.id,
           'DT-' || to_char(%(at)s AT TIME ZONE 'Asia/Ho_Chi_Minh', 'YYMMDD') || '-' || lpad(numbered.id::text, 7, '0'),
           first.source, first.message_id, first.channel, 'exchange', first.paper_reason, 'APPROVAL_REQUESTED', '',
           %(unit_id)s, %(unit_id)s, %(unit_rule)s, first.commune_code, first.district_code, first.registered_on,
           first.residence_text, CASE WHEN %(chosen)s = '' THEN first.chosen_commune_code ELSE %(chosen)s END,
           CASE WHEN %(chosen)s = '' THEN first.chosen_on ELSE %(on)s::date END, %(commune_code)s, %(since)s,
           %(province_code)s, %(at)s, %(due_on)s, %(name)s,
           coalesce(nullif(%(fold_key)s, ''), first.child_fold_key), %(born_on)s, %(sex)s, %(facility_code)s,
           first.area_code, false, first.person_id, first.insurance_number, %(at)s
    FROM dossiers_dossier AS first,
         (SELECT nextval(pg_get_serial_sequence('dossiers_dossier', 'id')) AS id) AS numbered
    WHERE first.id = %(of)s
    RETURNING id
"""
# Where it stood when the request came: the move that brought it to wait for approval says so.
_CAME_FROM = """
    SELECT from_state FROM dossiers_event
    WHERE dossier_id = %s AND to_state = 'APPROVAL_REQUESTED' ORDER BY id DESC LIMIT 1
"""
_PUT_BACK = """
    UPDATE dossiers_dossier SET state = %s, reason = '', changed_at = %s
    WHERE id = %s AND state = 'APPROVAL_REQUESTED'
"""
_FOLLOW_RESIDENCE = """
    UPDATE dossiers_dossier SET chosen_commune_code = %(code)s, chosen_on = %(on)s
    WHERE person_id = %(person)s AND (chosen_commune_code, chosen_on) IS DISTINCT FROM (%(code)s, %(on)s::date)
"""
NOT_FOUND_VI = "Không tìm thấy hồ sơ này trong địa bàn của bạn."
CHOOSE_VI = "Xã, phường cũ của trẻ đã chia cho nhiều nơi: hãy chọn nơi trẻ đang cư trú."
NOT_HEIR_VI = "Nơi đã chọn không nhận phần nào của xã, phường cũ. Hãy chọn trong danh sách."
UNKNOWN_VI = "Chưa xác định được xã, phường hiện nay của trẻ: hãy bổ sung danh mục địa bàn trước."
_TROUBLES_VI = {
    "none": (
        "UNIT_NOT_DECLARED",
        "{commune} chưa được khai báo cho đơn vị cấp thẻ nào: hãy khai báo rồi lập yêu cầu.",
    ),
    "many": (
        "UNIT_AMBIGUOUS",
        "{commune} đang được khai báo cho nhiều đơn vị cấp thẻ: hãy sửa khai báo rồi lập yêu cầu.",
    ),
}
ELSEWHERE_VI = "{commune} nay do {unit} phụ trách: yêu cầu mới do đơn vị đó lập."


@dataclass(frozen=True, slots=True)
class ChildNow:
    """The child as a dossier for a further card shows it; an empty `fold_key` keeps that of the first dossier."""

    name: str
    fold_key: str
    born_on: date
    sex: str
    facility_code: str


@dataclass(frozen=True, slots=True)
class Answering:
    """The unit that answers for the child's commune on a day; `was_unit_id` had the dossier before.

    `chosen_code` is the commune an officer chose among the heirs of a divided one, else ''.
    """

    unit_id: int
    unit_name: str
    unit_rule: str
    commune_code: str
    commune_name: str
    since: date | None
    province_code: str
    chosen_code: str
    was_unit_id: int | None

    @property
    def is_other(self) -> bool:
        """True when another unit had the dossier before."""
        return self.unit_id != self.was_unit_id


def heirs(by: Actor, dossier_id: int, *, on: date) -> tuple[Heir, ...]:
    """The communes among which somebody must choose, because the child's own was divided; none where it is known.

    Raises NotFound for a dossier outside the actor's area.
    """
    del by
    code, written_on, _ = _place(dossier_id)
    found = divisions.resolve(code, written_on=min(written_on, on), on=on)
    return found.communes if found.status == "many" else ()


def answering(by: Actor, dossier_id: int, *, on: date, commune_code: str = "") -> Answering:
    """Which unit a new request about this child goes to; `commune_code` chooses among `heirs`.

    Raises NotFound, and Refused with a code: nobody chose (H-AREA-SPLIT) or not an heir (H-AREA), the commune is not
    known (H-AREA), it has no unit or several (UNIT_NOT_DECLARED, UNIT_AMBIGUOUS), the unit is not the actor's
    (ELSEWHERE).
    """
    code, written_on, was_unit_id = _place(dossier_id)
    if commune_code:
        if commune_code not in {it.code for it in heirs(by, dossier_id, on=on)}:
            raise Refused(NOT_HEIR_VI, code="H-AREA", field="commune_code")
        code, written_on = commune_code, on
    with connection.cursor() as cursor:
        cursor.execute(_ROUTE, [code, written_on])
        row = cursor.fetchone()
    if row is None or row[0] == "none":
        raise Refused(UNKNOWN_VI, code="H-AREA", field="commune_code")
    if row[0] == "many":
        raise Refused(CHOOSE_VI, code="H-AREA-SPLIT", field="commune_code")
    _, unit_status, unit_id, unit_name, resolved_code, since, province_code, rule = row
    name = divisions.name_on(resolved_code, on) or resolved_code
    if unit_status != "one":
        trouble, sentence = _TROUBLES_VI[unit_status]
        raise Refused(sentence.format(commune=name), code=trouble, field="commune_code")
    if by.is_bounded and not jurisdiction.areas_reached(by, [unit_id], on=on):
        message = ELSEWHERE_VI.format(commune=name, unit=unit_name)
        raise Refused(message, code="ELSEWHERE", field="card")
    return Answering(
        unit_id,
        unit_name,
        "Q2" if commune_code else rule,
        resolved_code,
        name,
        since,
        province_code,
        commune_code,
        was_unit_id,
    )


def _place(dossier_id: int) -> tuple[str, date, int | None]:
    with connection.cursor() as cursor:
        cursor.execute(_PLACE, [dossier_id])
        row = cursor.fetchone()
    if row is None:
        raise NotFound(NOT_FOUND_VI, code="NOT_FOUND")
    return str(row[0]), row[1], row[2]


def open_exchange(
    dossier_id: int, child: ChildNow, place: Answering, due_on: date, *, by: Actor, at: datetime
) -> int:
    """Open a dossier for a further card beside the child's own, waiting for approval in the unit that answers; its id.

    It keeps the message of the first one and has a clock of its own. Raises NotAllowed without CARD_EXCHANGE.
    """
    if not by.may(Permission.CARD_EXCHANGE):
        raise NotAllowed(
            "Bạn không có quyền thực hiện thao tác này.", code=str(Permission.CARD_EXCHANGE)
        )
    words: dict[str, Any] = {
        "of": dossier_id,
        "at": at,
        "on": vietnam_date(at),
        "due_on": due_on,
        "unit_id": place.unit_id,
        "unit_rule": place.unit_rule,
        "chosen": place.chosen_code,
        "commune_code": place.commune_code,
        "since": place.since,
        "province_code": place.province_code,
        "name": child.name,
        "fold_key": child.fold_key,
        "born_on": child.born_on,
        "sex": child.sex,
        "facility_code": child.facility_code,
    }
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_OPEN, words)
        return int(cursor.fetchone()[0])


def put_back(dossier_id: int, *, by: Actor, at: datetime) -> bool:
    """Where it stood before the request for a further card was made, which is taken back; False for one born of it."""
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_CAME_FROM, [dossier_id])
        row = cursor.fetchone()
        if row is None or not row[0]:
            return False
        cursor.execute(_PUT_BACK, [row[0], at, dossier_id])
    return True


def follow_residence(
    person_id: int, commune_code: str, *, written_on: date, by: Actor, at: datetime
) -> int:
    """Read the place of a child's dossiers from another commune, as written that day; how many. None of them moves.

    Where the card is out, only what is asked for from now on goes there.
    """
    words: dict[str, Any] = {"person": person_id, "code": commune_code, "on": written_on}
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_FOLLOW_RESIDENCE, words)
        return int(cursor.rowcount)
