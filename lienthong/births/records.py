"""The record that a paper meets: the dossier it corrects, and what the search for the twin means for its reason."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import connection

from lienthong.accounts import jurisdiction
from lienthong.births import joining, twins
from lienthong.births.twins import Twin
from lienthong.catalogues import queries as catalogues
from lienthong.gateways.justice_typed import KEY
from lienthong.gateways.justice_types import BirthFacts
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import Refused
from lienthong.law.paper_channel import ExistingRecord, PaperRule, may_take_paper

_RECORD = """
    SELECT birth.facts, dossier.area, dossier.child_name
    FROM births_registration AS registration
    JOIN dossiers_dossier AS dossier ON dossier.id = registration.dossier_id
    JOIN births_birth AS birth ON birth.registration_id = registration.id
        AND birth.version = registration.applied_version AND birth.paper_no = registration.applied_paper_no
    WHERE dossier.id = %s AND dossier.kind = 'first' AND dossier.state NOT IN ('CANCELLED', 'REJECTED')
"""
AGAINST: Final = {
    "PAPER_TWIN": "Trẻ này đã có hồ sơ trong hệ thống; không lập hồ sơ thứ hai.",
    "PAPER_NOT_ALLOWED": "Lý do này cần một bản ghi trước của trẻ, nhưng bản ghi không ở tình trạng phù hợp.",
    "PAPER_LOOKALIKE": "Có trẻ rất giống đã có hồ sơ. Hãy đối chiếu, rồi xác nhận đây là trẻ khác.",
}


@dataclass(frozen=True, slots=True)
class Record:
    """A standing dossier of the officer's area, with the facts in force."""

    dossier_id: int
    child_name: str
    facts: BirthFacts

    @property
    def key(self) -> dict[str, str]:
        """Its register key, as typed."""
        facts = self.facts
        values = (facts.commune_code, facts.book, facts.number, str(facts.registered_on))
        return dict(zip(KEY, values, strict=True))


class Found(Refused):
    """Refused because of dossiers found: `twins` are what the officer has to look at."""

    def __init__(self, message_vi: str, found: Sequence[Twin], *, code: str, field: str) -> None:
        super().__init__(message_vi, code=code, field=field)
        self.twins = tuple(found)


def province_of(by: Actor) -> str:
    """The province whose list counts: the officer's own, or his unit's."""
    return by.province_code or (
        catalogues.unit(by, by.unit_code).province_code if by.unit_code else ""
    )


def weigh(rule: PaperRule, found: Sequence[Twin], *, by: Actor, on: date) -> str:
    """The code that stands against a new paper of this reason; empty when what was found lets it through."""
    exact = [twin for twin in found if twin.is_exact]
    standing = [twin for twin in exact if not twin.is_cancelled]
    is_fit = may_take_paper(
        rule.reason,
        province=province_of(by),
        on=on,
        record_exists=bool(exact),
        is_record_cancelled=bool(exact) and not standing,
    )
    if is_fit:
        return ""
    return "PAPER_TWIN" if rule.existing is ExistingRecord.MUST_NOT_EXIST else "PAPER_NOT_ALLOWED"


def refuse_twins(others: Sequence[Twin]) -> None:
    """What a corrected record would collide with."""
    exact = [twin for twin in others if twin.is_exact and not twin.is_cancelled]
    if exact:
        raise Found(AGAINST["PAPER_TWIN"], exact, code="PAPER_TWIN", field="twin")


def record_of(dossier_id: int, *, by: Actor) -> Record:
    """The standing record of a dossier in the actor's area. Raises Refused (PAPER_NOT_ALLOWED) for any other."""
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, [dossier_id])
        row = cursor.fetchone()
    is_mine = row is not None and (by.token or by.everywhere or jurisdiction.reaches(by, row[1]))
    if row is None or not is_mine:
        raise Refused(
            "Không tìm thấy hồ sơ còn hiệu lực của trẻ trong địa bàn của bạn để sửa theo giấy tờ này.",
            code="PAPER_NOT_ALLOWED",
            field="twin",
        )
    return Record(dossier_id, row[2], joining.facts_from(row[0]))


def alike_of(found: Collection[Twin]) -> list[Twin]:
    """Those that only warn."""
    return [twin for twin in found if twin.level in twins.WARNING - twins.EXACT]
