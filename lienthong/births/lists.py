"""The code lists that the judge checks against, read from the catalogues once a catalogue version."""

from datetime import date
from functools import cache, lru_cache

from django.db import connection

from lienthong.catalogues import queries as catalogues
from lienthong.gateways.justice_types import BirthLaw, CodeLists, Sex
from lienthong.law import personal_id as ids
from lienthong.law.validity import card_validity


@lru_cache(maxsize=16_384)
def _last_day(birth_date: date, /, *, on: date) -> date:
    last = card_validity(birth_date, on=on).last
    if last is None:
        msg = "a child's cover always ends"
        raise ValueError(msg)
    return last


def _personal_id(
    personal_id: str, /, *, birth_date: date, sex: Sex, province_code: str
) -> list[str]:
    found = ids.findings(personal_id, birth_date=birth_date, sex=sex, province=province_code)
    return [str(finding) for finding in found]


_GONE = """
    SELECT code, max(upper(valid)) FROM catalogues_division WHERE level = 'commune'
    GROUP BY code HAVING count(*) FILTER (WHERE upper_inf(valid)) = 0
"""
LAW = BirthLaw(last_day=_last_day, personal_id=_personal_id)


def code_lists() -> CodeLists:
    """The lists as they stand now; one small statement when the catalogues did not change."""
    return _of_version(catalogues.version())


@cache
def _of_version(version: int) -> CodeLists:
    del version
    lists = catalogues.judge_lists()
    return CodeLists(
        communes=lists.communes,
        facilities=lists.facilities,
        ethnicities=lists.ethnicities,
        nationalities=lists.nationalities,
        law=LAW,
        commune_names=lists.commune_names,
        gone=_gone(),
    )


def _gone() -> dict[str, date]:
    """Codes that no commune bears any more, with the first day without them. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_GONE)
        return dict(cursor.fetchall())
