"""The short code lists: ethnic groups, nationalities, benefit groups; and every code a message may carry.

The lists themselves stand in `data/`, benefit groups in `law.groups`; the tables mirror them for SQL and pages.
"""

import csv
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from django.db import connection

from lienthong.catalogues.differences import Difference
from lienthong.kernel.names import tone_key
from lienthong.law.dated import RULES
from lienthong.law.groups import groups

_PUT_ETHNIC = """
    INSERT INTO catalogues_ethnicgroup (code, name, aliases)
    SELECT code, name, string_to_array(aliases, '|') FROM unnest(%s::text[], %s::text[], %s::text[])
        AS new (code, name, aliases)
    ON CONFLICT (code) DO UPDATE SET name = excluded.name, aliases = excluded.aliases
    WHERE (catalogues_ethnicgroup.name, catalogues_ethnicgroup.aliases)
        IS DISTINCT FROM (excluded.name, excluded.aliases)
    RETURNING code
"""
_PUT_NATIONALITY = """
    INSERT INTO catalogues_nationality (code, alpha3, name)
    SELECT * FROM unnest(%s::text[], %s::text[], %s::text[])
    ON CONFLICT (code) DO UPDATE SET alpha3 = excluded.alpha3, name = excluded.name
    WHERE (catalogues_nationality.alpha3, catalogues_nationality.name)
        IS DISTINCT FROM (excluded.alpha3, excluded.name)
    RETURNING code
"""
_KNOWN_GROUPS = "SELECT code, level, name, lower(valid), upper(valid) FROM catalogues_benefitgroup"
_PUT_GROUPS = """
    INSERT INTO catalogues_benefitgroup (code, level, name, valid)
    SELECT code, level, name, daterange(first, last)
    FROM unnest(%s::text[], %s::smallint[], %s::text[], %s::date[], %s::date[])
        AS new (code, level, name, first, last)
"""
_COMMUNE_NAMES = """
    SELECT code, array_agg(DISTINCT name) FROM catalogues_division
    WHERE level = 'commune' OR (level = 'district' AND code IN (SELECT old_code FROM catalogues_succession))
    GROUP BY code
"""
_FACILITIES = """
    SELECT DISTINCT code FROM catalogues_facility WHERE registers_children
"""

_GroupRow = tuple[str, int, str, date, date | None]


@dataclass(frozen=True, slots=True)
class EthnicGroupLine:
    """An ethnic group as its list has it; `aliases` are spellings met in practice."""

    code: str
    name: str
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NationalityLine:
    """A country by ISO 3166-1 alpha-2, with its Vietnamese name."""

    code: str
    alpha3: str
    name: str


@dataclass(frozen=True, slots=True)
class ReferenceCodes:
    """Every code a message is checked against: communes, island districts, facilities of any day.

    `commune_names` maps each commune code to the names it has ever stood for.
    """

    communes: frozenset[str]
    commune_names: Mapping[str, frozenset[str]]
    facilities: frozenset[str]
    ethnicities: frozenset[str]
    nationalities: frozenset[str]


@cache
def ethnic_groups() -> tuple[EthnicGroupLine, ...]:
    """The 54 peoples, 55 foreigner and 56 not determined, by code."""
    document = tomllib.loads(_data("ethnic_groups.toml"))
    return tuple(
        EthnicGroupLine(code, row["name"], tuple(row["aliases"]))
        for code, row in document["group"].items()
    )


@cache
def nationalities() -> tuple[NationalityLine, ...]:
    """Every country of ISO 3166-1, by code."""
    return tuple(
        NationalityLine(**row) for row in csv.DictReader(_data("nationalities.csv").splitlines())
    )


@cache
def _ethnic_codes_by_name() -> Mapping[str, str]:
    by_name = {tone_key(alias): it.code for it in ethnic_groups() for alias in it.aliases}
    # The list's own name wins over another people's alias.
    return by_name | {tone_key(it.name): it.code for it in ethnic_groups()}


def ethnic_code(name: str) -> str:
    """The code of an ethnic group by a name or a known spelling of it; empty when nobody knows it.

    Never by number: other lists give the same numbers to other peoples.
    """
    return _ethnic_codes_by_name().get(tone_key(name), "")


def reference_codes() -> ReferenceCodes:
    """Every code a message may carry, of any day; facilities are those that register children. Two queries."""
    with connection.cursor() as cursor:
        cursor.execute(_COMMUNE_NAMES)
        names = {code: frozenset(found) for code, found in cursor.fetchall()}
        cursor.execute(_FACILITIES)
        facilities = frozenset(row[0] for row in cursor.fetchall())
    return ReferenceCodes(
        frozenset(names),
        names,
        facilities,
        frozenset(it.code for it in ethnic_groups()),
        frozenset(it.code for it in nationalities()),
    )


def load() -> Difference:
    """Mirror the lists into their tables; call inside `acting`. What is equal already is not written."""
    ethnic = [(it.code, it.name, "|".join(it.aliases)) for it in ethnic_groups()]
    countries = [(it.code, it.alpha3, it.name) for it in nationalities()]
    with connection.cursor() as cursor:
        cursor.execute(_PUT_ETHNIC, _columns(ethnic))
        written = [f"dân tộc {row[0]}" for row in cursor.fetchall()]
        cursor.execute(_PUT_NATIONALITY, _columns(countries))
        written += [f"quốc tịch {row[0]}" for row in cursor.fetchall()]
        cursor.execute(_KNOWN_GROUPS)
        known = set(cursor.fetchall())
        wanted = set(_benefit_groups())
        if known != wanted:
            cursor.execute("DELETE FROM catalogues_benefitgroup")
            cursor.execute(_PUT_GROUPS, _columns(sorted(wanted, key=lambda row: (row[0], row[3]))))
            written += [f"nhóm {row[0]}" for row in sorted(wanted - known, key=lambda row: row[0])]
    unchanged = len(ethnic) + len(countries) + len(wanted) - len(written)
    return Difference("Danh mục mã", added=tuple(written), unchanged_count=unchanged)


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _benefit_groups() -> list[_GroupRow]:
    """One row per group and period of one level, from the days on which some source begins or ends."""
    sources = RULES["groups.groups"].sources
    days = sorted(
        {it.in_force.start for it in sources}
        | {it.in_force.end for it in sources if it.in_force.end is not None}
    )
    rows: dict[str, list[_GroupRow]] = {}
    for day, next_day in zip(days, [*days[1:], None], strict=True):
        for group in groups(on=day):
            earlier = rows.setdefault(group.code, [])
            last = earlier[-1] if earlier else None
            if last is not None and (last[1], last[2], last[4]) == (
                group.level,
                group.name_vi,
                day,
            ):
                earlier[-1] = (group.code, group.level, group.name_vi, last[3], next_day)
            else:
                earlier.append((group.code, group.level, group.name_vi, day, next_day))
    return [row for found in rows.values() for row in found]


def _data(name: str) -> str:
    return files("lienthong.catalogues").joinpath("data", name).read_text(encoding="utf-8")
